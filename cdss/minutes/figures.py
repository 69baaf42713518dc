"""Two figures with their intervals: a proportion (Wilson) and agreement beyond chance (Cohen's kappa)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate and the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(part: int, whole: int) -> Figure | None:
    """A proportion with Wilson's score interval, without continuity correction; None when ``whole`` is 0.

    Wilson 1927; method 3 of Newcombe, Statistics in Medicine 1998;17:857-872.
    """
    if not 0 <= part <= whole:
        raise ValueError("the part lies between 0 and the whole")
    if whole == 0:
        return None
    share = part / whole
    middle = (share + _Z**2 / (2 * whole)) / (1 + _Z**2 / whole)
    half = _Z * sqrt(share * (1 - share) / whole + _Z**2 / (4 * whole**2)) / (1 + _Z**2 / whole)
    return Figure(share, 0.0 if part == 0 else middle - half, 1.0 if part == whole else middle + half)


def kappa(table: Sequence[Sequence[int]]) -> Figure | None:
    """Cohen's kappa of a square table of counts with its large-sample interval; None where it is not defined.

    The estimate is Cohen 1960; the standard error that of Fleiss, Cohen and Everitt, Psychological Bulletin
    1969;72:323-327. It is not defined without counts, or when both raters only ever give one and the same answer.
    """
    size, total = range(len(table)), sum(map(sum, table))
    if total == 0:
        return None
    share = [[count / total for count in row] for row in table]
    rows = [sum(row) for row in share]
    columns = [sum(row[j] for row in share) for j in size]
    seen = sum(share[i][i] for i in size)
    expected = sum(rows[i] * columns[i] for i in size)
    if expected >= 1:
        return None
    value = (seen - expected) / (1 - expected)
    agree = sum(share[i][i] * (1 - (rows[i] + columns[i]) * (1 - value)) ** 2 for i in size)
    differ = (1 - value) ** 2 * sum(share[i][j] * (columns[i] + rows[j]) ** 2 for i in size for j in size if i != j)
    variance = (agree + differ - (value - expected * (1 - value)) ** 2) / (total * (1 - expected) ** 2)
    half = _Z * sqrt(max(variance, 0.0))
    return Figure(value, max(value - half, -1.0), min(value + half, 1.0))
