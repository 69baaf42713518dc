"""A library → its mutants: copies of one rule or one definition with a single thing changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from cdss.condition import Condition
from cdss.errors import Place
from cdss.examples import DEFINITIONS
from cdss.library import Library
from cdss.lint import path_of
from cdss.mutation.edits import Edit, applied, edits, part_at
from cdss.mutation.kinds import Kind
from cdss.rule import Definition, Rule, Severity, Stance, Then, Version

_DAY = timedelta(days=1)
_WEAKER = {
    Stance.NEUTRAL: Stance.AVOID,
    Stance.AVOID: Stance.CAUTION,
    Stance.INELIGIBLE: Stance.CAUTION,
    Stance.CONTRAINDICATE: Stance.CAUTION,
}
_OTHER_SEVERITY = {
    Severity.CRITICAL: Severity.INFO,
    Severity.WARNING: Severity.INFO,
    Severity.INFO: Severity.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One thing changed. ``original`` and ``mutated`` are the rule or the definition before and after.

    ``id`` is the same from run to run. ``edit`` is None where no condition was changed.
    """

    id: str
    kind: Kind
    body: str
    place: Place
    what: str
    original: Rule | Definition
    mutated: Rule | Definition
    edit: Edit | None = None

    @property
    def owner(self) -> str:
        """The rule, or the definition as ``definitions.NAME``."""
        return self.id.partition("@")[0]


def mutants(library: Library, owner: str) -> Iterator[Mutant]:
    """The mutants of one rule or definition, always the same ones in the same order. KeyError when there is none."""
    if owner.startswith(f"{DEFINITIONS}."):
        yield from _of_definition(library, library.definitions[owner.partition(".")[2]])
    else:
        yield from _of_rule(library, library.rules[owner])


def sampled(found: Iterable[Mutant], size: int, seed: int) -> list[Mutant]:
    """``size`` of the mutants: the same for the same seed, and nearly the same after a rule was added."""
    ordered = sorted(found, key=lambda m: hashlib.sha256(f"{seed} {m.id}".encode()).digest())
    return sorted(ordered[:size], key=lambda m: m.id)


def _of_rule(library: Library, rule: Rule) -> Iterator[Mutant]:
    document = library.documents[path_of(rule)]
    conditions = [(start, version.condition) for start, version in rule.versions if version is not None]
    for name, edit, changed in _condition_edits(library, conditions):
        versions = tuple((s, _with(v, changed.get(s))) for s, v in rule.versions)
        yield Mutant(
            f"{rule.id}@{name}", edit.kind, rule.body, edit.place, edit.what, rule, _altered(rule, versions), edit
        )
    for index, (start, version) in enumerate(rule.versions):
        path = ("always",) if start is None else ("versions", start.isoformat())
        if version is not None:
            for kind, what, then in _other_thens(version.then):
                key = {Kind.DROP_LABEL: "labelled", Kind.CHANGE_SEVERITY: "severity"}.get(kind, "stance")
                place = document.place((*path, "then", key))
                other = None if then is None else replace(version, then=then)
                versions = (*rule.versions[:index], (start, other), *rule.versions[index + 1 :])
                name = f"{rule.id}@{_day(start)}:{kind.name.lower()}"
                yield Mutant(name, kind, rule.body, place, what, rule, _altered(rule, versions))
        for kind, day in _other_days([s for s, _ in rule.versions], index):
            moved = None if version is None else replace(version, start=day)
            versions = (*rule.versions[:index], (day, moved), *rule.versions[index + 1 :])
            name, place = f"{rule.id}@{_day(start)}:{kind.name.lower()}", document.place(path, key=True)
            yield Mutant(name, kind, rule.body, place, f"{start} → {day}", rule, _altered(rule, versions))
    yield Mutant(
        f"{rule.id}@drop_rule", Kind.DROP_RULE, rule.body, rule.place, "the whole rule", rule, _altered(rule, ())
    )


def _of_definition(library: Library, definition: Definition) -> Iterator[Mutant]:
    owner = f"{DEFINITIONS}.{definition.name}"
    for name, edit, changed in _condition_edits(library, definition.versions):
        versions = tuple((s, changed.get(s, c)) for s, c in definition.versions)
        mutated = replace(definition, versions=versions)
        yield Mutant(f"{owner}@{name}", edit.kind, DEFINITIONS, edit.place, edit.what, definition, mutated, edit)
    document = library.documents[f"{DEFINITIONS}/{definition.name}.yaml"]
    for index, (start, _) in enumerate(definition.versions):
        for kind, day in _other_days([s for s, _ in definition.versions], index):
            mutated = replace(
                definition,
                versions=tuple((day if i == index else s, c) for i, (s, c) in enumerate(definition.versions)),
                wordings=tuple((day if i == index else s, w) for i, (s, w) in enumerate(definition.wordings)),
            )
            place = document.place(("versions", _day(start)), key=True)
            name = f"{owner}@{_day(start)}:{kind.name.lower()}"
            yield Mutant(name, kind, DEFINITIONS, place, f"{start} → {day}", definition, mutated)


def _condition_edits(
    library: Library, conditions: Sequence[tuple[date | None, Condition]]
) -> Iterator[tuple[str, Edit, dict[date | None, Condition]]]:
    """Every edit of every version, newest first: its name, the edit, and the changed condition of each version.

    What versions share, such as the scope, stands once in the file and so changes in all of them at once.
    """
    seen: set[tuple[object, ...]] = set()
    for start, condition in reversed(conditions):
        for edit in edits(condition, library.vocabulary, library.therapies):
            key = (edit.path, edit.place, edit.old, edit.kind, edit.what)
            if key in seen:
                continue
            seen.add(key)
            changed = {}
            for other, tree in conditions:
                part = part_at(tree, edit.path)
                if part == edit.old and part is not None and part.place == edit.old.place:
                    changed[other] = applied(tree, edit.path, edit.new)
            where = ".".join(map(str, edit.path)) or "root"
            name = ":".join(filter(None, (_day(start), where, edit.kind.name.lower(), edit.word)))
            yield name, edit, changed


def _other_thens(then: Then) -> Iterator[tuple[Kind, str, Then | None]]:
    if then.labelled:
        yield Kind.DROP_LABEL, "labelled → nothing", None
    elif then.severity is not None:
        other = _OTHER_SEVERITY[then.severity]
        yield Kind.CHANGE_SEVERITY, f"{then.severity} → {other}", then.model_copy(update={"severity": other})
    elif then.stance is Stance.CAUTION:
        yield Kind.CHANGE_STANCE, "caution → nothing", None
    elif then.stance is not None:
        stance = _WEAKER.get(then.stance, Stance.AVOID)
        yield Kind.CHANGE_STANCE, f"{then.stance} → {stance}", then.model_copy(update={"stance": stance})


def _other_days(starts: Sequence[date | None], index: int) -> Iterator[tuple[Kind, date]]:
    """The day before and the day after, where the order of the versions stays as it is."""
    start = starts[index]
    if start is None:
        return
    before = starts[index - 1] if index else None
    after = starts[index + 1] if index + 1 < len(starts) else None
    if after is None or start + _DAY < after:
        yield Kind.START_LATER, start + _DAY
    if before is None or start - _DAY > before:
        yield Kind.START_EARLIER, start - _DAY


def _with(version: Version | None, condition: Condition | None) -> Version | None:
    return version if version is None or condition is None else replace(version, condition=condition)


def _altered(rule: Rule, versions: tuple[tuple[date | None, Version | None], ...]) -> Rule:
    return replace(rule, versions=versions)


def _day(start: date | None) -> str:
    return start.isoformat() if start else "always"
