"""What may be written in a record, and what is refused at once, without repeating what was written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from cdss.anatomy import Organ, Site
from cdss.errors import Problems
from cdss.record import Record
from cdss.record import words as w
from cdss.record.number import parse_quantity
from cdss.record.time import AtPoint, Between, Days, Offset, parse_time
from cdss.source import parse, read, validate
from cdss.values import Interval
from cdss.vocabulary import Vocabulary


def record_of(text: str) -> Record:
    return validate(Record, parse(text, "record.yaml", show_source=False))


def refused(text: str) -> str:
    with pytest.raises(Problems) as caught:
        record_of(text)
    return str(caught.value)


def sample(more: str) -> str:
    return f"pathology: {{samples: [{{date: 2012-01-01, kind: biopsy, site: liver, {more}}}]}}"


def ki67(value: str) -> Interval | None:
    pathology = record_of(sample(f"ki67: {value}")).pathology
    assert pathology is not None
    return pathology.samples[0].ki67


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("15", Interval.point(15)),
        ("2.9", Interval.point("2.9")),
        ('{value: 0.15, unit: "%"}', Interval.point("0.15")),
        ('{value: 0.15, unit: "1"}', Interval.point(15)),
        ("{from: 10, to: 15}", Interval(Decimal(10), Decimal(15))),
        ("{less_than: 3}", Interval(None, Decimal(3), high_open=True)),
        ("{more_than: 20}", Interval(Decimal(20), None, low_open=True)),
        ('{less_than: 1, unit: "%"}', Interval(None, Decimal(1), high_open=True)),
    ],
)
def test_ki67_is_a_number_a_range_or_a_bound(written: str, found: Interval) -> None:
    if written == '{value: 0.15, unit: "%"}':
        assert "decimal places" in refused(sample(f"ki67: {written}"))
    else:
        assert ki67(written) == found


@pytest.mark.parametrize("written", ["0.15", "1", "0", "{from: 0.1, to: 0.2}", "{less_than: 1}", "{at_least: 0.5}"])
def test_a_percentage_of_1_or_less_needs_its_unit(written: str) -> None:
    assert "needs its unit" in refused(sample(f"ki67: {written}"))


@pytest.mark.parametrize(
    "written", ["101", "-3", "{from: 20, to: 10}", "15.25", "fifteen", "{value: 15, unit: mg}", "{}", "[15]"]
)
def test_a_ki67_that_cannot_be_is_refused(written: str) -> None:
    assert refused(sample(f"ki67: {written}"))


@pytest.mark.parametrize(
    "written", ["{count: 3}", "{area: {value: 2, unit: mm2}}", "3", "{count: 3, area: 2}", "{count: 3, per_hpf: 10}"]
)
def test_mitoses_need_an_area(written: str) -> None:
    assert refused(sample(f"mitoses: {written}"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (sample("nodes: {examined: 3, positive: 4}"), "more nodes are positive"),
        (sample("tumour: false, ki67: 10"), "without tumour"),
        (sample("grade_from: [ki67]"), "grade_from"),
        (
            sample("nodes: {examined: 0}") + "\nstage: [{date: 2012-01-01, t: pT1, n: pN0, m: M0, edition: ajcc8}]",
            "write pNX",
        ),
        ("laboratory: [{date: 2012-01-01, test: haemoglobin, value: 11}]", "needs its unit"),
        ("laboratory: [{date: 2012-01-01, test: haemoglobin, value: -1, unit: g/dL}]", "not negative"),
        ("laboratory: [{date: 2012-01-01, test: alt, value: 70, unit: U/L, uln: 0}]", "above 0"),
        ("functional: [{date: 2012-01-01, status: non_functioning, syndrome: insulinoma}]", "is functioning"),
        ("progression: [{date: 2012-01-01, status: none, tempo: rapid}]", "no tempo"),
        ("progression: [{date: 2012-01-01, status: documented, during: [a], after_stop_of: [a]}]", "during"),
        ("therapies: {courses: [{agent: sirt, start: 2012-01-01, reason_stopped: toxicity}]}", "has an end"),
        ("therapies: {courses: [{agent: lu177_dotatate, start: 2012-01-01, activity: 7.4}]}", "needs its unit"),
        ("imaging: {studies: [{date: 2012-01-01, modality: ct, sstr: positive}]}", "somatostatin-receptor"),
        (
            "imaging: {studies: [{date: 2012, modality: sstr_pet, sstr: mixed, lesions: [{site: lung, sstr: none}]}]}",
            "not both",
        ),
        ("patient: {birth_year: 1950, birth_date: 1950-01-01}", "give one of"),
        ("symptoms: [{date: 2012-01-01, present: [flushing], absent: [flushing]}]", "same word"),
        ("performance: [{date: 2012-01-01, ecog: 6}]", "from 0 to 5"),
        ("stage: [{date: 2012-01-01, t: T3, edition: ajcc8, read_by: [ajcc8]}]", "read_by"),
        ("patient: {name: Jane}", "is not known"),
    ],
)
def test_what_is_always_wrong_is_refused(text: str, said: str) -> None:
    assert said in refused(text)


def test_no_node_examined_in_one_specimen_and_some_in_another_is_no_mistake() -> None:
    text = """
pathology: {samples: [
  {date: 2012-01-01, kind: biopsy, site: primary, nodes: {examined: 0}},
  {date: 2012-02-01, kind: resection, site: primary, nodes: {examined: 12, positive: 0}}]}
stage: [{date: 2012-02-01, t: pT1, n: pN0, m: M0, edition: ajcc8}]
"""
    assert record_of(text).stage[0].n == "pN0"


def test_no_message_repeats_a_value_of_the_record() -> None:
    text = """
patient: {sex: intersexual, birth_year: 3131}
pathology: {samples: [{date: 31-12-2012, kind: scraping, site: scalp, ki67: 0.47, grade: G9}]}
laboratory: [{date: +9y, test: hemoglobin, value: seventeen, unit: g/dL}]
preferences: {declines: [{therapy: "Jane Doe refuses", date: 2012-01-01}]}
"""
    said = refused(text)
    for value in (
        "intersexual",
        "3131",
        "31-12",
        "scraping",
        "scalp",
        "0.47",
        "G9",
        "hemoglobin",
        "seventeen",
        "Jane",
        "+9y",
    ):
        assert value not in said


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("2016-05-26", Days(date(2016, 5, 26), date(2016, 5, 26))),
        ("2016-02", Days(date(2016, 2, 1), date(2016, 2, 29))),
        ("2016-12", Days(date(2016, 12, 1), date(2016, 12, 31))),
        (2016, Days(date(2016, 1, 1), date(2016, 12, 31))),
        ("+4.5mo", Offset(((Decimal("4.5"), "mo"),))),
        ("+5a+4.5mo+45d", Offset(((Decimal(5), "a"), (Decimal("4.5"), "mo"), (Decimal(45), "d")))),
        ("-3w", Offset(((Decimal(-3), "w"),))),
        ("after-surgery", AtPoint("after-surgery")),
        ({"after": "+1a", "before": "+5a"}, Between(Offset(((Decimal(1), "a"),)), Offset(((Decimal(5), "a"),)))),
    ],
)
def test_a_time_is_a_date_an_offset_a_point_or_between_two_of_these(written: object, found: object) -> None:
    assert parse_time(written) == found


@pytest.mark.parametrize(
    "written",
    [
        "2016-02-30",
        "2016-13",
        "26.5.2016",
        "+5y",
        "+5",
        "5a",
        "After",
        "",
        None,
        12,
        True,
        {"after": "+1a"},
        "2016-05-26T10:00",
    ],
)
def test_anything_else_is_no_time(written: object) -> None:
    with pytest.raises(ValueError, match=r"date|calendar"):
        parse_time(written)


@pytest.mark.parametrize(
    "written", [True, "15", None, [], {"from": 1, "at_least": 2}, {"value": 1, "to": 2}, float("nan"), 10**30]
)
def test_anything_else_is_no_number(written: object) -> None:
    with pytest.raises(ValueError, match=r"write|should"):
        parse_quantity(written)


def test_the_words_of_the_record_are_those_of_the_vocabulary() -> None:
    vocabulary = validate(Vocabulary, read(Path(__file__).resolve().parents[2] / "rules" / "vocabulary.yaml"))
    for name, listed in (
        ("primary_site", w.PrimarySite),
        ("metastatic_sites", Organ),
        ("non_avid_lesion_sites", Site),
        ("sstr_uptake", w.Uptake),
        ("sstr_status", w.SstrStatus),
        ("fdg_status", w.FdgStatus),
        ("tempo", w.Tempo),
        ("functional_syndrome", w.Syndrome),
        ("response_modality", w.ResponseModality),
    ):
        assert set(get_args(listed)) == set(vocabulary.fact(name).values), name


def test_a_record_cannot_be_changed() -> None:
    record, field = record_of("question: what next"), "question"
    with pytest.raises(ValueError, match="frozen"):
        setattr(record, field, "something else")
    assert record.question == "what next"
