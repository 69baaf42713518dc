"""What is always wrong is an error with all of it at once; no message repeats a value."""

from __future__ import annotations

import pytest

from cdss.errors import Place, Problems
from cdss.facts.consistency import Path, check
from tests.facts.derived import AGENTS, VOCABULARY, record_of, sheet, timeline


def codes(text: str, **points: str) -> list[str]:
    return [p.code for p in check(record_of(text), timeline(**points), VOCABULARY, AGENTS)]


def therapy(more: str, agent: str = "everolimus") -> str:
    return f"therapies: {{courses: [{{agent: {agent}, {more}}}]}}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (therapy("start: 2015-01-01, end: 2014-12-31"), "E514"),
        (therapy("start: {after: 2015-01-01, before: 2015-06-01}, end: 2014-12-31"), "E514"),
        (therapy("start: 2015-01-01, responses: [{date: 2014-01-01, value: SD}]"), "E514"),
        (therapy("start: 2015-01-01, adverse_events: {events: [{event: a, date: 2014-01-01}]}"), "E514"),
        (therapy("start: 2015-01-01, end: 2016-01-01, planned: true"), "E514"),
        (therapy("start: 2015-01-01, cycles: 4", "lu177_dotatate"), "E515"),
        (therapy("start: 2015-01-01", "everolimuss"), "E517"),
        (therapy("start: no-such-point"), "E511"),
        ("therapies: {not_given: [{date: 2015-01-01, therapies: [chemo]}]}", "E517"),
        (therapy("start: {after: 2016-01-01, before: 2015-01-01}"), "E511"),
        ("patient: {birth_year: 1950}\nsymptoms: [{date: 1949-01-01, present: [flushing]}]", "E512"),
        ("patient: {age: {years: 56, date: 2010-01-01}}\nsymptoms: [{date: 1952-01-01, present: [flushing]}]", "E512"),
        ("performance: [{date: 2015-01-01, known_from: 2014-01-01, ecog: 1}]", "E513"),
        ("progression: [{date: 2015-01-01, since: 2016-01-01, status: documented}]", "E514"),
        ("progression: [{date: 2015-01-01, status: documented, during: [chemo]}]", "E517"),
        ("preferences: {declines: [{therapy: sirt, date: 2015-01-01, withdrawn: 2014-01-01}]}", "E514"),
        ("preferences: {declines: [{therapy: sirt, date: 2015-01-01, asked_again: [2014-01-01]}]}", "E514"),
        ("preferences: {declines: [{therapy: chemo, date: 2015-01-01}]}", "E517"),
        ("access: [{therapy: chemo, date: 2015-01-01}]", "E517"),
        ("symptoms: [{date: 2015-01-01, present: [flushin]}]", "E516"),
        ("laboratory: [{date: 2015-01-01, test: haemoglobin, value: 7, unit: mmol/L}]", "E518"),
    ],
)
def test_what_is_always_wrong(text: str, code: str) -> None:
    assert codes(text) == [code]
    with pytest.raises(Problems):
        sheet(text)


@pytest.mark.parametrize(
    "text",
    [
        therapy("start: 2015-01-01, end: 2015-01-01"),
        therapy("start: {after: 2014-01-01, before: 2016-01-01}, end: 2015-01-01"),
        therapy("start: 2015-01-01, cycles: 4, known_from: 2016-01-01", "lu177_dotatate"),
        therapy("start: 2015-01-01, planned: true, known_from: 2014-01-01"),
        "preferences: {declines: [{therapy: prrt, date: 2015-01-01}]}",
        "patient: {birth_year: 1950}\nsymptoms: [{date: 1950, present: [flushing]}]",
    ],
)
def test_what_may_be_right_is_let_pass(text: str) -> None:
    assert codes(text) == []


def test_everything_is_found_at_once_and_at_its_place() -> None:
    text = (
        therapy("start: 2015-01-01, end: 2014-12-31, known_from: nowhere")
        + "\naccess: [{therapy: chemo, date: 2015-01-01}]"
    )
    paths: list[Path] = []

    def place_of(path: Path) -> Place:
        paths.append(path)
        return Place("case.yaml", len(paths))

    found = check(record_of(text), timeline(), VOCABULARY, AGENTS, place_of)
    assert sorted(p.code for p in found) == ["E511", "E514", "E517"]
    assert ("therapies", "courses", 0, "end") in paths
    assert all(p.place.file == "case.yaml" for p in found)


def test_without_places_a_message_names_the_path_and_never_the_value() -> None:
    with pytest.raises(Problems) as caught:
        sheet(therapy("start: 2015-03-17, end: 2014-12-31", "everolimuss"))
    said = str(caught.value)
    assert "record.therapies.courses[1].end" in said
    assert "everolimuss" not in said
    assert "2015" not in said
