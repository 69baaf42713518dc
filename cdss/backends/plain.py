"""The oracle: conditions answered as they are written, in Kleene's logic, and the reason tree behind each answer.

Nothing here goes through the lowering, so a comparison with another backend compares two things.
"""

from __future__ import annotations

from collections.abc import Mapping

from cdss.backends.leaf import leaf_answer
from cdss.backends.numbered import Grounded, Numbered
from cdss.condition import All, Any, Condition, Holds, Not
from cdss.errors import EngineDisagreement
from cdss.program import Program
from cdss.reasons import Finding
from cdss.values import Truth, Value

__all__ = ["Finding", "PlainBackend", "answer", "explain"]

_YES, _NO, _UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


class PlainBackend:
    """Answers a program in plain Python."""

    name = "plain"

    def __init__(self, program: Program) -> None:
        self._numbered = Numbered(program)

    def verdicts(self, facts: Mapping[str, Value]) -> Grounded:
        """Every answer, for facts already checked against the vocabulary; an absent fact is unknown."""
        return self._numbered.answered(facts)

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
    return leaf_answer(condition, facts.get(condition.fact))


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
        return Finding(leaf_answer(node, value), node, value)

    return find(condition)


def _joined(children: tuple[Finding, ...], decisive: Truth, otherwise: Truth) -> Truth:
    truths = {child.truth for child in children}
    if decisive in truths:
        return decisive
    return _UNKNOWN if _UNKNOWN in truths else otherwise
