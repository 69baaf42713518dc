"""Why, why not, and what would change it: answers that can be checked against the engine itself."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cdss.backends.plain import PlainBackend
from cdss.condition import All, Compare, Condition, Holds, Includes, Is, Known, Not, OneOf, Op
from cdss.condition import Any as Some
from cdss.decision import Label, Standing
from cdss.explain import Explanation, LeafSeen, RuleWhy, describe_leaf, explain_therapy
from cdss.rule import Intent, Kind
from cdss.values import Truth, Value
from cdss.vocabulary import Kind as FactKind
from cdss.weigh import Scales
from tests.small_world import TODAY, evaluation_of, sheet_of, small_engine, small_library

ANTI = Intent.ANTIPROLIFERATIVE
GROWING = {"extent": "metastatic", "progression": "documented", "ki67_highest_percent": 10}


def explained(facts: Mapping[str, Any], therapy: str) -> Explanation:
    return explain_therapy(evaluation_of(facts), small_library(), therapy)


def why(facts: Mapping[str, Any], therapy: str, rule: str) -> RuleWhy:
    (found,) = [r for r in explained(facts, therapy).rules if r.rule == rule]
    return found


def leaves_of(rule: RuleWhy) -> list[tuple[str, str | None, Truth]]:
    return [(leaf.test, leaf.seen, leaf.truth) for leaf in rule.carried_by]


# ── why and why not ──────────────────────────────────────────────────────────────────────────


def test_why_names_every_test_that_carries_the_verdict_beside_what_is_recorded() -> None:
    rule = why(GROWING, "alfanib", "north.growth.alfanib")
    assert rule.truth is Truth.YES
    assert leaves_of(rule) == [
        ("extent: locally advanced or metastatic", "metastatic", Truth.YES),
        ("progression: progression documented", "progression documented", Truth.YES),
        ("highest Ki-67 at most 20 %", "10 %", Truth.YES),
    ]


def test_why_not_names_every_failing_test_and_no_other() -> None:
    facts = {**GROWING, "progression": "none", "ki67_highest_percent": 21}
    rule = why(facts, "alfanib", "north.growth.alfanib")
    assert rule.truth is Truth.NO
    assert leaves_of(rule) == [
        ("progression: progression documented", "no progression", Truth.NO),
        ("highest Ki-67 at most 20 %", "21 %", Truth.NO),
    ]


def test_why_undecided_names_what_is_not_recorded() -> None:
    rule = why({"extent": "metastatic", "ki67_highest_percent": 10}, "alfanib", "north.growth.alfanib")
    assert rule.truth is Truth.UNKNOWN
    assert leaves_of(rule) == [("progression: progression documented", None, Truth.UNKNOWN)]


def test_a_value_that_is_too_vague_is_shown_as_it_is_recorded() -> None:
    rule = why({**GROWING, "ki67_highest_percent": {"from": 15, "to": 25}}, "alfanib", "north.growth.alfanib")
    assert leaves_of(rule) == [("highest Ki-67 at most 20 %", "15 to 25 %", Truth.UNKNOWN)]


def test_the_day_of_the_observation_stands_beside_the_value() -> None:
    leaf = why(GROWING, "alfanib", "north.growth.alfanib").carried_by[0]
    assert leaf.observed == TODAY
    nothing = why({}, "gammalu", "north.growth.gammalu").carried_by[0]
    assert (nothing.seen, nothing.observed) == (None, None)


def test_every_rule_in_force_that_names_the_therapy_is_opened_labels_too_and_no_alert() -> None:
    found = explained({}, "alfanib").rules
    assert {r.rule for r in found} == {
        "ema.growth.alfanib",
        "fda.growth.alfanib",
        "north.growth.alfanib",
        "safety.organs.alfanib-hepatitis",
        "south.growth.alfanib-unfit",
    }
    assert {r.kind for r in found} == {Kind.LABEL, Kind.STATEMENT}


def test_a_rule_not_yet_in_force_is_not_opened() -> None:
    evaluation = evaluation_of(GROWING, as_of=date(2015, 6, 1))
    found = {r.rule for r in explain_therapy(evaluation, small_library(), "alfanib").rules}
    assert found == {"north.growth.alfanib", "safety.organs.alfanib-hepatitis"}


def test_the_explanation_agrees_with_the_decision() -> None:
    facts = {**GROWING, "functional_status": "non_functioning", "ecog": 1}
    found = explained(facts, "alfanib")
    assert found.standings == ((ANTI, Standing.RECOMMENDED),)
    assert found.labels == ((ANTI, "ema", Label.ON_LABEL), (ANTI, "fda", Label.ON_LABEL))


def test_a_therapy_of_which_nobody_speaks_is_explained_as_well() -> None:
    found = explained({}, "zetamab")
    assert (found.standings, found.labels, found.rules, found.changes) == ((), (), (), ())


def test_a_name_that_is_no_therapy_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        explained({}, "aspirin")


def test_the_verdicts_explained_are_those_the_engine_gave() -> None:
    for facts in ({}, GROWING, {"sstr_status": "negative", "tempo": "rapid"}):
        evaluation = evaluation_of(facts)
        for therapy in small_library().therapies.therapies:
            for rule in explain_therapy(evaluation, small_library(), therapy).rules:
                assert rule.truth is evaluation.verdicts.rules[rule.rule]


# ── tests in words ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        (Is("fit_for_major_surgery", True), "fit for surgery: yes"),
        (Is("fit_for_major_surgery", False), "fit for surgery: no"),
        (Is("sstr_status", "negative"), "SSTR status: no relevant uptake"),
        (OneOf("tempo", ("slow", "rapid")), "tempo: slow or rapid"),
        (Compare("ki67_highest_percent", Op.AT_MOST, Decimal("20.0")), "highest Ki-67 at most 20 %"),
        (Compare("creatinine_clearance_ml_min", Op.LESS_THAN, Decimal(30)), "clearance less than 30 mL/min"),
        (Compare("ecog", Op.AT_LEAST, Decimal(3)), "ECOG at least 3"),
        (Compare("age_years", Op.MORE_THAN, Decimal(70)), "age more than 70 years"),
        (Includes("symptoms", "abdominal_pain"), "symptoms include abdominal pain"),
        (Known("ecog"), "ECOG is known"),
        (Holds("advanced"), "Advanced disease"),
        (Not(Is("tempo", "slow")), "not (tempo: slow)"),
        (All((Is("tempo", "slow"), Known("ecog"))), "tempo: slow and ECOG is known"),
        (Some((Is("tempo", "slow"), Known("ecog"))), "tempo: slow or ECOG is known"),
    ],
)
def test_a_condition_is_said_in_words(leaf: Condition, words: str) -> None:
    assert describe_leaf(leaf, small_library()) == words


# ── what would change it ─────────────────────────────────────────────────────────────────────


def test_the_single_fact_that_would_change_it_is_named() -> None:
    changes = explained(GROWING, "alfanib").changes
    assert [(c.fact, c.to, c.standing) for c in changes] == [
        ("ecog", "less than 3", Standing.RECOMMENDED),
        ("ecog", "at least 3", Standing.DISPUTED),
        ("extent", "localised", None),
        ("ki67_highest_percent", "more than 20 %", None),
        ("progression", "no progression", None),
    ]


def test_every_value_that_leads_to_the_same_standing_is_named() -> None:
    changes = explained({}, "deltaplatin").changes
    assert [(c.to, c.standing) for c in changes if c.fact == "tempo"] == [
        ("slow", Standing.ADVISED_AGAINST),
        ("moderate", None),
    ]
    changes = explained({"tempo": "rapid"}, "betanib").changes
    assert ("slow or moderate", None) in [(c.to, c.standing) for c in changes if c.fact == "tempo"]


def test_numbers_are_named_by_the_threshold_and_its_side() -> None:
    facts = {"sstr_status": "positive"}
    found = [(c.to, c.standing) for c in explained(facts, "gammalu").changes if c.fact.startswith("creatinine")]
    assert found == [
        ("less than 30 mL/min", Standing.CONTRAINDICATED),
        ("at least 30 mL/min", Standing.RECOMMENDED),
    ]


def test_taking_a_refusal_back_is_among_the_changes() -> None:
    changes = explained({"tempo": "rapid", "declined": ["chemotherapy"]}, "deltaplatin").changes
    assert [(c.standing, c.to) for c in changes if c.fact == "declined"] == [(Standing.UNDETERMINED, "none")]


def test_without_a_refusal_none_is_made_up() -> None:
    assert "declined" not in {c.fact for c in explained(GROWING, "alfanib").changes}


def test_a_fact_behind_a_definition_counts_as_well() -> None:
    changes = explained({**GROWING, "extent": "localised"}, "alfanib").changes
    assert {c.to for c in changes if c.fact == "extent"} == {"locally advanced or metastatic"}


def standings(facts: Mapping[str, Value], therapy: str) -> dict[Intent, Standing]:
    in_force = small_library().in_force(TODAY)
    verdicts = PlainBackend(in_force.program).verdicts(facts).rules
    scales = Scales(small_library(), in_force, [therapy])
    return {w.intent: w.outcome.standing for w in scales.weigh(verdicts, facts)}


GRID: dict[str, list[Any]] = {
    "extent": ["localised", "locally_advanced", "metastatic"],
    "progression": ["documented", "none"],
    "ki67_highest_percent": [0, 15, 20, Decimal("20.1"), 55, 100],
    "ecog": [0, 1, 2, 3, 4, 5],
    "tempo": ["slow", "moderate", "rapid"],
    "sstr_status": ["positive", "mixed", "negative"],
    "creatinine_clearance_ml_min": [5, 29, 30, 90],
    "fit_for_major_surgery": [True, False],
    "symptoms": [[], ["flushing"], {"includes": ["flushing"], "complete": False}, {"excludes": ["flushing"]}],
}


def value_of(fact: str, raw: Any) -> Value:
    return sheet_of({fact: {"value": raw, "unit": "%"} if fact.startswith("ki67") else raw}).values[fact]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_said_to_change_it_is_all_that_does(seed: int) -> None:
    chance = random.Random(f"changes {seed}")
    for _ in range(12):
        stated = {fact: value_of(fact, chance.choice(values)) for fact, values in GRID.items() if chance.random() < 0.7}
        sheet = sheet_of({}).changed(stated, source="made up")
        evaluation = small_engine().evaluate(sheet, case="made-up", on=TODAY, as_of=TODAY)
        for therapy in ("alfanib", "gammalu", "deltaplatin", "betanib", "ablation"):
            now = standings(stated, therapy)
            said = {
                (c.fact, c.intent, c.standing) for c in explain_therapy(evaluation, small_library(), therapy).changes
            }
            found = set()
            for fact, values in GRID.items():
                for raw in values:
                    after = standings({**stated, fact: value_of(fact, raw)}, therapy)
                    for intent in {*now, *after}:
                        if now.get(intent) is not after.get(intent):
                            found.add((fact, intent, after.get(intent)))
            assert found == said, therapy


def test_every_change_names_a_value_the_fact_may_hold() -> None:
    vocabulary = small_library().vocabulary
    for facts in ({}, GROWING):
        for therapy in small_library().therapies.therapies:
            for change in explained(facts, therapy).changes:
                fact = vocabulary.fact(change.fact)
                assert change.label == fact.label
                if fact.type is FactKind.CATEGORY:
                    assert set(change.to.split(" or ")) <= set(fact.values.values())


def test_the_patient_explained_is_left_as_recorded() -> None:
    evaluation = evaluation_of(GROWING)
    before = dict(evaluation.sheet.values)
    explain_therapy(evaluation, small_library(), "alfanib")
    assert dict(evaluation.sheet.values) == before


def test_a_leaf_says_yes_no_or_unknown_as_the_tree_does() -> None:
    leaf = LeafSeen("ecog", "ECOG at least 3", None, None, Truth.UNKNOWN, None)
    assert leaf in why({}, "alfanib", "south.growth.alfanib-unfit").carried_by
