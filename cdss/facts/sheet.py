"""The facts of one patient at one moment: each with its value, the day it was observed and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType

from cdss.facts.overview import Overview
from cdss.rule import Severity
from cdss.values import Value


@dataclass(frozen=True, slots=True)
class Observed:
    """A known fact. ``observed`` is None where no one day can be named."""

    value: Value
    observed: date | None
    source: str


RECORD_ALERTS = frozenset(
    {
        "differentiation-changed",
        "differentiation-differs",
        "entries-differ",
        "extent-contradiction",
        "facts-contradict",
        "grade-contradiction",
        "later-scan-unsettled",
        "m-category-contradiction",
        "pregnancy-contradiction",
        "primary-removal-contradiction",
        "progression-off-therapy-contradiction",
        "response-criteria-differ",
        "stage-contradiction",
        "stage-without-edition",
        "therapy-history-contradiction",
        "therapy-in-the-future",
        "therapy-not-listed",
    }
)
"""Every alert that a record raises by itself, without a rule."""


@dataclass(frozen=True, slots=True, order=True)
class RecordAlert:
    """Something in the record itself that the board should see. ``facts`` are unknown because of it, or concern it."""

    id: str
    severity: Severity
    message: str
    facts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.id not in RECORD_ALERTS:
            raise ValueError(f"the alert '{self.id}' of a record stands in no list")


@dataclass(frozen=True)
class FactSheet:
    """What is known at one moment. A fact that is not here is unknown."""

    facts: Mapping[str, Observed]
    alerts: tuple[RecordAlert, ...] = ()
    notices: tuple[str, ...] = ()
    overview: Overview = field(default_factory=Overview)

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """The bare values, for the engines."""
        return MappingProxyType({name: seen.value for name, seen in self.facts.items()})

    @staticmethod
    def made(
        facts: Mapping[str, Observed], alerts: tuple[RecordAlert, ...], notices: tuple[str, ...], overview: Overview
    ) -> FactSheet:
        """A sheet that can no longer be changed, its facts by name."""
        return FactSheet(_frozen(facts), alerts, notices, overview)

    @staticmethod
    def of_values(
        values: Mapping[str, Value], *, source: str = "stated in the case", on: date | None = None
    ) -> FactSheet:
        """A sheet of facts stated directly."""
        return FactSheet(_frozen({name: Observed(value, on, source) for name, value in values.items()}))

    def changed(self, changes: Mapping[str, Value | None], *, source: str, on: date | None = None) -> FactSheet:
        """The same sheet with other values; None makes a fact unknown."""
        facts = {name: seen for name, seen in self.facts.items() if name not in changes}
        facts |= {name: Observed(value, on, source) for name, value in changes.items() if value is not None}
        return replace(self, facts=_frozen(facts))


def _frozen(facts: Mapping[str, Observed]) -> Mapping[str, Observed]:
    return MappingProxyType(dict(sorted(facts.items())))
