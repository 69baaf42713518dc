"""Every command of the README runs, and prints what the README says it prints."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def steps() -> list[tuple[str, list[str]]]:
    """Each ``$ command`` of a console block with the lines printed under it; ``…`` stands for any lines."""
    found: list[tuple[str, list[str]]] = []
    for block in BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line.rstrip())
    return found


@pytest.mark.parametrize(("command", "expected"), steps(), ids=lambda v: v if isinstance(v, str) else "")
def test_a_command_of_the_tour_prints_what_the_readme_shows(command: str, expected: list[str]) -> None:
    words = shlex.split(command)
    assert words[0] == "cdss"
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "cdss", *words[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    printed = [line.rstrip() for line in (done.stdout + done.stderr).splitlines()]
    position = 0
    skipping = False
    for line in expected:
        if line.strip() == "…":
            skipping = True
            continue
        if skipping:
            assert line in printed[position:], f"not printed: {line}\n" + "\n".join(printed)
            position = printed.index(line, position) + 1
        else:
            assert position < len(printed), f"nothing printed where the README has: {line}"
            assert printed[position] == line
            position += 1
        skipping = False
    if not skipping:
        assert printed[position:] == []


def test_the_readme_shows_the_tour_at_all() -> None:
    assert len(steps()) >= 6
