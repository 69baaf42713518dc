"""Nodes that took up tracer before surgery against nodes that held tumour in the specimen."""

from __future__ import annotations

from cdss.facts.draft import Draft
from cdss.record.imaging import SSTR
from cdss.values import Interval


def derive_nodes(draft: Draft) -> None:
    """Writes down the difference, when both counts are known; the scan is the last usable one before the operation."""
    pathology, imaging = draft.record.pathology, draft.record.imaging
    if pathology is None or imaging is None:
        return
    specimens = [
        s
        for s in draft.seen(pathology.samples)
        if s.entry.kind == "resection" and s.entry.nodes is not None and s.entry.nodes.positive is not None
    ]
    scans = [s for s in draft.seen(imaging.studies) if s.entry.usable and s.entry.modality in SSTR]
    if not specimens:
        return
    specimen = specimens[-1]
    before = [s for s in scans if s.span.last <= specimen.span.first and s.known <= specimen.known]
    if not before or before[-1].entry.avid_nodes is None:
        return
    nodes = specimen.entry.nodes
    assert nodes is not None
    assert nodes.positive is not None
    avid, positive = before[-1].entry.avid_nodes, nodes.positive
    draft.put("sstr_avid_nodes_beyond_pathology", _difference(avid, positive), specimen.span, "SSTR scan and pathology")


def _difference(a: Interval, b: Interval) -> Interval | None:
    low = a.low - b.high if a.low is not None and b.high is not None else None
    high = a.high - b.low if a.high is not None and b.low is not None else None
    if low is None and high is None:
        return None
    return (
        Interval(low, high, a.low_open or b.high_open, a.high_open or b.low_open)
        if low != high
        else Interval(low, high)
    )
