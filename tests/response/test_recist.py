"""RECIST 1.1: each threshold at its value and beside it, and what may not be concluded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdss.response.lesion import Exam, NonTarget, Response, Target
from cdss.response.recist import recist, targets_of
from tests.response.exams import exam

CR, PR, SD, PD, NE = Response.CR, Response.PR, Response.SD, Response.PD, Response.NE


def answer(
    first: tuple[float, ...], now: tuple[float | None, ...], *between: tuple[float, ...], **more: Any
) -> Response:
    earlier = [exam(*sizes) for sizes in between]
    return recist(exam(*first), earlier, exam(*now, **more)).response


def test_the_worked_example_is_stable_until_it_rises_by_a_fifth_of_its_smallest_sum() -> None:
    base = (62.0, 50.0)
    assert answer(base, (60, 44)) is SD
    assert answer(base, (61, 60), (60, 44)) is SD  # 121 against 104: +16.3 %
    assert answer(base, (66, 60), (60, 44)) is PD  # 126 against 104: +21.2 %, 22 mm
    found = recist(exam(*base), [exam(60, 44)], exam(66, 60))
    assert (found.baseline_mm, found.nadir_mm, found.now_mm, found.from_nadir_mm) == tuple(
        map(Decimal, (112, 104, 126, 22))
    )
    assert found.from_nadir_percent is not None
    assert round(found.from_nadir_percent, 1) == Decimal("21.2")


def test_a_fifth_more_of_a_small_sum_is_no_progression_below_five_millimetres() -> None:
    assert answer((20,), (24,)) is SD
    assert answer((18,), (22,)) is SD
    assert answer((25,), (30,)) is PD  # exactly +20 % and 5 mm
    assert answer((25,), (29.9,)) is SD


def test_a_partial_response_begins_at_thirty_per_cent_less_than_at_baseline() -> None:
    assert answer((100,), (70,)) is PR
    assert answer((100,), (70.1,)) is SD


def test_progression_counts_from_the_smallest_sum_and_response_from_the_first() -> None:
    assert answer((100,), (60,), (50,)) is PD
    assert answer((100,), (59,), (50,)) is PR


def test_a_complete_response_wants_every_lesion_gone_and_every_node_below_ten_millimetres() -> None:
    node = Target("n", "node", Decimal(20), node=True)
    base = replace(exam(30), targets=(*exam(30).targets, node))
    gone = replace(exam(0), targets=(*exam(0).targets, replace(node, mm=Decimal("9.9"))))
    big = replace(exam(0), targets=(*exam(0).targets, replace(node, mm=Decimal(10))))
    assert recist(base, [], gone).response is CR
    assert recist(base, [], big).response is PR
    assert recist(base, [], replace(gone, non_target=NonTarget.PERSISTS)).response is PR
    assert recist(base, [], replace(gone, non_target=NonTarget.NOT_EVALUATED)).response is PR


@pytest.mark.parametrize("more", [{"new_lesions": True}, {"non_target": NonTarget.PROGRESSED}])
def test_a_new_lesion_or_unequivocal_growth_elsewhere_is_progression_whatever_was_measured(
    more: dict[str, Any],
) -> None:
    for now in ((30.0,), (0.0,), (None,)):
        assert answer((100,), now, **more) is PD
    assert answer((100,), (50,), modality="mri", **more) is PD


def test_what_cannot_be_compared_or_was_not_measured_is_not_evaluable() -> None:
    assert answer((100,), (50,), modality="mri") is NE
    assert answer((100,), (50,), phase="arterial") is NE
    assert answer((100,), (50,), phase=None) is NE
    assert answer((100, 40), (50, None)) is NE
    assert answer((100,), (100,), new_lesions=None) is NE


def test_progression_is_certain_before_everything_is_measured_when_the_measured_part_alone_suffices() -> None:
    assert answer((50, 40), (110, None)) is PD
    assert answer((50, 40), (107, None)) is NE


def node_beside(mm: float, node: float) -> Exam:
    found = exam(mm)
    return replace(found, targets=(*found.targets, Target("n", "node", Decimal(str(node)), node=True)))


@pytest.mark.parametrize(("mm", "response"), [(0, CR), (0.1, PD), (4, PD), (5, PD)])
def test_a_lesion_that_is_there_again_after_all_had_gone_is_progression_however_small(
    mm: float, response: Response
) -> None:
    found = recist(exam(40), [exam(0)], exam(mm))
    assert found.response is response
    assert ("lesions that had gone are there again" in found.because) is (response is PD)


def test_a_lesion_that_is_there_again_while_others_never_went_is_added_to_the_sum() -> None:
    assert answer((40, 40), (4, 20), (0, 20)) is PR
    assert answer((40, 40), (4, None), (0, 0)) is PD


@pytest.mark.parametrize(
    ("before", "now", "response"),
    [
        ((0, 0), (0, 9.9), CR),
        ((0, 0), (0, 10), PD),
        ((0, 8), (0, 11), PR),  # the node never went; 3 mm more of it is no progression
        ((0, 8), (0, 13), PD),  # by the sum: +62.5 % and 5 mm
        ((0, 8), (4, 8), PD),
    ],
)
def test_a_node_is_there_again_from_ten_millimetres(
    before: tuple[float, float], now: tuple[float, float], response: Response
) -> None:
    assert recist(node_beside(30, 18), [node_beside(*before)], node_beside(*now)).response is response


def test_lesions_treated_locally_are_no_targets_unless_they_are_known_to_have_grown() -> None:
    for grew, names in ((None, ()), (False, ()), (True, ("t",))):
        target = Target("t", "liver", Decimal(40), treated=True, grew_since=grew)
        chosen, left_out = targets_of(replace(exam(), targets=(target,)))
        assert tuple(t.name for t in chosen) == names
        assert bool(left_out) is not bool(names)


def test_a_lesion_that_a_local_treatment_may_have_reached_is_no_target_while_nobody_said() -> None:
    target = Target("t", "liver", Decimal(40), perhaps_treated_by="SIRT")
    chosen, left_out = targets_of(replace(exam(), targets=(target,)))
    assert not chosen
    assert left_out == ("t may lie where SIRT went; nobody said whether it was treated",)


@pytest.mark.parametrize(
    ("mm", "node", "fits"), [(10, False, True), (9.9, False, False), (15, True, True), (14.9, True, False)]
)
def test_a_lesion_is_measurable_from_ten_millimetres_and_a_node_from_fifteen(mm: float, node: bool, fits: bool) -> None:
    target = Target("t", "liver", Decimal(str(mm)), node=node)
    assert bool(targets_of(replace(exam(), targets=(target,)))[0]) is fits


def test_at_most_two_lesions_of_an_organ_and_five_in_all_are_followed() -> None:
    lesions = [
        Target(f"{organ}{i}", organ, Decimal(20 + i)) for organ in ("liver", "lung", "bone", "skin") for i in range(3)
    ]
    chosen, left_out = targets_of(replace(exam(), targets=tuple(lesions)))
    assert len(chosen) == 5
    assert all(sum(t.organ == organ for t in chosen) <= 2 for organ in ("liver", "lung", "bone", "skin"))
    assert len(left_out) == 7
    assert "liver2" in {t.name for t in chosen}


def test_disease_that_was_never_measurable_is_judged_without_sums() -> None:
    assert recist(exam(), [], exam(non_target=NonTarget.GONE)).response is CR
    assert recist(exam(), [], exam(non_target=NonTarget.PERSISTS)).response is Response.NON_CR_NON_PD
    assert recist(exam(), [], exam(non_target=NonTarget.NOT_EVALUATED)).response is NE


SIZES = st.lists(st.integers(10, 200), min_size=2, max_size=2)
ORDER = {CR: 0, PR: 1, SD: 2, PD: 3}


@given(SIZES, SIZES, st.integers(1, 100))
def test_larger_lesions_never_read_better(first: list[int], now: list[int], more: int) -> None:
    smaller = answer(tuple(first), tuple(now))
    larger = answer(tuple(first), (now[0] + more, now[1]))
    assert ORDER[larger] >= ORDER[smaller]
