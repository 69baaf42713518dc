"""Every code a message can carry is registered, is raised by its wrong snippet, and is not raised by its right one."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdss.advice import advise
from cdss.assurance import CHECKS
from cdss.boundary import sides
from cdss.case import load_case
from cdss.cli import app
from cdss.codes import Code, codes, kind_of
from cdss.consult import Question, consult
from cdss.engine import Engine
from cdss.errors import NOWHERE, CdssError, Problem, Problems
from cdss.facts.direct import facts_from_mapping
from cdss.library import load_library
from cdss.lint import check
from cdss.locations import rules_folder
from cdss.source import read
from cdss.values import Value
from tests.small_world import small_library

ROOT = Path(__file__).resolve().parent
HEALTHY = ROOT / "codes"
PACKAGE = ROOT.parent / "cdss"
RUNNER = CliRunner()
TODAY = date(2026, 11, 1)


@cache
def engine() -> Engine:
    """The records of the codes E4 and E5 are read with the bundled vocabulary."""
    return Engine(load_library(rules_folder()), shadow=False)


def no_case(name: str) -> Mapping[str, Value]:
    raise CdssError(f"there is no case '{name}'")


def found_in_rules(root: Path) -> list[Problem]:
    try:
        library = load_library(root)
        return [*check(library, no_case, ROOT, TODAY), *advise(library, TODAY)]
    except Problems as problems:
        return list(problems.problems)


def found_in_case(root: Path) -> list[Problem]:
    try:
        case = load_case(str(root / "rectal.yaml"), root)
        consult(engine(), case, Question(on="growth"))
    except Problems as problems:
        return list(problems.problems)
    return []


def found_by(attempt: Callable[[], object]) -> list[Problem]:
    with pytest.raises(Problems) as caught:
        attempt()
    return list(caught.value.problems)


def put(text: str, good: str, bad: str) -> str:
    """``text`` with its one ``good`` snippet replaced; later lines are indented as the first one is there."""
    for indent in range(0, 12, 2):
        good_here, bad_here = (("\n" + " " * indent).join(snippet.split("\n")) for snippet in (good, bad))
        at = text.find(good_here)
        if at >= 0:
            line = text[text.rfind("\n", 0, at) + 1 :]
            if len(line) - len(line.lstrip(" ")) == indent:
                assert text.count(good_here) == 1, f"the right snippet stands in its file more than once: {good}"
                return text.replace(good_here, bad_here)
    raise AssertionError(f"the right snippet does not stand in its file: {good}")


def broken(code: str, entry: Code, folder: Path) -> list[Problem]:
    """What the healthy folder says once the wrong snippet stands in it."""
    root = folder / "rules"
    shutil.copytree(HEALTHY, folder, dirs_exist_ok=True)
    if entry.without:
        (root / entry.without).unlink()
    elif entry.stands_as:
        text = (root / entry.copied).read_text(encoding="utf-8") if entry.copied else entry.bad
        (root / entry.stands_as).write_text(text, encoding="utf-8")
    else:
        assert entry.stands_in is not None, f"{code} needs a place for its snippets, or a way of its own here"
        path = (folder if entry.stands_in.startswith("cases/") else root) / entry.stands_in
        path.write_text(put(path.read_text(encoding="utf-8"), entry.good, entry.bad), encoding="utf-8")
        if entry.stands_in.startswith("cases/"):
            return found_in_case(folder / "cases")
    return found_in_rules(root)


def file_with(folder: Path, content: bytes) -> Callable[[], object]:
    path = folder / "file.yaml"
    path.write_bytes(content)
    return lambda: read(path)


# What no snippet can show: how the wrong thing and the right one are made.
BUILT: dict[str, tuple[Callable[[Path], Callable[[], object]], Callable[[Path], Callable[[], object]]]] = {
    "E100": (lambda f: lambda: read(f / "nowhere.yaml"), lambda f: file_with(f, b"title: there")),
    "E106": (lambda f: file_with(f, b"# " + b"x" * 3_000_000), lambda f: file_with(f, b"title: small")),
    "E107": (lambda f: file_with(f, b"title: \xb5g"), lambda f: file_with(f, "title: \u00b5g".encode())),
    "E110": (lambda f: file_with(f, b"a: " + b"[" * 41 + b"]" * 41), lambda f: file_with(f, b"a: [[1]]")),
    "E112": (lambda f: file_with(f, b"a: 1\n" * 121), lambda f: file_with(f, b"a: 1\n")),
    "E403": (
        lambda _: lambda: list(sides({"extent": "metastatic"}, small_library().vocabulary, lambda _: NOWHERE)),
        lambda _: lambda: list(sides({"ecog": 2}, small_library().vocabulary, lambda _: NOWHERE)),
    ),
    "E521": (
        lambda _: lambda: facts_from_mapping(json.loads('["resectable", false]'), small_library().vocabulary),
        lambda _: lambda: facts_from_mapping({"extent": "metastatic"}, small_library().vocabulary),
    ),
}


def test_the_healthy_folder_and_case_have_nothing_to_say() -> None:
    assert found_in_rules(HEALTHY / "rules") == []
    assert found_in_case(HEALTHY / "cases") == []


@pytest.mark.parametrize("code", sorted(set(codes()) - set(BUILT)))
def test_a_code_is_raised_by_its_wrong_snippet_and_only_by_it(code: str, tmp_path: Path) -> None:
    entry = codes()[code]
    if code == "W605":
        entry = entry.model_copy(update={"bad": entry.good + " It does so by and by." * 30})

    found = broken(code, entry, tmp_path)

    assert code in {problem.code for problem in found}, [p.render() for p in found]
    # That the right snippet does not raise it, the test of the healthy folder shows: it stands there.
    for problem in found:
        assert problem.message
        assert problem.remedy != ""


@pytest.mark.parametrize("code", sorted(BUILT))
def test_a_code_that_no_snippet_shows_is_raised_all_the_same(code: str, tmp_path: Path) -> None:
    wrong, right = BUILT[code]
    assert code in {problem.code for problem in found_by(wrong(tmp_path))}
    right(tmp_path)()


def test_no_module_raises_a_code_that_is_not_registered_and_none_is_registered_in_vain() -> None:
    raised: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            word = node.value if isinstance(node, ast.Constant) else None
            if isinstance(word, str) and len(word) == 4 and word[0] in "ELW" and word[1:].isdigit():
                raised.add(word)
    assert raised == set(codes())


def test_there_are_many_codes_and_each_says_something_of_its_own() -> None:
    assert len(codes()) >= 80
    names = [entry.name for entry in codes().values()]
    assert len(set(names)) == len(names)
    for code, entry in codes().items():
        for words in (entry.means, entry.matters, entry.fix):
            assert words.endswith("."), f"{code}: {words}"
        assert entry.bad != entry.good
        assert kind_of(code)


def test_the_checks_an_invariant_may_name_are_registered() -> None:
    assert set(CHECKS) <= set(codes())
    assert {code for code in codes() if code.startswith("L")} <= set(CHECKS)


def test_explain_tells_what_a_code_means_with_the_wrong_and_the_right_way() -> None:
    told = RUNNER.invoke(app, ["explain", "e301"])
    assert told.exit_code == 0
    for words in ("E301", "unknown fact", "- ki67_percnt: {at_most: 20}", "- ki67_percent: {at_most: 20}", "RIGHT"):
        assert words in told.stdout
    data = json.loads(RUNNER.invoke(app, ["explain", "W601", "--format", "json"]).stdout)
    assert data["kind"] == "warning: fails nothing"


def test_explain_knows_the_nearest_code_and_lists_all() -> None:
    wrong = RUNNER.invoke(app, ["explain", "E399"])
    assert wrong.exit_code == 2
    assert "no code is called 'E399'; did you mean E3" in wrong.output
    assert RUNNER.invoke(app, ["explain", "rectum/noe-2016"]).exit_code == 2
    listed = RUNNER.invoke(app, ["explain", "codes"]).stdout
    assert all(code in listed for code in codes())


def test_a_warning_is_printed_on_request_and_fails_nothing(tmp_path: Path) -> None:
    shutil.copytree(HEALTHY, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "rules/enets/colorectal/everolimus.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("20.1}}", "40}}"), encoding="utf-8")
    root = str(tmp_path / "rules")

    short = RUNNER.invoke(app, ["rules", "check", root])
    assert short.exit_code == 0
    assert "1 warning: 1 W601; --warnings prints them" in short.stdout
    full = RUNNER.invoke(app, ["rules", "check", root, "--warnings"])
    assert full.exit_code == 0
    assert "warning W601: no example has ki67_percent at 20.1" in full.stdout
    data = json.loads(RUNNER.invoke(app, ["rules", "check", root, "--format", "json"]).stdout)
    assert [w["code"] for w in data["warnings"]] == ["W601"]
    assert data["problems"] == []


def test_the_calendar_is_looked_at_only_when_a_day_is_given() -> None:
    root = str(HEALTHY / "rules")
    assert "warning" not in RUNNER.invoke(app, ["rules", "check", root]).stdout
    assert "1 W608" in RUNNER.invoke(app, ["rules", "check", root, "--today", "2028-01-01"]).stdout
    early = RUNNER.invoke(app, ["rules", "check", root, "--today", "2025-01-01"])
    assert early.exit_code == 1
    assert "L207" in early.stdout
    assert "--today takes a date" in RUNNER.invoke(app, ["rules", "check", root, "--today", "soon"]).output
