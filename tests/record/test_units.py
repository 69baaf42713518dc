"""Units: exact where they can be, half-even where not, an error where they measure something else."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdss.units import UnitMisfit, rounded, to_unit
from cdss.values import Interval

BILIRUBIN = Decimal("584.66")


def converted(value: str, unit: str, wanted: str, places: int = 3, molar_mass: Decimal | None = None) -> str:
    low = to_unit(Interval.point(value), unit, wanted, places=places, molar_mass=molar_mass).low
    return str(low)


def test_the_wanted_unit_is_left_as_it_is() -> None:
    amount = Interval(Decimal("1.123456"), None)
    assert to_unit(amount, "mg/dL", "mg/dL", places=3) is amount


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "found"),
    [
        ("110", "g/L", "g/dL", "11"),
        ("200", "mCi", "GBq", "7.4"),
        ("2", "cm", "mm", "20"),
        ("3", "a", "mo", "36"),
        ("5", "10*3/uL", "10*9/L", "5"),
        ("0.15", "1", "%", "15"),
        ("1", "mL/s", "mL/min", "60"),
    ],
)
def test_exact_conversions_stay_exact(value: str, unit: str, wanted: str, found: str) -> None:
    assert converted(value, unit, wanted) == found


def test_substance_and_mass_are_exchanged_through_the_molar_mass_both_ways() -> None:
    assert converted("51.3", "umol/L", "mg/dL", 3, BILIRUBIN) == "2.999"
    assert converted("3", "mg/dL", "umol/L", 1, BILIRUBIN) == "51.3"


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [
        ("mmol/L", "g/dL"),
        ("g", "g/L"),
        ("Cel", "K"),
        ("G/L", "10*9/L"),
        ("mL/min/{1.73_m2}", "mL/min"),
        ("furlong", "mm"),
        ("{xULN}", "1"),
    ],
)
def test_a_unit_of_something_else_is_a_misfit_and_the_amount_is_not_repeated(unit: str, wanted: str) -> None:
    with pytest.raises(UnitMisfit) as caught:
        to_unit(Interval.point("47.11"), unit, wanted, places=1)
    assert "47.11" not in str(caught.value)


@pytest.mark.parametrize(
    "unit", ["", "/", "g/", "mg//dL", "g.", "(g)/L", "Jane Doe", "g/dL/", "10*", "[IU]/L", "mmHg", "kmin", "2.g"]
)
def test_what_is_no_unit_is_refused_and_not_repeated(unit: str) -> None:
    with pytest.raises(UnitMisfit) as caught:
        to_unit(Interval.point(1), unit, "mm", places=1)
    assert "Jane" not in str(caught.value)


@pytest.mark.parametrize(
    ("unit", "wanted", "factor"),
    [
        ("/nL", "10*9/L", "1"),
        ("10*6/mL", "10*9/L", "1"),
        ("10^3/uL", "10*9/L", "1"),
        ("/mm3", "10*6/L", "1"),
        ("g.L-1", "g/L", "1"),
        ("ukat/L", "U/L", "60"),
        ("cGy", "Gy", "0.01"),
        ("wk", "d", "7"),
        ("min", "s", "60"),
    ],
)
def test_the_spellings_of_ucum(unit: str, wanted: str, factor: str) -> None:
    assert converted("1", unit, wanted) == factor


def test_rounding_is_half_even_and_only_where_needed() -> None:
    assert [str(rounded(Decimal(v), 1)) for v in ("0.25", "0.35", "0.2", "10")] == ["0.2", "0.4", "0.2", "10"]


def test_ends_that_meet_after_rounding_are_closed() -> None:
    narrow = Interval(Decimal("1.01"), Decimal("1.02"), low_open=True, high_open=True)
    assert to_unit(narrow, "mg/L", "g/L", places=2) == Interval(Decimal(0), Decimal(0))


@given(st.decimals("0.1", "5000", places=1))
def test_there_and_back_is_the_same_within_the_places_kept(value: Decimal) -> None:
    there = to_unit(Interval.point(value), "umol/L", "mg/dL", places=9, molar_mass=BILIRUBIN)
    back = to_unit(there, "mg/dL", "umol/L", places=1, molar_mass=BILIRUBIN)
    assert back == Interval.point(value)


def test_the_unit_library_is_not_loaded_with_the_package() -> None:
    code = "import sys, cdss.facts, cdss.facts.direct; sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
