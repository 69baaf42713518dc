"""Choi, mRECIST, growth rate and markers: the worked examples, the guards, and no verdict from a marker."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cdss.response.choi import choi
from cdss.response.growth import growth_rate
from cdss.response.lesion import Exam, NonTarget, Response, Target, percent_text
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
    assert (found.by_size_alone, found.because) == (True, "size -7.1 %, by size alone")
    assert found.not_computable == "attenuation exists on CT only"


@pytest.mark.parametrize(
    ("before", "after", "more", "response"),
    [
        (0, -20, {}, SD),
        (-5, -20, {}, SD),
        (71, 48, {"phase": "arterial"}, NE),
        (71, 48, {"phase": None}, NE),
        (71, None, {}, SD),
        (None, 48, {}, SD),
    ],
)
def test_attenuation_is_not_computed_from_zero_or_less_across_phases_or_when_it_was_not_measured(
    before: float | None, after: float | None, more: dict[str, Any], response: Response
) -> None:
    found = choi(exam(112, hu=before), exam(104, hu=after, **more))
    assert found.density_percent is None
    assert found.not_computable
    assert found.response is response


@pytest.mark.parametrize("mm", [0, 80, 100, 120])
@pytest.mark.parametrize(
    ("before", "after"), [("arterial", "portal venous"), ("arterial", None), (None, "portal venous")]
)
def test_choi_compares_no_sizes_across_contrast_phases(before: str | None, after: str | None, mm: float) -> None:
    first, now = exam(100, phase=before, hu=80), exam(mm, phase=after, hu=80)
    for modified in (False, True):
        found = choi(first, now, modified=modified)
        assert (found.response, found.size_percent) == (NE, None)
        assert found.because == recist(first, [], now).because[0]
    assert choi(replace(first, phase="arterial"), replace(now, phase="arterial")).response is not NE


@pytest.mark.parametrize("more", [{}, {"modality": "mri"}])
@pytest.mark.parametrize(
    ("mm", "plain", "modified", "alone"),
    [(110, NE, NE, False), (109.9, SD, SD, True), (90.1, SD, SD, True), (90, PR, NE, False), (0, CR, CR, False)],
)
def test_without_attenuation_size_alone_makes_a_response_but_no_progression(
    mm: float, plain: Response, modified: Response, alone: bool, more: dict[str, Any]
) -> None:
    first, now = exam(100, **more), exam(mm, **more)
    assert (choi(first, now).response, choi(first, now).by_size_alone) == (plain, alone)
    found = choi(first, now, modified=True)
    assert (found.response, found.by_size_alone) == (modified, alone)


def test_growth_without_attenuation_says_what_would_make_it_progression() -> None:
    because = "progressive by size, unless the attenuation fell, which cannot be computed"
    assert choi(exam(100), exam(112.5)).because == because
    assert choi(exam(100, hu=80), exam(112.5, hu=80)).response is PD
    assert choi(exam(100), exam(112.5, new_lesions=True)).response is PD


def test_growth_elsewhere_leaves_nothing_for_the_attenuation_to_change() -> None:
    for mm, response in ((109.9, SD), (110, PD)):
        found = choi(exam(100), exam(mm, non_target=NonTarget.PROGRESSED))
        assert (found.response, found.by_size_alone) == (response, False)


def test_the_attenuation_of_a_target_that_is_gone_cannot_be_measured() -> None:
    def examined(mm: float, hu: float | None, first_hu: float | None = 80) -> Exam:
        found = exam(40, mm, hu=first_hu)
        b = replace(found.targets[1], hu=None if hu is None else Decimal(str(hu)))
        return replace(found, targets=(found.targets[0], b))

    first = examined(20, 60)
    gone, not_measured = "a target is gone, so its attenuation cannot be measured", "the attenuation was not measured"
    assert choi(first, examined(0, None)).not_computable == gone
    assert choi(first, examined(1, None)).not_computable == not_measured
    assert choi(first, examined(0, None, first_hu=None)).not_computable == not_measured
    assert choi(examined(20, None), examined(0, None)).not_computable == not_measured


def with_node(mm: float, node: float, **more: Any) -> Exam:
    """A liver lesion and a lymph node, all of which enhances."""
    found = exam(mm, viable=mm, **more)
    size = Decimal(str(node))
    return replace(found, targets=(*found.targets, Target("n", "node", size, node=True, viable_mm=size)))


@pytest.mark.parametrize(("node", "response"), [(8, CR), (9.9, CR), (10, PR)])
def test_a_lymph_node_of_normal_size_counts_as_gone_by_every_criterion(node: float, response: Response) -> None:
    first, now = with_node(30, 18), with_node(0, node)
    assert recist(first, [], now).response is response
    assert choi(first, now).response is response
    assert mrecist(first, [], now).response is response
    assert choi(first, with_node(1, node)).response is PR
    assert mrecist(first, [], with_node(1, node)).response is PR


def test_a_target_that_is_gone_needs_no_measured_rim() -> None:
    first = exam(30, viable=30)
    assert mrecist(first, [], exam(0)).response is CR
    assert mrecist(first, [], exam(1)).response is NE


def test_what_enhances_again_after_nothing_did_is_progression_by_mrecist() -> None:
    first, best = exam(40, viable=40), exam(40, viable=0)
    found = mrecist(first, [best], exam(40, viable=1))
    assert (found.response, found.because) == (PD, ("lesions that had gone are there again",))
    assert mrecist(first, [best], exam(40, viable=0)).response is CR


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("-30", "-30.0 %"),
        ("-29.95", "-29.95 %"),
        ("-29.949", "-29.9 %"),
        ("-29.998", "-29.998 %"),
        ("-30.04", "-30.04 %"),
        ("19.96", "+19.96 %"),
        ("20", "+20.0 %"),
        ("9.99", "+9.99 %"),
        ("-9.99", "-9.99 %"),
        ("-14.97", "-14.97 %"),
        ("-7.14", "-7.1 %"),
        ("12.04", "+12.0 %"),
    ],
)
def test_a_change_close_to_a_threshold_is_written_so_that_it_does_not_read_as_the_threshold(
    change: str, text: str
) -> None:
    assert percent_text(Decimal(change)) == text
    assert percent_text(Decimal(change), signed=False) == text.removeprefix("+")


def test_the_reasons_never_show_a_threshold_that_was_not_reached() -> None:
    assert recist(exam(207), [], exam(145)).because == ("the sum changed by -29.95 % from baseline",)
    assert recist(exam(100), [], exam(70)).because == ("the sum fell by 30.0 % from baseline",)
    assert choi(exam(1000, hu=80), exam(1099.9, hu=80)).because == "size +9.99 %"
    assert mrecist(exam(900, viable=500), [], exam(900, viable=600.1)).because == (
        "the enhancing part rose by 20.02 % from its smallest",
    )


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


@pytest.mark.parametrize(
    ("mm", "names"),
    [(109.9, set()), (115, set()), (69, set()), (89, {"RECIST 1.1", "Choi"})],
)
def test_what_size_alone_leaves_open_neither_agrees_nor_differs(mm: float, names: set[str]) -> None:
    assert set(dict(side_by_side(exam(100), [], exam(mm)).differing)) == names


def test_progression_from_the_smallest_sum_does_not_differ_from_choi_by_size_alone() -> None:
    assert side_by_side(exam(100), [exam(80)], exam(100)).differing == ()
    first, best, now = exam(100, hu=80), exam(80, hu=80), exam(100, hu=80)
    assert dict(side_by_side(first, [best], now).differing) == {"RECIST 1.1": PD, "Choi": SD, "modified Choi": SD}


def test_the_growth_rate_is_of_all_targets_of_the_baseline_or_not_computed() -> None:
    first, now = exam(30, 20, 20), exam(33, 20, 20, days=180)
    whole = side_by_side(first, [exam(30, 20, 20, days=90)], now).growth
    assert whole.percent_a_month == growth_rate(exam(30, 20, 20, days=90), now).percent_a_month is not None
    for between in (exam(30, 20, days=90), exam(30, 20, None, days=90)):
        found = side_by_side(first, [between], now).growth
        assert found.percent_a_month is None
        assert found.not_computable == ("a target was not measured on the examination before",)
    missing = side_by_side(first, [exam(30, 20, 20, days=90)], exam(33, 20, None, days=180)).growth
    assert missing.not_computable == ("a target was not measured on this examination",)


def test_all_criteria_follow_the_same_lesions() -> None:
    first, now = exam(40, 40, 8, hu=80), exam(40, 40, 20, hu=80, days=92)
    found = side_by_side(first, [], now)
    assert (found.recist.response, found.choi.response) == (SD, SD)
    assert found.growth.percent_a_month == pytest.approx(0)
    treated = replace(first, targets=tuple(replace(t, treated=True) for t in first.targets))
    assert side_by_side(treated, [], now).choi.because == "no lesion was measurable at baseline"
