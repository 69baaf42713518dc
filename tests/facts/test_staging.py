"""Stage with its edition, extent, metastatic sites, and contradictions that are told instead of resolved."""

from __future__ import annotations

import pytest

from cdss.facts.tnm import colorectal_groups
from cdss.values import Members, Truth
from tests.facts.derived import RECTAL, alerts, fact, members, sheet

SEED = RECTAL + "stage: [{date: 2010-02-01, t: pT3, n: pN1, m: M0, read_by: [ajcc8, enets2007]}]\n"


@pytest.mark.parametrize(
    ("t", "n", "m", "ajcc8", "enets2007"),
    [
        ("T1", "N0", "M0", "I", None),
        ("pT1a", "pN0", "M0", "I", "IA"),
        ("pT1b", "pN0", "M0", "I", "IB"),
        ("T2", "N0", "M0", "IIA", "IIA"),
        ("T3", "N0", "M0", "IIB", "IIB"),
        ("T4", "N0", "M0", "IIIA", "IIIA"),
        ("pT3", "pN1", "M0", "IIIB", "IIIB"),
        ("TX", "N1", "M0", "IIIB", "IIIB"),
        ("T1", "N0", "M1a", "IV", "IV"),
        ("T3", "NX", "M0", None, None),
        ("T3", "N1", "MX", None, None),
        ("T3", "N1", None, None, None),
    ],
)
def test_the_stage_group_of_a_colorectal_net_by_edition(
    t: str, n: str, m: str | None, ajcc8: str | None, enets2007: str | None
) -> None:
    found = {edition: group for group, edition in colorectal_groups(t, n, m, ["ajcc8", "enets2007"])}
    assert (found.get("ajcc8"), found.get("enets2007")) == (ajcc8, enets2007)


def test_the_seed_is_iiib_in_both_editions_and_says_so() -> None:
    found = sheet(SEED, "2010-02-02")
    assert found.values["stage_group"] == "IIIB"
    assert found.overview.stage[0].groups == ("IIIB (AJCC 8)", "IIIB (ENETS 2007)")
    assert (found.values["t_category"], found.values["n_category"], found.values["m_category"]) == ("T3", "N1", "M0")


def test_editions_that_disagree_leave_the_stage_group_unknown() -> None:
    assert fact("stage_group", SEED.replace("pT3, n: pN1", "pT1a, n: pN0"), "2010-02-02") is None
    one = SEED.replace("pT3, n: pN1", "pT1a, n: pN0").replace("read_by: [ajcc8, enets2007]", "edition: enets2007")
    assert fact("stage_group", one, "2010-02-02") == "IA"


def test_a_stage_without_edition_is_not_used_and_an_alert_says_so() -> None:
    text = RECTAL + "stage: [{date: 2010-02-01, t: pT3, n: pN1, m: M0}]"
    found = sheet(text)
    assert {a.id for a in found.alerts} == {"stage-without-edition"}
    assert not {"stage_group", "t_category", "n_category", "m_category"} & set(found.facts)


def test_a_stage_group_that_does_not_follow_from_its_categories_is_a_contradiction() -> None:
    text = SEED.replace("read_by: [ajcc8, enets2007]", "edition: ajcc8, group: IIA")
    assert alerts(text) == {"stage-contradiction"}
    assert fact("stage_group", text) is None


def test_other_primaries_have_only_the_reported_group() -> None:
    text = "primary: [{date: 2010-01-01, site: ileum}]\n"
    text += "stage: [{date: 2010-02-01, t: T2, n: N0, m: M0, edition: ajcc8MORE}]"
    assert fact("stage_group", text.replace("MORE", "")) is None
    assert fact("stage_group", text.replace("MORE", ", group: II")) == "II"


LUNG = "imaging: {studies: [{date: DAY, modality: ct, lesions: [{site: lung}]}]}\n"


def test_m0_with_a_lung_metastasis_is_a_contradiction_and_the_facts_stay_unknown() -> None:
    found = sheet(SEED + LUNG.replace("DAY", "2010-01-20"))
    assert {a.id for a in found.alerts} == {"m-category-contradiction"}
    for name in ("m_category", "extent", "metastatic_sites", "extrahepatic_disease", "stage_group"):
        assert name not in found.facts
        assert name in found.alerts[0].facts


def test_a_lung_metastasis_found_after_m0_is_no_contradiction() -> None:
    text = SEED + LUNG.replace("DAY", "2014-01-20")
    assert not alerts(text)
    assert fact("m_category", text, "2014-01-19") == "M0"
    assert fact("m_category", text) == "M1"
    assert fact("extent", text) == "metastatic"
    assert fact("stage_group", text) == "IV"
    assert fact("extrahepatic_disease", text) is True


def test_localised_disease_with_a_recorded_metastasis_is_a_contradiction() -> None:
    text = "extent: [{date: 2010-02-01, extent: localised}]\n" + LUNG.replace("DAY", "2010-01-20")
    assert alerts(text) == {"extent-contradiction"}
    assert fact("extent", text) is None


def test_sites_are_complete_only_where_the_record_says_so() -> None:
    text = "extent: [{date: 2010-02-01, sites: [liver], complete: COMPLETE}]"
    whole, part = text.replace("COMPLETE", "true"), text.replace("COMPLETE", "false")
    assert fact("metastatic_sites", whole) == members("liver", complete=True)
    assert fact("metastatic_sites", part) == members("liver")
    assert fact("extrahepatic_disease", whole) is False
    assert fact("extrahepatic_disease", part) is None
    assert fact("extent", part) == "metastatic"


def test_a_complete_list_of_sites_lapses_with_later_progression_or_a_further_site() -> None:
    text = "extent: [{date: 2010-02-01, sites: [liver], complete: true}]\n"
    grown = text + "progression: [{date: 2011-02-01, status: documented}]"
    spread = text + LUNG.replace("DAY", "2011-02-01")
    assert fact("metastatic_sites", grown) == members("liver")
    assert fact("extrahepatic_disease", grown) is None
    assert fact("metastatic_sites", spread) == members("liver", "lung")
    assert fact("metastatic_sites", spread, "2011-01-31") == members("liver", complete=True)


def test_organs_found_free_are_absent_until_something_grows() -> None:
    text = "extent: [{date: 2010-02-01, sites: [liver], free: [bone]}]\n"
    assert fact("metastatic_sites", text) == members("liver", absent=("bone",))
    assert fact("metastatic_sites", text + "progression: [{date: 2011-02-01, status: documented}]") == members("liver")


def test_nodes_taken_out_with_the_primary_no_longer_count_as_present() -> None:
    text = """
imaging: {studies: [{date: 2010-01-01, modality: ct, lesions: [{site: regional_nodes}]}]}
therapies: {courses: [{agent: primary_resection, start: 2010-02-01}]}
"""
    assert fact("metastatic_sites", text, "2010-01-31") == members("regional_nodes")
    assert fact("metastatic_sites", text) is None


def test_nodes_of_an_unstated_region_rule_out_neither_region() -> None:
    found = fact("metastatic_sites", "extent: [{date: 2010-02-01, sites: [liver, nodes], complete: true}]")
    assert isinstance(found, Members)
    assert found.includes("regional_nodes") is Truth.UNKNOWN
    assert found.includes("lung") is Truth.NO


def test_regional_nodes_alone_are_not_m1() -> None:
    assert fact("m_category", "extent: [{date: 2010-02-01, sites: [regional_nodes]}]") is None
    assert fact("extrahepatic_disease", "extent: [{date: 2010-02-01, sites: [regional_nodes]}]") is True


def test_m0_lapses_when_something_grew_later() -> None:
    text = SEED + "progression: [{date: 2012-01-01, status: documented}]"
    assert fact("m_category", text) is None


def test_the_primary_is_removed_by_surgery_and_in_place_only_where_the_history_is_complete() -> None:
    assert fact("primary_resected", "therapies: {courses: [{agent: primary_resection, start: 2010-02-01}]}") is True
    assert fact("primary_resected", "therapies: {complete: true, courses: []}") is False
    assert fact("primary_resected", "therapies: {courses: []}") is None
    planned = (
        "therapies: {courses: [{agent: primary_resection, start: 2010-02-01, planned: true, known_from: 2010-01-01}]}"
    )
    assert fact("primary_resected", planned) is None


def test_a_threatening_site_is_excluded_only_by_a_complete_list() -> None:
    text = "extent: [{date: 2029-12-01, threatening_sites: {SITES}}]"
    assert fact("threatening_site", text.replace("SITES", "sites: [spinal canal]")) is True
    assert fact("threatening_site", text.replace("SITES", "complete: true, sites: []")) is False
    assert fact("threatening_site", text.replace("SITES", "sites: []")) is None
