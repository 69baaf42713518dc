"""The command line: every verb, what it answers, what it refuses, and that it never writes half an answer."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from cdss.cli import app, work
from cdss.decision import Decision
from cdss.errors import EngineDisagreement
from cdss.library import Library
from cdss.locations import rules_folder
from cdss.reports.page import Page
from cdss.snapshot import Snapshots
from tests.patients import library as real_library
from tests.small_world import CASES, RULES

DIRECT, RECORDED = (str(CASES / f"site/{name}.yaml") for name in ("direct", "recorded"))
VERBS = [
    (),
    ("evaluate",),
    ("replay",),
    ("explain",),
    ("whatif",),
    ("test",),
    ("rules",),
    ("rules", "list"),
    ("rules", "show"),
    ("rules", "check"),
    ("rules", "mutate"),
]


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str


Cli = Callable[..., Answer]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs a command in this process with the bundled rules, in an empty folder with a cache of its own."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("COLUMNS", raising=False)

    class Opened(Snapshots):
        """The bundled rules as this process has read them already; other folders as always."""

        def library(self) -> Library:
            return real_library() if self._root == rules_folder() else super().library()

    monkeypatch.setattr(work, "Snapshots", Opened)

    def run(*words: str, stdin: bytes | None = None) -> Answer:
        done = CliRunner().invoke(app, list(words), input=stdin)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def small(cli: Cli) -> Cli:
    """The same with the made-up rules."""

    def run(*words: str, stdin: bytes | None = None) -> Answer:
        return cli(*words, "--rules", str(RULES), stdin=stdin)

    return run


def fine(answer: Answer) -> str:
    assert (answer.code, answer.err) == (0, ""), answer
    return answer.out


def refused(answer: Answer) -> str:
    """The one message of a refusal: exit 2, nothing on standard output, nothing of Python's on standard error."""
    assert (answer.code, answer.out) == (2, ""), answer
    assert "Traceback" not in answer.err
    assert answer.err.strip()
    return answer.err


# ── help, and that every verb is there ───────────────────────────────────────────────────────


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_verb_explains_itself(cli: Cli, verb: tuple[str, ...], option: str) -> None:
    out = fine(cli(*verb, option))
    assert out.startswith("Usage: ")
    assert "--help" in out


def test_the_help_lists_the_verbs_of_the_contract(cli: Cli) -> None:
    out = fine(cli("--help"))
    for verb in ("evaluate", "replay", "explain", "whatif", "rules", "test"):
        assert f"  {verb} " in out


def test_the_version_is_printed(cli: Cli) -> None:
    assert fine(cli("--version")).startswith("cdss 0.")


@pytest.mark.parametrize(
    "words",
    [
        ("evaluat", DIRECT),
        ("evaluate",),
        ("evaluate", DIRECT, "--onn", "x"),
        ("rules", "lst"),
        ("evaluate", DIRECT, "--width", "20"),
        ("evaluate", DIRECT, "--format", "doc"),
    ],
)
def test_misuse_exits_with_2_and_prints_nothing(cli: Cli, words: tuple[str, ...]) -> None:
    refused(cli(*words))


# ── evaluate ─────────────────────────────────────────────────────────────────────────────────


def test_evaluate_prints_the_page_of_a_case(small: Cli) -> None:
    out = fine(small("evaluate", RECORDED))
    for piece in (
        "SETTLE FIRST",
        "OPTION",
        "DECLINED BY THE PATIENT",
        "NOT INDICATED",
        "NOT ADDRESSED",
        "on 2017-01-01",
    ):
        assert piece in out


def test_evaluate_as_json_is_the_contract(small: Cli) -> None:
    out = fine(small("evaluate", RECORDED, "--format", "json"))
    decision = Decision.model_validate_json(out)
    assert decision.to_json() == out
    assert (decision.case, decision.point) == ("recorded", "refused")


@pytest.mark.parametrize(
    ("on", "point", "day"),
    [("grown", "grown", "2017-01-01"), ("2016-06-01", None, "2016-06-01"), ("+6mo", None, "2016-07-01")],
)
def test_evaluate_at_a_point_a_date_or_an_offset(small: Cli, on: str, point: str | None, day: str) -> None:
    data = json.loads(fine(small("evaluate", RECORDED, "--on", on, "--format", "json")))
    assert (data["point"], data["on"]) == (point, day)


def test_evaluate_with_the_knowledge_of_another_day_and_for_one_jurisdiction(small: Cli) -> None:
    words = ("evaluate", RECORDED, "--as-of", "2020-01-01", "--jurisdiction", "fda", "--format", "json")
    data = json.loads(fine(small(*words)))
    assert (data["knowledge"]["as_of"], data["jurisdictions"]) == ("2020-01-01", ["fda"])


def test_jurisdictions_are_given_with_commas(small: Cli) -> None:
    data = json.loads(fine(small("evaluate", DIRECT, "--jurisdiction", "fda, ema", "--format", "json")))
    assert data["jurisdictions"] == ["fda", "ema"]


def test_a_case_comes_from_standard_input_as_well(small: Cli) -> None:
    words = ("evaluate", "-", "--format", "json")
    from_file = json.loads(fine(small("evaluate", DIRECT, "--format", "json")))
    from_stdin = json.loads(fine(small(*words, stdin=Path(DIRECT).read_bytes())))
    assert from_stdin == {**from_file, "case": "-"}


def test_a_case_may_be_written_in_json(small: Cli) -> None:
    text = json.dumps({"title": "In JSON", "on": "2021-03-01", "facts": {"tempo": "rapid", "symptoms": ["flushing"]}})
    Path("case.json").write_text(text)
    data = json.loads(fine(small("evaluate", "case.json", "--format", "json")))
    assert data["facts"]["tempo"]["value"] == "rapid"


def test_a_file_without_a_suffix_is_read_as_well(small: Cli) -> None:
    Path("mine").write_bytes(Path(DIRECT).read_bytes())
    assert json.loads(fine(small("evaluate", "mine", "--format", "json")))["case"] == "mine"


@pytest.mark.parametrize("name", ["rectum/noe-2016", "noe-2016"])
def test_a_bundled_case_goes_by_its_path_or_its_last_part(cli: Cli, name: str) -> None:
    assert json.loads(fine(cli("evaluate", name, "--format", "json")))["case"] == "rectum/noe-2016"


def test_full_says_more(small: Cli) -> None:
    assert len(fine(small("evaluate", RECORDED, "--full"))) > len(fine(small("evaluate", RECORDED)))


# ── where the answer goes ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words",
    [("evaluate", RECORDED), ("replay", RECORDED), ("explain", RECORDED, "alfanib"), ("whatif", RECORDED, "ecog=3")],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_an_answer_goes_whole_into_a_file(small: Cli, words: tuple[str, ...], form: str) -> None:
    printed = fine(small(*words, "--format", form))
    assert fine(small(*words, "--format", form, "-o", "answer.out")) == ""
    assert Path("answer.out").read_text(encoding="utf-8") == printed
    assert [p.name for p in Path().iterdir()] == ["answer.out"]


def test_a_file_that_is_there_is_replaced(small: Cli) -> None:
    Path("answer.json").write_text("old")
    fine(small("evaluate", DIRECT, "--format", "json", "-o", "answer.json"))
    assert json.loads(Path("answer.json").read_text())["case"] == "direct"


def test_a_refusal_leaves_the_file_that_is_there(small: Cli) -> None:
    Path("answer.json").write_text("old")
    refused(small("evaluate", DIRECT, "--on", "nowhere", "--format", "json", "-o", "answer.json"))
    assert Path("answer.json").read_text() == "old"
    assert [p.name for p in Path().iterdir()] == ["answer.json"]


@pytest.mark.parametrize("target", ["no/such/folder/answer.txt", ".", "..", "/", "folder"])
def test_where_nothing_can_be_written_nothing_is(small: Cli, target: str) -> None:
    Path("folder").mkdir()
    assert "cannot write" in refused(small("evaluate", DIRECT, "-o", target))
    assert [p.name for p in Path().rglob("*")] == ["folder"]


def test_a_disk_that_is_full_leaves_nothing(small: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> Path:
        raise OSError(28, "No space left on device")

    Path("answer.txt").write_text("old")
    monkeypatch.setattr(Path, "replace", full)
    assert "No space left on device" in refused(small("evaluate", DIRECT, "-o", "answer.txt"))
    assert Path("answer.txt").read_text() == "old"
    assert [p.name for p in Path().iterdir()] == ["answer.txt"]


# ── replay, explain, what if ─────────────────────────────────────────────────────────────────


def test_replay_shows_every_point_in_order(small: Cli) -> None:
    out = fine(small("replay", RECORDED))
    places = [out.index(f"{number} ── {point} ") for number, point in enumerate(("first", "grown", "refused"), start=1)]
    assert places == sorted(places)


def test_replay_as_json_is_a_list_of_decisions(small: Cli) -> None:
    data = json.loads(fine(small("replay", RECORDED, "--format", "json")))
    assert [d["point"] for d in data] == ["first", "grown", "refused"]
    assert Decision.model_validate(data[0]).point == "first"


def test_replay_needs_points(small: Cli) -> None:
    assert "no decision points to replay; use evaluate" in refused(small("replay", DIRECT))


def test_explain_answers_why_why_not_and_what_would_change_it(small: Cli) -> None:
    out = fine(small("explain", RECORDED, "alfanib", "--as-of", "2021-01-01"))
    for piece in (
        "ALFANIB",
        "APPLIES",
        "MAY APPLY",
        "WHAT WOULD CHANGE IT",
        "highest Ki-67 at most 20 % — recorded: 15 %",
        "rule north.growth.alfanib",
    ):
        assert piece in out


def test_explain_as_json_has_no_trees_and_every_rule(small: Cli) -> None:
    data = json.loads(fine(small("explain", RECORDED, "alfanib", "--format", "json")))
    assert data["therapy"] == "alfanib"
    assert {"rule", "truth", "carried_by", "version"} <= set(data["rules"][0])
    assert {"fact", "to", "intent", "standing"} <= set(data["changes"][0])


def test_explain_a_therapy_of_which_nobody_speaks(small: Cli) -> None:
    assert "not addressed" in fine(small("explain", DIRECT, "zetamab"))


def test_whatif_shows_what_moves_beside_the_original(small: Cli) -> None:
    out = fine(small("whatif", DIRECT, "ecog=1", "sstr_status=unknown"))
    for piece in (
        "CHANGED FACTS",
        "unknown → 1",
        "no relevant uptake → unknown",
        "OPTIONS THAT MOVE",
        "conditional (would be recommended) → recommended",
        "ALERTS THAT GO",
    ):
        assert piece in " ".join(out.split()), piece


@pytest.mark.parametrize(
    ("edit", "fact", "value"),
    [
        ("ecog=1", "ecog", 1),
        ("ecog=0-2", "ecog", {"from": 0, "to": 2}),
        ("ecog=<2", "ecog", {"less_than": 2}),
        ("ecog=<=2", "ecog", {"to": 2}),
        ("ecog=>2", "ecog", {"more_than": 2}),
        ("ecog=>=2", "ecog", {"from": 2}),
        ("ki67_highest_percent=2.5", "ki67_highest_percent", 2.5),
        ("ki67_highest_percent=0.15 1", "ki67_highest_percent", 15),
        ("ki67_highest_percent=1 %", "ki67_highest_percent", 1),
        ("fit_for_major_surgery=yes", "fit_for_major_surgery", True),
        ("fit_for_major_surgery=false", "fit_for_major_surgery", False),
        ("tempo=rapid", "tempo", "rapid"),
        ("symptoms=flushing", "symptoms", {"includes": ["flushing"], "complete": True}),
        ("symptoms=flushing, diarrhoea", "symptoms", {"includes": ["diarrhoea", "flushing"], "complete": True}),
        ("symptoms=none", "symptoms", {"includes": [], "complete": True}),
        ("symptoms+=flushing", "symptoms", {"includes": ["flushing"], "complete": False}),
        ("symptoms-=flushing", "symptoms", {"includes": [], "complete": False, "excludes": ["flushing"]}),
        ("prior_therapies+=alfanib", "prior_therapies", {"includes": ["alfanib", "gammalu"], "complete": False}),
        ("prior_therapies-=gammalu", "prior_therapies", {"includes": [], "complete": False, "excludes": ["gammalu"]}),
        ("declined=chemotherapy", "declined", {"includes": ["chemotherapy"], "complete": True}),
        ("extent=unknown", "extent", None),
    ],
)
def test_whatif_reads_every_way_of_changing_a_fact(small: Cli, edit: str, fact: str, value: object) -> None:
    data = json.loads(fine(small("whatif", DIRECT, edit, "--format", "json")))
    assert list(data) == ["changed", "before", "after"]
    seen = data["after"]["facts"].get(fact)
    assert (seen and seen["value"]) == value


def test_whatif_takes_several_changes_of_one_set(small: Cli) -> None:
    data = json.loads(fine(small("whatif", DIRECT, "symptoms+=flushing", "symptoms+=diarrhoea", "--format", "json")))
    assert data["after"]["facts"]["symptoms"]["value"]["includes"] == ["diarrhoea", "flushing"]


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        ("ecogg=1", "no fact is called 'ecogg'; did you mean 'ecog'?"),
        ("ecog", "a change is written fact=value"),
        ("=1", "a change is written fact=value"),
        ("ecog+=1", "ecog is not a set; write ecog=value"),
        ("symptoms+=flushin", "not a member of symptoms; did you mean 'flushing'?"),
        ("tempo=quick", "not a value of tempo"),
        ("ecog=7", "outside the possible range"),
        ("ecog=many", "ecog"),
        ("ki67_highest_percent=0.15", "a percentage of 1 or less needs its unit"),
        ("fit_for_major_surgery=perhaps", "true or false"),
        ("ecog=", "ecog"),
    ],
)
def test_whatif_refuses_what_it_cannot_read(small: Cli, edit: str, text: str) -> None:
    assert text in refused(small("whatif", DIRECT, edit))


# ── names nobody knows ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("evaluate", RECORDED, "--on", "refusd"), "no point 'refusd'; did you mean 'refused'?"),
        (("evaluate", RECORDED, "--on", "2016-02-31"), "a moment is a decision point, a date"),
        (("evaluate", DIRECT, "--on", "soon"), "ask for a date such as 2016-05-26"),
        (("evaluate", DIRECT, "--on", "+5a"), "ask for a date such as 2016-05-26"),
        (("evaluate", DIRECT, "--as-of", "soon"), "--as-of takes a date such as 2016-05-26"),
        (("evaluate", DIRECT, "--compare", "soon"), "--compare takes a date such as 2016-05-26"),
        (
            ("evaluate", DIRECT, "--jurisdiction", "tga"),
            "no labels are known for 'tga'; there are labels for: ema, fda",
        ),
        (("explain", DIRECT, "alfanip"), "no therapy is called 'alfanip'; did you mean 'alfanib'?"),
        (("explain", DIRECT, "xxxxxx"), "no therapy is called 'xxxxxx'"),
        (("evaluate", "noe-2061"), "there is no case 'noe-2061'; did you mean 'noe-2016'?"),
        (("evaluate", "qqqqqq"), "give a file ending in .yaml or .json, or the id of a bundled case"),
        (("evaluate", "nowhere.yaml"), "there is no such file"),
        (("test", "nowhere.yaml"), "there is no such file"),
        (("rules", "show", "north.growth.alfanip"), "did you mean 'north.growth.alfanib'?"),
        (("rules", "list", "--therapy", "alfanip"), "no therapy is called 'alfanip'; did you mean 'alfanib'?"),
        (("rules", "list", "--body", "nort"), "no body is called 'nort'; did you mean 'north'?"),
        (("rules", "list", "--kind", "labels"), "no kind of rule is called 'labels'; did you mean 'label'?"),
        (("rules", "list", "--as-of", "soon"), "--as-of takes a date"),
    ],
)
def test_a_name_nobody_knows_is_told_with_the_nearest(small: Cli, words: tuple[str, ...], text: str) -> None:
    assert text in refused(small(*words))


MISTAKES = {
    "a decimal comma": (
        "  ki67_latest_percent: 12,5",
        "5:24: error E105: this has a comma, for decimals or for thousands",
    ),
    "a fraction for a percentage": (
        "  ki67_latest_percent: 0.15",
        '5:24: error E303: ki67_latest_percent: a percentage of 1 or less needs its unit: {value: ..., unit: "%"}, '
        'or unit: "1" for a fraction\n   its unit is %',
    ),
    "a word that is not offered": (
        "  differentiation: good",
        "5:20: error E302: this is not a value of differentiation\n   the words are: poor, well",
    ),
    "a fact by another name": ("  ki67: 15", "5:9: error E301: no fact is called 'ki67'"),
    "an impossible age": (
        "  age_years: 161",
        "5:14: error E303: age_years: lies outside the possible range, 0 to 120\n   its unit is a (years)",
    ),
    "an amount that is not converted": (
        "  haemoglobin_g_dl: {value: 7.4, unit: mmol/L}",
        "5:21: error E518: haemoglobin_g_dl: an amount in mmol/L cannot be given in g/dL\n   its unit is g/dL",
    ),
    "a unit nobody knows": (
        "  haemoglobin_g_dl: {value: 12, unit: gr}",
        "5:21: error E518: haemoglobin_g_dl: this unit is not understood; write it as in g/dL, umol/L, 10*9/L, U/L, "
        "mL/min, mm, GBq or %\n   its unit is g/dL",
    ),
    "too many decimal places": (
        "  ki67_latest_percent: 12.55",
        "5:24: error E303: ki67_latest_percent: has more decimal places than the 1 kept\n   its unit is %",
    ),
    "perhaps": ("  primary_resected: maybe", "5:21: error E302: primary_resected is true or false, or unknown"),
    "a range the wrong way round": (
        "  ki67_latest_percent: {from: 15, to: 10}",
        "5:24: error E303: ki67_latest_percent: the range is reversed: its first end lies above its second",
    ),
    "a sign for a limit": ("  ki67_latest_percent: <2", "5:24: error E105: this hides a comparison in text"),
    "the same fact twice": ("  primary_site: colon", "5:3: error E102: this key is written twice\n   first on line 4"),
    "a tab": ("\tage_years: 61", "5:1: error E101: a tab stands where spaces should indent\n   Use spaces."),
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_in_a_case_is_told_with_its_place_in_words_that_do_not_repeat_it(cli: Cli, mistake: str) -> None:
    line, told = MISTAKES[mistake]
    Path("mine.yaml").write_text(f"title: mine\non: 2026-03-01\nfacts:\n  primary_site: rectum\n{line}\n")

    assert refused(cli("evaluate", "mine.yaml")).startswith(f"mine.yaml:{told}")


def test_a_point_that_is_not_there_is_told_with_those_that_are(small: Cli) -> None:
    assert "the case has no point 'chemo'; its points are: " in refused(small("evaluate", RECORDED, "--on", "chemo"))


def test_a_rules_folder_that_is_not_there_is_told(cli: Cli, tmp_path: Path) -> None:
    assert "there is no rules folder" in refused(cli("evaluate", DIRECT, "--rules", str(tmp_path / "no-rules")))


def test_nothing_on_standard_input_is_told(small: Cli) -> None:
    assert "the file is empty" in refused(small("evaluate", "-", stdin=b""))


def test_two_engines_that_disagree_give_no_answer(small: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def disagree(*_: object) -> None:
        raise EngineDisagreement("the two rule engines disagree about: north.growth.alfanib")

    monkeypatch.setattr("cdss.backends.shadow.ShadowBackend.verdicts", disagree)
    assert refused(small("evaluate", DIRECT)) == "the two rule engines disagree about: north.growth.alfanib\n"


# ── rules ────────────────────────────────────────────────────────────────────────────────────


def test_rules_list_prints_one_entry_for_each_rule(small: Cli) -> None:
    out = fine(small("rules", "list"))
    assert "north.growth.alfanib  Alfanib after progression of advanced disease" in out
    assert out.endswith("20 rules\n")


def test_rules_list_as_json(small: Cli) -> None:
    rows = json.loads(fine(small("rules", "list", "--format", "json")))
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    (row,) = [row for row in rows if row["id"] == "north.growth.alfanib"]
    assert (row["stance"], row["strength"], row["since"], row["reviewed"]) == ("recommend", "A", "2020-01-01", None)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("--therapy", "alfanib"), 5),
        (("--body", "safety"), 3),
        (("--kind", "alert"), 3),
        (("--kind", "label"), 5),
        (("--therapy", "alfanib", "--kind", "label"), 2),
        (("--as-of", "2014-01-01"), 7),
    ],
)
def test_rules_list_can_be_narrowed(small: Cli, words: tuple[str, ...], number: int) -> None:
    assert len(json.loads(fine(small("rules", "list", *words, "--format", "json")))) == number


@pytest.mark.parametrize("name", ["north.growth.alfanib", "north/growth/alfanib", "north/growth/alfanib.yaml"])
def test_rules_show_prints_a_rule_with_its_history(small: Cli, name: str) -> None:
    out = fine(small("rules", "show", name))
    for piece in (
        "FROM 2015-01-01",
        "FROM 2020-01-01",
        "highest Ki-67 at most 20 %",
        "Nord",
        "10.1000/north",
        "MISLEADS WHEN",
        "not reviewed by a named clinician",
    ):
        assert piece.lower() in out.lower()


def test_rules_show_as_json(small: Cli) -> None:
    data = json.loads(fine(small("rules", "show", "north.growth.alfanib", "--format", "json")))
    assert [v["from"] if "from" in v else v["since"] for v in data["versions"]] == ["2015-01-01", "2020-01-01"]


def test_rules_check_finds_nothing_in_healthy_rules(cli: Cli) -> None:
    out = fine(cli("rules", "check", str(RULES)))
    assert "   20  rules" in out
    assert out.endswith("0 problems found\n")


def test_rules_check_exits_with_1_and_names_file_line_and_column(cli: Cli, tmp_path: Path) -> None:
    from tests.small_world import copy_of_rules

    root = copy_of_rules(tmp_path)
    path = root / "north/growth/gammalu.yaml"
    path.write_text(path.read_text().replace("silent: [{facts: {sstr_status: negative}}]", "silent: [{facts: {}}]"))
    answer = cli("rules", "check", str(root))
    assert answer.code == 1
    assert (
        "rules/north/growth/gammalu.yaml:13:12: error L101: the example under silent reads as undecided" in answer.out
    )
    as_json = cli("rules", "check", str(root), "--format", "json")
    assert as_json.code == 1
    (problem,) = json.loads(as_json.out)["problems"]
    assert (problem["code"], problem["line"]) == ("L101", 13)


def test_rules_check_tells_what_cannot_be_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    answer = cli("rules", "check", str(tmp_path / "rules"))
    assert answer.code == 1
    assert "the rules folder has no vocabulary.yaml" in answer.out


def test_rules_check_of_a_folder_that_is_not_there_is_misuse(cli: Cli, tmp_path: Path) -> None:
    assert "there is no rules folder" in refused(cli("rules", "check", str(tmp_path / "nowhere")))


# ── cases as tests ───────────────────────────────────────────────────────────────────────────


def test_test_runs_a_case_and_counts(small: Cli) -> None:
    assert fine(small("test", DIRECT)) == "1 of 1 checks passed in 1 case\n"


def failing(folder: Path) -> Path:
    path = folder / "failing.yaml"
    path.write_text(Path(DIRECT).read_text().replace("gammalu: not_indicated", "gammalu: recommended"))
    return path


def test_test_exits_with_1_and_says_what_was_read_instead(small: Cli) -> None:
    answer = small("test", str(failing(Path())))
    assert answer.code == 1
    assert "expected gammalu recommended; got not_indicated" in answer.out
    assert "0 of 1 checks passed" in answer.out


def test_test_as_json(small: Cli) -> None:
    answer = small("test", str(failing(Path())), "--format", "json")
    assert answer.code == 1
    data = json.loads(answer.out)
    assert (data["passed"], data["failed"]) == (0, 1)
    assert data["checks"][0]["failures"][0].startswith("expected gammalu recommended")


def test_test_takes_a_folder(small: Cli) -> None:
    Path("mine").mkdir()
    failing(Path("mine"))
    Path("mine/good.yaml").write_bytes(Path(DIRECT).read_bytes())
    answer = small("test", "mine")
    assert (answer.code, answer.out.splitlines()[-1]) == (1, "1 of 2 checks passed in 2 cases")


def test_test_of_a_folder_tells_of_a_case_that_cannot_be_read_and_goes_on(small: Cli) -> None:
    Path("mine").mkdir()
    Path("mine/bad.yaml").write_text("title: [\n")
    Path("mine/good.yaml").write_bytes(Path(DIRECT).read_bytes())
    answer = small("test", "mine")
    assert answer.code == 1
    assert "mine/bad.yaml" in answer.out
    assert "1 of 2 checks passed" in answer.out


def test_test_narrows_to_a_name(small: Cli) -> None:
    assert fine(small("test", DIRECT, "-k", "as given")).startswith("1 of 1")
    assert "nothing to check" in refused(small("test", DIRECT, "-k", "nothing like it"))


def test_a_case_without_expectations_is_nothing_to_check(small: Cli) -> None:
    assert "nothing to check" in refused(small("test", RECORDED))


ACCEPTED = "accepted: {by: A. Reviewer, because: fitness is asked for first, date: 2026-01-01}"
SEVERAL = f"""title: A patient
on: 2021-03-01
facts: {{extent: metastatic, progression: documented, ki67_highest_percent: 15, sstr_status: negative}}
expect:
  - {{options: {{alfanib: conditional}}}}
  - {{as_of: 2021-01-01, options: {{alfanib: recommended}}}}
  - {{options: {{alfanib: recommended}}, {ACCEPTED}}}
variants:
  - {{title: ZEBRA-4711 is fit, but: {{ecog: 1}}, expect: {{options: {{alfanib: conditional}}}}}}
"""


def several(name: str = "case.yaml") -> str:
    Path(name).write_text(SEVERAL, encoding="utf-8")
    return name


def test_test_names_file_and_line_and_the_rules_behind_a_failure(small: Cli) -> None:
    answer = small("test", several())
    assert (answer.code, answer.err) == (1, "")
    assert answer.out.splitlines()[:5] == [
        "FAIL  case: as given, knowledge of 2021-01-01",
        "      case.yaml:6: expected alfanib recommended; got conditional",
        "          north.growth.alfanib recommend: yes, from extent, ki67_highest_percent, progression",
        "          south.growth.alfanib-unfit avoid: unknown, lacks ecog",
        "ACCEPTED  case: as given (2)",
    ]


def test_an_accepted_difference_is_listed_apart_and_alone_exits_with_0(small: Cli) -> None:
    several()
    out = fine(small("test", "case.yaml", "-k", "(2)"))
    assert (
        "ACCEPTED  case: as given (2)\n      accepted by A. Reviewer on 2026-01-01: fitness is asked for first" in out
    )
    assert out.endswith("\n0 of 1 checks passed in 1 case, 1 accepted difference\n")
    data = json.loads(small("test", "case.yaml", "--format", "json").out)
    assert (data["passed"], data["accepted"], data["failed"]) == (1, 1, 2)
    assert [check["result"] for check in data["checks"]] == ["holds", "fails", "accepted difference", "fails"]
    assert data["checks"][2]["accepted"]["by"] == "A. Reviewer"
    assert [check["line"] for check in data["checks"]] == [5, 6, 7, 9]


def test_failed_tries_again_only_what_failed_last_time(small: Cli) -> None:
    assert fine(small("test", several(), "--failed")) == "nothing failed when last tried\n"
    assert small("test", "case.yaml").out.endswith("1 of 4 checks passed in 1 case, 1 accepted difference\n")
    answer = small("test", "case.yaml", "--failed")
    assert (answer.code, answer.out.splitlines()[-1]) == (1, "0 of 2 checks passed in 1 case")
    Path("case.yaml").write_text(SEVERAL.replace("but: {ecog: 1}", "but: {ecog: unknown}"))
    assert small("test", "case.yaml", "--failed").out.endswith("1 of 2 checks passed in 1 case\n")
    assert small("test", "case.yaml", "--failed").out.endswith("0 of 1 checks passed in 1 case\n")
    Path("case.yaml").write_text(
        SEVERAL.replace("2021-01-01, options: {alfanib: recommended", "2021-01-01, options: {alfanib: conditional")
    )
    fine(small("test", "case.yaml", "--failed"))
    assert fine(small("test", "case.yaml", "--failed")) == "nothing failed when last tried\n"
    assert json.loads(fine(small("test", "case.yaml", "--failed", "--format", "json")))["failed"] == 0


def test_failed_remembers_across_folders_and_parts_of_a_run(small: Cli) -> None:
    small("test", several())
    Path("mine").mkdir()
    Path("mine/good.yaml").write_bytes(Path(DIRECT).read_bytes())
    Path("mine/bad.yaml").write_text("title: [\n")
    fine(small("test", "mine/good.yaml"))
    fine(small("test", "case.yaml", "-k", "(2)"))
    assert small("test", "mine").code == 1
    os.chdir("mine")
    answer = small("test", "../case.yaml", "good.yaml", "bad.yaml", "--failed")
    assert (answer.code, answer.out.splitlines()[-1]) == (1, "0 of 3 checks passed in 2 cases")
    Path("bad.yaml").write_text(SEVERAL.replace("  - {as_of: 2021-01-01", "  - {at: 2021-01-01"))
    assert "of 4 checks" in small("test", "bad.yaml", "--failed").out


def test_what_is_remembered_tells_nothing_of_a_patient_not_even_a_title(small: Cli, tmp_path: Path) -> None:
    small("test", several("zebra-4711.yaml"))
    (memory,) = (tmp_path / "cache").rglob("failed-checks.json")
    kept = memory.read_text()
    assert re.fullmatch(r'\{"[0-9a-f]{16}": \["[0-9a-f]{16}", "[0-9a-f]{16}"\]\}', kept)
    assert sorted(path.name for path in memory.parent.iterdir() if path.suffix != ".pickle") == ["failed-checks.json"]


def test_failed_without_a_cache_is_refused_and_a_broken_memory_is_none(
    small: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small("test", several())
    (memory,) = (tmp_path / "cache").rglob("failed-checks.json")
    for broken in ("{", "[]", '{"a": 1}', "\x00"):
        memory.write_text(broken)
        assert fine(small("test", "case.yaml", "--failed")) == "nothing failed when last tried\n"
    monkeypatch.setenv("CDSS_NO_CACHE", "1")
    assert "CDSS_NO_CACHE" in refused(small("test", "case.yaml", "--failed"))
    assert small("test", "case.yaml").code == 1


def test_junit_xml_has_one_suite_a_case_and_one_test_a_check(small: Cli) -> None:
    several()
    Path("mine").mkdir()
    Path("mine/bad.yaml").write_text("title: [\n")
    answer = small("test", "case.yaml", DIRECT, "mine", "--junit", "results.xml")
    assert answer.code == 1
    root = ElementTree.parse("results.xml").getroot()
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("skipped")) == ("testsuites", "6", "3", "1")
    suites = {suite.get("name"): suite for suite in root}
    assert {name: suite.get("tests") for name, suite in suites.items()} == {
        "case": "4",
        "direct": "1",
        "mine/bad.yaml": "1",
    }
    assert all(
        test.tag == "testcase" and test.get("classname") == name for name, suite in suites.items() for test in suite
    )
    held, failed, accepted, _ = suites["case"]
    assert (held.get("name"), held.get("file"), held.get("line"), list(held)) == ("as given", "case.yaml", "5", [])
    (failure,) = failed
    assert failure.get("message") == "case.yaml:6: expected alfanib recommended; got conditional"
    assert "south.growth.alfanib-unfit avoid: unknown, lacks ecog" in str(failure.text)
    (skipped,) = accepted
    assert (skipped.tag, skipped.get("type")) == ("skipped", "accepted difference")
    assert "A. Reviewer" in str(skipped.get("message"))
    assert "error E101" in str(suites["mine/bad.yaml"][0][0].text)


def test_junit_xml_that_cannot_be_written_is_told(small: Cli) -> None:
    assert "it is a directory" in small("test", several(), "--junit", ".").err


def test_goldens_are_compared_when_asked_for_and_written_on_request(small: Cli) -> None:
    Path("case.yaml").write_bytes(Path(DIRECT).read_bytes() + b"goldens: [{}]\n")
    assert fine(small("test", "case.yaml")) == "1 of 1 checks passed in 1 case\n"
    answer = small("test", "case.yaml", "--goldens")
    assert (answer.code, "cdss test --update-goldens" in answer.out) == (1, True)
    assert "now a golden" in fine(small("test", "case.yaml", "--update-goldens"))
    assert fine(small("test", "case.yaml", "--goldens")) == "2 of 2 checks passed in 1 case\n"
    Path("case.yaml").write_text(Path("case.yaml").read_text().replace("age_years: 61", "age_years: 61\n  ecog: 1"))
    answer = small("test", "case.yaml", "--goldens", "-k", "golden")
    assert answer.code == 1
    assert "expected alfanib conditional; got recommended" in answer.out
    out = fine(small("test", "case.yaml", "--update-goldens"))
    assert "      was alfanib conditional; now recommended\n          would be: recommended → nothing else\n" in out
    assert out.endswith("1 golden; 1 file written\n")
    assert fine(small("test", "case.yaml", "--update-goldens")) == "1 golden; 0 files written\n"
    assert "there are no goldens" in refused(small("test", DIRECT, "--update-goldens"))


def test_test_runs_one_bundled_folder(cli: Cli) -> None:
    assert "checks passed in" in fine(cli("test", "rectum", "-k", "label-dates"))


# ── how it looks ─────────────────────────────────────────────────────────────────────────────

REAL = [
    ("evaluate", "noe-2016", "--on", "chemotherapy-declined"),
    ("evaluate", "noe-2016", "--as-of", "2026-11-01", "--full"),
    ("explain", "noe-2016", "everolimus", "--on", "chemotherapy-declined"),
    ("explain", "noe-2016", "lu177_dotatate", "--as-of", "2026-11-01"),
    ("whatif", "noe-2016", "functional_status=non_functioning", "sstr_status=positive", "--as-of", "2026-11-01"),
    ("replay", "noe-2016"),
    ("replay", "noe-2016", "--full"),
]


@pytest.mark.parametrize("words", REAL, ids=" ".join)
@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_asked_for(cli: Cli, words: tuple[str, ...], width: int) -> None:
    lines = fine(cli(*words, "--width", str(width))).splitlines()
    assert [line for line in lines if len(line) > width] == []
    assert max(map(len, lines)) > width - 15
    assert not [line for line in lines if line != line.rstrip()]


def test_the_width_of_the_terminal_is_used(small: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    narrow = fine(small("evaluate", RECORDED))
    assert max(map(len, narrow.splitlines())) <= 70
    monkeypatch.setenv("COLUMNS", "300")
    assert max(map(len, fine(small("evaluate", RECORDED)).splitlines())) <= 120


def test_away_from_a_terminal_the_text_is_plain(small: Cli) -> None:
    assert "\x1b" not in fine(small("evaluate", RECORDED))


class Terminal:
    """Standard output that says it is a terminal."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.written = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.written += text
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


@pytest.mark.parametrize("no_color", ["", "1"])
def test_on_a_terminal_there_is_colour_unless_it_is_not_wanted(no_color: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from cdss.cli.terminal import show

    page = Page(80)
    page.heading("OPTION")
    page.write("Alfanib [not a markup]", style="good")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    if not no_color:
        monkeypatch.delenv("NO_COLOR")
    show(page)
    assert ("\x1b" in terminal.written) is (not no_color)
    assert "Alfanib [not a markup]" in terminal.written


# ── as a process of its own ──────────────────────────────────────────────────────────────────


def process(cache: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    surroundings = {**os.environ, "XDG_CACHE_HOME": str(cache), **environment}
    return subprocess.run([sys.executable, "-m", "cdss", *words], capture_output=True, check=False, env=surroundings)


def on_a_terminal(cache: Path, *words: str) -> str:
    """What a command writes to a terminal of its own."""
    theirs, ours = os.openpty()
    surroundings = {**os.environ, "XDG_CACHE_HOME": str(cache), "TERM": "xterm-256color", "COLUMNS": "100"}
    command = [sys.executable, "-m", "cdss", *words]
    with subprocess.Popen(command, stdout=ours, stderr=ours, env=surroundings) as running:
        os.close(ours)
        found = b""
        with contextlib.suppress(OSError):  # the other end is closed: all was read
            while chunk := os.read(theirs, 65536):
                found += chunk
    os.close(theirs)
    assert running.returncode == 1
    return found.decode("utf-8")


def test_progress_is_shown_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    words = ("test", str(failing(tmp_path)), DIRECT, "--rules", str(RULES))
    seen = on_a_terminal(tmp_path, *words)
    assert "━" in seen
    assert re.search(r"cases.*0/2", seen)
    assert "expected gammalu recommended" in seen
    assert "1 of 2 checks passed in 2 cases" in seen.splitlines()[-1]
    piped = process(tmp_path, *words)
    assert piped.stderr == b""
    assert b"\x1b" not in piped.stdout
    assert "━" not in piped.stdout.decode("utf-8")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "cdss", "evaluate", RECORDED, "--full", "--rules", str(RULES)]
    surroundings = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


def test_a_terminal_without_the_signs_gets_question_marks_and_the_contract_stays_utf_8(tmp_path: Path) -> None:
    words = ("explain", RECORDED, "alfanib", "--rules", str(RULES))
    text = process(tmp_path, *words, PYTHONIOENCODING="ascii")
    assert (text.returncode, text.stderr) == (0, b"")
    assert text.stdout.isascii()
    data = process(tmp_path, *words, "--format", "json", PYTHONIOENCODING="ascii")
    assert data.returncode == 0
    assert json.loads(data.stdout.decode("utf-8"))["therapy"] == "alfanib"


def test_the_exit_codes_reach_the_shell(tmp_path: Path) -> None:
    rules = ("--rules", str(RULES))
    assert process(tmp_path, "evaluate", DIRECT, *rules).returncode == 0
    assert process(tmp_path, "test", str(failing(tmp_path)), *rules).returncode == 1
    assert process(tmp_path, "evaluate", "nowhere.yaml", *rules).returncode == 2


def test_a_python_too_new_is_told_in_one_sentence() -> None:
    code = "import sys; sys.version_info = (3, 13); from cdss.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "cdss needs Python 3.11 or 3.12: the rule engine it runs on does not load on newer ones\n"


# ── bad input ────────────────────────────────────────────────────────────────────────────────

HEAD = "title: Somebody\ntime_zero: 2016-01-01\npoints: [{id: first, on: +0d}]\nrecord:\n"
BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty"),
    "only-a-comment": (b"# nothing\n", "the file is empty"),
    "list": (b"- title: Somebody\n", "the file holds a list"),
    "scalar": (b"Somebody\n", "the file holds a single value"),
    "unknown-fact": (b"title: Somebody\non: 2021-01-01\nfacts: {ecogg: 1}\n", "no fact is called 'ecogg'"),
    "unknown-key": (b"title: Somebody\non: 2021-01-01\nfact: {ecog: 1}\n", "no key is called|this key is not known"),
    "no-patient": (b"title: Somebody\n", "a case needs a record or facts"),
    "no-date": (b"title: Somebody\nfacts: {ecog: 1}\n", "needs the date of the decision"),
    "wrong-unit": (
        b"title: Somebody\non: 2021-01-01\nfacts: {ki67_highest_percent: {value: 15, unit: kg}}\n",
        "cannot be given in %",
    ),
    "fraction": (b"title: Somebody\non: 2021-01-01\nfacts: {ki67_highest_percent: 0.15}\n", "needs its unit"),
    "future-scan": (
        (HEAD + "  extent: [{date: 2016-01-02, extent: metastatic}]\n").encode(),
        "after the last decision point",
    ),
    "future-therapy": (
        (HEAD + "  therapies: {courses: [{agent: alfanib, start: 2019-01-01}]}\n").encode(),
        "after the last decision point",
    ),
    "no-such-day": ((HEAD + "  extent: [{date: 2015-02-30, extent: metastatic}]\n").encode(), "no such day"),
    "unknown-therapy": (
        (HEAD + "  therapies: {courses: [{agent: alfanip, start: 2015-01-01}]}\n").encode(),
        "no therapy has this id",
    ),
    "unknown-therapy-stated": (
        b"title: Somebody\non: 2021-01-01\nfacts: {prior_therapies: [alfanip]}\n",
        "not a value of prior_therapies",
    ),
    "end-before-start": (
        (HEAD + "  therapies: {courses: [{agent: alfanib, start: 2015-01-01, end: 2014-01-01}]}\n").encode(),
        "the therapy ends before it starts",
    ),
    "long": (
        (HEAD + "  symptoms:\n" + "    - {date: 2015-01-01, present: [flushing]}\n" * 20_000).encode(),
        "more than 10,000 lines",
    ),
    "latin-1": ("title: Müller\n".encode("latin-1"), "not written in UTF-8"),
    "utf-16": ("title: Somebody\n".encode("utf-16"), "written in UTF-16"),
    "binary": (bytes(range(256)) * 4, "binary, not text"),
    "large": (b"#" * 3_000_000, "larger than 2 MB"),
    "yaml-no": (
        b"title: Somebody\non: 2021-01-01\nfacts: {fit_for_major_surgery: no}\n",
        "true, false or null to some readers",
    ),
    "yaml-alias": (b"title: &a Somebody\non: 2021-01-01\nfacts: {}\n", "anchor"),
    "yaml-twice": (b"title: Somebody\ntitle: Somebody else\non: 2021-01-01\nfacts: {}\n", "twice"),
    "broken-json": (b'{"title": "Somebody", ', "YAML|JSON|end"),
    "point-out-of-order": (
        b"title: Somebody\ntime_zero: 2016-01-01\npoints: [{id: b, on: +1d}, {id: a, on: +0d}]\nrecord: {}\n",
        "list points in their order",
    ),
}


def one_message(answer: Answer, text: str) -> None:
    """A refusal with one message: one problem, or one sentence."""
    err = refused(answer)
    assert err.count("error ") <= 1
    assert "problems found" not in err
    assert any(part in err for part in text.split("|")), err


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_clear_message_and_nothing_else(small: Cli, name: str) -> None:
    content, text = BAD[name]
    path = Path("case.json" if name == "broken-json" else "case.yaml")
    path.write_bytes(content)
    one_message(small("evaluate", str(path), "--format", "json", "-o", "answer.json"), text)
    assert [p.name for p in Path().iterdir()] == [path.name]


@pytest.mark.parametrize("name", BAD)
def test_bad_input_on_standard_input_gets_the_same_message(small: Cli, name: str) -> None:
    content, text = BAD[name]
    one_message(small("evaluate", "-", stdin=content), text)


@pytest.mark.parametrize("verb", [("replay",), ("explain", "alfanib"), ("whatif", "ecog=1"), ("test",)])
@pytest.mark.parametrize("name", ["empty", "unknown-fact", "latin-1", "future-scan", "unknown-therapy"])
def test_every_verb_refuses_bad_input_alike(small: Cli, verb: tuple[str, ...], name: str) -> None:
    content, text = BAD[name]
    Path("case.yaml").write_bytes(content)
    if verb == ("replay",) and name == "unknown-fact":
        text = "no decision points"
    if verb == ("test",) and name in ("unknown-fact", "future-scan", "unknown-therapy"):
        text = "nothing to check"
    one_message(small(verb[0], "case.yaml", *verb[1:]), text)


def test_a_hundred_megabytes_are_never_read(small: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("huge.yaml").open("wb") as file:
        file.truncate(100_000_000)
    really_open = Path.open

    def opened(path: Path, *words: Any, **more: Any) -> Any:
        assert path.name != "huge.yaml", "it was opened"
        return really_open(path, *words, **more)

    monkeypatch.setattr(Path, "open", opened)
    one_message(small("evaluate", "huge.yaml"), "larger than 2 MB")


def test_a_directory_is_no_case(small: Cli) -> None:
    Path("folder.yaml").mkdir()
    one_message(small("evaluate", "folder.yaml"), "this is a directory")


def test_a_link_to_nowhere_is_no_case(small: Cli) -> None:
    Path("link.yaml").symlink_to("nowhere.yaml")
    one_message(small("evaluate", "link.yaml"), "there is no such file")


def test_thousands_of_mistakes_are_told_as_a_hundred_and_a_number(small: Cli) -> None:
    wrong = "    - {date: 2015-01-01, present: [nonsense]}\n" * 5_000
    Path("case.yaml").write_text(HEAD + "  symptoms:\n" + wrong)
    err = refused(small("evaluate", "case.yaml"))
    assert err.count("error E516") == 100
    assert err.endswith("5000 problems found; the first 100 are shown\n")
