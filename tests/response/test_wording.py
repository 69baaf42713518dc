"""What a reader sees of a measured study: the lines of the criteria, from the bundled cases with other sizes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from cdss.case import load_case
from cdss.consult import Question, consult
from cdss.engine import Engine
from cdss.locations import cases_folder
from cdss.reports.text import render_text
from tests.patients import library

MRI = "response/no-density-on-mri"
CT = "response/choi-partial-response-beside-stable-size"


@cache
def engine() -> Engine:
    return Engine(library(), shadow=False)


def shown(folder: Path, case: str, *changes: tuple[str, str]) -> str:
    text = (cases_folder() / f"{case}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "probe.yaml"
    path.write_text(text, encoding="utf-8")
    found = consult(engine(), load_case(str(path), cases_folder()), Question()).decision
    return " ".join(render_text(found).text().split())


def test_stable_by_size_alone_is_called_so_once(tmp_path: Path) -> None:
    text = shown(tmp_path, MRI)
    assert text.count("stable disease; size -7.1 %; by size alone; not computable: density") == 2
    assert "The criteria differ." not in text


def test_larger_by_a_tenth_without_attenuation_is_not_called_progressive(tmp_path: Path) -> None:
    text = shown(tmp_path, MRI, ("size: 58", "size: 80"))
    assert "progressive by size, unless the attenuation fell, which cannot be computed" in text
    assert "progressive disease" not in text
    assert "The criteria differ." not in text


@pytest.mark.parametrize(
    ("sizes", "change"), [((62, 83), "-29.95 % from baseline"), ((61.9, 83), "-30.0 % from baseline")]
)
def test_a_change_that_misses_a_threshold_is_not_shown_as_the_threshold(
    tmp_path: Path, sizes: tuple[float, float], change: str
) -> None:
    first = (("size: 62", "size: 107"), ("size: 50", "size: 100"))
    now = (("size: 58", f"size: {sizes[0]}"), ("size: 46", f"size: {sizes[1]}"))
    assert change in shown(tmp_path, CT, *first, *now)


def test_a_target_that_is_gone_has_no_attenuation_to_measure(tmp_path: Path) -> None:
    text = shown(tmp_path, CT, ("size: 46, hu: 48", "size: 0"))
    assert "density (a target is gone, so its attenuation cannot be measured)" in text
