"""The JSON Schemas accept every real file and refuse most broken ones, so that an editor helps while one types."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from cdss.cli import app
from cdss.errors import Problems
from cdss.library import Library, load_library
from cdss.locations import cases_folder, rules_folder
from cdss.schema import KINDS, schema
from cdss.source import read
from tests.patients import library

ROOT = Path(__file__).resolve().parent
BROKEN = ROOT / "broken"
RUNNER = CliRunner()


def validator(kind: str, of: Library) -> Draft202012Validator:
    made = schema(kind, of)
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


@cache
def bundled(kind: str) -> Draft202012Validator:
    return validator(kind, library())


def files(kind: str) -> list[Path]:
    rules = rules_folder()
    match kind:
        case "definition":
            return sorted((rules / "definitions").glob("*.yaml"))
        case "citations":
            return sorted((rules / "citations").glob("*.yaml"))
        case "case":
            return sorted(cases_folder().rglob("*.yaml"))
        case "rule":
            return sorted(p for p in rules.glob("*/*/*.yaml") if rules / "examples" not in p.parents)
        case _:
            return [rules / f"{kind}.yaml"]


def told(check: Draft202012Validator, data: Any) -> list[str]:
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in check.iter_errors(data)]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_real_file_fits_its_schema(kind: str) -> None:
    there = files(kind)
    assert there
    for path in there:
        assert told(bundled(kind), read(path).data) == [], path


def mistakes() -> list[tuple[str, str]]:
    """The broken files that are YAML, with the kind of file each claims to be."""
    found = []
    for path in sorted(BROKEN.glob("*.yaml")):
        what, _, where = path.read_bytes().splitlines()[0].decode().removeprefix("# ").partition(": ")
        if what != "at":
            continue
        parts = Path(where).with_suffix("").parts[1:]
        kind = parts[0] if parts[0] in ("vocabulary", "citations") else "definition" if len(parts) == 2 else "rule"
        try:
            read(path)
        except Problems:
            continue
        found.append((path.stem, kind))
    return found


def test_most_broken_files_do_not_fit() -> None:
    base = load_library(BROKEN / "base")
    checks = {kind: validator(kind, base) for kind in ("rule", "definition", "citations", "vocabulary")}
    refused = {name for name, kind in mistakes() if not checks[kind].is_valid(read(BROKEN / f"{name}.yaml").data)}

    assert len(refused) >= 60
    for name in (
        *("fact-unknown", "value-unknown", "stance-unknown", "threshold-out-of-range", "comparison-in-symbols"),
        *("two-facts-in-one-item", "set-without-test", "set-member-unknown", "group-empty", "known-is-a-word"),
        *("citation-unknown", "citation-without-locator", "therapy-unknown", "class-unknown", "definition-unknown"),
        *("version-key-unknown", "date-in-words", "then-says-two-things", "alert-without-severity", "versions-missing"),
        *("alert-asks-for-something-unknown", "source-without-address", "source-pmid-not-quoted", "examples-missing"),
    ):
        assert name in refused, name


@pytest.mark.parametrize(
    "wrong",
    [
        "titel: x",
        "facts: {primary_site: rectm}",
        "facts: {ki67: 5}",
        "facts: {ecog: [1]}",
        "record: {extent: [{date: soon or later, extent: metastatic}]}",
        "record: {extent: [{date: 2020-01-01, extent: everywhere}]}",
        "record: {pathology: {samples: [{date: 2020-01-01, kind: biopsy, site: liver, ki67: '10 %'}]}}",
        "record: {pathology: {samples: [{date: 2020-01-01, kind: biopsy, site: liver, ki67: {about: 10}}]}}",
        "points: [{id: a, when: 2020-01-01}]",
        "expect: [{options: {everolimus: {standing: option, would: recommended}}}]",
        "expect: [{alert: [x]}]",
        "on: 1 January 2020",
        "variants: [{but: {progression: perhaps}, expect: []}]",
    ],
)
def test_a_broken_case_does_not_fit(wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    right = {"on": "on: 2020-01-01", "facts": "facts: {primary_site: rectum}", "title": "title: A patient"}
    key = wrong.partition(":")[0]
    path.write_text("\n".join(right.values()), encoding="utf-8")
    assert told(bundled("case"), read(path).data) == []
    path.write_text("\n".join([wrong, *(line for name, line in right.items() if name != key)]), encoding="utf-8")
    assert told(bundled("case"), read(path).data) != []


def test_an_editor_is_offered_the_words_of_the_library() -> None:
    made = schema("rule", library())
    condition = made["$defs"]["condition"]["properties"]
    assert set(library().vocabulary.facts) <= set(condition)
    assert condition["primary_site"]["description"].endswith("?")
    assert "everolimus" in made["$defs"]["therapy"]["enum"]


def test_the_command_prints_the_same_bytes_each_time_and_names_the_kinds_it_knows(tmp_path: Path) -> None:
    first = RUNNER.invoke(app, ["rules", "schema", "case"])
    assert first.exit_code == 0
    assert json.loads(first.stdout)["title"] == "cdss case file"
    path = tmp_path / "case.json"
    assert RUNNER.invoke(app, ["rules", "schema", "case", "-o", str(path)]).exit_code == 0
    assert path.read_text(encoding="utf-8") == first.stdout
    wrong = RUNNER.invoke(app, ["rules", "schema", "rules"])
    assert wrong.exit_code == 2
    assert "there are: rule, definition, case" in wrong.output
