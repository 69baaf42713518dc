"""What a backend is given: named conditions in the order in which they can be answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cdss.condition import Condition, definitions_used
from cdss.values import Truth, Value
from cdss.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Program:
    """The rules in force on one date. ``strata`` holds the definitions by depth; ``rules`` come after all of them."""

    vocabulary: Vocabulary
    strata: tuple[Mapping[str, Condition], ...]
    rules: Mapping[str, Condition]


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """One answer for every definition and for every rule, by name; equal to any other that gives the same answers."""

    definitions: Mapping[str, Truth]
    rules: Mapping[str, Truth]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Verdicts):
            return NotImplemented
        return self.definitions == other.definitions and self.rules == other.rules


class Backend(Protocol):
    """Something that can answer a program about one patient."""

    name: str

    def verdicts(self, facts: Mapping[str, Value]) -> Verdicts:
        """Every answer, for facts already checked against the vocabulary; an absent fact is unknown."""
        ...


def leaned_on(conditions: Iterable[Condition], written: Mapping[str, Iterable[Condition]]) -> frozenset[str]:
    """The definitions that the conditions refer to, directly or through others. ``written`` has what each one says.

    A definition that is not among ``written`` counts as referred to and is not looked into.
    """
    found: set[str] = set()
    waiting = list(conditions)
    while waiting:
        new = definitions_used(waiting.pop()) - found
        found |= new
        waiting += [condition for name in new for condition in written.get(name, ())]
    return frozenset(found)


def by_depth(definitions: Mapping[str, Condition]) -> tuple[dict[str, Condition], ...]:
    """Definitions in strata: each refers only to those of earlier strata.

    Raises ValueError naming the definitions that refer to one another in a circle.
    """
    waiting = {name: definitions_used(condition) for name, condition in definitions.items()}
    placed: set[str] = set()
    strata: list[dict[str, Condition]] = []
    while waiting:
        ready = sorted(name for name, needs in waiting.items() if needs <= placed)
        if not ready:
            raise ValueError("definitions refer to one another in a circle: " + ", ".join(sorted(waiting)))
        strata.append({name: definitions[name] for name in ready})
        placed.update(ready)
        for name in ready:
            del waiting[name]
    return tuple(strata)
