"""What a process does that saves one entry after the other and says so after each, until somebody kills it."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from cdss.minutes.entry import Draft
from cdss.minutes.store import Minutes


def save_without_end(file: Path, run: int, reports: Connection) -> None:
    store = Minutes(file)
    for number in range(10_000):
        reason = f"run {run}, decision {number}"
        entry = store.save(
            Draft("rectum/x", None, "2026-01-01", "text\n" * 5_000, "{}", ("everolimus",), "the board", reason)
        )
        reports.send((entry.id, reason))
