"""What may be written of measured lesions, and what is refused with a sentence that a clinician understands."""

from __future__ import annotations

import pytest

from cdss.record.imaging import Lesion, Study
from tests.record.test_record import record_of, refused


def study(
    more: str, lesions: str = "{id: a, site: liver, size: 20}", modality: str = "ct", day: str = "2024-01-01"
) -> str:
    return f"{{date: {day}, modality: {modality}, lesions: [{lesions}]{', ' * bool(more)}{more}}}"


def imaging(*studies: str) -> str:
    return f"imaging: {{studies: [{', '.join(studies)}]}}"


def read(text: str) -> Study:
    found = record_of(text).imaging
    assert found is not None
    return found.studies[0]


def lesion(text: str) -> Lesion:
    return read(imaging(study("", text))).lesions[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (imaging(study("", "{id: a, site: nodes, node: false}")), "is a lymph node"),
        (imaging(study("", "{id: a, site: liver, grew_since_treatment: true}")), "treated_locally: true"),
        (
            imaging(study("", "{id: a, site: liver, treated_locally: false, grew_since_treatment: true}")),
            "treated_locally: true",
        ),
        (imaging(study("", "{id: a, site: liver, size: 20, viable: 20.1}")), "larger than the lesion"),
        (imaging(study("", "{id: a, site: liver, size: 0, new: true}")), "new and gone"),
        (imaging(study("", "{id: a, site: liver, hu: 1500}")), "outside the possible range"),
        (imaging(study("", "{id: a, site: liver, size: 20}, {id: a, site: liver, size: 21}")), "stands twice"),
        (imaging(study("", "{id: a, site: liver, hu: 60}", "mri")), "on CT only"),
        (imaging(study("", "{id: a, site: liver, hu: 60}", "fdg_pet")), "on CT only"),
        (imaging(study("", "{id: a, site: liver, viable: 6}", "ultrasound")), "on CT or MRI"),
        (imaging(study("phase: arterial", modality="endoscopy")), "contrast phase"),
        (imaging(study("phase: hepatobiliary")), "belongs to MRI"),
        (imaging(study("new_lesions: false", "{id: a, site: liver, new: true}")), "and to show none"),
        (imaging(study("new_lesions: true, not_found: [new_lesion]")), "and to show none"),
        (imaging(study("findings: [new_lesion], new_lesions: false")), "and to show none"),
        (imaging(study("baseline: true, usable: false")), "no baseline"),
        (imaging(study("baseline: true", modality="ultrasound")), "sizes of other studies are not compared"),
        (imaging(study("baseline: true", "{id: a, site: liver}")), "needs measured lesions"),
        (imaging("{date: 2024-01-01, modality: ct, baseline: true}"), "needs measured lesions"),
        (imaging(study("baseline: true", "{site: liver, size: 20}")), "needs an id"),
        (imaging(study("baseline: true", "{id: a, site: liver, size: 20}, {id: b, site: lung, size: 0}")), "left out"),
        (imaging(study("baseline: true"), study("baseline: true")), "called baseline"),
        (imaging(study(""), study("", "{id: a, site: lung, size: 20}", day="2024-02-01")), "two different sites"),
        (
            imaging(
                study("", "{id: a, site: other, node: true}"),
                study("", "{id: a, site: other, node: false}", day="2024-02-01"),
            ),
            "once as a lymph node",
        ),
        (imaging(study("non_target: shrunk")), "non_target"),
        (imaging(study("phase: venous")), "phase"),
    ],
)
def test_what_cannot_be_is_refused(text: str, said: str) -> None:
    assert said in refused(text)


@pytest.mark.parametrize("size", ["19.9", "{at_most: 19.9}"])
def test_an_enhancing_part_that_is_surely_larger_is_refused_and_one_that_may_fit_is_not(size: str) -> None:
    assert "larger" in refused(imaging(study("", f"{{id: a, site: liver, size: {size}, viable: 20}}")))
    assert lesion("{id: a, site: liver, size: {at_least: 19.9}, viable: 20}").viable is not None
    assert lesion("{id: a, site: liver, size: 20, viable: 20}").viable is not None


def test_of_a_lymph_node_the_enhancing_part_may_be_longer_than_the_short_axis() -> None:
    assert lesion("{id: a, site: nodes, size: 15, viable: 22}").viable is not None


@pytest.mark.parametrize("site", ["nodes", "regional_nodes", "distant_nodes"])
def test_the_site_says_that_a_lesion_is_a_lymph_node(site: str) -> None:
    assert lesion(f"{{id: a, site: {site}}}").is_node
    assert not lesion("{id: a, site: other}").is_node
    assert lesion("{id: a, site: other, node: true}").is_node


def test_an_attenuation_may_be_negative() -> None:
    assert lesion("{id: a, site: liver, hu: -20}").hu is not None


def test_a_size_of_0_says_gone_and_no_size_says_nothing() -> None:
    assert lesion("{id: a, site: liver, size: 0}").is_gone
    assert not lesion("{id: a, site: liver}").is_gone
    assert not lesion("{id: a, site: liver, size: {less_than: 5}}").is_gone


@pytest.mark.parametrize(
    ("more", "lesions", "shown"),
    [
        ("", "{id: a, site: liver}", None),
        ("", "{id: a, site: liver, new: false}", None),
        ("new_lesions: false", "{id: a, site: liver}", False),
        ("not_found: [new_lesion]", "{id: a, site: liver}", False),
        ("new_lesions: true", "{id: a, site: liver}", True),
        ("findings: [new_lesion]", "{id: a, site: liver}", True),
        ("", "{id: a, site: liver, new: true}", True),
    ],
)
def test_new_lesions_are_unknown_until_somebody_speaks_of_them(more: str, lesions: str, shown: bool | None) -> None:
    assert read(imaging(study(more, lesions))).shows_new_lesions is shown


def test_nodes_of_a_region_that_nobody_stated_may_later_be_regional_ones() -> None:
    record_of(
        imaging(
            study("", "{id: a, site: nodes, size: 20}"),
            study("", "{id: a, site: regional_nodes, size: 20}", day="2024-02-01"),
        )
    )


def test_two_modalities_may_both_have_a_baseline_on_one_day() -> None:
    record_of(imaging(study("baseline: true"), study("baseline: true", modality="mri")))


def test_a_message_repeats_no_value_of_the_record() -> None:
    text = imaging(study("", "{id: Jane Roe, site: liver, size: 20}, {id: Jane Roe, site: liver, size: 21}"))
    assert "Jane" not in refused(text)
