"""How long an evaluation takes: in process, for each engine alone, and as a whole process.

    python tests/bench/bench.py [--runs 200] [--processes 7]

Prints medians and 95th percentiles in milliseconds over the bundled cases. Machines are noisy: compare within one run.
The rules are set apart from the garbage collector, as `cdss serve` does.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from cdss.backends.durable import DurableBackend
from cdss.backends.plain import PlainBackend
from cdss.case import bundled_cases, load_case
from cdss.consult import Question, consult
from cdss.engine import Engine
from cdss.library import load_library
from cdss.locations import cases_folder, rules_folder


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def row(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    print(f"{name:<44} p50 {statistics.median(ordered):8.2f} ms   p95 {p95:8.2f} ms   n {len(ordered)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--processes", type=int, default=7)
    wanted = parser.parse_args()

    row("read and check all rules", [timed(lambda: load_library(rules_folder())) for _ in range(3)])
    library = load_library(rules_folder())
    engine = Engine(library)
    asked = []
    for name in bundled_cases(cases_folder()):
        case = load_case(name, cases_folder())
        points: list[str | None] = [point.id for point in case.file.points] or [None]
        asked += [(case, Question(on=point)) for point in points]
    print(f"{len(library.rules)} rules, {len(asked)} questions from {len(bundled_cases(cases_folder()))} bundled cases")

    for case, question in asked:
        consult(engine, case, question)  # compiles the rules of every date of knowledge once
    gc.freeze()
    cycle = [asked[i % len(asked)] for i in range(max(wanted.runs, len(asked)))]
    row("facts, both engines, decision", [timed(partial(consult, engine, c, q)) for c, q in cycle])
    both = [consult(engine, case, question) for case, question in asked]
    row("decision as JSON", [timed(e.decision.to_json) for e in both])

    newest = max(e.in_force.as_of for e in both)
    program = library.in_force(newest).program
    plain, durable = PlainBackend(program), DurableBackend(program)
    values = [both[i % len(both)].sheet.values for i in range(wanted.runs)]
    row("plain engine alone", [timed(partial(plain.verdicts, v)) for v in values])
    row("durable engine alone", [timed(partial(durable.verdicts, v)) for v in values])
    row("durable engine: compile the rules", [timed(lambda: DurableBackend(program).close()) for _ in range(3)])

    for words in ("--help", "evaluate noe-2016 --format json", "evaluate noe-2016", "replay noe-2016"):
        run = partial(subprocess.run, [sys.executable, "-m", "cdss", *words.split()], capture_output=True, check=True)
        row(f"whole process: cdss {words}", [timed(run) for _ in range(wanted.processes)])


if __name__ == "__main__":
    main()
