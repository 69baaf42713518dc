"""A survivor → the example that would have noticed it: the smallest change to the rule's first firing example.

A draft says what the rule answers now. Whether that is what the source says, somebody has to look up before it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations, islice
from typing import Any

from cdss.backends.plain import answer
from cdss.condition import Compare, Condition, Includes, facts_used, leaves
from cdss.decision import plain_value
from cdss.errors import CdssError
from cdss.examples import EXPECTED, last_day
from cdss.facts.direct import facts_from_mapping
from cdss.library import Library
from cdss.mutation.kinds import SILENCING
from cdss.mutation.mutants import Mutant
from cdss.mutation.readings import conditions_of, leaning
from cdss.program import leaned_on
from cdss.rule import Definition, Rule
from cdss.values import Interval, Members, Truth, Value
from cdss.vocabulary import Fact, Kind

_KIND = {truth: kind for kind, truth in EXPECTED.items()}
_MOST_RULES = 25
_MOST_PAIRS = 2_000


@dataclass(frozen=True, slots=True)
class Draft:
    """An example for ``rule``, under ``kind`` (fires, silent or undecided). ``on`` is None where any day will do."""

    rule: str
    kind: str
    but: Mapping[str, Any]
    on: date | None

    def __str__(self) -> str:
        day = f"on: {self.on}, " if self.on else ""
        return f"{self.kind}: {{{day}but: {_written(self.but)}}}"


def draft(library: Library, mutant: Mutant) -> Draft | None:
    """The example; None where none of the simple ones tells the mutant apart, or no example could."""
    if mutant.kind in SILENCING:
        return None
    if isinstance(mutant.mutated, Rule):
        return _draft(library, library, mutant.mutated.id, mutant.mutated, _days(mutant))
    altered = _Definitions(library, mutant.mutated)
    for rule in islice(leaning(library, mutant.mutated.name)[1], _MOST_RULES):
        found = _draft(library, altered, rule.id, rule, (last_day(rule),))
        if found is not None:
            return found
    return None


class _Definitions:
    """A library with one definition changed, as far as answers need it."""

    def __init__(self, library: Library, changed: Definition) -> None:
        self.definitions = {**library.definitions, changed.name: changed}


def _draft(
    library: Library, altered: Library | _Definitions, owner: str, mutated: Rule, days: Sequence[date]
) -> Draft | None:
    rule = library.rules[owner]
    first = rule.examples.fires[0] if rule.examples.fires else None
    if first is None or first.facts is None:
        return None
    base = facts_from_mapping(first.facts, library.vocabulary)
    conditions = [*conditions_of(rule), *conditions_of(mutated)]
    for name in sorted(leaned_on(conditions, library.defined)):
        conditions += conditions_of(library.definitions[name])
        conditions += conditions_of(altered.definitions[name])
    for day in days:
        if altered is library and rule.version_on(day) is mutated.version_on(day):
            continue
        for but in _changes(library, conditions, base):
            facts = {name: v for name, v in {**base, **but}.items() if v is not None}
            try:
                now = _answered(library.definitions, rule, facts, day)
                then = _answered(altered.definitions, mutated, facts, day)
            except CdssError:
                continue
            if now is not then:
                told = {name: "unknown" if v is None else _plain(v) for name, v in but.items()}
                return Draft(owner, _KIND[now], told, None if day == last_day(rule) else day)
    return None


def _days(mutant: Mutant) -> list[date]:
    """The newest day, the first and the last of every version, and those on which a shifted version comes or goes."""
    assert isinstance(mutant.original, Rule)
    assert isinstance(mutant.mutated, Rule)
    starts = {s for rule in (mutant.original, mutant.mutated) for s, _ in rule.versions if s is not None}
    return [last_day(mutant.original), *sorted(starts | {date.fromordinal(s.toordinal() - 1) for s in starts})]


def _answered(definitions: Mapping[str, Definition], rule: Rule, facts: Mapping[str, Value], day: date) -> Truth:
    version = rule.version_on(day)
    if version is None:
        return Truth.NO
    return answer(version.condition, facts, _Lazily(definitions, facts, day))


class _Lazily(dict[str, Truth]):
    """The answers of definitions, found when they are asked for."""

    def __init__(self, definitions: Mapping[str, Definition], facts: Mapping[str, Value], day: date) -> None:
        super().__init__()
        self._definitions, self._facts, self._day = definitions, facts, day

    def __missing__(self, name: str) -> Truth:
        condition = self._definitions[name].condition_on(self._day)
        if condition is None:
            raise CdssError(f"the definition '{name}' had not begun on {self._day}")
        self[name] = answer(condition, self._facts, self)
        return self[name]


def _changes(
    library: Library, conditions: Sequence[Condition], base: Mapping[str, Value]
) -> Iterator[dict[str, Value | None]]:
    """Nothing; then one fact at a time, to each of its telling values and to unknown; then two facts at a time."""
    yield {}
    single = list(_single(library, conditions, base))
    yield from single
    for one, other in islice(combinations(single, 2), _MOST_PAIRS):
        if one.keys() != other.keys():
            yield {**one, **other}


def _single(
    library: Library, conditions: Sequence[Condition], base: Mapping[str, Value]
) -> Iterator[dict[str, Value | None]]:
    names = sorted({name for condition in conditions for name in facts_used(condition)})
    for name in names:
        fact = library.vocabulary.fact(name)
        for value in _telling(fact, conditions, base.get(name)):
            if value != base.get(name):
                yield {name: value}
    for name in names:
        if name in base:
            yield {name: None}


def _telling(fact: Fact, conditions: Sequence[Condition], now: Value | None) -> Iterator[Value]:
    tests = [leaf for condition in conditions for leaf in leaves(condition)]
    match fact.type:
        case Kind.BOOLEAN:
            yield from (True, False)
        case Kind.CATEGORY:
            yield from fact.values
        case Kind.NUMBER:
            assert fact.range is not None
            step = Decimal(1).scaleb(-fact.places)
            bounds = sorted({leaf.bound for leaf in tests if isinstance(leaf, Compare) and leaf.fact == fact.name})
            near = sorted({number for bound in bounds for number in (bound - step, bound, bound + step)})
            yield from (Interval.point(number) for number in near if fact.range[0] <= number <= fact.range[1])
        case Kind.SET:
            present = now.present if isinstance(now, Members) else frozenset[str]()
            named = sorted({leaf.member for leaf in tests if isinstance(leaf, Includes) and leaf.fact == fact.name})
            yield from (Members(frozenset({member}), complete=True) for member in named)
            yield from (Members(present ^ {member}, complete=True) for member in named)
            yield Members(complete=True)


def _plain(value: Value) -> Any:
    if isinstance(value, Members) and value.complete:
        return sorted(value.present)
    return plain_value(value)


def _written(value: Any) -> str:
    """The value in YAML's flow style, as rule files have it."""
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return "{" + ", ".join(f"{key}: {_written(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_written, value)) + "]"
    return str(value)
