"""A condition asked as two plain questions: is it surely so, and is it surely not so?

Both come out as trees of *and* and *or* over literals, without any negation but that inside a literal. A literal
holds only when its fact is known, so whoever answers the two trees never meets an unknown: neither one holding
means UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Generic, Never, TypeAlias, TypeVar, assert_never

from cdss.condition import All, Any, Compare, Condition, Holds, Includes, Is, Known, Leaf, Not, OneOf

L = TypeVar("L")
M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Literal:
    """A leaf that surely holds (``positive``) or surely fails. Of a fact that is not known neither is true."""

    leaf: Leaf
    positive: bool


@dataclass(frozen=True, slots=True)
class AllOf(Generic[L]):
    """Every part. Without parts it is always true."""

    parts: tuple[Tree[L], ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Generic[L]):
    """Some part. Without parts it is never true."""

    parts: tuple[Tree[L], ...]


Tree: TypeAlias = "L | AllOf[L] | AnyOf[L]"
"""A positive tree over some kind of leaf: literals here, an engine's own tests further down."""

Lowered: TypeAlias = "Tree[Literal]"

ALWAYS: Final[AllOf[Never]] = AllOf(())
NEVER: Final[AnyOf[Never]] = AnyOf(())


def definitely(condition: Condition) -> Lowered:
    """When the condition is surely YES. ``definitely(Not(c))`` is when ``c`` is surely NO.

    Constants are folded, nested groups of one kind merged and repeated parts dropped: only the whole answer can be
    ``ALWAYS`` or ``NEVER``, and every group in it has at least two different parts.
    """
    return _lower(condition, positive=True)


def _lower(condition: Condition, *, positive: bool) -> Lowered:
    match condition:
        case All(parts):
            lowered = (_lower(part, positive=positive) for part in parts)
            return all_of(lowered) if positive else any_of(lowered)
        case Any(parts):
            lowered = (_lower(part, positive=positive) for part in parts)
            return any_of(lowered) if positive else all_of(lowered)
        case Not(part):
            return _lower(part, positive=not positive)
        case Is() | OneOf() | Compare() | Includes() | Known() | Holds():
            return Literal(condition, positive)
        case _:
            assert_never(condition)


def all_of(parts: Iterable[Tree[L]]) -> Tree[L]:
    """The parts joined by *and*, simplified."""
    kept: dict[Tree[L], None] = {}
    for part in parts:
        if part == NEVER:
            return AnyOf(())
        kept.update(dict.fromkeys(part.parts if isinstance(part, AllOf) else (part,)))
    return next(iter(kept)) if len(kept) == 1 else AllOf(tuple(kept))


def any_of(parts: Iterable[Tree[L]]) -> Tree[L]:
    """The parts joined by *or*, simplified."""
    kept: dict[Tree[L], None] = {}
    for part in parts:
        if part == ALWAYS:
            return AllOf(())
        kept.update(dict.fromkeys(part.parts if isinstance(part, AnyOf) else (part,)))
    return next(iter(kept)) if len(kept) == 1 else AnyOf(tuple(kept))


def replaced(tree: Tree[L], leaf: Callable[[L], Tree[M]]) -> Tree[M]:
    """The same tree with every leaf put in other words, simplified again."""
    if isinstance(tree, AllOf):
        return all_of(replaced(part, leaf) for part in tree.parts)
    if isinstance(tree, AnyOf):
        return any_of(replaced(part, leaf) for part in tree.parts)
    return leaf(tree)
