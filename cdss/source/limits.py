"""How much is read of one file, and how many problems of it are told."""

from __future__ import annotations

from cdss.errors import Place, Problem

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
MAX_PROBLEMS = 100


def and_more(file: str) -> Problem:
    """The last line of a list of problems that was cut short."""
    return Problem(Place(file), "E112", f"there are more than {MAX_PROBLEMS} problems; these are the first")
