"""Age, pregnancy, lists of words, laboratory units, judgements and refusals."""

from __future__ import annotations

import pytest

from cdss.errors import Problems
from cdss.values import Members
from tests.facts.derived import alerts, between, exactly, fact, members, sheet


def test_an_age_on_a_day_leaves_the_birthday_open() -> None:
    text = "patient: {age: {years: 56, date: +0d}}"
    assert fact("age_years", text, "+0d") == exactly(56)
    assert fact("age_years", text, "+1d") == between(56, 57)
    assert fact("age_years", text, "+5a") == exactly(61)


def test_a_birth_year_leaves_the_age_within_one_year_and_a_birth_date_gives_it() -> None:
    assert fact("age_years", "patient: {birth_year: 1960}", "2020-06-01") == between(59, 60)
    assert fact("age_years", "patient: {birth_date: 1960-06-02}", "2020-06-01") == exactly(59)
    assert fact("age_years", "patient: {birth_date: 1960-06-01}", "2020-06-01") == exactly(60)


@pytest.mark.parametrize(
    ("patient", "found"),
    [
        ("sex: male", "not_possible"),
        ("sex: female, birth_date: 1960-01-01", "not_possible"),
        ("sex: female, birth_year: 1960", None),
        ("sex: female, birth_date: 1961-01-01", None),
        ("sex: female", None),
    ],
)
def test_pregnancy_is_impossible_in_a_man_and_surely_from_60(patient: str, found: str | None) -> None:
    assert fact("pregnancy", f"patient: {{{patient}}}", "2020-06-01") == found


def test_pregnancy_counts_for_28_days() -> None:
    text = "patient: {sex: female, birth_date: 1980-01-01}\nreproduction: [{date: 2020-05-01, pregnancy: excluded}]"
    assert fact("pregnancy", text, "2020-05-29") == "excluded"
    assert fact("pregnancy", text, "2020-05-30") is None


def test_a_pregnancy_in_a_man_is_a_contradiction() -> None:
    text = "patient: {sex: male}\nreproduction: [{date: 2020-05-01, pregnancy: not_excluded}]"
    assert alerts(text, "2020-05-02") == {"pregnancy-contradiction"}
    assert fact("pregnancy", text, "2020-05-02") is None


WORDS = """
comorbidities:
  - {date: 2020-01-01, present: [diabetes], absent: [cirrhosis]}
  - {date: 2020-03-01, present: [hypertension], complete: true}
  - {date: 2020-05-01, present: [gallstones], absent: [hypertension]}
"""


def test_the_newest_entry_that_speaks_of_a_word_decides() -> None:
    assert fact("comorbidities", WORDS, "2020-02-01") == members("diabetes", absent=("cirrhosis",))
    assert fact("comorbidities", WORDS, "2020-04-01") == members("hypertension", complete=True)
    assert fact("comorbidities", WORDS, "2020-06-01") == members("gallstones", complete=True)


def test_an_absent_list_is_unknown_and_an_incomplete_one_leaves_the_rest_open() -> None:
    assert fact("comorbidities", "question: what next") is None
    assert fact("comorbidities", "comorbidities: [{date: 2020-01-01, present: []}]") is None
    assert fact("comorbidities", "comorbidities: [{date: 2020-01-01, complete: true}]") == members(complete=True)


def test_entries_of_one_day_that_differ_leave_only_that_word_unknown() -> None:
    whole, other = "complete: true, present: [diabetes]", "present: [cirrhosis]"
    text = f"comorbidities: [{{date: 2020-01-01, {whole}}}, {{date: 2020-01-01, {other}}}]"
    found = sheet(text)
    value = found.values["comorbidities"]
    assert isinstance(value, Members)
    assert {a.id for a in found.alerts} == {"entries-differ"}
    assert "cirrhosis" not in value.present
    assert "cirrhosis" not in value.absent
    assert "gallstones" in value.absent


def test_old_symptoms_no_longer_count() -> None:
    text = "symptoms: [{date: 2020-01-01, present: [flushing], complete: true, pain_cause_established: true}]"
    assert fact("symptoms", text, "2020-03-31") == members("flushing", complete=True)
    assert fact("symptoms", text, "2020-04-01") is None
    assert fact("pain_cause_established", text, "2020-04-01") is None


def result(test: str, value: str, unit: str, more: str = "") -> str:
    return f"laboratory: [{{date: 2020-01-01, test: {test}, value: {value}, unit: {unit}{more}}}]"


@pytest.mark.parametrize(
    ("test", "value", "unit", "name", "found"),
    [
        ("haemoglobin", "110", "g/L", "haemoglobin_g_dl", "11"),
        ("haemoglobin", "11.25", "g/dL", "haemoglobin_g_dl", "11.25"),
        ("bilirubin", "14", "umol/L", "bilirubin_mg_dl", "0.819"),
        ("bilirubin", "1.2", "mg/dL", "bilirubin_mg_dl", "1.2"),
        ("fasting_glucose", "100", "mg/dL", "fasting_glucose_mmol_l", "5.551"),
        ("platelets", "90", "10*3/uL", "platelets_10e9_l", "90"),
        ("platelets", "90", "/nL", "platelets_10e9_l", "90"),
        ("albumin", "3.5", "g/dL", "albumin_g_l", "35"),
        ("creatinine_clearance", "1", "mL/s", "creatinine_clearance_ml_min", "60"),
    ],
)
def test_results_are_brought_to_the_unit_of_the_fact(test: str, value: str, unit: str, name: str, found: str) -> None:
    assert fact(name, result(test, value, unit), "2020-01-01") == exactly(found)


def test_a_bound_stays_a_bound_when_it_is_converted() -> None:
    text = result("haemoglobin", "{less_than: 80}", "g/L")
    assert fact("haemoglobin_g_dl", text, "2020-01-01") == between(None, 8, high_open=True)


@pytest.mark.parametrize(
    ("test", "unit"),
    [("haemoglobin", "mmol/L"), ("platelets", "G/L"), ("bilirubin", "g"), ("albumin", "nonsense"), ("alt", "mg/dL"),
     ("creatinine_clearance", "'mL/min/{1.73_m2}'")],
)  # fmt: skip
def test_a_unit_that_does_not_fit_is_an_error(test: str, unit: str) -> None:
    with pytest.raises(Problems) as caught:
        sheet(result(test, "5", unit), "2020-01-01")
    assert [p.code for p in caught.value.problems] == ["E518"]
    assert "5" not in caught.value.problems[0].message.replace("1.73", "").replace("5", "", 0) or "UCUM" in str(
        caught.value
    )


def test_a_result_that_cannot_be_is_an_error_that_does_not_repeat_it() -> None:
    with pytest.raises(Problems) as caught:
        sheet(result("haemoglobin", "113", "g/dL"), "2020-01-01")
    assert "113" not in str(caught.value)


def test_multiples_of_the_upper_limit_of_normal() -> None:
    assert fact("bilirubin_x_uln", result("bilirubin", "63", "umol/L", ", uln: 21"), "2020-01-01") == exactly(3)
    assert fact("alt_x_uln", result("alt", "70", "U/L", ", uln: 35"), "2020-01-01") == exactly(2)


def test_the_latest_result_without_its_limit_does_not_fall_back_on_an_older_one() -> None:
    text = """
laboratory:
  - {date: 2020-01-01, test: alt, value: 70, unit: U/L, uln: 35}
  - {date: 2020-01-10, test: alt, value: 300, unit: U/L}
"""
    assert fact("alt_x_uln", text, "2020-01-10") is None
    assert any("ALT" in notice for notice in sheet(text, "2020-01-10").notices)


def test_results_count_for_28_days_and_two_of_one_day_that_differ_do_not_count() -> None:
    text = result("haemoglobin", "11", "g/dL")
    assert fact("haemoglobin_g_dl", text, "2020-01-29") == exactly(11)
    assert fact("haemoglobin_g_dl", text, "2020-01-30") is None
    twice = text.replace("]", ", {date: 2020-01-01, test: haemoglobin, value: 8, unit: g/dL}]")
    assert fact("haemoglobin_g_dl", twice, "2020-01-02") is None
    assert alerts(twice, "2020-01-02") == {"entries-differ"}


def test_the_same_result_in_two_units_is_no_contradiction() -> None:
    text = result("haemoglobin", "11", "g/dL").replace(
        "]", ", {date: 2020-01-01, test: haemoglobin, value: 110, unit: g/L}]"
    )
    assert fact("haemoglobin_g_dl", text, "2020-01-02") == exactly(11)


def test_what_is_too_old_is_told_in_one_notice() -> None:
    text = result("haemoglobin", "11", "g/dL") + "\nperformance: [{date: 2020-01-01, ecog: 1}]"
    notices = [notice for notice in sheet(text, "2020-06-01").notices if notice.startswith("Too old")]
    assert len(notices) == 1
    assert "haemoglobin (2020-01-01)" in notices[0]


@pytest.mark.parametrize(
    ("what", "who", "name", "found"),
    [
        ("disease", "surgeon", "resectable", True),
        ("disease", "radiologist", "resectable", None),
        ("liver_metastases", "liver_surgeon", "liver_metastases_resectable", True),
        ("liver_metastases", "board", "liver_metastases_resectable", True),
        ("liver_metastases", "surgeon", "liver_metastases_resectable", None),
    ],
)
def test_only_those_who_operate_judge_resectability(what: str, who: str, name: str, found: bool | None) -> None:
    text = f"resectability: [{{date: 2020-01-01, what: {what}, resectable: true, judged_by: {who}}}]"
    assert fact(name, text, "2020-01-02") is found


def test_a_tumour_that_functioned_once_is_functioning() -> None:
    text = """
functional:
  - {date: 2019-01-01, syndrome: carcinoid_syndrome, evidence: 5-HIAA raised}
  - {date: 2020-01-01, status: non_functioning}
"""
    assert fact("functional_status", text, "2020-02-01") == "functioning"
    assert fact("functional_syndrome", text, "2020-02-01") == "carcinoid_syndrome"
    assert (
        fact("functional_status", "functional: [{date: 2020-01-01, syndrome: none}]", "2020-02-01") == "non_functioning"
    )
    assert fact("functional_status", "question: what next") is None


DECLINE = "preferences: {declines: [{therapy: cytotoxic_chemotherapy, date: 2020-01-01MORE}]}"


@pytest.mark.parametrize(
    ("more", "holds"),
    [
        ("", True),
        (", capacity: true", True),
        (", capacity: false", False),
        (", withdrawn: 2020-02-01", False),
        (", withdrawn: 2021-02-01", True),
        (", asked_again: [2020-02-01]", True),
    ],
)
def test_a_refusal_holds_unless_withdrawn_or_capacity_is_recorded_as_lacking(more: str, holds: bool) -> None:
    found = fact("declined", DECLINE.replace("MORE", more), "2020-06-01")
    assert found == (members("cytotoxic_chemotherapy", complete=True) if holds else members(complete=True))


def test_no_refusal_on_record_means_that_nothing_is_declined() -> None:
    assert fact("declined", "question: what next") == members(complete=True)
    assert fact("refusal_age_days", "question: what next") is None


def test_a_refusal_ages_from_when_it_was_last_discussed_and_the_oldest_counts() -> None:
    assert fact("refusal_age_days", DECLINE.replace("MORE", ""), "2020-04-01") == exactly(91)
    again = DECLINE.replace("MORE", ", asked_again: [2020-03-01, 2021-01-01]")
    assert fact("refusal_age_days", again, "2020-04-01") == exactly(31)
    two = again.replace("]}]}", "]}, {therapy: sirt, date: 2019-04-01}]}")
    assert fact("refusal_age_days", two, "2020-04-01") == exactly(366)
