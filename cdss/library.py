"""The rules folder read whole: cross-checked, ordered, and asked for what is in force on a date.

Reading reports every problem of every file at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from cdss.citation import Reference, References
from cdss.condition import All, Condition, Known, definitions_used, leaves
from cdss.errors import CdssError, Place, Problem, Problems
from cdss.program import Program, by_depth
from cdss.rule import (
    Definition,
    DefinitionFile,
    DefinitionVersion,
    Kind,
    Retired,
    Rule,
    RuleFile,
    Stance,
    Version,
    VersionFile,
)
from cdss.scale import Scales
from cdss.source import Document, read, validate
from cdss.spelling import Speller
from cdss.therapy import Therapies
from cdss.vocabulary import Vocabulary, nearest

Model = TypeVar("Model", bound=BaseModel)
_REGISTRIES = ("vocabulary.yaml", "therapies.yaml", "scales.yaml")
_NOT_RULES = ("definitions", "citations", "invariants")


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

    def in_force(self, as_of: date) -> InForce:
        """The rules and definitions in force on ``as_of``, ready for an engine.

        Raises CdssError when a rule in force leans on a definition that had not begun by then.
        """
        versions = {}
        for name in sorted(self.rules):
            version = self.rules[name].version_on(as_of)
            if version is not None:
                versions[name] = version
        begun = {name: d.condition_on(as_of) for name, d in self.definitions.items()}
        definitions = {name: condition for name, condition in begun.items() if condition is not None}
        for name, condition in [*((n, v.condition) for n, v in versions.items()), *definitions.items()]:
            early = sorted(definitions_used(condition) - set(definitions))
            if early:
                raise CdssError(f"{name} leans on {', '.join(early)}, which had not begun on {as_of}")
        program = Program(self.vocabulary, by_depth(definitions), {name: v.condition for name, v in versions.items()})
        starts = tuple((name, self.definitions[name].start_on(as_of)) for name in sorted(definitions))
        return InForce(
            as_of, versions, program, definitions, starts, {name: d.says for name, d in self.definitions.items()}
        )


def load_library(root: Path) -> Library:
    """Read the folder ``root``. Raises Problems with every mistake of every file, or CdssError when it is no folder."""
    if not root.is_dir():
        raise CdssError(f"there is no rules folder at {root}")
    return _Reader(root).library()


class _Reader:
    """One reading: collects problems instead of stopping at the first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.documents: dict[str, Document] = {}

    def library(self) -> Library:
        for path in self._files():
            self._read(path)
        vocabulary = self._registry("vocabulary.yaml", Vocabulary)
        therapies = self._registry("therapies.yaml", Therapies)
        scales = self._registry("scales.yaml", Scales) or Scales()
        if vocabulary is None or therapies is None:
            raise Problems(self.problems)
        vocabulary = vocabulary.with_therapies(
            {t.id: t.name for t in therapies.therapies.values()}, {k: c.name for k, c in therapies.classes.items()}
        )
        references = self._references()
        names = frozenset(Path(name).stem for name in self.documents if name.startswith("definitions/"))
        definitions = self._definitions(vocabulary, therapies, names)
        self._acyclic(definitions)
        rules = self._rules(vocabulary, therapies, names)
        self._cross_check(rules, definitions, references, scales, therapies, vocabulary)
        if self.problems:
            raise Problems(self.problems)
        return Library(
            vocabulary, therapies, references, scales, definitions, rules, _digest(self.documents), self.documents
        )

    def _files(self) -> Iterator[Path]:
        yield from sorted(p for p in self.root.rglob("*") if p.suffix in (".yaml", ".yml") and p.is_file())

    def _read(self, path: Path) -> None:
        name = path.relative_to(self.root).as_posix()
        try:
            self.documents[name] = read(path, name=f"{self.root.name}/{name}")
        except Problems as found:
            self.problems.extend(found.problems)

    def _registry(self, name: str, model: type[Model]) -> Model | None:
        document = self.documents.get(name)
        if document is None:
            if name != "scales.yaml" and not any(p.place.file.endswith(name) for p in self.problems):
                self.problems.append(
                    Problem(Place(f"{self.root.name}/{name}"), "E300", f"the rules folder has no {name}")
                )
            return None
        return self._model(model, document)

    def _model(self, model: type[Model], document: Document) -> Model | None:
        try:
            return validate(model, document)
        except Problems as found:
            self.problems.extend(found.problems)
            return None

    def _references(self) -> dict[str, Reference]:
        found: dict[str, Reference] = {}
        for name, document in self.documents.items():
            if not (name.startswith("citations/") or name == "citations.yaml"):
                continue
            entries = self._model(References, document)
            for index, entry in enumerate(entries.references if entries else ()):
                if entry.id in found:
                    self._wrong(document, ("references", index, "id"), "E316", f"'{entry.id}' is registered twice")
                found[entry.id] = entry
        return found

    def _definitions(
        self, vocabulary: Vocabulary, therapies: Therapies, names: frozenset[str]
    ) -> dict[str, Definition]:
        found: dict[str, Definition] = {}
        for name, document in self.documents.items():
            if not name.startswith("definitions/"):
                continue
            written = self._model(DefinitionFile, document)
            if written is None:
                continue
            speller = Speller(document, vocabulary, therapies, names)
            bodies: list[tuple[date | None, tuple[str | int, ...], DefinitionVersion]]
            if written.always is not None:
                bodies = [(None, ("always",), written.always)]
            else:
                bodies = [(day, ("versions", day.isoformat()), v) for day, v in sorted(written.versions.items())]
            versions = tuple((day, speller.conjunction(v.when, (*path, "when"))) for day, path, v in bodies)
            self.problems.extend(speller.problems)
            stem = Path(name).stem
            found[stem] = Definition(stem, written.title, versions, bodies[-1][2].says, document.place(()))
            for _, path, body in bodies:
                self._cites(document, path, body)
        return found

    def _rules(self, vocabulary: Vocabulary, therapies: Therapies, names: frozenset[str]) -> dict[str, Rule]:
        found: dict[str, Rule] = {}
        for name, document in self.documents.items():
            parts = Path(name).with_suffix("").parts
            if name in _REGISTRIES or name == "citations.yaml" or parts[0] in _NOT_RULES:
                continue
            if len(parts) != 3:
                self._wrong(document, (), "E314", "a rule lies at <body>/<topic>/<name>.yaml")
                continue
            written = self._model(RuleFile, document)
            if written is not None:
                identity = ".".join(parts)
                found[identity] = self._rule(identity, written, document, vocabulary, therapies, names)
        return found

    def _rule(
        self,
        identity: str,
        written: RuleFile,
        document: Document,
        vocabulary: Vocabulary,
        therapies: Therapies,
        names: frozenset[str],
    ) -> Rule:
        speller = Speller(document, vocabulary, therapies, names)
        scope = speller.conjunction(written.scope, ("scope",))
        assert isinstance(scope, All)
        bodies: list[tuple[date | None, tuple[str | int, ...], VersionFile]]
        if written.always is not None:
            bodies = [(None, ("always",), written.always)]
        else:
            bodies = [(day, ("versions", day.isoformat()), v) for day, v in sorted(written.versions.items())]
        versions: list[tuple[date | None, Version | None]] = []
        retired: Retired | None = None
        for day, path, body in bodies:
            if body.retired is not None:
                versions.append((day, None))
                retired = body.retired
                continue
            assert body.then is not None
            assert body.says is not None
            assert body.provenance is not None
            when = speller.conjunction(body.when, (*path, "when"))
            assert isinstance(when, All)
            condition = All(scope.parts + when.parts, place=when.place)
            versions.append(
                (
                    day,
                    Version(
                        day,
                        " ".join(body.says.split()),
                        body.cite,
                        body.provenance,
                        body.strength,
                        condition,
                        body.then,
                        body.evidence,
                        tuple(sorted(body.figures.items())),
                        body.dated,
                    ),
                )
            )
            retired = None
            self._cites(document, path, body)
            self._shape(document, path, identity, written, body)
        self.problems.extend(speller.problems)
        return Rule(
            identity,
            written.title,
            identity.split(".")[0],
            self._named(document, written, therapies),
            tuple(versions),
            written.examples,
            written.misleads_when,
            written.reviewed,
            retired,
            document.place(()),
        )

    def _named(self, document: Document, written: RuleFile, therapies: Therapies) -> tuple[str, ...]:
        """The therapies the rule speaks of, with its classes spelled out."""
        found: set[str] = set()
        for field_name, names, known in (
            ("therapy", written.therapy, set(therapies.therapies)),
            ("therapy_class", written.therapy_class, set(therapies.classes)),
        ):
            for name in names:
                if name not in known:
                    what = "therapy" if field_name == "therapy" else "class of therapies"
                    self._wrong(document, (field_name,), "E306", f"no {what} is called '{name}'", near=(name, known))
                elif field_name == "therapy":
                    found.add(name)
                else:
                    found.update(therapies.of_class(name))
        return tuple(sorted(found))

    def _shape(
        self, document: Document, path: tuple[str | int, ...], identity: str, written: RuleFile, body: VersionFile
    ) -> None:
        assert body.then is not None
        kind, folder = body.then.kind, identity.split(".")[0]
        names_therapy = bool(written.therapy or written.therapy_class)
        if (kind is Kind.ALERT) != (folder == "alerts"):
            self._wrong(document, (*path, "then"), "E314", "alerts, and nothing else, lie in the folder alerts")
        if (kind is Kind.ALERT) == names_therapy:
            self._wrong(
                document, (*path, "then"), "E314", "an alert names no therapy; every other rule names at least one"
            )

    def _acyclic(self, definitions: Mapping[str, Definition]) -> None:
        try:
            by_depth({name: All(tuple(c for _, c in d.versions)) for name, d in definitions.items()})
        except ValueError as circle:
            used = {n for d in definitions.values() for _, c in d.versions for n in definitions_used(c)}
            missing = used - set(definitions)
            if not missing and not self.problems:
                self.problems.append(Problem(Place(f"{self.root.name}/definitions"), "E312", str(circle)))

    def _cites(self, document: Document, path: tuple[str | int, ...], body: VersionFile | DefinitionVersion) -> None:
        for index, cite in enumerate(body.cite):
            self._cited.append((document, (*path, "cite", index, "ref"), (*path, "cite"), cite.ref))
        if isinstance(body, VersionFile):
            for index, ref in enumerate(body.evidence):
                self._cited.append((document, (*path, "evidence", index), (*path, "evidence"), ref))

    @cached_property
    def _cited(self) -> list[tuple[Document, tuple[str | int, ...], tuple[str | int, ...], str]]:
        return []

    def _cross_check(
        self,
        rules: Mapping[str, Rule],
        definitions: Mapping[str, Definition],
        references: Mapping[str, Reference],
        scales: Scales,
        therapies: Therapies,
        vocabulary: Vocabulary,
    ) -> None:
        for document, path, _, ref in self._cited:
            if ref not in references:
                self._wrong(document, path, "E307", f"no source is called '{ref}'", near=(ref, set(references)))
        knowing = _definitions_that_ask_known(definitions)
        for rule in rules.values():
            document = self.documents[rule.id.replace(".", "/") + ".yaml"]
            for start, version in rule.versions:
                if version is None:
                    continue
                path: tuple[str | int, ...] = ("always",) if start is None else ("versions", start.isoformat())
                self._known_where_allowed(version, document, knowing)
                if version.strength is not None:
                    self._strength(document, path, version, scales)
                for index, ask in enumerate(version.then.ask):
                    words = set(vocabulary.facts) | set(vocabulary.investigations)
                    if ask not in words:
                        message = f"'{ask}' is neither an investigation nor a fact"
                        self._wrong(document, (*path, "then", "ask", index), "E319", message, near=(ask, words))
                for index, other in enumerate(version.then.combined_with):
                    if other not in therapies.therapies:
                        message = f"no therapy is called '{other}'"
                        self._wrong(
                            document,
                            (*path, "then", "with", index),
                            "E306",
                            message,
                            near=(other, set(therapies.therapies)),
                        )
            for index, related in enumerate(self._related(document)):
                if related not in rules:
                    self._wrong(
                        document,
                        ("related", index, "id"),
                        "E320",
                        f"no rule is called '{related}'",
                        near=(related, set(rules)),
                    )

    @staticmethod
    def _related(document: Document) -> list[str]:
        entries = document.data.get("related") if isinstance(document.data, dict) else None
        return [entry["id"] for entry in entries or [] if isinstance(entry, dict) and "id" in entry]

    def _known_where_allowed(self, version: Version, document: Document, knowing: frozenset[str]) -> None:
        if version.then.kind is Kind.ALERT or version.then.stance is Stance.CAUTION:
            return
        for leaf in leaves(version.condition):
            through = definitions_used(leaf) & knowing
            if isinstance(leaf, Known) or through:
                self.problems.append(
                    Problem(
                        leaf.place,
                        "E305",
                        "known may stand only in alerts and cautions: elsewhere a lost fact could open an option",
                        "ask for the value itself",
                        document.frame(leaf.place.line),
                    )
                )

    def _strength(self, document: Document, path: tuple[str | int, ...], version: Version, scales: Scales) -> None:
        assert version.strength is not None
        scale = scales.scales.get(version.strength.scale)
        if scale is None:
            message = f"no scale is called '{version.strength.scale}'"
            self._wrong(
                document,
                (*path, "strength", "scale"),
                "E321",
                message,
                near=(version.strength.scale, set(scales.scales)),
            )
        elif not scale.prints(version.strength.level):
            message = f"the scale {version.strength.scale} does not print '{version.strength.level}'"
            self._wrong(document, (*path, "strength", "level"), "E321", message)

    def _wrong(
        self,
        document: Document,
        path: tuple[str | int, ...],
        code: str,
        message: str,
        near: tuple[str, set[str]] | None = None,
    ) -> None:
        place = document.place(path)
        close = nearest(*near) if near else None
        remedy = f"did you mean '{close}'?" if close else None
        self.problems.append(Problem(place, code, message, remedy, document.frame(place.line)))


def _definitions_that_ask_known(definitions: Mapping[str, Definition]) -> frozenset[str]:
    """The definitions in which ``known`` stands, directly or through another definition."""
    found: set[str] = set()
    grew = True
    while grew:
        before = len(found)
        for name, definition in definitions.items():
            for _, condition in definition.versions:
                if definitions_used(condition) & found or any(isinstance(leaf, Known) for leaf in leaves(condition)):
                    found.add(name)
        grew = len(found) > before
    return frozenset(found)


def _digest(documents: Mapping[str, Document]) -> str:
    """SHA-256 over what the files say, not over how they are laid out; Markdown pages do not count."""
    plain = {name: documents[name].data for name in sorted(documents)}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=_canonical, ensure_ascii=True).encode()).hexdigest()


def _canonical(value: Any) -> str:
    assert isinstance(value, Decimal)
    return format(value.normalize(), "f")
