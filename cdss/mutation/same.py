"""Is a mutant the same rule in other words? Proven by trying every kind of patient the two could read differently.

A fact matters only by the values and thresholds that the conditions name: between two neighbouring thresholds all
numbers are alike, and so are all values that nobody names. What is left is finite and is tried whole, up to a limit.
Facts are varied freely of one another, which can only show more differences than there are.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice, product
from math import prod

from cdss.backends.plain import answer
from cdss.condition import Condition
from cdss.library import Library
from cdss.mutation.edits import Path, part_at, parts_of
from cdss.mutation.kinds import SILENCING
from cdss.mutation.mutants import Mutant
from cdss.mutation.possible import possible_values
from cdss.mutation.readings import reading
from cdss.program import by_depth, leaned_on
from cdss.rule import Version
from cdss.values import Truth, Value
from cdss.vocabulary import Vocabulary

LIMIT = 20_000
"""So many kinds of patients are tried; a mutant with more is not called equivalent."""
_LOOKS = 200


def same_everywhere(library: Library, mutant: Mutant) -> bool:
    """Whether it is proven that no patient is read otherwise: neither in the answer nor in the facts it lacks.

    False also where the proof would take too long, and for whatever is no change of a condition.
    """
    if mutant.edit is None or mutant.kind in SILENCING:
        return False
    pairs = [
        (_condition(before), _condition(after), start)
        for (start, before), (_, after) in zip(mutant.original.versions, mutant.mutated.versions, strict=True)
        if before is not after
    ]
    return all(
        before is not None and after is not None and _same_version(library, before, after, start, mutant.edit.path)
        for before, after, start in pairs
    )


def _same_version(library: Library, before: Condition, after: Condition, start: date | None, path: Path) -> bool:
    names = sorted(leaned_on((before, after), library.defined))
    days = {s for name in names for s, _ in library.definitions[name].versions if s is not None}
    days = {day for day in days if start is None or day > start} | {start or date.max}
    for day in days:
        found = {name: library.definitions[name].condition_on(day) for name in names}
        definitions = {name: condition for name, condition in found.items() if condition is not None}
        if len(definitions) == len(names) and not _same(library.vocabulary, before, after, definitions, path):
            return False
    return True


def _same(
    vocabulary: Vocabulary,
    before: Condition,
    after: Condition,
    definitions: Mapping[str, Condition],
    path: Path,
) -> bool:
    """Tried from the changed part outwards: where a part is the same, so is the whole."""
    for length in reversed(range(_common(before, after, path) + 1)):
        inner, changed = part_at(before, path[:length]), part_at(after, path[:length])
        assert inner is not None
        assert changed is not None
        if Trials(vocabulary, (inner, changed), definitions).alike(limit=LIMIT if not length else LIMIT // 10):
            return True
    return False


def _common(before: Condition, after: Condition, path: Path) -> int:
    """How far down ``path`` the two trees have the same parts beside one another, none of them gone."""
    for length in range(len(path)):
        one, other = part_at(before, path[:length]), part_at(after, path[:length])
        if one is None or other is None or len(parts_of(one)) != len(parts_of(other)):
            return length
    return len(path)


class Trials:
    """Every kind of patient that some conditions can tell apart."""

    def __init__(
        self, vocabulary: Vocabulary, conditions: Sequence[Condition], definitions: Mapping[str, Condition]
    ) -> None:
        """``definitions`` has the condition of every definition the conditions lean on."""
        self._conditions = conditions
        needed = leaned_on(conditions, {name: (condition,) for name, condition in definitions.items()})
        self._definitions = {name: definitions[name] for name in needed}
        self._order = [item for stratum in by_depth(self._definitions) for item in stratum.items()]
        self._values = possible_values(vocabulary, (*conditions, *self._definitions.values()))

    @property
    def size(self) -> int:
        """How many kinds of patients there are."""
        return prod(len(values) for values in self._values.values())

    def alike(self, *, limit: int) -> bool:
        """Whether all conditions read every patient alike; False where there are more than ``limit`` kinds."""
        if any(not values for values in self._values.values()):
            return False
        if not all(self._agree(facts) for facts in islice(self._some(), _LOOKS)):
            return False
        return self.size <= limit and all(self._agree(facts) for facts in self._all())

    def _all(self) -> Iterator[Mapping[str, Value]]:
        for values in product(*self._values.values()):
            yield _known(zip(self._values, values, strict=True))

    def _some(self) -> Iterator[Mapping[str, Value]]:
        """Patients at random, always the same ones: most differences show soon."""
        chance = random.Random(0)
        while True:
            yield _known((name, chance.choice(values)) for name, values in self._values.items())

    def _agree(self, facts: Mapping[str, Value]) -> bool:
        answers: dict[str, Truth] = {}
        for name, condition in self._order:
            answers[name] = answer(condition, facts, answers)
        first, *others = (reading(c, facts, answers, self._definitions) for c in self._conditions)
        return all(other == first for other in others)


def _known(values: Iterable[tuple[str, Value | None]]) -> dict[str, Value]:
    return {name: value for name, value in values if value is not None}


def _condition(version: Version | Condition | None) -> Condition | None:
    return version.condition if isinstance(version, Version) else version
