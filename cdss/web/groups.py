"""The facts in the order and under the headings in which a form asks for them."""

from __future__ import annotations

from collections.abc import Iterable

from cdss.vocabulary import Fact

FIRST_OF_GROUP = {
    "age_years": "Patient",
    "primary_site": "Primary tumour and stage",
    "differentiation": "Grade and tissue",
    "metastasis_confirmed_by_tissue": "Spread and resectability",
    "months_since_diagnosis": "Course of the disease",
    "functional_status": "Function and symptoms of the tumour",
    "sstr_status": "Receptor and FDG imaging",
    "prior_therapies": "Earlier and current treatment",
    "haemoglobin_g_dl": "Laboratory and organ function",
    "response_latest": "Latest response",
    "declined": "The patient's wishes",
}
"""The fact with which each group begins, in the order of the vocabulary."""


def grouped(facts: Iterable[Fact]) -> list[tuple[str, list[Fact]]]:
    """Heading and facts, in the order given; what comes before the first known heading stands under "Other facts"."""
    found: list[tuple[str, list[Fact]]] = []
    for fact in facts:
        heading = FIRST_OF_GROUP.get(fact.name)
        if heading is not None or not found:
            found.append((heading or "Other facts", []))
        found[-1][1].append(fact)
    return found
