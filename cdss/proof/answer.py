"""What a question was answered with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from cdss.values import Value


class Asked(StrEnum):
    """The closed list of questions."""

    REACH = "reach"
    REDUNDANT = "redundant"
    CONFLICT = "conflict"
    SUBSUME = "subsume"
    GAP = "gap"
    DATES = "dates"
    INVARIANTS = "invariants"
    LAW = "law"

    @property
    def sentence(self) -> str:
        """What is proven where the answer is good."""
        return _SENTENCES[self]


_SENTENCES = {
    Asked.REACH: "every version of every rule can fire",
    Asked.REDUNDANT: "every condition of every rule matters to somebody",
    Asked.CONFLICT: "no two rules of one body favour and oppose a therapy in one patient",
    Asked.SUBSUME: "no rule says only what another says anyway",
    Asked.GAP: "somebody speaks of every patient in the declared scope",
    Asked.DATES: "no rule and no definition is missing on a day inside its history",
    Asked.INVARIANTS: "the invariants hold for every patient, whatever is known, on every day",
    Asked.LAW: "knowing less never suggests a therapy",
}


@dataclass(frozen=True, slots=True)
class Witness:
    """Something that is not as asked. ``facts`` describe a patient who shows it, on the day ``on``.

    Without facts there is nobody to show: no patient reaches the rule, or none tells two rules apart. ``declared``
    is the reason why it may stay.
    """

    asked: Asked
    about: str
    says: str
    facts: Mapping[str, Value] | None = None
    on: date | None = None
    declared: str | None = None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """How often a question was asked, what was found, and how long it took."""

    asked: Asked
    number: int
    witnesses: tuple[Witness, ...] = field(default=())
    seconds: float = 0

    @property
    def proven(self) -> int:
        """How many times the answer is: proven."""
        return self.number - len(self.witnesses)

    @property
    def undeclared(self) -> tuple[Witness, ...]:
        """The witnesses for which no reason is declared."""
        return tuple(w for w in self.witnesses if w.declared is None)

    def and_(self, other: Answer) -> Answer:
        """Both parts of one question together."""
        return Answer(
            self.asked,
            self.number + other.number,
            (*self.witnesses, *other.witnesses),
            self.seconds + other.seconds,
        )
