"""The condition tree: nine nodes in which every rule is written, and nothing an engine would recognise.

Nodes are frozen and compare by what they say; ``note`` and ``place`` only explain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import TypeAlias, assert_never

from cdss.errors import NOWHERE, Place


class Op(Enum):
    """The four comparisons. Words say which side owns the boundary."""

    AT_MOST = "at_most"
    LESS_THAN = "less_than"
    AT_LEAST = "at_least"
    MORE_THAN = "more_than"

    @property
    def opposite(self) -> Op:
        """The comparison that holds exactly when this one fails."""
        return _OPPOSITE[self]


_OPPOSITE = {
    Op.AT_MOST: Op.MORE_THAN,
    Op.MORE_THAN: Op.AT_MOST,
    Op.LESS_THAN: Op.AT_LEAST,
    Op.AT_LEAST: Op.LESS_THAN,
}


@dataclass(frozen=True, slots=True)
class Is:
    """A boolean or a category against one value: ``extent: metastatic``."""

    fact: str
    value: bool | str
    note: str | None = field(default=None, compare=False)
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OneOf:
    """A category against several values: ``primary_site: [rectum, caecum]``."""

    fact: str
    values: tuple[str, ...]
    note: str | None = field(default=None, compare=False)
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """A number against a threshold: ``ki67_highest_percent: {at_most: 20}``."""

    fact: str
    op: Op
    bound: Decimal
    note: str | None = field(default=None, compare=False)
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Includes:
    """A set against one member: ``prior_therapies: {includes: lanreotide}``."""

    fact: str
    member: str
    note: str | None = field(default=None, compare=False)
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """Whether a fact is known at all; a set counts as known when its list is complete. Alerts and cautions only."""

    fact: str
    note: str | None = field(default=None, compare=False)
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Holds:
    """A named definition, taken at the same date as the rule that refers to it."""

    definition: str
    note: str | None = field(default=None, compare=False)
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class All:
    """Every part. Without parts it always holds."""

    parts: tuple[Condition, ...]
    note: str | None = field(default=None, compare=False)
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Any:
    """Some part. Without parts it never holds."""

    parts: tuple[Condition, ...]
    note: str | None = field(default=None, compare=False)
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of its part; unknown stays unknown."""

    part: Condition
    note: str | None = field(default=None, compare=False)
    place: Place = field(default=NOWHERE, compare=False, repr=False)


Leaf: TypeAlias = Is | OneOf | Compare | Includes | Known | Holds
Condition: TypeAlias = Leaf | All | Any | Not


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Every leaf of the tree, from left to right; a definition is a leaf here."""
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case Is() | OneOf() | Compare() | Includes() | Known() | Holds():
            yield condition
        case _:
            assert_never(condition)


def definitions_used(condition: Condition) -> set[str]:
    """The names of the definitions the tree refers to directly."""
    return {leaf.definition for leaf in leaves(condition) if isinstance(leaf, Holds)}


def facts_used(condition: Condition) -> set[str]:
    """The facts the tree mentions directly, not those behind its definitions."""
    return {leaf.fact for leaf in leaves(condition) if not isinstance(leaf, Holds)}
