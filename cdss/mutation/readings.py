"""How a rule reads a patient, and the patients it cannot tell apart put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cdss.backends.plain import answer, explain
from cdss.condition import Condition, definitions_used, facts_used
from cdss.library import Library
from cdss.mutation.witnesses import Asked, Witnesses
from cdss.program import leaned_on
from cdss.reasons import facts_behind
from cdss.rule import Definition, Rule, Version
from cdss.values import Truth, Value


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer and, where it is unknown, the facts it lacks."""

    truth: Truth
    missing: frozenset[str] = frozenset()


SILENT = Reading(Truth.NO)


def reading(
    condition: Condition,
    facts: Mapping[str, Value],
    answers: Mapping[str, Truth],
    definitions: Mapping[str, Condition],
) -> Reading:
    """How the condition reads these facts, given the answers of the definitions and their conditions."""
    truth = answer(condition, facts, answers)
    if truth is not Truth.UNKNOWN:
        return Reading(truth)
    return Reading(truth, facts_behind(explain(condition, facts, answers, definitions)))


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """Checks whose patients and days are the same as far as one rule or definition can see."""

    facts: Mapping[str, Value]
    day: date
    answers: Mapping[str, Truth]
    definitions: Mapping[str, Condition]
    asked: list[Asked]


def alike(witnesses: Witnesses, owner: Rule | Definition) -> list[Alike]:
    """The checks in groups among which ``owner``, or a mutant of it, cannot tell one from another."""
    library = witnesses.library
    conditions = list(conditions_of(owner))
    names = sorted(leaned_on(conditions, library.defined))
    facts = sorted(
        {f for c in conditions for f in facts_used(c)}
        | {f for name in names for _, c in library.definitions[name].versions for f in facts_used(c)}
    )
    starts = [start for start, _ in owner.versions if start is not None]
    near = {day + timedelta(days=step) for day in starts for step in (-1, 0, 1)}
    groups: dict[tuple[object, ...], Alike] = {}
    for asked in witnesses.asked:
        definitions = witnesses.engine.in_force(asked.day).definitions
        moment = asked.day if asked.day in near else sum(start <= asked.day for start in starts)
        values = asked.sheet.values
        key = (moment, *(id(definitions.get(name)) for name in names), *(values.get(fact) for fact in facts))
        if key not in groups:
            groups[key] = Alike(values, asked.day, asked.verdicts.definitions, definitions, [])
        groups[key].asked.append(asked)
    return list(groups.values())


def conditions_of(owner: Rule | Definition) -> Iterator[Condition]:
    """The condition of every version."""
    for _, version in owner.versions:
        if version is not None:
            yield version.condition if isinstance(version, Version) else version


def leaning(library: Library, name: str) -> tuple[frozenset[str], tuple[Rule, ...]]:
    """The definitions that lean on ``name``, itself included, and the rules that lean on any of these."""
    definitions = frozenset(
        other
        for other, definition in library.definitions.items()
        if other == name or name in leaned_on((c for _, c in definition.versions), library.defined)
    )
    rules = tuple(
        rule
        for rule in library.rules.values()
        if any(definitions & definitions_used(condition) for condition in conditions_of(rule))
    )
    return definitions, rules
