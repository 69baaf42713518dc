"""Everything that decides for one patient."""

from __future__ import annotations

from dataclasses import dataclass

from cdss.decisive.settling import NextTest, Settles, next_tests, settling
from cdss.decisive.thresholds import Close, close_to_threshold
from cdss.decisive.trial import Move, Trial
from cdss.engine import Evaluation
from cdss.library import Library


@dataclass(frozen=True, slots=True)
class Decisive:
    """Everything, the most useful first."""

    next_tests: tuple[NextTest, ...]
    settles: tuple[Settles, ...]
    close: tuple[Close, ...]
    moves: tuple[Move, ...]


def decisive(evaluation: Evaluation, library: Library) -> Decisive:
    """What decides for the patient of ``evaluation``."""
    trial = Trial(evaluation, library)
    return Decisive(
        tuple(next_tests(evaluation, trial)),
        tuple(settling(evaluation, library)),
        tuple(close_to_threshold(evaluation, trial)),
        tuple(trial.moves()),
    )
