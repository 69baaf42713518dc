"""Cases as regression tests: what a case expects, held against what the rules say.

A check holds, fails, or shows a difference that somebody has accepted. An accepted difference that is gone fails as
well, so that no acceptance outlives its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial

from cdss.boundary import sides
from cdss.case import Accepted, Case, Expect
from cdss.consult import Question, consult
from cdss.engine import Engine, Evaluation
from cdss.errors import Place
from cdss.expectation import Failure, Path, failures
from cdss.facts.direct import facts_from_mapping
from cdss.values import Value


class Result(StrEnum):
    """How a check came out."""

    HOLDS = "holds"
    ACCEPTED = "accepted difference"
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result with what did not hold; of an accepted difference also with what somebody has accepted."""

    result: Result
    failures: tuple[Failure, ...] = ()
    accepted: Accepted | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to check: a case at one point, as it is or with something changed."""

    case: str
    name: str
    place: Place
    find: Callable[[], tuple[Failure, ...]]
    place_of: Callable[[Path], Place]
    accepted: Accepted | None = None

    def outcome(self) -> Outcome:
        """Asks and compares. Raises CdssError when the case cannot be asked."""
        found = self.find()
        if self.accepted is None:
            return Outcome(Result.FAILS if found else Result.HOLDS, found)
        if found:
            return Outcome(Result.ACCEPTED, found, self.accepted)
        gone = Failure(
            f"the difference that {self.accepted.by} accepted on {self.accepted.date}",
            "no difference: take 'accepted' out of the case",
            path=("accepted",),
        )
        return Outcome(Result.FAILS, (gone,))

    def run(self) -> tuple[Failure, ...]:
        """What fails; nothing where the expectation holds or its difference is accepted."""
        outcome = self.outcome()
        return outcome.failures if outcome.result is Result.FAILS else ()

    def told(self, failures: tuple[Failure, ...]) -> list[str]:
        """The failures as lines of text: each with its place, what was expected and read, and below it the rules."""
        lines = []
        for failure in failures:
            where = self.place_of(failure.path)
            lines.append(f"{where.file}:{where.line}: expected {failure.expected}; got {failure.got}")
            lines += [f"    {line}" for line in failure.why]
        return lines


@dataclass(frozen=True, slots=True)
class _Patient:
    """The patient of a case as a block of expectations has it."""

    path: Path
    expects: tuple[Expect, ...]
    title: str = ""
    changes: Mapping[str, Value | None] | None = None
    time_zero: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One block of expectations and its question. ``ask`` raises CdssError when the case cannot be asked."""

    name: str
    place: Place
    expect: Expect
    ask: Callable[[], Evaluation]
    place_of: Callable[[Path], Place]


def checks(case: Case, engine: Engine) -> Iterator[Check]:
    """Every expectation of a case, those of variants and steps included, as one check each; no two of one name.

    Raises Problems when a variant or a step names a fact or a value that does not exist.
    """
    for asked in expectations(case, engine):
        find = partial(_found, asked, engine)
        yield Check(case.id, asked.name, asked.place, find, asked.place_of, asked.expect.accepted)


def expectations(case: Case, engine: Engine) -> Iterator[Asked]:
    """Every expectation of a case, those of variants and steps included; no two of one name. Raises as ``checks``."""
    names = Counter[str]()
    for patient in _patients(case, engine):
        for index, expect in enumerate(patient.expects):
            name = f"{patient.title}, {expect}" if patient.title else str(expect)
            names[name] += 1
            question = Question(expect.at, expect.as_of, expect.jurisdictions, patient.changes, patient.time_zero)
            yield Asked(
                name if names[name] == 1 else f"{name} ({names[name]})",
                case.place_of_item(patient.path, index),
                expect,
                partial(consult, engine, case, question),
                partial(case.place_of_item, patient.path, index),
            )


def _found(asked: Asked, engine: Engine) -> tuple[Failure, ...]:
    evaluation = asked.ask()
    return tuple(failures(evaluation.decision, asked.expect, engine, evaluation))


def _patients(case: Case, engine: Engine) -> Iterator[_Patient]:
    vocabulary = engine.library.vocabulary

    def changed(path: Path, but: Mapping[str, object]) -> dict[str, Value | None]:
        values = facts_from_mapping(but, vocabulary, place_of=partial(case.place_under, *path, "but"))
        return {name: values.get(name) for name in but}

    yield _Patient(("expect",), case.file.expect)
    for number, variant in enumerate(case.file.variants):
        title = variant.title or ", ".join(f"{name} changed" for name in variant.but)
        yield _Patient(
            ("variants", number, "expect"),
            variant.expect,
            title or f"time zero {variant.time_zero}",
            changed(("variants", number), variant.but),
            variant.time_zero,
        )
    for number, steps in enumerate(case.file.steps):
        but = changed(("steps", number), steps.but)
        (name,) = steps.over
        for side in sides(steps.over, vocabulary, partial(case.place_under, "steps", number, "over")):
            yield _Patient(
                ("steps", number, side.key),
                getattr(steps, side.key),
                f"{steps.title or vocabulary.fact(name).label}: {side.title}",
                {**but, name: side.value},
            )
