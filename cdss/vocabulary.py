"""The words: every fact a rule may mention, with type, unit, range, wording, question and burden."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator


class Kind(StrEnum):
    """What sort of value a fact holds."""

    BOOLEAN = "boolean"
    CATEGORY = "category"
    NUMBER = "number"
    SET = "set"


class Burden(StrEnum):
    """What it takes to obtain a fact, lightest first."""

    RECORD = "record"
    LABORATORY = "laboratory"
    IMAGING = "imaging"
    BIOPSY = "biopsy"

    @property
    def weight(self) -> int:
        """0 for a look at the record, 3 for a biopsy."""
        return _BURDENS.index(self)


_BURDENS = tuple(Burden)


def _exact(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


Exact = Annotated[Decimal, BeforeValidator(_exact)]
"""A number of a file, kept exactly as written; floats are refused."""


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValueError("a day is written 2016-05-26")
    return value


Day = Annotated[date, BeforeValidator(_day)]
"""A calendar day of a file; numbers are refused, so that none is read as a count of seconds."""


class Strict(BaseModel):
    """A frozen record that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Fact(Strict):
    """One fact. ``unit`` is UCUM; ``fresh`` is in days, absent when the observation does not age."""

    name: str
    type: Kind
    label: str
    question: str
    burden: Burden
    unit: str | None = None
    places: int = Field(default=0, ge=0, le=6)
    range: tuple[Exact, Exact] | None = None
    values: dict[str, str] = Field(default_factory=dict)
    values_from: str | None = None
    fresh: int | None = Field(default=None, gt=0)
    preference: StrictBool = False
    molar_mass: Exact | None = None
    codes: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_its_type(self) -> Fact:
        number = self.type is Kind.NUMBER
        if number != (self.range is not None) or number != (self.unit is not None):
            raise ValueError("a number needs a unit and a range; nothing else has them")
        worded = self.type in (Kind.CATEGORY, Kind.SET)
        if worded != bool(self.values or self.values_from):
            raise ValueError("a category or a set needs its values; nothing else has them")
        return self


class Investigation(Strict):
    """Something an alert may ask for that is not a single fact: a scan, a biopsy, a review."""

    name: str
    burden: Burden


class Vocabulary(Strict):
    """All facts and investigations, by name. Sets that name therapies are filled when the library is read."""

    burdens: dict[Burden, str]
    facts: dict[str, Fact]
    investigations: dict[str, Investigation]

    @model_validator(mode="before")
    @classmethod
    def _name_the_facts(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and isinstance(data.get("facts"), Mapping):
            named = {
                key: {"name": key, **fact} if isinstance(fact, Mapping) else fact for key, fact in data["facts"].items()
            }
            return {**data, "facts": named}
        return data

    def with_therapies(self, therapies: Mapping[str, str], classes: Mapping[str, str]) -> Vocabulary:
        """The same words, with the therapy facts' values filled in (id → name)."""
        words = {"therapies": dict(therapies), "therapies_and_classes": {**therapies, **classes}}
        facts = {
            name: fact.model_copy(update={"values": words[fact.values_from]}) if fact.values_from in words else fact
            for name, fact in self.facts.items()
        }
        return self.model_copy(update={"facts": facts})

    def fact(self, name: str) -> Fact:
        """The fact called ``name``; KeyError when there is none."""
        return self.facts[name]


def nearest(word: str, words: Mapping[str, Any] | list[str] | set[str]) -> str | None:
    """The closest of ``words``, for a "did you mean"; None when nothing is close."""
    found = get_close_matches(word, sorted(words), n=1, cutoff=0.6)
    return found[0] if found else None
