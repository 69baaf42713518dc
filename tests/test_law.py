"""Laws that hold for every patient: lost knowledge opens nothing, a refusal moves only what it names, and the like."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdss.backends.plain import PlainBackend, explain
from cdss.decision import Standing
from cdss.reasons import facts_behind
from cdss.testing import SUGGESTED, Pair
from cdss.values import Value
from tests.patients import library, recorded_patients, some_patient, strategies, vaguer, weigher

DATES = (date(2011, 1, 15), date(2015, 1, 15), date(2017, 6, 1), date(2021, 1, 1), date(2024, 1, 1), date(2026, 11, 1))
PATIENTS = 10_000
SHARES = 4


def clinical(facts: Mapping[str, Value]) -> list[str]:
    return sorted(name for name in facts if not library().vocabulary.facts[name].preference)


@pytest.mark.parametrize("share", range(SHARES))
def test_making_a_clinical_fact_unknown_or_vaguer_never_suggests_a_therapy(share: int) -> None:
    chance = random.Random(f"law {share}")
    weighers = [weigher(on) for on in DATES]
    suggested = 0
    for number in range(PATIENTS // SHARES):
        weigh = weighers[number % len(weighers)]
        facts = some_patient(chance)
        known = clinical(facts)
        less = vaguer(facts, chance.sample(known, min(len(known), chance.choice([1, 1, 1, 2, 4]))), chance)
        before = weigh.suggested(facts)
        suggested += len(before)
        opened = weigh.suggested(less) - before
        assert not opened, f"losing knowledge opened {sorted(map(str, opened))}"
    assert suggested > 100, "the generated patients are suggested next to nothing, so the law is hardly tried"


def test_the_law_holds_for_every_single_fact_of_every_bundled_case() -> None:
    weigh = weigher(DATES[-1])
    for facts in recorded_patients():
        before = weigh.suggested(facts)
        for name in clinical(facts):
            less = {other: value for other, value in facts.items() if other != name}
            opened = weigh.suggested(less) - before
            assert not opened, f"losing {name} opened {opened}"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(strategies().refusals())
def test_a_refusal_moves_only_the_therapies_it_names(pair: Pair) -> None:
    # Rules may ask for a refusal only in alerts, so nothing but the named therapies can move.
    covered = library().therapies.covered_by(frozenset({pair.about}))
    before, after = weigher(DATES[-1])(pair.first), weigher(DATES[-1])(pair.second)
    for key in {*before, *after}:
        if key[0] not in covered:
            assert before.get(key) is after.get(key)
        elif before.get(key) in SUGGESTED:
            assert after[key] is Standing.DECLINED


@settings(max_examples=200, deadline=None, derandomize=True)
@given(strategies().worse("ecog"))
def test_a_worse_performance_status_never_suggests_an_intensive_therapy(pair: Pair) -> None:
    fit, unfit = (weigher(DATES[-1]).suggested(facts) for facts in (pair.first, pair.second))
    for therapy, _ in unfit - fit:
        assert not library().therapies.therapies[therapy].intensive, f"{therapy} is suggested only to the less fit"


def test_the_short_way_to_the_facts_behind_an_answer_gives_what_the_reason_tree_gives() -> None:
    chance = random.Random("grounds")
    in_force = library().in_force(DATES[-1])
    plain = PlainBackend(in_force.program)
    for _ in range(60):
        facts = some_patient(chance)
        verdicts = plain.verdicts(facts)
        for rule, version in in_force.versions.items():
            tree = explain(version.condition, facts, verdicts.definitions, in_force.definitions)
            assert verdicts.behind(rule) == facts_behind(tree), rule
            assert tree.truth is verdicts.rules[rule]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(strategies().patients(), st.randoms(use_true_random=False))
def test_the_order_of_the_facts_changes_nothing(facts: dict[str, Value], chance: random.Random) -> None:
    names = list(facts)
    chance.shuffle(names)
    weigh = weigher(DATES[-1])
    assert weigh({name: facts[name] for name in names}) == weigh(facts)


def test_the_rules_of_a_day_are_those_of_the_day_before_unless_something_begins() -> None:
    days = library().turning_points
    assert len(days) > 10
    for day in days:
        eve = library().in_force(day - timedelta(days=1))
        that_day = library().in_force(day)
        assert {n: v.start for n, v in eve.versions.items()} != {n: v.start for n, v in that_day.versions.items()}
