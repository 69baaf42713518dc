"""One question put to the rules: which moment, which knowledge, which facts changed for the sake of argument."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cdss.case import Case, load_case
from cdss.consult import Question, consult, timeline_of
from cdss.decision import Decision, Standing
from cdss.errors import CdssError, Problems
from cdss.values import Interval, Members
from tests.small_world import CASES, small_case, small_engine


def ask(case: str | Case, question: Question | None = None) -> Decision:
    found = small_case(case) if isinstance(case, str) else case
    return consult(small_engine(), found, question or Question()).decision


def written(tmp_path: Path, text: str) -> Case:
    path = tmp_path / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return load_case(str(path), CASES)


# ── which moment ─────────────────────────────────────────────────────────────────────────────


def test_the_last_point_is_asked_for_unless_another_is_named() -> None:
    decision = ask("recorded")
    assert (decision.point, decision.on, decision.question) == ("refused", date(2017, 1, 1), "what is left")


@pytest.mark.parametrize(
    ("on", "point", "day"),
    [
        ("first", "first", date(2016, 1, 1)),
        ("2016-06-01", None, date(2016, 6, 1)),
        ("+6mo", None, date(2016, 7, 1)),
        ("+1a", None, date(2017, 1, 1)),
    ],
)
def test_a_point_a_date_or_an_offset_selects_the_moment(on: str, point: str | None, day: date) -> None:
    decision = ask("recorded", Question(on))
    assert (decision.point, decision.on) == (point, day)


def test_two_points_of_one_day_know_what_was_known_by_then() -> None:
    grown, refused = (ask("recorded", Question(point)) for point in ("grown", "refused"))
    assert grown.on == refused.on
    assert grown.facts["declined"].value == {"includes": [], "complete": True}
    assert refused.facts["declined"].value == {"includes": ["chemotherapy"], "complete": True}


def test_a_date_means_the_end_of_that_day() -> None:
    by_date, by_point = (ask("recorded", Question(on)) for on in ("2017-01-01", "refused"))
    assert by_date.options == by_point.options


def test_nothing_recorded_later_leaks_into_an_earlier_moment() -> None:
    facts = ask("recorded", Question("first")).facts
    assert facts["extent"].value == "localised"
    assert facts["sstr_status"].value == "positive"


def test_an_unknown_point_is_a_clear_error_with_the_nearest_name() -> None:
    with pytest.raises(CdssError, match="the case has no point 'refusd'; did you mean 'refused'"):
        ask("recorded", Question("refusd"))


@pytest.mark.parametrize("on", ["32 May", "2016-13-01", "+5", "+x", "-"])
def test_what_is_no_moment_is_a_clear_error(on: str) -> None:
    with pytest.raises(CdssError):
        ask("recorded", Question(on))


def test_facts_alone_are_asked_on_their_own_day_or_on_another() -> None:
    assert ask("direct").on == date(2021, 3, 1)
    assert ask("direct", Question("2016-06-01")).on == date(2016, 6, 1)


@pytest.mark.parametrize("on", ["first", "+5a", "2016-13-01", "soon"])
def test_facts_alone_have_no_points_and_no_offsets(on: str) -> None:
    with pytest.raises(CdssError, match="ask for a date such as 2016-05-26"):
        ask("direct", Question(on))


def test_a_record_without_points_needs_a_date(tmp_path: Path) -> None:
    case = written(tmp_path, "title: No points\nrecord:\n  extent: [{date: 2016-01-01, extent: localised}]\n")
    with pytest.raises(CdssError, match="no decision points"):
        ask(case)
    assert ask(case, Question("2016-02-01")).facts["extent"].value == "localised"


# ── which knowledge ──────────────────────────────────────────────────────────────────────────


def test_knowledge_is_that_of_the_day_of_the_question() -> None:
    assert ask("recorded", Question("first")).knowledge.as_of == date(2016, 1, 1)


def test_other_knowledge_changes_the_rules_and_leaves_the_facts() -> None:
    then, today = (ask("recorded", Question("refused", as_of)) for as_of in (None, date(2021, 1, 1)))
    assert then.facts == today.facts
    assert then.on == today.on
    old, new = then.option("alfanib"), today.option("alfanib")
    assert old is not None
    assert new is not None
    assert (old.standing, new.would_be) == (Standing.OPTION, Standing.RECOMMENDED)


def test_a_case_may_state_its_own_knowledge_and_jurisdictions(tmp_path: Path) -> None:
    case = written(
        tmp_path,
        "title: Stated\non: 2021-03-01\nas_of: 2016-03-01\njurisdictions: [fda]\nfacts: {extent: metastatic}\n",
    )
    assert ask(case).knowledge.as_of == date(2016, 3, 1)
    assert ask(case).jurisdictions == ("fda",)
    asked = ask(case, Question(as_of=date(2020, 1, 1), jurisdictions=["ema"]))
    assert (asked.knowledge.as_of, asked.jurisdictions) == (date(2020, 1, 1), ("ema",))


def test_moving_time_zero_moves_the_whole_record() -> None:
    decision = ask("recorded", Question("refused", time_zero=date(2019, 1, 1)))
    assert (decision.on, decision.knowledge.as_of) == (date(2020, 1, 1), date(2020, 1, 1))
    assert decision.facts["extent"].observed == date(2020, 1, 1)


def test_the_points_of_a_case_lie_on_the_calendar() -> None:
    assert [m.date for m in timeline_of(small_case("recorded")).moments] == [
        date(2016, 1, 1),
        date(2017, 1, 1),
        date(2017, 1, 1),
    ]


# ── which facts ──────────────────────────────────────────────────────────────────────────────


def test_a_changed_fact_wins_over_the_record_and_says_where_it_comes_from() -> None:
    seen = ask("recorded", Question(changes={"sstr_status": "positive"})).facts["sstr_status"]
    assert (seen.value, seen.from_) == ("positive", "what if")


def test_a_fact_may_be_made_unknown() -> None:
    assert "sstr_status" not in ask("recorded", Question(changes={"sstr_status": None})).facts


def test_a_change_leaves_the_case_as_it_was() -> None:
    case = small_case("recorded")
    before = ask(case).to_json()
    ask(case, Question(changes={"ecog": Interval.point(Decimal(3)), "declined": Members(complete=True)}))
    assert ask(case).to_json() == before


def test_facts_stated_beside_a_record_win_and_unknown_takes_a_fact_away(tmp_path: Path) -> None:
    text = (CASES / "site/recorded.yaml").read_text()
    case = written(tmp_path, text + "facts: {ecog: 1, sstr_status: unknown}\n")
    facts = ask(case).facts
    assert (facts["ecog"].value, facts["ecog"].from_) == (1, "stated in the case")
    assert "sstr_status" not in facts


def test_assumptions_are_the_first_notices(tmp_path: Path) -> None:
    text = (CASES / "site/recorded.yaml").read_text()
    case = written(tmp_path, text + "assumptions: [The report gives no date.]\n")
    assert ask(case).notices[0] == "The report gives no date."


def test_mistakes_in_stated_facts_are_told_all_at_once_with_their_places(tmp_path: Path) -> None:
    case = written(
        tmp_path, "title: Wrong\non: 2021-03-01\nfacts:\n  ecogg: 1\n  extent: everywhere\n  age_years: old\n"
    )
    with pytest.raises(Problems) as caught:
        ask(case)
    assert [(p.place.line, p.code) for p in caught.value.problems] == [(4, "E301"), (5, "E302"), (6, "E303")]


def test_mistakes_in_a_record_are_told_with_their_places(tmp_path: Path) -> None:
    text = (CASES / "site/recorded.yaml").read_text().replace("therapy: chemotherapy", "therapy: chemotherapi")
    case = written(tmp_path, text)
    with pytest.raises(Problems) as caught:
        ask(case)
    (problem,) = caught.value.problems
    line = text[: text.index("chemotherapi")].count("\n") + 1
    assert (problem.place.line, problem.code) == (line, "E517")


# ── dates in the future ──────────────────────────────────────────────────────────────────────


def later(tmp_path: Path, entry: str) -> Case:
    return written(tmp_path, (CASES / "site/recorded.yaml").read_text() + entry)


SCAN = "  laboratory:\n    - {date: 2018-01-01, test: creatinine_clearance, value: 83, unit: mL/min}\n"


def test_what_is_dated_after_the_last_point_is_a_wrong_date_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(Problems) as caught:
        ask(later(tmp_path, SCAN))
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("E402", "this date lies after the last decision point")
    assert problem.place.line == (CASES / "site/recorded.yaml").read_text().count("\n") + 2


def test_asked_for_a_later_day_it_is_none(tmp_path: Path) -> None:
    case = later(tmp_path, SCAN)
    assert ask(case, Question("2018-01-15")).facts["creatinine_clearance_ml_min"].value == 83
    with pytest.raises(Problems):
        ask(case, Question("2017-12-31"))


def test_a_planned_therapy_may_lie_in_the_future(tmp_path: Path) -> None:
    course = "  therapies: {courses: [{agent: alfanib, start: 2018-01-01, planned: true, known_from: 2016-06-01}]}\n"
    assert "prior_therapies" not in ask(later(tmp_path, course)).facts


def test_a_wrong_date_is_told_with_everything_else_that_is_wrong(tmp_path: Path) -> None:
    course = "  therapies: {courses: [{agent: alfanip, start: 2015-01-01}]}\n"
    with pytest.raises(Problems) as caught:
        ask(later(tmp_path, SCAN + course))
    assert [p.code for p in caught.value.problems] == ["E402", "E517"]
