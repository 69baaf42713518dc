"""What may notice a mutant: the examples of the rules and the checks of the cases, each answered once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cdss.backends.numbered import Grounded, Numbered
from cdss.backends.plain import answer
from cdss.case import Expect, bundled_cases, load_case
from cdss.condition import Condition
from cdss.consult import Question, consult
from cdss.decision import Decision
from cdss.engine import Engine
from cdss.errors import CdssError, Place
from cdss.examples import DEFINITIONS, posed
from cdss.expectation import failures
from cdss.facts.sheet import FactSheet
from cdss.library import Library
from cdss.program import Program
from cdss.regress import expectations
from cdss.rule import Definition, Kind, Rule
from cdss.values import Truth, Value


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """An example of a rule or a definition: the patient, the day, what the definitions answer, and what it must."""

    place: Place
    facts: Mapping[str, Value]
    day: date
    definitions: Mapping[str, Truth]
    expected: Truth

    def answered(self, owner: Rule | Definition, definitions: Mapping[str, Truth] | None = None) -> Truth:
        """What ``owner`` answers, with other answers of the definitions where they are given."""
        condition = condition_on(owner, self.day)
        if condition is None:
            return Truth.NO
        return answer(condition, self.facts, self.definitions if definitions is None else definitions)


def condition_on(owner: Rule | Definition, day: date) -> Condition | None:
    """The condition in force on ``day``; None when there is none."""
    if isinstance(owner, Definition):
        return owner.condition_on(day)
    version = owner.version_on(day)
    return version.condition if version else None


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A check of a case as it was answered: the question put to the engine, and the answer of every rule.

    ``therapies``, ``alerts`` and ``asks`` are all that the expectation reads of a decision; with ``whole`` it reads
    what the decision says of every therapy.
    """

    place: Place
    expect: Expect
    sheet: FactSheet
    verdicts: Grounded
    case: str
    on: date
    day: date
    jurisdictions: tuple[str, ...]
    therapies: frozenset[str]
    alerts: frozenset[str]
    asks: frozenset[str]
    whole: bool

    def reads(self, rule: Rule) -> bool:
        """Whether anything ``rule`` could say would be read."""
        for _, version in rule.versions:
            if version is None:
                continue
            if version.then.kind is Kind.ALERT:
                if version.then.alert in self.alerts or not self.asks.isdisjoint(version.then.ask):
                    return True
            elif self.whole or not self.therapies.isdisjoint(rule.therapies):
                return True
        return False

    def decided(self, engine: Engine, verdicts: Grounded) -> Decision:
        """The decision those verdicts lead to by the rules of ``engine``."""
        return engine.evaluate(
            self.sheet,
            case=self.case,
            on=self.on,
            as_of=self.day,
            jurisdictions=self.jurisdictions,
            verdicts=verdicts,
        ).decision

    def fails(self, engine: Engine, verdicts: Grounded) -> bool:
        """Whether the expectation no longer holds, or the question has no answer any more.

        An accepted difference must stay: it fails once it is gone.
        """
        try:
            return not _holds(self.expect, self.decided(engine, verdicts), engine)
        except CdssError:
            return True


def _holds(expect: Expect, decision: Decision, engine: Engine) -> bool:
    """As ``Check.run`` sees it. Raises CdssError for a name that does not exist."""
    differs = next(failures(decision, expect, engine), None) is not None
    return differs is (expect.accepted is not None)


class Witnesses:
    """Every example and every check of a library and a folder of cases."""

    def __init__(self, library: Library, cases: Path) -> None:
        """Reads the cases and puts each check once to the plain engine. Raises as reading a case does."""
        self.library = library
        self.engine = Engine(library, shadow=False)
        self._cases = {name: load_case(name, cases) for name in bundled_cases(cases)}
        self._folder = cases
        self._strata: dict[tuple[int, ...], Numbered] = {}
        self.failing = 0
        self.asked = tuple(self._ask())
        self._told: dict[str, tuple[Told, ...]] = {}

    def told(self, owner: str) -> tuple[Told, ...]:
        """The examples of a rule or a definition that count and behave, each answered once."""
        if owner not in self._told:
            self._told[owner] = tuple(self._tell(owner))
        return self._told[owner]

    def _ask(self) -> Iterator[Asked]:
        """The checks that hold as things are, drafts aside; ``failing`` counts the others, which can notice nothing."""
        for case in self._cases.values():
            if not case.file.counts:
                continue
            for check in expectations(case, self.engine):
                found, expect = check.ask(), check.expect
                if not _holds(expect, found.decision, self.engine):
                    self.failing += 1
                    continue
                named = self.library.therapies.covered_by(frozenset(expect.not_suggested))
                verdicts = found.verdicts
                assert isinstance(verdicts, Grounded)
                yield Asked(
                    check.place,
                    expect,
                    found.sheet,
                    verdicts,
                    case.id,
                    found.decision.on,
                    found.in_force.as_of,
                    found.decision.jurisdictions,
                    frozenset(expect.options) | named,
                    frozenset((*expect.alerts, *expect.no_alerts)),
                    frozenset(expect.asks),
                    bool(expect.missing),
                )

    def _tell(self, owner: str) -> Iterator[Told]:
        """What is wrong with the others, ``rules check`` tells."""
        original = self.library.rules.get(owner) or self.library.definitions[owner.removeprefix(f"{DEFINITIONS}.")]
        for example in posed(self.library, owner, self._case_facts):
            definitions = self._definitions(example.facts, example.day)
            told = Told(example.place, example.facts, example.day, definitions, example.expected)
            if told.answered(original) is told.expected:
                yield told

    def _case_facts(self, name: str) -> Mapping[str, Value]:
        identity, _, point = name.partition("@")
        case = self._cases.get(identity) or load_case(identity, self._folder)
        return consult(self.engine, case, Question(on=point or None)).sheet.values

    def _definitions(self, facts: Mapping[str, Value], day: date) -> Mapping[str, Truth]:
        program = self.engine.in_force(day).program
        key = tuple(id(condition) for stratum in program.strata for condition in stratum.values())
        if key not in self._strata:
            self._strata[key] = Numbered(Program(program.vocabulary, program.strata, {}))
        return self._strata[key].answered(facts).definitions
