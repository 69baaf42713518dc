"""More laws, each with the smallest counterexample Hypothesis finds: objections, learning, units, irrelevance, time.

The laws of lost knowledge, of refusals, of fitness and of order stand in ``test_law.py``.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest
import time_machine
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cdss.backends.plain import PlainBackend
from cdss.binding import definitions_that_ask_known
from cdss.case import load_case
from cdss.condition import All, Holds, Known, leaves
from cdss.consult import Question, consult
from cdss.decision import Standing
from cdss.engine import Engine
from cdss.facts.direct import facts_from_mapping
from cdss.library import load_library
from cdss.locations import cases_folder
from cdss.rule import Intent
from cdss.testing import SUGGESTED, UNDECIDED, Extra, Ground, Pair, Strategies, Weigher
from cdss.units import UnitMisfit, to_unit
from cdss.values import Interval, Members, Truth, Value
from cdss.vocabulary import Fact, Kind
from tests.patients import library, strategies, weigher
from tests.small_world import RULES, TODAY, evaluation_of, small_library

DATES = (date(2015, 1, 15), date(2021, 1, 1), date(2026, 11, 1))
ROOT = Path(__file__).resolve().parent.parent
law = settings(max_examples=100, deadline=None, derandomize=True)
Key = tuple[str, Intent]
Kept = TypeVar("Kept")


# ── objections ───────────────────────────────────────────────────────────────────────────────


def test_one_more_contraindication_never_suggests_anything_and_moves_only_what_it_names() -> None:
    closed = 0

    @law
    @given(strategies().patients(), strategies().objections())
    def never_suggests(facts: dict[str, Value], extra: Extra) -> None:
        nonlocal closed
        before, after = weigher(DATES[-1])(facts), weigher(DATES[-1]).with_rule(extra.rule, extra.version, facts)
        named = set(extra.rule.therapies)
        for key in {*before, *after}:
            if key[0] not in named:
                assert before.get(key) is after.get(key)
            elif after.get(key) in SUGGESTED:
                assert before.get(key) in SUGGESTED
            else:
                closed += before.get(key) in SUGGESTED

    never_suggests()
    assert closed > 0, "no objection was ever heard, so the law is hardly tried"


@law
@given(strategies().patients(), strategies().objections(), st.data())
def test_one_more_contraindication_that_surely_applies_closes_the_therapy(
    facts: dict[str, Value], extra: Extra, data: st.DataObject
) -> None:
    suggested = sorted(weigher(DATES[-1]).suggested(facts))
    assume(suggested)
    therapy, intent = data.draw(st.sampled_from(suggested))
    rule, version = replace(extra.rule, therapies=(therapy,)), replace(extra.version, condition=All(()))
    assert weigher(DATES[-1]).with_rule(rule, version, facts)[therapy, intent] not in SUGGESTED


# ── learning ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("on", DATES)
def test_learning_a_fact_never_turns_a_decided_therapy_undecided(on: date) -> None:
    """The law of lost knowledge, read the other way: what is decided with less stays decided with more."""
    decided = 0

    @settings(max_examples=120, deadline=None, derandomize=True)
    @given(strategies().vaguer())
    def stays_decided(pair: Pair) -> None:
        nonlocal decided
        less, more = standings(on, pair.first), standings(on, pair.second)
        for key, standing in more.items():
            if standing in UNDECIDED:
                assert less.get(key) in UNDECIDED, f"{key[0]} was decided before {pair.about} was known"
        decided += sum(standing not in UNDECIDED for standing in less.values())

    stays_decided()
    assert decided > 100


def standings(on: date, facts: Mapping[str, Value]) -> dict[Key, Standing]:
    """Where each therapy stands, a declined one where it would stand otherwise."""
    outcomes = weigher(on).outcomes(facts)
    return {
        key: outcome.would_be or outcome.standing if outcome.standing is Standing.DECLINED else outcome.standing
        for key, outcome in outcomes.items()
    }


@law
@given(strategies().vaguer())
def test_learning_a_fact_never_takes_back_an_answer(pair: Pair) -> None:
    first, second = (every_rule().verdicts(facts).rules for facts in (pair.first, pair.second))
    asking = rules_that_ask_known()
    for rule, answer in first.items():
        if answer is not Truth.UNKNOWN and rule not in asking:
            assert second[rule] is answer, rule


@cache
def every_rule() -> PlainBackend:
    """What alerts and labels say as well."""
    return PlainBackend(library().in_force(DATES[-1]).program)


@cache
def rules_that_ask_known() -> frozenset[str]:
    """Alerts and cautions may ask whether a fact is known at all, and then learning it changes the answer."""
    through = definitions_that_ask_known(library().definitions)
    return frozenset(
        name
        for name, version in weigher(DATES[-1]).in_force.versions.items()
        if any(
            isinstance(leaf, Known) or (isinstance(leaf, Holds) and leaf.definition in through)
            for leaf in leaves(version.condition)
        )
    )


# ── units, irrelevant facts, order ───────────────────────────────────────────────────────────

UNITS = (
    *("g/L", "g/dL", "mg/dL", "umol/L", "mmol/L", "mol/L", "10*9/L", "10*6/L", "/uL", "/nL", "mm", "cm", "m"),
    *("d", "wk", "mo", "a", "mL/min", "mL/s", "Gy", "cGy", "GBq", "MBq", "mCi", "%", "1"),
)


@cache
def other_units() -> list[tuple[Fact, str]]:
    """Every number of the vocabulary with each other unit in which it could be reported."""
    found = []
    for fact in library().vocabulary.facts.values():
        for unit in UNITS if fact.type is Kind.NUMBER else ():
            assert fact.unit is not None
            try:
                to_unit(Interval.point(1), fact.unit, unit, places=3, molar_mass=fact.molar_mass)
            except UnitMisfit:
                continue
            if unit != fact.unit:
                found.append((fact, unit))
    return found


def in_other_unit(value: Interval, fact: Fact, unit: str) -> dict[str, object]:
    """The value as a laboratory that works in ``unit`` would report it, with digits enough."""
    assert fact.unit is not None
    amount = to_unit(value, fact.unit, unit, places=11, molar_mass=fact.molar_mass)
    assert amount.low is not None
    return {"value": amount.low, "unit": unit}


@law
@given(st.data())
def test_the_unit_in_which_a_number_is_reported_changes_nothing(data: st.DataObject) -> None:
    fact, unit = data.draw(st.sampled_from(other_units()))
    value = data.draw(strategies().exactly(fact))
    assert isinstance(value, Interval)
    assert value.low is not None
    assume(len(str(value.low).replace(".", "")) <= 6)
    facts = data.draw(strategies().patients())

    read = facts_from_mapping({fact.name: in_other_unit(value, fact, unit)}, library().vocabulary)

    assert read == {fact.name: value}
    assert weigher(DATES[-1])({**facts, **read}) == weigher(DATES[-1])({**facts, fact.name: value})


def test_many_numbers_can_be_reported_in_another_unit() -> None:
    assert len({fact.name for fact, _ in other_units()}) >= 8


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.data())
def test_facts_about_which_no_rule_on_a_therapy_asks_leave_it_where_it_stands(data: st.DataObject) -> None:
    therapy = data.draw(st.sampled_from(sorted(library().therapies.therapies)))
    about = Ground(library()).facts_about(therapy)
    pair = data.draw(strategies().changed(sorted(set(library().vocabulary.facts) - about)))
    before, after = weigher(DATES[-1])(pair.first), weigher(DATES[-1])(pair.second)
    for intent in Intent:
        assert before.get((therapy, intent)) is after.get((therapy, intent)), f"{pair.about} moved {therapy}"


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False), st.lists(strategies().patients(), min_size=1, max_size=3))
def test_the_order_in_which_rules_and_definitions_were_read_changes_nothing(
    chance: random.Random, patients: list[dict[str, Value]]
) -> None:
    shuffled = replace(
        library(),
        rules=_shuffled(library().rules.items(), chance),
        definitions=_shuffled(library().definitions.items(), chance),
    )
    other = Weigher(shuffled, DATES[-1])
    for facts in patients:
        assert other(facts) == weigher(DATES[-1])(facts)


def _shuffled(items: Iterable[tuple[str, Kept]], chance: random.Random) -> dict[str, Kept]:
    order = list(items)
    chance.shuffle(order)
    return dict(order)


# ── time ─────────────────────────────────────────────────────────────────────────────────────

MOMENTS = st.builds(datetime.combine, st.dates(date(1980, 1, 1), date(2089, 12, 31)), st.times(), st.just(UTC))
PLAIN = Engine(library(), shadow=False)
CASE = load_case("rectum/noe-2016", cases_folder())


@settings(max_examples=15, deadline=None, derandomize=True)
@given(MOMENTS, st.sampled_from([point.id for point in CASE.file.points]))
def test_todays_clock_changes_nothing_in_a_decision(moment: datetime, point: str) -> None:
    before = consult(PLAIN, CASE, Question(on=point)).decision.to_json()
    with time_machine.travel(moment, tick=False):
        assert datetime.now(UTC).date() == moment.date()
        assert consult(PLAIN, CASE, Question(on=point)).decision.to_json() == before


@settings(max_examples=5, deadline=None, derandomize=True)
@given(MOMENTS)
def test_todays_clock_changes_nothing_in_what_is_read_and_compiled(moment: datetime) -> None:
    before = evaluation_of({"extent": "metastatic", "progression": "documented"}, as_of=TODAY).decision.to_json()
    with time_machine.travel(moment, tick=False):
        read = load_library(RULES)
        engine = Engine(read)
        decision = evaluation_of({"extent": "metastatic", "progression": "documented"}, engine=engine).decision
    assert read.digest == small_library().digest
    assert decision.to_json() == before


# ── the strategies themselves ────────────────────────────────────────────────────────────────


@law
@given(strategies().patients())
def test_every_drawn_value_is_one_its_fact_may_hold(facts: dict[str, Value]) -> None:
    for name, value in facts.items():
        fact = library().vocabulary.facts[name]
        match fact.type:
            case Kind.BOOLEAN:
                assert isinstance(value, bool)
            case Kind.CATEGORY:
                assert value in fact.values
            case Kind.NUMBER:
                assert isinstance(value, Interval)
                assert fact.range is not None
                ends = [end for end in (value.low, value.high) if end is not None]
                assert all(fact.range[0] <= end <= fact.range[1] for end in ends)
            case Kind.SET:
                assert isinstance(value, Members)
                assert value.present | value.absent <= set(fact.values)
                assert value.complete or not fact.preference


def test_drawn_patients_know_facts_exactly_vaguely_and_not_at_all_and_stand_on_thresholds() -> None:
    seen = {"exactly": 0, "vaguely": 0, "not at all": 0, "on a threshold": 0, "suggested": 0}
    ground = Ground(library())

    @law
    @given(strategies().patients())
    def look(facts: dict[str, Value]) -> None:
        seen["not at all"] += len(library().vocabulary.facts) - len(facts)
        seen["suggested"] += len(weigher(DATES[-1]).suggested(facts))
        for name, value in facts.items():
            if isinstance(value, Interval):
                seen["exactly" if value.is_point else "vaguely"] += 1
                seen["on a threshold"] += value.is_point and value.low in ground.thresholds.get(name, ())

    look()
    assert all(count > 20 for count in seen.values()), seen


@law
@given(strategies().vaguer())
def test_of_the_vaguer_patient_nothing_else_is_known(pair: Pair) -> None:
    assert set(pair.first) <= set(pair.second)
    for name, less in pair.first.items():
        more = pair.second[name]
        if isinstance(less, Interval):
            assert isinstance(more, Interval)
            assert less.low is None or (more.low is not None and less.low <= more.low)
            assert less.high is None or (more.high is not None and less.high >= more.high)
        elif isinstance(less, Members):
            assert isinstance(more, Members)
            assert less.present <= more.present
            assert less.complete <= more.complete
        else:
            assert less == more


@law
@given(strategies().worse("ecog"))
def test_the_worse_patient_has_the_higher_number_and_is_otherwise_the_same(pair: Pair) -> None:
    first, second = pair.first["ecog"], pair.second["ecog"]
    assert isinstance(first, Interval)
    assert isinstance(second, Interval)
    assert (first.low or Decimal(0)) <= (second.low or Decimal(0))
    assert {**pair.first, "ecog": None} == {**pair.second, "ecog": None}


@settings(max_examples=30, deadline=None, derandomize=True)
@given(Strategies(small_library()).patients(), Strategies(small_library()).objections())
def test_the_strategies_serve_any_library(facts: dict[str, Value], extra: Extra) -> None:
    weigh = Weigher(small_library(), TODAY)
    opened = {
        key for key, standing in weigh.with_rule(extra.rule, extra.version, facts).items() if standing in SUGGESTED
    }
    assert opened <= weigh.suggested(facts)


def test_without_hypothesis_the_import_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "from cdss.errors import CdssError\n"
        "try:\n    import cdss.testing\n"
        "except CdssError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "net-cdss[testing]" in done.stdout
