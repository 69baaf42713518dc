"""The checks of a library that reads well: one folder that passes and one that fails for every code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cdss.errors import CdssError, Problem
from cdss.library import load_library
from cdss.lint import check
from cdss.values import Value
from tests.small_world import copy_of_rules, sheet_of, small_library

GAMMALU = "north/growth/gammalu.yaml"
ALFANIB = "north/growth/alfanib.yaml"
PROPOSAL = """title: {title}
therapy: {therapy}
always:
  says: Our own thought about this, for want of any source.
  cite: {{ref: safety-2010, at: chapter 9}}
  provenance: proposal
  when: [{{extent: metastatic}}]
  then: {{stance: {stance}{intent}}}
misleads_when: [Somebody has published about it.]
examples:
  fires: [{{facts: {{extent: metastatic}}}}]
  silent: [{{facts: {{extent: localised}}}}]
  undecided: [{{facts: {{extent: unknown}}}}]
"""
INTENT = ", intent: antiproliferative"


def no_case(name: str) -> Mapping[str, Value]:
    raise CdssError(f"there is no case '{name}'")


def found(root: Path, cases: Callable[[str], Mapping[str, Value]] = no_case) -> list[Problem]:
    return check(load_library(root), cases)


def codes(root: Path, cases: Callable[[str], Mapping[str, Value]] = no_case) -> list[tuple[str, str]]:
    return [(p.code, p.place.file.removeprefix("rules/")) for p in found(root, cases)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_of_rules(tmp_path)


def edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"'{old}' stands {text.count(old)} times in {name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def add(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def test_a_healthy_folder_has_nothing_to_say(root: Path) -> None:
    assert codes(root) == []


# ── examples ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "kind", "reads"),
    [
        ("fires: [{facts: {sstr_status: positive}}]", "fires: [{facts: {sstr_status: mixed}}]", "fires", "as silent"),
        ("silent: [{facts: {sstr_status: negative}}]", "silent: [{facts: {}}]", "silent", "as undecided"),
        ("undecided: [{facts: {sstr_status: unknown}}]", "undecided: [{but: {}}]", "undecided", "as firing"),
    ],
)
def test_l101_an_example_that_behaves_otherwise(root: Path, old: str, new: str, kind: str, reads: str) -> None:
    edit(root, GAMMALU, old, new)
    (problem,) = found(root)
    assert (problem.code, problem.message) == ("L101", f"the example under {kind} reads {reads}")
    assert problem.frame is not None
    assert new in problem.frame


def test_l101_an_example_is_tried_with_the_rules_of_its_day(root: Path) -> None:
    silent = "silent: [{but: {progression: none}}]"
    on = ", {facts: {extent: metastatic, progression: documented, ki67_highest_percent: 30}, on: %s}]"
    edit(root, ALFANIB, silent, silent.removesuffix("]") + on % "2020-01-01")
    assert codes(root) == []
    edit(root, ALFANIB, "on: 2020-01-01", "on: 2019-12-31")
    assert codes(root) == [("L101", ALFANIB)]


def test_l101_before_its_first_version_a_rule_is_silent(root: Path) -> None:
    edit(
        root,
        GAMMALU,
        "fires: [{facts: {sstr_status: positive}}]",
        "fires: [{facts: {sstr_status: positive}, on: 2014-12-31}]",
    )
    assert codes(root) == [("L101", GAMMALU)]


def test_l101_a_retired_rule_is_tried_on_the_day_it_ended_and_is_silent(root: Path) -> None:
    edit(root, GAMMALU, "misleads_when:", "  2020-01-01:\n    retired: {because: It was replaced.}\nmisleads_when:")
    assert {code for code, _ in codes(root)} <= {"L101"}


@pytest.mark.parametrize(
    ("kind", "verb"), [("fires", "fires"), ("silent", "is silent"), ("undecided", "stays undecided")]
)
def test_l102_a_kind_of_example_is_missing(root: Path, kind: str, verb: str) -> None:
    text = (root / GAMMALU).read_text()
    lines = [line for line in text.splitlines() if not line.startswith(f"  {kind}:")]
    (root / GAMMALU).write_text("\n".join(lines) + "\n")
    (problem,) = found(root)
    assert (problem.code, problem.message) == ("L102", f"no example on which the rule {verb}")


def test_l102_a_rule_that_only_asks_what_is_known_is_never_undecided(root: Path) -> None:
    assert "undecided" not in (root / "alerts/record/ecog-unknown.yaml").read_text()
    assert codes(root) == []


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{facts: {sstr_state: positive}}", "no fact is called 'sstr_state'"),
        ("{facts: {sstr_status: bright}}", "this is not a value of sstr_status"),
        ("{facts: {ki67_highest_percent: 200}}", "ki67_highest_percent: lies outside the possible range"),
        ("{case: nobody}", "there is no case 'nobody'"),
    ],
)
def test_l103_an_example_that_cannot_be_read(root: Path, written: str, message: str) -> None:
    edit(root, GAMMALU, "{facts: {sstr_status: positive}}", written)
    problems = [p for p in found(root) if p.code == "L103"]
    assert problems
    assert problems[0].message.startswith(message)


def test_l103_a_change_needs_a_firing_example_with_facts(root: Path) -> None:
    edit(root, GAMMALU, "fires: [{facts: {sstr_status: positive}}]", "fires: [somebody]")
    edit(root, GAMMALU, "silent: [{facts: {sstr_status: negative}}]", "silent: [{but: {sstr_status: negative}}]")
    problems = found(root, lambda _: sheet_of({"sstr_status": "positive"}).values)
    assert [(p.code, p.message) for p in problems] == [
        ("L103", "but changes the first firing example, which must give its facts")
    ]


def test_a_case_may_be_an_example(root: Path) -> None:
    edit(root, GAMMALU, "fires: [{facts: {sstr_status: positive}}]", "fires: [somebody]")
    assert codes(root, lambda _: sheet_of({"sstr_status": "positive"}).values) == []


# ── names ────────────────────────────────────────────────────────────────────────────────────


def test_l201_a_source_nobody_cites(root: Path) -> None:
    spare = '  - {id: spare, type: book, title: Spare, URL: "https://example.org/spare"}\n'
    path = root / "citations/all.yaml"
    path.write_text(path.read_text() + spare)
    (problem,) = found(root)
    assert (problem.code, problem.message) == ("L201", "no rule cites 'spare'")
    assert problem.place.line == path.read_text().count("\n")


def test_l201_a_source_cited_by_a_definition_or_as_evidence_alone_is_used(root: Path) -> None:
    spare = '  - {id: %s, type: book, title: Spare, URL: "https://example.org/spare"}\n'
    path = root / "citations/all.yaml"
    path.write_text(path.read_text() + spare % "for-definition" + spare % "for-evidence")
    edit(root, "definitions/advanced.yaml", "ref: north-2015", "ref: for-definition")
    edit(root, GAMMALU, "    provenance: read\n", "    provenance: read\n    evidence: [for-evidence]\n")
    assert codes(root) == []


def test_l202_a_definition_nothing_refers_to(root: Path) -> None:
    add(root, "definitions/spare.yaml", "title: Spare\nalways: {says: Spare words., when: [{extent: metastatic}]}\n")
    assert codes(root) == [("L202", "definitions/spare.yaml")]


def test_l202_a_definition_that_only_another_definition_uses_is_used(root: Path) -> None:
    add(root, "definitions/inner.yaml", "title: Inner\nalways: {says: Inner words., when: [{extent: metastatic}]}\n")
    edit(
        root,
        "definitions/advanced.yaml",
        "when: [{extent: [locally_advanced, metastatic]}]",
        "when: [{any: [{holds: inner}, {extent: locally_advanced}]}]",
    )
    assert codes(root) == []


def test_l203_two_rules_with_one_title(root: Path) -> None:
    edit(
        root,
        GAMMALU,
        "title: Gamma-Lu for receptor-positive disease",
        "title: ALFANIB AFTER PROGRESSION OF ADVANCED DISEASE",
    )
    (problem,) = found(root)
    assert (problem.code, problem.message) == ("L203", "north.growth.alfanib has the same title")


def retired_for(root: Path, replacement: str) -> None:
    edit(
        root,
        ALFANIB,
        "misleads_when:",
        f"  2030-01-01:\n    retired: {{because: Replaced., replaced_by: {replacement}}}\nmisleads_when:",
    )


def test_l204_a_replacement_that_does_not_exist(root: Path) -> None:
    retired_for(root, "north.growth.gamalu")
    problems = [p for p in found(root) if p.code == "L204"]
    assert [(p.message, p.remedy) for p in problems] == [
        ("no rule is called 'north.growth.gamalu'", "did you mean 'north.growth.gammalu'?")
    ]


def test_l204_a_replacement_that_exists(root: Path) -> None:
    retired_for(root, "north.growth.gammalu")
    assert [code for code, _ in codes(root) if code == "L204"] == []


def test_l205_a_regulator_that_says_something_else_than_a_label(root: Path) -> None:
    add(root, "ema/growth/opinion.yaml", (root / GAMMALU).read_text().replace("Gamma-Lu for", "An opinion on"))
    assert codes(root) == [("L205", "ema/growth/opinion.yaml")]


def test_l205_a_list_of_labels_declared_complete_where_no_labels_are_known(root: Path) -> None:
    edit(
        root,
        "therapies.yaml",
        "betanib: {name: Betanib, classes: [kinase_inhibitor], kind: drug, labels_complete: [ema]}",
        "betanib: {name: Betanib, classes: [kinase_inhibitor], kind: drug, labels_complete: [ema, tga]}",
    )
    (problem,) = found(root)
    assert (problem.code, problem.message) == ("L205", "no labels are known for 'tga'")


# ── our own proposals ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("therapy", ["alfanib", "ablation"])
def test_l301_a_proposal_of_ours_that_favours_a_drug_or_a_procedure(root: Path, therapy: str) -> None:
    add(
        root,
        "proposal/general/idea.yaml",
        PROPOSAL.format(title="An idea", therapy=therapy, stance="consider", intent=INTENT),
    )
    assert codes(root) == [("L301", "proposal/general/idea.yaml")]


@pytest.mark.parametrize(
    ("therapy", "stance", "intent"),
    [("waiting", "consider", INTENT), ("alfanib", "avoid", ""), ("ablation", "caution", "")],
)
def test_l301_a_proposal_may_favour_watching_and_may_warn(root: Path, therapy: str, stance: str, intent: str) -> None:
    add(
        root,
        "proposal/general/idea.yaml",
        PROPOSAL.format(title="An idea", therapy=therapy, stance=stance, intent=intent),
    )
    assert codes(root) == []


# ── together ─────────────────────────────────────────────────────────────────────────────────


def test_everything_is_found_at_once_and_sorted_by_place(root: Path) -> None:
    edit(root, GAMMALU, "fires: [{facts: {sstr_status: positive}}]", "fires: [{facts: {sstr_status: mixed}}]")
    add(root, "definitions/spare.yaml", "title: Spare\nalways: {says: Spare words., when: [{extent: metastatic}]}\n")
    add(
        root,
        "proposal/general/idea.yaml",
        PROPOSAL.format(title="An idea", therapy="alfanib", stance="prefer", intent=INTENT),
    )
    problems = found(root)
    assert [p.code for p in problems] == ["L202", "L101", "L301"]
    assert [p.place for p in problems] == sorted(p.place for p in problems)


def test_checking_changes_nothing() -> None:
    library = small_library()
    digest = library.digest
    check(library, no_case)
    assert library.digest == digest
    assert library == load_library(Path(__file__).parent / "small" / "rules")
