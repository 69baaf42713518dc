"""Markers: a rise is told with its doubts, and no fact ever follows from it."""

from __future__ import annotations

import pytest

from tests.facts.derived import sheet

ON = "2024-07-01"
SURE = """
comedications: [{date: 2024-06-01, present: [], complete: true}]
laboratory:
  - {date: 2024-06-28, test: creatinine_clearance, value: 80, unit: mL/min}
"""


def result(
    day: str, value: float, more: str = "laboratory: ours", unit: str = "ug/L", test: str = "chromogranin_a"
) -> str:
    return f"  - {{date: {day}, test: {test}, value: {value}, unit: {unit}{', ' * bool(more)}{more}}}\n"


def notices(text: str) -> tuple[str, ...]:
    return sheet(text, ON).notices


def series(*results: str, more: str = SURE) -> str:
    return (more if more else "laboratory:\n") + "".join(results)


FIRST = result("2024-01-01", 100)


@pytest.mark.parametrize(("value", "told"), [(124.9, False), (125, True)])
def test_a_rise_is_told_from_a_quarter(value: float, told: bool) -> None:
    assert bool(notices(series(FIRST, result("2024-06-01", value)))) is told


def test_a_rise_without_doubts_may_bring_a_scan_forward_and_is_no_progression() -> None:
    found = sheet(series(FIRST, result("2024-06-01", 150)), ON)
    assert found.notices == (
        "Chromogranin A rose by 50 % from 2024-01-01 to 2024-06-01. Alone this is never progression. "
        "An earlier scan is reasonable.",
    )
    assert dict(found.values) == dict(sheet(series(FIRST), ON).values)


def test_a_doubling_is_called_so() -> None:
    assert "at least doubled" in notices(series(FIRST, result("2024-06-01", 200)))[0]


@pytest.mark.parametrize(
    ("more", "last", "doubt"),
    [
        ("", result("2024-06-01", 200), "whether a proton pump inhibitor was taken is not known"),
        ("", result("2024-06-01", 200), "the renal function on that day is not known"),
        (
            SURE.replace("present: []", "present: [proton_pump_inhibitor]"),
            result("2024-06-01", 200),
            "inhibitor raises",
        ),
        (SURE.replace("value: 80", "value: 59"), result("2024-06-01", 200), "impaired kidneys"),
        (SURE, result("2024-06-01", 200, "laboratory: theirs"), "two laboratories"),
        (SURE, result("2024-06-01", 200, ""), "laboratory of a sample is not known"),
    ],
)
def test_what_makes_a_rise_doubtful_is_said(more: str, last: str, doubt: str) -> None:
    (notice,) = notices(series(FIRST, last, more=more))
    assert doubt in notice
    assert "earlier scan" not in notice


def test_results_in_another_unit_of_another_year_or_as_a_bound_are_not_compared() -> None:
    assert not notices(series(FIRST, result("2024-06-01", 200, unit="nmol/L")))
    assert not notices(series(result("2023-06-01", 100), result("2024-06-01", 200)))
    assert not notices(series(FIRST, result("2024-06-01", 200).replace("200", "{more_than: 200}")))


def test_nothing_is_said_of_one_result_or_of_none() -> None:
    assert not notices(series(FIRST))
    assert not notices(series())


def test_a_result_of_later_is_not_yet_known() -> None:
    assert not notices(series(FIRST, result("2024-07-02", 200)))


def test_5_hiaa_is_doubted_for_its_laboratory_alone() -> None:
    rise = [result(day, value, "", "umol/d", "hiaa_5") for day, value in (("2024-01-01", 100), ("2024-06-01", 150))]
    (notice,) = notices(series(*rise, more=""))
    assert notice.startswith("5-HIAA rose by 50 %")
    assert "proton" not in notice


def test_a_notice_does_not_name_the_laboratory() -> None:
    (notice,) = notices(series(FIRST.replace("ours", "Jane Roe"), result("2024-06-01", 200)))
    assert "Jane" not in notice
