"""What ``cdss rules prove`` does: ask, show progress, print the table and write the witnesses."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

import typer

from cdss.cli.terminal import columns, progress, show
from cdss.errors import CdssError
from cdss.library import Library, load_library
from cdss.locations import rules_folder
from cdss.proof.answer import Answer, Asked, Witness
from cdss.proof.draft import draft
from cdss.proof.run import prove, tasks
from cdss.reports.page import Page


def prove_rules(folder: Path | None, only: Sequence[str], jobs: int | None, witnesses: Path | None) -> int:
    """Ask the questions and print what was found; the number of witnesses for which no reason is declared."""
    asked = [_question(word) for word in only] or list(Asked)
    library = load_library(folder or rules_folder())
    started = time.perf_counter()
    with progress("proving", len(tasks(library, asked))) as step:
        answers = prove(library, asked, jobs=jobs or min(len(os.sched_getaffinity(0)), 8), done=lambda _: step())
    page = Page(columns(None))
    for answer in answers:
        _findings(page, answer)
    _table(page, answers, time.perf_counter() - started)
    show(page)
    if witnesses is not None:
        number = _write(witnesses, answers, library)
        typer.echo(f"{number} witness{'es' if number != 1 else ''} written to {witnesses}")
    return sum(len(answer.undeclared) for answer in answers)


def _question(word: str) -> Asked:
    try:
        return Asked(word)
    except ValueError:
        raise CdssError(f"there is no question '{word}'; there are: {', '.join(Asked)}") from None


def _findings(page: Page, answer: Answer) -> None:
    if answer.undeclared:
        page.heading(f"NOT SO: {answer.asked.sentence}")
    for witness in answer.undeclared:
        page.write(f"· {witness.says}", indent=2, hang=4, style="stop")


def _table(page: Page, answers: Sequence[Answer], seconds: float) -> None:
    page.heading("PROVEN FOR EVERY PATIENT")
    page.write(f"{'question':12}{'asked':>7}{'proven':>8}{'declared':>10}{'witnesses':>11}{'seconds':>9}")
    for answer in answers:
        open_ones = len(answer.undeclared)
        figures = f"{answer.number:>7}{answer.proven:>8}{len(answer.witnesses) - open_ones:>10}{open_ones:>11}"
        page.write(f"{answer.asked:12}{figures}{answer.seconds:>9.1f}", style="stop" if open_ones else "good")
    page.write(f"{seconds:.0f} seconds in all; the column adds up what ran side by side", style="dim")


def _write(folder: Path, answers: Sequence[Answer], library: Library) -> int:
    """Each witness who is a patient, as a draft case; the number written."""
    number = 0
    for answer in answers:
        for witness in answer.undeclared:
            if witness.facts is None or witness.on is None:
                continue
            number += 1
            path = folder / answer.asked / f"{_stem(witness)}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            title = f"Witness: {answer.asked}, {witness.about}"
            path.write_text(draft(title, witness.says, witness.facts, witness.on, library.vocabulary), encoding="utf-8")
    return number


def _stem(witness: Witness) -> str:
    """Two rules can clash by several of their versions, from different days."""
    return re.sub(r"[^a-z0-9]+", "-", f"{witness.about} {witness.on}".casefold()).strip("-")
