"""A rule: one statement of one body about one therapy in one scope, with its history.

Three kinds, told apart by what ``then`` says: a statement has a stance, a label is ``labelled``, an alert has an id.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, StrictBool, field_validator, model_validator

from cdss.citation import Cite
from cdss.condition import Condition
from cdss.errors import NOWHERE, Place
from cdss.vocabulary import Day, Strict

Kept = TypeVar("Kept")


class Stance(StrEnum):
    """What a body says about a therapy."""

    PREFER = "prefer"
    RECOMMEND = "recommend"
    CONSIDER = "consider"
    INVESTIGATIONAL = "investigational"
    NEUTRAL = "neutral"
    CAUTION = "caution"
    AVOID = "avoid"
    INELIGIBLE = "ineligible"
    CONTRAINDICATE = "contraindicate"

    @property
    def favours(self) -> bool:
        """prefer, recommend, consider, investigational."""
        return self in _FAVOURING

    @property
    def opposes(self) -> bool:
        """avoid, ineligible, contraindicate."""
        return self in _OPPOSING


# Tuples, not sets: members are found by identity, which is several times faster than hashing an enumeration.
_FAVOURING = (Stance.PREFER, Stance.RECOMMEND, Stance.CONSIDER, Stance.INVESTIGATIONAL)
_OPPOSING = (Stance.AVOID, Stance.INELIGIBLE, Stance.CONTRAINDICATE)


class Intent(StrEnum):
    """What the therapy is given for."""

    ANTIPROLIFERATIVE = "antiproliferative"
    SYMPTOM_CONTROL = "symptom_control"

    @property
    def rank(self) -> int:
        """0 for tumour control, which is shown first."""
        return _INTENTS.index(self)


_INTENTS = tuple(Intent)


class Severity(StrEnum):
    """How much an alert matters, gravest first."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical."""
        return _SEVERITIES.index(self)


_SEVERITIES = tuple(Severity)


class Provenance(StrEnum):
    """Where the statement was read: in its source, in a text that restates it, in memory; or it is our own proposal."""

    READ = "read"
    RESTATED = "restated"
    RECALLED = "recalled"
    PROPOSAL = "proposal"


class Kind(StrEnum):
    """What a rule is."""

    STATEMENT = "statement"
    LABEL = "label"
    ALERT = "alert"


class Strength(Strict):
    """The body's own grade, as it prints it."""

    scale: str
    level: str


class Then(Strict):
    """What a rule says when its condition holds."""

    stance: Stance | None = None
    labelled: Literal[True] | None = None
    alert: str | None = None
    intent: Intent | None = None
    combined_with: tuple[str, ...] = Field(default=(), alias="with")
    severity: Severity | None = None
    ask: tuple[str, ...] = ()
    before_start: StrictBool = False

    @field_validator("alert")
    @classmethod
    def _is_an_id(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[a-z][a-z0-9-]*", value):
            raise ValueError("the id of an alert is written in small letters, digits and hyphens, such as sstr-loss")
        return value

    @model_validator(mode="after")
    def _says_one_thing(self) -> Then:
        said = [self.stance is not None, self.labelled is not None, self.alert is not None]
        if sum(said) != 1:
            raise ValueError("then says exactly one of: stance, labelled, alert")
        if self.alert is not None and self.severity is None:
            raise ValueError("an alert names its severity: critical, warning or info")
        if self.alert is None and self.severity is not None:
            raise ValueError("only an alert has a severity")
        if (self.labelled or (self.stance and self.stance.favours)) and self.intent is None:
            raise ValueError("a label or a favourable stance names its intent: antiproliferative or symptom_control")
        if self.ask and self.alert is None and self.stance is not Stance.CAUTION:
            raise ValueError("only alerts and cautions ask for something")
        if self.before_start and self.stance is not Stance.CAUTION:
            raise ValueError("before_start belongs to a caution")
        return self

    @property
    def kind(self) -> Kind:
        """Statement, label or alert."""
        if self.alert is not None:
            return Kind.ALERT
        return Kind.LABEL if self.labelled else Kind.STATEMENT


class Retired(Strict):
    """The end of a rule: why, and what took its place."""

    because: str
    replaced_by: str | None = None


class Example(Strict):
    """A patient on whom the rule is tried: facts, or a change to the first firing example, or a bundled case."""

    facts: dict[str, Any] | None = None
    but: dict[str, Any] | None = None
    case: str | None = None
    on: Day | None = None

    @model_validator(mode="after")
    def _is_one_of_three(self) -> Example:
        if sum(x is not None for x in (self.facts, self.but, self.case)) > 1:
            raise ValueError("an example gives one of: facts, but, case")
        if self.facts is None and self.but is None and self.case is None and self.on is None:
            raise ValueError("an example gives one of: facts, but, case")
        return self


def _case_by_name(value: Any) -> Any:
    return [{"case": item} if isinstance(item, str) else item for item in value] if isinstance(value, list) else value


Patients = Annotated[tuple[Example, ...], BeforeValidator(_case_by_name)]


class Examples(Strict):
    """Evidence that the rule lives: where it fires, where it is silent, where it stays undecided."""

    fires: Patients = ()
    silent: Patients = ()
    undecided: Patients = ()


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule, ready to be asked. ``start`` is None for a rule that always holds."""

    start: date | None
    says: str
    cites: tuple[Cite, ...]
    provenance: Provenance
    strength: Strength | None
    condition: Condition
    then: Then
    evidence: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    dated: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with all its versions, ascending; None marks the day it was retired."""

    id: str
    title: str
    body: str
    therapies: tuple[str, ...]
    versions: tuple[tuple[date | None, Version | None], ...]
    examples: Examples
    misleads_when: tuple[str, ...]
    reviewed: str | None
    retired: Retired | None
    place: Place = NOWHERE

    def version_on(self, day: date) -> Version | None:
        """The version in force on ``day``; None before the first one and after retirement."""
        return _in_force(self.versions, day)


@dataclass(frozen=True, slots=True)
class Definition:
    """A named condition with all its versions and what each says, ascending."""

    name: str
    title: str
    versions: tuple[tuple[date | None, Condition], ...]
    wordings: tuple[tuple[date | None, str], ...]
    place: Place = NOWHERE

    def condition_on(self, day: date) -> Condition | None:
        """The condition in force on ``day``; None before the first version."""
        return _in_force(self.versions, day)

    def says_on(self, day: date) -> str | None:
        """What the version in force on ``day`` says; None before the first version."""
        return _in_force(self.wordings, day)

    def start_on(self, day: date) -> date | None:
        """The first day of the version in force on ``day``; None when it always holds."""
        return max((start for start, _ in self.versions if start is not None and start <= day), default=None)


def _in_force(versions: Sequence[tuple[date | None, Kept]], day: date) -> Kept | None:
    """The last of the ascending ``versions`` that has begun by ``day``."""
    begun = [version for start, version in versions if start is None or start <= day]
    return begun[-1] if begun else None
