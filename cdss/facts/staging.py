"""Facts about the primary, the TNM stage, the extent of disease and where its metastases are."""

from __future__ import annotations

from datetime import date

from cdss.facts.draft import Draft, Latest, Seen
from cdss.facts.spread import DISTANT, ORGANS, Sighting, sightings
from cdss.facts.timeline import Span
from cdss.facts.tnm import COLORECTAL, bare, colorectal_groups
from cdss.facts.treatment import Given
from cdss.record.disease import Extent, Stage
from cdss.values import Members, Truth

_M_FACTS = ("m_category", "extent", "metastatic_sites", "extrahepatic_disease", "stage_group")


def derive_primary(draft: Draft, courses: tuple[Given, ...]) -> str | None:
    """Writes down what is known of the primary; its site, when known."""
    seen = draft.seen(draft.record.primary)
    draft.put_latest("primary_site", seen, lambda e: e.site, "primary")
    draft.put_latest("primary_size_mm", seen, lambda e: e.size, "primary")
    draft.put_latest("primary_local_symptoms", seen, lambda e: e.local_symptoms, "primary")
    _removal(draft, courses)
    site = draft.facts.get("primary_site")
    return (
        site.value if site is not None and isinstance(site.value, str) and "primary_site" not in draft.blocked else None
    )


def _removal(draft: Draft, courses: tuple[Given, ...]) -> None:
    therapies = draft.record.therapies
    removed = [g.start for g in courses if "primary" in draft.agents.removing.get(g.course.agent, ())]
    told = draft.latest(draft.seen(draft.record.primary), lambda e: e.resected, "primary_resected")
    if removed:
        if told is not None and told.value is False and told.span.last > max(removed).last:
            draft.contradiction(
                "primary-removal-contradiction",
                "The primary is recorded as still in place after its removal. "
                "Until that is cleared up, it counts as unknown.",
                ("primary_resected",),
            )
        draft.put("primary_resected", True, max(removed), "therapies")
    elif told is not None:
        draft.put("primary_resected", told.value, told.span, "primary")
    elif therapies is not None and therapies.complete:
        draft.put("primary_resected", False, Span(draft.today, draft.today), "therapies (complete)")


def derive_staging(draft: Draft, site: str | None, courses: tuple[Given, ...], progressed: Span | None) -> None:
    """Writes down stage, extent and metastatic sites. ``progressed``: the newest documented progression."""
    found = sightings(draft, courses)
    extents = draft.seen(draft.record.extent)
    stage = _stage(draft)
    stated = draft.latest(extents, lambda e: e.extent, "extent", "m_category")
    _contradictions(draft, stage, stated, found)
    distant = [s for s in found if s.organ in DISTANT]
    m = _m_category(stage, stated, distant)
    if m is not None and m[0] == "M0" and progressed is not None and progressed > m[1]:
        m = None  # something grew since; where to is not recorded
    if m is not None:
        draft.put("m_category", m[0], m[1], "stage and findings")
    if stage is not None:
        draft.put("t_category", bare(stage.entry.t), stage.span, "stage")
        draft.put("n_category", bare(stage.entry.n), stage.span, "stage")
        _group(draft, stage, site, m)
    _extent(draft, stated, distant, m, progressed)
    _sites(draft, extents, found, m, progressed)
    draft.put_latest("tumour_burden", extents, lambda e: e.tumour_burden, "staging")
    draft.put_latest("threatening_site", extents, _threatening, "staging")
    liver = draft.seen(draft.record.liver)
    draft.put_latest("liver_burden_percent", liver, lambda e: e.burden_percent, "liver imaging")
    draft.put_latest("liver_dominant", liver, lambda e: e.dominant, "liver imaging")


def _threatening(extent: Extent) -> bool | None:
    if extent.threatening_sites is None:
        return None
    return bool(extent.threatening_sites.sites) or (False if extent.threatening_sites.complete else None)


def _stage(draft: Draft) -> Seen[Stage] | None:
    seen = draft.seen(draft.record.stage)
    without = [s for s in seen if not s.entry.editions]
    if without:
        draft.remark(
            "stage-without-edition",
            f"The stage of {without[-1].span.last} names no TNM edition and is not used. "
            "Ask pathology which edition it was read by.",
            ("stage_group", "t_category", "n_category"),
        )
    usable = [s for s in seen if s.entry.editions]
    if not usable:
        return None
    newest = [s for s in usable if s.order == usable[-1].order]
    if any(s.entry != newest[0].entry for s in newest):
        draft.disagreement(("t_category", "n_category", "m_category", "stage_group"), newest[0].span)
        return None
    return newest[0]


def _contradictions(
    draft: Draft, stage: Seen[Stage] | None, stated: Latest[str] | None, found: tuple[Sighting, ...]
) -> None:
    m0 = stage is not None and bare(stage.entry.m) == "M0"
    early = [s for s in found if s.organ in DISTANT]
    if m0 and stage is not None:
        seen = sorted({s.organ for s in early if s.span.last <= stage.span.first})
        if seen or (stated is not None and stated.value == "metastatic" and stated.span.last <= stage.span.first):
            where = f": {', '.join(organ.replace('_', ' ') for organ in seen)}" if seen else ""
            draft.contradiction(
                "m-category-contradiction",
                f"The stage of {stage.span.last} says M0, but distant metastases are recorded by then{where}. "
                "Until that is cleared up, extent and stage count as unknown.",
                _M_FACTS,
            )
    if stated is not None and stated.value != "metastatic":
        seen = sorted({s.organ for s in early if not s.removed and s.span.last <= stated.span.first})
        if seen:
            draft.contradiction(
                "extent-contradiction",
                f"The disease of {stated.span.last} is called {stated.value.replace('_', ' ')}, but metastases are "
                f"recorded by then: {', '.join(organ.replace('_', ' ') for organ in seen)}. "
                "Until that is cleared up, the extent counts as unknown.",
                _M_FACTS,
            )


def _m_category(
    stage: Seen[Stage] | None, stated: Latest[str] | None, distant: list[Sighting]
) -> tuple[str, Span] | None:
    """M1 once a distant metastasis was seen; M0 from the newest statement that says so."""
    if distant:
        return "M1", distant[-1].span
    if stated is not None and stated.value == "metastatic":
        return "M1", stated.span
    if stage is not None and (m := bare(stage.entry.m)) is not None:
        return m, stage.span
    return ("M0", stated.span) if stated is not None else None


def _group(draft: Draft, stage: Seen[Stage], site: str | None, spread: tuple[str, Span] | None) -> None:
    entry = stage.entry
    m = spread[0] if spread is not None else None
    groups = colorectal_groups(entry.t, entry.n, m, entry.editions) if site in COLORECTAL else ()
    words = {group for group, _ in groups}
    if entry.group is not None and m == bare(entry.m):
        if words and words != {entry.group}:
            draft.contradiction(
                "stage-contradiction",
                f"The stage group of {stage.span.last} does not follow from its T, N and M. "
                "Until that is cleared up, it counts as unknown.",
                ("stage_group",),
            )
        words = {entry.group}
        groups = groups or ((entry.group, entry.editions[0]),)
    if len(words) == 1 and (len(groups) == len(entry.editions) or len(entry.editions) == 1):
        editions = ", ".join(edition for _, edition in groups)
        newest = max(stage.span, spread[1]) if spread is not None else stage.span
        draft.put("stage_group", words.pop(), newest, f"stage by {editions}")


def _extent(
    draft: Draft,
    stated: Latest[str] | None,
    distant: list[Sighting],
    m: tuple[str, Span] | None,
    progressed: Span | None,
) -> None:
    later = [s.span for s in distant] + ([progressed] if progressed is not None else [])
    if stated is not None and (stated.value == "metastatic" or not any(span > stated.span for span in later)):
        draft.put("extent", stated.value, stated.span, "staging")
    elif m is not None and m[0] == "M1":
        draft.put("extent", "metastatic", m[1], "stage and findings")


def _sites(
    draft: Draft,
    extents: list[Seen[Extent]],
    found: tuple[Sighting, ...],
    m: tuple[str, Span] | None,
    progressed: Span | None,
) -> None:
    whole = next((s for s in reversed(extents) if s.entry.complete), None)
    findings = [s for s in found if s.organ in ORGANS]
    present = {s.organ for s in findings if not s.removed and (whole is None or s.span >= whole.span)}
    newest = max((s.span for s in findings), default=None)
    absent: set[str] = set()
    for extent in extents:
        for organ in extent.entry.free:
            last = max((s.span for s in findings if s.organ == organ and not s.removed), default=None)
            if last == extent.span:
                draft.disagreement(("metastatic_sites", "extrahepatic_disease"), extent.span)
            elif last is None or last < extent.span:
                absent.add(organ)
                present.discard(organ)
    if m is not None and m[0] == "M0":
        absent |= DISTANT - present
    spans = [s.span for s in extents] + ([newest] if newest else []) + ([m[1]] if m else [])
    if not spans or not (present or absent or whole):
        return
    lapsed = whole is None or _has_lapsed(whole, findings, progressed)
    if progressed is not None:
        absent = {organ for organ in absent if _last_free(extents, organ) >= progressed}
    sites = _members(present, absent, complete=not lapsed)
    draft.put("metastatic_sites", sites, max(spans), "staging and findings")
    outside = [sites.includes(organ) for organ in sorted(ORGANS - {"liver"})]
    if Truth.YES in outside:
        draft.put("extrahepatic_disease", True, max(spans), "staging and findings")
    elif all(truth is Truth.NO for truth in outside):
        draft.put("extrahepatic_disease", False, max(spans), "staging and findings")


def _members(present: set[str], absent: set[str], *, complete: bool) -> Members:
    """The sites as a set. With nodes of an unstated region in it, neither regional nor distant nodes are ruled out."""
    if complete and "nodes" in present:
        absent = set(ORGANS - {"regional_nodes", "distant_nodes"})
        complete = False
    return Members(frozenset(present), frozenset() if complete else frozenset(absent - present), complete)


def _has_lapsed(whole: Seen[Extent], findings: list[Sighting], progressed: Span | None) -> bool:
    """Whether a complete list of sites is out of date: progression, a further site, or an operation came after it."""
    if progressed is not None and progressed > whole.span:
        return True
    later = [s for s in findings if s.span >= whole.span]
    return any(s.removed or s.organ not in whole.entry.sites for s in later)


def _last_free(extents: list[Seen[Extent]], organ: str) -> Span:
    """The newest day on which an organ was found free; the beginning of time when never."""
    return max((s.span for s in extents if organ in s.entry.free), default=Span(date.min, date.min))
