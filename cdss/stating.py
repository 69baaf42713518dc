"""A value as a ``facts:`` block of a case or an example states it."""

from __future__ import annotations

from decimal import Decimal

from cdss.values import Interval, Members, Value
from cdss.vocabulary import Fact


def stated(value: Value, fact: Fact) -> str:
    """The text of ``value`` in YAML, such as ``{from: 10, to: 15}``; read back, it is the same value."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case Members():
            return _members(value)
        case Interval():
            return _interval(value, fact)


def _members(value: Members) -> str:
    if value.complete:
        return f"[{', '.join(sorted(value.present))}]"
    parts = [f"includes: [{', '.join(sorted(value.present))}]"] if value.present else []
    parts += [f"excludes: [{', '.join(sorted(value.absent))}]"] if value.absent else []
    return f"{{{', '.join([*parts, 'complete: false'])}}}"


def _interval(value: Interval, fact: Fact) -> str:
    top = value.high if value.high is not None else value.low
    assert top is not None
    # A percentage of 1 or less might be a fraction, so its unit has to stand beside it.
    unit = ', unit: "%"' if fact.unit == "%" and top <= 1 else ""
    if value.is_point:
        return f"{{value: {_number(top)}{unit}}}" if unit else _number(top)
    ends = []
    if value.low is not None:
        ends.append(f"{'more_than' if value.low_open else 'from'}: {_number(value.low)}")
    if value.high is not None:
        ends.append(f"{'less_than' if value.high_open else 'to'}: {_number(value.high)}")
    return f"{{{', '.join(ends)}{unit}}}"


def _number(value: Decimal) -> str:
    return f"{value:f}"
