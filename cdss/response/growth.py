"""Tumour growth rate: how much the volume changes in a month, with what measurement error makes of it.

TG = 3 ln(D1 / D0) / t, TGR = 100 (exp(TG) - 1), t in months (recalled from the methods of GREPONET; Dromain 2019). The
limits of use and the measurement error of 5 % a sum are our proposal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cdss.response.lesion import Exam, not_comparable
from cdss.response.recist import sum_of

DAYS_A_MONTH = 30.4375
ERROR = 0.05
"""The share by which either sum of diameters may be wrong."""
FEWEST_WEEKS, MOST_WEEKS = 8, 26
FEWEST_TARGETS = 2
SMALLEST_SUM_MM = Decimal(30)


@dataclass(frozen=True, slots=True)
class Growth:
    """Per cent of volume a month, and the range that measurement error leaves; None where it may not be computed.

    ``days`` lie between the two examinations.
    It may raise the pace of controls. It never stops or starts a treatment by itself.
    """

    percent_a_month: float | None
    low: float | None = None
    high: float | None = None
    days: int | None = None
    not_computable: tuple[str, ...] = ()


def growth_rate(first: Exam, second: Exam, names: Sequence[str] | None = None) -> Growth:
    """The growth between two examinations, of the lesions of these names; without names, of those on the first."""
    followed = tuple(target.name for target in first.targets) if names is None else tuple(names)
    obstacles = tuple(_obstacles(first, second, followed))
    if obstacles:
        return Growth(None, not_computable=obstacles)
    before, after = sum_of(first, followed), sum_of(second, followed)
    assert before
    assert after
    assert first.day
    assert second.day
    days = (second.day - first.day).days
    months = days / DAYS_A_MONTH
    ratio = float(after) / float(before)
    width = (1 + ERROR) / (1 - ERROR)
    return Growth(_monthly(ratio, months), _monthly(ratio / width, months), _monthly(ratio * width, months), days)


def _monthly(ratio: float, months: float) -> float:
    return 100 * (math.exp(3 * math.log(ratio) / months) - 1)


def _obstacles(first: Exam, second: Exam, names: Sequence[str]) -> Iterator[str]:
    if first.day is None or second.day is None:
        yield "the day of an examination is not known"
    else:
        days = (second.day - first.day).days
        if not 7 * FEWEST_WEEKS <= days <= 7 * MOST_WEEKS:
            yield f"the examinations lie {days} days apart, not {FEWEST_WEEKS} to {MOST_WEEKS} weeks"
    gap = not_comparable(first, second)
    if gap:
        yield gap
    if len(names) < FEWEST_TARGETS:
        yield f"fewer than {FEWEST_TARGETS} lesions were measured"
    before, after = sum_of(first, names), sum_of(second, names)
    if before is None:
        yield "a target was not measured on the examination before"
    elif after is None:
        yield "a target was not measured on this examination"
    elif before < SMALLEST_SUM_MM:
        yield f"the diameters add up to less than {SMALLEST_SUM_MM} mm"
    elif after == 0:
        yield "nothing is left to measure"
