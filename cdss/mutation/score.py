"""What became of all mutants, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from cdss.logic_coverage.cover import Share
from cdss.mutation.mutants import Mutant
from cdss.mutation.notice import Fate, Outcome


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants were killed, survived and are equivalent."""

    killed: int = 0
    survived: int = 0
    equivalent: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.killed + self.survived + self.equivalent

    @property
    def share(self) -> Share | None:
        """Those killed of those that could be noticed; None when there was none."""
        heard = self.killed + self.survived
        return Share(self.killed, heard) if heard else None


@dataclass(frozen=True)
class Result:
    """Every mutant with what became of it, by id."""

    outcomes: tuple[tuple[Mutant, Outcome], ...]

    @cached_property
    def whole(self) -> Score:
        """All mutants."""
        return self.by(lambda _: "").get("", Score())

    def by(self, key: Callable[[Mutant], str]) -> dict[str, Score]:
        """The mutants counted in groups, by name."""
        counts: dict[str, Counter[Fate]] = {}
        for mutant, outcome in self.outcomes:
            counts.setdefault(key(mutant), Counter())[outcome.fate] += 1
        return {
            name: Score(found[Fate.KILLED], found[Fate.SURVIVED], found[Fate.EQUIVALENT])
            for name, found in sorted(counts.items())
        }

    def of(self, fate: Fate) -> list[tuple[Mutant, Outcome]]:
        """The mutants with one fate, by place."""
        found = [(mutant, outcome) for mutant, outcome in self.outcomes if outcome.fate is fate]
        return sorted(found, key=lambda pair: (pair[0].place, pair[0].id))
