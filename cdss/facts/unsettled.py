"""Scans after the last judged one that leave open whether the disease progressed: told, and nothing is concluded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from cdss.facts.draft import Draft
from cdss.facts.history import Assessment
from cdss.facts.measured import FollowUp
from cdss.facts.timeline import Span
from cdss.response.lesion import Response

COURSE = (
    "extrahepatic_progression",
    "progression",
    "response_basis",
    "response_latest",
    "response_modality",
    "stable_months",
)
"""What counts as unknown while a newer scan leaves the course of the disease open."""

_ONE_LOOK = timedelta(days=14)
"""A report and measurements so close together speak of the same state of the disease (our proposal)."""


def tell_unsettled(draft: Draft, measured: Sequence[FollowUp], found: Sequence[Assessment]) -> None:
    """Alerts for scans not older than the newest of the assessments ``found``, in records that measure lesions.

    A progression that is documented stays so.
    """
    imaging = draft.record.imaging
    if imaging is None or not any(study.baseline for study in imaging.studies):
        return
    newest = found[-1].span if found else None
    for span, text in (*_open(measured), *_elsewhere(draft)):
        if newest is not None and (span.last < newest.first or _progressed(found, span)):
            continue
        draft.contradiction(
            "later-scan-unsettled",
            f"{text} Until that is cleared up, the course of the disease counts as unknown.",
            COURSE,
        )
    for one, other in _contradicting(found):
        if newest in (one.span, other.span):
            draft.contradiction(
                "entries-differ",
                f"What was reported on {one.span.last} and what the lesions measured on {other.span.last} show differ "
                "on progression. Until that is cleared up, it counts as unknown.",
                COURSE,
            )
    last = max((f for f in measured if f.ended is None), key=lambda f: f.span, default=None)
    if last is not None and newest is not None and last.response is Response.NE and last.span.first > newest.last:
        draft.notices.add(
            f"The newest measured study, of {last.span.last}, could not be judged; the course shown is that of "
            f"{newest.last}"
        )


def _progressed(found: Sequence[Assessment], span: Span) -> bool:
    return any(a.documented and a.span.last >= span.first for a in found)


def _open(measured: Sequence[FollowUp]) -> Iterator[tuple[Span, str]]:
    for follow_up in measured:
        if follow_up.open and follow_up.ended is None and follow_up.response is not Response.PD:
            yield follow_up.span, f"The lesions measured on {follow_up.span.last} leave it open: {follow_up.open[0]}."


def _elsewhere(draft: Draft) -> Iterator[tuple[Span, str]]:
    """New lesions, or unequivocal progression, on a study that no baseline is compared with."""
    studies = [s for s in draft.seen(draft.record.imaging.studies if draft.record.imaging else ()) if s.entry.usable]
    kinds = {s.entry.modality for s in studies if s.entry.baseline}
    for seen in studies:
        study = seen.entry
        progressed = study.non_target == "progressed"
        if study.modality in kinds or not (study.shows_new_lesions or progressed):
            continue
        what = "new lesions" if study.shows_new_lesions else "unequivocal progression"
        name = study.modality.replace("_", " ")
        yield (
            seen.span,
            f"A study of another kind ({name}) shows {what} on {seen.span.last}: new disease, or only better seen?",
        )


def _contradicting(found: Sequence[Assessment]) -> Iterator[tuple[Assessment, Assessment]]:
    """A report and a measurement of nearly the same days that differ on progression."""
    computed = [a for a in found if a.by_size is not None]
    for report in (a for a in found if a.by_size is None):
        for other in computed:
            apart = abs(report.span.last - other.span.last)
            if report.span != other.span and apart <= _ONE_LOOK and report.documented != other.documented:
                yield report, other
