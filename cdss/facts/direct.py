"""Facts stated directly, for quick cases and what-ifs: checked against the vocabulary, all problems at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from cdss.errors import NOWHERE, Place, Problem, Problems
from cdss.record.number import in_unit, parse_quantity
from cdss.units import UnitMisfit, to_unit
from cdss.values import Interval, Members, Value
from cdss.vocabulary import Fact, Kind, Vocabulary, nearest
from cdss.wording import unit_word

Path: TypeAlias = tuple[str | int, ...]
PlaceOf: TypeAlias = Callable[[Path], Place]
UNKNOWN = "unknown"
_SET_KEYS = {"includes", "excludes", "complete"}


class _Wrong(Exception):
    def __init__(self, code: str, message: str, remedy: str | None = None, path: Path = ()) -> None:
        super().__init__(message)
        self.code, self.message, self.remedy, self.path = code, message, remedy, path


def facts_from_mapping(
    data: Mapping[str, Any], vocabulary: Vocabulary, *, place_of: PlaceOf | None = None, show_values: bool = False
) -> dict[str, Value]:
    """Fact → value; a fact written as ``unknown`` is left out.

    A number: 15, {from, to}, {less_than}, {value, unit}; a set: a list (complete) or {includes, excludes, complete}.
    Raises Problems, each at ``place_of(path)``. Unless ``show_values``, no message repeats or guesses a value.
    """
    found: dict[str, Value] = {}
    problems: list[Problem] = []
    if not isinstance(data, Mapping):
        raise Problems([Problem(place_of(()) if place_of else NOWHERE, "E521", "facts are written as fact: value")])
    for name, raw in data.items():
        try:
            value = _value(_fact(name, vocabulary), raw, show_values)
        except _Wrong as wrong:
            place = place_of((name, *wrong.path)) if place_of else NOWHERE
            problems.append(Problem(place, wrong.code, wrong.message, wrong.remedy))
        else:
            if value is not None:
                found[name] = value
    if problems:
        raise Problems(problems)
    return found


def _fact(name: Any, vocabulary: Vocabulary) -> Fact:
    fact = vocabulary.facts.get(name) if isinstance(name, str) else None
    if fact is None:
        close = nearest(str(name), set(vocabulary.facts))
        raise _Wrong(
            "E301",
            f"no fact is called '{name}'",
            f"did you mean '{close}'?" if close else "facts are listed in rules/vocabulary.yaml",
        )
    return fact


def _value(fact: Fact, raw: Any, show: bool) -> Value | None:
    if raw is None:
        raise _Wrong("E522", f"{fact.name} is empty; write a value, or {UNKNOWN}")
    if raw == UNKNOWN:
        return None
    match fact.type:
        case Kind.BOOLEAN:
            if not isinstance(raw, bool):
                raise _Wrong("E302", f"{fact.name} is true or false, or {UNKNOWN}")
            return raw
        case Kind.CATEGORY:
            return _word(fact, raw, (), show)
        case Kind.NUMBER:
            return number(fact, raw)
        case Kind.SET:
            return _set(fact, raw, show)


def stated_value(fact: Fact, raw: Any) -> Value | None:
    """One value written as in a ``facts:`` block; None for unknown. Raises ValueError, without repeating the value."""
    try:
        return _value(fact, raw, show=False)
    except _Wrong as wrong:
        raise ValueError(f"{wrong.message}; {wrong.remedy}" if wrong.remedy else wrong.message) from None


def number(fact: Fact, raw: Any) -> Interval:
    """A number in the unit of its fact."""
    assert fact.unit is not None
    assert fact.range is not None
    try:
        quantity = parse_quantity(raw)
        if quantity.unit is not None:
            # A unit beside the number is converted; the result is then rounded to the places that are kept.
            raw = _ends(
                to_unit(quantity.amount, quantity.unit, fact.unit, places=fact.places, molar_mass=fact.molar_mass)
            )
        elif fact.unit == "%":
            return in_unit(raw, "%", places=fact.places, low=int(fact.range[0]), high=int(fact.range[1]))
        amount = parse_quantity(raw).amount
        _fits(fact, amount)
    except UnitMisfit as misfit:
        raise _Wrong("E518", f"{fact.name}: {misfit}", _unit(fact)) from None
    except ValueError as error:
        raise _Wrong("E303", f"{fact.name}: {error}", _unit(fact) if fact.unit != "1" else None) from None
    return amount


def _unit(fact: Fact) -> str:
    """How the unit is written in a file, and in brackets how it is spoken where that differs."""
    word = unit_word(fact.unit)
    return f"its unit is {fact.unit}" + (f" ({word})" if word != fact.unit else "")


def _ends(amount: Interval) -> dict[str, Any]:
    ends: dict[str, Any] = {}
    if amount.low is not None:
        ends["more_than" if amount.low_open else "from"] = amount.low
    if amount.high is not None:
        ends["less_than" if amount.high_open else "to"] = amount.high
    return ends


def _fits(fact: Fact, amount: Interval) -> None:
    assert fact.range is not None
    for end in (amount.low, amount.high):
        if end is None:
            continue
        if not fact.range[0] <= end <= fact.range[1]:
            raise ValueError(f"lies outside the possible range, {fact.range[0]} to {fact.range[1]}")
        if end != round(end, fact.places):
            raise ValueError(
                f"has more decimal places than the {fact.places} kept" if fact.places else "should be a whole number"
            )


def _set(fact: Fact, raw: Any, show: bool) -> Members:
    if isinstance(raw, list | tuple):
        return Members(_words(fact, raw, (), show), complete=True)
    if not isinstance(raw, Mapping) or not raw or set(raw) - _SET_KEYS:
        raise _Wrong(
            "E313", f"{fact.name} is a set: write a list, or {{includes: [...], excludes: [...], complete: false}}"
        )
    complete = raw.get("complete", False)
    if not isinstance(complete, bool):
        raise _Wrong("E313", f"{fact.name}: complete is true or false", path=("complete",))
    present = _words(fact, raw.get("includes", []), ("includes",), show)
    absent = _words(fact, raw.get("excludes", []), ("excludes",), show)
    if present & absent:
        raise _Wrong("E313", f"{fact.name}: the same word is included and excluded")
    return Members(present, frozenset() if complete else absent, complete)


def _words(fact: Fact, raw: Any, path: Path, show: bool) -> frozenset[str]:
    listed = [raw] if isinstance(raw, str) else raw
    if not isinstance(listed, list | tuple):
        raise _Wrong("E313", f"{fact.name} takes a list of words", path=path)
    return frozenset(
        _word(fact, word, (*path, index) if listed is raw else path, show) for index, word in enumerate(listed)
    )


def _word(fact: Fact, raw: Any, path: Path, show: bool) -> str:
    if isinstance(raw, str) and raw in fact.values:
        return raw
    # A suggestion would give away what was written, so it is made only where that may be shown.
    close = nearest(raw, set(fact.values)) if show and isinstance(raw, str) else None
    shown = f"'{raw}'" if show and isinstance(raw, str) else "this"
    few = (
        f"the words are: {', '.join(sorted(fact.values))}"
        if len(fact.values) <= 12
        else f"rules/{'therapies' if fact.values_from else 'vocabulary'}.yaml lists the words"
    )
    raise _Wrong("E302", f"{shown} is not a value of {fact.name}", f"did you mean '{close}'?" if close else few, path)
