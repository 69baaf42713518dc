"""Amounts with UCUM units brought into the unit of their fact. The door to pint, opened only when a unit differs.

The units of a laboratory report are few, so their UCUM spelling is read here and pint converts, in decimals. The one
library that reads all of UCUM for pint (ucumvert 0.3.2) does not start with current pint (0.26).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import cache, lru_cache
from typing import Any

from cdss.errors import CdssError
from cdss.values import Interval

_PRECISE = Context(prec=40)
_METRIC = {
    "g": "gram",
    "mol": "mole",
    "L": "liter",
    "l": "liter",
    "m": "meter",
    "s": "second",
    "U": "enzyme_unit",
    "kat": "katal",
    "Bq": "becquerel",
    "Ci": "curie",
    "Gy": "gray",
}
_OTHER = {"%": "percent", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}
_PREFIXES = {
    "G": "giga",
    "M": "mega",
    "k": "kilo",
    "d": "deci",
    "c": "centi",
    "m": "milli",
    "u": "micro",
    "n": "nano",
    "p": "pico",
    "f": "femto",
}
_FACTOR = re.compile(r"(?P<ten>10[*^])(?P<power>[+-]?\d{1,2})|(?P<unity>1)|(?P<atom>[A-Za-z]+|%)(?P<exponent>[+-]?\d)?")
_NOT_UCUM = "this unit is not understood; write it as in g/dL, umol/L, 10*9/L, U/L, mL/min, mm, GBq or %"


class UnitMisfit(CdssError):
    """A unit that is not read, or that measures something else. The text names units, never the amount."""


def to_unit(amount: Interval, unit: str, wanted: str, *, places: int, molar_mass: Decimal | None = None) -> Interval:
    """``amount`` given in ``unit``, in the unit ``wanted``; rounded half-even where the result has more ``places``.

    ``molar_mass`` in g/mol lets amounts of substance and masses be exchanged. Raises UnitMisfit.

    >>> to_unit(Interval.point(110), "g/L", "g/dL", places=2).low
    Decimal('11')
    """
    if unit == wanted:
        return amount
    return scaled(amount, _factor(unit, wanted, molar_mass), places)


def scaled(amount: Interval, factor: Decimal, places: int) -> Interval:
    """``amount`` times a positive ``factor``, its ends rounded half-even where they have more ``places``."""
    low = None if amount.low is None else rounded(_PRECISE.multiply(amount.low, factor), places)
    high = None if amount.high is None else rounded(_PRECISE.multiply(amount.high, factor), places)
    if low is not None and low == high:
        return Interval(low, high)  # rounding made the ends meet: neither can stay open
    return Interval(low, high, amount.low_open, amount.high_open)


def rounded(value: Decimal, places: int) -> Decimal:
    """``value`` half-even to ``places`` where it has more, without trailing zeros.

    >>> rounded(Decimal("0.818524"), 3), rounded(Decimal("11.00"), 2)
    (Decimal('0.819'), Decimal('11'))
    """
    return plain(value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN, context=_PRECISE))


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    short = value.normalize(_PRECISE)
    return short.quantize(Decimal(1), context=_PRECISE) if short == short.to_integral_value() else short


@lru_cache(maxsize=256)
def _factor(unit: str, wanted: str, molar_mass: Decimal | None) -> Decimal:
    """By what an amount in ``unit`` is multiplied to stand in ``wanted``."""
    # UCUM drops what stands in braces, but "per 1.73 m2" or "times the upper limit of normal" is no detail.
    if "{" in unit or "{" in wanted:
        raise UnitMisfit(f"this unit cannot be turned into {wanted}")
    with localcontext(_PRECISE):
        direct = _ratio(unit, wanted)
        if direct is not None:
            return direct
        if molar_mass is not None:
            for inner, outer, bridge in (("mol/L", "g/L", molar_mass), ("g/L", "mol/L", 1 / molar_mass)):
                before, after = _ratio(unit, inner), _ratio(outer, wanted)
                if before is not None and after is not None:
                    return before * bridge * after
    raise UnitMisfit(f"an amount in {unit} cannot be given in {wanted}")


def _ratio(unit: str, wanted: str) -> Decimal | None:
    """How many ``wanted`` one ``unit`` is; None when they measure different things."""
    one, target = _one(unit), _one(wanted)
    if not one.is_compatible_with(target.units):
        return None
    return Decimal(one.to(target.units).magnitude) / Decimal(target.magnitude)


def _one(unit: str) -> Any:
    """The amount of one ``unit``, as pint has it."""
    registry = _registry()
    amount = registry.Quantity(Decimal(1))
    for name, power, ten in _factors(unit):
        amount = amount * (Decimal(10) ** ten if name is None else registry.Quantity(Decimal(1), name) ** power)
    return amount


def _factors(unit: str) -> Iterator[tuple[str | None, int, int]]:
    """The factors of a unit: pint's name and its power, or None and a power of ten. Raises UnitMisfit."""
    parts = re.split(r"([./])", unit)
    sign = 1
    if parts[0] == "" and len(parts) > 2 and parts[1] == "/":
        parts = parts[2:]
        sign = -1
    for index, part in enumerate(parts):
        if index % 2:
            sign = -1 if part == "/" else 1
            continue
        found = _FACTOR.fullmatch(part)
        if found is None:
            raise UnitMisfit(_NOT_UCUM)
        if found["ten"]:
            yield None, 1, sign * int(found["power"])
        elif found["atom"]:
            yield _name(found["atom"]), sign * int(found["exponent"] or 1), 0


def _name(atom: str) -> str:
    """What pint calls a UCUM atom with its prefix. A whole atom goes before a prefix: ``min`` is no milli-inch."""
    if atom in _OTHER:
        return _OTHER[atom]
    if atom in _METRIC:
        return _METRIC[atom]
    if atom[0] in _PREFIXES and atom[1:] in _METRIC:
        return _PREFIXES[atom[0]] + _METRIC[atom[1:]]
    raise UnitMisfit(_NOT_UCUM)


@cache
def _registry() -> Any:
    from pint import UnitRegistry

    return UnitRegistry(non_int_type=Decimal)
