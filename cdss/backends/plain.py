"""The oracle: conditions answered as they are written, in Kleene's logic, and the reason tree behind each answer.

Nothing here goes through the lowering, so a comparison with another backend compares two things.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, assert_never

from cdss.condition import All, Any, Compare, Condition, Holds, Includes, Is, Known, Not, OneOf, Op
from cdss.errors import CdssError, EngineDisagreement
from cdss.program import Program, Verdicts
from cdss.reasons import Finding
from cdss.values import Interval, Members, Truth, Value

__all__ = ["Finding", "PlainBackend", "answer", "explain"]

_YES, _NO, _UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


class PlainBackend:
    """Answers a program in plain Python."""

    name = "plain"

    def __init__(self, program: Program) -> None:
        self._program = program

    def verdicts(self, facts: Mapping[str, Value]) -> Verdicts:
        """Every answer, for facts already checked against the vocabulary; an absent fact is unknown."""
        definitions: dict[str, Truth] = {}
        for stratum in self._program.strata:
            definitions.update({name: answer(condition, facts, definitions) for name, condition in stratum.items()})
        rules = {name: answer(condition, facts, definitions) for name, condition in self._program.rules.items()}
        return Verdicts(definitions, rules)

    def close(self) -> None:
        """Nothing to release."""


def answer(condition: Condition, facts: Mapping[str, Value], definitions: Mapping[str, Truth]) -> Truth:
    """Does the condition hold? ``definitions`` has the answer of every definition it refers to.

    Raises CdssError when a fact holds another kind of value than the condition asks for.
    """
    match condition:
        case All():
            verdict = _YES
            for part in condition.parts:
                found = answer(part, facts, definitions)
                if found is _NO:
                    return _NO
                if found is _UNKNOWN:
                    verdict = _UNKNOWN
            return verdict
        case Holds():
            return definitions[condition.definition]
        case Any():
            verdict = _NO
            for part in condition.parts:
                found = answer(part, facts, definitions)
                if found is _YES:
                    return _YES
                if found is _UNKNOWN:
                    verdict = _UNKNOWN
            return verdict
        case Not():
            return answer(condition.part, facts, definitions).opposite()
    return _leaf(condition, facts.get(condition.fact))


def _leaf(leaf: Is | OneOf | Compare | Includes | Known, value: Value | None) -> Truth:
    if isinstance(leaf, Known):
        return Truth.of(value.complete if isinstance(value, Members) else value is not None)
    if value is None:
        return _UNKNOWN
    match leaf:
        case Is() if type(value) is type(leaf.value):
            return _YES if value == leaf.value else _NO
        case OneOf() if isinstance(value, str):
            return _YES if value in leaf.values else _NO
        case Compare() if isinstance(value, Interval):
            return _compare(leaf, value)
        case Includes() if isinstance(value, Members):
            return value.includes(leaf.member)
    raise CdssError(f"the fact '{leaf.fact}' does not hold the kind of value its conditions ask for")


def _compare(leaf: Compare, value: Interval) -> Truth:
    match leaf.op:
        case Op.AT_MOST:
            return value.at_most(leaf.bound)
        case Op.MORE_THAN:
            return value.at_most(leaf.bound).opposite()
        case Op.LESS_THAN:
            return value.less_than(leaf.bound)
        case Op.AT_LEAST:
            return value.less_than(leaf.bound).opposite()
        case _:
            assert_never(leaf.op)


def explain(
    condition: Condition,
    facts: Mapping[str, Value],
    definitions: Mapping[str, Truth],
    definition_conditions: Mapping[str, Condition],
) -> Finding:
    """The reason tree: every part with its answer, definitions opened down to facts.

    ``definitions`` are the answers given for these facts; EngineDisagreement names a definition that comes out
    otherwise.
    """
    opened: dict[str, Finding] = {}

    def find(node: Condition) -> Finding:
        match node:
            case All(parts):
                children = tuple(find(part) for part in parts)
                return Finding(_joined(children, _NO, _YES), node, children=children)
            case Any(parts):
                children = tuple(find(part) for part in parts)
                return Finding(_joined(children, _YES, _NO), node, children=children)
            case Not(part):
                child = find(part)
                return Finding(child.truth.opposite(), node, children=(child,))
            case Holds(name):
                if name not in opened:
                    opened[name] = find(definition_conditions[name])
                if opened[name].truth is not definitions[name]:
                    raise EngineDisagreement(f"the definition '{name}' was answered otherwise than its parts explain")
                return Finding(definitions[name], node, children=(opened[name],))
        value = facts.get(node.fact)
        return Finding(_leaf(node, value), node, value)

    return find(condition)


Grounds: TypeAlias = "tuple[Truth, frozenset[str]]"
"""An answer and the facts that carry it; of an unknown answer, the facts it lacks or knows too vaguely."""


def grounds(
    condition: Condition,
    facts: Mapping[str, Value],
    definition_conditions: Mapping[str, Condition],
    opened: dict[str, Grounds],
) -> Grounds:
    """What ``facts_behind(explain(...))`` gives, without building the tree: for a document that shows no tree.

    ``opened`` keeps the grounds of definitions for further conditions of the same patient.
    """
    match condition:
        case All():
            return _gathered([grounds(p, facts, definition_conditions, opened) for p in condition.parts], _NO, _YES)
        case Any():
            return _gathered([grounds(p, facts, definition_conditions, opened) for p in condition.parts], _YES, _NO)
        case Not():
            truth, names = grounds(condition.part, facts, definition_conditions, opened)
            return truth.opposite(), names
        case Holds(name):
            if name not in opened:
                opened[name] = grounds(definition_conditions[name], facts, definition_conditions, opened)
            return opened[name]
    return _leaf(condition, facts.get(condition.fact)), frozenset((condition.fact,))


def _gathered(parts: list[Grounds], decisive: Truth, otherwise: Truth) -> Grounds:
    truths = {truth for truth, _ in parts}
    answer_ = decisive if decisive in truths else _UNKNOWN if _UNKNOWN in truths else otherwise
    return answer_, frozenset().union(*(names for truth, names in parts if truth is answer_))


def _joined(children: tuple[Finding, ...], decisive: Truth, otherwise: Truth) -> Truth:
    truths = {child.truth for child in children}
    if decisive in truths:
        return decisive
    return _UNKNOWN if _UNKNOWN in truths else otherwise
