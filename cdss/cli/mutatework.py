"""What ``cdss rules mutate`` does: run the mutants with a bar on a terminal, and print what became of them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from cdss.cli.terminal import write
from cdss.errors import CdssError
from cdss.library import Library, load_library
from cdss.locations import cases_folder, rules_folder
from cdss.mutation.drafts import draft
from cdss.mutation.mutants import Mutant
from cdss.mutation.notice import Fate
from cdss.mutation.run import Wanted, mutate
from cdss.mutation.score import Result, Score
from cdss.mutation.state import State


@dataclass(frozen=True, slots=True)
class Work:
    """What was asked for on the command line."""

    rules: Path | None
    cases: Path | None
    owners: tuple[str, ...]
    sample: int | None
    seed: int
    jobs: int | None
    state: Path | None
    resume: bool


def mutate_rules(work: Work, gate: float | None, *, as_json: bool) -> bool:
    """Run and report; whether the score reaches ``gate``, if there is one. Raises CdssError for an unknown rule."""
    rules, cases = work.rules or rules_folder(), work.cases or cases_folder()
    for folder in (rules, cases):
        if not folder.is_dir():
            raise CdssError(f"there is no folder {folder}")
    state = State(rules, cases, work.state)
    if work.resume and not state.kept:
        raise CdssError("nothing is kept without a cache folder; name one with --state")
    try:
        with _bar() as tell:
            result = mutate(
                rules,
                cases,
                Wanted(work.owners, work.sample, work.seed),
                jobs=work.jobs or os.cpu_count() or 1,
                state=state,
                resume=work.resume,
                tell=tell,
            )
    except KeyboardInterrupt:
        if state.kept:
            typer.echo("interrupted; go on with --resume", err=True)
        raise
    library = load_library(rules)
    if as_json:
        write(json.dumps(_data(result, library), indent=2, ensure_ascii=False) + "\n")
    else:
        for line in _lines(result, library):
            typer.echo(line)
    share = result.whole.share
    return gate is None or share is None or share.percent >= gate


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal; nothing anywhere else."""
    if not sys.stderr.isatty():
        yield _untold
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("mutants"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("mutants", total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)


def _untold(_done: int, _of: int) -> None:
    """For a run nobody watches."""


def _lines(result: Result, library: Library) -> Iterator[str]:
    survivors = result.of(Fate.SURVIVED)
    if survivors:
        yield "SURVIVED: no example and no case notices these"
        for mutant, outcome in survivors:
            place = f"{mutant.place.file}:{mutant.place.line}" if mutant.place.line else mutant.place.file
            yield f"{place}: {mutant.kind.value}: {mutant.what}"
            yield f"    {_touched(outcome.touched, outcome.read)}"
            example = draft(library, mutant)
            if example is not None:
                yield f"    an example of {example.rule} would notice it, if the source agrees: {example}"
        yield ""
    equivalent = result.of(Fate.EQUIVALENT)
    if equivalent:
        yield "EQUIVALENT: proven to read every patient as the original does, so not counted"
        for mutant, _ in equivalent:
            yield f"{mutant.place.file}:{mutant.place.line}: {mutant.kind.value}: {mutant.what}"
        yield ""
    yield from _table("by kind", result.by(lambda mutant: mutant.kind.value))
    yield from _table("by body", result.by(lambda mutant: mutant.body))
    yield from _table("", {"all": result.whole})


def _touched(touched: int, read: int) -> str:
    if not touched:
        return "the rule reads otherwise in no check"
    checks = f"{touched} check{'s' if touched > 1 else ''}"
    looks = f"{read} of these look at what it speaks of" if read else "none of which looks at what it speaks of"
    return f"the rule reads otherwise in {checks}, {looks}"


def _table(title: str, rows: Mapping[str, Score]) -> Iterator[str]:
    if title:
        yield f"{title:44}{'mutants':>9}{'killed':>9}{'survived':>10}{'equivalent':>12}{'score':>9}"
    for name, score in rows.items():
        share = str(score.share or "none")
        yield f"{name:44}{score.total:>9}{score.killed:>9}{score.survived:>10}{score.equivalent:>12}{share:>9}"
    yield ""


def _data(result: Result, library: Library) -> dict[str, Any]:
    return {
        "score": _score(result.whole),
        "kinds": {name: _score(score) for name, score in result.by(lambda m: m.kind.value).items()},
        "bodies": {name: _score(score) for name, score in result.by(lambda m: m.body).items()},
        "mutants": [
            {
                "id": mutant.id,
                "rule": mutant.owner,
                "kind": mutant.kind.value,
                "file": mutant.place.file,
                "line": mutant.place.line,
                "what": mutant.what,
                "fate": outcome.fate.value,
                "by": outcome.by or None,
                "touched": outcome.touched,
                "read": outcome.read,
                "draft": _draft(library, mutant) if outcome.fate is Fate.SURVIVED else None,
            }
            for mutant, outcome in result.outcomes
        ],
    }


def _draft(library: Library, mutant: Mutant) -> dict[str, Any] | None:
    found = draft(library, mutant)
    if found is None:
        return None
    return {"rule": found.rule, "kind": found.kind, "on": found.on and found.on.isoformat(), "but": dict(found.but)}


def _score(score: Score) -> dict[str, Any]:
    return {
        "mutants": score.total,
        "killed": score.killed,
        "survived": score.survived,
        "equivalent": score.equivalent,
        "percent": score.share and score.share.rounded,
    }
