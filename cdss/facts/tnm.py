"""Stage groups of colorectal NET from T, N and M, by the edition they are read by. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable

COLORECTAL = frozenset({"caecum", "colon_right", "colon_left", "rectum"})
_PARTS = re.compile(r"[cpyr]*([TNM])(\d|X)([abc]?)")
_LOCAL = {
    "ajcc8": {"T1": "I", "T1a": "I", "T1b": "I", "T2": "IIA", "T3": "IIB", "T4": "IIIA"},
    "enets2007": {"T1a": "IA", "T1b": "IB", "T2": "IIA", "T3": "IIB", "T4": "IIIA"},
}
"""Without nodes or metastases. Any T with N1 is IIIB and any M1 is IV in both (dossier T-03, T-04)."""


def bare(category: str | None) -> str | None:
    """A category without its prefix and suffix; None for X or when absent. ``pT1b`` → ``T1``."""
    found = _PARTS.fullmatch(category) if category is not None else None
    return None if found is None or found[2] == "X" else found[1] + found[2]


def _with_suffix(category: str | None) -> str | None:
    found = _PARTS.fullmatch(category) if category is not None else None
    if found is None or found[2] == "X":
        return None
    return found[1] + found[2] + (found[3] if found[1] == "T" and found[2] == "1" else "")


def colorectal_groups(
    t: str | None, n: str | None, m: str | None, editions: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    """(stage group, edition) for every edition that gives one.

    >>> colorectal_groups("pT3", "pN1", "M0", ["ajcc8", "enets2007"])
    (('IIIB', 'ajcc8'), ('IIIB', 'enets2007'))
    """
    found = []
    for edition in editions:
        group = _group(_with_suffix(t), bare(n), bare(m), edition)
        if group is not None:
            found.append((group, edition))
    return tuple(found)


def _group(t: str | None, n: str | None, m: str | None, edition: str) -> str | None:
    if edition not in _LOCAL:
        return None
    if m == "M1":
        return "IV"
    if m != "M0":
        return None
    if n == "N1":
        return "IIIB"
    return _LOCAL[edition].get(t or "") if n == "N0" else None
