"""What holds for every patient and what may go wrong: the invariants and the hazard log, with what keeps them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from cdss.errors import Problem
from cdss.source import Document
from cdss.spelling import problem_at
from cdss.vocabulary import Strict

INVARIANTS, HAZARDS = "invariants.yaml", "hazards.yaml"
CHECKS: Mapping[str, str] = {
    "E205": "every entry meets what its kind asks for: a source its DOI, PMID or address, an alert its severity",
    "E305": "known stands only in alerts and cautions, so that a lost fact opens nothing",
    "E307": "every source that is cited is registered",
    "L101": "every example behaves as the file says",
    "L102": "every rule shows where it fires, where it is silent and where it stays undecided",
    "L103": "every example can be read",
    "L104": "no example repeats another",
    "L105": "every further example was checked against a source of its rule",
    "L201": "every source is cited",
    "L202": "every definition is used",
    "L203": "no two rules share a title",
    "L204": "a retired rule names a replacement that exists",
    "L205": "labels stand by themselves, and are declared complete only where there are any",
    "L206": "a rule called reviewed names who reviewed it",
    "L207": "no rule was confirmed on a day that has not come",
    "L208": "no rule is related to itself",
    "L301": "a proposal of ours favours no drug and no procedure",
    "L302": "no rule prints a dose, an activity or a schedule",
    "L303": "no statement, label or definition asks for the patient's wishes",
    "L304": "what a rule says ends like a sentence",
    "L305": "no message is a code",
    "L401": "an invariant names only checks that exist",
    "L402": "invariants and hazards name only tests that exist",
    "L403": "every invariant stands against some hazard",
    "L501": "no condition stands twice in its group",
    "L502": "no rule asks for what can never hold together",
}
"""What each check over all rules sees to, by its code: L is the linter's, E the reader's (those an invariant needs)."""
_IDS = {"invariants": re.compile(r"i-\d[0-9a-z]"), "hazards": re.compile(r"h-\d\d")}


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Several = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]


class Invariant(Strict):
    """A sentence that holds for every patient, and what keeps it true.

    ``rules`` by id, ``check`` by the code of a check over all rules, ``test`` as ``tests/file.py::name``. ``not_yet``
    says why nothing keeps it so far; ``gap`` says which part of it nothing keeps although the rest is kept.
    """

    says: str = Field(min_length=10)
    rules: Several = ()
    check: Several = ()
    test: Several = ()
    not_yet: str | None = Field(default=None, min_length=10)
    gap: str | None = Field(default=None, min_length=10)

    @model_validator(mode="after")
    def _says_what_keeps_it(self) -> Invariant:
        if self.kept == (self.not_yet is not None):
            raise ValueError(
                "an invariant names what keeps it (rules, check or test), or says under not_yet why nothing"
            )
        if self.gap is not None and not self.kept:
            raise ValueError("a gap is left where the rest is kept; where nothing is, write not_yet alone")
        return self

    @property
    def kept(self) -> bool:
        """Whether anything keeps it."""
        return bool(self.rules or self.check or self.test)


class Hazard(Strict):
    """Advice that would do harm: how, how badly, and what stands against it.

    ``severity`` is 5 for death or the loss of an organ, 4 serious and perhaps for good, 3 serious, 2 avoidable harm or
    delay, 1 a nuisance. ``noticed`` is how likely a board notices before harm is done.
    """

    title: str = Field(min_length=5)
    severity: int = Field(ge=1, le=5)
    noticed: Literal["seldom", "sometimes", "mostly"]
    harm: str = Field(min_length=10)
    invariants: Several = Field(min_length=1)
    rules: Several = ()
    test: Several = ()


def _well_named(entries: Mapping[str, object], kind: str) -> None:
    for name in entries:
        if not _IDS[kind].fullmatch(name):
            raise ValueError(f"'{name}' is no id; {kind} are numbered {'i-01' if kind == 'invariants' else 'h-01'}")


class Invariants(Strict):
    """All invariants, by id."""

    invariants: dict[str, Invariant] = Field(default_factory=dict)

    @field_validator("invariants")
    @classmethod
    def _ids(cls, value: dict[str, Invariant]) -> dict[str, Invariant]:
        _well_named(value, "invariants")
        return value


class Hazards(Strict):
    """The hazard log, by id."""

    hazards: dict[str, Hazard] = Field(default_factory=dict)

    @field_validator("hazards")
    @classmethod
    def _ids(cls, value: dict[str, Hazard]) -> dict[str, Hazard]:
        _well_named(value, "hazards")
        return value


@dataclass(frozen=True, slots=True)
class Controls:
    """What stands against a hazard: its own rules and tests and those of its invariants, sorted; and what is open."""

    rules: tuple[str, ...]
    checks: tuple[str, ...]
    tests: tuple[str, ...]
    not_yet: tuple[str, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assurance:
    """The invariants and the hazards, by id; empty where the rules folder has none."""

    invariants: Mapping[str, Invariant] = field(default_factory=dict)
    hazards: Mapping[str, Hazard] = field(default_factory=dict)

    def controls(self, hazard: str) -> Controls:
        """What stands against one hazard. KeyError when there is none of that id."""
        found = self.hazards[hazard]
        kept = {name: self.invariants[name] for name in found.invariants}
        return Controls(
            tuple(sorted({*found.rules, *(r for i in kept.values() for r in i.rules)})),
            tuple(sorted({c for i in kept.values() for c in i.check})),
            tuple(sorted({*found.test, *(t for i in kept.values() for t in i.test)})),
            tuple(sorted(name for name, i in kept.items() if not i.kept)),
            tuple(sorted(name for name, i in kept.items() if i.gap)),
        )

    def tests(self) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
        """Every test that is named: the file that names it, the place in that file, and the name."""
        for name, invariant in self.invariants.items():
            for index, test in enumerate(invariant.test):
                yield INVARIANTS, ("invariants", name, "test", index), test
        for name, hazard in self.hazards.items():
            for index, test in enumerate(hazard.test):
                yield HAZARDS, ("hazards", name, "test", index), test


def unknown_names(assurance: Assurance, documents: Mapping[str, Document], rules: Collection[str]) -> Iterator[Problem]:
    """E322 a rule or an invariant that is named and does not exist."""
    for name, invariant in assurance.invariants.items():
        for index, rule in enumerate(invariant.rules):
            if rule not in rules:
                yield _unknown(documents[INVARIANTS], ("invariants", name, "rules", index), "rule", rule, rules)
    for name, hazard in assurance.hazards.items():
        document = documents[HAZARDS]
        for index, rule in enumerate(hazard.rules):
            if rule not in rules:
                yield _unknown(document, ("hazards", name, "rules", index), "rule", rule, rules)
        for index, other in enumerate(hazard.invariants):
            if other not in assurance.invariants:
                path = ("hazards", name, "invariants", index)
                yield _unknown(document, path, "invariant", other, set(assurance.invariants))


def _unknown(document: Document, path: tuple[str | int, ...], what: str, name: str, known: Collection[str]) -> Problem:
    remedy = "the id of a rule is its path with dots" if what == "rule" else f"invariants are listed in {INVARIANTS}"
    return problem_at(document, path, "E322", f"no {what} is called '{name}'", remedy, near=(name, known))
