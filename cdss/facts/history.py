"""The course of the disease: every assessment on imaging, oldest first, and what the newest ones say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cdss.facts.draft import Draft
from cdss.facts.measured import FollowUp
from cdss.facts.timeline import Moment, Span, months_between
from cdss.response.lesion import Response
from cdss.values import Interval

_NOT_IMAGING = ("clinical", "marker")
_ANSWERS = (Response.CR, Response.PR, Response.SD, Response.PD)
_MODALITY_OF = {"sstr_pet": "pet_ct", "fdg_pet": "pet_ct"}


@dataclass(frozen=True, slots=True)
class Assessment:
    """One look at the disease. ``since``: the earlier look it is compared with.

    ``value`` is None where no response was stated, or where computed criteria differ: ``differing`` then has what each
    of them says, by its name. ``by_size`` is the answer of RECIST where it was computed from measured lesions,
    ``beyond_liver`` whether disease outside the liver was looked at.
    """

    span: Span
    known: Moment
    documented: bool
    since: Span | None = None
    months: Interval | None = None
    during: frozenset[str] = frozenset()
    after_stop_of: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    nowhere_else: bool = False
    tempo: str | None = None
    new_lesions: bool = False
    value: str | None = None
    basis: str | None = None
    modality: str | None = None
    agent: str | None = None
    criterion: str | None = None
    beyond_liver: bool = True
    by_size: str | None = None
    differing: tuple[tuple[str, Response], ...] = ()

    @property
    def order(self) -> tuple[Span, Moment]:
        """By day, then by when it became known."""
        return (self.span, self.known)


def assessments(draft: Draft, measured: Sequence[FollowUp] = ()) -> tuple[Assessment, ...]:
    """Every assessment known by now, reported or computed from ``measured``, oldest first.

    Symptoms or markers alone are none.
    """
    found = _beside_each_other(list(_reported(draft)), [_computed(f) for f in measured if f.counts])
    return tuple(sorted(found, key=lambda a: (a.order, repr(a))))


def _computed(follow_up: FollowUp) -> Assessment:
    """What measurements say of one day. It names no therapy: under which one it was seen is for the record to say."""
    response, documented = follow_up.response, follow_up.response is Response.PD
    differing = follow_up.found.differing
    return Assessment(
        follow_up.span,
        follow_up.known,
        documented,
        since=follow_up.since if documented else follow_up.baseline,
        sites=follow_up.sites if documented else frozenset(),
        new_lesions=follow_up.new_lesions,
        value=response.value if response in _ANSWERS and not differing else None,
        basis="computed",
        modality=_MODALITY_OF.get(follow_up.modality, follow_up.modality),
        beyond_liver=follow_up.beyond,
        by_size=response.value,
        differing=differing,
    )


def _beside_each_other(reported: list[Assessment], computed: list[Assessment]) -> Iterator[Assessment]:
    """All of them, where what is computed and what was last reported of the same days count as known together.

    Otherwise the one that became known later would silently take the place of the other.
    """
    spans = {a.span for a in computed}
    last = {a.span: max(b.known for b in reported if b.span == a.span) for a in reported if a.span in spans}
    known = {span: max(a.known for a in computed if a.span == span) for span in spans}
    together = {span: max(known[span], day) for span, day in last.items()}
    for assessment in reported:
        newest = assessment.span in last and assessment.known == last[assessment.span]
        yield replace(assessment, known=together[assessment.span]) if newest else assessment
    for assessment in computed:
        yield replace(assessment, known=together.get(assessment.span, assessment.known))


def _reported(draft: Draft) -> Iterator[Assessment]:
    for seen in draft.seen(draft.record.progression):
        entry = seen.entry
        if entry.criterion in _NOT_IMAGING:
            if entry.status == "documented":
                draft.notices.add(
                    f"Progression of {seen.span.last} rests on symptoms or markers alone and does not count"
                )
            continue
        documented = entry.status == "documented"
        yield Assessment(
            seen.span,
            seen.known,
            documented,
            since=draft.timeline.span(entry.since) if entry.since is not None else None,
            months=entry.interval_months,
            during=frozenset(entry.during),
            after_stop_of=frozenset(entry.after_stop_of),
            sites=frozenset(entry.sites),
            nowhere_else=entry.sites_complete,
            tempo=entry.tempo,
            new_lesions=bool(entry.new_lesions),
            value="PD" if documented else None,
            basis="reported" if documented else None,
            modality=entry.modality,
        )
    for course in draft.record.therapies.courses if draft.record.therapies else ():
        known = draft.timeline.known(course.start, course.known_from)
        if known > draft.moment:
            continue
        for response in draft.seen(course.responses):
            if response.entry.criterion in _NOT_IMAGING:
                continue
            yield Assessment(
                response.span,
                response.known,
                response.entry.value == "PD",
                since=draft.timeline.span(course.start),
                during=frozenset({course.agent}) if response.entry.value == "PD" else frozenset(),
                value=response.entry.value,
                basis=response.entry.basis,
                modality=response.entry.modality,
                agent=course.agent,
                criterion=response.entry.criterion,
            )


def newest_documented(found: tuple[Assessment, ...]) -> tuple[Assessment, ...]:
    """The newest documented progression: all entries of that day; empty when there is none."""
    documented = [a for a in found if a.documented]
    return tuple(a for a in documented if a.order == documented[-1].order)


def derive_history(draft: Draft, found: tuple[Assessment, ...]) -> None:
    """Writes down progression, tempo, stability and the latest response."""
    latest = draft.newest(((a.span, a.known, a.documented) for a in found), "progression", "stable_months")
    if latest is not None:
        draft.put("progression", "documented" if latest.value else "none", latest.span, "assessments")
    newest = newest_documented(found)
    if newest:
        span = newest[0].span
        # Two looks at one progression may go back to different scans; what was reported goes before what is computed.
        told = [a for a in newest if a.by_size is None and _interval(a) is not None] or newest
        months = draft.newest(((a.span, a.known, _interval(a)) for a in told), "progression_interval_months")
        tempo = draft.newest(((a.span, a.known, a.tempo) for a in newest), "tempo")
        draft.put("progression_interval_months", months.value if months else None, span, "progression")
        draft.put("tempo", tempo.value if tempo else None, span, "progression")
    _outside_liver(draft, found)
    if latest is not None and not latest.value:
        draft.put("stable_months", _stable(found), latest.span, "assessments")
    _response(draft, found)
    _necrosis(draft)


def _interval(assessment: Assessment) -> Interval | None:
    if assessment.months is not None:
        return assessment.months
    since = assessment.since
    if since is None or since.first > assessment.span.first:
        return None
    shortest = max(months_between(since.last, assessment.span.first), Decimal(0))
    return Interval(shortest, months_between(since.first, assessment.span.last))


def _outside_liver(draft: Draft, found: tuple[Assessment, ...]) -> None:
    """Progression outside the liver, by the newest assessment alone."""
    if not found:
        return
    together = [a for a in found if a.order == found[-1].order]
    if not any(a.documented for a in together):
        if not any(a.beyond_liver for a in together):
            return
        draft.put("extrahepatic_progression", False, found[-1].span, "assessments")
        return
    sites = {site for a in together for site in a.sites}
    if sites - {"liver", "primary"}:
        draft.put("extrahepatic_progression", True, found[-1].span, "progression")
    elif sites and any(a.nowhere_else for a in together):
        draft.put("extrahepatic_progression", False, found[-1].span, "progression")


def _stable(found: tuple[Assessment, ...]) -> Interval | None:
    """Months from the start of the newest unbroken run of assessments without progression to the newest of them."""
    run: list[Assessment] = []
    before: Assessment | None = None
    for assessment in reversed(found):
        if assessment.documented:
            before = assessment
            break
        run.append(assessment)
    newest, oldest = run[0], run[-1]
    starts = [oldest.span.last]
    if oldest.since is not None and (before is None or oldest.since.first >= before.span.last):
        starts.append(oldest.since.last)
    low = max(months_between(min(starts), newest.span.first), Decimal(0))
    if oldest.months is not None and oldest.months.low is not None:
        low = max(low, months_between(oldest.span.last, newest.span.first) + oldest.months.low)
    high = months_between(before.span.first, newest.span.last) if before is not None else None
    return Interval(low, None if high is None else max(high, low))


_LATEST = ("response_latest", "response_basis", "response_modality")


def _response(draft: Draft, found: tuple[Assessment, ...]) -> None:
    valued = [a for a in found if a.value is not None or a.differing]
    if not valued:
        return
    newest = [a for a in valued if a.order == valued[-1].order]
    computed = [a for a in newest if a.by_size is not None]
    if computed and _contradict([a for a in found if a.order == newest[0].order]):
        draft.disagreement(_LATEST, newest[0].span)
        return
    differing = [a for a in computed if a.differing]
    for assessment in differing:
        _tell_differing(draft, assessment)
    if differing:
        return
    for name, attribute in zip(_LATEST, ("value", "basis", "modality"), strict=True):
        # What was computed and reported alike is computed.
        of = computed if computed and attribute == "basis" else newest
        told = draft.newest(((a.span, a.known, getattr(a, attribute)) for a in of), name)
        if told is not None:
            draft.put(name, told.value, told.span, "assessments")


def _contradict(together: Sequence[Assessment]) -> bool:
    """Whether what was reported of one day is not what RECIST makes of its measurements."""
    # A report by another criterion than RECIST contradicts nothing: criteria differ.
    together = [a for a in together if a.criterion not in ("choi", "mrecist")]
    values = {a.by_size if a.by_size is not None else a.value for a in together} & set(_ANSWERS)
    return len(values) > 1 or len({a.documented for a in together}) > 1


def _tell_differing(draft: Draft, assessment: Assessment) -> None:
    """The answers beside each other; none of them counts as the response."""
    answers = ", ".join(f"{name} {answer.words}" for name, answer in assessment.differing)
    draft.contradiction(
        "response-criteria-differ",
        f"The criteria of {assessment.span.last} differ: {answers}. None of them is chosen; the response counts as "
        "unknown.",
        _LATEST,
    )


def _necrosis(draft: Draft) -> None:
    stated: list[tuple[Span, Moment, bool | None]] = [
        (s.span, s.known, _said(s.entry.findings, s.entry.not_found))
        for s in draft.seen(draft.record.imaging.studies if draft.record.imaging else ())
        if s.entry.usable
    ]
    for course in draft.record.therapies.courses if draft.record.therapies else ():
        if draft.timeline.known(course.start, course.known_from) <= draft.moment:
            stated += [
                (s.span, s.known, _said(s.entry.findings, s.entry.not_found)) for s in draft.seen(course.responses)
            ]
    told = draft.newest(stated, "necrosis_reported")
    if told is not None:
        draft.put("necrosis_reported", told.value, told.span, "imaging")


def _said(findings: tuple[str, ...], not_found: tuple[str, ...]) -> bool | None:
    return True if "necrosis" in findings else False if "necrosis" in not_found else None
