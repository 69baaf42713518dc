"""The patients for whom two states of the rules answer differently, each region shown by its simplest patient."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cdss.coverage import LATEST
from cdss.decision import Standing
from cdss.library import InForce, Library
from cdss.proof.door import Term
from cdss.proof.logic import FALSE
from cdss.proof.scene import scenes
from cdss.proof.world import World, with_definitions
from cdss.rule import Intent
from cdss.ruledelta.changes import Change
from cdss.values import Value
from cdss.vocabulary import Vocabulary

_SUGGESTED = (Standing.RECOMMENDED, Standing.OPTION)


@dataclass(frozen=True, slots=True)
class Region:
    """Patients who are answered otherwise: about what, in which direction, and the simplest of them on a day."""

    about: str
    becomes: str
    on: date
    facts: Mapping[str, Value]
    suggests: bool


class Both:
    """Two states of the rules over one patient."""

    def __init__(self, old: Library, new: Library) -> None:
        self.old, self.new = old, new
        self._shared = dataclasses.replace(new, vocabulary=_merged(old.vocabulary, new.vocabulary))
        self._books: dict[tuple[bool, date], InForce] = {}

    def of_rule(self, change: Change) -> Iterator[Region]:
        """Where the rule fires now and did not before, and the reverse; each with the fewest facts."""
        wanted = {True: "fires", False: "no longer surely fires"}
        for day in self._days(change.days):
            before, after = self._book(False, day), self._book(True, day)
            one, other = before.versions.get(change.rule), after.versions.get(change.rule)
            world = self._world([b for b in (before, after) if change.rule in b.versions], {change.rule})
            was = world.terms.of(one.condition, before.definitions)[0] if one else FALSE
            is_now = world.terms.of(other.condition, after.definitions)[0] if other else FALSE
            for fires, terms in ((True, (is_now, -was)), (False, (was, -is_now))):
                if fires in wanted:
                    facts = world.fewest(*terms)
                    if facts is not None:
                        yield Region(change.rule, wanted.pop(fires), day, facts, False)

    def of_therapy(self, therapy: str, days: Iterable[date | None]) -> Iterator[Region]:
        """Where the therapy is suggested now and was not before, and the reverse."""
        wanted = {True: "becomes suggested", False: "is no longer suggested"}
        for day in self._days(days):
            before, after = self._book(False, day), self._book(True, day)
            world = self._world(
                [before, after], {n for b in (before, after) for n in b.versions if self._about(n, therapy)}
            )
            was, is_now = (
                self._suggested(world, self.old, therapy, before),
                self._suggested(world, self.new, therapy, after),
            )
            for opens, terms in ((True, (is_now, -was)), (False, (was, -is_now))):
                if opens in wanted:
                    facts = world.fewest(*terms)
                    if facts is not None:
                        yield Region(therapy, wanted.pop(opens), day, facts, True)

    def _days(self, days: Iterable[date | None]) -> list[date]:
        """The days to look at, newest first: the newest rules, and each day on which something concerned begins."""
        newest = max((*self.old.turning_points, *self.new.turning_points), default=LATEST)
        return sorted({newest, *(day for day in days if day is not None)}, reverse=True)

    def _about(self, name: str, therapy: str) -> bool:
        return any(name in side.rules and therapy in side.rules[name].therapies for side in (self.old, self.new))

    def _suggested(self, world: World, library: Library, therapy: str, book: InForce) -> Term:
        persona = world.reading(library)
        found = [
            scene.standings(persona, intent)[standing]
            for scene in scenes(library, therapy, [book])
            for intent in Intent
            for standing in _SUGGESTED
        ]
        return world.logic.any(found)

    def _book(self, new: bool, day: date) -> InForce:
        if (new, day) not in self._books:
            self._books[new, day] = (self.new if new else self.old).in_force(day)
        return self._books[new, day]

    def _world(self, books: Iterable[InForce], rules: set[str]) -> World:
        found = [v.condition for book in books for name, v in book.versions.items() if name in rules]
        conditions = [*with_definitions(found, self.old), *with_definitions(found, self.new)]
        return World(self._shared, conditions)


def _merged(old: Vocabulary, new: Vocabulary) -> Vocabulary:
    """Every fact and every word of either."""
    facts = dict(new.facts)
    for name, fact in old.facts.items():
        if name not in facts:
            facts[name] = fact
        elif fact.values:
            facts[name] = facts[name].model_copy(update={"values": {**fact.values, **facts[name].values}})
    return new.model_copy(update={"facts": facts})
