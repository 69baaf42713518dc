"""A program with its parts numbered, so that what its rules say again and again is answered once for a patient.

Of the parts of a full rule base three in four are repetitions. A part stands before every whole it belongs to, so one
pass answers all; the numbers then lead from an answer back to the facts that carry it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from itertools import islice
from operator import or_
from typing import TypeAlias

from cdss.backends.leaf import FactLeaf, leaf_answer
from cdss.condition import All, Any, Condition, Holds, Not, leaves
from cdss.program import Program, Verdicts
from cdss.values import Truth, Value

_Group: TypeAlias = "tuple[tuple[int, ...], Truth, Truth] | int"
"""The numbers of its parts, the answer of one that decides it, and its answer when none decides and none is unknown;
or the number of the part that is negated."""

_UNKNOWN = Truth.UNKNOWN

_MOST_SETS = 50_000
"""So many sets of facts are kept at most; a full rule base knows a few thousand."""


class Numbered:
    """The parts of a program, each once: first the leaves, which ask for a fact, then the groups of other parts."""

    def __init__(self, program: Program) -> None:
        """Numbers every definition and every rule of ``program``."""
        self._numbers: dict[object, int] = {}
        self._by_fact: dict[str, list[tuple[int, FactLeaf]]] = defaultdict(list)
        self._absent: list[Truth] = []
        self._leaf_bits: list[int] = []
        self._groups: list[_Group] = []
        self._sets = FactSets()
        conditions = [*(each for stratum in program.strata for each in stratum.values()), *program.rules.values()]
        for leaf in dict.fromkeys(leaf for condition in conditions for leaf in leaves(condition)):
            if isinstance(leaf, Holds):
                continue
            self._numbers[leaf] = len(self._absent)
            self._by_fact[leaf.fact].append((len(self._absent), leaf))
            self._absent.append(leaf_answer(leaf, None))
            self._leaf_bits.append(self._sets.of((leaf.fact,)))
        self._definitions: dict[str, int] = {}
        for stratum in program.strata:
            self._definitions |= {name: self._number(condition) for name, condition in stratum.items()}
        self._rules = {name: self._number(condition) for name, condition in program.rules.items()}

    def answered(self, facts: Mapping[str, Value]) -> Grounded:
        """Every answer for one patient; an absent fact is unknown.

        Raises CdssError when a fact holds another kind of value than a condition asks for.
        """
        answers = self._absent.copy()
        for name, value in facts.items():
            for number, leaf in self._by_fact.get(name, ()):
                answers[number] = leaf_answer(leaf, value)
        for group in self._groups:  # written out, because a call for each group takes half the time
            if isinstance(group, int):
                answers.append(answers[group].opposite())
                continue
            numbers, decisive, otherwise = group
            verdict = otherwise
            for number in numbers:
                found = answers[number]
                if found is decisive:
                    verdict = decisive
                    break
                if found is not otherwise:
                    verdict = _UNKNOWN
            answers.append(verdict)
        return Grounded(
            {name: answers[number] for name, number in self._definitions.items()},
            {name: answers[number] for name, number in self._rules.items()},
            self._rules,
            self._leaf_bits,
            self._groups,
            answers,
            self._sets,
        )

    def _number(self, condition: Condition) -> int:
        match condition:
            case All(parts):
                numbers = tuple(self._number(part) for part in parts)
                return self._kept((All, numbers), (numbers, Truth.NO, Truth.YES))
            case Any(parts):
                numbers = tuple(self._number(part) for part in parts)
                return self._kept((Any, numbers), (numbers, Truth.YES, Truth.NO))
            case Not(part):
                number = self._number(part)
                return self._kept((Not, number), number)
            case Holds(name):
                return self._definitions[name]
        return self._numbers[condition]

    def _kept(self, key: object, group: _Group) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._absent) + len(self._groups)
            self._groups.append(group)
        return self._numbers[key]


class FactSets:
    """Sets of facts as numbers, one bit for each fact: joining two of them is then one operation."""

    def __init__(self) -> None:
        self._bit: dict[str, int] = {}
        self.names = lru_cache(_MOST_SETS)(self._names)

    def of(self, facts: Iterable[str]) -> int:
        """The number of a set of facts."""
        return reduce(or_, (self._bit.setdefault(fact, 1 << len(self._bit)) for fact in facts), 0)

    def known(self, facts: Iterable[str]) -> int:
        """The number of those of ``facts`` that some part of the program mentions."""
        return reduce(or_, (self._bit.get(fact, 0) for fact in facts), 0)

    def _names(self, bits: int) -> tuple[str, ...]:
        """The facts with that number, sorted. Names only, no patient: they are kept."""
        return tuple(sorted(fact for fact, bit in self._bit.items() if bit & bits))


@dataclass(frozen=True, slots=True, eq=False)
class Grounded(Verdicts):
    """Verdicts that lead back to the facts behind them."""

    _numbers: Mapping[str, int] = field(repr=False)
    _leaf_bits: list[int] = field(repr=False)
    _groups: list[_Group] = field(repr=False)
    _answers: list[Truth] = field(repr=False)
    _sets: FactSets = field(repr=False)
    _others: Mapping[str, int] = field(default_factory=dict, repr=False)
    _found: list[int] = field(default_factory=list, repr=False)

    def behind(self, rule: str) -> frozenset[str]:
        """The facts that carry the rule's answer; of an unknown answer the facts it lacks or knows too vaguely.

        The same as ``facts_behind(explain(...))``, without building the tree.
        """
        return frozenset(self.names(self.bits_behind(rule)))

    def bits_behind(self, rule: str) -> int:
        """The facts of ``behind`` as a number: one bit a fact."""
        if rule in self._others:
            return self._others[rule]
        if not self._found:
            self._found.extend(self._behind())
        return self._found[self._numbers[rule]]

    def bits_of(self, facts: Iterable[str]) -> int:
        """Those of ``facts`` that the program mentions, as a number of the same kind."""
        return self._sets.known(facts)

    def names(self, bits: int) -> tuple[str, ...]:
        """The facts of such a number, sorted; the same tuple for the same number."""
        return self._sets.names(bits)

    def changed(self, answers: Mapping[str, tuple[Truth, frozenset[str]]]) -> Grounded:
        """The same patient under rules of which some answer otherwise: each with the facts behind its new answer."""
        return Grounded(
            self.definitions,
            {**self.rules, **{rule: truth for rule, (truth, _) in answers.items()}},
            self._numbers,
            self._leaf_bits,
            self._groups,
            self._answers,
            self._sets,
            {**self._others, **{rule: self._sets.of(facts) for rule, (_, facts) in answers.items()}},
            self._found,
        )

    def _behind(self) -> list[int]:
        """The set of facts behind each part, as bits."""
        answers, found = self._answers, self._leaf_bits.copy()
        for group, truth in zip(self._groups, islice(answers, len(found), None), strict=True):
            if isinstance(group, int):
                found.append(found[group])
                continue
            # Whatever the group and its answer, the parts that carry it are those with the same answer.
            bits = 0
            for part in group[0]:
                if answers[part] is truth:
                    bits |= found[part]
            found.append(bits)
        return found
