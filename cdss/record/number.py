"""Numbers as clinicians write them: exact, a range, a bound, with or without a unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import PlainValidator

from cdss.units import UnitMisfit, plain, to_unit
from cdss.values import Interval

FORMS = "write a number, {from, to}, {less_than}, {at_most}, {more_than} or {at_least}, with unit: where it has one"
_LOWER = {"from": False, "at_least": False, "more_than": True}
_UPPER = {"to": False, "at_most": False, "less_than": True}
_LARGEST = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, exact or not, and the unit written beside it (None when there was none)."""

    amount: Interval
    unit: str | None


def exact(raw: Any) -> Decimal:
    """One number. Raises ValueError for anything else; the text never repeats what was written."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise ValueError("should be a number")
    number = Decimal(str(raw)) if isinstance(raw, float) else Decimal(raw)
    if not number.is_finite() or abs(number) > _LARGEST or len(number.as_tuple().digits) > 20:
        raise ValueError("should be an ordinary number")
    return plain(number)


def parse_quantity(raw: Any) -> Quantity:
    """The quantity written as a number or as a mapping. Raises ValueError with what to write instead.

    >>> parse_quantity({"less_than": 3, "unit": "%"}).unit
    '%'
    """
    if not isinstance(raw, Mapping):
        try:
            number = exact(raw)
        except ValueError:
            raise ValueError(FORMS) from None
        return Quantity(Interval(number, number), None)
    keys = set(raw) - {"unit"}
    unit = raw.get("unit")
    if "unit" in raw and (not isinstance(unit, str) or not 0 < len(unit) <= 30):
        raise ValueError("a unit is a short text such as %, mm, g/dL")
    if keys == {"value"}:
        number = exact(raw["value"])
        return Quantity(Interval(number, number), unit)
    lower, upper = sorted(keys & set(_LOWER)), sorted(keys & set(_UPPER))
    if not keys or len(lower) > 1 or len(upper) > 1 or keys - set(lower) - set(upper):
        raise ValueError(FORMS)
    low = exact(raw[lower[0]]) if lower else None
    high = exact(raw[upper[0]]) if upper else None
    low_open, high_open = bool(lower and _LOWER[lower[0]]), bool(upper and _UPPER[upper[0]])
    if low is not None and high is not None:
        if low > high:
            raise ValueError("the range is reversed: its first end lies above its second")
        if low == high and (low_open or high_open):
            raise ValueError("there is no number between these two ends")
    return Quantity(Interval(low, high, low_open, high_open), unit)


def in_unit(
    raw: Any, wanted: str, *, places: int, low: int, high: int, bare: bool = True, molar_mass: Decimal | None = None
) -> Interval:
    """The amount written, in the unit ``wanted`` and within its range. Raises ValueError.

    Without ``bare`` a unit must be written. A bare percentage of 1 or less is refused: it might be a fraction.
    """
    quantity = parse_quantity(raw)
    amount = quantity.amount
    if quantity.unit is None:
        if not bare:
            raise ValueError(f"needs its unit: write {{value: ..., unit: {wanted}}}")
        top = amount.high if amount.high is not None else amount.low
        if wanted == "%" and top is not None and top <= 1:
            raise ValueError(
                'a percentage of 1 or less needs its unit: {value: ..., unit: "%"}, or unit: "1" for a fraction'
            )
    else:
        try:
            amount = to_unit(amount, quantity.unit, wanted, places=places, molar_mass=molar_mass)
        except UnitMisfit as misfit:
            raise ValueError(str(misfit)) from None
    check_fits(amount, wanted, places, Decimal(low), Decimal(high))
    return amount


def check_fits(amount: Interval, unit: str, places: int, low: Decimal, high: Decimal) -> None:
    """Raises ValueError when an end lies outside the range or has more decimal places than are kept."""
    for end in (amount.low, amount.high):
        if end is None:
            continue
        if not low <= end <= high:
            raise ValueError(f"lies outside the possible range, {low} to {high}" + ("" if unit == "1" else f" {unit}"))
        if end != round(end, places):
            raise ValueError(
                f"has more decimal places than the {places} kept" if places else "should be a whole number"
            )


def _measure(wanted: str, *, places: int, low: int, high: int, bare: bool = True) -> PlainValidator:
    return PlainValidator(lambda raw: in_unit(raw, wanted, places=places, low=low, high=high, bare=bare))


def _bare(raw: Any) -> Interval:
    quantity = parse_quantity(raw)
    if quantity.unit is not None:
        raise ValueError("the unit stands beside the value, not in it")
    return quantity.amount


Hounsfield: TypeAlias = Annotated[Interval, _measure("HU", places=1, low=-200, high=1000)]
Percent: TypeAlias = Annotated[Interval, _measure("%", places=1, low=0, high=100)]
WholePercent: TypeAlias = Annotated[Interval, _measure("%", places=0, low=0, high=100)]
Millimetres: TypeAlias = Annotated[Interval, _measure("mm", places=1, low=0, high=500)]
SquareMillimetres: TypeAlias = Annotated[Interval, _measure("mm2", places=3, low=0, high=10000, bare=False)]
Months: TypeAlias = Annotated[Interval, _measure("mo", places=1, low=0, high=600)]
Gray: TypeAlias = Annotated[Interval, _measure("Gy", places=1, low=0, high=200, bare=False)]
Gigabecquerel: TypeAlias = Annotated[Interval, _measure("GBq", places=1, low=0, high=200, bare=False)]
Count: TypeAlias = Annotated[Interval, _measure("1", places=0, low=0, high=500)]
Rate: TypeAlias = Annotated[Interval, _measure("1", places=1, low=0, high=500)]
Bare: TypeAlias = Annotated[Interval, PlainValidator(_bare)]
