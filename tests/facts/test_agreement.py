"""Facts stated directly are made to agree: what follows is added, what contradicts is told and left unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from cdss.facts.agreement import agreed
from cdss.facts.sheet import FactSheet
from cdss.values import Interval, Members, Value
from tests.patients import library

ON = date(2026, 1, 1)


def agree(**facts: Value) -> FactSheet:
    return agreed(FactSheet.of_values(facts), library().vocabulary, ON)


def number(value: str) -> Interval:
    return Interval.point(value)


@pytest.mark.parametrize(
    ("facts", "lost"),
    [
        ({"net_grade_highest": number("1"), "ki67_highest_percent": number("40")}, "net_grade_highest"),
        ({"net_grade_highest": number("2"), "ki67_highest_percent": number("20.1")}, "ki67_highest_percent"),
        ({"net_grade_highest": number("1"), "ki67_highest_percent": number("3")}, "net_grade_highest"),
        ({"differentiation": "poor", "net_grade_highest": number("2")}, "differentiation"),
        ({"sex": "male", "pregnancy": "not_excluded"}, "pregnancy"),
        ({"extent": "localised", "metastatic_sites": Members(frozenset({"lung"}))}, "extent"),
        ({"m_category": "M0", "metastatic_sites": Members(frozenset({"liver"}))}, "metastatic_sites"),
        ({"functional_status": "non_functioning", "functional_syndrome": "insulinoma"}, "functional_syndrome"),
        ({"sstr_status": "negative", "sstr_uptake": "above_liver"}, "sstr_status"),
        ({"sstr_status": "positive", "fdg_positive_sstr_negative_lesion": True}, "sstr_status"),
        ({"ki67_latest_percent": number("15"), "ki67_highest_percent": number("10")}, "ki67_latest_percent"),
    ],
)
def test_contradicting_facts_become_an_alert_and_count_as_unknown(facts: dict[str, Value], lost: str) -> None:
    sheet = agree(**facts)

    assert [alert.id for alert in sheet.alerts] == ["facts-contradict"]
    assert lost not in sheet.facts


@pytest.mark.parametrize(
    "facts",
    [
        {"net_grade_highest": number("1"), "ki67_highest_percent": number("2.9")},
        {"net_grade_highest": number("2"), "ki67_highest_percent": number("20")},
        {"net_grade_highest": number("3"), "ki67_highest_percent": number("2")},
        {"net_grade_highest": number("1"), "ki67_highest_percent": number("40"), "primary_site": "lung"},
        {"net_grade_highest": number("1"), "ki67_highest_percent": Interval(Decimal(2), Decimal(10))},
        {"extent": "localised", "metastatic_sites": Members(frozenset({"regional_nodes"}))},
        {"sstr_status": "positive", "sstr_uptake": "below_liver"},
        {"functional_status": "functioning", "functional_syndrome": "insulinoma"},
    ],
)
def test_facts_that_fit_together_stay_as_they_are(facts: dict[str, Value]) -> None:
    sheet = agree(**facts)

    assert not sheet.alerts
    assert {name: sheet.values[name] for name in facts} == facts


@pytest.mark.parametrize(
    ("facts", "name", "value"),
    [
        ({"sex": "male"}, "pregnancy", "not_possible"),
        ({"sex": "female", "age_years": number("60")}, "pregnancy", "not_possible"),
        ({"sex": "female", "age_years": number("59")}, "pregnancy", None),
        ({"functional_status": "non_functioning"}, "functional_syndrome", "none"),
        ({"functional_syndrome": "gastrinoma"}, "functional_status", "functioning"),
        ({"net_grade_highest": number("2")}, "differentiation", "well"),
        ({"extent": "localised"}, "m_category", "M0"),
        ({"extent": "metastatic"}, "m_category", "M1"),
        ({"metastatic_sites": Members(frozenset({"liver"}), complete=True)}, "extrahepatic_disease", False),
        ({"metastatic_sites": Members(frozenset({"liver"}))}, "extrahepatic_disease", None),
        ({"metastatic_sites": Members(frozenset({"bone"}))}, "extrahepatic_disease", True),
        ({"ascites_grade": "moderate"}, "ascites", True),
        ({"carcinoid_heart_severity": "severe"}, "carcinoid_heart_disease", True),
    ],
)
def test_what_follows_from_a_fact_is_added(facts: dict[str, Value], name: str, value: Value | None) -> None:
    assert agree(**facts).values.get(name) == value


def test_a_degree_entails_the_thing_in_a_record_as_well() -> None:
    sheet = agreed(
        FactSheet.of_values({"ascites_grade": "severe", "sex": "male"}), library().vocabulary, ON, completing=False
    )

    assert sheet.values["ascites"] is True
    assert "pregnancy" not in sheet.facts


@pytest.mark.parametrize(
    ("seen", "left", "degree"),
    [(date(2025, 12, 1), True, "moderate"), (ON, None, None), (date(2026, 1, 2), False, None)],
)
def test_of_a_degree_and_its_absence_the_later_word_counts_and_neither_on_one_day(
    seen: date, left: bool | None, degree: str | None
) -> None:
    sheet = FactSheet.of_values({"ascites_grade": "moderate", "ascites": False})
    dated = {
        "ascites_grade": replace(sheet.facts["ascites_grade"], observed=ON),
        "ascites": replace(sheet.facts["ascites"], observed=seen),
    }

    found = agreed(replace(sheet, facts=dated), library().vocabulary, ON, completing=False)

    assert (found.values.get("ascites"), found.values.get("ascites_grade")) == (left, degree)
    assert bool(found.alerts) is (left is None)


@pytest.mark.parametrize(("ki67", "least"), [("2.9", 1), ("3", 2), ("20", 2), ("20.1", 3)])
def test_a_grade_that_nobody_states_is_at_least_what_the_ki67_says(ki67: str, least: int) -> None:
    sheet = agree(differentiation="well", primary_site="rectum", ki67_highest_percent=number(ki67))

    assert sheet.values["net_grade_highest"] == Interval(Decimal(least), Decimal(3))


def test_no_grade_is_read_from_ki67_without_differentiation_or_outside_the_digestive_system() -> None:
    assert "net_grade_highest" not in agree(primary_site="rectum", ki67_highest_percent=number("80")).facts
    assert (
        "net_grade_highest"
        not in agree(differentiation="well", primary_site="lung", ki67_highest_percent=number("8")).facts
    )


def test_a_stated_fact_is_never_overwritten_by_what_would_follow() -> None:
    assert (
        agree(functional_status="non_functioning", pregnancy="excluded", sex="male").values["pregnancy"] == "excluded"
    )
