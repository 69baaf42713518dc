"""The patient in a few lines from bare facts, where no record gives more."""

from __future__ import annotations

from cdss.facts.overview import Overview
from cdss.facts.sheet import FactSheet
from cdss.vocabulary import Vocabulary
from cdss.wording import describe_value

_PATIENT = ("age_years", "sex", "primary_site", "net_grade_highest", "differentiation", "extent", "metastatic_sites")
_TUMOUR = (
    "ki67_highest_percent",
    "sstr_status",
    "fdg_status",
    "functional_status",
    "functional_syndrome",
    "progression",
    "tempo",
)
_PRIOR = ("prior_therapies", "progressed_on")


def outlined(sheet: FactSheet, vocabulary: Vocabulary) -> Overview:
    """An overview made of the facts a reader looks for first; facts that are unknown are left out."""

    def told(names: tuple[str, ...], *, labelled: bool) -> str:
        parts = []
        for name in names:
            if name in sheet.facts:
                fact = vocabulary.facts[name]
                text = describe_value(fact, sheet.facts[name].value)
                parts.append(f"{fact.label} {text}" if labelled else text)
        return "; ".join(parts)

    patient = told(_PATIENT[:3], labelled=False)
    more = told(_PATIENT[3:], labelled=True)
    return Overview(
        patient="; ".join(part for part in (patient, more) if part),
        tumour=told(_TUMOUR, labelled=True),
        prior=told(_PRIOR, labelled=True),
        declines=told(("declined",), labelled=False),
    )
