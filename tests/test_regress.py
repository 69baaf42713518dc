"""Cases as regression tests: an expectation that holds is silent, and each that does not says what was read instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdss.case import Case, Expect, load_case
from cdss.errors import CdssError, Problems
from cdss.expectation import Failure, failures
from cdss.regress import checks
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
    return [str(f) for f in failures(evaluation, Expect.model_validate(expected), small_engine())]


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
    ({"options": {"alfanib": {"rules": ["north.growth.betanib"]}}}, "applies; got it does not apply"),
    (
        {"options": {"alfanib": {"not_rules": ["south.growth.alfanib-unfit"]}}},
        "is silent; got it may apply (south.growth.alfanib-unfit avoid: unknown, lacks ecog)",
    ),
    ({"options": {"waiting": {"label": {"ema": "on_label"}}}}, "expected waiting addressed; got silent"),
    ({"not_suggested": ["alfanib"]}, "expected alfanib not suggested; got conditional (antiproliferative)"),
    ({"not_suggested": ["kinase_inhibitor"]}, "expected betanib not suggested; got option (antiproliferative)"),
    ({"alerts": ["young"]}, "expected alert young; got no such alert"),
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
