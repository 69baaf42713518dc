"""From the command line: record, list, export, replay, and how often the board followed."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdss.cli import app
from cdss.locations import rules_folder

CASE = "rectum/noe-2016"


def run(*words: str | Path, input: str | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(word) for word in words], input=input)
    return done.exit_code, done.output


def record(db: Path, *more: str) -> tuple[int, str]:
    return run(
        "record", CASE, "--on", "chemotherapy-declined", "--by", "the board", "--reason", "no target", "--db", db, *more
    )


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "board.sqlite"


@pytest.fixture
def capsule(db: Path, tmp_path: Path) -> Path:
    assert record(db, "--choose", "everolimus")[0] == 0
    file = tmp_path / "noe.capsule.json"
    assert run("capsule", "1", "-o", file, "--db", db)[0] == 0
    return file


def test_minutes_tell_what_was_chosen_and_where_it_stood(db: Path) -> None:
    record(db, "--choose", "everolimus", "--condition", "hepatitis B excluded")
    record(db, "--choose", "everolimus,watchful_waiting", "--corrects", "1")

    status, text = run("minutes", CASE, "--db", db)

    assert status == 0
    assert "everolimus (conditional)" in text
    assert "hepatitis B excluded" in text
    assert "corrected by entry 2" in text
    listed = json.loads(run("minutes", "--format", "json", "--db", db)[1])
    assert [one["corrects"] for one in listed] == [None, 1]


def test_a_departure_without_a_reason_is_not_recorded(db: Path) -> None:
    status, text = record(db, "--choose", "lu177_dotatate")

    assert (status, db.exists()) == (2, False)
    assert "--override" in text
    assert record(db, "--choose", "lu177_dotatate", "--override", "patient_preference")[0] == 0


def test_a_capsule_is_replayed_byte_for_byte(capsule: Path) -> None:
    status, text = run("replay", capsule)

    assert status == 0
    assert "the same decision, byte for byte" in text
    held = json.loads(capsule.read_text(encoding="utf-8"))
    assert held["replay"] == "cdss replay noe.capsule.json"
    assert held["board"]["chosen"] == ["everolimus"]
    made = capsule.with_name("made.json")
    assert run("replay", capsule, "--format", "json", "-o", made)[0] == 0
    assert made.read_text(encoding="utf-8") == json.dumps(held["decision"], indent=2, ensure_ascii=False) + "\n"


def test_a_capsule_is_its_owners_alone_from_its_first_byte_on(
    db: Path, capsule: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    move = Path.replace

    def watched(self: Path, to: Path) -> Path:
        seen.append(self.stat().st_mode & 0o777)
        return move(self, to)

    monkeypatch.setattr(Path, "replace", watched)
    capsule.chmod(0o644)

    assert run("capsule", "1", "-o", capsule, "--db", db)[0] == 0

    assert [*seen, capsule.stat().st_mode & 0o777] == [0o600, 0o600]


def test_with_other_rules_the_replay_says_that_they_differ(capsule: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(rules_folder(), rules)
    file = next(path for path in sorted(rules.glob("enets/**/*everolimus*.yaml")))
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("title: ", "title: Other ", 1), encoding="utf-8")

    status, said = run("replay", capsule, "--rules", rules)

    assert status == 1
    assert "the rules differ" in said


def test_a_changed_capsule_and_another_file_are_told_apart(capsule: Path, tmp_path: Path) -> None:
    text = capsule.read_text(encoding="utf-8")
    capsule.write_text(text.replace('"standing": "conditional"', '"standing": "recommended"', 1), encoding="utf-8")
    assert "checksum differs" in run("replay", capsule)[1]
    capsule.write_text(re.sub(r'("by": )"[^"]*"', r'\1"nobody"', text, count=1), encoding="utf-8")
    assert "what the board chose is in this capsule not as it was exported" in run("replay", capsule)[1]
    other = tmp_path / "other.capsule.json"
    other.write_text("[1]")
    assert run("replay", other)[0] == 2
    assert "this is no capsule" in run("replay", other)[1]
    assert "cannot read" in run("replay", tmp_path / "none.capsule.json")[1]


def test_a_case_whose_text_was_changed_in_the_capsule_replays_otherwise(capsule: Path) -> None:
    held = json.loads(capsule.read_text(encoding="utf-8"))
    held["case"]["text"] = held["case"]["text"].replace("sex: female", "sex: male", 1)
    capsule.write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")

    status, text = run("replay", capsule)

    assert status == 1
    assert "the decision is not" in text


def test_concordance_is_printed_in_three_forms(db: Path, tmp_path: Path) -> None:
    record(db, "--choose", "everolimus")
    record(db, "--choose", "lu177_dotatate", "--override", "other")

    assert "insufficient data            1" in run("concordance", "--db", db)[1]
    data = json.loads(run("concordance", "--format", "json", "--db", db)[1])
    assert data["all"]["counts"]["non-concordant"] == 1
    picture = tmp_path / "c.svg"
    assert run("concordance", "--format", "svg", "-o", picture, "--db", db)[0] == 0
    assert picture.read_text(encoding="utf-8").startswith("<svg")


def test_a_case_from_standard_input_is_kept_as_it_was_given(db: Path) -> None:
    text = "title: x\non: 2026-01-01\nfacts: {primary_site: rectum}\n"

    status, _ = run(
        "record", "-", "--choose", "watchful_waiting", "--by", "b", "--reason", "r", "--override", "other",
        "--db", db, input=text,
    )  # fmt: skip

    assert status == 0
    assert run("capsule", "1", "-o", db.with_name("x.capsule.json"), "--db", db)[0] == 0
    assert json.loads(db.with_name("x.capsule.json").read_text())["case"]["text"] == text
    assert run("replay", db.with_name("x.capsule.json"))[0] == 0
