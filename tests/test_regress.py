"""Cases as regression tests: an expectation that holds is silent, and each that does not says what was read instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdss.case import Accepted, Case, Expect, load_case
from cdss.errors import CdssError, Problems
from cdss.expectation import Failure, failures
from cdss.regress import Check, Result, checks
from tests.small_world import CASES, evaluation_of, small_case, small_engine

FACTS: dict[str, Any] = {
    "extent": "metastatic",
    "progression": "documented",
    "ki67_highest_percent": 10,
    "tempo": "rapid",
    "sstr_status": "negative",
    "declined": ["epsirubicin"],
}


def fails(**expected: Any) -> list[str]:
    evaluation = evaluation_of(FACTS)
    return [str(f) for f in failures(evaluation.decision, Expect.model_validate(expected), small_engine(), evaluation)]


def option_fails(therapy: str, **wanted: Any) -> list[str]:
    return fails(options={therapy: wanted})


HOLDS: list[dict[str, Any]] = [
    {"options": {"alfanib": "conditional"}},
    {"options": {"alfanib": ["recommended", "conditional"]}},
    {"options": {"waiting": "silent"}},
    {"options": {"alfanib": {"would_be": "recommended", "missing": ["ecog"], "unconfirmed": False}}},
    {"options": {"alfanib": {"label": {"ema": "indeterminate"}, "disagreement": False}}},
    {"options": {"alfanib": {"statements": {"north": "recommend"}, "strengths": {"north": "A"}}}},
    {"options": {"alfanib": {"rules": ["north.growth.alfanib"], "not_rules": ["north.growth.betanib"]}}},
    {"options": {"betanib": {"standing": "option", "intent": "antiproliferative"}}},
    {"options": {"betanib": {"standing": "undetermined", "intent": "symptom_control"}}},
    {"options": {"deltaplatin": {"standing": "undetermined", "unconfirmed": True}}},
    {"options": {"epsirubicin": {"standing": "declined", "would_be": "undetermined"}}},
    {"not_suggested": ["gammalu", "chemotherapy"]},
    {"alerts": ["target-lost", "ecog-unknown"], "no_alerts": ["young"]},
    {"alerts": [{"target-lost": "critical"}, "ecog-unknown"]},
    {"asks": ["fdg_pet", "ecog"], "missing": ["ecog", "symptoms"]},
    {"facts": {"extent": "metastatic", "ki67_highest_percent": 10, "ecog": "unknown"}},
    {"facts": {"declined": {"includes": ["epsirubicin"], "complete": True}}},
]
FAILS: list[tuple[dict[str, Any], str]] = [
    ({"options": {"alfanib": "recommended"}}, "expected alfanib recommended; got conditional"),
    ({"options": {"waiting": "option"}}, "expected waiting option; got silent (nobody speaks of it)"),
    ({"options": {"alfanib": "silent"}}, "expected alfanib silent; got conditional"),
    ({"options": {"alfanib": {"would_be": "option"}}}, "expected alfanib would be option; got recommended"),
    ({"options": {"betanib": {"would_be": "option"}}}, "expected betanib would be option; got nothing else"),
    ({"options": {"alfanib": {"label": {"ema": "on_label"}}}}, "expected alfanib on_label by ema; got indeterminate"),
    ({"options": {"alfanib": {"label": {"tga": "on_label"}}}}, "expected alfanib on_label by tga; got not asked"),
    ({"options": {"alfanib": {"unconfirmed": True}}}, "expected alfanib unconfirmed: True; got False"),
    ({"options": {"alfanib": {"disagreement": True}}}, "expected alfanib disagreement: True; got False"),
    ({"options": {"alfanib": {"missing": ["tempo"]}}}, "expected alfanib waits for tempo; got ecog"),
    ({"options": {"betanib": {"missing": ["ecog"]}}}, "expected betanib waits for ecog; got nothing"),
    ({"options": {"alfanib": {"statements": {"south": "avoid"}}}}, "expected alfanib: south avoid; got"),
    ({"options": {"alfanib": {"strengths": {"north": "B"}}}}, "expected alfanib: north prints B; got A"),
    ({"options": {"alfanib": {"rules": ["south.growth.alfanib-unfit"]}}}, "applies; got it may apply"),
    ({"options": {"alfanib": {"rules": ["north.growth.betanib"]}}}, "applies; got it applies to other therapies"),
    ({"options": {"deltaplatin": {"rules": ["south.growth.chemotherapy-slow"]}}}, "applies; got it does not apply"),
    (
        {"options": {"alfanib": {"not_rules": ["south.growth.alfanib-unfit"]}}},
        "is silent; got it may apply (south.growth.alfanib-unfit avoid: unknown, lacks ecog)",
    ),
    ({"options": {"waiting": {"label": {"ema": "on_label"}}}}, "expected waiting addressed; got silent"),
    ({"not_suggested": ["alfanib"]}, "expected alfanib not suggested; got conditional (antiproliferative)"),
    ({"not_suggested": ["kinase_inhibitor"]}, "expected betanib not suggested; got option (antiproliferative)"),
    ({"alerts": ["young"]}, "expected alert young; got no such alert"),
    (
        {"alerts": [{"target-lost": "info"}]},
        "expected alert target-lost: info; got critical (alerts.record.target-lost: yes",
    ),
    ({"no_alerts": ["target-lost"]}, "expected no alert target-lost; got the alert"),
    ({"asks": ["hepatitis_serology"]}, "expected hepatitis_serology asked for; got not asked for"),
    ({"missing": ["tempo"]}, "expected tempo among the missing facts; got not missing"),
    ({"missing": ["age_years"]}, "expected age_years among the missing facts; got unknown, yet no option waits for it"),
    ({"facts": {"extent": "localised"}}, "expected extent = localised; got metastatic"),
    ({"facts": {"ecog": 1}}, "expected ecog = 1; got unknown"),
    ({"facts": {"extent": "unknown"}}, "expected extent = unknown; got metastatic"),
]


@pytest.mark.parametrize("expected", HOLDS, ids=str)
def test_an_expectation_that_holds_is_silent(expected: dict[str, Any]) -> None:
    assert fails(**expected) == []


@pytest.mark.parametrize(("expected", "text"), FAILS, ids=str)
def test_an_expectation_that_does_not_hold_says_what_was_read(expected: dict[str, Any], text: str) -> None:
    found = fails(**expected)
    assert any(text in failure for failure in found), found


def test_every_option_of_a_class_that_was_not_to_be_suggested_is_named() -> None:
    assert len(fails(not_suggested=["kinase_inhibitor"])) == 2


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ({"options": {"alfanip": "silent"}}, "'alfanip', which is no therapy"),
        ({"not_suggested": ["chemo"]}, "'chemo', which is neither a therapy nor a class"),
        ({"alerts": ["target-lots"]}, "the alert 'target-lots', which nothing raises"),
        ({"no_alerts": ["yuong"]}, "the alert 'yuong', which nothing raises"),
        ({"options": {"alfanib": {"not_rules": ["north.growth.alfanip"]}}}, "'north.growth.alfanip', which is no rule"),
    ],
)
def test_an_expectation_that_names_nothing_is_an_error(expected: dict[str, Any], text: str) -> None:
    with pytest.raises(CdssError, match=text):
        fails(**expected)


def test_a_failure_reads_as_a_sentence() -> None:
    assert str(Failure("a", "b")) == "expected a; got b"
    assert str(Failure("a", "b", ("c", "d"))) == "expected a; got b (c; d)"


# ── whole cases ──────────────────────────────────────────────────────────────────────────────


def written(tmp_path: Path, text: str) -> Case:
    path = tmp_path / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return load_case(str(path), CASES)


def results(case: Case) -> dict[str, list[str]]:
    return {check.name: [str(f) for f in check.run()] for check in checks(case, small_engine())}


def test_the_case_told_in_facts_holds() -> None:
    assert results(small_case("direct")) == {"as given": []}


RECORDED = (CASES / "site/recorded.yaml").read_text(encoding="utf-8")
MORE = """expect:
  - {at: first, options: {gammalu: conditional}}
  - {at: refused, as_of: 2021-01-01, options: {alfanib: conditional}}
variants:
  - title: the receptors stay
    but: {sstr_status: positive}
    expect: {at: grown, options: {gammalu: conditional}}
  - but: {ecog: 1, tempo: unknown}
    expect:
      - {at: refused, as_of: 2021-01-01, options: {alfanib: recommended}}
      - {at: first, options: {alfanib: silent}}
  - time_zero: 2010-01-01
    expect: {at: refused, options: {alfanib: silent}}
"""


def test_every_expectation_and_every_variant_is_a_check_of_its_own(tmp_path: Path) -> None:
    assert results(written(tmp_path, RECORDED + MORE)) == {
        "first": [],
        "refused, knowledge of 2021-01-01": [],
        "the receptors stay, grown": [],
        "ecog changed, tempo changed, refused, knowledge of 2021-01-01": [],
        "ecog changed, tempo changed, first": [],
        "time zero 2010-01-01, refused": [],
    }


def test_a_check_names_its_case_and_its_place(tmp_path: Path) -> None:
    case = written(tmp_path, RECORDED + MORE)
    first, *_, last = checks(case, small_engine())
    assert (first.case, first.place.line) == ("case", RECORDED.count("\n") + 2)
    assert last.place.line == (RECORDED + MORE).count("\n")


def test_a_check_that_fails_says_so(tmp_path: Path) -> None:
    case = written(tmp_path, RECORDED + "expect: {at: first, options: {gammalu: recommended}}\n")
    assert results(case)["first"][0].startswith("expected gammalu recommended; got conditional")


def test_an_expectation_at_a_point_the_case_lacks_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(Problems) as caught:
        written(tmp_path, RECORDED + "expect: {at: grow, options: {}}\n")
    (problem,) = caught.value.problems
    assert (problem.code, problem.remedy) == ("E401", "did you mean 'grown'?")


@pytest.mark.parametrize("at", ["2016-06-01", "+5mo"])
def test_an_expectation_may_stand_at_a_date_or_an_offset(at: str, tmp_path: Path) -> None:
    case = written(tmp_path, RECORDED + f"expect: {{at: {at}, options: {{gammalu: conditional}}}}\n")
    assert results(case) == {at: []}


def test_an_unknown_fact_in_a_variant_is_told_with_its_place(tmp_path: Path) -> None:
    text = RECORDED + "variants:\n  - but: {ecogg: 1}\n    expect: {at: first, options: {}}\n"
    with pytest.raises(Problems) as caught:
        list(checks(written(tmp_path, text), small_engine()))
    (problem,) = caught.value.problems
    assert (problem.code, problem.remedy) == ("E301", "did you mean 'ecog'?")
    assert problem.place.line == text.count("\n") - 1


@pytest.mark.parametrize("standing", ["best", "Recommended"])
def test_a_standing_that_does_not_exist_is_told(standing: str, tmp_path: Path) -> None:
    with pytest.raises(Problems, match=r"no standing is called|not allowed"):
        written(tmp_path, RECORDED + f"expect: {{options: {{alfanib: {standing}}}}}\n")


@pytest.mark.parametrize(
    ("alerts", "text"),
    [
        ("[target-lost: severe]", "critical"),
        ("[target-lost, target-lost: info]", "named twice"),
        ("[{target-lost: info, ecog-unknown: info}]", "name: severity"),
        ("[3]", "name: severity"),
        ("target-lost", "a list of names"),
    ],
)
def test_an_alert_is_expected_by_its_name_or_with_one_severity(alerts: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(Problems, match=text):
        written(tmp_path, RECORDED + f"expect: {{alerts: {alerts}}}\n")


# ── where and why ────────────────────────────────────────────────────────────────────────────

PLAIN = """title: A patient
on: 2021-03-01
facts: {extent: metastatic, progression: documented, ki67_highest_percent: 15, sstr_status: negative}
"""


def told(case: Case) -> list[str]:
    """Everything the checks of a case tell."""
    return [line for check in checks(case, small_engine()) for line in check.told(check.outcome().failures)]


def test_a_failure_names_the_line_of_the_expectation_and_every_rule_with_its_answer(tmp_path: Path) -> None:
    text = PLAIN + (
        "expect:\n"
        "  - options:\n"
        "      gammalu: not_indicated\n"
        "      alfanib:\n"
        "        standing: conditional\n"
        "        label: {ema: on_label}\n"
        "        rules: [north.growth.betanib]\n"
        "    alerts:\n"
        "      - target-lost\n"
        "      - young\n"
    )
    file = f"{tmp_path}/case.yaml"
    assert told(written(tmp_path, text)) == [
        f"{file}:9: expected alfanib on_label by ema; got indeterminate",
        "    ema.growth.alfanib: unknown, lacks functional_status",
        f"{file}:10: expected alfanib: north.growth.betanib applies; got it may apply",
        "    north.growth.betanib: unknown, lacks tempo",
        f"{file}:13: expected alert young; got no such alert",
        "    alerts.record.young: unknown, lacks age_years",
    ]


def test_a_rule_that_had_not_begun_or_speaks_of_another_therapy_is_told_so(tmp_path: Path) -> None:
    early = "  - {as_of: 2001-01-01, options: {alfanib: {rules: [north.growth.alfanib]}}}\n"
    other = "  - {options: {betanib: {rules: [north.growth.alfanib]}}}\n"
    found = told(written(tmp_path, PLAIN + "expect:\n" + early + other))
    assert [line.partition(": ")[2] for line in found] == [
        "expected alfanib addressed; got silent",
        "not in force on 2001-01-01",
        "expected betanib: north.growth.alfanib applies; got it applies to other therapies",
        "yes, from extent, ki67_highest_percent, progression",
    ]


def test_two_checks_of_one_name_are_told_apart(tmp_path: Path) -> None:
    case = written(tmp_path, PLAIN + "expect:\n  - {alerts: [target-lost]}\n  - {no_alerts: [young]}\n")
    assert results(case) == {"as given": [], "as given (2)": []}


# ── accepted differences ─────────────────────────────────────────────────────────────────────

WRONG = "options: {alfanib: recommended}"
RIGHT = "options: {alfanib: conditional}"
WHO = "accepted: {by: A. Reviewer, because: fitness is asked for first, date: 2026-01-01}"


def only_check(tmp_path: Path, *expectations: str) -> Check:
    (check,) = checks(written(tmp_path, PLAIN + "expect: {" + ", ".join(expectations) + "}\n"), small_engine())
    return check


def test_a_difference_that_somebody_accepted_does_not_fail_and_is_still_told(tmp_path: Path) -> None:
    check = only_check(tmp_path, WRONG, WHO)
    outcome = check.outcome()
    assert (outcome.result, check.run()) == (Result.ACCEPTED, ())
    assert str(outcome.accepted) == "accepted by A. Reviewer on 2026-01-01: fitness is asked for first"
    assert check.told(outcome.failures)[0].endswith("expected alfanib recommended; got conditional")


def test_an_accepted_difference_that_is_gone_fails(tmp_path: Path) -> None:
    check = only_check(tmp_path, RIGHT, WHO)
    assert check.outcome().result is Result.FAILS
    (failure,) = check.run()
    assert "A. Reviewer accepted on 2026-01-01" in failure.expected
    assert failure.got == "no difference: take 'accepted' out of the case"


def test_without_acceptance_the_difference_fails(tmp_path: Path) -> None:
    check = only_check(tmp_path, WRONG)
    assert check.outcome().result is Result.FAILS
    assert len(check.run()) == 1


def test_an_acceptance_covers_one_expectation_so_that_no_other_hides_behind_it(tmp_path: Path) -> None:
    with pytest.raises(Problems, match="an accepted difference stands beside one expectation"):
        only_check(tmp_path, WRONG, "alerts: [young]", WHO)
    with pytest.raises(Problems, match="an accepted difference stands beside one expectation"):
        only_check(tmp_path, WHO)


@pytest.mark.parametrize("lacking", ["by", "because", "date"])
def test_an_acceptance_says_who_why_and_when(lacking: str, tmp_path: Path) -> None:
    accepted = {"by": "A. Reviewer", "because": "'a reason'", "date": "2026-01-01"}
    del accepted[lacking]
    words = ", ".join(f"{key}: {value}" for key, value in accepted.items())
    with pytest.raises(Problems, match=f"the key '{lacking}' is missing in 'accepted'"):
        only_check(tmp_path, WRONG, f"accepted: {{{words}}}")


def test_an_acceptance_without_a_name_or_a_reason_is_none() -> None:
    with pytest.raises(ValueError, match="at least 1 character"):
        Accepted.model_validate({"by": "", "because": "x", "date": "2026-01-01"})
    with pytest.raises(ValueError, match="at least 1 character"):
        Accepted.model_validate({"by": "A", "because": "", "date": "2026-01-01"})


# ── steps over a limit ───────────────────────────────────────────────────────────────────────

STEPS = """steps:
  - over: {ki67_highest_percent: 20}
    below: {options: {alfanib: conditional}, facts: {ki67_highest_percent: 19.9}}
    at: {options: {alfanib: conditional}, facts: {ki67_highest_percent: 20}}
    above: {options: {alfanib: silent}, facts: {ki67_highest_percent: 20.1}}
    missing: {options: {alfanib: undetermined}, facts: {ki67_highest_percent: unknown}}
"""


def test_a_step_over_a_limit_is_four_patients_in_the_steps_of_the_fact(tmp_path: Path) -> None:
    assert results(written(tmp_path, PLAIN + STEPS)) == {
        "highest Ki-67: one step below 20 %, as given": [],
        "highest Ki-67: at 20 %, as given": [],
        "highest Ki-67: one step above 20 %, as given": [],
        "highest Ki-67: missing, as given": [],
    }


def test_a_whole_number_steps_by_one_and_a_title_names_the_limit(tmp_path: Path) -> None:
    text = (
        PLAIN
        + """steps:
  - title: fitness
    source: a made-up source
    over: {ecog: 2}
    but: {sstr_status: positive}
    below: {facts: {ecog: 1, sstr_status: positive}}
    at: {facts: {ecog: 2}}
    above:
      - {facts: {ecog: 3}}
      - {as_of: 2021-01-01, facts: {ecog: 3}}
    missing: {facts: {ecog: unknown}}
"""
    )
    assert results(written(tmp_path, text)) == {
        "fitness: one step below 2, as given": [],
        "fitness: at 2, as given": [],
        "fitness: one step above 2, as given": [],
        "fitness: one step above 2, as given, knowledge of 2021-01-01": [],
        "fitness: missing, as given": [],
    }


def test_a_step_that_reads_otherwise_fails_at_its_own_line(tmp_path: Path) -> None:
    text = PLAIN + STEPS.replace("above: {options: {alfanib: silent}", "above: {options: {alfanib: conditional}")
    (line, *_) = told(written(tmp_path, text))
    assert line == f"{tmp_path}/case.yaml:8: expected alfanib conditional; got silent"


@pytest.mark.parametrize(
    ("over", "code", "text"),
    [
        ("{ki67: 20}", "E301", "no fact is called 'ki67'"),
        ("{extent: localised}", "E403", "extent is no number: there is no step beside it"),
        ("{ecog: {from: 1, to: 2}}", "E403", "a step goes over one number of ecog"),
        ("{ecog: unknown}", "E403", "a step goes over one number of ecog"),
        ("{ecog: 5}", "E303", "ecog: lies outside the possible range, 0 to 5"),
        ("{ecog: 0}", "E303", "ecog: lies outside the possible range, 0 to 5"),
        ("{ecog: 1.5}", "E303", "ecog: should be a whole number"),
    ],
)
def test_a_limit_without_steps_is_told_with_its_place(over: str, code: str, text: str, tmp_path: Path) -> None:
    case = written(tmp_path, PLAIN + STEPS.replace("{ki67_highest_percent: 20}", over, 1))
    with pytest.raises(Problems) as caught:
        list(checks(case, small_engine()))
    problem = caught.value.problems[0]
    assert (problem.code, problem.message, problem.place.line) == (code, text, 5)


@pytest.mark.parametrize("side", ["below", "at", "above", "missing"])
def test_no_side_of_a_limit_may_be_left_out(side: str, tmp_path: Path) -> None:
    lines = [line for line in STEPS.splitlines() if not line.strip().startswith(f"{side}:")]
    with pytest.raises(Problems, match=f"the key '{side}' is missing"):
        written(tmp_path, PLAIN + "\n".join(lines) + "\n")


def test_a_step_goes_over_one_fact(tmp_path: Path) -> None:
    with pytest.raises(Problems, match="'over'"):
        written(tmp_path, PLAIN + STEPS.replace("{ki67_highest_percent: 20}", "{ki67_highest_percent: 20, ecog: 1}", 1))


def test_a_step_at_a_point_the_case_lacks_is_told(tmp_path: Path) -> None:
    steps = STEPS.replace("at: {options: {alfanib: conditional}", "at: {at: grow, options: {alfanib: conditional}")
    with pytest.raises(Problems, match="the case has no point 'grow'"):
        written(tmp_path, RECORDED + steps)


def test_without_the_evaluation_the_same_expectations_fail() -> None:
    evaluation = evaluation_of(FACTS)
    for expected, _ in FAILS:
        expect = Expect.model_validate(expected)
        bare = list(failures(evaluation.decision, expect, small_engine()))
        full = list(failures(evaluation.decision, expect, small_engine(), evaluation))
        assert [f.expected for f in bare] == [f.expected for f in full]
