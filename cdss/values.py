"""What a fact can hold, and the three answers a question about it can have.

A fact that is absent is unknown; there is no value for "unknown".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TypeAlias


class Truth(Enum):
    """Kleene's three answers. UNKNOWN is an answer, never a kind of no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @staticmethod
    def of(value: bool) -> Truth:
        """YES for true, NO for false."""
        return Truth.YES if value else Truth.NO

    def opposite(self) -> Truth:
        """YES and NO swapped; UNKNOWN stays."""
        match self:
            case Truth.YES:
                return Truth.NO
            case Truth.NO:
                return Truth.YES
            case Truth.UNKNOWN:
                return Truth.UNKNOWN


@dataclass(frozen=True, slots=True)
class Interval:
    """A number known to lie between two ends, in the unit of its fact.

    ``low`` or ``high`` is None where that side is open-ended ("at least 2"). An end marked open is not
    itself possible: "< 2" is ``Interval(None, Decimal(2), high_open=True)``.
    """

    low: Decimal | None
    high: Decimal | None
    low_open: bool = False
    high_open: bool = False

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise ValueError("an interval without ends says nothing; leave the fact out")
        if self.low is not None and self.high is not None:
            if self.low > self.high:
                raise ValueError("the lower end lies above the upper end")
            if self.low == self.high and (self.low_open or self.high_open):
                raise ValueError("an interval without any number in it")

    @staticmethod
    def point(value: Decimal | int | str) -> Interval:
        """The interval that holds exactly one number."""
        exact = Decimal(value)
        return Interval(exact, exact)

    @property
    def is_point(self) -> bool:
        """True when the number is known exactly."""
        return self.low is not None and self.low == self.high

    def at_most(self, bound: Decimal) -> Truth:
        """Is the number at most ``bound``? UNKNOWN when the interval straddles it."""
        if self.high is not None and self.high <= bound:
            return Truth.YES
        if self.low is not None and (self.low > bound or (self.low == bound and self.low_open)):
            return Truth.NO
        return Truth.UNKNOWN

    def less_than(self, bound: Decimal) -> Truth:
        """Is the number less than ``bound``? UNKNOWN when the interval straddles it."""
        if self.high is not None and (self.high < bound or (self.high == bound and self.high_open)):
            return Truth.YES
        if self.low is not None and self.low >= bound:
            return Truth.NO
        return Truth.UNKNOWN


@dataclass(frozen=True, slots=True)
class Members:
    """What is known of a set: what is in it, what is not, and whether the list is complete.

    Of a complete list everything unlisted is known to be absent; of an incomplete one it is unknown.
    """

    present: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    complete: bool = False

    def __post_init__(self) -> None:
        if self.present & self.absent:
            raise ValueError("listed as present and as absent at once")

    def includes(self, member: str) -> Truth:
        """Is ``member`` in the set?"""
        if member in self.present:
            return Truth.YES
        if self.complete or member in self.absent:
            return Truth.NO
        return Truth.UNKNOWN


Value: TypeAlias = bool | str | Interval | Members
