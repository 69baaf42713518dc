"""A folder of broken files, one mistake each: every message names the thing, the place and the next step.

``broken/<mistake>.yaml`` says in its first line where in the healthy folder ``broken/base`` it is put (``# at: …``), or
what is taken out of it (``# without: …``); ``broken/<mistake>.txt`` is what must then be read.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cdss.errors import Problems
from cdss.library import load_library

BROKEN = Path(__file__).resolve().parent / "broken"
MISTAKES = sorted(path.stem for path in BROKEN.glob("*.yaml"))


def folder_with(tmp_path: Path, *mistakes: str) -> Path:
    """A copy of the healthy folder with the mistakes in their places."""
    root = tmp_path / "rules"
    shutil.copytree(BROKEN / "base", root)
    for mistake in mistakes:
        content = (BROKEN / f"{mistake}.yaml").read_bytes()
        what, _, where = content.splitlines()[0].decode().removeprefix("# ").partition(": ")
        if what == "without":
            (tmp_path / where).unlink()
        else:
            assert what == "at", f"{mistake}.yaml does not say where it is put"
            (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / where).write_bytes(content)
    return root


def problems(root: Path) -> Problems:
    with pytest.raises(Problems) as caught:
        load_library(root)
    return caught.value


def test_the_healthy_folder_reads_well(tmp_path: Path) -> None:
    library = load_library(folder_with(tmp_path))

    assert set(library.rules) == {"enets.colorectal.everolimus", "alerts.history.ecog-unknown"}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_reads_as_written_beside_it(mistake: str, tmp_path: Path) -> None:
    found = problems(folder_with(tmp_path, mistake))

    assert len(found.problems) == 1 or mistake == "yaml-alias-bomb"
    assert found.render() + "\n" == (BROKEN / f"{mistake}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_caret_stands_under_text(mistake: str, tmp_path: Path) -> None:
    for problem in problems(folder_with(tmp_path, mistake)).problems:
        assert problem.place.file.startswith("rules/")
        if problem.frame is not None and mistake not in ("yaml-tab", "yaml-control-character"):
            start = problem.place.column - 1
            assert problem.frame[start : start + problem.place.width].strip()


def test_every_mistake_has_its_message_and_every_message_its_mistake() -> None:
    assert sorted(path.stem for path in BROKEN.glob("*.txt")) == MISTAKES
    assert len(MISTAKES) >= 40


def test_all_mistakes_of_all_files_are_told_at_once_sorted_by_place(tmp_path: Path) -> None:
    mistakes = ["yaml-no", "source-doi-as-address", "alert-without-severity", "definition-of-itself", "file-too-deep"]

    found = problems(folder_with(tmp_path, *mistakes)).problems

    assert [(p.place.file, p.code) for p in found] == [
        ("rules/alerts/history/broken.yaml", "E205"),
        ("rules/citations/trials.yaml", "E205"),
        ("rules/definitions/progressing.yaml", "E312"),
        ("rules/enets/colorectal/broken.yaml", "E104"),
        ("rules/enets/colorectal/rectum/broken.yaml", "E314"),
    ]
    assert [p.place for p in found] == sorted(p.place for p in found)


def test_all_mistakes_of_one_file_are_told_at_once_even_where_its_keys_are_wrong(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    path = root / "enets/colorectal/everolimus.yaml"
    text = path.read_text()
    for right, wrong in (
        ("title:", "titel:"),
        ("holds: advanced", "holds: advancd"),
        ("progression: documented\n    then: {stance: consider", "progresion: documented\n    then: {stance: consider"),
        ("stance: recommend", "stance: recomend"),
    ):
        assert right in text
        text = text.replace(right, wrong)
    path.write_text(text)

    assert [p.code for p in problems(root).problems] == ["E201", "E202", "E304", "E301", "E204"]


def test_a_file_that_cannot_be_read_makes_no_other_file_wrong(tmp_path: Path) -> None:
    root = folder_with(tmp_path)
    for name in ("definitions/advanced.yaml", "citations/guidelines.yaml", "scales.yaml"):
        (root / name).write_text("title: [\n")

    found = problems(root).problems

    assert {p.place.file.removeprefix("rules/") for p in found} == {
        "definitions/advanced.yaml",
        "citations/guidelines.yaml",
        "scales.yaml",
    }


def test_a_broken_vocabulary_does_not_hide_the_mistakes_of_other_files(tmp_path: Path) -> None:
    found = problems(folder_with(tmp_path, "vocabulary-number-without-unit", "stance-unknown")).problems

    assert [p.code for p in found] == ["E204", "E205"]
