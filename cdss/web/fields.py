"""A fact as a field of a form, and what was typed into it as a value of the fact."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cdss.facts.direct import stated_value
from cdss.values import Interval, Members, Value
from cdss.vocabulary import Fact, Kind
from cdss.wording import number_text, unit_word

Posted = Mapping[str, Sequence[str]]
"""What a form sent: every name with all its values."""

_LONGEST = 60
_NUMBER = r"-?\d{1,9}(?:\.\d{1,9})?"
_SIGNS = {"<=": "at_most", "≤": "at_most", ">=": "at_least", "≥": "at_least", "<": "less_than", ">": "more_than"}
_BOUND = re.compile(rf"(<=|>=|<|>|≤|≥)\s*({_NUMBER})\s*(.*)")
_RANGE = re.compile(rf"(>?)\s*({_NUMBER})\s*(?:-|–|to)\s*(<?)\s*({_NUMBER})\s*(.*)")
_UNIT = re.compile(r"(?:[A-Za-zµμ%×]|10[*^])[^\s-]*")
_NO_NUMBER = "this is not a number; write one such as 15, a range 10-15, or a limit such as < 2"
_PLAIN = re.compile(rf"({_NUMBER})\s*(.*)")


@dataclass(frozen=True, slots=True)
class Choice:
    """One word a field offers. ``state`` is "yes" or "no" for a member of a set, "chosen" for a word, else empty."""

    value: str
    text: str
    state: str


@dataclass(frozen=True, slots=True)
class Field:
    """One fact with what it now holds. ``text`` is what stands in the box of a number."""

    name: str
    label: str
    kind: str
    question: str
    help: str
    text: str
    choices: tuple[Choice, ...]
    complete: bool
    problem: str


def field_of(fact: Fact, value: Value | None, problem: str = "", typed: str | None = None) -> Field:
    """The field of ``fact`` holding ``value`` (None: unknown). ``typed`` is shown again where it could not be read."""
    members = value if isinstance(value, Members) else Members()
    if fact.type is Kind.BOOLEAN:
        words = {"yes": "yes", "no": "no"}
        chosen = "" if value is None else "yes" if value else "no"
    else:
        words = fact.values
        chosen = value if isinstance(value, str) else ""
    choices = tuple(
        Choice(word, text, _state(members, word) if fact.type is Kind.SET else _chosen(word == chosen))
        for word, text in words.items()
    )
    return Field(
        fact.name,
        fact.label[:1].upper() + fact.label[1:],
        fact.type.value,
        fact.question,
        _help(fact),
        typed if typed is not None else _typed_again(value) if isinstance(value, Interval) else "",
        choices,
        members.complete,
        problem,
    )


def read_field(fact: Fact, posted: Posted) -> Value | None:
    """What the form says of ``fact``; None for unknown. Raises ValueError with a sentence that repeats no value."""
    if fact.type is Kind.SET:
        return _members(fact, posted)
    text = one(posted, f"f.{fact.name}").strip()
    if not text or text.lower() == "unknown":
        return None
    if len(text) > _LONGEST:
        raise ValueError("this is too long for a value")
    if fact.type is Kind.BOOLEAN:
        if text not in ("yes", "no"):
            raise ValueError("choose yes, no or unknown")
        return text == "yes"
    if fact.type is Kind.CATEGORY:
        if text not in fact.values:
            raise ValueError("choose one of the words offered, or unknown")
        return text
    return _stated(fact, _written_number(fact, text))


def one(posted: Posted, name: str) -> str:
    """The last value of a field; empty when it was not sent."""
    values = posted.get(name, ())
    return values[-1] if values else ""


def same(first: Value | None, other: Value | None) -> bool:
    """Whether two values say the same of a fact: an incomplete list without entries says no more than unknown."""
    return _bare(first) == _bare(other)


def _bare(value: Value | None) -> Value | None:
    if not isinstance(value, Members):
        return value
    if value.complete:
        return Members(value.present, complete=True)
    return value if value.present or value.absent else None


def _members(fact: Fact, posted: Posted) -> Members | None:
    present, absent = set(posted.get(f"f.{fact.name}.yes", ())), set(posted.get(f"f.{fact.name}.no", ()))
    if (present | absent) - set(fact.values):
        raise ValueError("choose from the words offered")
    if present & absent:
        raise ValueError("the same entry is ticked as present and as ruled out; keep one of them")
    complete = one(posted, f"f.{fact.name}.complete") == "yes"
    if not (present or absent or complete):
        return None
    return Members(frozenset(present), frozenset() if complete else frozenset(absent), complete)


def _written_number(fact: Fact, text: str) -> dict[str, Any]:
    if re.search(r"\d,\d", text):
        raise ValueError("write the decimal with a point, as in 12.5")
    if text.startswith("-") and fact.range and fact.range[0] >= 0:
        raise ValueError("a negative number is not possible here")
    ends: dict[str, Any]
    if span := _RANGE.fullmatch(text):
        low, high = "more_than" if span[1] else "from", "less_than" if span[3] else "to"
        ends, unit = {low: Decimal(span[2]), high: Decimal(span[4])}, span[5]
    elif bound := _BOUND.fullmatch(text):
        ends, unit = {_SIGNS[bound[1]]: Decimal(bound[2])}, bound[3]
    elif plain := _PLAIN.fullmatch(text):
        ends, unit = {"value": Decimal(plain[1])}, plain[2]
    else:
        raise ValueError(_NO_NUMBER)
    unit = unit.strip().replace("µ", "u").replace("μ", "u")
    if unit and not _UNIT.fullmatch(unit):
        raise ValueError(_NO_NUMBER)
    if unit and unit != unit_word(fact.unit):
        ends["unit"] = unit
    elif fact.unit == "%":
        ends["unit"] = "%"  # the field shows its unit, so one per cent is no fraction
    return ends


def _stated(fact: Fact, raw: dict[str, Any]) -> Value | None:
    written: Any = raw["value"] if set(raw) == {"value"} else raw
    try:
        return stated_value(fact, written)
    except ValueError as wrong:
        text, unit, _ = str(wrong).removeprefix(f"{fact.name}").lstrip(": ").partition("; its unit is ")
        text += f"; its unit is {unit_word(fact.unit)}" if unit else ""
        raise ValueError(text) from None


def _state(members: Members, word: str) -> str:
    return "yes" if word in members.present else "no" if word in members.absent else ""


def _chosen(yes: bool) -> str:
    return "chosen" if yes else ""


def _help(fact: Fact) -> str:
    if fact.type is not Kind.NUMBER:
        return ""
    assert fact.range is not None
    unit = unit_word(fact.unit)
    span = f"{number_text(fact.range[0])} to {number_text(fact.range[1])}"
    return f"{unit}, {span}".lstrip(", ")


def _typed_again(value: Interval) -> str:
    low, high = value.low, value.high
    if value.is_point and low is not None:
        return number_text(low)
    if low is None and high is not None:
        return f"{'<' if value.high_open else '<='} {number_text(high)}"
    if high is None and low is not None:
        return f"{'>' if value.low_open else '>='} {number_text(low)}"
    assert low is not None
    assert high is not None
    return f"{'> ' if value.low_open else ''}{number_text(low)} to {'< ' if value.high_open else ''}{number_text(high)}"
