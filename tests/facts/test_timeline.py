"""The calendar of a case: points in their order, offsets in calendar steps, and what is known when."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdss.errors import CdssError
from cdss.facts.timeline import Moment, Point, Span, Timeline, add_months, months_between, years_between
from cdss.record.time import parse_time
from tests.facts.derived import ZERO, fact, timeline


@pytest.mark.parametrize(
    ("offset", "day"),
    [
        ("+0d", date(2010, 1, 15)),
        ("+12mo", date(2011, 1, 15)),
        ("+5a", date(2015, 1, 15)),
        ("+45d", date(2010, 3, 1)),
        ("+3w", date(2010, 2, 5)),
        ("+4.5mo", date(2010, 5, 30)),
        ("+0.5a", date(2010, 7, 15)),
        ("+5a+4.5mo+45d", date(2015, 7, 14)),
        ("-1mo", date(2009, 12, 15)),
    ],
)
def test_offsets_are_calendar_steps_from_time_zero(offset: str, day: date) -> None:
    assert timeline().span(parse_time(offset)) == Span(day, day)


def test_a_month_that_lacks_the_day_ends_on_its_last() -> None:
    assert add_months(date(2015, 1, 31), 1) == date(2015, 2, 28)
    assert add_months(date(2016, 2, 29), 12) == date(2017, 2, 28)


def test_points_of_one_day_keep_their_order_and_a_date_is_the_end_of_its_day() -> None:
    line = timeline(first="+0d", second="+0d", third="+1d")
    assert line.moment("first") < line.moment("second") < line.moment("+0d") < line.moment("third")
    assert line.moment("2010-01-15") == Moment.end_of(ZERO)
    assert line.last == line.moment("third")
    point = line.point_at(line.moment("second"))
    assert point is not None
    assert point.id == "second"
    assert line.point_at(line.moment("+0d")) is None


SAME_DAY = """
preferences: {declines: [{therapy: cytotoxic_chemotherapy, date: declined}]}
performance: [{date: +0d, ecog: 1}, {date: +0d, known_from: later, ecog: 2}]
"""


def test_what_a_later_point_of_the_day_brings_is_not_known_at_an_earlier_one() -> None:
    points = {"seen": "+0d", "declined": "+0d", "later": "+0d"}
    refusals = [fact("declined", SAME_DAY, on, **points) for on in ("seen", "declined", "+0d")]
    assert refusals[0] != refusals[1] == refusals[2]
    assert [fact("ecog", SAME_DAY, on, **points) for on in ("seen", "declined")] == [
        fact("ecog", SAME_DAY, "seen", **points)
    ] * 2
    assert fact("ecog", SAME_DAY, "later", **points) != fact("ecog", SAME_DAY, "seen", **points)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([("b", "+1d"), ("a", "+0d")], "order"),
        ([("a", "+0d"), ("a", "+1d")], "same id"),
        ([("a", "2016-02")], "whole date"),
        ([("a", "b")], "date or an offset"),
    ],
)
def test_points_that_cannot_be_are_refused(points: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(CdssError, match=said):
        Timeline.of(ZERO, [Point(id=name, on=on) for name, on in points])


def test_an_offset_without_time_zero_is_refused() -> None:
    with pytest.raises(CdssError, match="time_zero"):
        Timeline.of(None, [Point(id="a", on="+1d")])


def test_a_moment_that_does_not_exist_names_the_nearest_point() -> None:
    with pytest.raises(CdssError, match="did you mean 'surgery'"):
        timeline(surgery="+0d").moment("surgry")
    with pytest.raises(CdssError, match="no decision points"):
        _ = timeline().last


@given(st.dates(date(1990, 1, 1), date(2040, 1, 1)), st.dates(date(1990, 1, 1), date(2040, 1, 1)))
def test_more_time_is_never_fewer_months(start: date, end: date) -> None:
    start, end = min(start, end), max(start, end)
    months = months_between(start, end)
    assert months >= 0
    assert months_between(start, end) <= months_between(start, date.fromordinal(end.toordinal() + 1))
    assert years_between(start, end) == int(months) // 12 or start.day != end.day
