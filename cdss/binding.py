"""A rule or a definition as written → ready to be asked: every name in it resolved against the rest of the folder."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from cdss.condition import All, Condition, Holds, Known, definitions_used, leaves
from cdss.errors import Problem
from cdss.rule import Definition, Kind, Retired, Rule, Stance, Strength, Version
from cdss.rulefile import DefinitionFile, DefinitionVersion, RuleFile, VersionFile
from cdss.scale import Scales
from cdss.source import Document
from cdss.spelling import Path, Speller, problem_at
from cdss.therapy import Therapies
from cdss.vocabulary import Vocabulary

Body = TypeVar("Body", VersionFile, DefinitionVersion)


@dataclass(frozen=True, slots=True)
class Names:
    """Everything a rule may refer to. ``scales`` and ``sources`` are None where their files cannot be read."""

    vocabulary: Vocabulary
    therapies: Therapies
    scales: Scales | None
    sources: frozenset[str] | None
    definitions: frozenset[str]
    rules: frozenset[str]


@dataclass(slots=True)
class Binder:
    """Makes one file ready and collects what is wrong in ``problems``.

    ``knowing`` holds the definitions in which ``known`` stands.
    """

    document: Document
    names: Names
    knowing: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    _speller: Speller = field(init=False)

    def __post_init__(self) -> None:
        self._speller = Speller(
            self.document, self.names.vocabulary, self.names.therapies, self.names.definitions, self.problems
        )

    def definition(self, name: str, written: DefinitionFile) -> Definition:
        """The definition with its conditions spelled out."""
        conditions: list[tuple[date | None, Condition]] = []
        wordings: list[tuple[date | None, str]] = []
        for day, path, body in _dated(written.always, written.versions):
            conditions.append((day, self._speller.conjunction(body.when, (*path, "when"))))
            wordings.append((day, " ".join(body.says.split())))
            self._cites(path, body)
        return Definition(name, written.title, tuple(conditions), tuple(wordings), self.document.place(()))

    def rule(self, identity: str, written: RuleFile) -> Rule:
        """The rule with its conditions spelled out and its therapies named one by one."""
        scope = self._speller.conjunction(written.scope, ("scope",))
        versions: list[tuple[date | None, Version | None]] = []
        retired: Retired | None = None
        for day, path, body in _dated(written.always, written.versions):
            retired = body.retired
            if retired is not None:
                if not versions:
                    self._wrong(
                        (*path, "retired"), "E311", "the rule ends before it began", "add an earlier version", key=True
                    )
                versions.append((day, None))
                continue
            version = self._version(day, path, body, scope)
            versions.append((day, version))
            self._check(path, body, version)
            self._therapy_named(identity, path, written, version)
        for index, related in enumerate(written.related):
            self._named(("related", index, "id"), "E320", "rule", related.id, self.names.rules)
        return Rule(
            identity,
            written.title,
            identity.split(".")[0],
            self._therapies(written),
            tuple(versions),
            written.examples,
            written.misleads_when,
            written.reviewed,
            retired,
            self.document.place(()),
        )

    def spell_what_stands(self) -> None:
        """Finds the mistakes in the conditions of a file whose other keys are wrong."""
        versions = self.document.data.get("versions")
        days = versions if isinstance(versions, dict) else {}
        for path in [("scope",), ("always", "when"), *(("versions", day, "when") for day in days)]:
            items = self._written(path)
            if isinstance(items, list):
                self._speller.conjunction(items, path)

    def _version(self, day: date | None, path: Path, body: VersionFile, scope: All) -> Version:
        assert body.then is not None
        assert body.says is not None
        assert body.provenance is not None
        when = self._speller.conjunction(body.when, (*path, "when"))
        return Version(
            day,
            " ".join(body.says.split()),
            body.cite,
            body.provenance,
            body.strength,
            All(scope.parts + when.parts, place=when.place),
            body.then,
            body.evidence,
            tuple(sorted(body.figures.items())),
            body.dated,
        )

    def _check(self, path: Path, body: VersionFile, version: Version) -> None:
        self._cites(path, body)
        if self.names.sources is not None:
            for index, ref in enumerate(body.evidence):
                self._named((*path, "evidence", index), "E307", "source", ref, self.names.sources)
        self._known_where_allowed(version)
        if version.strength is not None and self.names.scales is not None:
            self._strength((*path, "strength"), version.strength, self.names.scales)
        words = {*self.names.vocabulary.facts, *self.names.vocabulary.investigations}
        for index, ask in enumerate(version.then.ask):
            if ask not in words:
                self._wrong(
                    (*path, "then", "ask", index),
                    "E319",
                    f"'{ask}' is neither an investigation nor a fact",
                    "both are listed in vocabulary.yaml",
                    near=(ask, words),
                )
        for index, other in enumerate(version.then.combined_with):
            self._named((*path, "then", "with", index), "E306", "therapy", other, self.names.therapies.therapies)

    def _therapy_named(self, identity: str, path: Path, written: RuleFile, version: Version) -> None:
        is_alert, among_alerts = version.then.kind is Kind.ALERT, identity.split(".")[0] == "alerts"
        key = "therapy" if written.therapy else "therapy_class"
        names_therapy = bool(written.therapy or written.therapy_class)
        if is_alert and not among_alerts:
            remedy = "move the file to alerts/<topic>/"
            self._wrong((*path, "then"), "E314", "an alert lies in the folder alerts", remedy, key=True)
        elif among_alerts and not is_alert:
            remedy = "write alert: and severity:, or move the file"
            self._wrong((*path, "then"), "E314", "the folder alerts holds nothing but alerts", remedy, key=True)
        if is_alert and names_therapy:
            self._wrong((key,), "E315", "an alert speaks of no therapy", "remove this key", key=True)
        elif not is_alert and not names_therapy:
            self._wrong((), "E315", "the rule names no therapy", "add therapy: or therapy_class:", key=True)

    def _therapies(self, written: RuleFile) -> tuple[str, ...]:
        """The therapies the rule speaks of, with its classes spelled out."""
        known = self.names.therapies
        found: set[str] = set()
        for index, name in enumerate(written.therapy):
            if self._named(self._nth(("therapy",), index), "E306", "therapy", name, known.therapies):
                found.add(name)
        for index, name in enumerate(written.therapy_class):
            if self._named(self._nth(("therapy_class",), index), "E306", "class of therapies", name, known.classes):
                found.update(known.of_class(name))
        return tuple(sorted(found))

    def _nth(self, path: Path, index: int) -> Path:
        """The path of one of several entries, or of the only one, which needs no list."""
        return (*path, index) if isinstance(self._written(path), list) else path

    def _written(self, path: Path) -> Any:
        """What the document says at ``path``; None where the path ends early."""
        data: Any = self.document.data
        for part in path:
            data = data.get(part) if isinstance(data, dict) else None
        return data

    def _cites(self, path: Path, body: VersionFile | DefinitionVersion) -> None:
        if self.names.sources is None:
            return
        for index, cite in enumerate(body.cite):
            here = (*self._nth((*path, "cite"), index), "ref")
            self._named(here, "E307", "source", cite.ref, self.names.sources)

    def _known_where_allowed(self, version: Version) -> None:
        if version.then.kind is Kind.ALERT or version.then.stance is Stance.CAUTION:
            return
        for leaf in leaves(version.condition):
            if isinstance(leaf, Known):
                message = "known may stand only in alerts and cautions: elsewhere a lost fact could open an option"
            elif isinstance(leaf, Holds) and leaf.definition in self.knowing:
                message = f"'{leaf.definition}' asks whether something is known, which only alerts and cautions may"
            else:
                continue
            remedy = "ask for the value itself"
            self.problems.append(Problem(leaf.place, "E305", message, remedy, self.document.frame(leaf.place.line)))

    def _strength(self, path: Path, strength: Strength, scales: Scales) -> None:
        if not self._named((*path, "scale"), "E321", "scale", strength.scale, scales.scales):
            return
        scale = scales.scales[strength.scale]
        if not scale.prints(strength.level):
            printed = f"its form is {scale.form}" if scale.form else "it prints " + ", ".join(scale.levels)
            message = f"the scale {strength.scale} does not print '{strength.level}'"
            remedy = printed if scale.form or scale.levels else "it has no grades: write ungraded (text)"
            self._wrong((*path, "level"), "E321", message, remedy, near=(strength.level, scale.levels))

    def _named(self, path: Path, code: str, what: str, name: str, known: Collection[str]) -> bool:
        """Whether ``name`` is among ``known``; noted as a problem when it is not."""
        if name in known:
            return True
        self._wrong(path, code, f"no {what} is called '{name}'", _WHERE[what], near=(name, known))
        return False

    def _wrong(
        self,
        path: Path,
        code: str,
        message: str,
        remedy: str | None = None,
        *,
        key: bool = False,
        near: tuple[str, Collection[str]] | None = None,
    ) -> None:
        self.problems.append(problem_at(self.document, path, code, message, remedy, key=key, near=near))


def _dated(always: Body | None, versions: Mapping[date, Body]) -> list[tuple[date | None, Path, Body]]:
    """The versions of a file, ascending, each with its first day and its path."""
    if always is not None:
        return [(None, ("always",), always)]
    return [(day, ("versions", day.isoformat()), body) for day, body in sorted(versions.items())]


_WHERE = {
    "source": "sources are listed in the folder citations",
    "scale": "scales are listed in scales.yaml",
    "therapy": "therapies are listed in therapies.yaml",
    "class of therapies": "classes are listed in therapies.yaml",
    "rule": "the id of a rule is its path with dots",
}


def definitions_that_ask_known(definitions: Mapping[str, Definition]) -> frozenset[str]:
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


def circles(definitions: Mapping[str, Definition], documents: Mapping[str, Document]) -> Iterator[Problem]:
    """One problem for each circle in which definitions refer to one another. ``documents`` go by definition."""
    uses = {
        name: {
            leaf.definition: leaf
            for _, condition in definition.versions
            for leaf in leaves(condition)
            if isinstance(leaf, Holds)
        }
        for name, definition in definitions.items()
    }
    told: set[str] = set()
    for name in sorted(uses):
        circle = [] if name in told else _way_back(name, uses)
        if circle:
            told.update(circle)
            place = uses[name][circle[1]].place
            message = "definitions refer to one another in a circle: " + " → ".join(circle)
            if len(circle) == 2:
                message = f"the definition '{name}' refers to itself"
            frame = documents[name].frame(place.line)
            yield Problem(place, "E312", message, "spell the condition out", frame)


def _way_back(start: str, uses: Mapping[str, Mapping[str, Holds]]) -> list[str]:
    """The shortest way from a definition over those it refers to back to itself; empty when there is none."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:
        for name in sorted(uses.get(way[-1], ())):
            if name == start:
                return [*way, start]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []
