"""Lint, format and types are part of the tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_linter_has_nothing_to_say() -> None:
    assert run("ruff", "check", ".") == ""


def test_every_file_is_formatted() -> None:
    assert run("ruff", "format", "--check", ".") == ""


def test_every_type_is_right() -> None:
    assert run("mypy") == ""
