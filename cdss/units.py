"""Amounts with UCUM units brought into the unit of their fact. The door to pint and ucumvert, opened only when needed.

ucumvert (MIT) reads the whole UCUM grammar and hands pint exact definitions; both are imported on the first conversion,
never when the unit already is the wanted one.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import cache, lru_cache
from typing import Any

from cdss.errors import CdssError
from cdss.values import Interval

_PRECISE = Context(prec=40)


class UnitMisfit(CdssError):
    """A unit that is no UCUM unit, or that measures something else. The text names units, never the amount."""


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
    step = Decimal(1).scaleb(-places)
    fitting = value.quantize(step, rounding=ROUND_HALF_EVEN, context=_PRECISE)
    return plain(fitting if fitting != value else value)


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    short = value.normalize(_PRECISE)
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


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
    """How many ``wanted`` one ``unit`` is; None when they measure different things, or do not share their zero."""
    registry = _registry()
    one, target = _one(registry, unit), _one(registry, wanted)
    if not one.is_compatible_with(target.units) or registry.Quantity(Decimal(0), one.units).to(target.units).magnitude:
        return None
    return Decimal(one.to(target.units).magnitude) / Decimal(target.magnitude)


def _one(registry: Any, unit: str) -> Any:
    """The amount of one ``unit``."""
    # Whatever the parser, its transformer and pint raise for a wrong unit, the user hears one sentence.
    try:
        parsed = registry.from_ucum(unit)
    except Exception:
        raise UnitMisfit("this is not a UCUM unit; write for example g/dL, umol/L, 10*9/L, mL/min, %") from None
    return parsed if hasattr(parsed, "magnitude") else registry.Quantity(Decimal(1), parsed)


@cache
def _registry() -> Any:
    from ucumvert import PintUcumRegistry  # type: ignore[import-untyped,unused-ignore]

    return PintUcumRegistry(non_int_type=Decimal)
