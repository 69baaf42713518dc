"""Facts stated directly: every form, every mistake at once, the nearest right name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cdss.errors import Place, Problems
from cdss.facts.direct import Path, facts_from_mapping
from cdss.facts.sheet import FactSheet
from cdss.values import Value
from tests.facts.derived import VOCABULARY, between, exactly, members


def stated(**data: Any) -> dict[str, Value]:
    return facts_from_mapping(data, VOCABULARY)


def refused(data: Any) -> Problems:
    with pytest.raises(Problems) as caught:
        facts_from_mapping(data, VOCABULARY)
    return caught.value


@pytest.mark.parametrize(
    ("name", "written", "found"),
    [
        ("resectable", False, False),
        ("primary_site", "rectum", "rectum"),
        ("primary_site", "unknown_primary", "unknown_primary"),
        ("hereditary_syndrome", "none", "none"),
        ("ki67_highest_percent", 15, exactly(15)),
        ("ki67_highest_percent", Decimal("2.9"), exactly("2.9")),
        ("ki67_highest_percent", {"value": Decimal("0.15"), "unit": "1"}, exactly(15)),
        ("ki67_highest_percent", {"value": 1, "unit": "%"}, exactly(1)),
        ("ki67_highest_percent", {"from": 10, "to": 15}, between(10, 15)),
        ("ki67_highest_percent", {"less_than": 3}, between(None, 3, high_open=True)),
        ("net_grade_highest", {"at_least": 2}, between(2, None)),
        ("bilirubin_mg_dl", {"value": 14, "unit": "umol/L"}, exactly("0.819")),
        ("haemoglobin_g_dl", {"less_than": 80, "unit": "g/L"}, between(None, 8, high_open=True)),
        ("prior_therapies", ["lanreotide"], members("lanreotide", complete=True)),
        ("prior_therapies", [], members(complete=True)),
        ("prior_therapies", {"includes": ["lanreotide"], "complete": False}, members("lanreotide")),
        ("prior_therapies", {"includes": "lanreotide", "excludes": ["sirt"]}, members("lanreotide", absent=("sirt",))),
        ("declined", ["cytotoxic_chemotherapy"], members("cytotoxic_chemotherapy", complete=True)),
    ],
)
def test_every_form_of_a_fact(name: str, written: Any, found: Value) -> None:
    assert stated(**{name: written}) == {name: found}


def test_the_word_unknown_leaves_a_fact_out() -> None:
    assert (
        stated(resectable="unknown", ki67_highest_percent="unknown", prior_therapies="unknown", tempo="unknown") == {}
    )


@pytest.mark.parametrize(
    ("name", "written", "code"),
    [
        ("resectable", "yes", "E302"),
        ("resectable", 1, "E302"),
        ("resectable", None, "E522"),
        ("primary_site", "rektum", "E302"),
        ("primary_site", True, "E302"),
        ("ki67_highest_percent", Decimal("0.15"), "E303"),
        ("ki67_highest_percent", {"less_than": 1}, "E303"),
        ("ki67_highest_percent", 101, "E303"),
        ("ki67_highest_percent", Decimal("2.95"), "E303"),
        ("ki67_highest_percent", {"from": 15, "to": 10}, "E303"),
        ("ki67_highest_percent", True, "E303"),
        ("net_grade_highest", Decimal("1.5"), "E303"),
        ("net_grade_highest", 4, "E303"),
        ("haemoglobin_g_dl", {"value": 7, "unit": "mmol/L"}, "E518"),
        ("prior_therapies", "lanreotide", "E313"),
        ("prior_therapies", ["lanreotid"], "E302"),
        ("prior_therapies", ["prrt"], "E302"),
        ("prior_therapies", {"include": []}, "E313"),
        ("prior_therapies", {"includes": ["sirt"], "excludes": ["sirt"]}, "E313"),
        ("prior_therapies", {"includes": [], "complete": "no"}, "E313"),
    ],
)
def test_every_mistake_has_its_code(name: str, written: Any, code: str) -> None:
    assert [p.code for p in refused({name: written}).problems] == [code]


def test_a_wrong_name_gets_the_nearest_right_one() -> None:
    problem = refused({"ki67_highest_percnt": 15}).problems[0]
    assert problem.code == "E301"
    assert problem.remedy == "did you mean 'ki67_highest_percent'?"


def test_a_wrong_value_gets_the_nearest_right_one_only_where_values_may_be_shown() -> None:
    assert "rectum" not in str(refused({"primary_site": "rektum"}))
    with pytest.raises(Problems, match="did you mean 'rectum'"):
        facts_from_mapping({"primary_site": "rektum"}, VOCABULARY, show_values=True)


def test_all_mistakes_are_told_at_once_each_at_its_place_and_without_the_value() -> None:
    seen: list[Path] = []

    def place_of(path: Path) -> Place:
        seen.append(path)
        return Place("case.yaml", len(seen))

    with pytest.raises(Problems) as caught:
        facts_from_mapping(
            {
                "ki67_highest_percent": Decimal("0.47"),
                "primary_site": "scalp",
                "prior_therapies": ["lanreotide", "aspirin"],
            },
            VOCABULARY,
            place_of=place_of,
        )
    assert len(caught.value.problems) == 3
    assert ("prior_therapies", 1) in seen
    assert not any(value in str(caught.value) for value in ("0.47", "scalp", "aspirin"))


def test_facts_that_are_no_mapping_are_refused() -> None:
    assert [p.code for p in refused(["ki67"]).problems] == ["E521"]


def test_a_changed_sheet_leaves_the_original_alone() -> None:
    sheet = FactSheet.of_values({"resectable": False, "tempo": "slow"})
    changed = sheet.changed({"resectable": True, "tempo": None}, source="what if")
    assert dict(changed.values) == {"resectable": True}
    assert dict(sheet.values) == {"resectable": False, "tempo": "slow"}
    assert changed.facts["resectable"].source == "what if"
