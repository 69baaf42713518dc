"""Whatever was reported as saved is there, although the process was killed at random moments."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from cdss.minutes.store import Minutes

ROOT = Path(__file__).resolve().parent.parent.parent
KILLS = 50


def test_fifty_kills_in_the_middle_of_saving_lose_no_entry_that_was_reported(tmp_path: Path) -> None:
    file = tmp_path / "board.sqlite"
    chance = random.Random(20261124)
    reported: dict[int, str] = {}
    for run in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.minutes.saver", str(file), str(run)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        first = process.stdout.readline()  # it is saving by now
        time.sleep(chance.uniform(0, 0.06))
        process.kill()
        rest, _ = process.communicate()
        lines = (first + rest).splitlines(keepends=True)
        for line in lines:
            if line.endswith("\n"):
                number, reason = line.rstrip("\n").split("\t")
                assert int(number) not in reported
                reported[int(number)] = reason
        assert process.returncode == -9

        with sqlite3.connect(file) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()

    assert len(reported) >= KILLS
    kept = {entry.id: entry.draft.reason for entry in Minutes(file).all()}
    assert {number: kept.get(number) for number in reported} == reported
    assert len(kept) - len(reported) <= KILLS  # at most the one on its way when the kill came
