"""One condition on one fact, in Kleene's logic: where every answer of the oracle begins."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from cdss.condition import Compare, Includes, Is, Known, OneOf, Op
from cdss.errors import CdssError
from cdss.values import Interval, Members, Truth, Value

FactLeaf: TypeAlias = "Is | OneOf | Compare | Includes | Known"

_YES, _NO, _UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


def leaf_answer(leaf: FactLeaf, value: Value | None) -> Truth:
    """Does the fact, None when it is unknown, have the value asked for?

    Raises CdssError when it holds another kind of value than the leaf asks for.
    """
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
