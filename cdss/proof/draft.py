"""A witness as a case file: the facts as a case states them, so that the engine can be asked about the same patient."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from cdss.values import Interval, Members, Value
from cdss.vocabulary import Fact, Vocabulary


def draft(title: str, story: str, facts: Mapping[str, Value], on: date, vocabulary: Vocabulary) -> str:
    """The text of a case file about a patient with these facts on this day."""
    lines = [f"title: {json.dumps(title, ensure_ascii=False)}", f"story: {json.dumps(story, ensure_ascii=False)}"]
    lines.append(f"on: {on.isoformat()}")
    stated = [f"  {name}: {_spelled(facts[name], vocabulary.facts[name])}" for name in sorted(facts)]
    return "\n".join([*lines, *(["facts:", *stated] if stated else ["facts: {}"])]) + "\n"


def _spelled(value: Value, fact: Fact) -> str:
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
