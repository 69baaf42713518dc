"""The decision document: the contract's keys in order, and the same bytes for the same patient, point and rules."""

from __future__ import annotations

import json
import os
import platform
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cdss.case import Case, load_case
from cdss.consult import Question, consult
from cdss.decision import Decision, plain_value
from cdss.locations import cases_folder
from cdss.values import Interval, Members
from tests.patients import engine as real_engine
from tests.small_world import RULES, decision_of, small_case, small_engine

FACTS = {
    "extent": "metastatic",
    "progression": "documented",
    "ki67_highest_percent": {"from": 7.5, "to": 12},
    "sstr_status": "negative",
    "symptoms": {"includes": ["flushing"], "excludes": ["diarrhoea"], "complete": False},
    "declined": ["chemotherapy"],
    "age_years": 29,
}
POINTS = ("before-surgery", "liver-metastases", "chemotherapy-declined", "off-therapy")


def noe() -> Case:
    return load_case("noe-2016", cases_folder())


def as_json(data: Any, folder: Path, name: str = "case.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(data, default=float), encoding="utf-8")
    return path


def documents() -> Iterator[tuple[str, Decision]]:
    yield "made-up", decision_of(FACTS)
    for point in POINTS:
        yield point, consult(real_engine(), noe(), Question(point)).decision


# ── the contract ─────────────────────────────────────────────────────────────────────────────


def test_the_keys_of_the_contract_stand_in_its_order() -> None:
    data = json.loads(decision_of(FACTS).to_json())
    wanted = [
        "case",
        "point",
        "on",
        "knowledge",
        "jurisdictions",
        "options",
        "not_addressed",
        "alerts",
        "missing",
        "facts",
        "notices",
    ]
    assert [key for key in data if key in wanted] == wanted
    assert list(data["knowledge"]) == ["as_of", "version", "digest"]


def test_an_option_has_the_keys_of_the_contract_in_its_order() -> None:
    wanted = [
        "therapy",
        "name",
        "class",
        "modality",
        "intent",
        "standing",
        "would_be",
        "settle",
        "label",
        "unconfirmed",
        "disagreement",
        "statements",
        "cautions",
        "blocks",
        "missing",
    ]
    for option in json.loads(decision_of(FACTS).to_json())["options"]:
        assert [key for key in option if key in wanted] == wanted
        assert list(option["label"]) == ["ema", "fda"]
        for item in option["settle"]:
            assert list(item) == ["rule", "missing"]


def test_a_statement_an_alert_a_missing_fact_and_a_fact_have_the_keys_of_the_contract() -> None:
    data = json.loads(decision_of(FACTS).to_json())
    said = ["rule", "body", "stance", "strength", "truth", "says", "cites", "because", "missing"]
    for option in data["options"]:
        for statement in (*option["statements"], *option["cautions"], *option["blocks"]):
            assert [key for key in statement if key in said] == said
    for alert in data["alerts"]:
        keys = ["alert", "severity", "message", "because", "ask", "cites"]
        assert [key for key in alert if key in keys] == keys
    for missing in data["missing"]:
        assert list(missing) == ["fact", "question", "burden", "settles"]
    for fact in data["facts"].values():
        assert {"value", "observed", "from"} <= set(fact)


def test_words_are_those_of_the_contract() -> None:
    data = json.loads(decision_of(FACTS).to_json())
    labels = {status for option in data["options"] for status in option["label"].values()}
    assert labels <= {"on_label", "off_label", "indeterminate", "not_applicable"}
    truths = {s["truth"] for o in data["options"] for s in (*o["statements"], *o["blocks"], *o["cautions"])}
    assert truths <= {"yes", "unknown"}
    assert {alert["severity"] for alert in data["alerts"]} <= {"critical", "warning", "info"}


def test_the_document_reads_back_and_writes_the_same_bytes() -> None:
    for name, decision in documents():
        text = decision.to_json()
        assert Decision.model_validate_json(text).to_json() == text, name


def test_the_document_ends_with_one_newline_and_keeps_letters_as_they_are() -> None:
    text = consult(real_engine(), noe(), Question("chemotherapy-declined")).decision.to_json()
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")
    assert "\\u" not in text


def test_every_source_that_is_cited_can_be_looked_up_in_the_document() -> None:
    for name, decision in documents():
        cited = {c.ref for alert in decision.alerts for c in alert.cites}
        for option in decision.options:
            for said in (*option.statements, *option.cautions, *option.blocks):
                assert said.cites, f"{said.rule} cites nothing"
                cited |= {c.ref for c in said.cites}
        assert cited <= decision.references.keys(), name
        assert all(source.link for source in decision.references.values())


def test_every_id_that_a_reader_meets_has_a_name_in_the_document() -> None:
    for name, decision in documents():
        met = {therapy for missing in decision.missing for therapy in missing.settles}
        met |= {missing.fact for missing in decision.missing} | set(decision.not_addressed)
        met |= {a for alert in decision.alerts for a in (*alert.ask, *alert.because)}
        for option in decision.options:
            met |= {option.class_, *option.missing}
            for said in (*option.statements, *option.cautions, *option.blocks):
                met |= {*said.ask, *said.because, *said.missing, *said.combined_with}
        assert met <= decision.names.keys(), name


def test_what_a_verdict_rests_on_is_among_the_facts_and_what_it_lacks_is_not_settled() -> None:
    for name, decision in documents():
        for option in decision.options:
            for said in (*option.statements, *option.cautions, *option.blocks):
                assert set(said.because) <= decision.facts.keys(), name
                assert bool(said.missing) == (said.truth.value == "unknown"), said.rule


def test_lists_that_mean_sets_are_sorted() -> None:
    for _, decision in documents():
        assert list(decision.not_addressed) == sorted(decision.not_addressed)
        assert list(decision.facts) == sorted(decision.facts)
        assert list(decision.names) == sorted(decision.names)
        assert list(decision.references) == sorted(decision.references)
        for option in decision.options:
            assert list(option.missing) == sorted(option.missing)
            for said in (*option.statements, *option.cautions, *option.blocks):
                assert list(said.because) == sorted(said.because)
                assert list(said.missing) == sorted(said.missing)
        for missing in decision.missing:
            assert list(missing.settles) == sorted(missing.settles)


# ── numbers ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Interval.point(Decimal("10")), "10"),
        (Interval.point(Decimal("10.0")), "10"),
        (Interval.point(Decimal("1E+1")), "10"),
        (Interval.point(Decimal("0.10")), "0.1"),
        (Interval.point(Decimal("-0")), "0"),
        (Interval(Decimal("2"), None), '{"from": 2}'),
        (Interval(Decimal("2"), None, low_open=True), '{"more_than": 2}'),
        (Interval(None, Decimal("2.50"), high_open=True), '{"less_than": 2.5}'),
        (Interval(Decimal("10"), Decimal("15")), '{"from": 10, "to": 15}'),
        (True, "true"),
        ("liver", '"liver"'),
        (
            Members(frozenset({"b", "a"}), frozenset({"d", "c"})),
            '{"includes": ["a", "b"], "complete": false, "excludes": ["c", "d"]}',
        ),
        (Members(complete=True), '{"includes": [], "complete": true}'),
    ],
)
def test_a_value_has_one_spelling(value: Any, written: str) -> None:
    assert json.dumps(plain_value(value)) == written


def test_a_number_is_written_alike_however_the_case_spells_it() -> None:
    spellings: list[Any] = [10, Decimal("10.0"), {"value": 10}, {"value": 10, "unit": "%"}, {"from": 10, "to": 10}]
    assert len({decision_of({"ki67_highest_percent": s}).to_json() for s in spellings}) == 1


# ── the same patient gives the same bytes ────────────────────────────────────────────────────


def test_asked_twice_the_answer_has_the_same_bytes() -> None:
    for point in POINTS:
        first, second = (consult(real_engine(), noe(), Question(point)).decision.to_json() for _ in range(2))
        assert first == second


def test_the_order_in_which_facts_are_stated_changes_nothing() -> None:
    chance = random.Random("order")
    expected = decision_of(FACTS).to_json()
    for _ in range(10):
        names = list(FACTS)
        chance.shuffle(names)
        assert decision_of({name: FACTS[name] for name in names}).to_json() == expected


def test_the_order_within_a_stated_set_changes_nothing() -> None:
    one, other = ({"symptoms": words} for words in (["flushing", "diarrhoea"], ["diarrhoea", "flushing"]))
    assert decision_of(one).to_json() == decision_of(other).to_json()


def shuffled(data: Any, chance: random.Random, *, lists: bool) -> Any:
    """The same data with its keys in another order and, where told so, its lists as well."""
    if isinstance(data, dict):
        keys = list(data)
        chance.shuffle(keys)
        return {key: shuffled(data[key], chance, lists=lists) for key in keys}
    if isinstance(data, list):
        items = [shuffled(item, chance, lists=lists) for item in data]
        if lists:
            chance.shuffle(items)
        return items
    return data


def answers(path: Path) -> list[str]:
    case = load_case(str(path), cases_folder())
    return [consult(real_engine(), case, Question(point)).decision.to_json() for point in POINTS]


def test_a_case_in_json_reads_as_the_same_case_in_yaml(tmp_path: Path) -> None:
    data = noe().document.data
    yaml_answers = [consult(real_engine(), noe(), Question(p)).decision for p in POINTS]
    expected = [d.model_copy(update={"case": "case"}).to_json() for d in yaml_answers]
    assert answers(as_json(data, tmp_path)) == expected


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_keys_in_the_case_changes_nothing(seed: int, tmp_path: Path) -> None:
    data = noe().document.data
    other = shuffled(data, random.Random(f"keys {seed}"), lists=False)
    assert answers(as_json(other, tmp_path)) == answers(as_json(data, tmp_path))


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_entries_in_the_record_changes_nothing(seed: int, tmp_path: Path) -> None:
    data = noe().document.data
    other = {**data, "record": shuffled(data["record"], random.Random(f"entries {seed}"), lists=True)}
    assert answers(as_json(other, tmp_path)) == answers(as_json(data, tmp_path))


def test_an_engine_that_has_seen_other_patients_answers_as_a_fresh_one() -> None:
    from cdss.engine import Engine

    expected = consult(small_engine(), small_case("recorded")).decision.to_json()
    used = Engine(small_engine().library)
    for facts in ({}, FACTS, {"tempo": "slow"}):
        decision_of(facts, engine=used)
    assert consult(used, small_case("recorded")).decision.to_json() == expected


def run(*words: str, **environment: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "cdss", *words], capture_output=True, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_neither_the_seed_of_the_hashes_nor_the_locale_nor_the_zone_changes_a_byte(tmp_path: Path) -> None:
    cache = str(tmp_path)
    words = ("evaluate", "noe-2016", "--on", "chemotherapy-declined", "--format", "json")
    one = run(*words, PYTHONHASHSEED="1", LC_ALL="C", TZ="UTC", XDG_CACHE_HOME=cache)
    other = run(
        *words, PYTHONHASHSEED="4711", LC_ALL="C.UTF-8", TZ="Pacific/Kiritimati", COLUMNS="61", XDG_CACHE_HOME=cache
    )
    assert one == other
    assert one.decode("utf-8") == consult(real_engine(), noe(), Question("chemotherapy-declined")).decision.to_json()


# ── nothing of the machine ───────────────────────────────────────────────────────────────────


def test_nothing_of_the_machine_stands_in_the_document(tmp_path: Path) -> None:
    path = as_json(noe().document.data, tmp_path)
    text = consult(real_engine(), load_case(str(path), cases_folder())).decision.to_json()
    foreign = [
        str(tmp_path),
        str(Path.cwd()),
        str(Path.home()) + "/",
        str(RULES),
        platform.python_version(),
        platform.release(),
        platform.node(),
    ]
    for piece in foreign:
        if len(piece) > 3:
            assert piece not in text, piece


@pytest.mark.parametrize("part", ["options", "alerts", "missing"])
def test_the_document_cannot_be_changed(part: str) -> None:
    decision = decision_of(FACTS)
    with pytest.raises(Exception, match="frozen"):
        setattr(decision, part, ())


def test_nobody_is_called_a_reviewer_who_has_not_signed() -> None:
    for _, decision in documents():
        assert "reviewed" not in json.loads(decision.to_json())


SETTERS: list[Callable[[dict[str, Any]], None]] = [
    lambda data: data.update(surprise=1),
    lambda data: data["options"][0].update(surprise=1),
    lambda data: data["options"][0].update(standing="best"),
    lambda data: data.pop("notices"),
]


@pytest.mark.parametrize("setter", SETTERS)
def test_a_document_that_breaks_the_contract_does_not_read_back(setter: Callable[[dict[str, Any]], None]) -> None:
    data = json.loads(decision_of(FACTS).to_json())
    setter(data)
    with pytest.raises(ValueError, match="validation error"):
        Decision.model_validate(data)
