"""What one fact can answer to all that is asked of it: its values sorted into the few that make a difference.

Every value a fact may hold is considered: each word, each number its range and its decimal places allow, known exactly
or between two ends, each member of a set by itself, and not known at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import product

from cdss.backends.leaf import FactLeaf, leaf_answer
from cdss.condition import Compare, Includes, Known
from cdss.values import Interval, Members, Truth, Value
from cdss.vocabulary import Fact, Kind, Vocabulary

Variable = tuple[str, str | None]
"""A fact; of a set, one of its members, or the empty word for whether its list is complete."""

COMPLETE = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a variable, and what it answers to each leaf. Of a member of a set the value is its answer."""

    value: Value | Truth | None
    answers: Mapping[FactLeaf, Truth]


def variable_of(leaf: FactLeaf, vocabulary: Vocabulary) -> Variable:
    """The one thing that a leaf asks about."""
    if isinstance(leaf, Includes):
        return leaf.fact, leaf.member
    if isinstance(leaf, Known) and vocabulary.facts[leaf.fact].type is Kind.SET:
        return leaf.fact, COMPLETE
    return leaf.fact, None


def domains(leaves: Iterable[FactLeaf], vocabulary: Vocabulary) -> dict[Variable, tuple[Choice, ...]]:
    """For every variable of the leaves its choices, one for each combination of answers that can occur."""
    asked: dict[Variable, list[FactLeaf]] = {}
    for leaf in leaves:
        known = asked.setdefault(variable_of(leaf, vocabulary), [])
        if leaf not in known:
            known.append(leaf)
    return {variable: _choices(variable, tuple(about), vocabulary) for variable, about in asked.items()}


def _choices(variable: Variable, about: tuple[FactLeaf, ...], vocabulary: Vocabulary) -> tuple[Choice, ...]:
    name, member = variable
    if member == COMPLETE:
        return tuple(Choice(truth, dict.fromkeys(about, truth)) for truth in (Truth.YES, Truth.NO))
    if member is not None:
        return tuple(Choice(truth, dict.fromkeys(about, truth)) for truth in Truth)
    found: dict[tuple[Truth, ...], Choice] = {}
    for value in _values(vocabulary.facts[name], about):
        answers = {leaf: leaf_answer(leaf, value) for leaf in about}
        found.setdefault(tuple(answers.values()), Choice(value, answers))
    return tuple(found.values())


def _values(fact: Fact, about: Iterable[FactLeaf]) -> Iterator[Value | None]:
    """Values of every kind that could matter, the plainest first; None is unknown."""
    numbers: list[Decimal] = []
    if fact.type is Kind.BOOLEAN:
        yield from (True, False)
    elif fact.type is Kind.CATEGORY:
        yield from fact.values
    elif fact.type is Kind.NUMBER:
        numbers = _numbers(fact, {leaf.bound for leaf in about if isinstance(leaf, Compare)})
        yield from (Interval.point(number) for number in numbers)
    yield None
    yield from (found for found in _ranges(numbers) if _holds_a_number(fact, found))


def _numbers(fact: Fact, bounds: Iterable[Decimal]) -> list[Decimal]:
    """Of the numbers the fact may hold: every threshold with its neighbours, and then the ends of its range."""
    assert fact.range is not None
    low, high = fact.range
    step = Decimal(1).scaleb(-fact.places)
    near: set[Decimal] = set()
    for bound in bounds:
        below, above = (bound.quantize(step, rounding) for rounding in (ROUND_FLOOR, ROUND_CEILING))
        near |= {below, above, below - step, above + step}
    inside = sorted(number for number in near if low <= number <= high)
    return [*inside, *sorted({low, high} - near)]


def _ranges(numbers: list[Decimal]) -> Iterator[Interval]:
    """Pairs of ends, closed ones first, the narrowest leading, then those with open or missing ends."""
    pairs = sorted(((a, b) for a, b in product(numbers, repeat=2) if a < b), key=lambda pair: (pair[1] - pair[0], pair))
    for low_open, high_open in ((False, False), (False, True), (True, False), (True, True)):
        yield from (Interval(low, high, low_open, high_open) for low, high in pairs)
    for number, is_open in product(numbers, (False, True)):
        yield Interval(number, None, low_open=is_open)
        yield Interval(None, number, high_open=is_open)


def _holds_a_number(fact: Fact, found: Interval) -> bool:
    """Whether some number the fact may hold lies between the ends: of ECOG nothing lies above 5, nor within 1 and 2."""
    assert fact.range is not None
    low, high = fact.range
    step = Decimal(1).scaleb(-fact.places)
    first = low if found.low is None else found.low + step * found.low_open
    last = high if found.high is None else found.high - step * found.high_open
    return low <= first <= last <= high


def assembled(chosen: Mapping[Variable, Choice], liked: Mapping[str, Value]) -> dict[str, Value]:
    """The facts that the choices make up, on top of those that are ``liked``; a fact left unknown is absent."""
    facts = dict(liked)
    sets: dict[str, dict[str, Truth]] = {}
    for (name, member), choice in chosen.items():
        if member is not None:
            assert isinstance(choice.value, Truth)
            sets.setdefault(name, {})[member] = choice.value
        elif choice.value is None:
            facts.pop(name, None)
        else:
            assert not isinstance(choice.value, Truth)
            facts[name] = choice.value
    for name, members in sets.items():
        found = _members(members, liked.get(name))
        if found is None:
            facts.pop(name, None)
        else:
            facts[name] = found
    return facts


def _members(chosen: Mapping[str, Truth], liked: Value | None) -> Members | None:
    """A set as chosen member by member, with those others that are liked; None where nothing of it is known."""
    base = liked if isinstance(liked, Members) else Members(complete=True)
    open_ = any(truth is Truth.UNKNOWN for member, truth in chosen.items() if member != COMPLETE)
    whole = chosen.get(COMPLETE, Truth.of(base.complete and not open_))
    present, absent = (
        frozenset(m for m, truth in chosen.items() if truth is answer and m != COMPLETE)
        for answer in (Truth.YES, Truth.NO)
    )
    present |= base.present - chosen.keys()
    if whole is Truth.YES:
        return Members(present, complete=True)
    absent |= base.absent - chosen.keys()
    return Members(present, absent) if present or absent else None
