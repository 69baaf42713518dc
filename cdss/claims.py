"""What is to be proven of every patient, and what is declared to be as it is: ``proofs.yaml`` and ``declared.yaml``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from cdss.condition import All
from cdss.errors import NOWHERE, Place, Problem
from cdss.rule import Intent
from cdss.source import Document
from cdss.spelling import Path, Speller, problem_at
from cdss.therapy import Therapies
from cdss.vocabulary import Strict, Vocabulary

PROOFS, DECLARED = "proofs.yaml", "declared.yaml"
STANDINGS = (
    "recommended", "option", "disputed", "conditional", "undetermined", "declined", "advised_against", "not_indicated",
    "contraindicated",
)  # fmt: skip
Several = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]
Because = Annotated[str, Field(min_length=10)]


class ClaimFile(Strict):
    """One sentence about every patient, as it is written."""

    never: Several = ()
    no_label: Several = ()
    speaks: Several = ()
    shown: Several = ()
    therapy: Several = ()
    therapy_class: Several = ()
    intent: Intent | None = None
    when: tuple[Any, ...] = ()
    unless: tuple[Any, ...] = ()

    @model_validator(mode="after")
    def _says_one_thing(self) -> ClaimFile:
        if sum(map(bool, (self.never, self.no_label, self.speaks, self.shown))) != 1:
            raise ValueError("a claim says exactly one of: never, no_label, speaks, shown")
        for word in self.never:
            if word not in STANDINGS:
                raise ValueError(f"no standing is called '{word}'; there are: {', '.join(STANDINGS)}")
        if bool(self.never or self.no_label) != bool(self.therapy or self.therapy_class):
            raise ValueError("never and no_label name a therapy or a class; speaks and shown name rules only")
        if self.intent is not None and not self.never:
            raise ValueError("only never asks for an intent")
        return self


class ProofFile(Strict):
    """The claims by the invariant they prove."""

    claims: dict[str, tuple[ClaimFile, ...]] = Field(default_factory=dict)


class Pair(Strict):
    """Two rules that may stand together, and why. ``*`` stands for any part of a name."""

    rules: tuple[str, str]
    because: Because

    def covers(self, first: str, second: str) -> bool:
        """Whether the two rules, in this order, are declared."""
        return fnmatchcase(first, self.rules[0]) and fnmatchcase(second, self.rules[1])


class One(Strict):
    """One rule that may be as it is, and why; ``fact`` narrows it to what the rule asks of that fact."""

    rule: str
    fact: str | None = None
    because: Because


class GapFile(Strict):
    """Patients of whom it is known that nobody speaks of them, and why."""

    where: tuple[Any, ...] = Field(min_length=1)
    because: Because


class DeclaredFile(Strict):
    """Findings that were looked at and left, each with the reason."""

    scope: tuple[Any, ...] = ()
    gaps: tuple[GapFile, ...] = ()
    conflicts: tuple[Pair, ...] = ()
    subsumed: tuple[Pair, ...] = ()
    redundant: tuple[One, ...] = ()
    unreachable: tuple[One, ...] = ()
    dates: tuple[One, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence about every patient, ready to be proven.

    It holds while ``when`` surely does and ``unless`` does not surely hold; without ``unless`` nothing excuses.
    """

    invariant: str
    number: int
    never: tuple[str, ...]
    no_label: tuple[str, ...]
    speaks: tuple[str, ...]
    shown: tuple[str, ...]
    therapies: tuple[str, ...]
    intent: Intent | None
    when: All
    unless: All | None
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def name(self) -> str:
        """The invariant, and which of its claims this is."""
        return f"{self.invariant}.{self.number}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Patients of whom nobody needs to speak, and why."""

    where: All
    because: str


@dataclass(frozen=True, slots=True)
class Claims:
    """All claims, and what is declared; empty where the rules folder has neither file."""

    claims: tuple[Claim, ...] = ()
    scope: All | None = None
    gaps: tuple[Gap, ...] = ()
    declared: DeclaredFile = field(default_factory=DeclaredFile)


@dataclass(slots=True)
class ClaimReader:
    """Makes the two files ready and collects what is wrong in ``problems``."""

    vocabulary: Vocabulary
    therapies: Therapies
    definitions: frozenset[str]
    rules: Collection[str]
    invariants: Collection[str]
    problems: list[Problem] = field(default_factory=list)

    def read(self, proofs: tuple[Document, ProofFile] | None, declared: tuple[Document, DeclaredFile] | None) -> Claims:
        """Both files, either of which may be missing."""
        claims = tuple(self._claims(*proofs)) if proofs else ()
        if declared is None:
            return Claims(claims)
        document, written = declared
        speller = self._speller(document)
        scope = speller.conjunction(list(written.scope), ("scope",)) if written.scope else None
        gaps = tuple(
            Gap(speller.conjunction(list(gap.where), ("gaps", index, "where")), gap.because)
            for index, gap in enumerate(written.gaps)
        )
        self.problems.extend(self._unknown_rules(document, written))
        return Claims(claims, scope, gaps, written)

    def _speller(self, document: Document) -> Speller:
        return Speller(document, self.vocabulary, self.therapies, self.definitions, self.problems)

    def _claims(self, document: Document, written: ProofFile) -> Iterator[Claim]:
        speller = self._speller(document)
        for name, claims in written.claims.items():
            if name not in self.invariants:
                self._wrong(document, ("claims", name), "invariant", name, self.invariants, key=True)
            for index, claim in enumerate(claims):
                path: Path = ("claims", name, index)
                for key in ("speaks", "shown"):
                    for rule in getattr(claim, key):
                        if rule not in self.rules:
                            self._wrong(document, (*path, key), "rule", rule, self.rules)
                bodies = {rule.partition(".")[0] for rule in self.rules}
                for body in claim.no_label:
                    if body not in bodies:
                        self._wrong(document, (*path, "no_label"), "body", body, bodies)
                unless = speller.conjunction(list(claim.unless), (*path, "unless")) if claim.unless else None
                yield Claim(
                    name,
                    index + 1,
                    claim.never,
                    claim.no_label,
                    claim.speaks,
                    claim.shown,
                    self._named(document, path, claim),
                    claim.intent,
                    speller.conjunction(list(claim.when), (*path, "when")),
                    unless,
                    document.place(path),
                )

    def _named(self, document: Document, path: Path, claim: ClaimFile) -> tuple[str, ...]:
        found: set[str] = set()
        for name in claim.therapy:
            if name not in self.therapies.therapies:
                self._wrong(document, (*path, "therapy"), "therapy", name, self.therapies.therapies)
            found.add(name)
        for name in claim.therapy_class:
            if name not in self.therapies.classes:
                self._wrong(document, (*path, "therapy_class"), "class of therapies", name, self.therapies.classes)
            found.update(self.therapies.of_class(name))
        return tuple(sorted(found))

    def _unknown_rules(self, document: Document, written: DeclaredFile) -> Iterator[Problem]:
        for key in ("conflicts", "subsumed", "redundant", "unreachable", "dates"):
            for index, entry in enumerate(getattr(written, key)):
                pair = isinstance(entry, Pair)
                for rule in entry.rules if pair else (entry.rule,):
                    if rule not in self.rules and not (pair and any(fnmatchcase(known, rule) for known in self.rules)):
                        message = f"no rule is called '{rule}'"
                        yield problem_at(document, (key, index), "E322", message, None, near=(rule, self.rules))

    def _wrong(
        self,
        document: Document,
        path: Path,
        what: str,
        name: str,
        known: Collection[str] | Mapping[str, Any],
        *,
        key: bool = False,
    ) -> None:
        message = f"no {what} is called '{name}'"
        self.problems.append(problem_at(document, path, "E322", message, None, key=key, near=(name, set(known))))
