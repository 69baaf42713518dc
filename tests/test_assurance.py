"""The invariants and the hazard log are read like the rules, lead to what keeps them, and are printed as they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdss.assurance import CHECKS
from cdss.cli import app
from cdss.condition import Known, leaves
from cdss.coverage import GROUPS, Reach, coverage, last_version
from cdss.errors import CdssError, Problem, Problems
from cdss.library import load_library
from cdss.lint import check
from cdss.locations import rules_folder
from cdss.reports.assurance import View, index, refreshed
from cdss.reports.sources import in_full
from cdss.rule import Kind
from cdss.values import Value
from tests.patients import library
from tests.small_world import copy_of_rules, small_library

ROOT = Path(__file__).resolve().parent.parent
INVARIANTS = """invariants:
  i-01:
    says: Alfanib is not suggested in pregnancy.
    rules: [safety.general.alfanib-pregnancy]
  i-02:
    says: Nothing is printed as an order.
    check: L302
    test: tests/test_few.py::test_one
    gap: Only words are looked at so far.
  i-03:
    says: Scores stay where they belong.
    not_yet: There is no score so far.
"""
HAZARDS = """hazards:
  h-01:
    title: Alfanib in pregnancy
    severity: 5
    noticed: mostly
    harm: Harm to the unborn child.
    invariants: [i-01, i-02, i-03]
    test: tests/test_few.py::test_two
"""
CONTRACT = (
    "octreotide_lar", "lanreotide", "pasireotide", "everolimus", "sunitinib", "cabozantinib", "surufatinib",
    "axitinib", "lenvatinib", "pazopanib", "lu177_dotatate", "lu177_edotreotide", "y90_dotatoc", "alpha_prrt",
    "captem", "temozolomide", "dacarbazine", "stz_5fu", "folfox", "folfiri", "platinum_etoposide",
    "topotecan_or_irinotecan", "interferon_alpha", "telotristat", "belzutifan", "pembrolizumab", "dostarlimab",
    "nivolumab_ipilimumab", "larotrectinib", "entrectinib", "selpercatinib", "dabrafenib_trametinib", "mibg_131i",
    "bevacizumab", "sirt", "tae", "tace", "ablation", "liver_resection", "liver_transplantation",
    "primary_resection", "metastasectomy", "external_beam_radiotherapy", "diazoxide", "proton_pump_inhibitor",
    "short_acting_octreotide", "pancreatic_enzymes", "bile_acid_sequestrant", "bone_antiresorptive",
    "glucocorticoids", "steroidogenesis_inhibitors", "watchful_waiting", "clinical_trial", "best_supportive_care",
)  # fmt: skip


def no_case(name: str) -> Mapping[str, Value]:
    raise CdssError(f"there is no case '{name}'")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The made-up rules with one existing safety rule under the name that the invariant uses, and two tests."""
    folder = copy_of_rules(tmp_path)
    rule = sorted((folder / "safety").rglob("*.yaml"))[0]
    name = ".".join(rule.relative_to(folder).with_suffix("").parts)
    (folder / "invariants.yaml").write_text(INVARIANTS.replace("safety.general.alfanib-pregnancy", name))
    (folder / "hazards.yaml").write_text(HAZARDS)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_few.py").write_text("def test_one() -> None: ...\n\n\ndef test_two() -> None: ...\n")
    return folder


def edit(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text()
    assert text.count(old) == 1
    (root / name).write_text(text.replace(old, new))


def found(root: Path) -> list[Problem]:
    """What reading or checking finds."""
    try:
        return check(load_library(root), no_case, root.parent / "tests")
    except Problems as problems:
        return list(problems.problems)


# ── the files ────────────────────────────────────────────────────────────────────────────────


def test_a_healthy_register_has_nothing_to_say(root: Path) -> None:
    assert found(root) == []
    assurance = load_library(root).assurance
    assert sorted(assurance.invariants) == ["i-01", "i-02", "i-03"]
    controls = assurance.controls("h-01")
    assert controls.tests == ("tests/test_few.py::test_one", "tests/test_few.py::test_two")
    assert (controls.checks, controls.not_yet, controls.gaps) == (("L302",), ("i-03",), ("i-02",))


def test_a_folder_may_do_without_the_registers() -> None:
    assert small_library().assurance.invariants == {}
    assert small_library().assurance.hazards == {}


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "message", "line"),
    [
        ("invariants.yaml", "check: L302", "rules: [safety.generl.x]", "E322", "no rule is called", 7),
        ("invariants.yaml", "check: L302", "check: L999", "L401", "no check has the code 'L999'", 7),
        ("invariants.yaml", "::test_one", "::test_on", "L402", "there is no test 'tests/test_few.py::test_on'", 8),
        ("hazards.yaml", "::test_two", "::test_tow", "L402", "there is no test 'tests/test_few.py::test_tow'", 8),
        ("hazards.yaml", "[i-01, i-02, i-03]", "[i-01, i-02, i-03, i-04]", "E322", "no invariant is called 'i-04'", 7),
        ("hazards.yaml", "[i-01, i-02, i-03]", "[i-01, i-02]", "L403", "no hazard in hazards.yaml names it", 10),
        ("hazards.yaml", "severity: 5", "severity: 6", "E2", "", 4),
        ("hazards.yaml", "noticed: mostly", "noticed: always", "E2", "", 5),
        ("invariants.yaml", "  i-03:", "  three:", "E2", "is no id", 0),
        ("invariants.yaml", "not_yet: There is no score so far.", "note: nothing", "E2", "", 0),
        ("invariants.yaml", "    check: L302\n    test: tests/test_few.py::test_one\n", "", "E2", "not_yet", 0),
    ],
)  # fmt: skip
def test_a_name_that_does_not_exist_is_told_with_its_place(
    root: Path, name: str, old: str, new: str, code: str, message: str, line: int
) -> None:
    edit(root, name, old, new)
    problems = [p for p in found(root) if p.code.startswith(code)]
    assert problems, found(root)
    assert any(message in p.message for p in problems)
    if line:
        assert line in {p.place.line for p in problems}


def test_where_there_are_no_tests_their_names_are_not_looked_up(root: Path) -> None:
    edit(root, "invariants.yaml", "::test_one", "::test_gone")
    assert check(load_library(root), no_case) == []


def test_the_registers_count_into_the_digest_and_are_kept_in_the_snapshot(root: Path, tmp_path: Path) -> None:
    from cdss import snapshot

    before = load_library(root)
    assert snapshot.load(root, tmp_path / "cache").assurance == before.assurance
    assert snapshot.load(root, tmp_path / "cache").assurance == before.assurance
    edit(root, "hazards.yaml", "severity: 5", "severity: 4")
    assert load_library(root).digest != before.digest


def test_every_check_that_an_invariant_may_name_exists() -> None:
    source = "".join((ROOT / "cdss" / name).read_text() for name in ("lint.py", "redundancy.py", "trying.py"))
    assert set(re.findall(r"\bL\d{3}\b", source)) == {code for code in CHECKS if code.startswith("L")}


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("Give 10 mg of alfanib.", ["L302"]),
        ("Alfanib is taken twice daily here.", ["L302"]),
        ("After 7.4 GBq the marrow suffers.", ["L302"]),
        ("Two studies gave it every four weeks.", []),
        ("Testing is of no use in daily practice.", []),
    ],
)
def test_words_that_print_a_dose_or_a_schedule_are_found(root: Path, says: str, expected: list[str]) -> None:
    path = sorted((root / "safety").rglob("*.yaml"))[0]
    path.write_text(re.sub(r"( +says:) .*", rf'\1 "{says}"', path.read_text(), count=1))
    assert [p.code for p in found(root) if p.code == "L302"] == expected


def test_a_statement_that_asks_for_a_wish_is_found(root: Path) -> None:
    vocabulary = small_library().vocabulary
    wish = next((name for name, fact in vocabulary.facts.items() if fact.preference), None)
    assert wish == "declined"
    path = root / "north/growth/gammalu.yaml"
    text = path.read_text()
    assert "{sstr_status: positive}" in text
    path.write_text(text.replace("when: [{sstr_status: positive}]", "when: [{declined: {includes: alfanib}}]"))
    assert "L303" in {p.code for p in found(root)}


# ── the shipped registers ────────────────────────────────────────────────────────────────────


def test_there_are_95_invariants_and_25_hazards_and_all_that_is_not_kept_says_why() -> None:
    assurance = library().assurance
    assert (len(assurance.invariants), len(assurance.hazards)) == (95, 25)
    assert [name for name, i in assurance.invariants.items() if not i.kept] == [
        "i-14", "i-41", "i-43", "i-44", "i-48", "i-49", "i-4a",
    ]  # fmt: skip


def test_every_grave_hazard_is_controlled_by_rules_and_by_tests() -> None:
    for name, hazard in library().assurance.hazards.items():
        controls = library().assurance.controls(name)
        if hazard.severity >= 4:
            assert controls.tests, name
            assert controls.rules or controls.checks, name


def test_the_tables_in_the_readme_are_current() -> None:
    text = (rules_folder() / "README.md").read_text(encoding="utf-8")
    assert refreshed(text, library()) == text, "run: cdss rules index --write"
    for name in (*library().assurance.invariants, *library().assurance.hazards):
        assert f"\n| {name} |" in text
    for target in set(re.findall(r"\]\(([^)#]+)\)", text)):
        assert (rules_folder() / target).exists(), target


def test_only_the_marked_parts_of_a_page_are_written_anew() -> None:
    text = "before\n<!-- invariants -->\nold\n<!-- end -->\nbetween\n<!-- end -->\nafter\n"
    new = refreshed(text, small_library())
    assert new.startswith("before\n<!-- invariants -->\n")
    assert new.endswith("<!-- end -->\nbetween\n<!-- end -->\nafter\n")
    assert "old" not in new


@pytest.mark.parametrize("view", list(View))
def test_every_view_is_one_page_of_markdown_that_links_to_the_files(view: View) -> None:
    page = index(library(), view)
    assert page.endswith("\n")
    for target in set(re.findall(r"\]\(([^)]+\.yaml)\)", page)):
        assert (rules_folder() / target).exists()
    if view in (View.THERAPY, View.BODY, View.DATE):
        assert all(f"`{rule}`" in page for rule in library().rules)
    if view is View.SITE:
        assert "## rectum" in page
        assert "## every site" in page


# ── where the rules speak ────────────────────────────────────────────────────────────────────


def test_a_rule_is_listed_for_the_sites_that_do_not_rule_it_out() -> None:
    reach = Reach(library())
    names = ["ema.pancreas.sunitinib", "fda.gastrointestinal.everolimus", "safety.prrt.no-target"]
    names.append("alerts.gastric.type-unknown")
    sites = {name: reach.sites(last_version(library().rules[name]).condition) for name in names}
    assert sites["ema.pancreas.sunitinib"] == ("pancreas",)
    assert "lung" in sites["fda.gastrointestinal.everolimus"]
    assert "pancreas" not in sites["fda.gastrointestinal.everolimus"]
    assert sites["safety.prrt.no-target"] == tuple(library().vocabulary.facts["primary_site"].values)
    assert sites["alerts.gastric.type-unknown"] == ("stomach",)


def test_what_may_be_known_of_a_patient_rules_no_rule_out() -> None:
    reach = Reach(library())
    for rule in library().rules.values():
        version = last_version(rule)
        if any(isinstance(leaf, Known) for leaf in leaves(version.condition)):
            assert reach.sites(version.condition), rule.id


def test_no_rule_is_out_of_reach_of_every_site() -> None:
    reach = Reach(library())
    for rule in library().rules.values():
        assert reach.sites(last_version(rule).condition), rule.id


def test_every_group_has_statements_labels_and_alerts() -> None:
    figures = coverage(library())
    assert [row.group for row in figures.rows] == [group.name for group in GROUPS]
    for row in figures.rows:
        assert row.own[Kind.STATEMENT] > 0, row.group
        for kind in Kind:
            assert row.all[kind] > 0, row.group
            assert row.own[kind] <= row.all[kind]


def test_all_rules_have_examples_all_citations_resolve_and_every_therapy_is_named() -> None:
    figures = coverage(library())
    assert figures.rules >= 350
    assert figures.with_three_examples == figures.rules
    assert figures.resolved == figures.citations
    assert figures.unnamed == ()
    assert set(CONTRACT) <= set(library().therapies.therapies)


# ── sources in full ──────────────────────────────────────────────────────────────────────────


def test_a_source_is_set_by_the_citation_library() -> None:
    texts = in_full(library().references.values())
    assert set(texts) == set(library().references)
    text = texts["radiant-4-2016"]
    for piece in ("Yao J", "The Lancet, 387", "968–977", "doi:10.1016/S0140-6736(15)00817-X", "RADIANT-4"):
        assert piece in text
    for reference in library().references.values():
        assert (reference.DOI or reference.PMID or reference.URL or "") in texts[reference.id]
        assert ".." not in texts[reference.id]


def test_nothing_to_cite_needs_no_library() -> None:
    assert in_full([]) == {}


# ── the commands ─────────────────────────────────────────────────────────────────────────────


def run(*words: str) -> str:
    answer = CliRunner().invoke(app, ["rules", *words])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_rules_list_narrows_by_site_stance_and_provenance() -> None:
    words = ("--site", "rectum", "--stance", "recommend", "--provenance", "read")
    rows = json.loads(run("list", *words, "--format", "json"))
    assert len(rows) > 5
    for row in rows:
        assert "rectum" in row["sites"]
        assert (row["stance"], row["provenance"]) == ("recommend", "read")
    everywhere = json.loads(run("list", "--format", "json"))
    assert len(everywhere) == len(library().rules)


@pytest.mark.parametrize(
    ("option", "word", "message"),
    [
        ("--site", "rectm", "no primary site is called 'rectm'; did you mean 'rectum'?"),
        ("--stance", "recomend", "no stance is called 'recomend'; did you mean 'recommend'?"),
        ("--provenance", "reed", "no provenance is called 'reed'; did you mean 'read'?"),
    ],
)
def test_rules_list_names_the_nearest_word(option: str, word: str, message: str) -> None:
    answer = CliRunner().invoke(app, ["rules", "list", option, word])
    assert answer.exit_code == 2
    assert message in answer.output


def test_rules_show_prints_its_sources_in_full() -> None:
    text = " ".join(run("show", "evidence.everolimus.radiant-2-colorectal").split())
    (cite, *_) = last_version(library().rules["evidence.everolimus.radiant-2-colorectal"]).cites
    assert library().references[cite.ref].title[:30] in text
    assert f"At: {cite.at}" in text
    data = json.loads(run("show", "evidence.everolimus.radiant-2-colorectal", "--format", "json"))
    assert data["sources"][cite.ref].startswith(text[text.index("source ") + 7 :][:10])


def test_rules_check_prints_the_table() -> None:
    folder = str(copy_of_small())
    text = run("check", folder)
    assert "100 %  rules with three kinds of examples" in text
    assert "100 %  citations that resolve to a registered source" in text
    data = json.loads(run("check", folder, "--format", "json"))
    assert {"groups", "three_examples", "citations", "therapies"} == set(data["coverage"])


def copy_of_small() -> Path:
    return ROOT / "tests" / "small" / "rules"


def test_rules_index_prints_a_view_and_writes_the_registers(root: Path) -> None:
    assert run("index", "--view", "body", "--rules", str(root)).startswith("# Rules by body\n")
    assert CliRunner().invoke(app, ["rules", "index", "--view", "size", "--rules", str(root)]).exit_code == 2
    assert CliRunner().invoke(app, ["rules", "index", "--write", "--rules", str(root)]).exit_code == 2
    (root / "README.md").write_text("# Rules\n\n<!-- invariants -->\n<!-- end -->\n")
    assert "brought up to date" in run("index", "--write", "--rules", str(root))
    assert "is current" in run("index", "--write", "--rules", str(root))
    assert "| i-01 | Alfanib is not suggested in pregnancy. |" in (root / "README.md").read_text()
