"""Opening the rules fast: the second time from a snapshot that says the same, and never from one to be mistrusted."""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
from pathlib import Path

import pytest

from cdss import snapshot
from cdss.consult import Question, consult
from cdss.engine import Engine
from cdss.errors import CdssError, EngineFailure, Problems
from cdss.library import Library, load_library
from tests.small_world import copy_of_rules, small_case


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_of_rules(tmp_path)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every folder that is read in full."""
    found: list[Path] = []

    def read(root: Path) -> Library:
        found.append(root)
        return load_library(root)

    monkeypatch.setattr(snapshot, "load_library", read)
    return found


def files(cache: Path) -> list[Path]:
    return sorted(cache.glob("*")) if cache.is_dir() else []


def answer(library: Library) -> str:
    return consult(Engine(library), small_case("recorded")).decision.to_json()


def test_the_second_time_comes_from_the_snapshot_and_says_the_same(root: Path, cache: Path, reads: list[Path]) -> None:
    first = snapshot.load(root, cache)
    second = snapshot.load(root, cache)
    assert reads == [root]
    assert second.digest == first.digest == load_library(root).digest
    assert second == first
    assert answer(second) == answer(first) == answer(load_library(root))


def test_the_snapshot_holds_no_texts_of_files(root: Path, cache: Path) -> None:
    snapshot.load(root, cache)
    assert snapshot.load(root, cache).documents == {}


def test_the_snapshot_is_for_the_user_alone(root: Path, cache: Path) -> None:
    snapshot.load(root, cache)
    (path,) = files(cache)
    assert path.stat().st_mode & 0o077 == 0
    assert cache.stat().st_mode & 0o077 == 0


def test_a_changed_rule_makes_a_new_snapshot(root: Path, cache: Path, reads: list[Path]) -> None:
    before = snapshot.load(root, cache)
    path = root / "north/growth/alfanib.yaml"
    path.write_text(path.read_text().replace("at_most: 20", "at_most: 25"))
    after = snapshot.load(root, cache)
    assert len(reads) == 2
    assert after.digest != before.digest
    assert after.digest == load_library(root).digest
    assert len(files(cache)) == 2


@pytest.mark.parametrize("change", ["added", "removed", "renamed"])
def test_a_file_that_comes_or_goes_makes_a_new_snapshot(
    change: str, root: Path, cache: Path, reads: list[Path]
) -> None:
    snapshot.load(root, cache)
    path = root / "evidence/growth/ablation.yaml"
    if change == "added":
        text = path.read_text().replace("Ablation in a small study", "Ablation in another study")
        (root / "evidence/growth/ablation-again.yaml").write_text(text)
    elif change == "removed":
        path.unlink()
    else:
        path.rename(path.with_name("ablation-renamed.yaml"))
    assert set(snapshot.load(root, cache).rules) == set(load_library(root).rules)
    assert len(reads) == 2


def test_rules_that_have_become_wrong_are_told_and_no_old_snapshot_answers(root: Path, cache: Path) -> None:
    snapshot.load(root, cache)
    path = root / "north/growth/alfanib.yaml"
    path.write_text(path.read_text().replace("holds: advanced", "holds: advancd"))
    with pytest.raises(Problems, match="advancd"):
        snapshot.load(root, cache)
    assert len(files(cache)) == 1


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80\x05", pickle.dumps({"rules": []}), pickle.dumps(None)])
def test_a_snapshot_that_is_not_one_is_made_again(content: bytes, root: Path, cache: Path, reads: list[Path]) -> None:
    snapshot.load(root, cache)
    (path,) = files(cache)
    path.write_bytes(content)
    assert snapshot.load(root, cache).digest == load_library(root).digest
    assert len(reads) == 2
    assert snapshot.load(root, cache).digest == load_library(root).digest
    assert len(reads) == 2


def test_a_snapshot_cut_short_is_made_again(root: Path, cache: Path, reads: list[Path]) -> None:
    snapshot.load(root, cache)
    (path,) = files(cache)
    path.write_bytes(path.read_bytes()[:-100])
    assert snapshot.load(root, cache).rules
    assert len(reads) == 2


@pytest.mark.parametrize("mode", [0o602, 0o620, 0o666])
def test_a_snapshot_that_others_could_have_written_is_not_opened(
    mode: int, root: Path, cache: Path, reads: list[Path]
) -> None:
    snapshot.load(root, cache)
    (path,) = files(cache)
    path.write_bytes(b"cos\nsystem\n(S'touch " + str(root / "owned").encode() + b"'\ntR.")
    path.chmod(mode)
    assert snapshot.load(root, cache).rules
    assert not (root / "owned").exists()
    assert len(reads) == 2


def test_a_snapshot_of_another_user_is_not_opened(
    root: Path, cache: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot.load(root, cache)
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    assert snapshot.load(root, cache).rules
    assert len(reads) == 2


def test_a_cache_that_cannot_be_written_is_done_without(root: Path, tmp_path: Path, reads: list[Path]) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("not a folder")
    for _ in range(2):
        assert snapshot.load(root, blocked / "cdss").rules
    assert len(reads) == 2
    assert blocked.read_text() == "not a folder"


def test_nothing_half_written_is_left_behind(root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> Path:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert snapshot.load(root, cache).rules
    assert files(cache) == []


def test_the_user_s_cache_folder_is_used_and_may_be_moved(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDSS_NO_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    snapshot.load(root)
    assert len(files(tmp_path / "elsewhere" / "cdss")) == 1


def test_without_a_cache_where_it_is_not_wanted(
    root: Path, tmp_path: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("CDSS_NO_CACHE", "1")
    for _ in range(2):
        assert snapshot.load(root).rules
    assert len(reads) == 2
    assert not (tmp_path / "elsewhere").exists()


def test_only_the_newest_snapshots_are_kept(root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "_KEPT", 4)
    path = root / "north/growth/alfanib.yaml"
    text = path.read_text()
    for number in range(1, 8):
        path.write_text(text.replace("at_most: 20", f"at_most: {number}"))
        snapshot.load(root, cache)
    assert len(files(cache)) == 4
    assert snapshot.load(root, cache).digest == load_library(root).digest


def remembering(root: Path, cache: Path) -> str:
    """The answer of an engine whose compiled rules are remembered."""
    snapshots = snapshot.Snapshots(root, cache)
    return consult(Engine(snapshots.library(), plans=snapshots), small_case("recorded")).decision.to_json()


def test_compiled_rules_are_remembered_and_answer_the_same(
    root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = answer(load_library(root))
    assert remembering(root, cache) == expected
    kept = files(cache)
    assert len(kept) == 2
    monkeypatch.setattr(snapshot.Snapshots, "put", lambda *_: pytest.fail("it was compiled again"))
    assert remembering(root, cache) == expected
    assert files(cache) == kept


@pytest.mark.parametrize("content", [b"", b"nonsense", pickle.dumps({"rules": []})])
def test_compiled_rules_that_cannot_be_read_are_compiled_again(content: bytes, root: Path, cache: Path) -> None:
    expected = remembering(root, cache)
    for path in files(cache):
        path.write_bytes(content)
    assert remembering(root, cache) == expected


def test_compiled_rules_of_another_day_give_no_answer_rather_than_a_wrong_one(root: Path, cache: Path) -> None:
    expected = remembering(root, cache)
    snapshots = snapshot.Snapshots(root, cache)
    engine = Engine(snapshots.library(), plans=snapshots)
    for point in ("first", "grown"):
        consult(engine, small_case("recorded"), Question(point))
    plans = [path for path in files(cache) if "-plan-" in path.name]
    assert len(plans) > 1
    for one, other in zip(plans, [path.read_bytes() for path in reversed(plans)], strict=True):
        one.write_bytes(other)
    with contextlib.suppress(EngineFailure):  # no answer is safe
        assert remembering(root, cache) == expected


def test_the_folder_may_lie_elsewhere_with_the_same_rules(root: Path, cache: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(root, tmp_path / "other" / "rules"))
    assert snapshot.load(root, cache).digest == snapshot.load(other, cache).digest


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(CdssError, match="there is no rules folder at"):
        snapshot.load(tmp_path / "nowhere", cache)
    assert files(cache) == []
