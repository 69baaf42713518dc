"""Grade, Ki-67 and what else tissue shows."""

from __future__ import annotations

import pytest

from cdss.values import Interval
from tests.facts.derived import RECTAL, alerts, between, exactly, fact, sheet

BOTH = (
    "pathology: {{samples: [{{date: 2012-01-01, kind: biopsy, site: primary, ki67: {ki67}, "
    "mitoses: {{per_2mm2: {mitoses}}}{more}}}]}}"
)
ALONE = "pathology: {{samples: [{{date: 2012-01-01, kind: biopsy, site: primary, ki67: {ki67}{more}}}]}}"
WELL = ", differentiation: well"


def graded(ki67: str, mitoses: str = "1", more: str = WELL, primary: str = RECTAL) -> object:
    return fact("net_grade_highest", primary + BOTH.format(ki67=ki67, mitoses=mitoses, more=more))


@pytest.mark.parametrize(
    ("ki67", "grade"), [("2", 1), ("2.9", 1), ("3", 2), ("15", 2), ("20", 2), ("20.1", 3), ("55", 3)]
)
def test_ki67_grades_with_its_boundaries_at_3_and_20_percent(ki67: str, grade: int) -> None:
    assert graded(ki67) == exactly(grade)


@pytest.mark.parametrize(
    ("mitoses", "grade"), [("0", 1), ("1", 1), ("1.9", 1), ("2", 2), ("20", 2), ("20.1", 3), ("21", 3)]
)
def test_mitoses_grade_with_their_boundaries_at_2_and_20(mitoses: str, grade: int) -> None:
    assert graded("2", mitoses) == exactly(grade)


@pytest.mark.parametrize(("ki67", "mitoses", "grade"), [("2", "5", 2), ("5", "1", 2), ("5", "30", 3), ("30", "1", 3)])
def test_the_higher_of_the_two_indices_decides(ki67: str, mitoses: str, grade: int) -> None:
    assert graded(ki67, mitoses) == exactly(grade)


def test_mitoses_counted_over_another_area_are_brought_to_2_mm2() -> None:
    text = RECTAL + ALONE.format(
        ki67=2, more=", mitoses: {count: 9, area: {value: 10, unit: mm2}}, differentiation: well"
    )
    assert fact("net_grade_highest", text) == exactly(1)
    assert fact("mitoses_highest_per_2mm2", text) == exactly("1.8")


def test_one_index_alone_gives_at_least_its_grade() -> None:
    text = RECTAL + ALONE.format(ki67=10, more=WELL)
    assert fact("net_grade_highest", text) == between(2, 3)
    assert fact("single_index_grade", text) is True


def test_both_indices_are_no_single_index() -> None:
    assert fact("single_index_grade", RECTAL + BOTH.format(ki67=10, mitoses=1, more="")) is False


def test_a_reported_grade_is_used_as_it_stands_and_keeps_its_single_index_flag() -> None:
    text = RECTAL + ALONE.format(ki67=15, more=", grade: G2")
    assert fact("net_grade_highest", text) == exactly(2)
    assert fact("single_index_grade", text) is True


def test_a_reported_grade_that_says_it_rests_on_both_is_no_single_index() -> None:
    assert (
        fact("single_index_grade", RECTAL + ALONE.format(ki67=15, more=", grade: G2, grade_from: [ki67, mitoses]"))
        is False
    )


def test_what_a_bare_reported_grade_rests_on_is_unknown() -> None:
    text = RECTAL + "pathology: {samples: [{date: 2012-01-01, kind: biopsy, site: primary, grade: G1}]}"
    assert fact("net_grade_latest", text) == exactly(1)
    assert fact("single_index_grade", text) is None


@pytest.mark.parametrize("grade", ["G1", "G2", "G3"])
def test_a_reported_net_grade_implies_well_differentiated(grade: str) -> None:
    text = RECTAL + f"pathology: {{samples: [{{date: 2012-01-01, kind: biopsy, site: primary, grade: {grade}}}]}}"
    assert fact("differentiation", text) == "well"


@pytest.mark.parametrize(
    ("range_", "low", "high"),
    [("{from: 10, to: 15}", 2, 2), ("{from: 2, to: 5}", 1, 2), ("{less_than: 3}", 1, 1), ("{at_most: 3}", 1, 2),
     ("{more_than: 20}", 3, 3), ("{at_least: 20}", 2, 3)],
)  # fmt: skip
def test_a_ki67_range_is_graded_by_both_ends(range_: str, low: int, high: int) -> None:
    assert graded(range_) == between(low, high)


def test_poor_differentiation_never_has_a_net_grade() -> None:
    for more in (", differentiation: poor", ", grade: NEC", ", differentiation: poor, grade: G3"):
        text = RECTAL + BOTH.format(ki67=60, mitoses=40, more=more)
        assert fact("net_grade_highest", text) is None
        assert fact("net_grade_latest", text) is None
        assert fact("differentiation", text) == "poor"
        assert not alerts(text)


def test_ki67_above_20_with_unknown_differentiation_has_no_net_grade() -> None:
    text = RECTAL + BOTH.format(ki67=35, mitoses=3, more="")
    assert fact("net_grade_highest", text) is None
    assert fact("net_grade_latest", text) is None
    assert fact("differentiation", text) is None
    assert fact("ki67_highest_percent", text) == exactly(35)


def test_a_later_ungradable_sample_takes_the_highest_grade_away() -> None:
    text = (
        RECTAL
        + """
pathology: {samples: [
  {date: 2012-01-01, kind: resection, site: primary, grade: G2, ki67: 15},
  {date: 2014-01-01, kind: biopsy, site: liver, ki67: 40}]}
"""
    )
    assert fact("net_grade_highest", text, "2013-01-01") == exactly(2)
    assert fact("net_grade_highest", text) is None


@pytest.mark.parametrize("site", ["lung", "thymus"])
def test_gep_cutoffs_are_never_used_for_lung_or_thymus(site: str) -> None:
    primary = f"primary: [{{date: 2010-01-01, site: {site}}}]\n"
    assert graded("10", "5", primary=primary) is None
    assert fact("ki67_highest_percent", primary + BOTH.format(ki67=10, mitoses=5, more=WELL)) == exactly(10)


def test_gep_cutoffs_are_not_used_while_the_primary_is_not_recorded() -> None:
    assert graded("10", primary="") is None


def test_a_grade_reported_for_a_lung_primary_is_taken_as_it_stands() -> None:
    primary = "primary: [{date: 2010-01-01, site: lung}]\n"
    assert graded("25", "5", more=", grade: G2", primary=primary) == exactly(2)


@pytest.mark.parametrize(
    ("ki67", "mitoses", "more"),
    [("35", "1", ", grade: G1"), ("2", "1", ", grade: G3"), ("10", "5", ", grade: G2, differentiation: poor"),
     ("60", "40", ", grade: NEC, differentiation: well"), ("5", "1", ", grade: NEC")],
)  # fmt: skip
def test_a_grade_that_does_not_fit_raises_an_alert_and_leaves_grade_and_ki67_unknown(
    ki67: str, mitoses: str, more: str
) -> None:
    text = RECTAL + BOTH.format(ki67=ki67, mitoses=mitoses, more=more)
    found = sheet(text)
    assert [a.id for a in found.alerts] == ["grade-contradiction"]
    for name in (
        "net_grade_highest",
        "net_grade_latest",
        "ki67_highest_percent",
        "ki67_latest_percent",
        "differentiation",
    ):
        assert name not in found.facts


TWO = """
pathology: {samples: [
  {date: 2012-01-01, kind: resection, site: primary, ki67: 15, grade: G2, nodes: {examined: 12, positive: 1},
   lymphovascular_invasion: true, margin: R0},
  {date: 2013-01-01, kind: biopsy, site: liver, ki67: 2, grade: G1}]}
"""


def test_highest_and_latest_are_kept_apart() -> None:
    found = sheet(RECTAL + TWO).values
    assert found["ki67_highest_percent"] == exactly(15)
    assert found["ki67_latest_percent"] == exactly(2)
    assert found["net_grade_highest"] == exactly(2)
    assert found["net_grade_latest"] == exactly(1)


def test_before_the_second_sample_only_the_first_is_known() -> None:
    found = sheet(RECTAL + TWO, "2012-12-31").values
    assert found["ki67_latest_percent"] == exactly(15)
    assert "metastasis_confirmed_by_tissue" not in found


def test_the_latest_sample_without_ki67_makes_the_latest_ki67_unknown() -> None:
    text = RECTAL + TWO.replace("kind: biopsy, site: liver, ki67: 2, grade: G1", "kind: cytology, site: liver")
    assert fact("ki67_latest_percent", text) is None
    assert fact("ki67_highest_percent", text) == exactly(15)


def test_a_sample_without_tumour_changes_no_grade() -> None:
    text = RECTAL + TWO.replace("ki67: 2, grade: G1", "tumour: false")
    assert fact("ki67_latest_percent", text) == exactly(15)
    assert fact("metastasis_confirmed_by_tissue", text) is None


def test_the_specimen_is_read() -> None:
    found = sheet(RECTAL + TWO).values
    assert (found["nodes_examined"], found["nodes_positive"]) == (exactly(12), exactly(1))
    assert found["lymphovascular_invasion"] is True
    assert found["resection_margin"] == "R0"


def test_a_metastasis_is_confirmed_only_by_tissue_from_a_distant_site() -> None:
    assert fact("metastasis_confirmed_by_tissue", RECTAL + TWO) is True
    assert fact("metastasis_confirmed_by_tissue", RECTAL + TWO.replace("site: liver", "site: regional_nodes")) is None


def test_no_metastasis_was_confirmed_only_where_the_list_of_samples_is_complete() -> None:
    text = "pathology: {complete: COMPLETE, samples: [{date: 2012-01-01, kind: resection, site: primary}]}"
    assert fact("metastasis_confirmed_by_tissue", text.replace("COMPLETE", "true")) is False
    assert fact("metastasis_confirmed_by_tissue", text.replace("COMPLETE", "false")) is None


def test_the_age_of_tissue_is_cut_not_rounded() -> None:
    assert fact("tissue_age_months", RECTAL + TWO, "2013-12-31") == exactly("11.9")
    assert fact("tissue_age_months", RECTAL + TWO, "2014-01-01") == exactly(12)


def test_well_after_poor_is_a_contradiction_and_poor_after_well_is_told() -> None:
    first, second = "differentiation: poor", "differentiation: well"
    text = (
        "pathology: {{samples: [{{date: 2012-01-01, kind: biopsy, site: primary, {0}}},"
        " {{date: 2013-01-01, kind: biopsy, site: liver, {1}}}]}}"
    )
    assert alerts(text.format(first, second)) == {"differentiation-differs"}
    assert fact("differentiation", text.format(first, second)) is None
    assert alerts(text.format(second, first)) == {"differentiation-changed"}
    assert fact("differentiation", text.format(second, first)) == "poor"


def test_a_grade_is_always_an_interval() -> None:
    assert isinstance(graded("5"), Interval)
