"""A draft that ``cdss rules new`` writes reads well, says what is to be replaced, and changes nobody's decision."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdss.advice import NEVER, STUB, advise
from cdss.cli import app
from cdss.errors import CdssError
from cdss.layout import formatted
from cdss.library import load_library
from cdss.lint import check
from cdss.rule import Provenance
from cdss.values import Value
from tests.small_world import RULES, copy_of_rules

RUNNER = CliRunner()
DRAFTS = [
    ("north.growth.bevanib", ["--therapy", "alfanib"]),
    ("growth.bevanib", ["--body", "south", "--therapy", "alfanib, gammalu", "--kind", "statement"]),
    ("safety.alfanib.heart", ["--therapy", "alfanib"]),
    ("northern-league.growth.first", ["--therapy", "alfanib"]),
    ("ema.tumours.alfanib-again", ["--therapy", "alfanib", "--kind", "label"]),
    ("alerts.growth.too-fast", ["--kind", "alert"]),
]


def no_case(name: str) -> Mapping[str, Value]:
    raise CdssError(f"there is no case '{name}'")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_of_rules(tmp_path)


def new(root: Path, *words: str) -> tuple[int, str]:
    done = RUNNER.invoke(app, ["rules", "new", *words, "--rules", str(root)])
    return done.exit_code, done.output


def written(root: Path) -> list[Path]:
    before = {p.relative_to(RULES) for p in RULES.rglob("*.yaml")}
    return sorted(p for p in root.rglob("*.yaml") if p.relative_to(root) not in before)


@pytest.mark.parametrize(("identity", "options"), DRAFTS)
def test_a_draft_passes_the_check_and_is_in_canonical_layout(root: Path, identity: str, options: list[str]) -> None:
    code, said = new(root, identity, *options)
    assert code == 0, said

    library = load_library(root)
    assert check(library, no_case) == []
    (name,) = set(library.rules) - set(load_library(RULES).rules)
    rule = library.rules[name]
    assert name.endswith(identity)
    assert (len(rule.examples.fires), len(rule.examples.silent), len(rule.examples.undecided)) == (1, 1, 1)
    files = written(root)
    assert len(files) == 2, "the rule and the stub of its source"
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert formatted(text, path.name) == text


def test_a_draft_claims_nothing_and_names_every_text_that_is_to_be_replaced(root: Path) -> None:
    new(root, "north.growth.bevanib", "--therapy", "alfanib")
    library = load_library(root)
    ((_, version),) = library.rules["north.growth.bevanib"].versions
    assert version is not None
    assert version.provenance is Provenance.RECALLED
    assert library.rules["north.growth.bevanib"].reviewed is None

    warned = [p for p in advise(library) if p.code == "W607"]
    places = {(p.place.file.removeprefix("rules/"), p.place.line) for p in warned}
    stubs = {
        (path.relative_to(root).as_posix(), number)
        for path in written(root)
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1)
        if f'"{STUB}' in line or str(NEVER) in line
    }
    assert places == stubs
    assert len(stubs) == 6


def test_a_draft_is_in_force_for_nobody(root: Path) -> None:
    new(root, "north.growth.bevanib", "--therapy", "alfanib")
    assert "north.growth.bevanib" not in load_library(root).in_force(date(2100, 1, 1)).versions


def test_a_draft_that_is_filled_in_has_nothing_left_to_warn_of(root: Path) -> None:
    new(root, "north.growth.bevanib", "--therapy", "alfanib")
    for path in written(root):
        text = path.read_text(encoding="utf-8").replace(str(NEVER), "2021-01-01")
        path.write_text(re.sub(rf'"{STUB}: ([^"]*)"', r'"Written by hand: \1"', text), encoding="utf-8")
    library = load_library(root)
    assert check(library, no_case) == []
    assert [p for p in advise(library) if "bevanib" in p.place.file] == []
    assert "north.growth.bevanib" in library.in_force(date(2021, 1, 1)).versions


def test_a_registered_source_needs_no_stub(root: Path) -> None:
    source = next(iter(load_library(root).references))
    assert new(root, "north.growth.bevanib", "--therapy", "alfanib", "--cite", source)[0] == 0
    assert [p.name for p in written(root)] == ["bevanib.yaml"]
    assert check(load_library(root), no_case) == []


def test_nothing_is_ever_written_over(root: Path) -> None:
    path = root / "north/growth/alfanib.yaml"
    before = path.read_bytes()
    code, said = new(root, "north.growth.alfanib", "--therapy", "alfanib")
    assert code == 2
    assert "exists already" in said
    assert path.read_bytes() == before

    assert new(root, "north.growth.bevanib", "--therapy", "alfanib")[0] == 0
    assert new(root, "north.growth.bevanib", "--therapy", "alfanib")[0] == 2
    (root / "north/growth/bevanib.yaml").unlink()
    (root / "north/growth/bevanib.yaml").symlink_to(root / "nowhere.yaml")
    assert new(root, "north.growth.bevanib", "--therapy", "alfanib")[0] == 2
    assert not (root / "nowhere.yaml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["growth.bevanib", "--therapy", "alfanib"], "body.topic.name"),
        (["North.growth.bevanib", "--therapy", "alfanib"], "small letters"),
        (["north.growth.../x", "--therapy", "alfanib"], "body.topic.name"),
        (["../../x.y.z", "--therapy", "alfanib"], "body.topic.name"),
        (["citations.growth.x", "--therapy", "alfanib"], "holds no rules"),
        (["north.growth.bevanib", "--body", "south", "--therapy", "alfanib"], "the body is south"),
        (["north.growth.bevanib"], "--therapy"),
        (["north.growth.bevanib", "--therapy", "alfanb"], "did you mean 'alfanib'?"),
        (["north.growth.bevanib", "--therapy", "alfanib", "--cite", "nort-2010"], "no source is called"),
        (["north.growth.bevanib", "--therapy", "alfanib", "--kind", "label"], "north gives no labels"),
        (["ema.growth.bevanib", "--therapy", "alfanib"], "ema gives labels"),
        (["north.growth.bevanib", "--kind", "alert"], "belong to the body alerts"),
        (["alerts.growth.fast", "--kind", "alert", "--therapy", "alfanib"], "speaks of no therapy"),
        (["north.growth.bevanib", "--therapy", "alfanib", "--kind", "rule"], "no kind of rule"),
    ],
)
def test_what_cannot_be_written_is_told_and_nothing_is_left_behind(root: Path, words: list[str], said: str) -> None:
    code, output = new(root, *words)
    assert code == 2
    assert said in " ".join(output.split())
    assert written(root) == []


def test_the_rules_of_an_installation_are_not_written_to(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setattr("cdss.__file__", str(root.parent / "__init__.py"))
    code, said = new(root, "north.growth.bevanib", "--therapy", "alfanib")
    assert code == 2
    assert "installed rules" in said
    assert written(root) == []
