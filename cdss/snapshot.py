"""Opening the rules: read and checked the first time, taken from a parsed snapshot while no file has changed."""

from __future__ import annotations

from pathlib import Path

from cdss.library import Library, load_library


def load(root: Path) -> Library:
    """The library in the folder ``root``. Raises as ``load_library`` does."""
    return load_library(root)
