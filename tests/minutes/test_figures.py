"""The two figures, held against what was published."""

from __future__ import annotations

import pytest

from cdss.minutes.figures import kappa, wilson


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_intervals_of_newcombe_1998(part: int, whole: int, low: float, high: float) -> None:
    found = wilson(part, whole)

    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_a_proportion_of_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None


def test_the_whole_has_an_interval_that_ends_at_one() -> None:
    found = wilson(20, 20)

    assert found is not None
    assert (round(found.low, 4), found.high) == (0.8389, 1.0)


def test_kappa_is_that_of_the_example_of_statpsych() -> None:
    found = kappa([[31, 12], [4, 58]])

    assert found is not None
    assert found.value == pytest.approx(0.6756757, abs=1e-7)
    assert found.low == pytest.approx(0.5317210, abs=1e-6)
    assert found.high == pytest.approx(0.8196303, abs=1e-6)


def test_kappa_is_that_of_the_analytical_example_of_kapci() -> None:
    found = kappa([[1395, 118], [261, 158]])

    assert found is not None
    assert found.value == pytest.approx(0.3411969207847029)
    assert found.low == pytest.approx(0.2896667786271169)
    assert found.high == pytest.approx(0.3927270629422889)


def test_kappa_is_not_defined_where_both_only_say_one_thing() -> None:
    assert kappa([[5, 0], [0, 0]]) is None
    assert kappa([[0, 0], [0, 0]]) is None
