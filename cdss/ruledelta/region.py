"""The patients for whom two states of the rules answer differently, each region shown by its simplest patient."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cdss.coverage import LATEST
from cdss.errors import CdssError
from cdss.library import InForce, Library
from cdss.proof.door import Term
from cdss.proof.everybody import SUGGESTED
from cdss.proof.logic import FALSE
from cdss.proof.scene import scenes
from cdss.proof.world import Persona, World, with_definitions
from cdss.rule import Intent
from cdss.ruledelta.changes import Change
from cdss.values import Value
from cdss.vocabulary import Vocabulary


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
        """Raises CdssError when a fact is of another type in the other state: no patient can be read by both."""
        self.old, self.new = old, new
        self._shared = dataclasses.replace(new, vocabulary=_merged(old.vocabulary, new.vocabulary))
        self._books: dict[tuple[bool, date], InForce] = {}
        self._newest = max((*old.turning_points, *new.turning_points), default=LATEST)

    def of_rule(self, change: Change) -> list[Region]:
        """Where the rule fires now and did not before, and the reverse; each with the fewest facts."""

        def fires(patient: Persona, book: InForce) -> Term:
            version = book.versions.get(change.rule)
            return patient.rule(change.rule, version, book)[0] if version else FALSE

        words = ("fires", "no longer surely fires")
        return list(self._regions(change.rule, words, {change.rule}, change.days, fires))

    def of_therapy(self, therapy: str, days: Iterable[date | None]) -> list[Region]:
        """Where the therapy is suggested now and was not before, and the reverse; ``days`` are those of the changes."""

        def suggested(patient: Persona, book: InForce) -> Term:
            return patient.logic.any(
                scene.standings(patient, intent)[standing]
                for scene in scenes(patient.library, therapy, [book])
                for intent in Intent
                for standing in SUGGESTED
            )

        names = {name for side in (self.old, self.new) for name, r in side.rules.items() if therapy in r.therapies}
        words = ("becomes suggested", "is no longer suggested")
        return list(self._regions(therapy, words, names, days, suggested, suggests=True))

    def _regions(
        self,
        about: str,
        words: tuple[str, str],
        rules: set[str],
        days: Iterable[date | None],
        told: Callable[[Persona, InForce], Term],
        *,
        suggests: bool = False,
    ) -> Iterator[Region]:
        """A patient of whom ``told`` is true now and was not, and one of whom it was true; by the newest such rules."""
        world = self._world(rules)
        as_it_was, as_it_is = world.reading(self.old), world.reading(self.new)
        wanted = dict(enumerate(words))
        for day, before, after in self._moments(rules, days):
            was, is_now = told(as_it_was, before), told(as_it_is, after)
            for way, terms in enumerate(((is_now, -was), (was, -is_now))):
                facts = world.fewest(*terms) if way in wanted else None
                if facts is not None:
                    yield Region(about, wanted.pop(way), day, facts, suggests)
            if not wanted:
                return

    def _moments(self, rules: set[str], days: Iterable[date | None]) -> Iterator[tuple[date, InForce, InForce]]:
        """Each day since the first of ``days`` from which on other versions of the rules are in force; newest first."""
        since = min((day or date.min for day in days), default=date.min)
        begins = {self._newest}
        for side in (self.old, self.new):
            dated = [*(side.rules[n].versions for n in rules if n in side.rules)]
            begins |= {day for versions in dated for day, _ in versions if day is not None and day >= since}
            begins |= {d for one in side.definitions.values() for d, _ in one.versions if d is not None and d >= since}
        seen: set[object] = set()
        for day in sorted(begins, reverse=True):
            before, after = self._book(False, day), self._book(True, day)
            key = tuple(_in_force(book, rules) for book in (before, after))
            if key not in seen:
                seen.add(key)
                yield day, before, after

    def _book(self, new: bool, day: date) -> InForce:
        if (new, day) not in self._books:
            self._books[new, day] = (self.new if new else self.old).in_force(day)
        return self._books[new, day]

    def _world(self, rules: set[str]) -> World:
        found = [
            version.condition
            for side in (self.old, self.new)
            for name in rules & set(side.rules)
            for _, version in side.rules[name].versions
            if version is not None
        ]
        return World(self._shared, [*with_definitions(found, self.old), *with_definitions(found, self.new)])


def _in_force(book: InForce, rules: set[str]) -> object:
    """What tells one day from another as far as these rules go."""
    return tuple((n, v.start) for n, v in book.versions.items() if n in rules), book.definition_starts


def _merged(old: Vocabulary, new: Vocabulary) -> Vocabulary:
    """Every fact and every word of either."""
    facts = dict(new.facts)
    for name, fact in old.facts.items():
        if name not in facts:
            facts[name] = fact
        elif fact.type is not facts[name].type:
            raise CdssError(f"the fact {name} was a {fact.type} and is a {facts[name].type} now")
        elif fact.values:
            facts[name] = facts[name].model_copy(update={"values": {**fact.values, **facts[name].values}})
    return new.model_copy(update={"facts": facts})
