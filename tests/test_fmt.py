"""The layout of files: keys in one order, comments kept, the same said before and after, and twice is once."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdss.case import CaseFile
from cdss.cli import app
from cdss.errors import CdssError, Problems
from cdss.layout import CASE, RULE, VERSION, formatted
from cdss.library import load_library
from cdss.locations import cases_folder, rules_folder
from cdss.rulefile import RuleFile, VersionFile
from cdss.source import parse
from tests.small_world import copy_of_rules

RUNNER = CliRunner()
MIXED = """\
# A rule with its keys in any order.

reviewed: null
examples:
  undecided: [{but: {progression: unknown}}]

  fires: [{facts: {progression: documented}}]
  # silent where nothing grows
  silent: [{but: {progression: none}}]
# Who gets it.
therapy: alfanib
misleads_when:
- Growth was judged on symptoms.
title: Alfanib after growth{spaces}
versions:
  # the second edition
  2020-01-01:
    then: {stance: recommend, intent: antiproliferative}
    when:
    - progression: documented    # on two scans
    says: >
      Alfanib is given
        # this line is text, not a comment
      once it grows.
    cite: {ref: north-2010, at: "1"}
    provenance: read
  2010-01-01: {says: Alfanib was new then., cite: {ref: north, at: "1"}, provenance: read, then: {stance: avoid}}
"""
ORDERED = """\
# A rule with its keys in any order.

title: Alfanib after growth
# Who gets it.
therapy: alfanib
versions:
  2010-01-01: {says: Alfanib was new then., cite: {ref: north, at: "1"}, provenance: read, then: {stance: avoid}}
  # the second edition
  2020-01-01:
    says: >
      Alfanib is given
        # this line is text, not a comment
      once it grows.
    cite: {ref: north-2010, at: "1"}
    provenance: read
    when:
    - progression: documented    # on two scans
    then: {stance: recommend, intent: antiproliferative}
misleads_when:
- Growth was judged on symptoms.
examples:
  fires: [{facts: {progression: documented}}]
  # silent where nothing grows
  silent: [{but: {progression: none}}]
  undecided: [{but: {progression: unknown}}]

reviewed: null
"""


def every_file() -> list[Path]:
    return [*sorted(rules_folder().rglob("*.yaml")), *sorted(cases_folder().rglob("*.yaml"))]


def test_keys_move_with_their_comments_and_nothing_inside_a_line_changes() -> None:
    assert formatted(MIXED.replace("{spaces}", "   "), "rule.yaml") == ORDERED


def test_the_layout_of_every_rule_and_case_says_the_same_and_twice_is_once() -> None:
    files = every_file()
    assert len(files) > 500
    for path in files:
        text = path.read_text(encoding="utf-8")
        new = formatted(text, path.name)
        if new != text:  # what comes out as it went in says the same, and comes out so again
            assert parse(new, path.name).data == parse(text, path.name).data, path
            assert formatted(new, path.name) == new, path
            assert sorted(new.split()) == sorted(text.split()), f"{path} lost or gained a word, or a comment"


def test_a_rule_whose_keys_were_shuffled_comes_back_as_it_was() -> None:
    chance = random.Random("shuffled keys")
    tried = 0
    for path in sorted((rules_folder() / "enets").rglob("*.yaml"))[::5]:
        text = formatted(path.read_text(encoding="utf-8"), path.name)
        blocks = re.split(r"(?m)^(?=[a-z_]+:)", text)
        head, blocks = blocks[0], blocks[1:]
        chance.shuffle(blocks)
        tried += 1
        assert formatted(head + "".join(blocks), path.name) == text
    assert tried > 10


def test_every_key_of_a_rule_a_version_and_a_case_has_its_place_in_the_order() -> None:
    assert set(RULE) == set(RuleFile.model_fields)
    assert set(VERSION) == set(VersionFile.model_fields)
    assert set(CASE) == set(CaseFile.model_fields)


def test_spaces_at_line_ends_and_foreign_newlines_go() -> None:
    assert formatted("title: Advanced \r\nalways:\t\r\n  says: Spread.\r\n\r\n\r\n", "a.yaml") == (
        "title: Advanced\nalways:\n  says: Spread.\n"
    )


def test_spaces_that_are_part_of_a_text_stay() -> None:
    text = 'title: "two  "\nnote: |\n  kept  \n  so\nalways: {says: x}\n'
    new = formatted(text, "a.yaml")
    assert parse(new, "a.yaml").data == parse(text, "a.yaml").data
    assert "kept  \n" in new


def test_a_file_that_does_not_read_is_refused_with_its_place() -> None:
    with pytest.raises(Problems) as caught:
        formatted("title: [\n", "a.yaml")
    assert caught.value.problems[0].code == "E101"


def test_keys_that_cannot_move_are_told_and_not_moved() -> None:
    # A text that keeps its last empty lines ends at the end of the file; elsewhere it would say less.
    text = "always: {says: x}\ntitle: |+\n  last\n\n\n"
    with pytest.raises(CdssError, match="by hand"):
        formatted(text, "a.yaml")


def test_the_command_names_what_would_change_and_changes_it_only_when_asked(tmp_path: Path) -> None:
    root = copy_of_rules(tmp_path)
    path = root / "north/growth/gammalu.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines[1:], lines[0]]), encoding="utf-8")
    mixed, before = path.read_bytes(), load_library(root).digest
    assert RUNNER.invoke(app, ["rules", "fmt", str(root.parent / "nowhere")]).exit_code == 2

    checked = RUNNER.invoke(app, ["rules", "fmt", "--check", str(root)])
    assert checked.exit_code == 1
    assert f"would change  {path}" in checked.output
    assert path.read_bytes() == mixed

    assert RUNNER.invoke(app, ["rules", "fmt", str(root)]).exit_code == 0
    assert path.read_text(encoding="utf-8").startswith("title:")
    assert load_library(root).digest == before
    assert RUNNER.invoke(app, ["rules", "fmt", "--check", str(root)]).exit_code == 0
