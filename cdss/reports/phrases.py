"""The words that all reports share for standings, labels, stances and truths."""

from __future__ import annotations

from cdss.decision import Label, Standing
from cdss.rule import Provenance, Stance

STANDING_TITLE = {
    Standing.RECOMMENDED: "RECOMMENDED BY A BODY IN FORCE",
    Standing.OPTION: "OPTION",
    Standing.DISPUTED: "DISPUTED",
    Standing.CONDITIONAL: "CONDITIONAL",
    Standing.UNDETERMINED: "UNDETERMINED",
    Standing.DECLINED: "DECLINED BY THE PATIENT",
    Standing.ADVISED_AGAINST: "ADVISED AGAINST",
    Standing.NOT_INDICATED: "NOT INDICATED",
    Standing.CONTRAINDICATED: "CONTRAINDICATED",
}

STANDING_MEANS = {
    Standing.RECOMMENDED: "recommended by at least one body, and nothing known or unknown stands in the way",
    Standing.OPTION: "named as a possibility, and nothing known or unknown stands in the way",
    Standing.DISPUTED: "a source favours it, and another or a limit of this patient speaks against it",
    Standing.CONDITIONAL: "supported, but something that could rule it out is still unknown",
    Standing.UNDETERMINED: "may be supported: facts are missing, or the statement was only recalled",
    Standing.DECLINED: "shown with where it would stand without the refusal",
    Standing.ADVISED_AGAINST: "a source advises against it and none favours it",
    Standing.NOT_INDICATED: "the patient is no candidate: no target, or a requirement not met",
    Standing.CONTRAINDICATED: "a source rules it out for this patient",
}

STANDING_WORD = {
    Standing.RECOMMENDED: "recommended",
    Standing.OPTION: "option",
    Standing.DISPUTED: "disputed",
    Standing.CONDITIONAL: "conditional",
    Standing.UNDETERMINED: "undetermined",
    Standing.DECLINED: "declined",
    Standing.ADVISED_AGAINST: "advised against",
    Standing.NOT_INDICATED: "not indicated",
    Standing.CONTRAINDICATED: "contraindicated",
}

LABEL_WORD = {
    Label.ON_LABEL: "on label",
    Label.OFF_LABEL: "off label",
    Label.INDETERMINATE: "label undetermined",
    Label.NOT_APPLICABLE: "no drug label",
}

STANCE_WORD = {
    Stance.PREFER: "prefers it",
    Stance.RECOMMEND: "recommends it",
    Stance.CONSIDER: "names it as an option",
    Stance.INVESTIGATIONAL: "calls it investigational",
    Stance.NEUTRAL: "takes no side",
    Stance.CAUTION: "urges caution",
    Stance.AVOID: "advises against it",
    Stance.INELIGIBLE: "not a candidate",
    Stance.CONTRAINDICATE: "rules it out",
}

PROVENANCE_NOTE = {
    Provenance.READ: "",
    Provenance.RESTATED: "read in a restatement",
    Provenance.RECALLED: "recalled, unconfirmed",
    Provenance.PROPOSAL: "our proposal",
}

_BODIES = {
    "enets": "ENETS", "esmo": "ESMO", "nanets": "NANETS", "asco": "ASCO", "nice": "NICE", "cco": "CCO",
    "ukinets": "UKI NETS", "ema": "EMA", "fda": "FDA", "eu_national": "EU national", "evidence": "study",
    "safety": "safety", "proposal": "cdss", "nmpa": "NMPA", "pmda": "PMDA",
}  # fmt: skip


def body_name(body: str) -> str:
    """How a body is written: "ENETS"."""
    return _BODIES.get(body, body.upper())


def counted(number: int, noun: str) -> str:
    """ "1 option", "3 options"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
