"""Markers in blood and urine: a rise may bring the next scan forward; alone it is never progression (our proposal)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cdss.response.lesion import percent

RISE_PERCENT = Decimal(25)


@dataclass(frozen=True, slots=True)
class Sample:
    """One result. None means not known; ``acid_blocker`` is a proton pump inhibitor not stopped in time."""

    day: date
    value: Decimal
    laboratory: str | None = None
    acid_blocker: bool | None = None
    renal_impairment: bool | None = None


@dataclass(frozen=True, slots=True)
class Rise:
    """What a series says: whether earlier imaging is reasonable, and why not; never whether the disease progressed."""

    rose_percent: Decimal | None
    earlier_imaging: bool
    doubts: tuple[str, ...]
    doubled: bool = False

    @property
    def progression(self) -> bool:
        """Always false: a marker alone never makes progression, however much it rose."""
        return False


def marker_rise(samples: Sequence[Sample]) -> Rise:
    """The change from the first to the last sample; needs two of one laboratory without a known confounder."""
    if len(samples) < 2:
        return Rise(None, False, ("one sample shows no rise",))
    ordered = sorted(samples, key=lambda s: s.day)
    first, last = ordered[0], ordered[-1]
    if first.value <= 0:
        return Rise(None, False, ("the first value is not above 0",))
    change = percent(last.value, first.value)
    doubts = tuple(_doubts(first, last))
    return Rise(change, change >= RISE_PERCENT and not doubts, doubts, last.value >= 2 * first.value)


def _doubts(first: Sample, last: Sample) -> Iterator[str]:
    if first.laboratory is None or last.laboratory is None:
        yield "the laboratory of a sample is not known"
    elif first.laboratory != last.laboratory:
        yield "the samples come from two laboratories"
    if last.acid_blocker:
        yield "a proton pump inhibitor raises chromogranin A"
    elif last.acid_blocker is None:
        yield "whether a proton pump inhibitor was taken is not known"
    if last.renal_impairment:
        yield "impaired kidneys raise chromogranin A"
    elif last.renal_impairment is None:
        yield "the renal function on that day is not known"
