"""A check that was tried, as the reports of ``cdss test`` need it."""

from __future__ import annotations

from dataclasses import dataclass

from cdss.regress import Outcome


@dataclass(frozen=True, slots=True)
class Tried:
    """A check that was tried: its case, its name, the file and line, the outcome, and its failures as text."""

    case: str
    check: str
    file: str
    line: int
    outcome: Outcome
    told: tuple[str, ...]
