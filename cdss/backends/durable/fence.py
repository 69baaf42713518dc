"""The fence: the small part of the engine that is known to be exactly right, and a guard that lets nothing else pass.

Outside it the engine gives silently wrong answers, hangs and crashes, and checks almost nothing by itself. So every
ruleset is inspected here, as it will be sent, whoever made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, NoReturn

from cdss.backends.durable.encoding import LARGEST_NUMBER, LONGEST_TEXT, Column, OutsideTheFence, Relation

START, END = "__start", "__end"
"""Two rules that fire for every patient, first and last: they prove that everything between them was answered."""

DISCRIMINATOR = {"kind": "case"}
"""The first test of every rule, so that the engine's own records can never match."""

SESSION = "c"
"""The one session. No identifier of a patient ever enters the engine."""

_OPERATORS = {relation.value: relation for relation in Relation if relation is not Relation.EQUAL}
_ORDERED = {Relation.BELOW, Relation.AT_MOST, Relation.ABOVE, Relation.AT_LEAST}
_TYPES = {Column.BOOLEAN: bool, Column.NUMBER: int, Column.TEXT: str}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a condition asks of the engine's fixed tables.

    ``firings`` is the most often it can match one patient: once for each combination of branches that hold.
    """

    groups: int
    weight: int
    firings: int
    atoms: int


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that is allowed: per rule, and for ``weight`` and ``attributes`` also per ruleset."""

    groups: int = 15
    weight: int = 60
    firings: int = 64
    atoms: int = 150
    attributes: int = 200

    def admits(self, cost: Cost) -> bool:
        """True when one rule of this cost is allowed."""
        return (
            cost.groups <= self.groups
            and cost.weight <= self.weight
            and cost.firings <= self.firings
            and cost.atoms <= self.atoms
        )


BUDGET = Budget()


def inspect(ruleset: Mapping[str, Any], columns: Mapping[str, Column], budget: Budget = BUDGET) -> int:
    """The most often the rules of ``ruleset`` can fire for one patient, sentinels included.

    Raises OutsideTheFence for anything but: the two sentinels around rules of one pattern each, made of non-empty *and*
    and *or* groups over tests of declared attributes against constants of their own type, within the budget.
    """
    names = list(ruleset)
    if len(names) < 2 or names[0] != START or names[-1] != END:
        _refuse("a ruleset starts and ends with its sentinel")
    if ruleset[START] != _rule(DISCRIMINATOR) or ruleset[END] != {"pri": 1, **_rule(DISCRIMINATOR)}:
        _refuse("a sentinel has only the discriminator")
    seen: set[str] = set()
    costs = [_inspect_rule(name, ruleset[name], columns, seen, budget) for name in names[1:-1]]
    if sum(cost.weight for cost in costs) > budget.weight:
        _refuse("a ruleset is too heavy")
    if len(seen) + 2 > budget.attributes:
        _refuse("a ruleset has too many attributes")
    return sum(cost.firings for cost in costs) + 2


def _rule(pattern: Mapping[str, Any]) -> dict[str, Any]:
    return {"all": [{"m": dict(pattern)}]}


def _inspect_rule(name: object, rule: Any, columns: Mapping[str, Column], seen: set[str], budget: Budget) -> Cost:
    if type(name) is not str or not name.isalnum() or not name.isascii():
        _refuse("a rule has an odd name")
    pattern = _only(_only(rule, "all", of=list), 0, of=dict).get("m")
    if rule != _rule(pattern if type(pattern) is dict else {}):
        _refuse("a rule is not one pattern")
    cost = cost_of(pattern, columns, seen)
    if not budget.admits(cost):
        _refuse("a rule is too large")
    return cost


def cost_of(pattern: Any, columns: Mapping[str, Column], seen: set[str]) -> Cost:
    """The cost of one rule's pattern; the attributes it tests are added to ``seen``. Raises OutsideTheFence."""
    parts = _only(pattern, "$and", of=list)
    if len(parts) < 2 or parts[0] != DISCRIMINATOR:
        _refuse("a rule starts with the discriminator and has something after it")
    return _conjunction([_cost(part, "$and", columns, seen) for part in parts[1:]])


def _only(node: Any, key: str | int, *, of: type) -> Any:
    if type(node) not in (dict, list) or len(node) != 1:
        _refuse("a node has exactly one key")
    try:
        inner = node[key]
    except (KeyError, TypeError):
        _refuse("a node has an unknown shape")
    if type(inner) is not of:
        _refuse("a node has an unknown shape")
    return inner


def _cost(node: Any, parent: str, columns: Mapping[str, Column], seen: set[str]) -> Cost:
    if type(node) is not dict or len(node) != 1:
        _refuse("a node has exactly one key")
    ((key, inner),) = node.items()
    if key in ("$and", "$or"):
        if type(inner) is not list or len(inner) < 2:
            _refuse("a group has at least two parts")
        if key == parent:
            _refuse("a group stands in a group of its own kind")
        costs = [_cost(part, key, columns, seen) for part in inner]
        return _conjunction(costs) if key == "$and" else _disjunction(costs)
    relation = _OPERATORS.get(key, Relation.EQUAL)
    test = node if relation is Relation.EQUAL else inner
    if type(test) is not dict or len(test) != 1:
        _refuse("a test is one attribute against one constant")
    ((attribute, constant),) = test.items()
    column = columns.get(attribute)
    if column is None:
        _refuse("a test names an unknown operator or attribute")
    if type(constant) is not _TYPES[column]:
        _refuse("a constant is not of its attribute's type")
    if relation in _ORDERED and column is not Column.NUMBER:
        _refuse("only numbers have an order")
    if type(constant) is int and not -LARGEST_NUMBER < constant < LARGEST_NUMBER:
        _refuse("a constant is too large")
    if type(constant) is str and len(constant.encode(errors="replace")) > LONGEST_TEXT:
        _refuse("a text is too long")
    seen.add(attribute)
    return Cost(groups=0, weight=1, firings=1, atoms=1)


def _conjunction(costs: list[Cost]) -> Cost:
    return Cost(
        groups=sum(cost.groups for cost in costs) + 1,
        weight=1 + sum(cost.weight - 1 for cost in costs),
        firings=prod(cost.firings for cost in costs),
        atoms=sum(cost.atoms for cost in costs),
    )


def _disjunction(costs: list[Cost]) -> Cost:
    return Cost(
        groups=sum(cost.groups for cost in costs) + 1,
        weight=1 + sum(cost.weight - 1 for cost in costs) + len(costs) - 1,
        firings=sum(cost.firings for cost in costs),
        atoms=sum(cost.atoms for cost in costs),
    )


def _refuse(why: str) -> NoReturn:
    raise OutsideTheFence(f"not sent to the rule engine: {why}")
