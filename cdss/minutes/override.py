"""Why a board departs from every suggestion: a short closed list, as CDS Hooks asks of a service.

CDS Hooks (2.0, ``overrideReasons`` and ``feedback``) lets each service offer its own coded reasons; these are ours. Two
of them have a category of the HL7 draft "Non-Adherence Reason Codes" (3.0.0-ballot); it is named where we read it.
"""

from __future__ import annotations

from enum import StrEnum


class OverrideReason(StrEnum):
    """A coded reason; the board's own words stand beside it."""

    NOT_APPLICABLE = "not_applicable"
    EVIDENCE_NOT_CONVINCING = "evidence_not_convincing"
    PATIENT_PREFERENCE = "patient_preference"
    COMORBIDITY = "comorbidity"
    RECORD_INCOMPLETE = "record_incomplete"
    NOT_AVAILABLE = "not_available"
    ALREADY_TRIED = "already_tried"
    CLINICAL_TRIAL = "clinical_trial"
    OTHER = "other"


WORDING = {
    OverrideReason.NOT_APPLICABLE: "the suggestions do not fit this patient",
    OverrideReason.EVIDENCE_NOT_CONVINCING: "the board does not find the evidence convincing for this patient",
    OverrideReason.PATIENT_PREFERENCE: "the patient prefers otherwise",
    OverrideReason.COMORBIDITY: "another illness or frailty weighs more",
    OverrideReason.RECORD_INCOMPLETE: "the board knew something that the record does not hold",
    OverrideReason.NOT_AVAILABLE: "not available, not funded or not in time",
    OverrideReason.ALREADY_TRIED: "tried before, or not tolerated before",
    OverrideReason.CLINICAL_TRIAL: "the patient enters a trial",
    OverrideReason.OTHER: "another reason, told in words",
}

HL7_CATEGORY = {
    OverrideReason.NOT_APPLICABLE: "cds-not-applicable",
    OverrideReason.EVIDENCE_NOT_CONVINCING: "recipient-disagrees-evidence",
}
HL7_SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
