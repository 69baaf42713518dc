"""Which rules were added, removed or changed, and in what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cdss.condition import definitions_used
from cdss.library import Library
from cdss.rule import Rule, Version


class What(StrEnum):
    """What happened to a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One rule that is not as it was. ``parts`` name what changed, ``days`` from when."""

    rule: str
    what: What
    parts: tuple[str, ...]
    days: tuple[date | None, ...]
    therapies: tuple[str, ...]

    @property
    def only_words(self) -> bool:
        """Whether nothing but wording, sources and examples changed."""
        return self.what is What.CHANGED and set(self.parts) <= {"wording", "citations", "examples", "review"}


def changes(old: Library, new: Library) -> tuple[Change, ...]:
    """Every rule that is not as it was, by id."""
    moved = _moved_definitions(old, new)
    found = []
    for name in sorted({*old.rules, *new.rules}):
        before, after = old.rules.get(name), new.rules.get(name)
        if before is None or after is None:
            rule = after or before
            assert rule is not None
            what = What.ADDED if before is None else What.REMOVED
            found.append(Change(name, what, (), tuple(day for day, _ in rule.versions), rule.therapies))
            continue
        parts: dict[str, None] = {}
        days: dict[date | None, None] = {}
        for part, day in _differences(before, after, moved):
            parts[part], days[day] = None, None
        if parts:
            therapies = tuple(sorted({*before.therapies, *after.therapies}))
            found.append(Change(name, What.CHANGED, tuple(parts), tuple(days), therapies))
    return tuple(found)


def _moved_definitions(old: Library, new: Library) -> frozenset[str]:
    """The definitions that say something else, directly or through another."""
    moved = {
        name
        for name in {*old.definitions, *new.definitions}
        if name not in old.definitions
        or name not in new.definitions
        or old.definitions[name].versions != new.definitions[name].versions
    }
    grew = True
    while grew:
        before = len(moved)
        for library in (old, new):
            for name, definition in library.definitions.items():
                if any(definitions_used(condition) & moved for _, condition in definition.versions):
                    moved.add(name)
        grew = len(moved) > before
    return frozenset(moved)


def _differences(old: Rule, new: Rule, moved: frozenset[str]) -> Iterator[tuple[str, date | None]]:
    """Each part that differs, and the first day of the version concerned."""
    before, after = dict(old.versions), dict(new.versions)
    first = new.versions[0][0]
    for day in sorted({*before, *after}, key=lambda day: day or date.min):
        if day not in before or day not in after or (before[day] is None) != (after[day] is None):
            yield "versions", day
            continue
        one, other = before[day], after[day]
        if one is not None and other is not None:
            yield from ((part, day) for part in _parts(one, other, moved))
    if old.therapies != new.therapies:
        yield "therapies", first
    if (old.title, old.misleads_when, old.retired) != (new.title, new.misleads_when, new.retired):
        yield "wording", first
    if old.examples != new.examples:
        yield "examples", first
    if old.reviewed != new.reviewed:
        yield "review", first


def _parts(one: Version, other: Version, moved: frozenset[str]) -> Iterator[str]:
    if one.condition != other.condition:
        yield "condition"
    elif definitions_used(other.condition) & moved:
        yield "definition"
    if one.then.stance != other.then.stance:
        yield "stance"
    if one.then.model_copy(update={"stance": None}) != other.then.model_copy(update={"stance": None}):
        yield "what it says"
    if one.provenance != other.provenance:
        yield "provenance"
    if one.strength != other.strength:
        yield "strength"
    if (one.cites, one.evidence) != (other.cites, other.evidence):
        yield "citations"
    if (one.says, one.figures, one.dated) != (other.says, other.figures, other.dated):
        yield "wording"
