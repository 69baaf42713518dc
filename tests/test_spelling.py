"""Every spelling of a condition becomes the right node, at its place."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cdss.condition import All, Any, Compare, Condition, Holds, Includes, Is, Known, Not, OneOf, Op, leaves
from cdss.library import Library, load_library
from cdss.source import parse
from cdss.spelling import Speller

BASE = Path(__file__).resolve().parent / "broken" / "base"


@pytest.fixture(scope="module")
def small() -> Library:
    return load_library(BASE)


def speller(text: str, library: Library) -> Speller:
    return Speller(parse(text, "a.yaml"), library.vocabulary, library.therapies, frozenset(library.definitions))


def spelled(item: str, library: Library) -> Condition:
    """The one condition that the item spells."""
    reader = speller(f"when:\n  - {item}\n", library)
    condition = reader.conjunction(reader.document.data["when"], ("when",))
    assert reader.problems == []
    assert isinstance(condition, All)
    (part,) = condition.parts
    return part


def compare(op: Op, bound: str) -> Compare:
    return Compare("ki67_percent", op, Decimal(bound))


LANREOTIDE, OCTREOTIDE = Includes("prior_therapies", "lanreotide"), Includes("prior_therapies", "octreotide_lar")
DOTATATE = Includes("prior_therapies", "lu177_dotatate")


@pytest.mark.parametrize(
    ("item", "node"),
    [
        ("extent: metastatic", Is("extent", "metastatic")),
        ("progression: none", Is("progression", "none")),
        ("resectable: false", Is("resectable", False)),
        ("resectable: true", Is("resectable", True)),
        ("extent: [locally_advanced, metastatic]", OneOf("extent", ("locally_advanced", "metastatic"))),
        ("extent: [metastatic]", OneOf("extent", ("metastatic",))),
        ("ki67_percent: {at_most: 20}", compare(Op.AT_MOST, "20")),
        ("ki67_percent: {less_than: 2.5}", compare(Op.LESS_THAN, "2.5")),
        ("ki67_percent: {at_least: 0}", compare(Op.AT_LEAST, "0")),
        ("ki67_percent: {more_than: 55}", compare(Op.MORE_THAN, "55")),
        (
            "ki67_percent: {at_least: 3, at_most: 20}",
            All((compare(Op.AT_LEAST, "3"), compare(Op.AT_MOST, "20"))),
        ),
        ("prior_therapies: {includes: lanreotide}", LANREOTIDE),
        ("comorbidities: {includes: diabetes}", Includes("comorbidities", "diabetes")),
        ("prior_therapies: {includes_any: [lanreotide, lu177_dotatate]}", Any((LANREOTIDE, DOTATATE))),
        ("prior_therapies: {includes_any: [lanreotide]}", LANREOTIDE),
        ("prior_therapies: {includes_class: somatostatin_analogue}", Any((LANREOTIDE, OCTREOTIDE))),
        ("prior_therapies: {includes_class: prrt}", DOTATATE),
        (
            "prior_therapies: {includes_class: [prrt, somatostatin_analogue]}",
            Any((LANREOTIDE, DOTATATE, OCTREOTIDE)),
        ),
        (
            "declined: {includes_class: prrt}",
            Any((Includes("declined", "lu177_dotatate"), Includes("declined", "prrt"))),
        ),
        ("declined: {includes: prrt}", Includes("declined", "prrt")),
        ("ecog: {known: true}", Known("ecog")),
        ("ecog: {known: false}", Not(Known("ecog"))),
        ("prior_therapies: {known: true}", Known("prior_therapies")),
        ("resectable: {known: false}", Not(Known("resectable"))),
        ("holds: advanced", Holds("advanced")),
        ("not: {resectable: true}", Not(Is("resectable", True))),
        ("not: {holds: advanced}", Not(Holds("advanced"))),
        (
            "all: [{extent: metastatic}, {resectable: false}]",
            All((Is("extent", "metastatic"), Is("resectable", False))),
        ),
        (
            "any: [{extent: metastatic}, {not: {any: [{resectable: true}, {holds: advanced}]}}]",
            Any((Is("extent", "metastatic"), Not(Any((Is("resectable", True), Holds("advanced")))))),
        ),
    ],
)
def test_a_spelling_becomes_its_node(item: str, node: Condition, small: Library) -> None:
    assert spelled(item, small) == node


def test_a_list_of_items_means_all_of_them_in_order(small: Library) -> None:
    reader = speller("when:\n  - extent: metastatic\n  - resectable: false\n", small)

    condition = reader.conjunction(reader.document.data["when"], ("when",))

    assert condition == All((Is("extent", "metastatic"), Is("resectable", False)))


def test_an_empty_list_always_holds(small: Library) -> None:
    reader = speller("when: []\n", small)

    assert reader.conjunction([], ("when",)) == All(())
    assert reader.problems == []


@pytest.mark.parametrize(
    "item",
    [
        "extent: metastatic",
        "extent: [locally_advanced, metastatic]",
        "ki67_percent: {at_most: 20}",
        "ki67_percent: {at_least: 3, at_most: 20}",
        "prior_therapies: {includes_class: somatostatin_analogue}",
        "ecog: {known: false}",
        "holds: advanced",
        "any: [{extent: metastatic}]",
        "not: {resectable: true}",
    ],
)
def test_a_note_may_stand_beside_every_spelling_and_changes_nothing(item: str, small: Library) -> None:
    noted = spelled(f"{item}\n    note: judged by the surgeon", small)

    assert noted.note == "judged by the surgeon"
    assert noted == spelled(item, small)


def test_a_note_of_a_range_or_a_class_reaches_each_of_its_parts(small: Library) -> None:
    item = "ki67_percent: {at_least: 3, at_most: 20}\n    note: grade 2"

    assert [leaf.note for leaf in leaves(spelled(item, small))] == ["grade 2", "grade 2"]


@pytest.mark.parametrize(
    ("item", "column"),
    [
        ("extent: metastatic", 5),
        ("holds: advanced", 5),
        ("ki67_percent: {at_most: 20}", 29),
        ("any: [{extent: metastatic}]", 5),
        ("not: {resectable: true}", 5),
        ("prior_therapies: {includes: lanreotide}", 5),
    ],
)
def test_a_node_knows_where_it_stands_and_a_threshold_where_its_number_stands(
    item: str, column: int, small: Library
) -> None:
    assert str(spelled(item, small).place) == f"a.yaml:2:{column}"


def test_each_end_of_a_range_has_its_own_place(small: Library) -> None:
    parts = leaves(spelled("ki67_percent: {at_least: 3, at_most: 20}", small))

    assert [leaf.place.column for leaf in parts] == [30, 42]


def test_a_threshold_at_either_end_of_the_range_is_allowed(small: Library) -> None:
    assert spelled("ki67_percent: {less_than: 100}", small) == compare(Op.LESS_THAN, "100")
    assert spelled("ki67_percent: {more_than: 0.0}", small) == compare(Op.MORE_THAN, "0")


def test_a_threshold_may_be_written_with_zeros_beyond_the_places_kept(small: Library) -> None:
    assert spelled("ki67_percent: {at_most: 2.500}", small) == compare(Op.AT_MOST, "2.5")


def test_every_mistake_of_a_list_is_told_and_no_broken_condition_is_lost_in_silence(small: Library) -> None:
    text = """when:
  - extent: metastatik
  - any:
      - progresion: none
      - resectable: 1
      - prior_therapies: {includes_any: [lanreotid, everolimus, everolimus]}
  - not: {ecog: {at_most: 7}}
  - resectable: false
"""
    reader = speller(text, small)

    reader.conjunction(reader.document.data["when"], ("when",))

    assert [(p.place.line, p.code) for p in sorted(reader.problems)] == [
        (2, "E302"),
        (4, "E301"),
        (5, "E302"),
        (6, "E302"),
        (6, "E313"),
        (7, "E308"),
    ]


@pytest.mark.parametrize(
    "item",
    [
        "prior_therapies: {includes_class: 5}",
        "prior_therapies: {includes_class: {a: b}}",
        "prior_therapies: {includes_class: []}",
        "prior_therapies: {includes_class: [prrt, [prrt]]}",
        "prior_therapies: {includes_class: ~}",
        "prior_therapies: {includes: {a: b}}",
        "prior_therapies: {includes_any: [[a], {b: c}]}",
        "prior_therapies: {}",
        "prior_therapies:",
        "ki67_percent: {}",
        "ki67_percent: {at_most: true}",
        "ki67_percent: {at_most: ~}",
        "ki67_percent: true",
        "ki67_percent: [1, 2]",
        "extent: {metastatic: true}",
        "extent: [[metastatic]]",
        "extent: []",
        "extent:",
        "resectable: [true]",
        "ecog: {known: ~}",
        "holds:",
        "holds: {advanced: true}",
        "all: ~",
        "any: advanced",
        "not: ~",
        "not: advanced",
        "~",
        "5",
        "[]",
        "{}",
        "extent: metastatic\n    note: [a]",
    ],
)
def test_whatever_else_is_written_is_one_problem_and_never_a_crash(item: str, small: Library) -> None:
    reader = speller(f"when:\n  - {item}\n", small)

    reader.conjunction(reader.document.data["when"], ("when",))

    assert reader.problems
    assert all(problem.place.line >= 2 and problem.remedy for problem in reader.problems)
