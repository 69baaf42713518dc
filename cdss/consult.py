"""One question put to the rules: a case, a moment, a date of knowledge, and facts changed for the sake of argument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from cdss.case import Case
from cdss.engine import DEFAULT_JURISDICTIONS, Engine, Evaluation
from cdss.errors import CdssError, Problem, Problems
from cdss.facts import derive
from cdss.facts.agreement import agreed
from cdss.facts.direct import facts_from_mapping
from cdss.facts.outline import outlined
from cdss.facts.sheet import FactSheet
from cdss.facts.timeline import Moment, Timeline
from cdss.record.record import Record
from cdss.values import Value


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask. ``on`` is a point, a date or an offset (default: the last point); ``as_of`` defaults to its date.

    ``changes`` maps facts to other values, or to None for unknown. ``time_zero`` moves the whole record in time.
    """

    on: str | None = None
    as_of: date | None = None
    jurisdictions: Sequence[str] | None = None
    changes: Mapping[str, Value | None] | None = None
    time_zero: date | None = None


def consult(engine: Engine, case: Case, question: Question = Question()) -> Evaluation:
    """Evaluate ``case`` as ``question`` asks. Raises CdssError or Problems when the case does not allow it."""
    file = case.file
    point = None
    wanted = None
    if file.record is None:
        assert file.on is not None
        on = _day(question.on) if question.on else file.on
        sheet = FactSheet.of_values({})
    else:
        timeline = timeline_of(case, question.time_zero)
        moment = timeline.moment(question.on) if question.on else timeline.last
        on = moment.date
        found = timeline.point_at(moment)
        point, wanted = (found.id, found.question) if found else (None, None)
        problems = list(_later(case, file.record, timeline, moment))
        try:
            place_of = partial(case.place_under, "record")
            library = engine.library
            sheet = derive(file.record, timeline, moment, library.vocabulary, library.therapies, place_of=place_of)
        except Problems as wrong:
            raise Problems([*problems, *wrong.problems]) from None
        if problems:
            raise Problems(problems)
    if file.facts:
        direct = facts_from_mapping(file.facts, engine.library.vocabulary, place_of=partial(case.place_under, "facts"))
        sheet = sheet.changed({name: direct.get(name) for name in file.facts}, source="stated in the case", on=on)
    if question.changes:
        sheet = sheet.changed(question.changes, source="what if", on=on)
    sheet = agreed(sheet, engine.library.vocabulary, on, completing=bool(file.facts or question.changes))
    if file.record is None:
        sheet = replace(sheet, overview=outlined(sheet, engine.library.vocabulary))
    return engine.evaluate(
        sheet,
        case=case.id,
        point=point,
        on=on,
        question=wanted,
        as_of=question.as_of or file.as_of or on,
        jurisdictions=tuple(question.jurisdictions or file.jurisdictions or DEFAULT_JURISDICTIONS),
        assumptions=file.assumptions,
    )


def timeline_of(case: Case, time_zero: date | None = None) -> Timeline:
    """The decision points of a case on the calendar."""
    return Timeline.of(time_zero or case.file.time_zero, case.file.points)


def _later(case: Case, record: Record, timeline: Timeline, asked: Moment) -> Iterator[Problem]:
    """What is dated after the last decision point and after the moment asked for, and is no plan: a wrong date."""
    if not timeline.moments:
        return
    latest = max(timeline.last.date, asked.date)
    for written in record.times:
        if written.planned:
            continue
        try:
            future = timeline.span(written.time).first > latest
        except CdssError:
            continue  # told with everything else that is wrong in the record
        if future:
            remedy = "correct it, add the point, or ask with --on for a later day"
            place = case.place("record", *written.path)
            yield Problem(place, "E402", "this date lies after the last decision point", remedy)


def _day(text: str) -> date:
    """The day asked for of a case without a record, which has neither points nor a time zero."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CdssError("this case has facts and no record: ask for a date such as 2016-05-26") from None
