"""Two states of the rules compared: what changed, for whom, how much, and that the patients shown really differ."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdss.case import load_case
from cdss.cli import app, diffwork
from cdss.condition import definitions_used
from cdss.consult import consult
from cdss.decision import Standing
from cdss.engine import Engine, Evaluation
from cdss.errors import CdssError
from cdss.expectation import Failure
from cdss.library import Library, load_library
from cdss.proof.draft import draft
from cdss.regress import Check
from cdss.rule import Intent
from cdss.ruledelta import checks
from cdss.ruledelta.changes import What, changes
from cdss.ruledelta.delta import Delta, Weight, compare, entry
from cdss.ruledelta.region import Region
from cdss.ruledelta.sources import rules_of
from cdss.values import Truth
from cdss.vocabulary import Kind
from tests.small_world import CASES, RULES, copy_of_rules, small_library

UNFIT = "south/growth/alfanib-unfit.yaml"
TARGET = "safety/organs/gammalu-no-target.yaml"
KIDNEY = "safety/organs/gammalu-kidney.yaml"


def earlier(text: str) -> str:
    """The rule on the unfit, from a performance status of 2 on."""
    return text.replace("ecog: {at_least: 3}}]", "ecog: {at_least: 2}}]", 1)


def changed(folder: Path, name: str, change: Callable[[str], str]) -> Library:
    root = copy_of_rules(folder)
    path = root / name
    before = path.read_text(encoding="utf-8")
    path.write_text(change(before), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != before
    return load_library(root)


def without(folder: Path, name: str) -> Library:
    root = copy_of_rules(folder)
    (root / name).unlink()
    return load_library(root)


def difference(new: Library, *, cases: Path | None = None) -> Delta:
    return compare(small_library(), new, cases)


def evaluated(region: Region, library: Library, folder: Path) -> Evaluation:
    """The patient of a region written as a case, and put to one state of the rules."""
    path = folder / "region.yaml"
    path.write_text(draft(region.about, region.becomes, region.facts, region.on, library.vocabulary), encoding="utf-8")
    return consult(Engine(library), load_case(str(path), folder))


def region_of(delta: Delta, about: str, becomes: str) -> Region:
    (found,) = [r for r in delta.regions if (r.about, r.becomes) == (about, becomes)]
    return found


def test_the_same_rules_differ_in_nothing(tmp_path: Path) -> None:
    delta = difference(load_library(copy_of_rules(tmp_path)), cases=CASES)
    assert delta == Delta(())
    assert delta.weight is Weight.PATCH


def test_other_words_are_a_patch(tmp_path: Path) -> None:
    new = changed(tmp_path, UNFIT, lambda text: text.replace("spend the day in bed", "lie all day"))
    delta = difference(new)
    (change,) = delta.changes
    assert (change.parts, change.only_words) == (("wording",), True)
    assert (delta.weight, delta.regions) == (Weight.PATCH, ())


def test_a_moved_threshold_shows_the_simplest_patient_between_old_and_new(tmp_path: Path) -> None:
    new = changed(tmp_path, UNFIT, earlier)
    delta = difference(new)
    assert [c.parts for c in delta.changes] == [("condition",)]
    region = region_of(delta, "south.growth.alfanib-unfit", "fires")
    assert set(region.facts) == {"ecog"}
    before, after = evaluated(region, small_library(), tmp_path), evaluated(region, new, tmp_path)
    assert before.verdicts.rules[region.about] is not Truth.YES
    assert after.verdicts.rules[region.about] is Truth.YES
    assert not [r for r in delta.regions if r.becomes == "no longer surely fires"]


def test_a_therapy_that_is_no_longer_suggested_makes_it_major(tmp_path: Path) -> None:
    new = changed(tmp_path, UNFIT, earlier)
    delta = difference(new)
    assert delta.weight is Weight.MAJOR
    region = region_of(delta, "alfanib", "is no longer suggested")
    suggested = {Standing.RECOMMENDED, Standing.OPTION}
    before = evaluated(region, small_library(), tmp_path).decision.option("alfanib", Intent.ANTIPROLIFERATIVE)
    after = evaluated(region, new, tmp_path).decision.option("alfanib", Intent.ANTIPROLIFERATIVE)
    assert before is not None
    assert after is not None
    assert before.standing in suggested
    assert after.standing not in suggested


def test_a_dropped_safety_rule_is_major_and_suggests_the_therapy_to_somebody(tmp_path: Path) -> None:
    new = without(tmp_path, KIDNEY)
    delta = difference(new)
    assert [(c.rule, c.what) for c in delta.changes] == [("safety.organs.gammalu-kidney", What.REMOVED)]
    assert delta.weight is Weight.MAJOR
    region = region_of(delta, "gammalu", "becomes suggested")
    suggested = {Standing.RECOMMENDED, Standing.OPTION}
    before = evaluated(region, small_library(), tmp_path).decision.option("gammalu", Intent.ANTIPROLIFERATIVE)
    after = evaluated(region, new, tmp_path).decision.option("gammalu", Intent.ANTIPROLIFERATIVE)
    assert before is not None
    assert after is not None
    assert before.standing not in suggested
    assert after.standing in suggested


def test_a_check_of_a_case_that_now_fails_is_named(tmp_path: Path) -> None:
    delta = difference(without(tmp_path, TARGET), cases=CASES)
    assert [(c.case, c.before, c.after) for c in delta.cases] == [("site/direct", True, False)]


def test_a_new_label_is_minor(tmp_path: Path) -> None:
    text = (RULES / "ema/growth/alfanib.yaml").read_text(encoding="utf-8").replace("by ema", "by ema once more")
    root = copy_of_rules(tmp_path)
    (root / "ema" / "growth" / "alfanib-two.yaml").write_text(text, encoding="utf-8")
    delta = difference(load_library(root))
    assert delta.weight is Weight.MINOR
    assert [r.about for r in delta.regions] == ["ema.growth.alfanib-two"]


def test_a_changed_definition_counts_for_every_rule_that_leans_on_it(tmp_path: Path) -> None:
    new = changed(tmp_path, "definitions/advanced.yaml", lambda text: text.replace("[locally_advanced, ", "["))
    named = [c.rule for c in changes(small_library(), new) if "definition" in c.parts]
    assert named == sorted(
        {rule.id for rule in new.rules.values() for _, v in rule.versions if v and definitions_used(v.condition)}
    )
    assert named


def test_the_entry_names_dates_sites_and_therapies(tmp_path: Path) -> None:
    new = changed(tmp_path, UNFIT, lambda text: text.replace("stance: avoid", "stance: contraindicate"))
    text = entry(difference(new), small_library(), new)
    assert "`south.growth.alfanib-unfit` changed (stance)" in text
    assert "2018-01-01" in text
    assert "alfanib" in text


ADVANCED = """title: Advanced disease
versions:
  1990-01-01:
    says: Locally advanced or metastatic.
    cite: {ref: north-2015, at: definitions}
    when: [{extent: [locally_advanced, metastatic]}]
  2019-01-01:
    says: Advanced.
    cite: {ref: north-2015, at: definitions}
    when: [{extent: MIDDLE}]
  2019-06-01:
    says: Locally advanced or metastatic.
    cite: {ref: north-2015, at: definitions}
    when: [{extent: [locally_advanced, metastatic]}]
"""


def test_a_definition_that_differs_for_a_while_is_found_on_a_day_of_that_while(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    name = "definitions/advanced.yaml"
    old = changed(tmp_path / "old", name, lambda _: ADVANCED.replace("MIDDLE", "[locally_advanced, metastatic]"))
    new = changed(tmp_path, name, lambda _: ADVANCED.replace("MIDDLE", "metastatic"))
    regions = compare(old, new, None).regions
    assert "is no longer suggested" in {region.becomes for region in regions}
    for region in regions:
        assert date(2019, 1, 1) <= region.on < date(2019, 6, 1)
        assert region.facts["extent"] == "locally_advanced"


def test_a_fact_of_another_type_is_told() -> None:
    facts = small_library().vocabulary.facts
    other = {**facts, "tempo": facts["tempo"].model_copy(update={"type": Kind.BOOLEAN})}
    vocabulary = small_library().vocabulary.model_copy(update={"facts": other})
    delta = difference(dataclasses.replace(small_library(), vocabulary=vocabulary))
    assert delta.unproven == "the fact tempo was a category and is a boolean now"


def test_what_there_was_no_time_for_is_named_and_the_step_is_a_lower_bound(tmp_path: Path) -> None:
    delta = compare(small_library(), changed(tmp_path, UNFIT, earlier), None, seconds=0)
    assert (delta.regions, delta.late) == ((), ("alfanib", "south.growth.alfanib-unfit"))
    assert not delta.whole


def test_the_command_tells_what_there_was_no_time_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diffwork, "_SECONDS", 0)
    without(tmp_path, KIDNEY)
    done = CliRunner().invoke(app, ["rules", "diff", str(RULES), str(tmp_path / "rules"), "--cases", str(CASES)])
    assert "NOT LOOKED AT FOR WANT OF TIME: 2" in done.output
    assert "gammalu, safety.organs.gammalu-kidney" in " ".join(done.output.split())
    assert "minor (at least)" in done.output


def test_a_register_that_differs_is_named_and_seen_in_the_cases(tmp_path: Path) -> None:
    incomplete = "alfanib: {name: Alfanib, classes: [kinase_inhibitor], kind: drug, labels_complete: [ema, fda]}"
    drawn = "alfanib: {name: Alfanib, classes: [radioligand], kind: drug, labels_complete: [ema, fda]}"
    changed(tmp_path, "therapies.yaml", lambda text: text.replace(incomplete, drawn))
    cases = tmp_path / "cases"
    cases.mkdir()
    (cases / "one.yaml").write_text(MANY + "  - not_suggested: [radioligand]\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["rules", "diff", str(RULES), str(tmp_path / "rules"), "--cases", str(cases)])
    assert "REGISTERS THAT DIFFER: therapies" in done.output
    assert "NO PATIENT IS ANSWERED OTHERWISE" not in done.output
    assert "one, as given (2): fails now" in done.output


# ── checks of cases ──────────────────────────────────────────────────────────────────────────

MANY = """title: Many expectations
on: 2021-03-01
facts:
  age_years: 61
  extent: metastatic
  progression: documented
  ki67_highest_percent: 15
  sstr_status: negative
  prior_therapies: {includes: [gammalu], complete: false}
expect:
  - options: {alfanib: conditional}
"""
EACH = """  - options: {gammalu: not_indicated}
  - options: {ablation: {rules: [evidence.growth.ablation]}}
  - options: {alfanib: {not_rules: [safety.organs.gammalu-kidney]}}
  - options: {alfanib: {label: {ema: indeterminate}}}
  - alerts: [target-lost]
  - alerts: [ecog-unknown]
  - no_alerts: [young]
  - not_suggested: [kinase_inhibitor]
  - asks: [fdg_pet]
  - missing: [ecog]
variants:
  - but: {fit_for_major_surgery: true}
    expect: {options: {alfanib: conditional}}
"""


def test_a_check_that_is_not_asked_would_have_come_out_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "many.yaml").write_text(MANY + EACH, encoding="utf-8")
    rules = small_library().rules
    states = [
        dataclasses.replace(small_library(), rules={name: rule for name, rule in rules.items() if name != gone})
        for gone in rules
    ]
    found = [difference(new, cases=tmp_path).cases for new in states]
    monkeypatch.setattr(checks._Reads, "anything_of", lambda *_: True)
    assert found == [difference(new, cases=tmp_path).cases for new in states]
    assert len({case for cases in found for case in cases}) > 5


def test_a_check_of_which_nothing_changed_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    run = Check.run

    def counted(check: Check) -> tuple[Failure, ...]:
        asked.append(check.name)
        return run(check)

    monkeypatch.setattr(Check, "run", counted)
    cases = tmp_path / "cases"
    cases.mkdir()
    (cases / "many.yaml").write_text(MANY + "  - alerts: [target-lost]\n", encoding="utf-8")
    difference(changed(tmp_path, UNFIT, earlier), cases=cases)
    assert asked == ["as given", "as given"], "once by each state, and the alert by neither"


def test_a_case_that_can_no_longer_be_asked_is_named(tmp_path: Path) -> None:
    (tmp_path / "many.yaml").write_text(MANY + EACH, encoding="utf-8")
    facts = {n: f for n, f in small_library().vocabulary.facts.items() if n != "fit_for_major_surgery"}
    vocabulary = small_library().vocabulary.model_copy(update={"facts": facts})
    delta = difference(dataclasses.replace(small_library(), vocabulary=vocabulary), cases=tmp_path)
    assert [(c.case, c.check, c.before, c.after) for c in delta.cases] == [("many", "can be asked", True, False)]


# ── revisions ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two revisions, of which the second drops a safety rule."""
    root = copy_of_rules(tmp_path).parent
    monkeypatch.chdir(root)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "rules"], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    (root / "rules" / KIDNEY).unlink()
    subprocess.run([*git, "commit", "-qam", "two"], check=True)
    return root


def test_two_revisions_are_compared_by_the_command(repository: Path) -> None:
    arguments = ["rules", "diff", "HEAD~1", "HEAD", "--cases", str(CASES), "--witnesses", str(repository / "found")]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1, done.output
    assert "safety.organs.gammalu-kidney removed" in done.output
    assert "PROPOSED VERSION STEP: major" in done.output
    assert "gammalu becomes suggested" in done.output
    assert list((repository / "found").glob("gammalu-becomes-suggested.yaml"))


def test_a_folder_is_compared_with_a_revision(repository: Path) -> None:
    done = CliRunner().invoke(app, ["rules", "diff", "HEAD", str(repository), "--cases", str(CASES)])
    assert done.exit_code == 0, done.output
    assert "RULES THAT DIFFER: 0" in done.output


@pytest.mark.parametrize("named", ["no-such-branch", "--all"])
@pytest.mark.usefixtures("repository")
def test_an_unknown_revision_is_told(named: str, tmp_path: Path) -> None:
    with pytest.raises(CdssError, match="neither a folder nor a"):
        rules_of(named, tmp_path)


@pytest.mark.usefixtures("repository")
def test_without_git_the_message_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CdssError, match="git, which would know it as a revision, is not installed"):
        rules_of("HEAD", tmp_path)


def test_without_the_solver_the_rest_is_printed_and_the_extra_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    without(tmp_path, KIDNEY)
    done = CliRunner().invoke(app, ["rules", "diff", str(RULES), str(tmp_path / "rules"), "--cases", str(CASES)])
    assert done.exit_code == 1
    assert "net-cdss[prove]" in " ".join(done.output.split())
    assert "removed" in done.output
    assert "(at least)" in done.output
