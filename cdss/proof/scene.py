"""A therapy while one set of statements about it is in force, and where it then stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cdss.combine import Voice
from cdss.condition import Condition
from cdss.decision import Standing
from cdss.library import InForce, Library
from cdss.proof.door import Term
from cdss.proof.standing import Spoken, standings
from cdss.proof.world import Persona
from cdss.rule import Intent, Kind, Version
from cdss.values import Truth


@dataclass(frozen=True, slots=True)
class Scene:
    """The statements about one therapy from the day of ``book`` until another set of them is in force."""

    therapy: str
    book: InForce
    about: tuple[tuple[str, Version], ...]

    def conditions(self) -> Iterator[Condition]:
        """What the statements ask."""
        yield from (version.condition for _, version in self.about)

    def standings(self, persona: Persona, intent: Intent) -> dict[Standing, Term]:
        """For each standing a term that is true where the therapy has it."""
        spoken = [self._spoken(persona, name, version) for name, version in self.about]
        return standings(persona.logic, spoken, intent, persona.declined(self.therapy))

    def _spoken(self, persona: Persona, name: str, version: Version) -> Spoken:
        assert version.then.stance is not None
        body = persona.library.rules[name].body
        voice = Voice(name, body, version.then.stance, Truth.UNKNOWN, version.provenance)
        return Spoken(version.then.intent, voice, persona.rule(name, version, self.book))


def scenes(library: Library, therapy: str, books: Iterable[InForce]) -> tuple[Scene, ...]:
    """Each different set of statements about the therapy that was ever in force, with its first day."""
    found: dict[object, Scene] = {}
    for book in books:
        about = tuple(
            (name, version)
            for name, version in book.versions.items()
            if version.then.kind is Kind.STATEMENT and therapy in library.rules[name].therapies
        )
        key = (tuple((name, version.start) for name, version in about), book.definition_starts)
        if about and key not in found:
            found[key] = Scene(therapy, book, about)
    return tuple(found.values())
