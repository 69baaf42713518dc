"""The production engine against the oracle: whatever the rules and whoever the patient, one answer."""

from __future__ import annotations

from random import Random, SystemRandom

import pytest
from hypothesis import given, settings

from cdss.backends.durable import DurableBackend
from cdss.backends.plain import PlainBackend, answer, explain
from cdss.condition import Condition, Not
from cdss.lowering import AllOf, Literal, Lowered, definitely
from cdss.program import Program, Verdicts
from cdss.reasons import because, facts_behind, missing
from cdss.values import Truth, Value
from tests.backends.synthetic_world import (
    VOCABULARY,
    patients,
    programs,
    random_condition,
    random_patient,
    random_program,
)


def both(program: Program, seed: int, count: int) -> set[Truth]:
    """Compares ``count`` patients and gives back which answers occurred."""
    random = Random(seed)
    plain, durable = PlainBackend(program), DurableBackend(program)
    occurred: set[Truth] = set()
    try:
        for _ in range(count):
            patient = random_patient(random)
            expected = plain.verdicts(patient)
            assert durable.verdicts(patient) == expected, f"seed {seed}: {program} {patient}"
            occurred.update(expected.rules.values())
    finally:
        durable.close()
    return occurred


@pytest.mark.parametrize("chapter", range(10))
def test_both_engines_agree_on_thousands_of_made_up_patients(chapter: int) -> None:
    occurred = set()
    for number in range(20):
        seed = 1000 * chapter + number
        occurred |= both(random_program(Random(seed)), seed, 100)
    assert occurred == set(Truth)


def test_both_engines_agree_on_patients_nobody_has_seen_before() -> None:
    for _ in range(20):
        seed = SystemRandom().randrange(10**9)
        both(random_program(Random(seed)), seed, 100)


@settings(max_examples=150, deadline=None)
@given(program=programs(), patient=patients())
def test_both_engines_agree_and_a_difference_would_shrink(program: Program, patient: dict[str, Value]) -> None:
    durable = DurableBackend(program)
    try:
        assert durable.verdicts(patient) == PlainBackend(program).verdicts(patient)
    finally:
        durable.close()


def test_the_order_in_which_facts_are_given_changes_nothing() -> None:
    random = Random(5)
    program = random_program(random)
    durable = DurableBackend(program)
    for _ in range(30):
        patient = random_patient(random)
        expected = durable.verdicts(patient)
        for _ in range(6):
            shuffled = list(patient.items())
            random.shuffle(shuffled)
            assert durable.verdicts(dict(shuffled)) == expected
    durable.close()


def test_a_patient_leaves_nothing_behind_for_the_next() -> None:
    random = Random(6)
    program = random_program(random, rules=12)
    everyone = [random_patient(random) for _ in range(20)]
    alone: list[Verdicts] = []
    for patient in everyone:
        backend = DurableBackend(program)
        alone.append(backend.verdicts(patient))
        backend.close()
    shared = DurableBackend(program)
    for _ in range(400):
        number = random.randrange(len(everyone))
        assert shared.verdicts(everyone[number]) == alone[number]
    shared.close()


def holds(tree: Lowered, leaf: dict[Literal, bool]) -> bool:
    if isinstance(tree, Literal):
        return leaf[tree]
    answers = [holds(part, leaf) for part in tree.parts]
    return all(answers) if isinstance(tree, AllOf) else any(answers)


def literals(tree: Lowered) -> set[Literal]:
    return {tree} if isinstance(tree, Literal) else {found for part in tree.parts for found in literals(part)}


def test_the_two_lowered_questions_say_what_the_tree_says() -> None:
    random = Random(7)
    for _ in range(3000):
        condition, patient = random_condition(random, []), random_patient(random)
        surely, surely_not = definitely(condition), definitely(Not(condition))
        leaf = {
            literal: answer(literal.leaf, patient, {}) is Truth.of(literal.positive)
            for literal in literals(surely) | literals(surely_not)
        }
        expected = answer(condition, patient, {})
        assert holds(surely, leaf) is (expected is Truth.YES)
        assert holds(surely_not, leaf) is (expected is Truth.NO)


def test_the_reason_tree_gives_the_same_answer_and_what_it_names_suffices() -> None:
    random = Random(8)
    for _ in range(300):
        program = random_program(random, rules=4)
        conditions: dict[str, Condition] = {name: c for stratum in program.strata for name, c in stratum.items()}
        patient = random_patient(random)
        verdicts = PlainBackend(program).verdicts(patient)
        for name, condition in program.rules.items():
            finding = explain(condition, patient, verdicts.definitions, conditions)
            assert finding.truth is verdicts.rules[name]
            wanted = missing(finding)
            assert (wanted == ()) is (finding.truth is not Truth.UNKNOWN)
            assert set(wanted) <= set(VOCABULARY.facts)
            if finding.truth is Truth.UNKNOWN:
                assert all(leaf.truth is Truth.UNKNOWN for leaf in because(finding))
            asks_known = "Known" in repr(condition) + repr(conditions)
            if not asks_known:
                named = facts_behind(finding)
                only = {fact: value for fact, value in patient.items() if fact in named}
                if finding.truth is not Truth.UNKNOWN:
                    assert PlainBackend(program).verdicts(only).rules[name] is finding.truth
