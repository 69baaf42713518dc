"""A program → rulesets for the engine: two questions for every name, cut to the budget, packed level by level."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdss.backends.durable.encoding import Atom, Column, Encoding, Matching, OutsideTheFence, Relation
from cdss.backends.durable.fence import BUDGET, DISCRIMINATOR, END, START, Budget, Cost, cost_of, inspect
from cdss.condition import Condition, Not, definitions_used
from cdss.lowering import ALWAYS, AllOf, AnyOf, all_of, definitely, replaced
from cdss.program import Program
from cdss.values import Truth


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a firing says: the answer of a definition (``d:name``), a rule (``r:name``) or a part (``h:number``)."""

    key: str
    truth: Truth


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One ruleset as it is sent. ``outcomes`` says what its rules mean; ``most_firings`` includes the sentinels."""

    name: str
    text: str
    attributes: tuple[str, ...]
    outcomes: Mapping[str, tuple[Outcome, ...]]
    most_firings: int


@dataclass(frozen=True, slots=True)
class Level:
    """Rulesets that can be asked together, and what they settle for later levels: answer → attribute."""

    rulesets: tuple[Ruleset, ...]
    settles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled program. ``constants`` are the answers that need no fact; the first level has nothing but those."""

    encoding: Encoding
    constants: tuple[Outcome, ...]
    levels: tuple[Level, ...]


def compile_program(program: Program, budget: Budget = BUDGET) -> Plan:
    """The plan for ``program``. Raises OutsideTheFence, naming the rule, for anything the engine must not be given."""
    compiler = _Compiler(Encoding(program.vocabulary), budget)
    earlier: set[str] = set()
    for stratum in program.strata:
        for name, condition in stratum.items():
            compiler.definition(name, condition, earlier)
        earlier.update(stratum)
    for name, condition in program.rules.items():
        compiler.rule(name, condition, earlier)
    return compiler.plan()


@dataclass(slots=True, eq=False)
class _Pattern:
    """One engine rule to be: its spelling, what it costs, when it can be asked, and all it answers."""

    spelled: dict[str, Any]
    cost: Cost
    attributes: frozenset[str]
    level: int
    outcomes: dict[Outcome, None] = field(default_factory=dict)


@dataclass(slots=True)
class _Compiler:
    """Collects patterns. One pattern is one engine rule, however many names it answers for."""

    encoding: Encoding
    budget: Budget
    constants: list[Outcome] = field(default_factory=list)
    patterns: dict[Matching, _Pattern] = field(default_factory=dict)
    as_written: dict[Matching, _Pattern] = field(default_factory=dict)
    available: dict[str, int] = field(default_factory=dict)
    settled: dict[str, tuple[int, str]] = field(default_factory=dict)
    hoisted: dict[Matching, Atom] = field(default_factory=dict)

    def definition(self, name: str, condition: Condition, earlier: set[str]) -> None:
        attribute = self.encoding.declare(f"d__{name}", Column.BOOLEAN, "definition", name)
        level = self._both_questions(f"d:{name}", condition, earlier)
        self._settle(f"d:{name}", attribute, level)

    def rule(self, name: str, condition: Condition, earlier: set[str]) -> None:
        self._both_questions(f"r:{name}", condition, earlier)

    def _both_questions(self, key: str, condition: Condition, earlier: set[str]) -> int:
        try:
            unknown = definitions_used(condition) - earlier
            if unknown:
                raise OutsideTheFence(f"it refers to {', '.join(sorted(unknown))}, which is not defined before it")
            surely = replaced(definitely(condition), self.encoding.matching)
            surely_not = replaced(definitely(Not(condition)), self.encoding.matching)
        except OutsideTheFence as refused:
            raise OutsideTheFence(f"{key[2:]}: {refused}") from None
        return max(self._ask(Outcome(key, Truth.YES), surely), self._ask(Outcome(key, Truth.NO), surely_not))

    def _ask(self, outcome: Outcome, tree: Matching) -> int:
        """Adds what answers ``outcome`` and returns the level at which the answer is complete."""
        if tree == ALWAYS:
            self.constants.append(outcome)
            return -1
        level = -1
        for branch in tree.parts if isinstance(tree, AnyOf) else (tree,):
            pattern = self.as_written.get(branch)
            if pattern is None:
                pattern = self.as_written[branch] = self._fitted(branch)
            pattern.outcomes[outcome] = None
            level = max(level, pattern.level)
        return level

    def _settle(self, key: str, attribute: str, level: int) -> None:
        self.settled[key] = (level, attribute)
        self.available[attribute] = level + 1

    def _fitted(self, tree: Matching) -> _Pattern:
        """The same question within the budget: while it is too large, its largest part is asked one level earlier."""
        pattern = self._described(tree)
        while not (self.budget.admits(pattern.cost) and len(pattern.attributes) + 2 <= self.budget.attributes):
            if not isinstance(tree, AllOf):
                raise OutsideTheFence("the budget is too small for a single test")
            tree = self._lightened(tree)
            pattern = self._described(tree)
        return self.patterns.setdefault(_ordered(tree), pattern)

    def _described(self, tree: Matching) -> _Pattern:
        spelled, attributes = _pattern(_ordered(tree)), set[str]()
        cost = cost_of(spelled, self.encoding.columns, attributes)
        level = max((self.available.get(name, 0) for name in attributes), default=0)
        return _Pattern(spelled, cost, frozenset(attributes), level)

    def _lightened(self, tree: AllOf[Atom]) -> Matching:
        groups = [part for part in tree.parts if isinstance(part, AnyOf)]
        if groups:
            costs = [self._described(group).cost for group in groups]
            _, largest = max(enumerate(groups), key=lambda item: (costs[item[0]].firings, costs[item[0]].weight))
            return all_of(self._hoist(part) if part is largest else part for part in tree.parts)
        if len(tree.parts) == 2:
            raise OutsideTheFence("the budget is too small for two tests")
        half = max(2, len(tree.parts) // 2)
        return all_of((self._hoist(AllOf(tree.parts[:half])), *tree.parts[half:]))

    def _hoist(self, part: Matching) -> Atom:
        """A test that holds exactly when ``part`` does, answered at an earlier level."""
        part = _ordered(part)
        if part not in self.hoisted:
            number = str(len(self.hoisted))
            attribute = self.encoding.declare(f"h__{number}", Column.BOOLEAN, "part", number)
            self.hoisted[part] = Atom(attribute, Relation.EQUAL, True)
            self._settle(f"h:{number}", attribute, self._ask(Outcome(f"h:{number}", Truth.YES), part))
        return self.hoisted[part]

    def plan(self) -> Plan:
        levels = []
        for level in range(-1, max((pattern.level for pattern in self.patterns.values()), default=-1) + 1):
            settles = {key: attribute for key, (when, attribute) in self.settled.items() if when == level}
            levels.append(Level(tuple(self._packed(level)), settles))
        return Plan(self.encoding, tuple(self.constants), tuple(levels))

    def _packed(self, level: int) -> Iterator[Ruleset]:
        """The level's patterns in rulesets within the budget. Neighbours test the same attributes: facts stay small."""
        waiting = [pattern for pattern in self.patterns.values() if pattern.level == level]
        waiting.sort(key=lambda pattern: sorted(pattern.attributes))
        batch: list[_Pattern] = []
        weight, attributes, number = 0, frozenset[str](), 0
        for pattern in waiting:
            weight += pattern.cost.weight
            attributes |= pattern.attributes
            if weight > self.budget.weight or len(attributes) + 2 > self.budget.attributes:
                yield self._ruleset(f"level{level}part{number}", batch)
                batch, weight, attributes, number = [], pattern.cost.weight, pattern.attributes, number + 1
            batch.append(pattern)
        if batch:
            yield self._ruleset(f"level{level}part{number}", batch)

    def _ruleset(self, name: str, patterns: Sequence[_Pattern]) -> Ruleset:
        rules: dict[str, Any] = {START: {"all": [{"m": DISCRIMINATOR}]}}
        rules.update({f"e{number}": {"all": [{"m": pattern.spelled}]} for number, pattern in enumerate(patterns)})
        rules[END] = {"pri": 1, "all": [{"m": DISCRIMINATOR}]}
        most = inspect(rules, self.encoding.columns, self.budget)
        attributes = sorted(frozenset[str]().union(*(pattern.attributes for pattern in patterns)))
        outcomes = {f"e{number}": tuple(pattern.outcomes) for number, pattern in enumerate(patterns)}
        return Ruleset(name, json.dumps(rules), tuple(attributes), outcomes, most)


def _pattern(tree: Matching) -> dict[str, Any]:
    """The engine's spelling of one pattern, discriminator first, exactly one key in every node."""
    parts = tree.parts if isinstance(tree, AllOf) else (tree,)
    return {"$and": [DISCRIMINATOR, *(_spelled(part) for part in parts)]}


def _spelled(tree: Matching) -> dict[str, Any]:
    if isinstance(tree, AllOf):
        return {"$and": [_spelled(part) for part in tree.parts]}
    if isinstance(tree, AnyOf):
        return {"$or": [_spelled(part) for part in tree.parts]}
    test = {tree.attribute: tree.constant}
    return test if tree.relation is Relation.EQUAL else {tree.relation.value: test}


def _ordered(tree: Matching) -> Matching:
    """The same tree with the parts of every group in one order, so that equal questions are asked once."""
    if isinstance(tree, AllOf):
        return AllOf(tuple(sorted(map(_ordered, tree.parts), key=repr)))
    if isinstance(tree, AnyOf):
        return AnyOf(tuple(sorted(map(_ordered, tree.parts), key=repr)))
    return tree
