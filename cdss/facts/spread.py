"""Where disease was seen, when, and whether it has since been removed: what metastatic sites and M category rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from cdss.anatomy import Organ
from cdss.facts.draft import Draft
from cdss.facts.timeline import Span
from cdss.facts.treatment import Given

ORGANS: frozenset[str] = frozenset(get_args(Organ))
DISTANT = ORGANS - {"regional_nodes", "nodes"}
"""Organs in which a metastasis makes M1. Nodes of a region that nobody stated may be regional."""


@dataclass(frozen=True, slots=True, order=True)
class Sighting:
    """Disease seen in an organ. ``removed``: an operation since then may have taken it out."""

    span: Span
    organ: str
    removed: bool


def sightings(draft: Draft, courses: tuple[Given, ...]) -> tuple[Sighting, ...]:
    """Everything known by now of where metastases were seen, oldest first."""
    # What an operation may have removed: an older finding there no longer says that disease is there now.
    removing = draft.agents.removing
    operations = [(g.start.last, removing[g.course.agent]) for g in courses if g.course.agent in removing]
    return tuple(
        sorted(
            Sighting(span, organ, any(day >= span.first and organ in cleared for day, cleared in operations))
            for span, organ in set(_seen(draft))
        )
    )


def _seen(draft: Draft) -> Iterator[tuple[Span, str]]:
    record = draft.record
    for study in draft.seen(record.imaging.studies if record.imaging else ()):
        if study.entry.usable:
            there = (lesion.site for lesion in study.entry.lesions if not lesion.is_gone)
            for site in (*there, *study.entry.non_avid_sites):
                yield study.span, site
    for sample in draft.seen(record.pathology.samples if record.pathology else ()):
        # Nodes of a resection specimen are out of the body.
        if sample.entry.tumour and not (sample.entry.kind == "resection" and sample.entry.site == "regional_nodes"):
            yield sample.span, sample.entry.site
    for extent in draft.seen(record.extent):
        for organ in extent.entry.sites:
            yield extent.span, organ
    for progression in draft.seen(record.progression):
        for site in progression.entry.sites:
            yield progression.span, site
    for liver in draft.seen(record.liver):
        burden = liver.entry.burden_percent
        if liver.entry.dominant or (burden is not None and burden.low):
            yield liver.span, "liver"
