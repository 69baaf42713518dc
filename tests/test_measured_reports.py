"""Measured responses in every report: from the document alone, the newest first; nothing where nothing was measured."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from cdss.case import load_case
from cdss.consult import Question, consult
from cdss.decision import Decision
from cdss.engine import Engine
from cdss.locations import cases_folder
from cdss.reports.measured import measured_of
from cdss.reports.sheet.picture import picture
from cdss.reports.sheet.render import render_html, render_markdown
from cdss.reports.text import render_text
from tests.patients import library

DIFFER = "response/choi-partial-response-beside-stable-size"
SMALLEST = "response/progression-from-the-smallest-sum"
MRI = "response/no-density-on-mri"


@cache
def engine() -> Engine:
    return Engine(library(), shadow=False)


@cache
def decision(name: str, on: str | None = None) -> Decision:
    return consult(engine(), load_case(name, cases_folder()), Question(on=on)).decision


def written(name: str, on: str | None = None) -> dict[str, str]:
    found = decision(name, on)
    return {
        "text": render_text(found).text(),
        "html": render_html([found], "Board"),
        "markdown": render_markdown([found], "Board"),
    }


def flat(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", text).replace("\\", "").split())


@pytest.mark.parametrize("kind", ["text", "html", "markdown"])
def test_every_report_shows_each_criterion_with_its_arithmetic_and_what_is_missing(kind: str) -> None:
    text = flat(written(DIFFER)[kind])
    for part in (
        "easured response" if kind != "text" else "MEASURED RESPONSE",
        "2024-04-10, CT, portal venous phase, against the baseline of 2024-01-10",
        "sum 112 → 104 mm, -7.1 % from baseline, -7.1 % and -8 mm from the smallest (112 mm)",
        "partial response",
        "size -7.1 %, attenuation -32.4 %",
        "the enhancing part of a lesion was not measured",
        "-16.0 to +2.6 with an error of 5 % in either sum",
        "The criteria differ.",
    ):
        assert part in text, part


@pytest.mark.parametrize("kind", ["text", "html", "markdown"])
def test_on_mri_every_report_says_that_the_density_is_not_computable(kind: str) -> None:
    text = flat(written(MRI)[kind])
    assert "density (attenuation exists on CT only)" in text
    assert "The criteria differ." not in text


@pytest.mark.parametrize("kind", ["text", "html", "markdown"])
def test_lesions_left_out_are_named_with_the_reason(kind: str) -> None:
    text = flat(written("response/treated-lesions-are-no-targets")[kind])
    assert "segment 5 was treated locally and is not known to have grown since" in text
    assert "segment 8 may lie where Selective internal radiotherapy (SIRT) went; nobody said whether" in text


@pytest.mark.parametrize("kind", ["text", "html", "markdown"])
def test_a_patient_without_measurements_has_no_such_part(kind: str) -> None:
    found = written("rectum/noe-2016", "three-months")[kind]
    assert "easured response" not in found
    assert "MEASURED" not in found
    assert "responses" not in decision("rectum/noe-2016", "three-months").overview


def test_the_newest_study_stands_above_the_options_and_earlier_ones_below() -> None:
    html = written(SMALLEST)["html"]
    newest, older = html.index("2024-06-01, CT"), html.index("2024-03-01, CT")
    assert newest < html.index("Options at a glance") < older
    assert [study.title[:10] for study in measured_of(decision(SMALLEST))] == [
        "2024-06-01",
        "2024-03-01",
        "2023-12-01",
        "2023-09-01",
    ]


def test_the_text_shows_two_studies_and_all_of_them_on_request() -> None:
    found = decision(SMALLEST)
    assert "and 2 earlier comparisons" in render_text(found).text()
    assert "2023-09-01, CT" in render_text(found, full=True).text()


def test_the_drawing_follows_the_sum_of_the_targets_over_every_baseline() -> None:
    found = decision(SMALLEST)
    drawn = picture(found.overview, found.on)
    assert drawn is not None
    assert [mark.text for mark in drawn.marks if mark.kind == "size"] == [
        "112 mm", "104 mm", "121 mm", "126 mm", "123 mm",
    ]  # fmt: skip
    assert drawn.path.count("L") == 4


def test_the_reports_need_the_document_alone() -> None:
    found = decision(DIFFER)
    again = Decision.model_validate(json.loads(found.to_json()))
    assert render_html([again], "Board") == render_html([found], "Board")
    assert render_text(again).text() == render_text(found).text()


def test_the_example_of_the_case_format_is_a_record_that_can_be_evaluated(tmp_path: Path) -> None:
    page = (cases_folder() / "README.md").read_text(encoding="utf-8")
    (example,) = [part for part in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "baseline: true" in part]
    path = tmp_path / "example.yaml"
    points = "title: Example\npoints: [{id: board, on: 2024-05-01}]\nrecord:\n"
    path.write_text(points + "".join(f"  {line}\n" for line in example.splitlines()), encoding="utf-8")
    found = consult(engine(), load_case(str(path), cases_folder())).decision
    assert found.facts["response_latest"].value == "PR"
    assert found.facts["progression"].value == "none"


def test_what_somebody_called_a_lesion_is_text_and_nothing_else(tmp_path: Path) -> None:
    text = (cases_folder() / f"{DIFFER}.yaml").read_text(encoding="utf-8")
    path = tmp_path / "probe.yaml"
    path.write_text(text.replace("id: segment 6", 'id: "<img src=x> **b** | c"'), encoding="utf-8")
    found = consult(engine(), load_case(str(path), cases_folder())).decision
    html, markdown = render_html([found], "Board"), render_markdown([found], "Board")
    assert "<img" not in html
    assert "&lt;img src=x&gt;" in html
    assert "<img" not in markdown.replace("\\<", "")
    assert "**b**" not in markdown
