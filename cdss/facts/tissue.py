"""Facts from pathology: grade and Ki-67, highest and latest kept apart, and what the specimen showed."""

from __future__ import annotations

from decimal import Decimal

from cdss.facts.draft import Draft, Seen
from cdss.facts.grade import GEP_SITES, THORACIC_SITES, Graded, carcinoid_type, graded, highest, single_index
from cdss.facts.spread import DISTANT
from cdss.facts.timeline import Span, months_between
from cdss.record.pathology import Sample
from cdss.units import scaled
from cdss.values import Interval

_ONE = Decimal(1)
_GRADES = ("net_grade_highest", "net_grade_latest")


def derive_tissue(draft: Draft, site: str | None) -> None:
    """Writes down what tissue showed. ``site`` is the primary site, when known: it decides whose cut-offs count."""
    pathology = draft.record.pathology
    if pathology is None:
        return
    seen = draft.seen(pathology.samples)
    with_tumour = [s for s in seen if s.entry.tumour]
    _grades_and_indices(draft, with_tumour, site)
    _specimen(draft, seen)
    distant = [s for s in with_tumour if s.entry.site in DISTANT]
    if distant:
        draft.put("metastasis_confirmed_by_tissue", True, distant[-1].span, _named(distant[-1]))
    elif pathology.complete:
        draft.put("metastasis_confirmed_by_tissue", False, Span(draft.today, draft.today), "pathology (complete)")
    if with_tumour:
        newest = with_tumour[-1]
        youngest, oldest = (months_between(day, draft.today) for day in (newest.span.last, newest.span.first))
        draft.put("tissue_age_months", Interval(youngest, oldest), newest.span, _named(newest))


def _grades_and_indices(draft: Draft, seen: list[Seen[Sample]], site: str | None) -> None:
    if not seen:
        return
    thoracic = site in THORACIC_SITES
    results = [graded(s.entry, gep=site in GEP_SITES, thoracic=thoracic) for s in seen]
    if thoracic:
        draft.put_latest("carcinoid_type", seen, carcinoid_type, "pathology")
    newest = [s for s in seen if s.order == seen[-1].order]
    latest = results[-len(newest) :]
    _contradictions(draft, seen, results, latest)
    differentiation = _differentiation(draft, seen, results)
    if differentiation is not None:
        draft.put("differentiation", differentiation[0], differentiation[1], "pathology")
    last, source = seen[-1].span, _named(seen[-1])
    poor = differentiation is not None and differentiation[0] == "poor"
    if not poor and not any(r.open_question for r in results):
        draft.put(
            "net_grade_highest",
            highest(r.grade for r in results if r.grade is not None),
            last,
            "pathology, all samples",
        )
    if not poor and all(r.grade is not None for r in latest):
        draft.put("net_grade_latest", highest(r.grade for r in latest if r.grade is not None), last, source)
    alone = {single_index(s.entry) for s in newest}
    if len(alone) == 1:
        draft.put("single_index_grade", alone.pop(), last, source)
    draft.put(
        "ki67_highest_percent",
        highest(s.entry.ki67 for s in seen if s.entry.ki67 is not None),
        last,
        "pathology, all samples",
    )
    if all(s.entry.ki67 is not None for s in newest):
        draft.put(
            "ki67_latest_percent", highest(s.entry.ki67 for s in newest if s.entry.ki67 is not None), last, source
        )
    rates = [scaled(s.entry.mitoses.rate, _ONE, 1) for s in seen if s.entry.mitoses is not None]
    draft.put("mitoses_highest_per_2mm2", highest(rates), last, "pathology, all samples")


def _contradictions(draft: Draft, seen: list[Seen[Sample]], results: list[Graded], latest: list[Graded]) -> None:
    for sample, result in zip(seen, results, strict=True):
        if not result.contradiction:
            continue
        facts = ["net_grade_highest", "ki67_highest_percent", "mitoses_highest_per_2mm2", "carcinoid_type"]
        if any(result is one for one in latest):
            facts += ["net_grade_latest", "ki67_latest_percent", "single_index_grade"]
        draft.contradiction(
            "grade-contradiction",
            f"Grade, Ki-67, mitoses and differentiation of the {_named(sample)} of {sample.span.last} do not fit. "
            "Until the sample is read again, grade and Ki-67 count as unknown.",
            facts,
        )


def _differentiation(draft: Draft, seen: list[Seen[Sample]], results: list[Graded]) -> tuple[str, Span] | None:
    stated = [(s, r.differentiation) for s, r in zip(seen, results, strict=True) if r.differentiation is not None]
    if any(r.contradiction for r in results) and not any(word == "poor" for _, word in stated):
        # A contradicting sample may be the poorly differentiated one.
        draft.blocked.add("differentiation")
    if not stated:
        return None
    newest, word = stated[-1]
    words = {w for s, w in stated if s.order == newest.order}
    if len(words) > 1 or (word == "well" and any(w == "poor" for _, w in stated)):
        draft.contradiction(
            "differentiation-differs",
            "Some samples are well and some poorly differentiated. "
            "Until they are read again, differentiation and grade count as unknown.",
            ("differentiation", *_GRADES),
        )
        return None
    if word == "poor" and any(w == "well" for _, w in stated):
        draft.remark(
            "differentiation-changed",
            f"The sample of {newest.span.last} is poorly differentiated, an earlier one was well differentiated.",
            ("differentiation",),
        )
    return word, newest.span


def _specimen(draft: Draft, seen: list[Seen[Sample]]) -> None:
    draft.put_latest("lymphovascular_invasion", seen, lambda e: e.lymphovascular_invasion, "pathology")
    draft.put_latest("resection_margin", seen, lambda e: e.margin, "pathology")
    draft.put_latest("nodes_examined", seen, lambda e: e.nodes.examined if e.nodes else None, "pathology")
    draft.put_latest("nodes_positive", seen, lambda e: e.nodes.positive if e.nodes else None, "pathology")


def _named(sample: Seen[Sample]) -> str:
    return f"{sample.entry.kind} ({sample.entry.site.replace('_', ' ')})"
