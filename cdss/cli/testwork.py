"""``cdss test``: cases held against what they expect, with progress, a memory of what failed, and goldens."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from cdss.case import bundled_cases
from cdss.cli.remembered import Remembered
from cdss.cli.terminal import progress, write
from cdss.cli.tried import Tried
from cdss.cli.work import Session, deliver
from cdss.errors import CdssError, Problems
from cdss.golden import golden_checks, write_goldens
from cdss.locations import cases_folder
from cdss.regress import Check, Outcome, Result, checks
from cdss.reports.phrases import counted

_CAN_BE_ASKED = "can be asked"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which checks: of which cases, with which text in their name, only failed ones, goldens as well."""

    cases: tuple[str, ...] = ()
    keyword: str | None = None
    failed: bool = False
    goldens: bool = False


def run_tests(session: Session, wanted: Wanted, junit: Path | None, *, as_json: bool) -> int:
    """Run the checks that are wanted; the number that failed. Raises CdssError when nothing was there to check."""
    memory = Remembered()
    if wanted.failed:
        memory.must_exist()
    names = [name for name in case_names(wanted.cases) if not wanted.failed or memory.failed(_identity(name))]
    if wanted.failed and not names:
        if as_json:
            _print_json([])
        else:
            typer.echo("nothing failed when last tried")
        return 0
    tried: list[Tried] = []
    with progress("cases", len(names)) as step:
        for name in names:
            found = list(_tried(session, name, wanted, memory, alone=len(names) == 1))
            tried += found
            if not as_json:
                for one in found:
                    _tell(one)
            step()
    memory.keep()
    if not tried:
        raise CdssError("there was nothing to check: no case matched, or none has expectations")
    if junit is not None:
        from cdss.cli.junit import junit_xml

        deliver(junit_xml(tried), junit)
    if as_json:
        _print_json(tried)
    else:
        typer.echo(_summary(tried))
    return _count(tried, Result.FAILS)


def update_goldens(session: Session, names: Sequence[str]) -> None:
    """Write the goldens of these cases anew and print what changed. Raises CdssError when no case has any."""
    kept = written = 0
    wanted = list(case_names(names))
    with progress("goldens", len(wanted)) as step:
        for name in wanted:
            case = session.case(name)
            kept += len(case.file.goldens)
            changes = write_goldens(case, session.engine)
            if changes:
                written += 1
                typer.echo(f"WRITTEN  {case.id}")
                for change in changes:
                    typer.echo(f"      was {change.expected}; now {change.got}")
                    for line in change.why:
                        typer.echo(f"          {line}")
            step()
    if not kept and not written:
        raise CdssError("there are no goldens: a case names the decisions to keep under 'goldens'")
    typer.echo(f"{counted(kept, 'golden')}; {counted(written, 'file')} written")


def case_names(names: Sequence[str]) -> Iterator[str]:
    """The cases meant: ids and files as given, folders opened; all bundled cases when none is named."""
    if not names:
        yield from bundled_cases(cases_folder())
        return
    for name in names:
        folder = Path(name)
        if folder.is_dir():
            yield from (str(path) for path in sorted(folder.rglob("*.yaml")))
        elif (cases_folder() / name).is_dir():
            yield from (i for i in bundled_cases(cases_folder()) if i.startswith(f"{name.strip('/')}/"))
        else:
            yield name


def _tried(session: Session, name: str, wanted: Wanted, memory: Remembered, *, alone: bool) -> Iterator[Tried]:
    """The checks of one case, tried. A case that cannot be read fails, or is refused where it is the only one."""
    identity = _identity(name)
    passed: list[str] = []
    failed: list[str] = []
    whole = False
    try:
        case = session.case(name)
        found = list(checks(case, session.engine))
        if wanted.goldens or wanted.failed:
            found += golden_checks(case, session.engine)
        meant = [check for check in found if _meant(check, identity, wanted, memory)]
        whole = len(meant) == len(found) and (wanted.goldens or not case.file.goldens)
        for check in meant:
            outcome = check.outcome()
            (failed if outcome.result is Result.FAILS else passed).append(check.name)
            told = tuple(check.told(outcome.failures))
            yield Tried(check.case, check.name, check.place.file, check.place.line, outcome, told)
        passed.append(_CAN_BE_ASKED)
    except CdssError as error:
        if alone:
            raise
        failed.append(_CAN_BE_ASKED)
        place = error.problems[0].place if isinstance(error, Problems) and error.problems else None
        told = tuple(str(error).splitlines())
        file, line = (place.file, place.line) if place else (name, 0)
        yield Tried(name, _CAN_BE_ASKED, file, line, Outcome(Result.FAILS), told)
    memory.learn(identity, passed, failed, whole=whole)


def _meant(check: Check, identity: str, wanted: Wanted, memory: Remembered) -> bool:
    if wanted.keyword and wanted.keyword not in f"{check.case}: {check.name}":
        return False
    again = memory.failed(identity, check.name) or memory.failed(identity, _CAN_BE_ASKED)
    return again or not wanted.failed


def _identity(name: str) -> str:
    """What a case is remembered by: its bundled id, or its file wherever the command is run."""
    path = Path(name)
    return str(path.resolve()) if path.is_file() else name


def _tell(tried: Tried) -> None:
    if tried.outcome.result is Result.HOLDS:
        return
    word = "FAIL" if tried.outcome.result is Result.FAILS else "ACCEPTED"
    typer.echo(f"{word}  {tried.case}: {tried.check}")
    if tried.outcome.accepted:
        typer.echo(f"      {tried.outcome.accepted}")
    for line in tried.told:
        typer.echo(f"      {line}")


def _count(tried: Sequence[Tried], result: Result) -> int:
    return sum(one.outcome.result is result for one in tried)


def _summary(tried: Sequence[Tried]) -> str:
    cases = len({one.case for one in tried})
    accepted = _count(tried, Result.ACCEPTED)
    more = f", {counted(accepted, 'accepted difference')}" if accepted else ""
    return f"{_count(tried, Result.HOLDS)} of {len(tried)} checks passed in {counted(cases, 'case')}{more}"


def _print_json(tried: Sequence[Tried]) -> None:
    data = {
        "checks": [
            {
                "case": one.case,
                "check": one.check,
                "file": one.file,
                "line": one.line,
                "result": one.outcome.result.value,
                "accepted": one.outcome.accepted.model_dump(mode="json") if one.outcome.accepted else None,
                "failures": [str(failure) for failure in one.outcome.failures] or list(one.told),
            }
            for one in tried
        ],
        "passed": _count(tried, Result.HOLDS),
        "accepted": _count(tried, Result.ACCEPTED),
        "failed": _count(tried, Result.FAILS),
    }
    write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
