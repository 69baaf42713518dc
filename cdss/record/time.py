"""When something was: a date, an offset from time zero, a decision point, or somewhere between two of these."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import PlainValidator

from cdss.vocabulary import Strict

HINT = "write a date (2016-05-26), an offset (+12mo, +5a, +45d, +3w), a decision point, or {after: ..., before: ...}"
_OFFSET = re.compile(r"(?:[+-]\d{1,5}(?:\.\d{1,3})?(?:a|mo|wk|w|d)){1,6}")
_TERM = re.compile(r"([+-]\d+(?:\.\d+)?)(a|mo|wk|w|d)")
_POINT = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Days:
    """A day of the calendar, or the first and last day of a month or year of which no more is known."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Offset:
    """So much after (or before) time zero: numbers with a, mo, w or d, added from left to right."""

    terms: tuple[tuple[Decimal, str], ...]


@dataclass(frozen=True, slots=True)
class AtPoint:
    """The day, and the place in the order of that day, of a decision point."""

    point: str


@dataclass(frozen=True, slots=True)
class Between:
    """Some day from ``after`` to ``before``, both possible."""

    after: Days | Offset | AtPoint
    before: Days | Offset | AtPoint


Time: TypeAlias = Days | Offset | AtPoint | Between


def parse_time(raw: Any) -> Time:
    """The time written. Raises ValueError, without repeating what was written."""
    if isinstance(raw, Mapping):
        if set(raw) != {"after", "before"}:
            raise ValueError("an uncertain date has both ends: {after: ..., before: ...}")
        return Between(_certain(raw["after"]), _certain(raw["before"]))
    return _certain(raw)


def _certain(raw: Any) -> Days | Offset | AtPoint:
    if isinstance(raw, date):
        return Days(raw, raw)
    if isinstance(raw, int) and not isinstance(raw, bool) and 1850 <= raw <= 2200:
        return Days(date(raw, 1, 1), date(raw, 12, 31))
    if not isinstance(raw, str):
        raise ValueError(HINT)
    if _OFFSET.fullmatch(raw):
        return Offset(tuple((Decimal(number), unit) for number, unit in _TERM.findall(raw)))
    if _POINT.fullmatch(raw):
        return AtPoint(raw)
    month = _MONTH.fullmatch(raw)
    try:
        if month:
            first = date(int(month[1]), int(month[2]), 1)
            return Days(first, _month_later(first) - timedelta(days=1))
        day = date.fromisoformat(raw) if len(raw) == 10 else None
    except ValueError:
        raise ValueError("there is no such day in the calendar") from None
    if day is None:
        raise ValueError(HINT)
    return Days(day, day)


def _month_later(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


When: TypeAlias = Annotated[Time, PlainValidator(parse_time)]


class Dated(Strict):
    """Something that was so on a day, and became known then or, where ``known_from`` says so, later."""

    date: When
    known_from: When | None = None
