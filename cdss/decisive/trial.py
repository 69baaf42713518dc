"""The options weighed again with other facts, by the rules of the therapies asked about alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cdss.backends.leaf import FactLeaf, leaf_answer
from cdss.backends.plain import PlainBackend
from cdss.condition import Holds, leaves
from cdss.decision import Standing
from cdss.engine import Evaluation
from cdss.explain import trial_values
from cdss.library import Library
from cdss.program import Program, leaned_on
from cdss.rule import Intent
from cdss.values import Truth, Value
from cdss.weigh import Scales, Weighed
from cdss.wording import describe_value

OPEN = frozenset({Standing.CONDITIONAL, Standing.UNDETERMINED})
OPENED = frozenset({Standing.RECOMMENDED, Standing.OPTION})

Key = tuple[str, Intent]
Standings = Mapping[Key, Standing]


@dataclass(frozen=True, slots=True)
class Move:
    """One fact set otherwise, and where it takes one option. None: nobody speaks of it."""

    fact: str
    to: str
    known: bool
    therapy: str
    intent: Intent
    before: Standing | None
    after: Standing | None


class Trial:
    """The options weighed again with other facts; ``therapies`` None means all of them.

    ``values`` holds for every fact that counts the values to try, one of those that no rule tells apart.
    """

    def __init__(self, evaluation: Evaluation, library: Library, therapies: Iterable[str] | None = None) -> None:
        self._scales = Scales(library, evaluation.in_force, therapies)
        program = program_of(evaluation, self._scales.rules)
        self._plain = PlainBackend(program)
        self.library = library
        self.now = dict(evaluation.sheet.values)
        self.before = self.standings({})
        self.values = _told_apart(trial_values(evaluation, list(program.rules), library), program)
        self._alone: dict[str, list[tuple[Value, Standings]]] = {}

    def standings(self, changes: Mapping[str, Value], facts: Mapping[str, Value] | None = None) -> Standings:
        """Where every option stands with ``changes`` made to the patient's facts, or to ``facts``."""
        seen = {**(self.now if facts is None else facts), **changes}
        return {(w.therapy, w.intent): w.outcome.standing for w, _ in self._weighed(seen)}

    def one(self, key: Key, changes: Mapping[str, Value]) -> tuple[Standing | None, int]:
        """Where one option stands with ``changes`` made, and how many of the rules about it are then undecided."""
        for weighed, verdicts in self._weighed({**self.now, **changes}):
            if (weighed.therapy, weighed.intent) == key:
                return weighed.outcome.standing, sum(verdicts[rule] is Truth.UNKNOWN for rule in weighed.rules)
        return None, 0

    def alone(self, fact: str) -> list[tuple[Value, Standings]]:
        """The standings for every value of one fact but its own, the others left as they are."""
        if fact not in self._alone:
            values = [value for value in self.values.get(fact, []) if self.now.get(fact) != value]
            self._alone[fact] = [(value, self.standings({fact: value})) for value in values]
        return self._alone[fact]

    def moves(self) -> Iterator[Move]:
        """Every single fact that moves an option, the first value that moves it to each standing."""
        for fact in sorted(self.values):
            told: set[tuple[str, Intent, Standing | None]] = set()
            for value, after in self.alone(fact):
                for move in self.differences(fact, value, after):
                    key = (move.therapy, move.intent, move.after)
                    if key not in told:
                        told.add(key)
                        yield move

    def differences(self, fact: str, value: Value, after: Standings) -> Iterator[Move]:
        """The options that stand elsewhere than now."""
        words = describe_value(self.library.vocabulary.fact(fact), value)
        for key in sorted({*self.before, *after}):
            if self.before.get(key) != after.get(key):
                yield Move(fact, words, fact in self.now, key[0], key[1], self.before.get(key), after.get(key))

    def _weighed(self, facts: Mapping[str, Value]) -> Iterator[tuple[Weighed, Mapping[str, Truth]]]:
        verdicts = self._plain.verdicts(facts).rules
        for weighed in self._scales.weigh(verdicts, facts):
            yield weighed, verdicts


def program_of(evaluation: Evaluation, rules: Iterable[str]) -> Program:
    """The named rules with the definitions they rest on, and nothing else."""
    whole = evaluation.in_force.program
    wanted = {rule: whole.rules[rule] for rule in sorted(rules)}
    definitions = evaluation.in_force.definitions
    used = leaned_on(wanted.values(), {name: (condition,) for name, condition in definitions.items()})
    strata = tuple({name: part for name, part in stratum.items() if name in used} for stratum in whole.strata)
    return Program(whole.vocabulary, strata, wanted)


def tests_of(program: Program) -> Iterator[FactLeaf]:
    """Every test of a fact in the rules and definitions of ``program``."""
    for conditions in (*program.strata, program.rules):
        for condition in conditions.values():
            yield from (leaf for leaf in leaves(condition) if not isinstance(leaf, Holds))


def _told_apart(values: Mapping[str, list[Value]], program: Program) -> dict[str, list[Value]]:
    """Of the values that every test answers alike only the first. A wish is weighed without a test: all its values."""
    tests: dict[str, set[FactLeaf]] = {}
    for leaf in tests_of(program):
        tests.setdefault(leaf.fact, set()).add(leaf)
    found = {}
    for fact, tried in values.items():
        if program.vocabulary.fact(fact).preference:
            found[fact] = tried
            continue
        first: dict[tuple[Truth, ...], Value] = {}
        for value in tried:
            first.setdefault(tuple(leaf_answer(leaf, value) for leaf in tests.get(fact, ())), value)
        found[fact] = list(first.values())
    return found
