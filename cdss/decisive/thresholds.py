"""Numbers close to a threshold: what the reading on its other side would change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from cdss.condition import Compare
from cdss.decisive.trial import Move, Trial, program_of, tests_of
from cdss.engine import Evaluation
from cdss.facts.agreement import OTHER_CRITERIA, agreed
from cdss.facts.grade import band
from cdss.measurement import error_of
from cdss.rule import Kind
from cdss.values import Interval, Value
from cdss.wording import describe_value

_KI67_G2 = Decimal(3)  # percent, WHO 2019 for the digestive system


@dataclass(frozen=True, slots=True)
class Close:
    """A number that lies within its declared error of a threshold, and what the reading across it would change."""

    fact: str
    recorded: str
    error: str
    threshold: str
    other: str
    moves: tuple[Move, ...]


def close_to_threshold(evaluation: Evaluation, trial: Trial) -> Iterator[Close]:
    """Every recorded number with a declared error and a threshold of a statement in force within it."""
    bounds = _thresholds(evaluation)
    for name in sorted(bounds):
        value, fact = trial.now.get(name), trial.library.vocabulary.fact(name)
        if not isinstance(value, Interval) or not value.is_point or value.low is None or fact.range is None:
            continue
        recorded, step = value.low, Decimal(1).scaleb(-fact.places)
        error = error_of(name, recorded)
        if error is None:
            continue
        for bound in sorted(bounds[name]):
            if abs(bound - recorded) > error:
                continue
            # The threshold itself may belong to either side: the nearest reading that moves something is shown.
            others = (bound, bound + step) if recorded <= bound else (bound, bound - step)
            best: tuple[Decimal, tuple[Move, ...]] | None = None
            for reading in others:
                inside = fact.range[0] <= reading <= fact.range[1] and abs(reading - recorded) <= error + step
                if reading == recorded or not inside:
                    continue
                moves = tuple(_reading(evaluation, trial, name, recorded, reading))
                if best is None or (moves and not best[1]):
                    best = reading, moves
            if best is not None:
                words = [describe_value(fact, Interval.point(n)) for n in (recorded, error, bound, best[0])]
                yield Close(name, words[0], words[1], words[2], words[3], best[1])


def _reading(evaluation: Evaluation, trial: Trial, name: str, recorded: Decimal, reading: Decimal) -> Iterator[Move]:
    """What moves when a number is read otherwise; the other Ki-67 follows where it is the same, and so does the grade.

    In lung and thymus no grade rests on Ki-67, so none follows there.
    """
    changes: dict[str, Value | None] = {name: Interval.point(reading)}
    if name.startswith("ki67"):
        for other in ("ki67_highest_percent", "ki67_latest_percent"):
            if trial.now.get(other) == Interval.point(recorded):
                changes[other] = Interval.point(reading)
    if name.startswith("ki67") and trial.now.get("primary_site") not in OTHER_CRITERIA:
        for grade in ("net_grade_highest", "net_grade_latest"):
            if trial.now.get(grade) == _grade(recorded):
                changes[grade] = _grade(reading)
    sheet = evaluation.sheet.changed(changes, source="another reading")
    facts = agreed(sheet, trial.library.vocabulary, evaluation.decision.on).values
    return trial.differences(name, Interval.point(reading), trial.standings({}, facts))


def _grade(ki67: Decimal) -> Interval:
    """The grade by Ki-67 alone."""
    return Interval.point(band(Interval.point(ki67), _KI67_G2)[0])


def _thresholds(evaluation: Evaluation) -> dict[str, set[Decimal]]:
    """For every number, the thresholds of the statements in force, those of their definitions included."""
    versions = evaluation.in_force.versions
    statements = [rule for rule, version in versions.items() if version.then.kind is Kind.STATEMENT]
    found: dict[str, set[Decimal]] = {}
    for leaf in tests_of(program_of(evaluation, statements)):
        if isinstance(leaf, Compare):
            found.setdefault(leaf.fact, set()).add(leaf.bound)
    return found
