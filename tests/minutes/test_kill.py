"""Whatever was reported as saved is there, although the process was killed at random moments."""

from __future__ import annotations

import multiprocessing
import random
import signal
import sqlite3
import time
from pathlib import Path

from cdss.minutes.store import Minutes
from tests.minutes.saver import save_without_end

KILLS = 50


def test_fifty_kills_in_the_middle_of_saving_lose_no_entry_that_was_reported(tmp_path: Path) -> None:
    # Every saver is a process of its own; it comes from a server that has read the libraries once.
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["pytest", save_without_end.__module__])
    file = tmp_path / "board.sqlite"
    chance = random.Random(20261124)
    reported: dict[int, str] = {}
    for run in range(KILLS):
        reports, end = processes.Pipe(duplex=False)
        process = processes.Process(target=save_without_end, args=(file, run, end))
        process.start()
        end.close()
        number, reason = reports.recv()  # it is saving by now
        time.sleep(chance.uniform(0, 0.06))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        while True:
            assert number not in reported
            reported[number] = reason
            try:
                number, reason = reports.recv()
            except EOFError:
                break
        reports.close()

        with sqlite3.connect(file) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()

    assert len(reported) >= KILLS
    kept = {entry.id: entry.draft.reason for entry in Minutes(file).all()}
    assert {number: kept.get(number) for number in reported} == reported
    assert len(kept) - len(reported) <= KILLS  # at most the one on its way when the kill came
