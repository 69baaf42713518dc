"""Facts from imaging: receptor status by the newest usable scan alone, FDG, and what else was looked for."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from cdss.facts.agents import Agents
from cdss.facts.draft import Draft, Seen
from cdss.facts.history import Assessment
from cdss.facts.timeline import Span
from cdss.facts.treatment import Given
from cdss.record.imaging import SSTR, Lesion, Study
from cdss.values import Members, Truth

UPTAKES = ("none", "below_liver", "equal_liver", "above_liver", "above_spleen")
_AVID = frozenset(UPTAKES[2:])
_MEASURED_FROM = Decimal(10)
_SAME_LESION_DAYS = 31
_YEAR = 365


def derive_scans(draft: Draft, assessments: Iterable[Assessment], courses: Iterable[Given]) -> None:
    """Writes down everything that rests on scans."""
    imaging = draft.record.imaging
    studies = [s for s in draft.seen(imaging.studies if imaging else ()) if s.entry.usable]
    receptor = [s for s in studies if s.entry.modality in SSTR]
    _receptor(draft, receptor, studies, list(assessments), list(courses))
    fdg = [s for s in studies if s.entry.modality == "fdg_pet"]
    _fdg(draft, fdg, receptor)
    complete = imaging is not None and imaging.complete
    lateral = [s for s in studies if "lateral_pelvic_nodes" in s.entry.regions]
    if lateral:
        draft.put("lateral_nodes_imaged", True, lateral[-1].span, "imaging")
    elif complete:
        draft.put("lateral_nodes_imaged", False, Span(draft.today, draft.today), "imaging (complete)")
    _heart(draft, studies, complete)
    for name, word in (("ascites", "ascites"), ("main_portal_vein_occlusion", "portal_vein_occlusion")):
        _finding(draft, studies, name, word)


# ── somatostatin receptor ─────────────────────────────────────────────────────────────────────


def status_of(study: Study) -> str | None:
    """positive: every lesion takes up at least as much as liver; negative: none; mixed; None when it cannot be told.

    A lesion below 10 mm with low uptake is indeterminate, never negative, and is passed over.
    """
    if study.sstr is not None:
        return study.sstr
    truths = [_avid(lesion) for lesion in study.lesions]
    avid, not_avid = Truth.YES in truths, Truth.NO in truths
    if avid and not_avid:
        return "mixed"
    if any(truth is Truth.UNKNOWN for truth in truths):
        return None
    return "positive" if avid else "negative" if not_avid else None


def _avid(lesion: Lesion) -> Truth | None:
    """Whether a lesion takes up at least as much as liver; None for a small one with low uptake: it says nothing."""
    if lesion.sstr is None:
        return Truth.UNKNOWN
    if lesion.sstr in _AVID:
        return Truth.YES
    small = Truth.UNKNOWN if lesion.size is None else lesion.size.less_than(_MEASURED_FROM)
    return {Truth.YES: None, Truth.NO: Truth.NO, Truth.UNKNOWN: Truth.UNKNOWN}[small]


def lowest_uptake(study: Study) -> str | None:
    """The lowest uptake of a lesion of 10 mm or more; None when it cannot be told."""
    if study.uptake is not None:
        return study.uptake
    sure: list[str] = []
    unsure: list[str | None] = []
    for lesion in study.lesions:
        small = Truth.UNKNOWN if lesion.size is None else lesion.size.less_than(_MEASURED_FROM)
        if small is Truth.NO and lesion.sstr is not None:
            sure.append(lesion.sstr)
        elif small is not Truth.YES:
            unsure.append(lesion.sstr)
    if not sure:
        return None
    lowest = min(sure, key=UPTAKES.index)
    return lowest if all(u is not None and UPTAKES.index(u) >= UPTAKES.index(lowest) for u in unsure) else None


def _receptor(
    draft: Draft,
    receptor: list[Seen[Study]],
    studies: list[Seen[Study]],
    assessments: list[Assessment],
    courses: list[Given],
) -> None:
    if not receptor:
        if draft.record.imaging is not None and draft.record.imaging.complete:
            draft.put("sstr_previously_positive", False, Span(draft.today, draft.today), "imaging (complete)")
        return
    newest = receptor[-1]
    together = [s for s in receptor if s.order == newest.order]
    source = newest.entry.modality.replace("_", " ").replace("sstr", "SSTR").replace("pet", "PET")
    overtaken = _overtaken(newest, studies, assessments, courses, draft.agents)
    statuses = [status_of(s.entry) for s in together]
    agreed = statuses[0] if all(status == statuses[0] for status in statuses) else None
    if any(status != statuses[0] for status in statuses):
        draft.disagreement(("sstr_status", "sstr_uptake", "non_avid_lesion_sites"), newest.span)
    if agreed is None and any(lesion.sstr is not None for lesion in newest.entry.lesions):
        draft.notices.add("SSTR status: some lesions have no recorded size or uptake, so it cannot be told")
    lost = agreed == "negative"
    if overtaken is not None and not lost:
        draft.notices.add(
            f"SSTR status: the scan of {newest.span.last} was overtaken by {overtaken}, so it counts as unknown"
        )
    else:
        # Receptors that were lost do not come back by themselves: a negative scan stands until it is repeated,
        # while what a positive one said wears off.
        draft.put("sstr_status", agreed, newest.span, source, ages=not lost)
        lows = {lowest_uptake(s.entry) for s in together}
        draft.put("sstr_uptake", lows.pop() if len(lows) == 1 else None, newest.span, source, ages=not lost)
    _non_avid(draft, together, agreed, source)
    current = "sstr_status" in draft.facts
    earlier = [s for s in receptor if s.order != newest.order or not current]
    positive = [s for s in earlier if status_of(s.entry) in ("positive", "mixed")]
    if positive:
        draft.put("sstr_previously_positive", True, positive[-1].span, "earlier SSTR scan")
    elif (
        draft.record.imaging is not None
        and draft.record.imaging.complete
        and all(status_of(s.entry) == "negative" for s in earlier)
    ):
        draft.put("sstr_previously_positive", False, newest.span, "imaging (complete)")


def _non_avid(draft: Draft, together: list[Seen[Study]], status: str | None, source: str) -> None:
    sites = {site for s in together for site in s.entry.non_avid_sites}
    sites |= {lesion.site for s in together for lesion in s.entry.lesions if _avid(lesion) is Truth.NO}
    every_lesion_avid = status == "positive" and all(
        _avid(lesion) is Truth.YES for s in together for lesion in s.entry.lesions
    )
    if sites or every_lesion_avid:
        draft.put(
            "non_avid_lesion_sites", Members(frozenset(sites), complete=every_lesion_avid), together[-1].span, source
        )


def _overtaken(
    newest: Seen[Study],
    studies: list[Seen[Study]],
    assessments: list[Assessment],
    courses: list[Given],
    agents: Agents,
) -> str | None:
    """What happened after a receptor scan that takes its word away; None when nothing did.

    A course begun on the day of the scan comes after it when it became known at a later point of that day.
    """
    scan = newest.span
    if any(a.documented and a.span.last > scan.last for a in assessments):
        return "later progression"
    if any(a.new_lesions and a.span.last > scan.last for a in assessments) or any(
        s.span.last > scan.last and s.entry.shows_new_lesions for s in studies
    ):
        return "a new lesion"
    for course in courses:
        agent, begun = course.course.agent, course.start
        later = begun.last > scan.last or (begun.last == scan.last and course.known > newest.known)
        radiation = agent in agents.radioligands | agents.liver_directed
        if radiation and (course.last_given.last > scan.last or (later and begun.day is not None)):
            return "later radioligand or liver-directed treatment"
        kind = agents.systemic_class.get(agent)
        if kind is None or not later:
            continue
        in_use = any(
            agents.systemic_class.get(other.course.agent) == kind and other.may_run_on(scan)
            for other in courses
            if other is not course
        )
        if not in_use:
            return "a change of systemic treatment"
    return None


# ── FDG ───────────────────────────────────────────────────────────────────────────────────────


def _fdg(draft: Draft, fdg: list[Seen[Study]], receptor: list[Seen[Study]]) -> None:
    if not fdg:
        return
    found = draft.latest(fdg, _fdg_status, "fdg_status")
    newest = fdg[-1]
    if found is not None and found.span == newest.span:
        draft.put("fdg_status", found.value, found.span, "FDG-PET")
    uptake = {lesion.id: lesion for lesion in newest.entry.lesions}
    by_id: dict[str, Lesion] = {}
    if receptor and abs((receptor[-1].span.last - newest.span.last).days) <= _SAME_LESION_DAYS:
        by_id = {lesion.id: lesion for lesion in receptor[-1].entry.lesions if lesion.id is not None}
    truths = []
    for lesion in uptake.values() if None not in uptake else newest.entry.lesions:
        if lesion.fdg == "positive":
            other = by_id.get(lesion.id or "")
            avid = _avid(lesion if lesion.sstr is not None or other is None else other)
            truths.append(Truth.UNKNOWN if avid is None else avid.opposite())
        elif lesion.fdg is None:
            truths.append(Truth.UNKNOWN)
    if Truth.YES in truths:
        draft.put("fdg_positive_sstr_negative_lesion", True, newest.span, "FDG-PET and SSTR scan")
    elif _fdg_status(newest.entry) == "negative" or (truths and all(truth is Truth.NO for truth in truths)):
        draft.put("fdg_positive_sstr_negative_lesion", False, newest.span, "FDG-PET and SSTR scan")


def _fdg_status(study: Study) -> str | None:
    if study.fdg is not None:
        return study.fdg
    seen = [lesion.fdg for lesion in study.lesions]
    if "positive" in seen:
        return "positive"
    return "negative" if seen and all(uptake == "negative" for uptake in seen) else None


# ── the rest ──────────────────────────────────────────────────────────────────────────────────


def _heart(draft: Draft, studies: list[Seen[Study]], complete: bool) -> None:
    entries = draft.seen(draft.record.carcinoid_heart)
    draft.put_latest("carcinoid_heart_disease", entries, lambda e: e.present, "echocardiogram")
    spans = [s.span for s in studies if s.entry.modality == "echocardiogram"] + [s.span for s in entries]
    today = Span(draft.today, draft.today)
    if any((draft.today - span.first).days <= _YEAR for span in spans):
        draft.put("echocardiogram_within_12_months", True, max(spans), "echocardiogram")
    elif complete and all((draft.today - span.last).days > _YEAR for span in spans):
        draft.put("echocardiogram_within_12_months", False, today, "imaging (complete)")


def _finding(draft: Draft, studies: list[Seen[Study]], name: str, word: str) -> None:
    """A finding that organ function or a scan may state; the newest decides."""
    told = [(s.span, s.known, getattr(s.entry, name)) for s in draft.seen(draft.record.organ_function)]
    shown = [
        (s.span, s.known, True if word in s.entry.findings else False if word in s.entry.not_found else None)
        for s in studies
    ]
    found = draft.newest([*told, *shown], name)
    if found is not None:
        draft.put(name, bool(found.value), found.span, "organ function and imaging")
