"""Markers in blood and urine: a rise is told in a notice, with what makes it doubtful. It never becomes a fact."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from cdss.facts.draft import Draft, Seen
from cdss.record.disease import Laboratory
from cdss.response.markers import RISE_PERCENT, Sample, marker_rise
from cdss.values import Interval, Members, Truth

_MARKERS = {"chromogranin_a": "Chromogranin A", "hiaa_5": "5-HIAA"}
_LOOKED_BACK = timedelta(days=365)
_IMPAIRED_BELOW = Decimal(60)  # mL/min, as in the alert marker-not-interpretable


def tell_markers(draft: Draft) -> None:
    """A notice for each marker that rose by a quarter or more within the past year.

    Only exact results in the unit of the newest one are looked at.
    """
    seen = draft.seen(draft.record.laboratory)
    for test, name in _MARKERS.items():
        own = [s for s in seen if s.entry.test == test and s.entry.value.is_point]
        own = [s for s in own if s.entry.unit == own[-1].entry.unit and s.span.first >= draft.today - _LOOKED_BACK]
        rise = marker_rise([_sample(draft, s) for s in own])
        if rise.rose_percent is None or rise.rose_percent < RISE_PERCENT:
            continue
        what = "at least doubled" if rise.doubled else f"rose by {rise.rose_percent:.0f} %"
        doubts = f" In doubt: {'; '.join(rise.doubts)}." if rise.doubts else " An earlier scan is reasonable."
        draft.notices.add(
            f"{name} {what} from {own[0].span.last} to {own[-1].span.last}. Alone this is never progression.{doubts}"
        )


def _sample(draft: Draft, seen: Seen[Laboratory]) -> Sample:
    """A result with what is known to raise chromogranin A; neither is known to raise 5-HIAA."""
    value = seen.entry.value.low
    assert value is not None
    if seen.entry.test != "chromogranin_a":
        return Sample(seen.span.last, value, seen.entry.laboratory, acid_blocker=False, renal_impairment=False)
    return Sample(seen.span.last, value, seen.entry.laboratory, _acid_blocker(draft), _renal_impairment(draft))


def _acid_blocker(draft: Draft) -> bool | None:
    drugs = draft.facts.get("comedications")
    if drugs is None or not isinstance(drugs.value, Members):
        return None
    return _sure(drugs.value.includes("proton_pump_inhibitor"))


def _renal_impairment(draft: Draft) -> bool | None:
    clearance = draft.facts.get("creatinine_clearance_ml_min")
    if clearance is None or not isinstance(clearance.value, Interval):
        return None
    return _sure(clearance.value.less_than(_IMPAIRED_BELOW))


def _sure(truth: Truth) -> bool | None:
    return None if truth is Truth.UNKNOWN else truth is Truth.YES
