"""Measured lesions over time: every later study of a baseline's modality, compared with it by every criterion.

A lesion that a study does not list was not measured there; only a size of 0 says that it is gone. A series ends with
its first progression: what comes after is shown and judged no more, until another study is called baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from cdss.facts.draft import Draft, Seen
from cdss.facts.timeline import Moment, Span
from cdss.record.imaging import Lesion, Study
from cdss.response.choi import Choi
from cdss.response.growth import Growth
from cdss.response.lesion import Exam, NonTarget, Response, Target, not_comparable
from cdss.response.recist import Recist, grew, is_gone, recist, sum_of, targets_of
from cdss.response.together import SideBySide, side_by_side
from cdss.response.viable import Viable
from cdss.values import Interval

_NODES = "lymph nodes"
Begun: TypeAlias = tuple[str, Span]
"""A therapy that was given, by its id, and the days on which it may have begun."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One study beside its baseline. ``known`` is when both of them were known.

    ``since`` is the examination from which a progression counts: that of the smallest sum, or the one before.
    ``ended`` is the progression before this study, after which its series says no more. ``sites`` hold new lesions.
    ``doubts`` are sentences on what this study leaves open; ``open`` are those for which no answer but progression may
    be taken. ``beyond`` is whether somebody judged the disease beside the targets and denied new lesions.
    """

    span: Span
    known: Moment
    modality: str
    phase: str | None
    baseline: Span
    found: SideBySide
    since: Span
    ended: Span | None
    new_lesions: bool
    sites: frozenset[str]
    doubts: tuple[str, ...]
    open: tuple[str, ...]
    beyond: bool

    @property
    def response(self) -> Response:
        """The answer of RECIST 1.1, with which approvals compare."""
        return self.found.recist.response

    @property
    def counts(self) -> bool:
        """Whether it is an assessment of the disease: RECIST has a sure answer, and the series had not ended."""
        sure = self.response is Response.PD or (self.response is not Response.NE and not self.open)
        return self.ended is None and sure


def follow_ups(draft: Draft, begun: Iterable[Begun]) -> tuple[FollowUp, ...]:
    """Every comparison that what is known by now allows, oldest first; none without a study called baseline.

    CT and MRI are not compared with each other, which a notice tells.
    """
    imaging = draft.record.imaging
    studies = [s for s in draft.seen(imaging.studies if imaging else ()) if s.entry.usable]
    baselines = [s for s in studies if s.entry.baseline]
    if not baselines:
        return ()
    given = tuple(begun)
    own = []
    for seen in studies:
        same = [baseline for baseline in baselines if baseline.entry.modality == seen.entry.modality]
        if _speaks(seen.entry):
            own.append((seen, [baseline for baseline in same if _governs(baseline, seen, same)]))
    for seen, governing in own:
        if not any(baseline.entry.modality == seen.entry.modality for baseline in baselines):
            _tell_other_modality(draft, seen, [b for b in baselines if b.span.last < seen.span.last])
        if not governing and not seen.entry.baseline:
            _tell_same_day(draft, seen, baselines)
    found: list[FollowUp] = []
    for baseline in baselines:
        series = [seen for seen, governing in own if any(one is baseline for one in governing)]
        same = [other for other in baselines if other.entry.modality == baseline.entry.modality]
        found += _compared(draft, baseline, _first_exam(draft, baseline, given), series, same, given)
    return tuple(sorted(found, key=lambda f: (f.span, f.known, f.baseline, f.modality)))


# ── which study is compared with which ────────────────────────────────────────────────────────


def _governs(baseline: Seen[Study], study: Seen[Study], baselines: Sequence[Seen[Study]]) -> bool:
    """Whether ``study`` may come after ``baseline`` with no other baseline surely between them."""
    if study is baseline or study.span.last <= baseline.span.last:
        return False
    return not any(
        other is not study and other.span.first > baseline.span.last and other.span.last < study.span.first
        for other in baselines
    )


def _speaks(study: Study) -> bool:
    """Whether a study says anything of the response: a size, new lesions, or the disease that is not measured."""
    measured = any(lesion.size is not None for lesion in study.lesions)
    return measured or study.shows_new_lesions is not None or study.non_target is not None


def _tell_other_modality(draft: Draft, seen: Seen[Study], own: Sequence[Seen[Study]]) -> None:
    """CT and MRI are not compared with each other: said where a study has baselines of the other kind only."""
    kinds = {baseline.entry.modality for baseline in own}
    if own and seen.entry.modality not in kinds and {seen.entry.modality} | kinds <= {"ct", "mri"}:
        draft.notices.add(
            f"The {seen.entry.modality.upper()} of {seen.span.last} is not compared with the baseline of "
            f"{own[-1].span.last}, which is {own[-1].entry.modality.upper()}"
        )


def _tell_same_day(draft: Draft, seen: Seen[Study], baselines: Sequence[Seen[Study]]) -> None:
    """A second study of the baseline's own day and modality is not compared with it."""
    if any(b.span == seen.span and b.entry.modality == seen.entry.modality for b in baselines):
        draft.notices.add(
            f"There is another study of the day of the baseline, {seen.span.last}, by the same modality; what it "
            "measured is not used. If it is the same examination, write it as one study; if not, correct its date"
        )


def _is_clear(baseline: Seen[Study], study: Seen[Study], baselines: Sequence[Seen[Study]]) -> bool:
    """Whether the days leave no doubt that this is the baseline of the study."""
    return baseline.span.last < study.span.first and not any(
        other is not study
        and baseline.span.last < other.span.last
        and other.span.first <= study.span.last
        and other.span.last >= study.span.first
        and (other.span.day is None or study.span.day is None)
        for other in baselines
    )


# ── the comparison ────────────────────────────────────────────────────────────────────────────


def _compared(
    draft: Draft,
    baseline: Seen[Study],
    first: Exam,
    series: Sequence[Seen[Study]],
    baselines: Sequence[Seen[Study]],
    given: Sequence[Begun],
) -> Iterator[FollowUp]:
    """The studies of one series in their order, each beside the baseline and those before it."""
    left_out = _left_out(baseline.entry, first)
    listed = frozenset(lesion.id for lesion in baseline.entry.lesions if lesion.id is not None)
    exams = _with_new_lesions(series, [_exam(seen, left_out, listed) for seen in series], listed)
    ended: Span | None = None
    for place, (seen, exam) in enumerate(zip(series, exams, strict=True)):
        others = [
            (other.span, earlier)
            for other, earlier in zip(series[place + 1 :], exams[place + 1 :], strict=True)
            if other.span.first <= seen.span.last
        ]
        others += [(other.span, earlier) for other, earlier in zip(series[:place], exams[:place], strict=True)]
        found = side_by_side(first, [earlier for _, earlier in others], exam)
        sure = recist(first, [earlier for span, earlier in others if span.last < seen.span.first], exam)
        if sure.response is not found.recist.response or not _is_clear(baseline, seen, baselines):
            found = _UNCLEAR
        yield FollowUp(
            seen.span,
            max(baseline.known, seen.known),
            seen.entry.modality,
            seen.entry.phase,
            baseline.span,
            found,
            _since(baseline.span, first, others, exam, found),
            ended if ended is not None and ended.last < seen.span.first else None,
            bool(exam.new_lesions),
            frozenset(lesion.site for lesion in _new(seen.entry, listed)),
            (*_vague(seen.entry), *_wrongly_new(seen.entry, listed)),
            (
                *_unlisted_names(seen.entry, listed, series[:place]),
                *_grown(seen.entry, left_out),
                *_treated_since(baseline.entry, seen.entry, found),
                *_procedures(draft, baseline, seen, found, given),
            ),
            exam.new_lesions is False and seen.entry.non_target is not None,
        )
        if found.recist.response is Response.PD and ended is None:
            ended = seen.span


def _since(baseline: Span, first: Exam, others: Sequence[tuple[Span, Exam]], exam: Exam, found: SideBySide) -> Span:
    """From when a progression counts: the last examination that denied new lesions, or the newest smallest sum.

    The second where sizes alone tell it.
    """
    if exam.new_lesions or exam.non_target is NonTarget.PROGRESSED:
        without = [span for span, earlier in others if earlier.new_lesions is False]
        return without[-1] if without else baseline
    names, nadir = found.recist.targets, found.recist.nadir_mm
    smallest = [
        span for span, earlier in others if not not_comparable(first, earlier) and sum_of(earlier, names) == nadir
    ]
    return smallest[-1] if smallest and nadir is not None else baseline


_DAYS_OPEN = "the days of the examinations are not known well enough to say which came first"
_UNCLEAR = SideBySide(
    Recist(Response.NE, (_DAYS_OPEN,), (), (), None, None, None),
    Choi(Response.NE, _DAYS_OPEN, None, None, None),
    Choi(Response.NE, _DAYS_OPEN, None, None, None),
    Viable(Response.NE, (_DAYS_OPEN,)),
    Growth(None, not_computable=(_DAYS_OPEN,)),
    (),
)


# ── studies as examinations ───────────────────────────────────────────────────────────────────


def _first_exam(draft: Draft, baseline: Seen[Study], given: Sequence[Begun]) -> Exam:
    """The baseline, where lesions that an earlier local treatment may have reached are known as such."""
    targets = []
    for lesion in baseline.entry.lesions:
        target = _target(lesion)
        if lesion.treated_locally is None:
            perhaps = [
                agent for agent, start in given if start.first < baseline.span.last and _reaches(draft, agent, lesion)
            ]
            target = replace(target, perhaps_treated_by=_therapies(draft, perhaps) if perhaps else None)
        targets.append(target)
    return replace(_exam(baseline, (), frozenset()), targets=tuple(targets))


def _reaches(draft: Draft, agent: str, lesion: Lesion) -> bool:
    """Whether a therapy may have gone where the lesion lies: through the liver's artery, or anywhere by radiation."""
    agents = draft.agents
    return agent in agents.radiotherapy or (agent in agents.liver_directed and lesion.site == "liver")


def _therapies(draft: Draft, agents: Iterable[str]) -> str:
    fact = draft.vocabulary.facts.get("prior_therapies")
    names = fact.values if fact is not None else {}
    return " or ".join(dict.fromkeys(names.get(agent, agent.replace("_", " ")) for agent in sorted(set(agents))))


def _exam(seen: Seen[Study], left_out: Sequence[Lesion], listed: frozenset[str]) -> Exam:
    """A study; ``listed`` names the lesions of its baseline, none of which can be new."""
    study = seen.entry
    return Exam(
        seen.span.day,
        study.modality,
        tuple(_target(lesion) for lesion in study.lesions),
        study.phase.replace("_", " ") if study.phase else None,
        _not_measured(study, left_out),
        _shows_new(study, listed),
        study.new_nodule,
    )


def _target(lesion: Lesion) -> Target:
    return Target(
        lesion.id or f"a lesion without a name ({lesion.site.replace('_', ' ')})",
        _NODES if lesion.is_node else lesion.site,
        _exactly(lesion.size),
        lesion.is_node,
        _exactly(lesion.viable),
        _exactly(lesion.hu),
        bool(lesion.treated_locally),
        lesion.grew_since_treatment,
    )


def _exactly(amount: Interval | None) -> Decimal | None:
    return amount.low if amount is not None and amount.is_point else None


def _left_out(study: Study, first: Exam) -> tuple[Lesion, ...]:
    """The lesions of the baseline that are no targets: they belong to the disease that is not measured."""
    chosen = {target.name for target in targets_of(first)[0]}
    return tuple(lesion for lesion in study.lesions if lesion.id not in chosen)


def _not_measured(study: Study, left_out: Sequence[Lesion]) -> NonTarget:
    """What a study says of the disease beside the targets. It is not gone while a lesion left out is still listed."""
    if study.non_target is None:
        return NonTarget.NOT_EVALUATED
    said = NonTarget(study.non_target)
    if said not in (NonTarget.NONE, NonTarget.GONE) or not left_out:
        return said
    now = {lesion.id: lesion for lesion in study.lesions if lesion.id is not None}
    listed = [now.get(lesion.id) if lesion.id is not None else None for lesion in left_out]
    if any(lesion is not None and not _gone(lesion) for lesion in listed):
        return NonTarget.NOT_EVALUATED  # it is there still, and nobody said how it does
    # "None" denies disease that the baseline lists; only sizes can say that it has gone.
    return NonTarget.GONE if said is NonTarget.GONE or None not in listed else NonTarget.NOT_EVALUATED


def _gone(lesion: Lesion) -> bool:
    """Whether a lesion is surely gone, a lymph node of normal size."""
    size = _exactly(lesion.size)
    return size is not None and is_gone(_target(lesion), size)


# ── new lesions, and what a study leaves open ─────────────────────────────────────────────────


def _new(study: Study, listed: frozenset[str]) -> tuple[Lesion, ...]:
    return tuple(lesion for lesion in study.lesions if lesion.new and lesion.id not in listed)


def _shows_new(study: Study, listed: frozenset[str]) -> bool | None:
    """Whether there are new lesions; unknown where the only ones called new stand at baseline already."""
    if study.new_lesions or "new_lesion" in study.findings or _new(study, listed):
        return True
    return None if study.shows_new_lesions or _unlisted(study, listed) else study.shows_new_lesions


def _unlisted(study: Study, listed: frozenset[str]) -> list[Lesion]:
    """Measured lesions that the baseline does not list and nobody calls new."""
    return [
        lesion
        for lesion in study.lesions
        if lesion.size is not None and not lesion.new and lesion.id not in listed and not _gone(lesion)
    ]


def _unlisted_names(study: Study, listed: frozenset[str], earlier: Sequence[Seen[Study]]) -> Iterator[str]:
    called_new = {lesion.id for seen in earlier for lesion in _new(seen.entry, listed) if lesion.id is not None}
    names = [lesion.id or "a lesion without a name" for lesion in _unlisted(study, listed)]
    names = sorted({name for name in names if name not in called_new})
    if names:
        yield f"not in the baseline and not called new: {', '.join(names)}; new, overlooked then, or another name?"


def _grown(study: Study, left_out: Sequence[Lesion]) -> Iterator[str]:
    """Lesions that are no targets and yet grew as much as would make targets progress."""
    now = {lesion.id: lesion for lesion in study.lesions if lesion.id is not None}
    grown = []
    for lesion in left_out:
        later = now.get(lesion.id) if lesion.id is not None else None
        if later is None:
            continue
        before, after = _exactly(lesion.size), _exactly(later.size)
        if before and after is not None and grew(before, after):
            grown.append(f"{lesion.id} {before} → {after} mm")
        elif later.grew_since_treatment and not lesion.grew_since_treatment:
            grown.append(f"{lesion.id} (said to have grown since its treatment)")
    if grown:
        yield f"left out and yet grown: {', '.join(sorted(grown))}; is this unequivocal progression of other disease?"


def _procedures(
    draft: Draft, baseline: Seen[Study], study: Seen[Study], found: SideBySide, given: Sequence[Begun]
) -> Iterator[str]:
    """Local treatments and operations between the two studies that may have reached a target."""
    now = {lesion.id: lesion for lesion in study.entry.lesions}
    targets = [
        lesion
        for lesion in baseline.entry.lesions
        if lesion.id in found.recist.targets
        and not ((later := now.get(lesion.id)) is not None and later.treated_locally is False)
    ]
    agents = [
        agent
        for agent, start in given
        if start.last > baseline.span.first
        and start.first <= study.span.last
        and any(agent in draft.agents.surgery or _reaches(draft, agent, lesion) for lesion in targets)
    ]
    if agents:
        yield (
            f"{_therapies(draft, agents)} was given between the baseline and this study, so the sizes may tell of "
            "that; call a study after it baseline, or write treated_locally: false for the lesions it did not reach"
        )


def _wrongly_new(study: Study, listed: frozenset[str]) -> Iterator[str]:
    wrongly = sorted(lesion.id for lesion in study.lesions if lesion.new and lesion.id and lesion.id in listed)
    if wrongly:
        yield f"called new although the baseline lists it, so not counted as new: {', '.join(wrongly)}"


def _with_new_lesions(series: Sequence[Seen[Study]], exams: Sequence[Exam], listed: frozenset[str]) -> list[Exam]:
    """The examinations of a series, where a lesion that was new once stays new until it is listed as gone."""
    found: list[Exam] = []
    named: list[Lesion] = []
    unnamed = False
    for seen, exam in zip(series, exams, strict=True):
        still = unnamed or any(_is_there(seen.entry, lesion) for lesion in named)
        found.append(replace(exam, new_lesions=True) if still else exam)
        new = _new(seen.entry, listed)
        named += new
        unnamed = unnamed or (bool(exam.new_lesions) and not new)
    return found


def _is_there(study: Study, lesion: Lesion) -> bool:
    now = next((found for found in study.lesions if found.id is not None and found.id == lesion.id), None)
    return now is None or not _gone(now)


def _vague(study: Study) -> Iterator[str]:
    """Sizes and the like that are given as a range, of which no sum is made."""
    vague = [
        lesion.id or "a lesion"
        for lesion in study.lesions
        if any(amount is not None and not amount.is_point for amount in (lesion.size, lesion.viable, lesion.hu))
    ]
    if vague:
        yield f"given as a range, so not added up: {', '.join(sorted(vague))}"


def _treated_since(baseline: Study, study: Study, found: SideBySide) -> Iterator[str]:
    """Targets that were treated locally after the baseline: their size tells of that treatment too."""
    before = {lesion.id for lesion in baseline.lesions if lesion.treated_locally}
    treated = sorted(
        lesion.id
        for lesion in study.lesions
        if lesion.id in found.recist.targets and lesion.id not in before and lesion.treated_locally and lesion.id
    )
    if treated:
        yield f"treated locally since the baseline: {', '.join(treated)}"
