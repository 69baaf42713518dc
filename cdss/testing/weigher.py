"""Where every therapy stands for a patient, by one date's rules: the plain engine and the combination rule alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from cdss.backends.plain import PlainBackend, answer
from cdss.combine import Outcome
from cdss.decision import Standing
from cdss.library import Library
from cdss.program import Program
from cdss.rule import Intent, Rule, Version
from cdss.values import Truth, Value
from cdss.weigh import Scales, Weighed

SUGGESTED = frozenset({Standing.RECOMMENDED, Standing.OPTION})
UNDECIDED = frozenset({Standing.CONDITIONAL, Standing.UNDETERMINED})
Key = tuple[str, Intent]


class Weigher:
    """Standings for facts, with the rules in force on one date. Properties of rules need no second engine.

    ``plain`` answers the statements that are weighed, and nothing else.
    """

    def __init__(self, library: Library, on: date, therapies: Iterable[str] | None = None) -> None:
        """Only ``therapies`` are weighed when they are named."""
        self.library = library
        self.in_force = library.in_force(on)
        self._named = None if therapies is None else tuple(therapies)
        self._scales = Scales(library, self.in_force, self._named)
        program, weighed = self.in_force.program, self._scales.rules
        statements = {name: condition for name, condition in program.rules.items() if name in weighed}
        self.plain = PlainBackend(Program(program.vocabulary, program.strata, statements))
        self._last: tuple[tuple[Mapping[str, Truth], Value | None], Sequence[Weighed]] | None = None

    def __call__(self, facts: Mapping[str, Value]) -> dict[Key, Standing]:
        """Where each therapy stands for each intent; one of which nobody speaks is left out."""
        return {key: outcome.standing for key, outcome in self.outcomes(facts).items()}

    def suggested(self, facts: Mapping[str, Value]) -> set[Key]:
        """What is recommended or an option."""
        return {key for key, standing in self(facts).items() if standing in SUGGESTED}

    def outcomes(self, facts: Mapping[str, Value]) -> dict[Key, Outcome]:
        """As a call, with what each would be and the rules that are open."""
        return {(w.therapy, w.intent): w.outcome for w in self.weighed(facts)}

    def weighed(self, facts: Mapping[str, Value]) -> Sequence[Weighed]:
        """As a call, with the rules that apply or may apply to each."""
        # Of two patients who differ in one fact most are answered alike by every statement, and so stand alike.
        told = (self.plain.verdicts(facts).rules, facts.get("declined"))
        if self._last is None or self._last[0] != told:
            self._last = told, tuple(self._scales.weigh(told[0], facts))
        return self._last[1]

    def with_rule(self, rule: Rule, version: Version, facts: Mapping[str, Value]) -> dict[Key, Standing]:
        """As a call, for the same rules and one more: a statement that is not in the library."""
        verdicts = self.plain.verdicts(facts)
        truth: Truth = answer(version.condition, facts, verdicts.definitions)
        library = replace(self.library, rules={**self.library.rules, rule.id: rule})
        in_force = replace(self.in_force, versions={**self.in_force.versions, rule.id: version})
        scales = Scales(library, in_force, self._named)
        weighed = scales.weigh({**verdicts.rules, rule.id: truth}, facts)
        return {(w.therapy, w.intent): w.outcome.standing for w in weighed}
