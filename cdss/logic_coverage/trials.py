"""What counts as a test: the examples of a rule or definition, and the checks of cases whose expectations notice it.

A test that does not read as it says proves nothing and is left out, as is a draft that nobody has checked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cdss.case import Case, Expect
from cdss.engine import Engine, Evaluation
from cdss.examples import CaseFacts, examples_of, owners, posed
from cdss.expectation import failures
from cdss.library import Library
from cdss.logic_coverage.ledger import Ledger, Proof
from cdss.logic_coverage.noticing import Noticing
from cdss.logic_coverage.pairs import Answered, following
from cdss.regress import expectations
from cdss.values import Truth


@dataclass(frozen=True, slots=True)
class Counted:
    """How many tests were taken, and how many were left out: drafts, and those that do not read as they say."""

    examples: int = 0
    checks: int = 0
    drafts: int = 0
    wrong: int = 0

    def __add__(self, other: Counted) -> Counted:
        return Counted(
            self.examples + other.examples,
            self.checks + other.checks,
            self.drafts + other.drafts,
            self.wrong + other.wrong,
        )


def take_examples(ledger: Ledger, library: Library, case_facts: CaseFacts) -> Counted:
    """Note what the examples of all rules and definitions cover, and then what follows from two of them."""
    counted = Counted()
    for owner in owners(library):
        counted += _take(ledger, library, owner, case_facts)
    return counted


def _take(ledger: Ledger, library: Library, owner: str, case_facts: CaseFacts) -> Counted:
    written = [tried.counts for tried in examples_of(library, owner)]
    taken = 0
    answered: dict[date | None, list[tuple[date, Answered]]] = {}
    for example in posed(library, owner, case_facts):
        subject = ledger.subject_on(owner, example.day)
        if subject is None:  # it shows that the rule had not begun, or had ended; of the condition it shows nothing
            taken += 1
            continue
        shown = ledger.shown(subject, example.facts, example.day)
        if shown.verdict is not example.expected:
            continue
        taken += 1
        proof = Proof(example.name, example.place)
        ledger.note(shown, proof)
        test = Answered(example.facts, example.expected, proof)
        answered.setdefault(subject.start, []).append((example.day, test))
    for tests in answered.values():
        _take_what_follows(ledger, owner, tests)
    return Counted(examples=taken, drafts=written.count(False), wrong=written.count(True) - taken)


def _take_what_follows(ledger: Ledger, identity: str, tests: list[tuple[date, Answered]]) -> None:
    """Note what follows from the tests of one version; a definition may read differently from one day to the next."""
    by_meaning: dict[int, list[tuple[date, Answered]]] = {}
    for day, test in tests:
        by_meaning.setdefault(ledger.meanings.period(day), []).append((day, test))
    for alike in by_meaning.values():
        day = alike[0][0]
        subject = ledger.subject_on(identity, day)
        assert subject is not None, "its tests have a version"
        for found in following(test for _, test in alike):
            shown = ledger.shown(subject, found.facts, day)
            # A rule that asks whether something is known may answer a patient of whom it is not.
            if shown.verdict is Truth.UNKNOWN:
                ledger.note(shown, found.proof)


def take_cases(ledger: Ledger, engine: Engine, cases: Iterable[Case]) -> Counted:
    """Note what the expectations of the cases cover, of the rules that they would notice."""
    counted = Counted()
    noticing = Noticing(engine.library)
    for case in cases:
        if not case.file.counts:
            counted += Counted(drafts=1)
            continue
        for asked in expectations(case, engine):
            evaluation = asked.ask()
            if any(failures(evaluation.decision, asked.expect, engine)):  # a difference that was accepted as well
                counted += Counted(wrong=1)
                continue
            counted += Counted(checks=1)
            proof = Proof(f"case {case.id}: {asked.name}", asked.place)
            for rule in noticing.rules(asked.expect, evaluation):
                _take_check(ledger, noticing, asked.expect, evaluation, rule, proof)
    return counted


def _take_check(
    ledger: Ledger, noticing: Noticing, expect: Expect, evaluation: Evaluation, rule: str, proof: Proof
) -> None:
    day = evaluation.in_force.as_of
    subject = ledger.subject_on(rule, day)
    assert subject is not None, "a rule in force has a version"
    if not ledger.is_open(subject, day):
        return
    shown = ledger.shown(subject, evaluation.sheet.values, day)
    if not ledger.is_news(shown):
        return
    # A node that decides turns the verdict round; an unknown one is guessed wrongly in two ways.
    turned = (Truth.YES, Truth.NO) if shown.verdict is Truth.UNKNOWN else (shown.verdict.opposite(),)
    if all(noticing.notices(expect, evaluation, rule, instead) for instead in turned):
        ledger.note(shown, proof)
