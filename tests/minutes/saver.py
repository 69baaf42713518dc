"""A process that saves one entry after the other and says so after each, until somebody kills it."""

from __future__ import annotations

import sys
from pathlib import Path

from cdss.minutes.entry import Draft
from cdss.minutes.store import Minutes


def main() -> None:
    store, run = Minutes(Path(sys.argv[1])), sys.argv[2]
    for number in range(10_000):
        reason = f"run {run}, decision {number}"
        entry = store.save(
            Draft("rectum/x", None, "2026-01-01", "text\n" * 5_000, "{}", ("everolimus",), "the board", reason)
        )
        sys.stdout.write(f"{entry.id}\t{reason}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
