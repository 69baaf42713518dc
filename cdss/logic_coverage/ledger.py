"""Which test covers which obligation: the first that does is noted, for the rule and for the definitions behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cdss.backends.leaf import leaf_answer
from cdss.backends.plain import answer
from cdss.condition import Condition, Holds, Leaf
from cdss.errors import Place
from cdss.examples import DEFINITIONS
from cdss.library import Library
from cdss.logic_coverage.subject import Meanings, Obligation, Subject
from cdss.values import Truth, Value


@dataclass(frozen=True, slots=True)
class Proof:
    """A test by name, and where it stands."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Shown:
    """What one test shows: the verdict, and the obligations it meets, also in definitions that lack proofs."""

    verdict: Truth
    met: tuple[tuple[Subject, Obligation], ...]


class Ledger:
    """The obligations of all subjects, and the proof of those that are met."""

    def __init__(self, library: Library, subjects: tuple[Subject, ...]) -> None:
        self.meanings = Meanings(library)
        self._versions: dict[str, list[Subject]] = {}
        for subject in subjects:
            self._versions.setdefault(subject.id, []).append(subject)
        self._proofs: dict[tuple[str, date | None, Obligation], Proof] = {}
        self._open = {(subject.id, subject.start): set(subject.obligations) for subject in subjects}

    def subject_on(self, identity: str, day: date) -> Subject | None:
        """The version of a rule or definition that is in force on ``day``; None when there is none."""
        begun = [s for s in self._versions.get(identity, ()) if s.start is None or s.start <= day]
        return begun[-1] if begun and (begun[-1].end is None or day < begun[-1].end) else None

    def is_open(self, subject: Subject, day: date) -> bool:
        """Whether anything is still without proof in ``subject`` or in a definition behind it."""
        return bool(self._left(subject)) or any(
            definition is not None and self._left(definition) for _, definition in self._behind(subject, day)
        )

    def _left(self, subject: Subject) -> set[Obligation]:
        return self._open.get((subject.id, subject.start), set())

    def _behind(self, subject: Subject, day: date) -> list[tuple[str, Subject | None]]:
        behind = self.meanings.behind(subject.condition, day)
        return [(name, self.subject_on(f"{DEFINITIONS}.{name}", day)) for name in behind]

    def proof(self, subject: Subject, obligation: Obligation) -> Proof | None:
        """The test that covers an obligation; None when none does."""
        return self._proofs.get((subject.id, subject.start, obligation))

    def shown(self, subject: Subject, facts: Mapping[str, Value], day: date) -> Shown:
        """What these facts show of ``subject`` by the definitions of ``day``; it counts once it is noted."""
        behind = self.meanings.behind(subject.condition, day)
        truths: dict[str, Truth] = {}
        for name, part in behind.items():
            truths[name] = answer(part, facts, truths)
        verdict, met = _met(subject, facts, truths)
        found = list(met)
        for name, definition in self._behind(subject, day):
            if definition is not None and self._left(definition) and _decides(name, subject.condition, behind, facts):
                found += _met(definition, facts, truths)[1]
        return Shown(verdict, tuple(found))

    def is_news(self, shown: Shown) -> bool:
        """Whether some obligation it meets has no proof yet."""
        return any(self.proof(subject, obligation) is None for subject, obligation in shown.met)

    def note(self, shown: Shown, proof: Proof) -> None:
        """Take ``proof`` for every obligation it meets and that had none."""
        for subject, obligation in shown.met:
            self._proofs.setdefault((subject.id, subject.start, obligation), proof)
            self._left(subject).discard(obligation)


def _met(
    subject: Subject, facts: Mapping[str, Value], truths: Mapping[str, Truth]
) -> tuple[Truth, Iterator[tuple[Subject, Obligation]]]:
    def answer_of(leaf: Leaf) -> Truth:
        return truths[leaf.definition] if isinstance(leaf, Holds) else leaf_answer(leaf, facts.get(leaf.fact))

    verdict, deciding = subject.tree.read(answer_of)
    met = [Obligation(None, verdict), *(Obligation(number, truth) for number, truth in deciding.items())]
    return verdict, ((subject, obligation) for obligation in met)


def _decides(name: str, condition: Condition, behind: Mapping[str, Condition], facts: Mapping[str, Value]) -> bool:
    """Whether the condition would be yes with the definition answered one way and no with it answered the other."""
    verdicts = set()
    for forced in (Truth.YES, Truth.NO):
        truths = {name: forced}
        for other, part in behind.items():
            if other != name:
                truths[other] = answer(part, facts, truths)
        verdicts.add(answer(condition, facts, truths))
    return verdicts == {Truth.YES, Truth.NO}
