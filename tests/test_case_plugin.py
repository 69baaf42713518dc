"""Cases under pytest: what is collected and what is left alone, how a check fails, and the options of pytest at work.

Every test runs pytest as a process of its own, which finds the plugin by its entry point as an installed one would.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.small_world import RULES

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PATIENT = """title: A patient
on: 2021-03-01
facts: {extent: metastatic, progression: documented, ki67_highest_percent: 15, sstr_status: negative}
"""
GOOD = """expect:
  - options: {alfanib: conditional}
variants:
  - title: fit
    but: {ecog: 1}
    expect: {options: {alfanib: recommended}}
steps:
  - over: {ki67_highest_percent: 20}
    below: {options: {alfanib: conditional}}
    at: {options: {alfanib: conditional}}
    above: {options: {alfanib: silent}}
    missing: {options: {alfanib: undetermined}}
"""
BAD = """expect:
  - alerts: [young]
    options:
      alfanib: recommended
"""
ACCEPTED = """expect:
  - options: {alfanib: recommended}
    accepted: {by: A. Reviewer, because: fitness is asked for first, date: 2026-01-01}
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs pytest in an empty project beside an installation of the package, with the made-up rules."""
    site = tmp_path / "site"
    info = site / "made_up_installation-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up-installation\nVersion: 1\n")
    plugins = PROJECT["project"]["entry-points"]["pytest11"]
    lines = [f"{name} = {module}" for name, module in plugins.items()]
    (info / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines, ""]))
    project = tmp_path / "project"
    (project / "cases").mkdir(parents=True)
    (project / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(project)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment = kept | {"PYTHONPATH": f"{ROOT}{os.pathsep}{site}", "COLUMNS": "200"}

    def started(*words: str, rules: str | None = str(RULES)) -> subprocess.CompletedProcess[str]:
        options = [f"--cdss-rules={rules}"] if rules else []
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    return started


def write(name: str, expectations: str, patient: str = PATIENT) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(patient + expectations, encoding="utf-8")


def counts(done: subprocess.CompletedProcess[str]) -> str:
    """The last line: how many of what."""
    return re.sub(r" in [\d.]+s.*|=+ ?", "", done.stdout.splitlines()[-1])


def test_every_check_is_a_test_of_its_own(run: Run) -> None:
    write("cases/site/good.yaml", GOOD)
    done = run("cases", "--collect-only", "-q")
    assert [line for line in done.stdout.splitlines() if "::" in line] == [
        "cases/site/good.yaml::as given",
        "cases/site/good.yaml::fit, as given",
        "cases/site/good.yaml::highest Ki-67: one step below 20 %, as given",
        "cases/site/good.yaml::highest Ki-67: at 20 %, as given",
        "cases/site/good.yaml::highest Ki-67: one step above 20 %, as given",
        "cases/site/good.yaml::highest Ki-67: missing, as given",
    ]


def test_a_failure_names_file_line_and_point_what_was_expected_and_read_and_the_rules(run: Run) -> None:
    write("cases/good.yaml", GOOD)
    write("cases/bad.yaml", BAD)
    done = run("cases")
    assert (done.returncode, counts(done)) == (1, "1 failed, 6 passed")
    failure = done.stdout[done.stdout.index("_ as given _") :].splitlines()[1:]
    assert failure[:6] == [
        "cases/bad.yaml:7: expected alfanib recommended; got conditional",
        "    north.growth.alfanib recommend: yes, from extent, ki67_highest_percent, progression",
        "    south.growth.alfanib-unfit avoid: unknown, lacks ecog",
        "cases/bad.yaml:5: expected alert young; got no such alert",
        "    alerts.record.young: unknown, lacks age_years",
        "in bad: as given",
    ]
    assert "Traceback" not in done.stdout
    assert "FAILED cases/bad.yaml::as given - cases/bad.yaml:7: expected alfanib" in done.stdout


def test_an_accepted_difference_is_neither_passed_nor_failed_and_says_who_accepted_it(run: Run) -> None:
    write("cases/accepted.yaml", ACCEPTED)
    write("cases/good.yaml", GOOD)
    done = run("cases")
    assert (done.returncode, counts(done)) == (0, "6 passed, 1 accepted difference")
    assert "accepted by A. Reviewer on 2026-01-01: fitness is asked for first" in done.stdout


def test_an_accepted_difference_that_is_gone_fails_with_the_remedy(run: Run) -> None:
    write("cases/accepted.yaml", ACCEPTED, PATIENT.replace("sstr_status", "ecog: 1, sstr_status"))
    done = run("cases")
    assert (done.returncode, counts(done)) == (1, "1 failed")
    assert "cases/accepted.yaml:6: expected the difference that A. Reviewer accepted" in done.stdout
    assert "take 'accepted' out of the case" in done.stdout


def test_checks_are_chosen_by_word_and_by_node_and_stop_at_the_first_failure(run: Run) -> None:
    write("cases/good.yaml", GOOD)
    write("cases/bad.yaml", BAD)
    assert counts(run("cases", "-k", "Ki-67 and not missing")) == "3 passed, 4 deselected"
    assert counts(run("cases/good.yaml::fit, as given")) == "1 passed"
    stopped = run("cases", "-x")
    assert "1 failed" in stopped.stdout
    assert "passed" not in counts(stopped)


def test_workers_share_the_checks_and_each_opens_the_rules_once(run: Run) -> None:
    for number in range(6):
        write(f"cases/good-{number}.yaml", GOOD)
    Path("conftest.py").write_text(
        "import cdss.snapshot as s\n"
        "really = s.Snapshots.library\n"
        "def counted(self):\n"
        "    open('opened', 'a').write('x')\n"
        "    return really(self)\n"
        "s.Snapshots.library = counted\n"
    )
    done = run("cases", "-n", "2")
    assert (done.returncode, counts(done)) == (0, "36 passed")
    assert 1 <= len(Path("opened").read_text()) <= 2
    Path("opened").unlink()
    assert counts(run("cases")) == "36 passed"
    assert Path("opened").read_text() == "x"


def test_junit_xml_tells_the_outcomes_apart(run: Run) -> None:
    write("cases/good.yaml", GOOD)
    write("cases/bad.yaml", BAD)
    write("cases/accepted.yaml", ACCEPTED)
    run("cases", "--junitxml=results.xml")
    (suite,) = ElementTree.parse("results.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("8", "1", "1")
    (failure,) = suite.iter("failure")
    assert (failure.text or "").startswith("cases/bad.yaml:7: expected alfanib recommended; got conditional")
    (skipped,) = suite.iter("skipped")
    assert "A. Reviewer" in str(skipped.get("message"))


def test_goldens_are_compared_when_asked_for(run: Run) -> None:
    write("cases/good.yaml", "goldens: [{}]\n" + GOOD)
    assert counts(run("cases")) == "6 passed"
    done = run("cases", "--cdss-goldens")
    assert (done.returncode, counts(done)) == (1, "1 failed, 6 passed")
    assert "cdss test --update-goldens" in done.stdout


# ── what is left alone ───────────────────────────────────────────────────────────────────────

WATCH = """import sys
def pytest_sessionfinish():
    print("opened:", sorted(m for m in sys.modules if m.startswith("cdss") and m not in ("cdss", "cdss.pytest_plugin")))
"""


@pytest.mark.parametrize("words", [(), (".",), ("tests",)], ids=str)
def test_nothing_is_collected_or_imported_where_no_argument_names_cases(run: Run, words: tuple[str, ...]) -> None:
    write("cases/good.yaml", GOOD)
    write("tests/cases/bad.yaml", BAD)
    Path("tests/test_other.py").write_text("def test_it(): pass\n")
    Path("conftest.py").write_text(WATCH)
    done = run(*words, "-s", rules=None)
    assert (done.returncode, counts(done)) == (0, "1 passed")
    assert "opened: []" in done.stdout


def test_a_file_is_a_case_when_named_itself_and_a_folder_when_testpaths_names_it(run: Run) -> None:
    write("patients/good.yaml", GOOD)
    write("cases/good.yaml", GOOD)
    assert counts(run("patients")).startswith("no tests")
    assert counts(run("patients/good.yaml")) == "6 passed"
    Path("pytest.ini").write_text("[pytest]\ntestpaths = cases\n")
    assert counts(run()) == "6 passed"


def test_what_does_not_look_like_a_case_is_passed_over_and_a_case_with_a_mistake_is_told(run: Run) -> None:
    write("cases/settings.yaml", "", "title: Settings of something else\ncolour: red\n")
    write("cases/good.json", GOOD)
    assert counts(run("cases")).startswith("no tests")
    write("cases/good.yaml", GOOD)
    write("cases/misspelt.yaml", GOOD.replace("expect:\n  -", "expekt:\n  -"))
    done = run("cases", "--continue-on-collection-errors")
    assert (done.returncode, counts(done)) == (1, "6 passed, 1 error")
    assert re.search(r"cases/misspelt.yaml:4:1: error E201: .*\n +did you mean 'expect'\?", done.stdout)
    assert "Traceback" not in done.stdout


def test_a_rules_folder_that_is_not_there_is_told(run: Run) -> None:
    write("cases/good.yaml", GOOD)
    done = run("cases", rules="nowhere")
    assert done.returncode == 2
    assert "there is no rules folder at nowhere" in done.stdout


def test_the_bundled_cases_run_with_the_bundled_rules(run: Run) -> None:
    done = run(str(ROOT / "cases/thymus/thymic-debulking.yaml"), "-n", "0", "-c", "pytest.ini", rules=None)
    assert done.returncode == 0, done.stdout
    assert re.fullmatch(r"\d+ passed", counts(done))


def test_the_suite_of_this_project_collects_no_cases_by_itself() -> None:
    assert PROJECT["tool"]["pytest"]["ini_options"]["testpaths"] == ["tests"]
