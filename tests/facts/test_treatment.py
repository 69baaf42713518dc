"""What was given, how it ended, and that a progression after a stop is not a progression on the drug."""

from __future__ import annotations

import pytest

from cdss.values import Members, Truth
from tests.facts.derived import alerts, between, exactly, fact, members, sheet

SEED = """
therapies:
  complete: COMPLETE
  courses:
    - {agent: y90_dotatoc, start: {after: +1a, before: +5a}, end: {after: +1a, before: +5a}, known_from: +5a}
    - {agent: sirt, start: {after: +1a, before: +5a}, known_from: +5a, cycles: 2}
    - agent: everolimus
      start: +5a
      end: stop
      responses: [{date: +5a+3mo, value: SD, basis: reported, modality: mri, findings: [necrosis]}]
      reason_stopped: toxicity
      disease_controlled_at_stop: true
      imaged_at_stop: false
      adverse_events: {events: [{event: several, date: +5a+3mo}]}
progression:
  - {date: +5a, status: documented, since: +1a, sites: [liver, nodes, lung]}
  - {date: +5a+4.5mo+45d, status: documented, after_stop_of: [everolimus], modality: mri}
""".replace("COMPLETE", "false")
POINTS = {"decision": "+5a", "mri": "+5a+3mo", "stop": "+5a+4.5mo", "end": "+5a+4.5mo+45d"}


def seed(name: str, on: str) -> object:
    return fact(name, SEED, on, **POINTS)


def included(name: str, member: str, on: str, text: str = SEED) -> Truth:
    found = fact(name, text, on, **POINTS)
    return found.includes(member) if isinstance(found, Members) else Truth.UNKNOWN


def test_the_progression_after_the_stop_is_not_progression_on_everolimus() -> None:
    assert included("progressed_on", "everolimus", "end") is Truth.NO
    assert seed("progression", "end") == "documented"
    assert seed("last_progression_off_therapy", "end") is True
    assert seed("days_from_stop_to_progression", "end") == exactly(45)
    assert seed("imaged_when_stopped", "end") is False


def test_everolimus_was_stopped_for_toxicity_with_the_disease_controlled() -> None:
    assert included("stopped_for_toxicity", "everolimus", "stop") is Truth.YES
    assert included("stopped_with_disease_control", "everolimus", "stop") is Truth.YES
    assert included("current_therapies", "everolimus", "stop") is Truth.NO


def test_an_end_and_its_reason_are_hidden_until_they_happen() -> None:
    for on in ("mri", "2015-05-29"):
        assert included("current_therapies", "everolimus", on) is Truth.YES
        assert included("stopped_for_toxicity", "everolimus", on) is Truth.NO
        assert seed("imaged_when_stopped", on) is None


def test_the_response_is_known_from_its_day() -> None:
    assert seed("response_latest", "decision") == "PD"
    assert (seed("response_latest", "mri"), seed("response_basis", "mri"), seed("response_modality", "mri")) == (
        "SD", "reported", "mri",
    )  # fmt: skip
    assert seed("necrosis_reported", "mri") is True
    assert seed("necrosis_reported", "decision") is None
    assert seed("progression", "mri") == "none"


def test_courses_without_dates_give_intervals_and_are_known_from_when_the_record_says() -> None:
    assert seed("prior_therapies", "2014-01-01") is None
    assert included("prior_therapies", "y90_dotatoc", "decision") is Truth.YES
    assert seed("months_since_prrt", "decision") == between(0, 48)
    assert seed("weeks_since_sirt", "mri") == between("12.8", "221.5")
    assert seed("prrt_control_months", "decision") == between(0, 48)


def test_90y_without_activity_is_known_to_be_unknown() -> None:
    assert seed("prior_90y_activity_known", "decision") is None
    given = SEED.replace(
        "known_from: +5a}\n    - {agent: sirt", "known_from: +5a, activity: {value: 7, unit: GBq}}\n    - {agent: sirt"
    )
    assert fact("prior_90y_activity_known", given, "decision", **POINTS) is True


def test_an_incomplete_history_leaves_the_unlisted_unknown() -> None:
    assert included("prior_therapies", "lanreotide", "decision") is Truth.UNKNOWN
    complete = SEED.replace("complete: false", "complete: true")
    assert included("prior_therapies", "lanreotide", "decision", complete) is Truth.NO
    assert seed("sirt_sessions", "decision") == between(2, None)
    assert fact("sirt_sessions", complete, "decision", **POINTS) == exactly(2)


def test_a_class_recorded_as_not_given_is_absent_though_the_history_is_incomplete() -> None:
    text = """
therapies:
  not_given: [{date: 2014-01-01, therapies: [cytotoxic_chemotherapy, lanreotide]}]
  courses: [{agent: everolimus, start: 2014-02-01}, {agent: folfox, start: 2015-01-01}]
"""
    for name in ("prior_therapies", "progressed_on"):
        found = fact(name, text, "2014-06-01")
        assert isinstance(found, Members)
        assert [found.includes(m) for m in ("folfox", "captem", "lanreotide")] == [Truth.NO] * 3
        assert found.includes("sunitinib") is Truth.UNKNOWN
    later = fact("prior_therapies", text, "2015-06-01")
    assert isinstance(later, Members)
    assert [later.includes(m) for m in ("folfox", "captem")] == [Truth.YES, Truth.NO]
    assert not alerts(text)


def test_a_therapy_given_before_the_day_by_which_it_was_not_given_is_a_contradiction() -> None:
    text = course() + "  not_given: [{date: 2015-01-01, therapies: [mtor_inhibitor]}]"
    text = text.replace("therapies: {complete: true, courses: ", "therapies:\n  courses: ").replace("}]}\n", "}]\n")
    assert alerts(text) == {"therapy-history-contradiction"}
    assert fact("prior_therapies", text) is None


def test_an_absent_history_is_unknown_and_a_complete_empty_one_is_empty() -> None:
    assert fact("prior_therapies", "question: what next") is None
    assert fact("prior_therapies", "therapies: {courses: []}") is None
    assert fact("prior_therapies", "therapies: {complete: true, courses: []}") == members(complete=True)
    assert fact("cumulative_177lu_gbq", "therapies: {complete: true, courses: []}") == exactly(0)
    assert fact("sirt_whole_liver_given", "therapies: {complete: true, courses: []}") is False


COURSE = "therapies: {complete: true, courses: [{agent: everolimus, start: 2014-01-01MORE}]}\n"


def course(more: str = "") -> str:
    return COURSE.replace("MORE", more)


@pytest.mark.parametrize(
    ("more", "truth"),
    [
        (", end: 2014-06-01, reason_stopped: progression", Truth.YES),
        (", end: 2014-06-01, reason_stopped: toxicity", Truth.NO),
        (", end: 2014-06-01, reason_stopped: completed", Truth.NO),
        (", end: 2014-06-01", Truth.UNKNOWN),
        ("", Truth.UNKNOWN),
        (", responses: [{date: 2014-04-01, value: SD}]", Truth.NO),
        (", responses: [{date: 2014-04-01, value: PD}]", Truth.YES),
        (", responses: [{date: 2014-04-01, value: PD, criterion: marker}]", Truth.UNKNOWN),
    ],
)
def test_progressed_on(more: str, truth: Truth) -> None:
    found = fact("progressed_on", course(more), "2014-12-01")
    assert (found.includes("everolimus") if isinstance(found, Members) else Truth.UNKNOWN) is truth


def test_a_progression_recorded_during_a_therapy_is_progression_on_it() -> None:
    text = course() + "progression: [{date: 2014-06-01, status: documented, during: [everolimus]}]"
    assert fact("progressed_on", text, "2014-12-01") == members("everolimus", complete=True)
    assert fact("last_progression_off_therapy", text, "2014-12-01") is False
    assert fact("days_from_stop_to_progression", text, "2014-12-01") is None


def test_a_therapy_named_by_a_progression_alone_was_given_and_the_list_is_not_complete() -> None:
    text = course() + "progression: [{date: 2014-06-01, status: documented, during: [sunitinib]}]"
    assert alerts(text, "2014-12-01") == {"therapy-not-listed"}
    assert fact("prior_therapies", text, "2014-12-01") == members("everolimus", "sunitinib")
    assert fact("progressed_on", text, "2014-12-01") == members("sunitinib")


def test_progression_on_the_day_the_first_therapy_starts_is_neither_on_it_nor_after_its_stop() -> None:
    text = course() + "progression: [{date: 2014-01-01, status: documented}]"
    assert fact("last_progression_off_therapy", text, "2014-12-01") is None


def test_progression_after_a_stop_is_off_therapy_where_the_history_is_complete() -> None:
    text = course(", end: 2014-03-01") + "progression: [{date: 2014-06-01, status: documented}]"
    assert fact("last_progression_off_therapy", text, "2014-12-01") is True
    assert fact("days_from_stop_to_progression", text, "2014-12-01") == exactly(92)
    incomplete = text.replace("complete: true", "complete: false")
    assert fact("last_progression_off_therapy", incomplete, "2014-12-01") is None


def test_a_therapy_never_given_is_none_the_disease_progressed_on_where_the_history_is_complete() -> None:
    found = fact("progressed_on", course(), "2014-12-01")
    assert isinstance(found, Members)
    assert found.includes("sunitinib") is Truth.NO
    assert found.includes("everolimus") is Truth.UNKNOWN


def test_progression_while_a_therapy_runs_is_not_off_therapy() -> None:
    text = course() + "progression: [{date: 2014-02-01, status: documented}]"
    assert fact("last_progression_off_therapy", text, "2014-12-01") is False


def test_off_therapy_while_one_was_running_is_a_contradiction() -> None:
    text = course().replace("}]}", "}, {agent: folfox, start: 2013-01-01, end: 2013-05-01}]}")
    text += "progression: [{date: 2014-02-01, status: documented, after_stop_of: [folfox]}]"
    assert alerts(text, "2014-12-01") == {"progression-off-therapy-contradiction"}
    assert fact("last_progression_off_therapy", text, "2014-12-01") is None


def test_an_operation_is_not_a_therapy_that_was_stopped() -> None:
    text = "therapies: {complete: true, courses: [{agent: primary_resection, start: 2013-01-01}]}\n"
    text += "progression: [{date: 2014-02-01, status: documented}]"
    assert fact("days_from_stop_to_progression", text) is None
    assert fact("last_progression_off_therapy", text) is None


def test_growth_in_the_liver_excludes_growth_elsewhere_only_where_the_record_says_so() -> None:
    text = "progression: [{date: 2014-02-01, status: documented, sites: [liver]MORE}]"
    assert fact("extrahepatic_progression", text.replace("MORE", "")) is None
    assert fact("extrahepatic_progression", text.replace("MORE", ", sites_complete: true")) is False
    assert fact("extrahepatic_progression", text.replace("[liver]MORE", "[liver, lung]")) is True


def test_off_therapy_is_not_guessed_from_an_incomplete_history() -> None:
    text = "therapies: {courses: []}\nprogression: [{date: 2014-02-01, status: documented}]"
    assert fact("last_progression_off_therapy", text) is None


@pytest.mark.parametrize(
    ("events", "truth"),
    [
        ("{complete: true, events: [{event: a, grade: 4, date: 2014-02-01}]}", Truth.YES),
        ("{complete: true, events: [{event: a, grade: 3, date: 2014-02-01}]}", Truth.NO),
        ("{complete: true, events: [{event: a, date: 2014-02-01}]}", Truth.UNKNOWN),
        ("{events: [{event: a, grade: 3, date: 2014-02-01}]}", Truth.UNKNOWN),
    ],
)
def test_only_a_grade_4_reaction_contraindicates(events: str, truth: Truth) -> None:
    found = fact("contraindicated_by_toxicity", course(f", adverse_events: {events}"), "2014-12-01")
    assert (found.includes("everolimus") if isinstance(found, Members) else Truth.UNKNOWN) is truth


LU = """
therapies: {complete: true, courses: [{agent: lu177_dotatate, start: 2014-01-01, end: 2014-09-01, cycles: 4ACTIVITY}]}
"""


def test_lutetium_activities_add_up_and_are_converted() -> None:
    text = """
therapies:
  complete: true
  courses:
    - {agent: lu177_dotatate, start: 2014-01-01, end: 2014-09-01, cycles: 4, activity: {value: 800, unit: mCi}}
    - {agent: lu177_edotreotide, start: 2016-01-01, cycles: 1, activity: {value: 7.4, unit: GBq}}
"""
    assert fact("cumulative_177lu_gbq", text) == exactly(37)


def test_one_course_without_activity_makes_the_sum_unknown() -> None:
    assert fact("cumulative_177lu_gbq", LU.replace("ACTIVITY", "")) is None


def test_the_activity_of_a_course_that_still_runs_is_not_yet_known() -> None:
    text = LU.replace("ACTIVITY", ", activity: {value: 29.6, unit: GBq}")
    assert fact("cumulative_177lu_gbq", text, "2014-03-01") is None
    assert fact("cumulative_177lu_gbq", text, "2014-09-01") == exactly("29.6")


def test_control_after_prrt_is_at_least_as_long_as_it_was_watched() -> None:
    text = LU.replace("ACTIVITY", "") + "progression:\n  - {date: 2015-09-01, status: none}\n"
    assert fact("prrt_control_months", text) == between(12, None)
    grown = text + "  - {date: 2016-03-01, status: documented}\n"
    assert fact("prrt_control_months", grown) == exactly(18)


@pytest.mark.parametrize(
    ("extent", "cycles", "found"),
    [("whole_liver", 1, True), ("lobar", 1, False), ("lobar", 2, None), ("segmental", 2, False)],
)
def test_two_lobar_sessions_may_have_reached_the_whole_liver(extent: str, cycles: int, found: bool | None) -> None:
    given = f"agent: sirt, start: 2014-01-01, end: 2014-03-01, cycles: {cycles}, extent: {extent}"
    assert fact("sirt_whole_liver_given", f"therapies: {{complete: true, courses: [{{{given}}}]}}") is found


def test_a_planned_course_is_not_a_given_one() -> None:
    text = """
therapies:
  complete: true
  courses: [{agent: everolimus, start: 2014-06-01, planned: true, known_from: 2014-01-01}]
"""
    assert fact("prior_therapies", text, "2014-02-01") == members(complete=True)
    assert not alerts(text, "2014-02-01")
    assert sheet(text, "2014-02-01").overview.planned[0].agent == "Everolimus"
    assert fact("prior_therapies", text, "2015-01-01") is None


def test_a_therapy_in_the_future_that_is_not_planned_is_told_and_not_counted() -> None:
    text = "therapies: {complete: true, courses: [{agent: everolimus, start: 2014-06-01, known_from: 2014-01-01}]}"
    assert alerts(text, "2014-02-01") == {"therapy-in-the-future"}
    assert fact("prior_therapies", text, "2014-02-01") == members(complete=True)
    assert fact("prior_therapies", text, "2014-06-01") == members("everolimus", complete=True)


def test_symptoms_or_markers_alone_are_no_documented_progression() -> None:
    for criterion in ("clinical", "marker"):
        text = f"progression: [{{date: 2014-02-01, status: documented, criterion: {criterion}}}]"
        assert fact("progression", text) is None
        assert any("does not count" in notice for notice in sheet(text).notices)


def test_the_newest_assessment_decides_and_stability_is_counted_from_the_last_progression() -> None:
    text = """
progression:
  - {date: 2014-01-01, status: documented, tempo: rapid, since: 2013-07-01}
  - {date: 2014-04-01, status: none}
  - {date: 2014-10-01, status: none}
"""
    found = sheet(text, "2014-10-01").values
    assert found["progression"] == "none"
    assert found["stable_months"] == between(6, 9)
    assert found["progression_interval_months"] == exactly(6)
    assert fact("tempo", text, "2014-01-02") == "rapid"


def test_two_assessments_of_one_day_that_differ_are_a_contradiction() -> None:
    text = "progression: [{date: 2014-01-01, status: documented}, {date: 2014-01-01, status: none}]"
    assert alerts(text) == {"entries-differ"}
    assert fact("progression", text) is None
