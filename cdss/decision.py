"""The decision document: what an evaluation leaves behind, frozen. Every report reads this and nothing else.

It lays options out; it never chooses. Lists are sorted, numbers are canonical, and nothing in it depends on the
machine or the hour, so that the same record, point and library give the same bytes.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from cdss.rule import Intent, Provenance, Severity, Stance, Strength
from cdss.values import Interval, Members, Truth, Value
from cdss.vocabulary import Burden


class Document(BaseModel):
    """A frozen part of the decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Standing(StrEnum):
    """Where an option stands, most open first. Names what is known, never what to do."""

    RECOMMENDED = "recommended"
    OPTION = "option"
    DISPUTED = "disputed"
    CONDITIONAL = "conditional"
    UNDETERMINED = "undetermined"
    DECLINED = "declined"
    ADVISED_AGAINST = "advised_against"
    NOT_INDICATED = "not_indicated"
    CONTRAINDICATED = "contraindicated"

    @property
    def rank(self) -> int:
        """0 for recommended."""
        return _STANDINGS.index(self)


_STANDINGS = tuple(Standing)


class Label(StrEnum):
    """Whether a regulator's label covers this use on that date."""

    ON_LABEL = "on_label"
    OFF_LABEL = "off_label"
    INDETERMINATE = "indeterminate"
    NOT_APPLICABLE = "not_applicable"


class Pointer(Document):
    """A source and the place in it."""

    ref: str
    at: str


class Said(Document):
    """One statement in force about an option, and how it applies to this patient."""

    rule: str
    version: str
    body: str
    stance: Stance
    strength: Strength | None
    provenance: Provenance
    truth: Truth
    says: str
    cites: tuple[Pointer, ...]
    because: tuple[str, ...]
    missing: tuple[str, ...]
    combined_with: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    before_start: bool = False
    figures: dict[str, str] = Field(default_factory=dict)


class Settling(Document):
    """A rule still open, and the facts it wants."""

    rule: str
    missing: tuple[str, ...]


class Option(Document):
    """One therapy for one intent, with everything said about it.

    ``labelled_nationally``: the countries of Europe label it one by one, so that it has no central label to be off.
    """

    therapy: str
    name: str
    class_: str = Field(alias="class")
    modality: str
    intent: Intent
    standing: Standing
    would_be: Standing | None
    settle: tuple[Settling, ...]
    label: dict[str, Label]
    label_rules: dict[str, tuple[str, ...]]
    labelled_nationally: bool
    unconfirmed: bool
    disagreement: bool
    statements: tuple[Said, ...]
    cautions: tuple[Said, ...]
    blocks: tuple[Said, ...]
    missing: tuple[str, ...]

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Mention(Document):
    """A therapy that nobody favours or opposes for this patient, of which a label or a statement speaks all the same.

    ``label`` is the most that holds for any intent; ``statements`` take no side or urge caution.
    """

    therapy: str
    name: str
    label: dict[str, Label]
    label_rules: dict[str, tuple[str, ...]]
    labelled_nationally: bool
    statements: tuple[Said, ...]


class Alert(Document):
    """Something the board should see whatever it decides."""

    alert: str
    severity: Severity
    message: str
    because: tuple[str, ...]
    ask: tuple[str, ...]
    cites: tuple[Pointer, ...]
    rule: str | None


class Missing(Document):
    """A fact nobody recorded, and the options that wait for it."""

    fact: str
    question: str
    burden: Burden
    settles: tuple[str, ...]


class FactSeen(Document):
    """A fact as the engine saw it: its value, in words, when it was observed and where it came from."""

    value: Any
    text: str
    label: str
    observed: date | None
    from_: str = Field(alias="from")

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Knowledge(Document):
    """Which rules spoke: the date they were in force, the version of the software, the digest of the rules."""

    as_of: date
    version: str
    digest: str


class Source(Document):
    """A cited source, as far as a reader needs it."""

    short: str
    title: str
    link: str


class Decision(Document):
    """The whole document for one patient at one point."""

    case: str
    point: str | None
    on: date
    question: str | None
    overview: dict[str, Any]
    knowledge: Knowledge
    jurisdictions: tuple[str, ...]
    options: tuple[Option, ...]
    not_addressed: tuple[str, ...]
    mentions: tuple[Mention, ...]
    alerts: tuple[Alert, ...]
    missing: tuple[Missing, ...]
    facts: dict[str, FactSeen]
    notices: tuple[str, ...]
    names: dict[str, str]
    references: dict[str, Source]

    def option(self, therapy: str, intent: Intent | None = None) -> Option | None:
        """The option for ``therapy``; the antiproliferative one when no intent is named. None when nobody speaks."""
        found = [o for o in self.options if o.therapy == therapy and (intent is None or o.intent is intent)]
        found.sort(key=lambda o: o.intent.rank)
        return found[0] if found else None

    def to_json(self) -> str:
        """The document as canonical JSON: two spaces, keys in the order of the contract, one trailing newline."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False) + "\n"


def plain_value(value: Value) -> Any:
    """A fact's value as JSON data: booleans, words, numbers, ``{from, to}`` and ``{includes, excludes, complete}``."""
    match value:
        case bool() | str():
            return value
        case Interval(low, high, low_open, high_open):
            if value.is_point and low is not None:
                return _number(low)
            ends: dict[str, Any] = {}
            if low is not None:
                ends["more_than" if low_open else "from"] = _number(low)
            if high is not None:
                ends["less_than" if high_open else "to"] = _number(high)
            return ends
        case Members(present, absent, complete):
            found: dict[str, Any] = {"includes": sorted(present), "complete": complete}
            if absent:
                found["excludes"] = sorted(absent)
            return found


def _number(value: Decimal) -> int | float:
    """An integer where the number is whole; otherwise the float whose shortest form is the decimal."""
    return int(value) if value == value.to_integral_value() else float(value)
