"""Choi, mRECIST, growth rate and markers: the worked examples, the guards, and no verdict from a marker."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cdss.response.choi import choi
from cdss.response.growth import growth_rate
from cdss.response.lesion import Exam, NonTarget, Response
from cdss.response.markers import Sample, marker_rise
from cdss.response.recist import recist
from cdss.response.together import side_by_side
from cdss.response.viable import mrecist
from tests.response.exams import exam

CR, PR, SD, PD, NE = Response.CR, Response.PR, Response.SD, Response.PD, Response.NE


def test_less_dense_and_hardly_smaller_is_a_response_by_choi_and_stable_by_size() -> None:
    first, now = exam(112, hu=71), exam(104, hu=48)
    found = choi(first, now)
    assert found.response is PR
    assert found.density_percent is not None
    assert round(found.density_percent, 1) == Decimal("-32.4")
    assert recist(first, [], now).response is SD


def test_on_mri_there_is_no_attenuation_and_the_size_alone_answers() -> None:
    found = choi(exam(112, hu=71, modality="mri"), exam(104, hu=48, modality="mri"))
    assert (found.response, found.density_percent) == (SD, None)
    assert found.not_computable == "attenuation exists on CT only"


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        (0, -20, {}),
        (-5, -20, {}),
        (71, 48, {"phase": "arterial"}),
        (71, 48, {"phase": None}),
        (71, None, {}),
        (None, 48, {}),
    ],
)
def test_attenuation_is_not_computed_from_zero_or_less_across_phases_or_when_it_was_not_measured(
    before: float | None, after: float | None, more: dict[str, Any]
) -> None:
    found = choi(exam(112, hu=before), exam(104, hu=after, **more))
    assert found.density_percent is None
    assert found.not_computable
    assert found.response is SD


@pytest.mark.parametrize(
    ("mm", "hu", "plain", "modified"),
    [
        (90, 100, PR, SD),
        (90.1, 100, SD, SD),
        (100, 85, PR, SD),
        (100, 85.1, SD, SD),
        (90, 85, PR, PR),
        (110, 100, PD, PD),
        (109.9, 100, SD, SD),
        (110, 85, PR, PD),
        (0, 85, CR, CR),
    ],
)
def test_choi_changes_at_a_tenth_of_size_and_fifteen_per_cent_of_attenuation(
    mm: float, hu: float, plain: Response, modified: Response
) -> None:
    first, now = exam(100, hu=100), exam(mm, hu=hu)
    assert choi(first, now).response is plain
    assert choi(first, now, modified=True).response is modified


def test_modified_choi_does_not_guess_an_attenuation_it_lacks() -> None:
    assert choi(exam(100), exam(80), modified=True).response is NE
    assert choi(exam(100), exam(80)).response is PR


@pytest.mark.parametrize("more", [{"new_lesions": True}, {"new_nodule": True}])
def test_a_new_lesion_or_a_nodule_inside_one_is_progression_by_choi(more: dict[str, Any]) -> None:
    assert choi(exam(100, hu=100), exam(50, hu=10, **more)).response is PD


@pytest.mark.parametrize("more", [{"new_lesions": None}, {"new_nodule": None}])
def test_choi_is_not_evaluable_while_nobody_spoke_of_new_disease(more: dict[str, Any]) -> None:
    assert choi(exam(100, hu=100), exam(50, hu=10, **more)).response is NE


@pytest.mark.parametrize(
    ("mm", "others", "response"),
    [
        (0, NonTarget.GONE, CR),
        (0, NonTarget.PERSISTS, PR),
        (0, NonTarget.NOT_EVALUATED, PR),
        (0, NonTarget.PROGRESSED, SD),
        (50, NonTarget.PERSISTS, PR),
        (50, NonTarget.PROGRESSED, SD),
        (109.9, NonTarget.PROGRESSED, SD),
        (110, NonTarget.PROGRESSED, PD),
    ],
)
def test_choi_sees_no_complete_response_beside_other_disease_and_none_at_all_where_that_grows(
    mm: float, others: NonTarget, response: Response
) -> None:
    assert choi(exam(100, hu=100), exam(mm, hu=50, non_target=others)).response is response


@pytest.mark.parametrize(
    ("rim", "others", "response"),
    [
        (0, NonTarget.NONE, CR),
        (0, NonTarget.PERSISTS, PR),
        (0, NonTarget.NOT_EVALUATED, PR),
        (0, NonTarget.PROGRESSED, PD),
        (100, NonTarget.PERSISTS, SD),
    ],
)
def test_mrecist_looks_at_disease_that_is_not_measured_as_well(
    rim: float, others: NonTarget, response: Response
) -> None:
    assert mrecist(exam(200, viable=100), [], exam(200, viable=rim, non_target=others)).response is response


def test_a_shrinking_rim_around_necrosis_is_a_response_by_mrecist_and_stable_by_size() -> None:
    first, now = exam(112, viable=112, phase="arterial"), exam(112, viable=58, phase="arterial")
    found = mrecist(first, [], now)
    assert found.response is PR
    assert found.from_baseline_percent is not None
    assert round(found.from_baseline_percent, 1) == Decimal("-48.2")
    assert found.necrotic_share is not None
    assert round(found.necrotic_share, 2) == Decimal("0.48")
    assert recist(first, [], now).response is SD


@pytest.mark.parametrize(("rim", "response"), [(70, PR), (70.1, SD), (120, SD), (120.1, PD), (0, CR)])
def test_mrecist_changes_at_its_thresholds(rim: float, response: Response) -> None:
    assert mrecist(exam(200, viable=100), [], exam(200, viable=rim)).response is response


def test_mrecist_counts_progression_from_the_smallest_rim() -> None:
    first, best = exam(200, viable=100), exam(200, viable=50)
    assert mrecist(first, [best], exam(200, viable=61)).response is PD
    assert mrecist(first, [best], exam(200, viable=60)).response is PR


def test_mrecist_is_not_evaluable_where_no_rim_was_measured() -> None:
    assert mrecist(exam(100), [], exam(90)).response is NE
    assert mrecist(exam(100, viable=0), [], exam(90, viable=0)).response is NE


@pytest.mark.parametrize(
    ("before", "after", "days", "rate"),
    [(100, 104, 91, 4.0), (80, 88, 92, 9.9), (95, 110, 92, 15.7), (62, 60, 90, -3.3)],
)
def test_the_growth_rate_of_the_worked_examples(before: float, after: float, days: int, rate: float) -> None:
    found = growth_rate(exam(before - 20, 20), exam(after - 20, 20, days=days))
    assert found.percent_a_month is not None
    assert found.low is not None
    assert found.high is not None
    assert round(found.percent_a_month, 1) == pytest.approx(rate, abs=0.1)
    assert found.low < found.percent_a_month < found.high


def test_measurement_error_leaves_a_slow_growth_rate_on_both_sides_of_zero() -> None:
    found = growth_rate(exam(80, 20), exam(82, 20, days=92))
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


@pytest.mark.parametrize(
    ("first", "second", "fits"),
    [
        (exam(20, 20), exam(21, 20, days=56), True),
        (exam(20, 20), exam(21, 20, days=55), False),
        (exam(20, 20), exam(21, 20, days=182), True),
        (exam(20, 20), exam(21, 20, days=183), False),
        (exam(40), exam(44, days=90), False),
        (exam(15, 15), exam(15, 16, days=90), True),
        (exam(15, 14.9), exam(15, 16, days=90), False),
        (exam(20, 20), exam(21, 20, days=90, modality="mri"), False),
        (exam(20, 20), exam(21, None, days=90), False),
        (exam(20, 20), exam(0, 0, days=90), False),
    ],
)
def test_the_growth_rate_wants_comparable_scans_at_a_sensible_distance(first: Exam, second: Exam, fits: bool) -> None:
    found = growth_rate(first, second)
    assert (found.percent_a_month is not None) is fits
    assert bool(found.not_computable) is not fits


def test_a_day_too_few_is_told_in_days() -> None:
    found = growth_rate(exam(20, 20), exam(21, 20, days=55))
    assert found.not_computable == ("the examinations lie 55 days apart, not 8 to 26 weeks",)


def test_without_a_day_there_is_no_growth_rate() -> None:
    found = growth_rate(exam(20, 20), replace(exam(21, 20, days=90), day=None))
    assert found.not_computable == ("the day of an examination is not known",)


def sample(value: float, month: int, **more: Any) -> Sample:
    known = {"laboratory": "one", "acid_blocker": False, "renal_impairment": False, **more}
    return Sample(date(2024, month, 1), Decimal(str(value)), **known)


def test_a_marker_that_doubles_may_bring_the_scan_forward_and_is_never_progression() -> None:
    found = marker_rise([sample(100, 1), sample(200, 4)])
    assert (found.doubled, found.earlier_imaging, found.progression) == (True, True, False)


def test_a_rise_counts_from_a_quarter() -> None:
    assert marker_rise([sample(100, 1), sample(125, 4)]).earlier_imaging
    assert not marker_rise([sample(100, 1), sample(124.9, 4)]).earlier_imaging


@pytest.mark.parametrize(
    "more",
    [
        {"acid_blocker": True},
        {"acid_blocker": None},
        {"renal_impairment": True},
        {"renal_impairment": None},
        {"laboratory": "two"},
        {"laboratory": None},
    ],
)
def test_a_rise_with_a_confounder_or_an_unknown_one_moves_nothing_and_says_why(more: dict[str, Any]) -> None:
    found = marker_rise([sample(100, 1), sample(300, 4, **more)])
    assert not found.earlier_imaging
    assert found.doubts


def test_one_sample_shows_no_rise() -> None:
    assert marker_rise([sample(100, 1)]).rose_percent is None


def test_all_criteria_stand_side_by_side_and_their_disagreement_is_named() -> None:
    first, now = exam(112, hu=71), exam(104, hu=48, days=92)
    found = side_by_side(first, [], now)
    assert dict(found.differing) == {"RECIST 1.1": SD, "Choi": PR, "modified Choi": SD}
    assert side_by_side(exam(100), [], exam(100)).differing == ()


def test_all_criteria_follow_the_same_lesions() -> None:
    first, now = exam(40, 40, 8, hu=80), exam(40, 40, 20, hu=80, days=92)
    found = side_by_side(first, [], now)
    assert (found.recist.response, found.choi.response) == (SD, SD)
    assert found.growth.percent_a_month == pytest.approx(0)
    treated = replace(first, targets=tuple(replace(t, treated=True) for t in first.targets))
    assert side_by_side(treated, [], now).choi.because == "no lesion was measurable at baseline"
