"""Facts in words a clinician reads: the value with its unit, as it is known."""

from __future__ import annotations

from decimal import Decimal

from cdss.values import Interval, Members, Value
from cdss.vocabulary import Fact

_UNITS = {
    "1": "",
    "a": "years",
    "mo": "months",
    "wk": "weeks",
    "d": "days",
    "{xULN}": "× ULN",
    "10*9/L": "×10⁹/L",
    "%": "%",
}


_NAMED = 3


def unit_word(unit: str | None) -> str:
    """A UCUM unit as it is spoken; empty for a pure number."""
    return "" if unit is None else _UNITS.get(unit, unit)


def number_text(value: Decimal) -> str:
    """A decimal without trailing zeros and without an exponent."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def describe_value(fact: Fact, value: Value) -> str:
    """The value in words: "15 %", "10 to 15 %", "at least 2", "liver, lung (list not complete)"."""
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return fact.values.get(value, value)
        case Interval():
            text, unit = _range(value), unit_word(fact.unit)
            return f"{text} {unit}".strip()
        case Members(present, absent, complete):
            words = [fact.values.get(member, member) for member in sorted(present)]
            text = ", ".join(words) if words else ("none" if complete else "none recorded")
            if complete:
                return text
            ruled_out = [fact.values.get(member, member) for member in sorted(absent)]
            if len(ruled_out) > _NAMED:
                return f"{text} (list not complete; {len(ruled_out)} others ruled out)"
            return f"{text} (list not complete{'; not ' + ', '.join(ruled_out) if ruled_out else ''})"


def _range(value: Interval) -> str:
    low, high = value.low, value.high
    if value.is_point and low is not None:
        return number_text(low)
    if low is None:
        assert high is not None
        return f"{'less than' if value.high_open else 'at most'} {number_text(high)}"
    if high is None:
        return f"{'more than' if value.low_open else 'at least'} {number_text(low)}"
    start = f"more than {number_text(low)}" if value.low_open else number_text(low)
    end = f"less than {number_text(high)}" if value.high_open else number_text(high)
    return f"{start} to {end}"
