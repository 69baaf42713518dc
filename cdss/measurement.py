"""How far a number may lie from the truth. Our proposal, from no guideline: a laboratory should put in its own."""

from __future__ import annotations

from decimal import Decimal

_TWENTY, _TEN, _FIVE, _NONE = Decimal("0.2"), Decimal("0.1"), Decimal("0.05"), Decimal(0)

ERRORS: dict[str, tuple[Decimal, Decimal]] = {
    "ki67_highest_percent": (Decimal(1), _TWENTY),
    "ki67_latest_percent": (Decimal(1), _TWENTY),
    "mitoses_highest_per_2mm2": (Decimal(1), _TWENTY),
    "primary_size_mm": (Decimal(2), _TEN),
    "largest_liver_lesion_mm": (Decimal(2), _TEN),
    "liver_burden_percent": (Decimal(5), _TWENTY),
    "cytoreduction_percent": (Decimal(10), _NONE),
    "lvef_percent": (Decimal(5), _NONE),
    "creatinine_clearance_ml_min": (_NONE, _TEN),
    "haemoglobin_g_dl": (Decimal("0.3"), _NONE),
    "leukocytes_10e9_l": (_NONE, _TEN),
    "neutrophils_10e9_l": (_NONE, _TEN),
    "platelets_10e9_l": (_NONE, _TEN),
    "bilirubin_mg_dl": (_NONE, _TEN),
    "bilirubin_x_uln": (_NONE, _TEN),
    "alt_x_uln": (_NONE, _TEN),
    "ast_x_uln": (_NONE, _TEN),
    "albumin_g_l": (Decimal(2), _NONE),
    "inr": (Decimal("0.1"), _NONE),
    "fasting_glucose_mmol_l": (_NONE, _FIVE),
}
"""Fact → the least error in its unit, and the error as a share of the value. The larger of the two counts."""


def error_of(fact: str, value: Decimal) -> Decimal | None:
    """The error of ``value``, in the unit of ``fact``; None for a fact without a declared one."""
    if fact not in ERRORS:
        return None
    least, share = ERRORS[fact]
    return max(least, abs(value) * share)
