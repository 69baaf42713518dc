"""Facts from the laboratory and from organ function: in the unit of the vocabulary, and as multiples of normal."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from cdss.facts.draft import Draft
from cdss.record.disease import Laboratory
from cdss.units import UnitMisfit, scaled, to_unit
from cdss.values import Interval
from cdss.vocabulary import Fact, Vocabulary

FACT_OF = {
    "haemoglobin": "haemoglobin_g_dl",
    "leukocytes": "leukocytes_10e9_l",
    "neutrophils": "neutrophils_10e9_l",
    "platelets": "platelets_10e9_l",
    "creatinine_clearance": "creatinine_clearance_ml_min",
    "bilirubin": "bilirubin_mg_dl",
    "albumin": "albumin_g_l",
    "inr": "inr",
    "fasting_glucose": "fasting_glucose_mmol_l",
}
MULTIPLE_OF = {"bilirubin": "bilirubin_x_uln", "alt": "alt_x_uln", "ast": "ast_x_uln"}
_UNIT_OF_ENZYMES = "U/L"


def derive_laboratory(draft: Draft) -> None:
    """Writes down laboratory results and organ function."""
    seen = draft.seen(draft.record.laboratory)
    for test, name in FACT_OF.items():
        fact = draft.vocabulary.facts.get(name)
        if fact is not None:
            own = [s for s in seen if s.entry.test == test]
            draft.put_latest(name, own, partial(in_fact_unit, fact=fact), "laboratory")
    for test, name in MULTIPLE_OF.items():
        own = [s for s in seen if s.entry.test == test]
        if own and own[-1].entry.uln is None:
            draft.notices.add(
                f"{test.upper() if len(test) == 3 else test}: the latest result comes without its upper limit of normal"
            )
        elif name in draft.vocabulary.facts:
            draft.put_latest(name, own, _multiple, "laboratory")
    organs = draft.seen(draft.record.organ_function)
    draft.put_latest("child_pugh", organs, lambda e: e.child_pugh, "organ function")
    draft.put_latest("hepatitis_b", organs, lambda e: e.hepatitis_b, "organ function")
    draft.put_latest("dpd_activity", organs, lambda e: e.dpd_activity, "organ function")
    draft.put_latest("lvef_percent", organs, lambda e: e.lvef_percent, "organ function")
    draft.put_latest("expected_lung_dose_gy", organs, lambda e: e.expected_lung_dose, "SIRT mapping")
    draft.put_latest("biliary_infection_risk", organs, lambda e: e.biliary_infection_risk, "organ function")


def in_fact_unit(entry: Laboratory, fact: Fact) -> Interval:
    """A result in the unit of its fact. Raises UnitMisfit."""
    assert fact.unit is not None
    return to_unit(entry.value, entry.unit or fact.unit, fact.unit, places=fact.places, molar_mass=fact.molar_mass)


def _multiple(entry: Laboratory) -> Interval | None:
    """A result as a multiple of its upper limit of normal, which stands in the same unit."""
    if entry.uln is None or entry.uln.low is None:
        return None
    return scaled(entry.value, Decimal(1) / entry.uln.low, 3)


def wrong_unit(entry: Laboratory, vocabulary: Vocabulary) -> str | None:
    """What is wrong with a result's unit or size, in words that repeat neither; None when it is fine."""
    name = FACT_OF.get(entry.test)
    fact = vocabulary.facts.get(name) if name is not None else None
    try:
        if fact is not None:
            amount = in_fact_unit(entry, fact)
            assert fact.range is not None
            if any(end is not None and not fact.range[0] <= end <= fact.range[1] for end in (amount.low, amount.high)):
                return f"{entry.test} lies outside the possible range in {fact.unit}; check the value and its unit"
            if entry.unit in (None, fact.unit) and any(
                end is not None and end != round(end, fact.places) for end in (amount.low, amount.high)
            ):
                return f"{entry.test} has more decimal places than the {fact.places} kept"
        elif entry.test in ("alt", "ast", "alp", "ggt", "ldh") and entry.unit is not None:
            to_unit(entry.value, entry.unit, _UNIT_OF_ENZYMES, places=3)
    except UnitMisfit as misfit:
        return str(misfit)
    return None
