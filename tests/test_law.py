"""Laws that hold for every patient: lost knowledge opens nothing, a refusal moves only what it names, and the like."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from cdss.backends.plain import PlainBackend, explain
from cdss.decision import Standing
from cdss.reasons import facts_behind
from cdss.rule import Intent
from cdss.values import Interval, Members, Value
from cdss.weigh import Scales
from tests.patients import library, recorded_patients, some_patient, vaguer

SUGGESTED = {Standing.RECOMMENDED, Standing.OPTION}
DATES = (date(2011, 1, 15), date(2015, 1, 15), date(2017, 6, 1), date(2021, 1, 1), date(2024, 1, 1), date(2026, 11, 1))
PATIENTS = 10_000
SHARES = 4


class Weigher:
    """Standings by one date's rules, by the plain engine alone: the law is about rules, not about backends."""

    def __init__(self, on: date) -> None:
        in_force = library().in_force(on)
        self.plain = PlainBackend(in_force.program)
        self.scales = Scales(library(), in_force)

    def __call__(self, facts: Mapping[str, Value]) -> dict[tuple[str, Intent], Standing]:
        verdicts = self.plain.verdicts(facts).rules
        return {(w.therapy, w.intent): w.outcome.standing for w in self.scales.weigh(verdicts, facts)}


def clinical(facts: Mapping[str, Value]) -> list[str]:
    return sorted(name for name in facts if not library().vocabulary.facts[name].preference)


@pytest.mark.parametrize("share", range(SHARES))
def test_making_a_clinical_fact_unknown_or_vaguer_never_suggests_a_therapy(share: int) -> None:
    chance = random.Random(f"law {share}")
    weighers = [Weigher(on) for on in DATES]
    suggested = 0
    for number in range(PATIENTS // SHARES):
        weigh = weighers[number % len(weighers)]
        facts = some_patient(chance)
        known = clinical(facts)
        less = vaguer(facts, chance.sample(known, min(len(known), chance.choice([1, 1, 1, 2, 4]))), chance)
        before = {key for key, standing in weigh(facts).items() if standing in SUGGESTED}
        after = {key for key, standing in weigh(less).items() if standing in SUGGESTED}
        suggested += len(before)
        assert after <= before, f"losing knowledge opened {sorted(str(k) for k in after - before)}"
    assert suggested > 100, "the generated patients are suggested next to nothing, so the law is hardly tried"


def test_the_law_holds_for_every_single_fact_of_every_bundled_case() -> None:
    weigh = Weigher(DATES[-1])
    for facts in recorded_patients():
        before = {key for key, standing in weigh(facts).items() if standing in SUGGESTED}
        for name in clinical(facts):
            less = {other: value for other, value in facts.items() if other != name}
            after = {key for key, standing in weigh(less).items() if standing in SUGGESTED}
            assert after <= before, f"losing {name} opened {after - before}"


def test_a_refusal_moves_only_the_therapies_it_names() -> None:
    chance = random.Random("refusal")
    weigh = Weigher(DATES[-1])
    therapies = library().therapies
    for _ in range(500):
        facts = some_patient(chance)
        facts["declined"] = Members(complete=True)
        named = chance.choice([*therapies.therapies, *therapies.classes])
        covered = therapies.covered_by(frozenset({named}))
        refused = {**facts, "declined": Members(frozenset({named}), complete=True)}
        before, after = weigh(facts), weigh(refused)
        # Rules may ask for a refusal only in alerts, so nothing but the named therapies can move.
        for key in {*before, *after}:
            if key[0] not in covered:
                assert before.get(key) is after.get(key)
            elif before.get(key) in SUGGESTED:
                assert after[key] is Standing.DECLINED


def test_a_worse_performance_status_never_suggests_an_intensive_therapy() -> None:
    chance = random.Random("ecog")
    weigh = Weigher(DATES[-1])
    for _ in range(500):
        facts = some_patient(chance)
        fit, unfit = ({**facts, "ecog": Interval.point(n)} for n in (1, 3))
        before, after = weigh(fit), weigh(unfit)
        for (therapy, intent), standing in after.items():
            if library().therapies.therapies[therapy].intensive and standing in SUGGESTED:
                assert before[therapy, intent] in SUGGESTED, f"{therapy} is suggested only to the unfit"


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


def test_the_order_of_the_facts_changes_nothing() -> None:
    chance = random.Random("order")
    weigh = Weigher(DATES[-1])
    for _ in range(200):
        facts = some_patient(chance)
        names = list(facts)
        chance.shuffle(names)
        assert weigh({name: facts[name] for name in names}) == weigh(facts)


def test_the_rules_of_a_day_are_those_of_the_day_before_unless_something_begins() -> None:
    days = library().turning_points
    assert len(days) > 10
    for day in days:
        eve = library().in_force(day - timedelta(days=1))
        that_day = library().in_force(day)
        assert {n: v.start for n, v in eve.versions.items()} != {n: v.start for n, v in that_day.versions.items()}
