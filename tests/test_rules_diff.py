"""Two states of the rules compared: what changed, for whom, how much, and that the patients shown really differ."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdss.case import load_case
from cdss.cli import app
from cdss.condition import definitions_used
from cdss.consult import consult
from cdss.decision import Standing
from cdss.engine import Engine, Evaluation
from cdss.errors import CdssError
from cdss.library import Library, load_library
from cdss.proof.draft import draft
from cdss.rule import Intent
from cdss.ruledelta.changes import What, changes
from cdss.ruledelta.delta import Delta, Weight, compare, entry
from cdss.ruledelta.region import Region
from cdss.ruledelta.sources import rules_of
from cdss.values import Truth
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
    assert delta == Delta((), (), (), None)
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
