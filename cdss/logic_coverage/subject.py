"""What is covered: each version of each rule and of each definition, with the obligations its condition brings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from cdss.condition import Condition
from cdss.errors import Place
from cdss.examples import DEFINITIONS, LAST_DAY
from cdss.library import Library
from cdss.logic_coverage.tree import Tree
from cdss.program import by_depth, leaned_on
from cdss.values import Truth


@dataclass(frozen=True, slots=True)
class Obligation:
    """An answer that some test has to show: of the whole condition (``node`` None), or of a node that decides."""

    node: int | None
    answer: Truth


@dataclass(frozen=True)
class Subject:
    """One version of a rule or a definition. ``days`` are the days on which what it leans on may read differently."""

    id: str
    body: str
    start: date | None
    end: date | None
    condition: Condition
    place: Place
    days: tuple[date, ...]
    tree: Tree = field(repr=False, compare=False)

    @property
    def is_definition(self) -> bool:
        """A definition, not a rule."""
        return self.body == DEFINITIONS

    @cached_property
    def obligations(self) -> tuple[Obligation, ...]:
        """Those of the verdict first, then those of each node as written."""
        found = [Obligation(None, answer) for answer in Truth]
        for node in self.tree.nodes:
            answers = (Truth.YES, Truth.NO) if node.shares_unknown else tuple(Truth)
            found += [Obligation(node.number, answer) for answer in answers]
        return tuple(found)

    def place_of(self, obligation: Obligation) -> Place:
        """Where the leaf or the group stands; for the verdict, where the condition does."""
        if obligation.node is None:
            return self.condition.place if self.condition.place.file else self.place
        return self.tree.nodes[obligation.node].condition.place


def subjects(library: Library) -> tuple[Subject, ...]:
    """Every version of every rule and definition, by id and first day; retired ends are none."""
    turns = sorted({start for d in library.definitions.values() for start, _ in d.versions if start})
    found = []
    for name, definition in library.definitions.items():
        spans = _spans(definition.versions)
        found += [
            _subject(f"{DEFINITIONS}.{name}", span, condition, definition.place, turns) for span, condition in spans
        ]
    for rule in library.rules.values():
        versions = [(start, version.condition if version else None) for start, version in rule.versions]
        found += [_subject(rule.id, span, condition, rule.place, turns) for span, condition in _spans(versions)]
    return tuple(sorted(found, key=lambda s: (s.id, s.start or date.min)))


_Span = tuple[date | None, date | None]


def _spans(
    versions: list[tuple[date | None, Condition | None]] | tuple[tuple[date | None, Condition], ...],
) -> Iterator[tuple[_Span, Condition]]:
    ends = [*(start for start, _ in versions[1:]), None]
    for (start, condition), end in zip(versions, ends, strict=True):
        if condition is not None:
            yield (start, end), condition


def _subject(identity: str, span: _Span, condition: Condition, place: Place, turns: list[date]) -> Subject:
    start, end = span
    first, last = start or date.min, end or LAST_DAY
    within = [turn for turn in turns if first < turn < last]
    days = tuple(sorted({*([start] if start else []), *within, last - timedelta(days=1) if end else LAST_DAY}))
    return Subject(identity, identity.split(".")[0], start, end, condition, place, days, Tree(condition))


class Meanings:
    """The definitions in force on a day, in the order in which they can be answered."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._turns = sorted({start for d in library.definitions.values() for start, _ in d.versions if start})
        self._by_day: dict[date, dict[str, Condition]] = {}
        self._behind: dict[tuple[int, date], tuple[Condition, dict[str, Condition]]] = {}

    def period(self, day: date) -> int:
        """Days of the same number read every definition alike."""
        return bisect_right(self._turns, day)

    def on(self, day: date) -> Mapping[str, Condition]:
        """Name → condition, each after those it refers to."""
        if day not in self._by_day:
            begun = {name: d.condition_on(day) for name, d in self._library.definitions.items()}
            strata = by_depth({name: condition for name, condition in begun.items() if condition is not None})
            self._by_day[day] = {name: condition for stratum in strata for name, condition in stratum.items()}
        return self._by_day[day]

    def behind(self, condition: Condition, day: date) -> Mapping[str, Condition]:
        """Those a condition refers to, directly or through others, each after those it refers to."""
        key = (id(condition), day)
        if key not in self._behind:
            known = self.on(day)
            wanted = leaned_on((condition,), {name: (part,) for name, part in known.items()})
            # The condition is kept beside its answer, so that its identity is not given to another.
            self._behind[key] = (condition, {name: part for name, part in known.items() if name in wanted})
        return self._behind[key][1]
