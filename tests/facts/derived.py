"""Writing a record in YAML and asking for its facts, in one line: for the tests in this folder."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from cdss.facts import FactSheet, derive
from cdss.facts.agents import Agents
from cdss.facts.timeline import Point, Timeline
from cdss.record import Record
from cdss.source import parse, read, validate
from cdss.therapy import Therapies
from cdss.values import Interval, Members, Value
from cdss.vocabulary import Vocabulary

RULES = Path(__file__).resolve().parents[2] / "rules"
THERAPIES = validate(Therapies, read(RULES / "therapies.yaml"))
VOCABULARY = validate(Vocabulary, read(RULES / "vocabulary.yaml")).with_therapies(
    {therapy.id: therapy.name for therapy in THERAPIES.therapies.values()},
    {name: group.name for name, group in THERAPIES.classes.items()},
)
AGENTS = Agents.of(THERAPIES)
ZERO = date(2010, 1, 15)
RECTAL = "primary: [{date: 2010-01-01, site: rectum}]\n"


def record_of(text: str) -> Record:
    """The record written in ``text``."""
    return validate(Record, parse(text, "record.yaml", show_source=False))


def timeline(**points: str) -> Timeline:
    """Points in order: ``timeline(first="+0d", second="+1a")``; an underscore stands for a hyphen."""
    return Timeline.of(ZERO, [Point(id=name.replace("_", "-"), on=on) for name, on in points.items()])


def sheet(text: str, on: str = "2030-01-01", **points: str) -> FactSheet:
    """Everything known ``on`` a moment."""
    return derive(record_of(text), timeline(**points), on, VOCABULARY, THERAPIES)


def fact(name: str, text: str, on: str = "2030-01-01", **points: str) -> Value | None:
    """One fact; None when it is unknown."""
    seen = sheet(text, on, **points).facts.get(name)
    return None if seen is None else seen.value


def alerts(text: str, on: str = "2030-01-01", **points: str) -> set[str]:
    """The ids of the alerts the record itself raises."""
    return {alert.id for alert in sheet(text, on, **points).alerts}


def between(low: Any, high: Any, *, low_open: bool = False, high_open: bool = False) -> Interval:
    """An interval of numbers written as text or whole numbers."""
    return Interval(
        None if low is None else Decimal(str(low)), None if high is None else Decimal(str(high)), low_open, high_open
    )


def exactly(number: Any) -> Interval:
    """A known number."""
    return between(number, number)


def members(*present: str, absent: tuple[str, ...] = (), complete: bool = False) -> Members:
    """A set as far as it is known."""
    return Members(frozenset(present), frozenset(absent), complete)
