"""Receptor status by the newest usable scan alone; what overtakes it; FDG; nodes before and after surgery."""

from __future__ import annotations

import pytest

from tests.facts.derived import alerts, exactly, fact, members, sheet

SCAN = "imaging: {studies: [{date: 2015-01-01, modality: sstr_pet, lesions: [LESIONS]}]}\n"
ON = "2015-02-01"


def lesion(uptake: str, size: object = 20, site: str = "liver") -> str:
    return f"{{site: {site}, size: {size}, sstr: {uptake}}}"


def scan(*lesions: str) -> str:
    return SCAN.replace("LESIONS", ", ".join(lesions))


@pytest.mark.parametrize(
    ("uptakes", "status", "lowest"),
    [
        (("above_liver", "above_spleen"), "positive", "above_liver"),
        (("equal_liver", "above_spleen"), "positive", "equal_liver"),
        (("below_liver", "none"), "negative", "none"),
        (("above_liver", "below_liver"), "mixed", "below_liver"),
    ],
)
def test_all_some_or_no_lesions_take_up_as_much_as_liver(uptakes: tuple[str, ...], status: str, lowest: str) -> None:
    text = scan(*map(lesion, uptakes))
    assert fact("sstr_status", text, ON) == status
    assert fact("sstr_uptake", text, ON) == lowest


def test_a_small_lesion_with_low_uptake_is_never_negative() -> None:
    text = scan(lesion("above_liver"), lesion("none", 9))
    assert fact("sstr_status", text, ON) == "positive"
    assert fact("sstr_uptake", text, ON) == "above_liver"
    assert fact("sstr_status", scan(lesion("none", 9)), ON) is None
    assert fact("non_avid_lesion_sites", scan(lesion("none", 9)), ON) is None


def test_a_lesion_of_10_mm_counts() -> None:
    assert fact("sstr_status", scan(lesion("above_liver"), lesion("none", 10)), ON) == "mixed"


def test_a_lesion_without_size_and_with_low_uptake_leaves_the_status_open() -> None:
    text = scan(lesion("above_liver"), "{site: lung, sstr: none}")
    assert fact("sstr_status", text, ON) is None
    assert any("SSTR status" in notice for notice in sheet(text, ON).notices)


def test_the_order_of_lesions_changes_nothing() -> None:
    a, b, c = lesion("above_liver"), lesion("none", 9), lesion("below_liver", 30, "lung")
    assert sheet(scan(a, b, c), ON).facts == sheet(scan(c, b, a), ON).facts


def test_non_avid_sites_are_named() -> None:
    text = scan(lesion("above_liver"), lesion("none", 30, "lung"))
    assert fact("non_avid_lesion_sites", text, ON) == members("lung")
    assert fact("non_avid_lesion_sites", scan(lesion("above_liver")), ON) == members(complete=True)


TWO = """
imaging: {studies: [
  {date: 2014-12-01, modality: sstr_scintigraphy, sstr: positive},
  {date: 2015-01-01, modality: sstr_pet, sstr: negative, non_avid_sites: [liver, lung]}]}
"""


def test_a_newer_negative_scan_overrides_an_older_positive_one() -> None:
    assert fact("sstr_status", TWO, "2014-12-31") == "positive"
    assert fact("sstr_status", TWO, ON) == "negative"
    assert fact("sstr_previously_positive", TWO, ON) is True
    assert fact("sstr_previously_positive", TWO, "2014-12-31") is None


def test_a_scan_that_is_not_usable_is_passed_over() -> None:
    assert fact("sstr_status", TWO.replace("sstr: negative", "usable: false, sstr: negative"), ON) == "positive"


def test_a_newest_scan_without_a_reading_does_not_fall_back_on_the_older_one() -> None:
    text = TWO.replace("sstr: negative, non_avid_sites: [liver, lung]", "avid_nodes: 2")
    assert fact("sstr_status", text, ON) is None


def test_two_scans_of_one_day_that_differ_are_a_contradiction() -> None:
    text = TWO.replace("2014-12-01", "2015-01-01")
    assert fact("sstr_status", text, ON) is None
    assert "entries-differ" in alerts(text, ON)


def test_a_scan_counts_for_180_days() -> None:
    text = scan(lesion("above_liver"))
    assert fact("sstr_status", text, "2015-06-30") == "positive"
    assert fact("sstr_status", text, "2015-07-01") is None
    assert fact("sstr_uptake", text, "2015-07-01") is None
    assert fact("sstr_previously_positive", text, "2015-07-01") is True


@pytest.mark.parametrize(
    "event",
    [
        "progression: [{date: 2015-01-20, status: documented}]",
        "progression: [{date: 2015-01-20, status: documented, new_lesions: true}]",
        "therapies: {courses: [{agent: lu177_dotatate, start: 2015-01-20, cycles: 1}]}",
        "therapies: {courses: [{agent: sirt, start: 2015-01-20}]}",
        "therapies: {courses: [{agent: tace, start: 2015-01-20}]}",
        "therapies: {courses: [{agent: everolimus, start: 2015-01-20}]}",
        "therapies: {courses: [{agent: axitinib, start: 2014-01-01}, {agent: folfox, start: 2015-01-20}]}",
    ],
)
def test_what_happens_after_the_scan_takes_its_word_away(event: str) -> None:
    text = scan(lesion("above_liver")) + event
    assert fact("sstr_status", text, "2015-01-19") == "positive"
    assert fact("sstr_status", text, ON) is None


def test_a_new_lesion_on_a_later_ct_takes_the_word_of_a_positive_scan_away_and_not_of_a_negative_one() -> None:
    text = TWO.replace("lung]}]}", "lung]},\n  {date: 2015-01-20, modality: ct, findings: [new_lesion]}]}")
    assert fact("sstr_status", text, ON) == "negative"
    positive = text.replace("sstr: negative, non_avid_sites: [liver, lung]", "sstr: positive")
    assert positive != text
    assert fact("sstr_status", positive, ON) is None


def test_a_negative_scan_stands_however_old_it_is_until_a_newer_one_is_positive() -> None:
    assert fact("sstr_status", TWO, "2019-01-01") == "negative"
    newer = TWO.replace("lung]}]}", "lung]},\n  {date: 2018-12-20, modality: sstr_pet, sstr: positive}]}")
    assert newer != TWO
    assert fact("sstr_status", newer, "2019-01-01") == "positive"


def test_prrt_that_went_on_after_the_scan_takes_its_word_away() -> None:
    event = "therapies: {courses: [{agent: lu177_dotatate, start: 2014-11-20, end: 2015-01-20, cycles: 2}]}"
    text = scan(lesion("above_liver")) + event
    assert fact("sstr_status", text, "2015-01-01") == "positive"
    assert fact("sstr_status", text, "2015-01-10") is None
    assert fact("sstr_status", text, ON) is None


@pytest.mark.parametrize(
    "event",
    [
        "progression: [{date: 2015-01-01, status: documented}]",
        "progression: [{date: 2015-01-20, status: documented, criterion: marker}]",
        "progression: [{date: 2015-01-20, status: none}]",
        "therapies: {courses: [{agent: lanreotide, start: 2015-01-20}]}",
        "therapies: {courses: [{agent: axitinib, start: 2014-01-01}, {agent: sunitinib, start: 2015-01-20}]}",
        "therapies: {courses: [{agent: everolimus, start: 2015-01-20, planned: true, known_from: 2015-01-10}]}",
        "therapies: {courses: [{agent: everolimus, start: 2015-01-01}]}",
    ],
)
def test_what_does_not_overtake_a_scan(event: str) -> None:
    assert fact("sstr_status", scan(lesion("above_liver")) + event, ON) == "positive"


def test_no_receptor_scan_is_unknown_not_negative() -> None:
    assert fact("sstr_status", "imaging: {complete: true, studies: []}", ON) is None
    assert fact("sstr_previously_positive", "imaging: {complete: true, studies: []}", ON) is False
    assert fact("sstr_previously_positive", "imaging: {studies: []}", ON) is None


FDG = """
imaging: {studies: [
  {date: 2015-01-01, modality: sstr_pet, lesions: [{id: a, site: liver, size: 20, sstr: UPTAKE}]},
  {date: DAY, modality: fdg_pet, lesions: [{id: a, site: liver, fdg: positive}]}]}
"""


@pytest.mark.parametrize(
    ("uptake", "day", "found"),
    [("none", "2015-01-20", True), ("above_liver", "2015-01-20", False), ("none", "2015-02-15", None)],
)
def test_an_fdg_positive_lesion_is_matched_to_its_receptor_uptake_within_31_days(
    uptake: str, day: str, found: bool | None
) -> None:
    text = FDG.replace("UPTAKE", uptake).replace("DAY", day)
    assert fact("fdg_positive_sstr_negative_lesion", text, "2015-02-20") is found
    assert fact("fdg_status", text, "2015-02-20") == "positive"


def test_a_negative_fdg_pet_has_no_mismatched_lesion() -> None:
    text = "imaging: {studies: [{date: 2015-01-01, modality: fdg_pet, fdg: negative}]}"
    assert fact("fdg_positive_sstr_negative_lesion", text, ON) is False


NODES = """
imaging: {studies: [
  {date: 2014-01-01, modality: sstr_pet, sstr: positive, avid_nodes: 5},
  {date: 2015-01-01, modality: sstr_pet, sstr: positive, avid_nodes: 2},
  {date: 2016-01-01, modality: sstr_pet, sstr: positive, avid_nodes: 7}]}
pathology: {samples: [{date: 2015-01-20, kind: resection, site: primary, nodes: {examined: 12, positive: 1}}]}
"""


def test_nodes_avid_in_the_last_scan_before_surgery_are_held_against_positive_nodes() -> None:
    assert fact("sstr_avid_nodes_beyond_pathology", NODES) == exactly(1)


def test_the_node_difference_needs_both_counts() -> None:
    assert fact("sstr_avid_nodes_beyond_pathology", NODES.replace(", avid_nodes: 2", "")) is None
    assert fact("sstr_avid_nodes_beyond_pathology", NODES.replace(", positive: 1", "")) is None


def test_lateral_nodes_were_not_imaged_only_where_the_list_is_complete() -> None:
    text = "imaging: {complete: COMPLETE, studies: [{date: 2015-01-01, modality: mri, regions: [REGION]}]}"
    done = text.replace("REGION", "lateral_pelvic_nodes")
    missed = text.replace("REGION", "abdomen")
    assert fact("lateral_nodes_imaged", done.replace("COMPLETE", "false")) is True
    assert fact("lateral_nodes_imaged", missed.replace("COMPLETE", "true")) is False
    assert fact("lateral_nodes_imaged", missed.replace("COMPLETE", "false")) is None


def test_an_echocardiogram_counts_for_a_year() -> None:
    text = "imaging: {complete: true, studies: [{date: 2015-01-01, modality: echocardiogram}]}"
    assert fact("echocardiogram_within_12_months", text, "2016-01-01") is True
    assert fact("echocardiogram_within_12_months", text, "2016-01-02") is False
    assert fact("echocardiogram_within_12_months", text.replace("true", "false"), "2016-01-02") is None


def test_ascites_is_read_from_the_newest_of_examination_and_scan() -> None:
    text = """
organ_function: [{date: 2015-01-01, ascites: true}]
imaging: {studies: [{date: 2015-01-20, modality: ct, not_found: [ascites]}]}
"""
    assert fact("ascites", text, ON) is False
    assert fact("ascites", text, "2015-01-19") is True
