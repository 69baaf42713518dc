"""Nothing of a patient is told to anyone but the reader of the answer: no message, log, cache or environment holds it.

Marked values stand all over a record; then the record is broken in every way, and the marks are looked for.
"""

from __future__ import annotations

import json
import logging
import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cdss.backends.plain import PlainBackend
from cdss.backends.shadow import ShadowBackend
from cdss.case import load_case
from cdss.cli import app
from cdss.consult import Question, consult
from cdss.engine import Engine
from cdss.errors import CdssError, EngineDisagreement, EngineFailure
from cdss.program import Verdicts
from cdss.regress import checks
from cdss.values import Truth
from tests.small_world import CASES, RULES, decision_of, small_engine, small_library

MARKS = ("ZEBRA-4711", "zebra_4711", "61.7", "97", "1918-05-17", "Quagga", "83", "ecru", "sepia")
RECORD = """title: ZEBRA-4711 Quagga
story: Quagga came from ZEBRA-4711.
time_zero: 2016-01-01
assumptions: [Quagga was seen by ZEBRA-4711.]
points:
  - {id: first, on: +0d, question: what to do for Quagga}
record:
  question: Quagga asks about ZEBRA-4711
  goals: [to see ZEBRA-4711 again]
  patient: {sex: female, birth_date: 1918-05-17}
  extent:
    - {date: +0d, extent: metastatic, sites: [liver]}
  pathology:
    samples:
      - {date: +0d, kind: biopsy, site: liver, ki67: 61.7, grade: G3, note: ZEBRA-4711}
  performance:
    - {date: +0d, ecog: 3}
  laboratory:
    - {date: +0d, test: creatinine_clearance, value: 83, unit: mL/min}
  therapies:
    courses:
      - {agent: alfanib, start: 2015-01-01, end: 2015-06-01, dose: Quagga 97 mg, detail: ZEBRA-4711,
         reason_stopped: toxicity, adverse_events: {events: [{date: 2015-02-01, event: Quagga, grade: 3}]}}
  preferences:
    declines:
      - {therapy: chemotherapy, date: +0d, reason: ZEBRA-4711 said so}
  access:
    - {date: +0d, therapy: gammalu, available: false, note: Quagga}
"""
DIRECT = """title: ZEBRA-4711
on: 2021-03-01
facts:
  age_years: 97
  ki67_highest_percent: 61.7
  creatinine_clearance_ml_min: 83
  extent: metastatic
  symptoms: [flushing]
"""
BREAKS: dict[str, tuple[str, str]] = {
    # the record with one piece replaced
    "no such section": ("  goals:", "  golas:"),
    "a key that holds a mark": ("  goals:", "  ZEBRA-4711:"),
    "a category that is none": ("sex: female", "sex: Quagga"),
    "a date that is none": ("birth_date: 1918-05-17", "birth_date: 1918-05-17x"),
    "a day that does not exist": ("birth_date: 1918-05-17", "birth_date: 1918-17-05"),
    "a birth after everything else": ("birth_date: 1918-05-17", "birth_date: 2018-05-17"),
    "two ages": ("birth_date: 1918-05-17", "birth_date: 1918-05-17, age: {years: 97, date: +0d}"),
    "an age without its day": ("birth_date: 1918-05-17", "age: 97"),
    "a number that is a word": ("ki67: 61.7", "ki67: ZEBRA-4711"),
    "a number in a list": ("ki67: 61.7", "ki67: [61.7, 97]"),
    "a number beyond its range": ("ki67: 61.7", "ki67: 617.97"),
    "a number too fine": ("ki67: 61.7", "ki67: 61.7973"),
    "a range that is reversed": ("ki67: 61.7", "ki67: {from: 97, to: 61.7}"),
    "a unit that does not fit": ("ki67: 61.7", "ki67: {value: 61.7, unit: ZEBRA}"),
    "a unit of a laboratory value": ("value: 83, unit: mL/min", "value: 83, unit: kg"),
    "a unit nobody knows": ("value: 83, unit: mL/min", "value: 83, unit: Quagga"),
    "a test nobody knows": ("test: creatinine_clearance", "test: quagga"),
    "a grade that is none": ("grade: G3", "grade: Quagga"),
    "text where a flag belongs": ("available: false", "available: ZEBRA-4711"),
    "text far too long": ("note: ZEBRA-4711}", "note: " + "ZEBRA-4711 " * 300 + "}"),
    "a therapy nobody knows": ("agent: alfanib", "agent: zebra_4711"),
    "a therapy that is text": ("agent: alfanib", "agent: Quagga 97"),
    "a therapy in the future": ("start: 2015-01-01, end: 2015-06-01", "start: 2097-06-01"),
    "an end before its start": ("end: 2015-06-01", "end: 1918-05-17"),
    "an event before its course": ("{date: 2015-02-01", "{date: 1997-02-01"),
    "a grade of an event beyond the scale": ("grade: 3}", "grade: 97}"),
    "a refusal of what is no therapy": ("therapy: chemotherapy", "therapy: zebra_4711"),
    "a fitness beyond the scale": ("ecog: 3", "ecog: 97"),
    "an offset out of the calendar": ("{date: +0d, ecog: 3}", "{date: +9997a, ecog: 3}"),
    "a point that does not exist": ("{date: +0d, ecog: 3}", "{date: quagga, ecog: 3}"),
    "a word where the organ belongs": ("sites: [liver]", "sites: [Quagga]"),
    "broken YAML": ("  goals: [", "  goals: [["),
    "a trap of YAML": ("ecog: 3", "ecog: 097"),
    "a comparison hidden in text": ("ki67: 61.7", "ki67: <61.7"),
    "a comma for decimals": ("ki67: 61.7", "ki67: 61,7"),
    "an anchor": ("story: Quagga", "story: &ZEBRA Quagga"),
    "a tag": ("story: Quagga", "story: !!str Quagga"),
    "a key twice": ("  goals:", "  question: Quagga 97\n  goals:"),
    "an observation of no fact": (
        "  access:",
        "  observations: [{date: +0d, fact: zebra_4711, value: 61.7}]\n  access:",
    ),
    "an observation with a wrong value": (
        "  access:",
        "  observations: [{date: +0d, fact: tempo, value: ecru}]\n  access:",
    ),
    "two points of one id": ("points:\n", "points:\n  - {id: first, on: -1d}\n"),
    "points out of order": ("points:\n", "points:\n  - {id: later, on: +97d}\n"),
}
DIRECT_BREAKS: dict[str, tuple[str, str]] = {
    "a category that is none": ("extent: metastatic", "extent: Quagga"),
    "a category that is nearly one": ("extent: metastatic", "extent: metastatik-ZEBRA-4711"),
    "a number that is a word": ("age_years: 97", "age_years: Quagga"),
    "a number beyond its range": ("age_years: 97", "age_years: 9783"),
    "a number too fine": ("age_years: 97", "age_years: 97.83"),
    "a unit that does not fit": ("age_years: 97", "age_years: {value: 97, unit: ZEBRA}"),
    "a fraction": ("ki67_highest_percent: 61.7", "ki67_highest_percent: 0.617"),
    "a set with a foreign member": ("symptoms: [flushing]", "symptoms: [flushing, sepia]"),
    "a set that is a number": ("symptoms: [flushing]", "symptoms: 97"),
    "a set that says both": (
        "symptoms: [flushing]",
        "symptoms: {includes: [flushing], excludes: [flushing], completely: ecru}",
    ),
    "nothing": ("age_years: 97", "age_years:"),
    "a mapping": ("age_years: 97", "age_years: {years: 97}"),
}


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, a cache of one's own, and no network."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something wanted to leave the machine")

    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return tmp_path


def marked(text: str, but_not: str = "") -> list[str]:
    """The marks that stand in ``text`` as words of their own; places such as file:97:83 do not count."""
    text = re.sub(r"(case\.yaml|standard input):\d+:\d+", "", text.replace(but_not, "") if but_not else text)
    return [mark for mark in MARKS if re.search(rf"(?<![\w.]){re.escape(mark)}(?![\w])", text)]


def traces(alone: Path, caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """Everything that was left behind: logs, the environment, and every file but the case itself."""
    yield caplog.text
    yield repr({name: value for name, value in os.environ.items() if not name.startswith("PYTEST")})
    for path in alone.rglob("*"):
        if path.is_file() and path.name != "case.yaml":
            yield path.name
            yield path.read_bytes().decode("utf-8", errors="replace")


def broken(text: str, edit: tuple[str, str]) -> None:
    assert text.count(edit[0]) == 1, f"'{edit[0]}' stands {text.count(edit[0])} times"
    Path("case.yaml").write_text(text.replace(*edit), encoding="utf-8")


def exception_of(call: Callable[[], object]) -> str:
    """Everything an exception says: its text, its arguments, and those of what it came from."""
    with pytest.raises(CdssError) as caught:
        call()
    found: list[str] = []
    error: BaseException | None = caught.value
    while error is not None:
        found += [str(error), repr(error), repr(vars(error))]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(found)


def nothing_told(text: str, edit: tuple[str, str], alone: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    broken(text, edit)
    answers = []
    for words in (["evaluate", "case.yaml", "-o", "answer.txt"], ["evaluate", "-"]):
        stdin = Path("case.yaml").read_bytes() if words[-1] == "-" else None
        done = CliRunner().invoke(app, [*words, "--rules", str(RULES)], input=stdin)
        assert (done.exit_code, done.stdout) == (2, ""), done.output
        answers.append(done.stderr)
    told = exception_of(lambda: consult(small_engine(), load_case("case.yaml", CASES)))
    for answer in (*answers, told, *traces(alone, caplog)):
        assert marked(answer) == [], answer
    assert not Path("answer.txt").exists()


@pytest.mark.parametrize("name", BREAKS)
def test_a_mistake_in_a_record_is_told_without_what_was_written(
    name: str, alone: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nothing_told(RECORD, BREAKS[name], alone, caplog)


@pytest.mark.parametrize("name", DIRECT_BREAKS)
def test_a_mistake_in_stated_facts_is_told_without_what_was_written(
    name: str, alone: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nothing_told(DIRECT, DIRECT_BREAKS[name], alone, caplog)


@pytest.mark.parametrize(
    "edit", ["extent=ZEBRA-4711", "age_years=9783", "ki67_highest_percent=61.797", "symptoms+=sepia", "symptoms=ecru"]
)
def test_a_mistake_in_a_what_if_is_told_without_what_was_written(
    edit: str, alone: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    Path("case.yaml").write_text(DIRECT)
    done = CliRunner().invoke(app, ["whatif", "case.yaml", edit, "--rules", str(RULES)])
    assert (done.exit_code, done.stdout) == (2, "")
    for text in (done.stderr, *traces(alone, caplog)):
        assert marked(text) == [], text


@pytest.mark.parametrize("text", [RECORD, DIRECT], ids=["record", "facts"])
@pytest.mark.parametrize("words", [["evaluate"], ["explain", "alfanib"], ["whatif", "ecog=1"], ["replay"]], ids=str)
def test_an_answer_leaves_nothing_behind_but_itself(
    text: str, words: list[str], alone: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    Path("case.yaml").write_text(text)
    verb, *rest = words
    done = CliRunner().invoke(app, [verb, "case.yaml", *rest, "--rules", str(RULES)])
    if (verb, text) != ("replay", DIRECT):
        assert (done.exit_code, done.stderr) == (0, "")
    for trace in traces(alone, caplog):
        assert marked(trace) == [], trace


def test_the_sound_record_is_one_and_the_marks_would_be_found() -> None:
    Path("case.yaml").write_text(RECORD)
    case = load_case("case.yaml", CASES)
    text = consult(small_engine(), case).decision.to_json()
    assert {"ZEBRA-4711", "Quagga", "61.7"} <= set(marked(text))
    assert marked("value 97 and ZEBRA-4711.") == ["ZEBRA-4711", "97"]


def test_the_cache_holds_rules_and_nothing_of_any_patient(alone: Path) -> None:
    def cached() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (alone / "cache").rglob("*") if path.is_file()}

    other = RECORD.replace("ecog: 3", "ecog: 1").replace("ki67: 61.7", "ki67: 3").replace("ZEBRA-4711", "a horse")
    Path("case.yaml").write_text(RECORD)
    assert CliRunner().invoke(app, ["evaluate", "case.yaml", "--rules", str(RULES)]).exit_code == 0
    first = cached()
    assert first
    Path("case.yaml").write_text(other)
    assert CliRunner().invoke(app, ["evaluate", "case.yaml", "--rules", str(RULES)]).exit_code == 0
    assert cached() == first


def test_a_case_s_name_and_its_representation_say_nothing_of_its_document() -> None:
    Path("case.yaml").write_text(DIRECT)
    case = load_case("case.yaml", CASES)
    assert "document" not in repr(case)


# ── when the engines fail ────────────────────────────────────────────────────────────────────

PATIENT: dict[str, Any] = {"age_years": 97, "ki67_highest_percent": Decimal("61.7"), "extent": "metastatic"}


def test_engines_that_disagree_name_rules_and_no_values(monkeypatch: pytest.MonkeyPatch) -> None:
    really = PlainBackend.verdicts

    def wrong(self: PlainBackend, facts: Mapping[str, Any]) -> Verdicts:
        found = really(self, facts)
        return Verdicts(found.definitions, {**found.rules, "north.growth.alfanib": Truth.YES})

    engine = Engine(small_library())
    monkeypatch.setattr(PlainBackend, "verdicts", wrong)
    told = exception_of(lambda: decision_of(PATIENT, engine=engine))
    assert "the two rule engines disagree about: north.growth.alfanib" in told
    assert marked(told) == []


@pytest.mark.parametrize("failure", [EngineFailure, EngineDisagreement])
def test_an_engine_that_fails_gives_no_answer_and_names_no_values(
    failure: type[EngineFailure], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, alone: Path
) -> None:
    def fail(*_: object) -> Verdicts:
        raise failure("the production engine could not answer")

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(ShadowBackend, "verdicts", fail)
    Path("case.yaml").write_text(RECORD)
    done = CliRunner().invoke(app, ["evaluate", "case.yaml", "--rules", str(RULES), "-o", "answer.json"])
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", "the production engine could not answer\n")
    assert not Path("answer.json").exists()
    for trace in traces(alone, caplog):
        assert marked(trace) == []


def test_a_fact_of_the_wrong_kind_is_told_without_its_value() -> None:
    facts: dict[str, Any] = {"extent": "metastatic", "progression": "documented", "ki67_highest_percent": "ZEBRA-4711"}
    program = small_library().in_force(date(2021, 1, 1)).program
    for backend in (PlainBackend(program), ShadowBackend(program)):
        assert marked(exception_of(partial(backend.verdicts, facts))) == []


def test_a_check_that_fails_names_rules_and_facts_of_the_expectation_alone() -> None:
    Path("case.yaml").write_text(DIRECT + "expect: {options: {alfanib: recommended}}\n")
    case = load_case("case.yaml", CASES)
    for check in checks(case, small_engine()):
        assert marked(" ".join(str(f) for f in check.run())) == []


def test_an_unknown_point_or_jurisdiction_is_told_without_the_patient() -> None:
    Path("case.yaml").write_text(RECORD)
    case = load_case("case.yaml", CASES)
    for question in (Question("fist"), Question("2016-13-01"), Question(jurisdictions=["tga"])):
        assert marked(exception_of(partial(consult, small_engine(), case, question))) == []


def test_json_is_read_with_the_same_care(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Path("case.json").write_text(
        json.dumps({"title": "ZEBRA-4711", "on": "2021-03-01", "facts": {"age_years": "Quagga"}})
    )
    done = CliRunner().invoke(app, ["evaluate", "case.json", "--rules", str(RULES)])
    assert done.exit_code == 2
    assert marked(done.stderr) == []
