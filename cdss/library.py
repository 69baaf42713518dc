"""Everything the rules folder holds, and what of it was in force on a date."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from cdss.assurance import Assurance
from cdss.citation import Reference
from cdss.claims import Claims
from cdss.condition import Condition, definitions_used
from cdss.errors import CdssError
from cdss.program import Program, by_depth
from cdss.reading import read_folder
from cdss.rule import Definition, Kind, Rule, Version
from cdss.scale import Scales
from cdss.source import Document
from cdss.therapy import Therapies
from cdss.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class InForce:
    """What was in force on one date: the rules with their versions, and the program the engines run."""

    as_of: date
    versions: Mapping[str, Version]
    program: Program
    definitions: Mapping[str, Condition]
    definition_starts: tuple[tuple[str, date | None], ...]
    definition_says: Mapping[str, str]


@dataclass(frozen=True)
class Library:
    """Every rule, definition, therapy, fact and source, by name."""

    vocabulary: Vocabulary
    therapies: Therapies
    references: Mapping[str, Reference]
    scales: Scales
    definitions: Mapping[str, Definition]
    rules: Mapping[str, Rule]
    digest: str
    documents: Mapping[str, Document] = field(repr=False, compare=False)
    assurance: Assurance = field(default_factory=Assurance)
    claims: Claims = field(default_factory=Claims)

    @cached_property
    def jurisdictions(self) -> frozenset[str]:
        """The bodies whose rules are labels."""
        return frozenset(
            rule.body
            for rule in self.rules.values()
            if any(version and version.then.kind is Kind.LABEL for _, version in rule.versions)
        )

    @cached_property
    def turning_points(self) -> tuple[date, ...]:
        """Every day on which some rule or definition changes, ascending."""
        days = {start for rule in self.rules.values() for start, _ in rule.versions if start}
        days |= {start for definition in self.definitions.values() for start, _ in definition.versions if start}
        return tuple(sorted(days))

    @cached_property
    def defined(self) -> Mapping[str, tuple[Condition, ...]]:
        """What every definition says, in all its versions."""
        return {name: tuple(c for _, c in definition.versions) for name, definition in self.definitions.items()}

    def in_force(self, as_of: date) -> InForce:
        """The rules and definitions in force on ``as_of``, ready for an engine.

        Raises CdssError when a rule in force leans on a definition that had not begun by then.
        """
        versions = {}
        for name in sorted(self.rules):
            version = self.rules[name].version_on(as_of)
            if version is not None:
                versions[name] = version
        definitions = {}
        says = {}
        for name, definition in self.definitions.items():
            condition, wording = definition.condition_on(as_of), definition.says_on(as_of)
            if condition is not None and wording is not None:
                definitions[name], says[name] = condition, wording
        for name, condition in [*((n, v.condition) for n, v in versions.items()), *definitions.items()]:
            early = sorted(definitions_used(condition) - set(definitions))
            if early:
                raise CdssError(f"{name} leans on {', '.join(early)}, which had not begun on {as_of}")
        program = Program(self.vocabulary, by_depth(definitions), {name: v.condition for name, v in versions.items()})
        starts = tuple((name, self.definitions[name].start_on(as_of)) for name in sorted(definitions))
        return InForce(as_of, versions, program, definitions, starts, says)


def load_library(root: Path) -> Library:
    """Read the folder ``root``. Raises Problems with every mistake of every file, or CdssError when it is no folder."""
    found = read_folder(root)
    return Library(
        found.vocabulary,
        found.therapies,
        found.references,
        found.scales,
        found.definitions,
        found.rules,
        _digest(found.documents),
        found.documents,
        found.assurance,
        found.claims,
    )


def _digest(documents: Mapping[str, Document]) -> str:
    """SHA-256 over what the files say, not over how they are laid out; Markdown pages do not count."""
    return hashlib.sha256(ascii(_canonical({name: d.data for name, d in documents.items()})).encode()).hexdigest()


def _canonical(data: Any) -> Any:
    """The same data with its keys in order and every number in one spelling."""
    if isinstance(data, dict):
        return {key: _canonical(data[key]) for key in sorted(data)}
    if isinstance(data, list):
        return [_canonical(item) for item in data]
    if isinstance(data, Decimal):
        return int(data) if data == int(data) else Decimal(str(data).rstrip("0"))
    return data
