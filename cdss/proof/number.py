"""A number as terms: for each threshold of the rules, whether it surely lies below and whether it surely lies above."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias

from cdss.condition import Compare, Op
from cdss.proof.door import Term
from cdss.proof.logic import Logic
from cdss.values import Interval, Truth, Value

Cut: TypeAlias = tuple[Decimal, int]
"""A place between numbers: (b, 0) lies just below b, (b, 1) just above it."""


def cut_of(leaf: Compare) -> tuple[Cut, bool]:
    """Where the leaf divides the numbers, and whether it asks for the lower part."""
    match leaf.op:
        case Op.AT_MOST:
            return (leaf.bound, 1), True
        case Op.MORE_THAN:
            return (leaf.bound, 1), False
        case Op.LESS_THAN:
            return (leaf.bound, 0), True
        case Op.AT_LEAST:
            return (leaf.bound, 0), False


class NumberTerms:
    """An interval with optional ends, told by the cuts it lies below and above; the first and last cut are its range.

    An interval that merely has an upper end lies below the last cut, one that has a lower end above the first.
    """

    def __init__(self, logic: Logic, limits: tuple[Decimal, Decimal], step: Decimal, cuts: Iterable[Cut]) -> None:
        self._logic, self._step = logic, step
        first, last = (limits[0], 0), (limits[1], 1)
        self.cuts = (first, *sorted(cut for cut in set(cuts) if first < cut < last), last)
        self._below = {cut: logic.term() for cut in self.cuts[1:]}
        self._above = {cut: logic.term() for cut in self.cuts[:-1]}
        for lower, upper in zip(self.cuts, self.cuts[1:], strict=False):
            if lower in self._below:
                logic.implies(self._below[lower], self._below[upper])
            if upper in self._above:
                logic.implies(self._above[upper], self._above[lower])
        for cut in self.cuts[1:-1]:
            logic.one_at_most([self._below[cut], self._above[cut]])
        for index, cut in enumerate(self.cuts[:-1]):
            if self._empty(index):  # an interval in which no number of this precision lies is nobody's
                logic.one_at_most([self._above[cut], self._below[self.cuts[index + 1]]])
        self.rails: dict[object, Term] = {
            **{(cut, "below"): term for cut, term in self._below.items()},
            **{(cut, "above"): term for cut, term in self._above.items()},
        }
        self.known = logic.any([self._below[last], self._above[first]])

    def below(self, cut: Cut) -> Term:
        """True when the number surely lies below the cut, which was given at the start or lies out of range."""
        if cut <= self.cuts[0]:
            return self._logic.false
        return self._below[min(cut, self.cuts[-1])]

    def above(self, cut: Cut) -> Term:
        """True when the number surely lies above the cut."""
        if cut >= self.cuts[-1]:
            return self._logic.false
        return self._above[max(cut, self.cuts[0])]

    def compare(self, leaf: Compare) -> tuple[Term, Term]:
        """Surely yes and surely no of a comparison."""
        cut, lower = cut_of(leaf)
        below, above = self.below(cut), self.above(cut)
        return (below, above) if lower else (above, below)

    def exact(self) -> Term:
        """True when the number is known as exactly as any rule can tell."""
        ends = [self._below[self.cuts[-1]], self._above[self.cuts[0]]]
        between = [self._logic.any([self._below[cut], self._above[cut]]) for cut in self.cuts[1:-1]]
        return self._logic.all([*ends, *between])

    def read(self) -> Value | None:
        """The value in a model: a single number where the rules cannot tell it from an interval."""
        holds = self._logic.holds
        above = [i for i, cut in enumerate(self.cuts[:-1]) if holds(self._above[cut])]
        below = [i for i, cut in enumerate(self.cuts) if i and holds(self._below[cut])]
        low, low_open = self._bottom(above[-1]) if above else (None, False)
        high, high_open = self._top(below[0]) if below else (None, False)
        if low is None and high is None:
            return None
        if above and below and below[0] == above[-1] + 1 and not (low_open and high_open):
            point = high if low_open else low
            assert point is not None
            return Interval.point(point)
        return Interval(low, high, low_open, high_open)

    def _empty(self, index: int) -> bool:
        """Whether no number of the fact's precision lies between a cut and the next."""
        bound, side = self.cuts[index]
        return side == 1 and (bound + self._step, 0) >= self.cuts[index + 1]

    def _bottom(self, index: int) -> tuple[Decimal, bool]:
        """The least number above a cut and below the next, and whether it is only approached."""
        bound, side = self.cuts[index]
        if side == 0:
            return bound, False
        beside = bound + self._step
        return (beside, False) if (beside, 0) < self.cuts[index + 1] else (bound, True)

    def _top(self, index: int) -> tuple[Decimal, bool]:
        bound, side = self.cuts[index]
        if side == 1:
            return bound, False
        beside = bound - self._step
        return (beside, False) if (beside, 1) > self.cuts[index - 1] else (bound, True)

    def pinned(self, value: Value | None) -> Iterable[Term]:
        """Terms that hold of exactly this value, as far as the rules can tell."""
        for cut, term in self._below.items():
            yield term if _lies(value, cut) is Truth.YES else -term
        for cut, term in self._above.items():
            yield term if _lies(value, cut) is Truth.NO else -term


def _lies(value: Value | None, cut: Cut) -> Truth:
    """Does the number lie below the cut?"""
    if not isinstance(value, Interval):
        return Truth.UNKNOWN
    return value.at_most(cut[0]) if cut[1] else value.less_than(cut[0])
