"""Where every therapy stands for a patient, by one date's rules: the plain engine and the combination rule alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from cdss.backends.plain import PlainBackend, answer
from cdss.combine import Outcome
from cdss.decision import Standing
from cdss.library import Library
from cdss.rule import Intent, Rule, Version
from cdss.values import Truth, Value
from cdss.weigh import Scales

SUGGESTED = frozenset({Standing.RECOMMENDED, Standing.OPTION})
UNDECIDED = frozenset({Standing.CONDITIONAL, Standing.UNDETERMINED})
Key = tuple[str, Intent]


class Weigher:
    """Standings for facts, with the rules in force on one date. Properties of rules need no second engine."""

    def __init__(self, library: Library, on: date) -> None:
        self.library = library
        self.in_force = library.in_force(on)
        self.plain = PlainBackend(self.in_force.program)
        self._scales = Scales(library, self.in_force)

    def __call__(self, facts: Mapping[str, Value]) -> dict[Key, Standing]:
        """Where each therapy stands for each intent; one of which nobody speaks is left out."""
        return {key: outcome.standing for key, outcome in self.outcomes(facts).items()}

    def suggested(self, facts: Mapping[str, Value]) -> set[Key]:
        """What is recommended or an option."""
        return {key for key, standing in self(facts).items() if standing in SUGGESTED}

    def outcomes(self, facts: Mapping[str, Value]) -> dict[Key, Outcome]:
        """As a call, with what each would be and the rules that are open."""
        verdicts = self.plain.verdicts(facts).rules
        return {(w.therapy, w.intent): w.outcome for w in self._scales.weigh(verdicts, facts)}

    def with_rule(self, rule: Rule, version: Version, facts: Mapping[str, Value]) -> dict[Key, Standing]:
        """As a call, for the same rules and one more: a statement that is not in the library."""
        verdicts = self.plain.verdicts(facts)
        truth: Truth = answer(version.condition, facts, verdicts.definitions)
        library = replace(self.library, rules={**self.library.rules, rule.id: rule})
        in_force = replace(self.in_force, versions={**self.in_force.versions, rule.id: version})
        scales = Scales(library, in_force)
        weighed = scales.weigh({**verdicts.rules, rule.id: truth}, facts)
        return {(w.therapy, w.intent): w.outcome.standing for w in weighed}
