"""What the rules of a library make of its facts: where their thresholds lie, and which facts a therapy depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from cdss.condition import Compare, Condition, facts_used, leaves
from cdss.library import Library
from cdss.program import leaned_on
from cdss.vocabulary import Fact


@dataclass(frozen=True)
class Ground:
    """One library, looked at by its facts."""

    library: Library

    @cached_property
    def thresholds(self) -> Mapping[str, tuple[Decimal, ...]]:
        """Every number that some rule or definition compares a fact with, ascending."""
        found: dict[str, set[Decimal]] = {}
        for condition in self._conditions():
            for leaf in leaves(condition):
                if isinstance(leaf, Compare):
                    found.setdefault(leaf.fact, set()).add(leaf.bound)
        return {name: tuple(sorted(bounds)) for name, bounds in found.items()}

    @cached_property
    def clinical(self) -> tuple[str, ...]:
        """The facts that are no wish of the patient, sorted."""
        facts = self.library.vocabulary.facts
        return tuple(sorted(name for name in facts if not facts[name].preference))

    def beside_thresholds(self, fact: Fact) -> tuple[Decimal, ...]:
        """Each threshold of ``fact`` and the numbers one step beside it, within its range; the ends without any."""
        assert fact.range is not None
        low, high = fact.range
        step = Decimal(1).scaleb(-fact.places)
        near = {bound + side for bound in self.thresholds.get(fact.name, ()) for side in (-step, Decimal(0), step)}
        return tuple(sorted({min(high, max(low, round(number, fact.places))) for number in near or {low, high}}))

    def facts_about(self, therapy: str) -> frozenset[str]:
        """The facts on which a therapy's standing can depend at any time, through definitions too, wishes included."""
        wishes = {name for name, fact in self.library.vocabulary.facts.items() if fact.preference}
        rules = [rule for rule in self.library.rules.values() if therapy in rule.therapies]
        conditions = [v.condition for rule in rules for _, v in rule.versions if v]
        names = leaned_on(conditions, self.library.defined)
        conditions += [condition for name in names for condition in self.library.defined[name]]
        return frozenset(wishes.union(*(facts_used(condition) for condition in conditions)))

    def _conditions(self) -> Iterator[Condition]:
        for definition in self.library.definitions.values():
            yield from (condition for _, condition in definition.versions)
        for rule in self.library.rules.values():
            yield from (version.condition for _, version in rule.versions if version)
