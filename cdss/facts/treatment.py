"""Facts from the history of treatment: what was given, what is running, and how each course ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from cdss.facts.draft import Draft, at_least, count
from cdss.facts.history import Assessment, newest_documented
from cdss.facts.timeline import Moment, Span, months_between
from cdss.record.treatment import Course
from cdss.values import Interval, Members, Truth

_BEFORE_STOP, _AFTER_STOP = 28, 7
_SCANS = ("ct", "mri", "sstr_pet", "sstr_scintigraphy", "fdg_pet", "ultrasound")


@dataclass(frozen=True, slots=True)
class Given:
    """A course that had begun by the moment, as far as it was known then.

    ``end`` is None while it runs; ``stopped`` is true when an end is on record, so that its reason may be read.
    """

    course: Course
    start: Span
    known: Moment
    end: Span | None
    stopped: bool
    today: date

    @property
    def last_given(self) -> Span:
        """The days on which the therapy may have been given last, so far."""
        return self.end if self.end is not None else Span(self.today, self.start.first)

    def may_run_on(self, span: Span) -> bool:
        """Whether the course may have been running on some day of ``span``; the day it began does not count."""
        return self.start.first < span.last and (self.end is None or self.end.last >= span.first)

    def surely_runs_on(self, span: Span) -> bool:
        """Whether the course was running on every day of ``span``; the day of its stop counts."""
        return self.start.last < span.first and (self.end is None or (self.stopped and self.end.first >= span.last))


def given_courses(draft: Draft) -> tuple[Given, ...]:
    """The courses begun by now. One that lies in the future without being planned is told in an alert, not counted."""
    found = []
    for course in draft.record.therapies.courses if draft.record.therapies else ():
        known = draft.timeline.known(course.start, course.known_from)
        if known > draft.moment or course.planned:
            continue
        if draft.timeline.span(course.start).first > draft.today:
            draft.remark(
                "therapy-in-the-future",
                "A therapy is recorded as given whose start lies ahead. "
                "It is not counted; if it is planned, record it as planned.",
                ("prior_therapies",),
            )
            continue
        found.append(_given(draft, course, draft.clipped(course.start, known), known))
    return tuple(sorted(found, key=lambda g: (g.start, g.course.agent, repr(g.course))))


def _given(draft: Draft, course: Course, start: Span, known: Moment) -> Given:
    if course.end is not None:
        told = max(draft.timeline.known(course.end), known)
        if told <= draft.moment:
            end = draft.clipped(course.end, told)
            return Given(course, start, known, Span(end.last, max(end.first, start.first)), True, draft.today)
        return Given(course, start, known, None, False, draft.today)
    if course.agent not in draft.agents.in_sessions:
        return Given(course, start, known, None, False, draft.today)
    once = course.agent in draft.agents.surgery or (course.cycles is not None and course.cycles.high == 1)
    last = start.last if once and start.day is not None else max(start.last, min(known.date, draft.today))
    return Given(course, start, known, Span(last, start.first), False, draft.today)


def planned_courses(draft: Draft) -> tuple[Course, ...]:
    """The courses that were planned by now, in the order of their start."""
    planned = [
        course
        for course in (draft.record.therapies.courses if draft.record.therapies else ())
        if course.planned and draft.timeline.known(course.start, course.known_from) <= draft.moment
    ]
    return tuple(sorted(planned, key=lambda c: (draft.timeline.span(c.start), c.agent, repr(c))))


def _tell_unassigned(draft: Draft, courses: tuple[Given, ...], found: tuple[Assessment, ...]) -> None:
    """Measured growth during a therapy of which nobody says that it was on this therapy: told, never concluded."""
    newest = newest_documented(found)
    if not newest or any(a.by_size is None or a.during or a.after_stop_of for a in newest):
        return
    span = newest[0].span
    words = draft.vocabulary.fact("prior_therapies").values
    running = sorted({words.get(g.course.agent, g.course.agent) for g in courses if g.surely_runs_on(span)})
    if running:
        draft.notices.add(
            f"Lesions measured on {span.last} show progression while {' and '.join(running)} was given; the record "
            "does not say on which therapy the disease progressed, so that this counts as unknown"
        )


def derive_treatment(draft: Draft, courses: tuple[Given, ...], found: tuple[Assessment, ...]) -> None:
    """Writes down everything about earlier and current therapies."""
    complete = _is_complete(draft, courses, found)
    today = Span(draft.today, draft.today)
    newest = max((span for g in courses for span in (g.start, g.end) if span is not None), default=today)
    listed = {g.course.agent for g in courses}
    grown = frozenset(agent for a in found if a.documented for agent in a.during)
    named = grown | frozenset(agent for a in found for agent in a.after_stop_of)
    never = _never(draft, courses)

    _tell_unassigned(draft, courses, found)

    def of_each(judge: Callable[[Given], Truth], also: frozenset[str] = frozenset()) -> Members:
        """A set over agents: in when any course says so, out when every course says not."""
        truths = {agent: [judge(g) for g in courses if g.course.agent == agent] for agent in listed}
        present = also | frozenset(agent for agent, each in truths.items() if Truth.YES in each)
        absent = frozenset(agent for agent, each in truths.items() if all(t is Truth.NO for t in each)) - present
        undecided = listed - present - absent
        if complete and undecided:
            # Of a complete history nothing that was not given is open, whatever is open about what was.
            absent = frozenset(draft.vocabulary.fact("prior_therapies").values) - present - undecided
        absent |= never - present - undecided
        whole = complete and not undecided
        return Members(present, frozenset() if whole else absent, whole)

    source = "therapies (complete)" if complete else "therapies"
    draft.put("prior_therapies", _prior(frozenset(listed | named), never, complete=complete), newest, source)
    draft.put("current_therapies", of_each(lambda g: Truth.of(g.end is None)), newest, source)
    draft.put("progressed_on", of_each(lambda g: _progressed_on(g, found), grown), newest, source)
    draft.put("stopped_for_toxicity", of_each(_for_toxicity), newest, source)
    draft.put("stopped_with_disease_control", of_each(_controlled), newest, source)
    draft.put("contraindicated_by_toxicity", of_each(lambda g: _grade_four(draft, g)), newest, source)
    _after_stop(draft, courses, found, complete)
    _radionuclides(draft, courses, found, complete)


def _prior(given: frozenset[str], never: frozenset[str], *, complete: bool) -> Members:
    return Members(given, frozenset() if complete else never - given, complete)


def _never(draft: Draft, courses: tuple[Given, ...]) -> frozenset[str]:
    """The therapies recorded as not given. One that is also recorded as given before is a contradiction."""
    therapies = draft.record.therapies
    never: set[str] = set()
    for seen in draft.seen(therapies.not_given if therapies else ()):
        agents = {agent for word in seen.entry.therapies for agent in draft.agents.given_by(word)}
        never |= agents
        if any(g.course.agent in agents and g.start.last <= seen.span.first for g in courses):
            draft.contradiction(
                "therapy-history-contradiction",
                f"A therapy recorded as not given by {seen.span.last} is also recorded as given before. "
                "Until that is cleared up, the history counts as unknown.",
                ("prior_therapies", "current_therapies", "progressed_on"),
            )
    known = draft.vocabulary.facts.get("prior_therapies")
    return frozenset(never & set(known.values)) if known is not None else frozenset()


def _is_complete(draft: Draft, courses: tuple[Given, ...], found: tuple[Assessment, ...]) -> bool:
    """Whether every therapy given by now is listed: the record says so, and nothing in it says otherwise."""
    therapies = draft.record.therapies
    if therapies is None or not therapies.complete:
        return False
    named = {agent for a in found for agent in (*a.during, *a.after_stop_of)}
    if named - {g.course.agent for g in courses}:
        draft.remark(
            "therapy-not-listed",
            "The list of therapies is called complete, but a progression names one that is not in it. "
            "Until that is cleared up, the list does not count as complete.",
            ("prior_therapies",),
        )
        return False
    # Whether a plan was carried out is not known once its day has come.
    return not any(draft.timeline.known(course.start) <= draft.moment for course in planned_courses(draft))


# ── how courses ended ─────────────────────────────────────────────────────────────────────────


def _for_toxicity(given: Given) -> Truth:
    if given.end is None:
        return Truth.NO
    reason = given.course.reason_stopped
    return Truth.UNKNOWN if not given.stopped or reason is None else Truth.of(reason == "toxicity")


def _controlled(given: Given) -> Truth:
    if given.end is None:
        return Truth.NO
    if not given.stopped:
        return Truth.UNKNOWN
    if given.course.disease_controlled_at_stop is not None:
        return Truth.of(given.course.disease_controlled_at_stop)
    return Truth.NO if given.course.reason_stopped == "progression" else Truth.UNKNOWN


def _progressed_on(given: Given, found: tuple[Assessment, ...]) -> Truth:
    """Whether the disease progressed under a course. A progression after its stop is none."""
    agent, stopped = given.course.agent, given.stopped
    if any(a.documented and agent in a.during for a in found) or (
        stopped and given.course.reason_stopped == "progression"
    ):
        return Truth.YES
    if stopped and given.course.reason_stopped is not None:
        return Truth.NO
    own = [a for a in found if a.agent == agent]
    if given.end is not None or not own or own[-1].documented:
        return Truth.UNKNOWN
    # A later progression that names no therapy may have been one under this course.
    unnamed = [a for a in found if a.documented and not a.during and not a.after_stop_of and a.order > own[-1].order]
    return Truth.UNKNOWN if any(given.may_run_on(a.span) for a in unnamed) else Truth.NO


def _grade_four(draft: Draft, given: Given) -> Truth:
    events = given.course.adverse_events
    if events is None:
        return Truth.UNKNOWN
    seen = [s.entry.grade for s in draft.seen(events.events)]
    if any(grade is not None and grade >= 4 for grade in seen):
        return Truth.YES
    return Truth.NO if events.complete and None not in seen else Truth.UNKNOWN


# ── progression and the last stop ─────────────────────────────────────────────────────────────


def _after_stop(draft: Draft, courses: tuple[Given, ...], found: tuple[Assessment, ...], complete: bool) -> None:
    stoppable = [g for g in courses if g.course.agent in draft.agents.stoppable]
    _imaged_at_stop(draft, stoppable)
    newest = newest_documented(found)
    if not newest:
        return
    span = newest[0].span
    during = frozenset().union(*(a.during for a in newest))
    after = frozenset().union(*(a.after_stop_of for a in newest))
    drugs = [g for g in stoppable if g.course.agent not in draft.agents.in_sessions or g.stopped or g.end is None]
    if during or any(g.surely_runs_on(span) for g in drugs):
        if after:
            draft.contradiction(
                "progression-off-therapy-contradiction",
                f"The progression of {span.last} is recorded as seen off therapy while a therapy was running. "
                "Until that is cleared up, it counts as unknown.",
                ("last_progression_off_therapy", "days_from_stop_to_progression"),
            )
        draft.put("last_progression_off_therapy", False, span, "progression and therapies")
        return
    # Before any therapy there is no stop after which progression could be seen: then the fact stays unknown.
    earlier = any(g.start.last < span.first for g in stoppable)
    if after or (complete and earlier and not any(g.may_run_on(span) for g in drugs)):
        draft.put("last_progression_off_therapy", True, span, "progression and therapies")
    stops = [
        g.end
        for g in stoppable
        if g.end is not None and g.end.first <= span.last and (not after or g.course.agent in after)
    ]
    if not stops or any(g.end is None and g.may_run_on(span) for g in stoppable):
        return
    last = min(max(stop.last for stop in stops), span.last)
    first = max(stop.first for stop in stops)
    shortest, longest = (span.first - last).days, (span.last - first).days
    draft.put(
        "days_from_stop_to_progression",
        Interval(Decimal(max(shortest, 0)), Decimal(longest)),
        span,
        "progression and therapies",
    )


def _imaged_at_stop(draft: Draft, stoppable: list[Given]) -> None:
    stopped = [g for g in stoppable if g.stopped and g.end is not None]
    if not stopped:
        return
    newest = max(g.end for g in stopped if g.end is not None)
    last = [g.course for g in stopped if g.end == newest]
    stated = {course.imaged_at_stop for course in last} - {None}
    if stated:
        if len(stated) == 1:
            draft.put("imaged_when_stopped", stated.pop(), newest, "therapies")
        return
    imaging = draft.record.imaging
    scans = [s.span for s in draft.seen(imaging.studies if imaging else ()) if s.entry.modality in _SCANS]
    scans += [s.span for course in last for s in draft.seen(course.responses)]
    near = [
        scan
        for scan in scans
        if scan.first >= newest.first - timedelta(days=_BEFORE_STOP)
        and scan.last <= newest.last + timedelta(days=_AFTER_STOP)
    ]
    if near and newest.day is not None:
        draft.put("imaged_when_stopped", True, newest, "imaging")
    elif not near and imaging is not None and imaging.complete:
        draft.put("imaged_when_stopped", False, newest, "imaging (complete)")


# ── radionuclides ─────────────────────────────────────────────────────────────────────────────


def _radionuclides(draft: Draft, courses: tuple[Given, ...], found: tuple[Assessment, ...], complete: bool) -> None:
    prrt = [g for g in courses if g.course.agent in draft.agents.prrt]
    sirt = [g for g in courses if g.course.agent == "sirt"]
    if prrt:
        last = _last(prrt)
        draft.put("months_since_prrt", _months_to(last, draft.today), last, "therapies")
        draft.put("weeks_since_prrt", _weeks_to(last, draft.today), last, "therapies")
        draft.put("prrt_control_months", _control(last, found), last, "therapies and assessments")
    if sirt:
        draft.put("weeks_since_sirt", _weeks_to(_last(sirt), draft.today), _last(sirt), "therapies")
    yttrium = [g for g in prrt if g.course.agent in draft.agents.yttrium_prrt]
    # An activity that nobody wrote down may still be found: it is unknown, not known to be lost.
    if yttrium and all(g.course.activity is not None and g.end is not None for g in yttrium):
        draft.put("prior_90y_activity_known", True, _last(yttrium), "therapies")
    lutetium = [g for g in prrt if g.course.agent in draft.agents.lutetium_prrt]
    draft.put(
        "cumulative_177lu_gbq",
        _sum([_activity(g) for g in lutetium], complete),
        _last_or_today(draft, lutetium),
        "therapies",
    )
    sessions = [_sessions(g) for g in sirt]
    draft.put("sirt_sessions", _sum(sessions, complete), _last_or_today(draft, sirt), "therapies")
    _whole_liver(draft, sirt, complete)


def _last(courses: Iterable[Given]) -> Span:
    """The days on which the last of several courses may have been given last."""
    spans = [g.last_given for g in courses]
    return Span(max(span.last for span in spans), max(span.first for span in spans))


def _last_or_today(draft: Draft, courses: list[Given]) -> Span:
    return _last(courses) if courses else Span(draft.today, draft.today)


def _months_to(span: Span, today: date) -> Interval:
    return Interval(months_between(span.last, today), months_between(span.first, today))


def _weeks_to(span: Span, today: date) -> Interval:
    short, long = ((today - day).days * 10 // 7 for day in (span.last, span.first))
    return Interval(Decimal(short) / 10, Decimal(long) / 10)


def _control(last: Span, found: tuple[Assessment, ...]) -> Interval | None:
    """Months from the last cycle to the first progression after it; at least so many while none was seen."""
    after = [a for a in found if a.span.first >= last.last]
    between = [a for a in found if a.documented and last.first < a.span.last and a.span.first < last.last]
    if between:
        return None
    grown = next((a for a in after if a.documented), None)
    if grown is not None:
        return Interval(months_between(last.last, grown.span.first), months_between(last.first, grown.span.last))
    return at_least(months_between(last.last, after[-1].span.first)) if after else None


def _activity(given: Given) -> Interval | None:
    """The activity of a course that is over; while it runs, what it will have been is not yet known."""
    return given.course.activity if given.end is not None else None


def _sessions(given: Given) -> Interval:
    cycles = given.course.cycles
    return cycles if cycles is not None and given.end is not None else at_least(1)


def _sum(parts: list[Interval | None] | list[Interval], complete: bool) -> Interval | None:
    """The sum; at least so much when the history may be incomplete; None when a part is missing or nothing is known."""
    if any(part is None for part in parts) or (not parts and not complete):
        return None
    known = [part for part in parts if part is not None]
    low = sum((part.low for part in known if part.low is not None), Decimal(0))
    highs = [part.high for part in known]
    if not complete or any(high is None for high in highs):
        return at_least(low)
    return Interval(low, sum((high for high in highs if high is not None), Decimal(0))) if known else count(0)


def _whole_liver(draft: Draft, sirt: list[Given], complete: bool) -> None:
    """Whether SIRT reached the whole liver. Several lobar sessions may have: then it is not known."""
    extents = [g.course.extent for g in sirt]
    once = len(sirt) <= 1 and all((high := _sessions(g).high) is not None and high <= 1 for g in sirt)
    if "whole_liver" in extents:
        draft.put("sirt_whole_liver_given", True, _last(sirt), "therapies")
    elif complete and None not in extents and (once or all(extent == "segmental" for extent in extents)):
        draft.put("sirt_whole_liver_given", False, _last_or_today(draft, sirt), "therapies (complete)")
