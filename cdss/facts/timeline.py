"""The calendar of one case: time zero, the decision points in their order, and every written time as days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import assert_never

from cdss.errors import CdssError
from cdss.record.time import AtPoint, Between, Days, Offset, Time, When, parse_time
from cdss.vocabulary import Strict, nearest

_DAYS_IN_A_MONTH = Decimal("30.4375")
_START_OF_DAY = -1
_END_OF_DAY = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A day and a place in its order: before all points of that day, at one of them, or after them all."""

    date: dt.date
    order: int

    @staticmethod
    def start_of(day: dt.date) -> Moment:
        """Before every point of ``day``."""
        return Moment(day, _START_OF_DAY)

    @staticmethod
    def end_of(day: dt.date) -> Moment:
        """After every point of ``day``."""
        return Moment(day, _END_OF_DAY)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The days on which something may have been; one day when it is known."""

    last: date
    first: date

    @property
    def day(self) -> date | None:
        """The day, when it is known."""
        return self.last if self.first == self.last else None


class Point(Strict):
    """A moment at which the board met."""

    id: str
    on: When
    question: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where the points lie. Made with ``Timeline.of``."""

    time_zero: date | None
    points: tuple[Point, ...]
    moments: tuple[Moment, ...]

    @staticmethod
    def of(time_zero: date | None, points: Iterable[Point] = ()) -> Timeline:
        """The points on the calendar. Raises CdssError when one has no day of its own, or they are out of order."""
        bare = Timeline(time_zero, (), ())
        listed = tuple(points)
        moments: list[Moment] = []
        for index, point in enumerate(listed):
            if isinstance(point.on, AtPoint | Between):
                raise CdssError(f"point '{point.id}' needs a date or an offset")
            day = bare.span(point.on).day
            if day is None:
                raise CdssError(f"point '{point.id}' needs a whole date, with month and day")
            moments.append(Moment(day, index))
        for earlier, later, point in zip(moments, moments[1:], listed[1:], strict=False):
            if later < earlier:
                raise CdssError(f"point '{point.id}' lies before the point listed above it; list points in their order")
        if len({point.id for point in listed}) != len(listed):
            raise CdssError("two points have the same id")
        return Timeline(time_zero, listed, tuple(moments))

    @property
    def last(self) -> Moment:
        """The last point. Raises CdssError when there is none."""
        if not self.moments:
            raise CdssError("the case has no decision points; say for which date to look at it")
        return self.moments[-1]

    def moment(self, wanted: str | date | Moment) -> Moment:
        """A point's place in the order; of a date or an offset, the end of that day. Raises CdssError."""
        if isinstance(wanted, Moment):
            return wanted
        if isinstance(wanted, date):
            return Moment.end_of(wanted)
        for point, moment in zip(self.points, self.moments, strict=True):
            if point.id == wanted:
                return moment
        try:
            time = parse_time(wanted)
        except ValueError:
            raise CdssError(
                "a moment is a decision point, a date such as 2016-05-26, or an offset such as +12mo"
            ) from None
        if isinstance(time, AtPoint):
            names = [point.id for point in self.points]
            close = nearest(wanted, names)
            hint = f"did you mean '{close}'?" if close else f"its points are: {', '.join(names) or 'none'}"
            raise CdssError(f"the case has no point '{wanted}'; {hint}")
        return Moment.end_of(self.span(time).last)

    def point_at(self, moment: Moment) -> Point | None:
        """The point that is exactly this moment; None for a date."""
        return next((point for point, own in zip(self.points, self.moments, strict=True) if own == moment), None)

    def span(self, time: Time) -> Span:
        """The days a written time may mean. Raises CdssError: no such point, no time zero, ends reversed."""
        match time:
            case Days(first, last):
                return Span(last, first)
            case Offset():
                if self.time_zero is None:
                    raise CdssError("an offset needs time_zero in the case")
                day = shifted(self.time_zero, time)
                return Span(day, day)
            case AtPoint(point):
                day = self._of_point(point).date
                return Span(day, day)
            case Between(after, before):
                first, last = self.span(after).first, self.span(before).last
                if first > last:
                    raise CdssError("an uncertain date is reversed: after lies later than before")
                return Span(last, first)
            case _:
                assert_never(time)

    def known(self, time: Time, known_from: Time | None = None) -> Moment:
        """From when something dated ``time`` is known: then (uncertain: its later end), or from ``known_from``."""
        if known_from is not None:
            return self._known(known_from)
        return self._known(time)

    def _known(self, time: Time) -> Moment:
        match time:
            case AtPoint(point):
                return self._of_point(point)
            case Between(before=before):
                return self._known(before)
            case Days() | Offset():
                return Moment.start_of(self.span(time).last)
            case _:
                assert_never(time)

    def _of_point(self, wanted: str) -> Moment:
        for point, moment in zip(self.points, self.moments, strict=True):
            if point.id == wanted:
                return moment
        raise CdssError("a date names a decision point that the case does not have")


def shifted(start: date, offset: Offset) -> date:
    """``start`` moved by each term in turn. Months and years are calendar steps; a day that a month lacks is its last.

    >>> shifted(date(2015, 1, 31), Offset(((Decimal(1), "mo"),)))
    datetime.date(2015, 2, 28)
    """
    day = start
    try:
        for number, unit in offset.terms:
            match unit:
                case "d":
                    day += timedelta(days=_whole(number))
                case "w" | "wk":
                    day += timedelta(days=_whole(number * 7))
                case _:
                    months = number * 12 if unit == "a" else number
                    whole = int(months)
                    day = add_months(day, whole) + timedelta(days=_whole((months - whole) * _DAYS_IN_A_MONTH))
    except (OverflowError, ValueError):
        raise CdssError("an offset leads out of the calendar") from None
    return day


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later; the last day of that month when it has no such day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            if not 1 <= year <= 9999:
                raise
    raise AssertionError("every month has 28 days")


def _whole(days: Decimal) -> int:
    return int(days.to_integral_value(ROUND_HALF_EVEN))


def months_between(start: date, end: date) -> Decimal:
    """Months from ``start`` to ``end``, cut (not rounded) to one decimal: 12 only when the twelfth month is over.

    >>> months_between(date(2014, 1, 15), date(2015, 1, 15)), months_between(date(2014, 1, 15), date(2015, 1, 14))
    (Decimal('12'), Decimal('11.9'))
    """
    if end < start:
        return -months_between(end, start)
    whole = (end.year - start.year) * 12 + end.month - start.month
    if add_months(start, whole) > end:
        whole -= 1
    since = add_months(start, whole)
    length = (add_months(start, whole + 1) - since).days
    return whole + Decimal((end - since).days * 10 // length) / 10


def years_between(start: date, end: date) -> int:
    """Completed years from ``start`` to ``end``."""
    whole = end.year - start.year
    return whole - 1 if add_months(start, whole * 12) > end else whole
