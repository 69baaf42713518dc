"""Facts stated with their day, where the record has no section for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cdss.facts
from cdss.facts.agreement import DEGREES
from cdss.facts.consistency import check
from cdss.facts.observations import DECIDED
from tests.facts.derived import AGENTS, VOCABULARY, alerts, exactly, fact, record_of, sheet, timeline

TWO = """
observations:
  - {date: 2015-01-01, fact: cytoreduction_percent, value: 60}
  - {date: 2015-03-01, fact: cytoreduction_percent, value: 90}
"""


def test_the_newest_statement_counts_from_its_day_until_it_is_too_old() -> None:
    assert fact("cytoreduction_percent", TWO, "2015-02-28") == exactly(60)
    assert fact("cytoreduction_percent", TWO, "2015-03-01") == exactly(90)
    assert fact("cytoreduction_percent", TWO, "2016-03-01") is None


def test_statements_of_one_day_that_differ_are_a_contradiction() -> None:
    text = TWO.replace("2015-03-01", "2015-01-01")
    assert alerts(text, "2015-01-02") == {"entries-differ"}
    assert fact("cytoreduction_percent", text, "2015-01-02") is None


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("fact: cytoreduction_procent, value: 60", "E301"),
        ("fact: sstr_status, value: positive", "E519"),
        ("fact: net_grade_highest, value: 1", "E519"),
        ("fact: cytoreduction_percent, value: 160", "E302"),
        ("fact: oligometastatic, value: maybe", "E302"),
    ],
)
def test_what_other_sections_decide_or_the_vocabulary_forbids_is_refused(entry: str, code: str) -> None:
    record = record_of(f"observations: [{{date: 2015-01-01, {entry}}}]")
    problems = check(record, timeline(), VOCABULARY, AGENTS)
    assert [p.code for p in problems] == [code]
    assert "160" not in problems[0].message
    assert "maybe" not in problems[0].message


def test_every_fact_is_decided_by_a_section_or_can_be_stated() -> None:
    folder = Path(cdss.facts.__file__).parent
    text = "".join(p.read_text(encoding="utf-8") for p in folder.glob("*.py") if p.name != "observations.py")
    named = set(re.findall(r'"([a-z0-9_]+)"', text)) & set(VOCABULARY.facts)
    assert named - set(DEGREES) == DECIDED  # a degree is stated; what it entails is read from it


def test_months_since_the_diagnosis() -> None:
    assert fact("months_since_diagnosis", "diagnosed: 2015-01-01", "2015-07-01") == exactly(6)
    assert fact("months_since_diagnosis", "diagnosed: 2015-01-01", "2014-07-01") is None


LUNG = "primary: [{date: 2010-01-01, site: SITE}]\n"
SAMPLE = "pathology: {samples: [{date: 2012-01-01, kind: resection, site: primary, MORE}]}"


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("carcinoid_type: typical", "typical"),
        ("differentiation: well, mitoses: {per_2mm2: 1}, necrosis: false", "typical"),
        ("differentiation: well, mitoses: {per_2mm2: 1}", None),
        ("differentiation: well, mitoses: {per_2mm2: 1}, necrosis: true", "atypical"),
        ("differentiation: well, mitoses: {per_2mm2: 2}", "atypical"),
        ("differentiation: well, mitoses: {per_2mm2: 10}", "atypical"),
        ("differentiation: well, mitoses: {per_2mm2: 11}", None),
        ("mitoses: {per_2mm2: 5}", None),
    ],
)
def test_lung_and_thymus_have_criteria_of_their_own(more: str, found: str | None) -> None:
    text = LUNG.replace("SITE", "lung") + SAMPLE.replace("MORE", more)
    assert fact("carcinoid_type", text) == found
    assert fact("net_grade_highest", text) is None
    assert fact("carcinoid_type", text.replace("lung", "rectum")) is None


def test_a_carcinoid_type_implies_well_differentiated() -> None:
    text = LUNG.replace("SITE", "lung") + SAMPLE.replace("MORE", "carcinoid_type: atypical")
    assert fact("differentiation", text) == "well"


@pytest.mark.parametrize(
    "more",
    [
        "carcinoid_type: typical, mitoses: {per_2mm2: 5}",
        "carcinoid_type: typical, necrosis: true",
        "carcinoid_type: atypical, mitoses: {per_2mm2: 12}",
        "carcinoid_type: atypical, differentiation: poor",
        "carcinoid_type: atypical, mitoses: {per_2mm2: 1}, necrosis: false",
    ],
)
def test_a_carcinoid_type_that_does_not_fit_is_a_contradiction(more: str) -> None:
    found = sheet(LUNG.replace("SITE", "lung") + SAMPLE.replace("MORE", more))
    assert [a.id for a in found.alerts] == ["grade-contradiction"]
    assert not {"carcinoid_type", "differentiation"} & set(found.facts)
