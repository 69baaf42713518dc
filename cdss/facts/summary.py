"""The lines above the options: patient, tumour, earlier treatment, refusals, as known at the moment."""

from __future__ import annotations

from cdss.facts.draft import Draft, Seen
from cdss.facts.history import Assessment
from cdss.facts.measured import FollowUp
from cdss.facts.outcome import response_lines, target_sizes
from cdss.facts.overview import (
    AccessLine,
    CourseLine,
    DeclineLine,
    EventLine,
    Overview,
    SampleLine,
    ScanLine,
    SizeLine,
    StageLine,
)
from cdss.facts.person import age_on
from cdss.facts.scans import status_of
from cdss.facts.timeline import Span
from cdss.facts.tnm import COLORECTAL, colorectal_groups
from cdss.facts.treatment import Given, planned_courses
from cdss.facts.wishes import standing_refusals
from cdss.record.disease import Stage
from cdss.record.imaging import SSTR
from cdss.values import Interval, Members
from cdss.vocabulary import Vocabulary
from cdss.wording import describe_value

_EDITIONS = {
    "ajcc7": "AJCC 7",
    "ajcc8": "AJCC 8",
    "ajcc9": "AJCC 9",
    "uicc7": "UICC 7",
    "uicc8": "UICC 8",
    "uicc9": "UICC 9",
    "enets2006": "ENETS 2006",
    "enets2007": "ENETS 2007",
}
_RESPONSE = {"CR": "complete response", "PR": "partial response", "SD": "stable disease", "PD": "progression"}
_SEX = {"female": "F", "male": "M"}


def overview_of(
    draft: Draft,
    site: str | None,
    given: tuple[Given, ...],
    history: tuple[Assessment, ...],
    measured: tuple[FollowUp, ...] = (),
) -> Overview:
    """Everything a header needs, in words."""
    record, vocabulary = draft.record, draft.vocabulary
    age = age_on(record, draft.timeline, draft.today)
    grade = _fact_text(draft, "net_grade_highest", "G")
    stages = tuple(_stage(s, site) for s in draft.seen(record.stage))
    samples = _samples(draft)
    scans = _scans(draft)
    courses = tuple(_course(vocabulary, g) for g in given)
    refusals = tuple(
        DeclineLine(_therapy(vocabulary, s.entry.therapy), str(s.span.last), s.entry.reason or "")
        for s in standing_refusals(draft)
    )
    sex = record.patient.sex or ""
    age_text = _amount(vocabulary, "age_years", age).removesuffix(" years")
    primary = _fact_text(draft, "primary_site")
    person = " ".join(part for part in (_SEX.get(sex, ""), age_text) if part)
    net = " ".join(part for part in (primary, "NET" if grade else "tumour" if primary else "", grade) if part)
    spread = ": ".join(part for part in (_fact_text(draft, "extent"), _sites(draft)) if part)
    return Overview(
        patient=", ".join(part for part in (person, net, *(_stage_text(s) for s in stages[-1:]), spread) if part),
        question=record.question or "",
        intent=(record.intent or "").replace("_", " "),
        goals="; ".join(record.goals),
        tumour="; ".join([*(_sample_text(s) for s in samples), *_receptor_text(scans)]),
        prior="; ".join(_course_text(line) for line in courses),
        declines="; ".join(f"{line.therapy} ({line.date})" for line in refusals),
        age=age_text,
        sex=sex,
        site=primary,
        grade=grade,
        stage=stages,
        samples=samples,
        sstr=scans,
        courses=courses,
        planned=tuple(
            CourseLine(_therapy(vocabulary, c.agent), _days(draft.timeline.span(c.start)), "", c.detail or "")
            for c in planned_courses(draft)
        ),
        events=tuple(_event(draft.vocabulary, a) for a in history),
        sizes=target_sizes(measured) or _sizes(draft),
        responses=response_lines(measured),
        refusals=refusals,
        access=_access(draft),
    )


def _fact_text(draft: Draft, name: str, prefix: str = "") -> str:
    seen = draft.facts.get(name)
    if seen is None or name in draft.blocked:
        return ""
    return prefix + describe_value(draft.vocabulary.fact(name), seen.value)


def _amount(vocabulary: Vocabulary, name: str, amount: Interval | None) -> str:
    """A number in the words and the unit of a fact that is written the same way."""
    fact = vocabulary.facts.get(name)
    return describe_value(fact, amount) if fact is not None and amount is not None else ""


def _sites(draft: Draft) -> str:
    """The organs known to hold metastases, in words."""
    seen = draft.facts.get("metastatic_sites")
    if seen is None or not isinstance(seen.value, Members) or "metastatic_sites" in draft.blocked:
        return ""
    words = draft.vocabulary.fact("metastatic_sites").values
    return ", ".join(words[organ] for organ in sorted(seen.value.present))


def _days(span: Span) -> str:
    """A day, or the two between which it lies."""
    return str(span.last) if span.day is not None else f"{span.first} to {span.last}"


def _stage(seen: Seen[Stage], site: str | None) -> StageLine:
    entry = seen.entry
    groups = colorectal_groups(entry.t, entry.n, entry.m, entry.editions) if site in COLORECTAL else ()
    words = tuple(f"{group} ({_EDITIONS[edition]})" for group, edition in groups)
    if not words and entry.group is not None:
        words = (entry.group,)
    tnm = " ".join(part for part in (entry.t, entry.n, entry.m) if part)
    return StageLine(str(seen.span.last), tnm, tuple(_EDITIONS[e] for e in entry.editions), words)


def _stage_text(line: StageLine) -> str:
    how = (
        ", ".join(line.groups)
        if line.groups
        else "edition not stated"
        if not line.editions
        else ", ".join(line.editions)
    )
    return f"{line.tnm} {line.date[:4]} [{how}]"


def _samples(draft: Draft) -> tuple[SampleLine, ...]:
    pathology = draft.record.pathology
    return tuple(
        SampleLine(
            str(s.span.last),
            s.entry.site.replace("_", " "),
            s.entry.kind,
            _amount(draft.vocabulary, "ki67_highest_percent", s.entry.ki67),
            s.entry.grade or "",
        )
        for s in draft.seen(pathology.samples if pathology else ())
        if s.entry.tumour
    )


def _sample_text(line: SampleLine) -> str:
    ki67 = f"Ki-67 {line.ki67}" if line.ki67 else "Ki-67 not stated"
    return " ".join(part for part in (ki67, line.grade, line.site, line.date) if part)


def _scans(draft: Draft) -> tuple[ScanLine, ...]:
    imaging = draft.record.imaging
    return tuple(
        ScanLine(str(s.span.last), status_of(s.entry) or "not told", s.entry.tracer or "")
        for s in draft.seen(imaging.studies if imaging else ())
        if s.entry.modality in SSTR and s.entry.usable
    )


def _receptor_text(scans: tuple[ScanLine, ...]) -> list[str]:
    return ["SSTR " + " → ".join(f"{scan.status} {scan.date}" for scan in scans)] if scans else []


def _course(vocabulary: Vocabulary, given: Given) -> CourseLine:
    course = given.course
    drug = given.end is None or given.stopped
    end = _days(given.end) if given.end is not None and given.stopped else ""
    details = [course.detail or "", course.dose or ""]
    if given.end is not None:
        cycles = _amount(vocabulary, "sirt_sessions", course.cycles)
        details += [f"× {cycles}" if cycles else "", _amount(vocabulary, "cumulative_177lu_gbq", course.activity)]
        details += [(course.extent or "").replace("_", " ")]
    if given.stopped and course.reason_stopped is not None:
        details.append(f"stopped: {course.reason_stopped.replace('_', ' ')}")
    if drug and not end:
        details.append("ongoing")
    return CourseLine(_therapy(vocabulary, course.agent), _days(given.start), end, ", ".join(d for d in details if d))


def _course_text(line: CourseLine) -> str:
    when = line.start if not line.end or line.end == line.start else f"{line.start} – {line.end}"
    return f"{line.agent} {when}" + (f" ({line.detail})" if line.detail else "")


def _event(vocabulary: Vocabulary, seen: Assessment) -> EventLine:
    what = "progression" if seen.documented else _RESPONSE.get(seen.value or "", "no progression")
    parts = [", ".join(sorted(seen.sites)), "new lesions" if seen.new_lesions else ""]
    parts += [f"on {_therapy(vocabulary, agent)}" for agent in sorted(seen.during)]
    parts += [f"after stopping {_therapy(vocabulary, agent)}" for agent in sorted(seen.after_stop_of)]
    parts += [(seen.modality or "").upper().replace("_", "/"), f"as {seen.basis}" if seen.basis else ""]
    return EventLine(_days(seen.span), what, ", ".join(part for part in parts if part))


def _sizes(draft: Draft) -> tuple[SizeLine, ...]:
    """Sums of exact diameters, of studies that measured any; lesions that carry no name are not followed."""
    found = []
    for seen in draft.seen(draft.record.imaging.studies if draft.record.imaging else ()):
        sizes = {
            lesion.id: lesion.size.low
            for lesion in seen.entry.lesions
            if lesion.id and lesion.size is not None and lesion.size.is_point and lesion.size.low is not None
        }
        if sizes and seen.entry.usable:
            found.append(SizeLine(str(seen.span.last), str(sum(sizes.values())), tuple(sorted(sizes))))
    return tuple(found)


def _therapy(vocabulary: Vocabulary, identity: str) -> str:
    for name in ("prior_therapies", "declined"):
        fact = vocabulary.facts.get(name)
        if fact is not None and identity in fact.values:
            return fact.values[identity]
    return identity.replace("_", " ")


def _access(draft: Draft) -> tuple[AccessLine, ...]:
    words = {True: "available", False: "not available", None: ""}
    return tuple(
        AccessLine(
            _therapy(draft.vocabulary, s.entry.therapy), str(s.span.last), words[s.entry.available], s.entry.note or ""
        )
        for s in draft.seen(draft.record.access)
    )
