"""Record and moment → facts. Only what was known at the moment counts; nothing recorded later leaks in."""

from __future__ import annotations

from datetime import date

from cdss.errors import Problems
from cdss.facts.agents import Agents
from cdss.facts.consistency import PlaceOf, check
from cdss.facts.draft import Draft
from cdss.facts.history import assessments, derive_history, newest_documented
from cdss.facts.judgement import derive_judgements
from cdss.facts.laboratory import derive_laboratory
from cdss.facts.markers import tell_markers
from cdss.facts.measured import follow_ups
from cdss.facts.nodes import derive_nodes
from cdss.facts.observations import derive_observations
from cdss.facts.person import derive_person
from cdss.facts.scans import derive_scans
from cdss.facts.sheet import FactSheet
from cdss.facts.staging import derive_primary, derive_staging
from cdss.facts.summary import overview_of
from cdss.facts.timeline import Moment, Timeline
from cdss.facts.tissue import derive_tissue
from cdss.facts.treatment import derive_treatment, given_courses
from cdss.facts.unsettled import tell_unsettled
from cdss.facts.wishes import derive_wishes
from cdss.record.record import Record
from cdss.therapy import Therapies
from cdss.vocabulary import Vocabulary


def derive(
    record: Record,
    timeline: Timeline,
    on: Moment | date | str,
    vocabulary: Vocabulary,
    therapies: Therapies,
    *,
    place_of: PlaceOf | None = None,
) -> FactSheet:
    """The facts of ``record`` as known ``on`` a moment: a point's id, a date (its end), or an offset.

    Raises Problems with everything in the record that is wrong whatever the moment, CdssError without such a moment.
    """
    agents = Agents.of(therapies)
    problems = check(record, timeline, vocabulary, agents, place_of)
    if problems:
        raise Problems(problems)
    draft = Draft(record, timeline, timeline.moment(on), vocabulary, agents)
    courses = given_courses(draft)
    measured = follow_ups(draft, [(given.course.agent, given.start) for given in courses])
    history = assessments(draft, measured)
    progression = newest_documented(history)
    derive_person(draft)
    site = derive_primary(draft, courses)
    derive_tissue(draft, site)
    derive_staging(draft, site, courses, progression[0].span if progression else None)
    derive_nodes(draft)
    derive_history(draft, history)
    tell_unsettled(draft, measured, history)
    derive_scans(draft, history, courses)
    derive_treatment(draft, courses, history)
    derive_judgements(draft)
    derive_laboratory(draft)
    tell_markers(draft)
    derive_wishes(draft)
    derive_observations(draft)
    facts = {name: seen for name, seen in draft.facts.items() if name not in draft.blocked}
    return FactSheet.made(
        facts, tuple(sorted(draft.alerts)), draft.told(), overview_of(draft, site, courses, history, measured)
    )
