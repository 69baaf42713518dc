"""The values of a fact that some conditions can tell apart, one for each kind of value; None is unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise, product

from cdss.condition import All, Any, Compare, Condition, Includes, Is, Known, Leaf, Not, OneOf, leaves
from cdss.values import Interval, Members, Value
from cdss.vocabulary import Fact, Kind, Vocabulary

Values = tuple[Value | None, ...]
_MOST_BLOCKS = 8
"""A set of which conditions tell more members apart has too many mixtures to try them all."""


def possible_values(vocabulary: Vocabulary, conditions: Sequence[Condition]) -> dict[str, Values]:
    """For every fact the conditions mention, all the values among which they can tell, by name, sorted.

    A set with too many mixtures of members to list has no values here.
    """
    tests: dict[str, list[Leaf]] = defaultdict(list)
    for condition in conditions:
        for leaf in leaves(condition):
            if isinstance(leaf, Is | OneOf | Compare | Includes | Known):
                tests[leaf.fact].append(leaf)
    blocks = _blocks(conditions)
    return {name: tuple(_values(vocabulary.fact(name), tests[name], blocks.get(name, ()))) for name in sorted(tests)}


def _values(fact: Fact, tests: Sequence[Leaf], blocks: Sequence[Sequence[str]]) -> Iterator[Value | None]:
    match fact.type:
        case Kind.BOOLEAN:
            yield from (True, False, None)
        case Kind.CATEGORY:
            named = {leaf.value for leaf in tests if isinstance(leaf, Is)}
            named |= {value for leaf in tests if isinstance(leaf, OneOf) for value in leaf.values}
            rest = [value for value in fact.values if value not in named]
            yield from (value for value in fact.values if value in named)
            yield from rest[:1]
            yield None
        case Kind.NUMBER:
            yield from _numbers(fact, sorted({leaf.bound for leaf in tests if isinstance(leaf, Compare)}))
        case Kind.SET:
            yield from _sets(blocks, asks_known=any(isinstance(leaf, Known) for leaf in tests))


def _numbers(fact: Fact, bounds: Sequence[Decimal]) -> Iterator[Interval | None]:
    """Numbers at and between the thresholds, and every range from one of these to another or without an end."""
    assert fact.range is not None
    low, high = fact.range
    ends = sorted({low, *(bound for bound in bounds if low <= bound <= high), high})
    points = [ends[0]]
    for one, other in pairwise(ends):
        points += [(one + other) / 2, other]
    for index, start in enumerate(points):
        yield Interval(None, start)
        yield Interval(start, None)
        yield from (Interval(start, end) for end in points[index:])
    yield None


def _sets(blocks: Sequence[Sequence[str]], *, asks_known: bool) -> Iterator[Members]:
    """Every mixture of present, absent and unknown; of members that only stand together, the first stands for all."""
    if len(blocks) > _MOST_BLOCKS:
        return
    rest = frozenset(member for block in blocks for member in block[1:])
    firsts = [block[0] for block in blocks]
    for states in product((True, False, None), repeat=len(firsts)):
        present = frozenset(m for m, state in zip(firsts, states, strict=True) if state is True)
        absent = frozenset(m for m, state in zip(firsts, states, strict=True) if state is False) | rest
        yield Members(present, absent)
        if asks_known and None not in states:
            yield Members(present, complete=True)


def _blocks(conditions: Iterable[Condition]) -> Mapping[str, list[list[str]]]:
    """The members of each set, those together that never stand in an *any* without one another."""
    stands: dict[tuple[str, str], set[object]] = defaultdict(set)
    for number, condition in enumerate(conditions):
        for fact, member, spot in _spots(condition, (number,)):
            stands[fact, member].add(spot)
    grouped: dict[tuple[str, frozenset[object]], list[str]] = defaultdict(list)
    for (fact, member), spots in stands.items():
        grouped[fact, frozenset(spots)].append(member)
    found: dict[str, list[list[str]]] = defaultdict(list)
    for (fact, _), members in grouped.items():
        found[fact].append(sorted(members))
    return {fact: sorted(blocks) for fact, blocks in found.items()}


def _spots(condition: Condition, path: tuple[int, ...]) -> Iterator[tuple[str, str, object]]:
    """Every test of a member, with the *any* it stands in; a spot of its own where it stands in none."""
    match condition:
        case Any(parts):
            for index, part in enumerate(parts):
                if isinstance(part, Includes):
                    yield part.fact, part.member, path
                else:
                    yield from _spots(part, (*path, index))
        case All(parts):
            for index, part in enumerate(parts):
                yield from _spots(part, (*path, index))
        case Not(part):
            yield from _spots(part, (*path, 0))
        case Includes(fact, member):
            yield fact, member, (*path, member)
