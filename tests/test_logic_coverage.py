"""Coverage on the logic tree: what is called covered really decides, and what is called infeasible has no patient."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cdss.backends.leaf import leaf_answer
from cdss.backends.numbered import Grounded
from cdss.backends.plain import answer
from cdss.case import load_case
from cdss.cli import app
from cdss.condition import All, Any, Compare, Condition, Holds, Includes, Is, Known, Leaf, Not, OneOf, Op, leaves
from cdss.engine import Engine
from cdss.errors import CdssError, Place, Problems
from cdss.expectation import failures
from cdss.facts.direct import facts_from_mapping
from cdss.library import Library, load_library
from cdss.lint import check
from cdss.locations import cases_folder
from cdss.logic_coverage.cover import (
    Covered,
    Found,
    LogicCoverage,
    State,
    logic_coverage,
    of_nodes,
    of_verdict,
    share,
    sought,
)
from cdss.logic_coverage.drafts import draft_files
from cdss.logic_coverage.ledger import Proof
from cdss.logic_coverage.noticing import Noticing
from cdss.logic_coverage.pairs import Answered, following
from cdss.logic_coverage.search import Search
from cdss.logic_coverage.subject import Meanings, Obligation, Subject
from cdss.logic_coverage.tree import Node, Tree, is_one_item
from cdss.regress import expectations
from cdss.reports.obligations import in_words
from cdss.source import parse
from cdss.stating import stated
from cdss.values import Interval, Members, Truth, Value
from tests.patients import library, some_patient, some_value
from tests.small_world import CASES, copy_of_rules, small_library

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
ALFANIB = "north.growth.alfanib"
SILENT = "silent: [{facts: {functional_status: functioning}}]"
DAY = date(9999, 12, 31)

# ── what decides ─────────────────────────────────────────────────────────────────────────────

A, B, C = Is("extent", "metastatic"), Is("progression", "documented"), Is("tempo", "rapid")
LETTERS: Mapping[Condition, str] = {A: "a", B: "b", C: "c"}
KI67 = "ki67_highest_percent"


def answers(**given: Truth) -> Callable[[Leaf], Truth]:
    return lambda leaf: given[LETTERS[leaf]]


def deciding(condition: Condition, **given: Truth) -> dict[str, Truth]:
    """The deciding leaves and groups, by the letters of their leaves."""
    tree = Tree(condition)
    _, found = tree.read(answers(**given))
    return {letters(tree.nodes[number].condition): truth for number, truth in found.items()}


def letters(condition: Condition) -> str:
    match condition:
        case All(parts) | Any(parts):
            return "".join(letters(part) for part in parts)
        case _:
            return LETTERS[condition]


def test_every_part_of_an_all_decides_while_all_are_yes() -> None:
    assert deciding(All((A, B)), a=YES, b=YES) == {"a": YES, "b": YES}


def test_only_the_part_that_fails_an_all_decides() -> None:
    assert deciding(All((A, B, C)), a=YES, b=NO, c=YES) == {"b": NO}


def test_nothing_decides_where_two_parts_of_an_all_fail() -> None:
    assert deciding(All((A, B, C)), a=NO, b=NO, c=YES) == {}


def test_an_unknown_part_decides_only_where_all_else_is_known_to_let_it_through() -> None:
    assert deciding(All((A, B)), a=UNKNOWN, b=YES) == {"a": UNKNOWN}
    assert deciding(All((A, B)), a=UNKNOWN, b=UNKNOWN) == {}
    assert deciding(All((A, B)), a=UNKNOWN, b=NO) == {}


def test_a_part_of_an_any_decides_while_the_others_are_no() -> None:
    assert deciding(Any((A, B)), a=YES, b=NO) == {"a": YES}
    assert deciding(Any((A, B)), a=YES, b=YES) == {}
    assert deciding(Any((A, B)), a=NO, b=NO) == {"a": NO, "b": NO}


def test_a_not_keeps_the_answer_of_its_part() -> None:
    assert deciding(All((A, Not(B))), a=YES, b=NO) == {"a": YES, "b": NO}


def test_a_group_inside_is_a_node_and_the_whole_condition_is_none() -> None:
    assert deciding(All((A, Any((B, C)))), a=YES, b=NO, c=UNKNOWN) == {"bc": UNKNOWN, "c": UNKNOWN}
    assert [letters(node.condition) for node in Tree(All((A, Any((B, C))))).nodes] == ["a", "bc", "b", "c"]


def test_a_not_and_a_group_of_one_part_are_no_nodes_of_their_own() -> None:
    assert [letters(node.condition) for node in Tree(All((Any((Not(All((A, B))),)),))).nodes] == ["a", "b"]


def test_a_list_of_members_in_one_item_is_one_leaf() -> None:
    here = Place("rules/x.yaml", 4, 3)
    one = Any(tuple(Includes("symptoms", m, place=here) for m in ("flushing", "diarrhoea")), place=here)
    apart = Any(tuple(Includes("symptoms", m) for m in ("flushing", "diarrhoea")))

    assert [node.is_leaf for node in Tree(All((A, one))).nodes] == [True, True]
    assert [node.is_leaf for node in Tree(All((A, apart))).nodes] == [True, False, True, True]


def test_what_is_unknown_to_a_whole_group_about_one_fact_is_asked_of_the_group() -> None:
    low, high = Compare(KI67, Op.AT_LEAST, Decimal(3)), Compare(KI67, Op.AT_MOST, Decimal(20))

    nodes = Tree(All((A, All((low, high))))).nodes

    assert [node.shares_unknown for node in nodes] == [False, False, True, True]


# ── against brute force ──────────────────────────────────────────────────────────────────────

LEAVES: tuple[Leaf, ...] = (
    A,
    Is("extent", "localised"),
    OneOf("extent", ("locally_advanced", "metastatic")),
    B,
    C,
    Is("fit_for_major_surgery", True),
    Compare(KI67, Op.AT_MOST, Decimal(20)),
    Compare(KI67, Op.AT_LEAST, Decimal(3)),
    Compare(KI67, Op.LESS_THAN, Decimal("3")),
    Compare("ecog", Op.MORE_THAN, Decimal(1)),
    Compare("ecog", Op.LESS_THAN, Decimal(2)),
    Compare("ecog", Op.AT_MOST, Decimal(5)),
    Includes("symptoms", "flushing"),
    Includes("symptoms", "diarrhoea"),
    Known("ecog"),
    Known("symptoms"),
    Holds("inner"),
    Holds("outer"),
)
DEFINITIONS: Mapping[str, Condition] = {
    "inner": Any((Is("extent", "metastatic"), Includes("symptoms", "flushing"))),
    "outer": All((Holds("inner"), Not(Compare(KI67, Op.MORE_THAN, Decimal(20))))),
}


def some_tree(chance: random.Random, depth: int = 3) -> Condition:
    if depth == 0 or chance.random() < 0.35:
        return chance.choice(LEAVES)
    if chance.random() < 0.2:
        return Not(some_tree(chance, depth - 1))
    parts = tuple(some_tree(chance, depth - 1) for _ in range(chance.choice([1, 2, 2, 3])))
    return All(parts) if chance.random() < 0.5 else Any(parts)


def some_facts(chance: random.Random) -> dict[str, Value]:
    facts = small_library().vocabulary.facts
    names = ("extent", "progression", "tempo", "fit_for_major_surgery", KI67, "ecog", "symptoms")
    found = {name: some_value(facts[name], chance) for name in names if chance.random() < 0.8}
    if chance.random() < 0.5:
        bound = chance.choice([3, 20])
        found[KI67] = Interval.point(bound + chance.choice([Decimal("-0.1"), Decimal(0), Decimal("0.1")]))
    return found


def truths_for(facts: Mapping[str, Value]) -> dict[str, Truth]:
    truths: dict[str, Truth] = {}
    for name, part in DEFINITIONS.items():
        truths[name] = answer(part, facts, truths)
    return truths


def as_leaf(facts: Mapping[str, Value], truths: Mapping[str, Truth]) -> Callable[[Leaf], Truth]:
    return lambda leaf: truths[leaf.definition] if isinstance(leaf, Holds) else leaf_answer(leaf, facts.get(leaf.fact))


def forced(condition: Condition, node: Node, to: bool) -> Condition:
    """The condition with the one occurrence of a node replaced by a group that is always yes, or always no."""
    number = -1

    def walk(part: Condition, is_whole: bool) -> Condition:
        nonlocal number
        match part:
            case Any() if is_one_item(part):
                number += 1
                return (All(()) if to else Any(())) if number == node.number else part
            case All(parts) | Any(parts):
                if len(parts) > 1 and not is_whole:
                    number += 1
                    if number == node.number:
                        return All(()) if to else Any(())
                return replace(part, parts=tuple(walk(p, is_whole and len(parts) == 1) for p in parts))
            case Not(inner):
                return replace(part, part=walk(inner, is_whole))
        number += 1
        return (All(()) if to else Any(())) if number == node.number else part

    return walk(condition, True)


def test_what_is_called_deciding_turns_the_verdict_and_nothing_else_does() -> None:
    chance = random.Random(1)
    seen = {YES: 0, NO: 0, UNKNOWN: 0}
    for _ in range(3000):
        condition, facts = some_tree(chance), some_facts(chance)
        truths = truths_for(facts)
        tree = Tree(condition)
        verdict, found = tree.read(as_leaf(facts, truths))
        assert verdict is answer(condition, facts, truths)
        for node in tree.nodes:
            with_yes, with_no = (answer(forced(condition, node, to), facts, truths) for to in (True, False))
            assert (node.number in found) == ({with_yes, with_no} == {YES, NO})
            if node.number in found:
                truth = found[node.number]
                assert truth is answer(node.condition, facts, truths)
                seen[truth] += 1
                if truth is UNKNOWN:
                    assert answer(condition, facts, truths) is UNKNOWN
    assert min(seen.values()) > 200


def obligations(condition: Condition) -> tuple[Subject, tuple[Obligation, ...]]:
    subject = Subject("x.y.z", "x", None, None, condition, Place("rules/x.yaml", 1), (DAY,), Tree(condition))
    return subject, subject.obligations


def met_by(subject: Subject, facts: Mapping[str, Value]) -> set[Obligation]:
    verdict, deciding_nodes = subject.tree.read(as_leaf(facts, truths_for(facts)))
    return {Obligation(number, truth) for number, truth in deciding_nodes.items()} | {Obligation(None, verdict)}


def test_a_patient_found_for_an_obligation_shows_it_and_where_there_is_none_no_random_patient_does() -> None:
    chance = random.Random(2)
    infeasible = shown = 0
    for _ in range(400):
        condition = some_tree(chance)
        subject, wanted = obligations(condition)
        search = Search.of(condition, DEFINITIONS, small_library().vocabulary)
        met = set[Obligation]().union(*(met_by(subject, some_facts(chance)) for _ in range(150)))
        for obligation in wanted:
            facts = sought(subject, obligation, search)
            if facts is None:
                infeasible += 1
                assert obligation not in met
            else:
                shown += 1
                assert obligation in met_by(subject, facts)
    assert infeasible > 100
    assert shown > 1000


def feasible(condition: Condition, node: int | None, wanted: Truth) -> Mapping[str, Value] | None:
    subject, _ = obligations(condition)
    return sought(subject, Obligation(node, wanted), Search.of(condition, DEFINITIONS, small_library().vocabulary))


@pytest.mark.parametrize(
    ("condition", "node", "wanted"),
    [
        (Known("ecog"), 0, UNKNOWN),
        (All((A, Is("extent", "localised"))), None, YES),
        (All((A, Is("extent", "localised"))), 0, YES),
        (Any((A, OneOf("extent", ("localised", "locally_advanced")))), None, NO),
        (All((A, Holds("inner"))), 1, NO),
        (Compare("ecog", Op.AT_MOST, Decimal(5)), 0, NO),
        (All((Compare("ecog", Op.MORE_THAN, Decimal(1)), Compare("ecog", Op.LESS_THAN, Decimal(2)))), None, YES),
        (All((Known("symptoms"), Includes("symptoms", "flushing"))), 1, UNKNOWN),
        (All(()), None, NO),
        (Any(()), None, YES),
    ],
    ids=str,
)
def test_what_shared_facts_ranges_and_known_rule_out_is_infeasible(
    condition: Condition, node: int | None, wanted: Truth
) -> None:
    assert feasible(condition, node, wanted) is None


@pytest.mark.parametrize(
    ("condition", "node", "wanted", "facts"),
    [
        (Compare(KI67, Op.AT_MOST, Decimal(20)), 0, NO, {KI67: Interval.point("20.1")}),
        (Compare(KI67, Op.LESS_THAN, Decimal(3)), 0, UNKNOWN, {}),
        (All((Known(KI67), Compare(KI67, Op.LESS_THAN, Decimal(3)))), 1, UNKNOWN, None),
        (Includes("symptoms", "flushing"), 0, NO, {"symptoms": Members(complete=True)}),
        (Includes("symptoms", "flushing"), 0, YES, {"symptoms": Members(frozenset({"flushing"}), complete=True)}),
        (All((Includes("symptoms", "flushing"), Not(Known("symptoms")))), 1, NO, None),
    ],
    ids=str,
)
def test_a_patient_is_found_at_the_edge(
    condition: Condition, node: int, wanted: Truth, facts: Mapping[str, Value] | None
) -> None:
    found = feasible(condition, node, wanted)

    assert found is not None
    if facts is not None:
        assert found == facts


def turns(covered: Covered, found: Found) -> bool:
    """Whether the facts found for an obligation really show it: by replacing the node and asking the oracle."""
    assert found.facts is not None
    assert found.day is not None
    truths: dict[str, Truth] = {}
    for name, part in Meanings(library()).on(found.day).items():
        truths[name] = answer(part, found.facts, truths)
    condition, wanted = covered.subject.condition, found.obligation
    if wanted.node is None:
        return answer(condition, found.facts, truths) is wanted.answer
    node = covered.subject.tree.nodes[wanted.node]
    verdicts = {answer(forced(condition, node, to), found.facts, truths) for to in (True, False)}
    return verdicts == {YES, NO} and answer(node.condition, found.facts, truths) is wanted.answer


@cache
def real_coverage() -> LogicCoverage:
    """The bundled rules by their examples alone."""
    return logic_coverage(library(), Engine(library(), shadow=False), [], no_case)


def test_whatever_is_missing_in_the_rules_could_be_shown_by_the_patient_named() -> None:
    found = [(covered, missing) for covered in real_coverage().covered for missing in covered.missing]

    assert [m.state for _, m in found if m.state is not State.MISSING] == []
    assert [f"{c.subject.id} {m.obligation}" for c, m in found if not turns(c, m)] == []


def test_what_is_infeasible_in_the_rules_has_no_witness_among_random_patients() -> None:
    chance = random.Random(4)
    meanings = Meanings(library())
    subjects = [covered for covered in real_coverage().covered if covered.infeasible]
    asked = 0
    for covered in subjects:
        impossible = {found.obligation for found in covered.infeasible}
        for _ in range(60):
            facts = some_patient(chance, near=0)
            truths: dict[str, Truth] = {}
            for name, part in meanings.on(chance.choice(covered.subject.days)).items():
                truths[name] = answer(part, facts, truths)
            verdict, deciding_nodes = covered.subject.tree.read(as_leaf(facts, truths))
            met = {Obligation(number, truth) for number, truth in deciding_nodes.items()} | {Obligation(None, verdict)}
            assert not met & impossible, covered.subject.id
            asked += 1
    assert asked > 1000


# ── the small world ──────────────────────────────────────────────────────────────────────────


def no_case(name: str) -> Mapping[str, Value]:
    raise CdssError(f"there is no case '{name}'")


def measured(library: Library, *cases: str, only: str | None = None, folder: Path = CASES) -> LogicCoverage:
    engine = Engine(library, shadow=False)
    return logic_coverage(library, engine, [load_case(name, folder) for name in cases], no_case, only)


def version(coverage: LogicCoverage, identity: str, start: str | None = None) -> Covered:
    day = date.fromisoformat(start) if start else None
    (found,) = [c for c in coverage.covered if c.subject.id == identity and day in (None, c.subject.start)]
    return found


def states(covered: Covered) -> dict[tuple[int | None, str], State]:
    return {(f.obligation.node, f.obligation.answer.value): f.state for f in covered.found}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_of_rules(tmp_path)


def edit(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (root / name).write_text(text.replace(old, new), encoding="utf-8")


def add(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_three_examples_of_a_rule_with_one_leaf_cover_it_whole() -> None:
    found = version(measured(small_library()), "ema.growth.alfanib")

    assert set(states(found).values()) == {State.COVERED}
    assert [f.proof.name for f in found.found if f.proof and f.obligation.node == 0] == [
        "example fires 1",
        "example silent 1",
        "example undecided 1",
    ]


def test_each_version_of_a_rule_has_obligations_of_its_own() -> None:
    old = version(measured(small_library()), ALFANIB, "2015-01-01")

    assert set(states(old).values()) == {State.MISSING}


def test_an_example_on_a_day_before_the_rule_began_shows_nothing_of_its_condition(root: Path) -> None:
    edit(root, "fda/growth/alfanib.yaml", SILENT, "silent: [{on: 2010-01-01, but: {}}]")

    assert states(version(measured(load_library(root)), "fda.growth.alfanib"))[None, "no"] is State.MISSING


def test_an_example_that_reads_otherwise_covers_nothing(root: Path) -> None:
    edit(root, "fda/growth/alfanib.yaml", SILENT, "silent: [{facts: {functional_status: non_functioning}}]")

    found = measured(load_library(root))

    assert states(version(found, "fda.growth.alfanib"))[None, "no"] is State.MISSING
    assert found.counted.wrong == 1


def test_a_leaf_that_asks_whether_something_is_known_is_never_unknown_and_that_is_infeasible() -> None:
    found = states(version(measured(small_library()), "alerts.record.ecog-unknown"))

    assert found[None, "unknown"] is State.INFEASIBLE
    assert found[0, "unknown"] is State.INFEASIBLE


def test_a_definition_is_covered_by_the_tests_of_rules_in_which_it_decides(root: Path) -> None:
    before = states(version(measured(load_library(root)), "definitions.advanced"))
    edit(root, "north/growth/alfanib.yaml", "silent: [", "silent: [{but: {extent: localised}}, ")

    after = version(measured(load_library(root)), "definitions.advanced")

    assert before[0, "no"] is State.MISSING
    assert states(after)[0, "no"] is State.COVERED
    assert {f.proof.place.file for f in after.found if f.proof} == {"rules/north/growth/alfanib.yaml"}


TWO = """examples:
  fires: [{facts: {extent: metastatic, progression: documented, ki67_highest_percent: 10}}]
  silent:
    - {but: {progression: none}}
    - {but: {extent: localised, ki67_highest_percent: 21}}
    - {but: {ki67_highest_percent: 21}}
"""


def test_from_a_yes_and_a_no_follows_that_what_they_have_in_common_leaves_the_rule_undecided(root: Path) -> None:
    path = root / "north/growth/alfanib.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("examples:")] + TWO, encoding="utf-8")

    found = version(measured(load_library(root)), ALFANIB, "2020-01-01")

    assert {k: v for k, v in states(found).items() if k[1] == "unknown"} == {
        (None, "unknown"): State.COVERED,
        (0, "unknown"): State.MISSING,  # whoever has no other extent in common has no other Ki-67 either
        (1, "unknown"): State.COVERED,
        (2, "unknown"): State.COVERED,
    }
    (proof,) = [f.proof for f in found.found if f.obligation == Obligation(2, UNKNOWN)]
    assert proof is not None
    assert proof.name == f"example fires 1 and example silent 3, from which it follows with {KI67} unknown"


def test_what_follows_from_two_tests_that_answer_differently_is_what_they_have_in_common() -> None:
    here = Proof("", Place("x"))
    yes = Answered({"a": True, "b": True}, YES, here)

    assert list(following([yes, Answered({"a": False, "b": True}, YES, here)])) == []
    assert [f.facts for f in following([yes, Answered({"a": False, "b": True}, NO, here)])] == [{"b": True}]
    assert [f.facts for f in following([yes, Answered({"b": True, "c": True}, NO, here)])] == [{"b": True}]
    assert [f.facts for f in following([yes, Answered({"a": False, "b": False}, NO, here)])] == [{}]


def test_whoever_is_known_only_for_what_a_yes_and_a_no_have_in_common_is_undecided() -> None:
    chance = random.Random(3)
    seen = 0
    for _ in range(3000):
        condition = some_tree(chance)
        if any(isinstance(leaf, Known) for leaf in leaves(condition)):
            continue
        tests = []
        for _ in range(6):
            facts = some_facts(chance)
            tests.append(Answered(facts, answer(condition, facts, truths_for(facts)), Proof("", Place("x"))))
        for found in following(tests):
            seen += 1
            assert answer(condition, found.facts, truths_for(found.facts)) is UNKNOWN
    assert seen > 1000


def test_shares_leave_out_what_is_infeasible() -> None:
    found = measured(small_library())
    alert = [version(found, "alerts.record.ecog-unknown")]

    assert (share(alert, of_verdict()).part, share(alert, of_verdict()).whole) == (2, 2)
    assert str(share(alert, of_nodes)) == "100.0 %"


def test_a_share_is_rounded_down_so_that_a_hundred_means_all() -> None:
    found = measured(small_library())
    whole = share(found.covered, of_nodes)

    assert whole.part < whole.whole
    assert float(str(whole).removesuffix(" %")) <= whole.percent


# ── cases ────────────────────────────────────────────────────────────────────────────────────

CASE = """title: A case for one expectation
on: 2021-03-01
facts: {{extent: metastatic, progression: documented, ki67_highest_percent: 10, ecog: 1}}
{more}expect:
  options:
    alfanib: {expected}
"""


def from_case(tmp_path: Path, rule: str, expected: str, more: str = "", **facts: str) -> set[str]:
    """The obligations of the newest version of a rule that one made-up case covers, beyond the rule's own examples.

    They read as node and answer: "2 no"; that of the verdict is "None no".
    """
    text = CASE.format(expected=expected, more=more)
    for name, value in facts.items():
        old = next(part for part in FACTS if part.startswith(name))
        text = text.replace(old, f"{name}: {value}")
    path = add(tmp_path, "made-up.yaml", text)
    library = small_library()
    engine = Engine(library, shadow=False)
    found = logic_coverage(library, engine, [load_case(str(path), tmp_path)], no_case, rule)
    return {
        f"{f.obligation.node} {f.obligation.answer.value}"
        for f in found.covered[-1].found
        if f.proof and f.proof.name == "case made-up: as given"
    }


FACTS = ("extent: metastatic", "progression: documented", "ki67_highest_percent: 10")
KI67_IS_NO, ADVANCED_IS_UNKNOWN = "2 no", "0 unknown"


def test_a_case_that_names_a_rule_covers_what_decides_there(tmp_path: Path) -> None:
    named = "{not_rules: [north.growth.alfanib]}"

    assert from_case(tmp_path, ALFANIB, named, ki67_highest_percent="20.1") == {KI67_IS_NO}


def test_a_case_that_expects_a_standing_covers_the_rule_on_which_it_rests(tmp_path: Path) -> None:
    assert from_case(tmp_path, ALFANIB, "silent", ki67_highest_percent="20.1") == {KI67_IS_NO}
    assert from_case(tmp_path, ALFANIB, "undetermined", extent="unknown") == {ADVANCED_IS_UNKNOWN}


def test_a_case_covers_nothing_that_its_expectation_would_not_notice(tmp_path: Path) -> None:
    either = "[silent, conditional, undetermined, recommended, option]"

    assert from_case(tmp_path, ALFANIB, either, ki67_highest_percent="20.1") == set()


def test_a_case_that_does_not_read_as_it_expects_covers_nothing(tmp_path: Path) -> None:
    assert from_case(tmp_path, ALFANIB, "recommended", ki67_highest_percent="20.1") == set()


def test_a_draft_covers_nothing_until_somebody_has_checked_it(tmp_path: Path) -> None:
    checked = "checked: {by: a reader, date: 2026-11-01, against: {ref: north-2015, at: page 2}}"

    assert from_case(tmp_path, ALFANIB, "silent", "draft: true\n", ki67_highest_percent="20.1") == set()
    assert from_case(tmp_path, ALFANIB, "silent", f"draft: true\n{checked}\n", ki67_highest_percent="20.1") == {
        KI67_IS_NO
    }


@pytest.mark.parametrize("folder", [CASES, cases_folder()], ids=["small", "bundled"])
def test_whatever_is_said_to_be_noticed_makes_the_check_fail(folder: Path) -> None:
    """The shortened look at an expectation against the whole decision with the one rule answering otherwise."""
    rules = small_library() if folder == CASES else library()
    engine = Engine(rules, shadow=False)
    names = ("direct", "recorded") if folder == CASES else BUNDLED
    noticing = Noticing(rules)
    noticed = 0
    for name in names:
        for asked in expectations(load_case(name, folder), engine):
            evaluation = asked.ask()
            decision, verdicts = evaluation.decision, evaluation.verdicts
            assert isinstance(verdicts, Grounded)
            assert not list(failures(decision, asked.expect, engine))
            for rule in noticing.rules(asked.expect, evaluation):
                assert not noticing.notices(asked.expect, evaluation, rule, verdicts.rules[rule])
                for instead in {YES, NO} - {verdicts.rules[rule]}:
                    if noticing.notices(asked.expect, evaluation, rule, instead):
                        noticed += 1
                        changed = engine.evaluate(
                            evaluation.sheet,
                            verdicts=verdicts.changed({rule: (instead, frozenset())}),
                            case=decision.case,
                            on=decision.on,
                            as_of=evaluation.in_force.as_of,
                            jurisdictions=decision.jurisdictions,
                        ).decision
                        assert list(failures(changed, asked.expect, engine)), (asked.name, rule, instead)
    assert noticed > (3 if folder == CASES else 60)


BUNDLED = ("pancreas/receptor-positive-bulky", "carcinoid-syndrome/ovarian-primary")


# ── further examples and drafts ──────────────────────────────────────────────────────────────

FURTHER = "examples/north/growth/alfanib.yaml"
OVER_20 = "{extent: metastatic, progression: documented, ki67_highest_percent: 20.1}"
CHECKED = "checked: {by: a reader, date: 2026-11-01, against: {ref: north-2015, at: page 2}}"


def further(root: Path, *keys: str) -> LogicCoverage:
    add(root, FURTHER, f"examples:\n  - facts: {OVER_20}\n" + "".join(f"    {key}\n" for key in keys))
    return measured(load_library(root), only=ALFANIB)


def test_a_further_example_counts_once_it_is_answered_and_checked(root: Path) -> None:
    assert states(further(root).covered[-1])[2, "no"] is State.MISSING
    assert states(further(root, "expect: silent").covered[-1])[2, "no"] is State.MISSING
    assert states(further(root, "expect: silent", CHECKED).covered[-1])[2, "no"] is State.COVERED
    assert further(root).counted.drafts == 1


def test_a_further_example_that_was_checked_says_what_it_expects(root: Path) -> None:
    with pytest.raises(Problems, match="write expect as well"):
        further(root, CHECKED)


def test_further_examples_are_tried_with_the_rules(root: Path) -> None:
    further(root, "expect: fires", CHECKED.replace("north-2015", "south-2018"))

    assert [(p.code, p.place.file) for p in check(load_library(root), no_case)] == [
        ("L101", f"rules/{FURTHER}"),
        ("L105", f"rules/{FURTHER}"),
    ]


def test_examples_of_a_definition_are_tried_with_the_rules(root: Path) -> None:
    path = root / "definitions" / "advanced.yaml"
    path.write_text(path.read_text() + "examples: {fires: [{facts: {extent: localised}}]}\n", encoding="utf-8")

    assert [p.code for p in check(load_library(root), no_case)] == ["L101"]


def test_a_further_example_of_a_definition_is_checked_against_a_source_it_cites(root: Path) -> None:
    example = "examples: [{{facts: {{extent: localised}}, expect: silent, {checked}}}]\n"
    add(root, "examples/definitions/advanced.yaml", example.format(checked=CHECKED))
    assert check(load_library(root), no_case) == []

    add(root, "examples/definitions/advanced.yaml", example.format(checked=CHECKED.replace("north-2015", "south-2018")))
    assert [p.code for p in check(load_library(root), no_case)] == ["L105"]


def test_further_examples_of_no_rule_are_a_problem(root: Path) -> None:
    add(root, "examples/north/growth/nobody.yaml", f"examples: [{{facts: {OVER_20}}}]\n")

    with pytest.raises(Problems, match="no rule and no definition lies under this path"):
        load_library(root)


def drafted(library: Library) -> dict[str, str]:
    found = measured(library)
    return draft_files(found.covered, library, lambda subject, wanted: in_words(subject, wanted, library))


def test_every_missing_obligation_gets_a_draft_and_none_counts(root: Path) -> None:
    before = measured(load_library(root))

    for name, text in drafted(load_library(root)).items():
        add(root, f"examples/{name}", text)

    after = measured(load_library(root))
    assert [c.missing for c in after.covered] == [c.missing for c in before.covered]
    assert after.counted.drafts > 0
    assert check(load_library(root), no_case) == []


def test_answered_and_checked_drafts_cover_whatever_was_missing(root: Path) -> None:
    library = load_library(root)
    for name, text in drafted(library).items():
        answered = []
        for line in text.splitlines():
            answered.append(line)
            found = re.search(r"The software (fires|is silent|stays undecided)", line)
            if found:
                word = {"fires": "fires", "is silent": "silent", "stays undecided": "undecided"}[found[1]]
                answered += [f"    expect: {word}", f"    {CHECKED}"]
        add(root, f"examples/{name}", "\n".join(answered) + "\n")

    after = measured(load_library(root))

    assert [c.subject.id for c in after.covered if c.missing] == []
    assert after.counted.wrong == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (KI67, Interval.point("0.4")),
        (KI67, Interval.point("20.1")),
        (KI67, Interval(Decimal("0.5"), Decimal(1), high_open=True)),
        (KI67, Interval(None, Decimal(3), high_open=True)),
        ("ecog", Interval(Decimal(1), Decimal(2))),
        ("extent", "metastatic"),
        ("progression", "none"),
        ("fit_for_major_surgery", False),
        ("symptoms", Members(complete=True)),
        ("symptoms", Members(frozenset({"flushing"}), frozenset({"diarrhoea"}))),
        ("symptoms", Members(frozenset({"flushing"}), complete=True)),
    ],
    ids=str,
)
def test_a_value_of_a_draft_is_read_back_as_it_was(name: str, value: Value) -> None:
    data = parse(f"{name}: {stated(value, small_library().vocabulary.fact(name))}\n", "draft.yaml").data

    assert facts_from_mapping(data, small_library().vocabulary) == {name: value}


# ── the command ──────────────────────────────────────────────────────────────────────────────


def command(root: Path, *arguments: str) -> Result:
    where = ["--rules", str(root), "--cases", str(CASES)]
    return CliRunner().invoke(app, ["rules", "coverage", *where, *arguments])


def test_the_text_names_what_is_missing_with_file_and_line(root: Path) -> None:
    found = command(root)

    assert found.exit_code == 0
    page = " ".join(found.output.split())
    assert "rules/north/growth/alfanib.yaml:17: 'highest Ki-67 at most 20 %' is no and decides" in page
    assert "infeasible rules/alerts/record/ecog-unknown.yaml:6: the rule stays undecided" in page
    assert re.search(r"rule coverage \d+\.\d %, MC/DC with unknown \d+\.\d %", page)


def test_one_rule_is_shown_with_the_test_behind_each_part(root: Path) -> None:
    found = command(root, "--rule", "ema.growth.alfanib")

    assert "ema.growth.alfanib, from 2016-05-26  complete" in found.output
    assert "by example silent 1 (rules/ema/growth/alfanib.yaml:13:12)" in found.output


def test_a_misspelt_rule_is_refused_with_the_nearest_name(root: Path) -> None:
    found = command(root, "--rule", "ema.growth.alfanip")

    assert found.exit_code == 2
    assert "did you mean 'ema.growth.alfanib'?" in found.output


def test_the_gate_fails_below_its_percentage_and_passes_at_it(root: Path) -> None:
    assert command(root, "--gate", "100").exit_code == 1
    assert command(root, "--gate", "100", "--rule", "ema.growth.alfanib").exit_code == 0
    assert command(root, "--gate", "50").exit_code == 0
    assert command(root, "--gate", "101").exit_code == 2


def test_the_json_adds_up(root: Path) -> None:
    data = json.loads(command(root, "--format", "json").stdout)

    every = [item for rule in data["rules"] for item in rule["obligations"]]
    assert {"covered", "missing", "infeasible"} == {item["state"] for item in every}
    assert all((item["state"] == "covered") == (item["covered_by"] is not None) for item in every)
    counted = sum(item["state"] == "covered" for item in every)
    overall = data["totals"]["overall"]
    assert counted == overall["rule_coverage"]["covered"] + overall["mcdc_with_unknown"]["covered"]


def test_the_page_escapes_whatever_the_rules_say(root: Path) -> None:
    edit(root, "vocabulary.yaml", "label: highest Ki-67", 'label: "<script>alert(1)</script> & Ki-67"')

    page = command(root, "--format", "html").stdout

    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Ki-67" in page
    assert "http" not in page.replace("http-equiv", "")


def test_drafts_never_overwrite_answers(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "drafts"

    first = command(root, "--drafts", str(folder))
    (folder / "north/growth/alfanib.yaml").write_text("answers", encoding="utf-8")
    second = command(root, "--drafts", str(folder))

    assert "drafts in 2 files written" in first.output
    assert second.exit_code == 2
    assert (folder / "north/growth/alfanib.yaml").read_text(encoding="utf-8") == "answers"
