"""What is said to decide does decide: every claim is tried again with the whole engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdss.case import case_of, load_case
from cdss.cli import app
from cdss.consult import Question, consult
from cdss.decision import Standing
from cdss.decisive import settling
from cdss.decisive.thresholds import Close, close_to_threshold
from cdss.decisive.trial import OPEN, OPENED, Trial
from cdss.decisive.whole import Decisive, decisive
from cdss.engine import Engine, Evaluation
from cdss.explain import trial_values
from cdss.library import Library, load_library
from cdss.locations import cases_folder, rules_folder
from cdss.measurement import ERRORS, error_of
from cdss.reports.decisive import render_decisive
from cdss.rule import Intent
from cdss.values import Value
from cdss.wording import describe_value

FACTS = """title: x
on: 2026-01-01
facts: {{primary_site: {site}, differentiation: well, extent: metastatic, sstr_status: positive,
  ki67_highest_percent: {ki67}, ki67_latest_percent: {ki67}, net_grade_highest: {grade}, net_grade_latest: {grade}}}
"""


@cache
def library() -> Library:
    return load_library(rules_folder())


@cache
def engine() -> Engine:
    return Engine(library(), shadow=False)


@cache
def seed() -> tuple[Evaluation, Decisive]:
    evaluation = consult(engine(), load_case("rectum/noe-2016", cases_folder()), Question("chemotherapy-declined"))
    return evaluation, decisive(evaluation, library())


def graded(ki67: str, grade: int, site: str = "pancreas") -> Evaluation:
    return consult(engine(), case_of(FACTS.format(site=site, ki67=ki67, grade=grade).encode(), "x", "x"))


def close_to_twenty(evaluation: Evaluation) -> list[Close]:
    found = close_to_threshold(evaluation, Trial(evaluation, library()))
    return [c for c in found if c.fact == "ki67_highest_percent" and c.threshold == "20 %"]


def standings(evaluation: Evaluation, changes: Mapping[str, Value] | None = None) -> dict[tuple[str, Intent], Standing]:
    decision = evaluation.decision
    if changes:
        sheet = evaluation.sheet.changed(changes, source="test", on=decision.on)
        decision = engine().evaluate(sheet, case="x", on=decision.on, as_of=decision.knowledge.as_of).decision
    return {(option.therapy, option.intent): option.standing for option in decision.options}


def values_of(evaluation: Evaluation, fact: str, therapy: str | None = None) -> list[Value]:
    rules = [
        rule for rule in evaluation.in_force.program.rules
        if therapy is None or therapy in library().rules[rule].therapies
    ]  # fmt: skip
    return trial_values(evaluation, sorted(rules), library())[fact]


def test_the_next_tests_settle_what_they_are_said_to_settle() -> None:
    evaluation, found = seed()
    assert found.next_tests
    for test in found.next_tests[:4]:
        after = [standings(evaluation, {test.fact: value}) for value in values_of(evaluation, test.fact)]
        for therapy in test.always + test.sometimes:
            keys = [key for key, standing in standings(evaluation).items() if key[0] == therapy and standing in OPEN]
            settled = [[one.get(key) not in OPEN for one in after] for key in keys]
            assert any(any(each) for each in settled), (test.fact, therapy)
            if therapy in test.always:
                assert any(all(each) for each in settled), (test.fact, therapy)


def test_next_tests_stand_by_what_they_settle_and_then_by_burden() -> None:
    _, found = seed()
    order = [(-len(t.always), -len(t.sometimes), t.burden.weight) for t in found.next_tests]
    assert order == sorted(order)


def test_every_open_option_is_looked_at_and_no_other() -> None:
    evaluation, found = seed()
    waiting = {key for key, standing in standings(evaluation).items() if standing in OPEN}
    assert {(one.therapy, one.intent) for one in found.settles} == waiting


def test_one_fact_that_settles_an_option_does_so_in_the_engine() -> None:
    evaluation, found = seed()
    single = [one for one in found.settles if len(one.facts) == 1]
    assert single
    for one in single:
        values = values_of(evaluation, one.facts[0], one.therapy)
        reached = {standings(evaluation, {one.facts[0]: value}).get((one.therapy, one.intent)) for value in values}
        assert set(one.outcomes) == {standing for standing in reached if standing not in OPEN}
        assert one.always == all(standing not in OPEN for standing in reached)


def test_the_facts_said_to_open_everolimus_open_it_and_none_can_be_left_out() -> None:
    evaluation, found = seed()
    key = ("everolimus", Intent.ANTIPROLIFERATIVE)
    (one,) = [one for one in found.settles if (one.therapy, one.intent) == key]
    changes: dict[str, Value] = {}
    for fact, words in one.opens:
        named = library().vocabulary.fact(fact)
        changes[fact] = next(
            value for value in values_of(evaluation, fact, "everolimus") if describe_value(named, value) == words
        )
    assert len(changes) >= 2

    assert standings(evaluation, changes)[key] in OPENED
    for fact in changes:
        rest = {name: value for name, value in changes.items() if name != fact}
        assert standings(evaluation, rest)[key] not in OPENED, fact


@pytest.mark.parametrize(("recorded", "grade", "other", "other_grade"), [("19", 2, "20.1", 3), ("20.5", 3, "20", 2)])
def test_a_ki67_near_twenty_shows_both_readings_as_the_engine_gives_them(
    recorded: str, grade: int, other: str, other_grade: int
) -> None:
    evaluation = graded(recorded, grade)
    (close,) = close_to_twenty(evaluation)

    before, after = standings(evaluation), standings(graded(other, other_grade))

    assert (close.recorded, close.other) == (f"{recorded} %", f"{other} %")
    assert close.moves
    moved = {(m.therapy, m.intent): (m.before, m.after) for m in close.moves}
    assert moved == {
        key: (before.get(key), after.get(key)) for key in {*before, *after} if before.get(key) != after.get(key)
    }


def test_a_number_far_from_every_threshold_is_not_mentioned() -> None:
    assert close_to_twenty(graded("12", 2)) == []


@pytest.mark.parametrize("site", ["lung", "thymus"])
def test_in_the_chest_another_ki67_does_not_move_the_grade(site: str) -> None:
    evaluation = graded("19", 2, site)
    (close,) = close_to_twenty(evaluation)

    before, after = standings(evaluation), standings(graded(close.other.removesuffix(" %"), 2, site))

    assert before != standings(graded("20.1", 3, site))  # where the grade followed, something would move
    assert {(m.therapy, m.intent): (m.before, m.after) for m in close.moves} == {
        key: (before.get(key), after.get(key)) for key in {*before, *after} if before.get(key) != after.get(key)
    }


def test_where_a_set_was_too_large_to_try_it_is_not_said_that_all_were_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation, _ = seed()
    monkeypatch.setattr(settling, "MOST_TRIALS", 3)

    found = list(settling.settling(evaluation, library()))

    assert [one for one in found if one.facts and not one.tried_all]
    text = render_decisive(evaluation.decision, replace(seed()[1], settles=tuple(found)), library()).text()
    assert "larger sets were not tried" in " ".join(text.split())


def test_the_single_facts_that_move_an_option_move_it_in_the_engine() -> None:
    evaluation, found = seed()
    moves = [move for move in found.moves if move.fact in {"ecog", "liver_dominant", "platelets_10e9_l"}]
    assert len({move.fact for move in moves}) == 3
    now = standings(evaluation)
    for move in moves:
        fact = library().vocabulary.fact(move.fact)
        value = next(v for v in values_of(evaluation, move.fact) if describe_value(fact, v) == move.to)
        after = standings(evaluation, {move.fact: value})
        key = (move.therapy, move.intent)
        assert (now.get(key), after.get(key)) == (move.before, move.after)


def test_every_declared_error_belongs_to_a_number_of_the_vocabulary() -> None:
    for fact in ERRORS:
        assert library().vocabulary.fact(fact).range is not None
        assert (error_of(fact, Decimal(100)) or 0) > 0


def test_the_larger_of_the_two_errors_counts() -> None:
    assert error_of("ki67_highest_percent", Decimal(2)) == 1
    assert error_of("ki67_highest_percent", Decimal(20)) == 4
    assert error_of("age_years", Decimal(60)) is None


def test_the_command_prints_text_and_json_and_says_that_the_errors_are_ours(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    refused = "cytotoxic_chemotherapy, prrt, vegfr_tki, immunotherapy, tumour_agnostic, liver_directed, surgery"
    facts = FACTS.format(site="pancreas", ki67="19", grade=2)
    declined = f"declined: [{refused}, somatostatin_analogue]"  # what is refused waits for nothing and takes no time
    file.write_text(facts.replace("facts: {", f"facts: {{{declined}, "), encoding="utf-8")

    text = CliRunner().invoke(app, ["decisive", str(file)]).output
    data = json.loads(CliRunner().invoke(app, ["decisive", str(file), "--format", "json"]).output)

    assert "highest Ki-67 19 % (± 3.8 %), threshold 20 %" in text
    assert "our proposal, from no guideline" in text
    assert data["errors"]["status"].startswith("proposal")
    assert {close["fact"] for close in data["close"]} == {"ki67_highest_percent"}
    assert "everolimus" in {one["therapy"] for one in data["settles"]}
