"""What ``cdss rules check`` does: read a folder, try its examples, and count what is in it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from cdss.advice import advise
from cdss.case import load_case
from cdss.cli.options import day_of
from cdss.cli.rulework import newest
from cdss.cli.terminal import write
from cdss.consult import Question, consult
from cdss.coverage import Coverage, coverage, last_version
from cdss.engine import Engine
from cdss.errors import Problem, Problems
from cdss.library import Library, load_library
from cdss.lint import check
from cdss.locations import cases_folder, rules_folder
from cdss.reports.phrases import body_name, counted
from cdss.rule import Kind
from cdss.values import Value


def check_rules(folder: Path | None, *, as_json: bool, warnings: bool = False, today: str | None = None) -> int:
    """Read and check a folder; the number of problems. The counts of what was read are printed when it reads.

    With ``warnings`` each warning is printed; ``today`` is the day with which confirmations are compared.
    """
    root, day = folder or rules_folder(), day_of(today, "--today")
    library: Library | None = None
    advice: Sequence[Problem] = ()
    try:
        library = load_library(root)
        problems: Sequence[Problem] = check(library, _case_facts(library), _tests_beside(root), day)
        advice = advise(library, day)
    except Problems as found:
        problems = found.problems
    if as_json:
        figures = None if library is None else _coverage_data(coverage(library))
        answer = {
            "problems": [_problem_data(p) for p in problems],
            "warnings": [_problem_data(p) for p in advice],
            "counts": _counts(library),
            "coverage": figures,
        }
        write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
        return len(problems)
    for problem in [*problems, *(advice if warnings else ())]:
        typer.echo(problem.render())
    if library is not None:
        for name, number in _counts(library).items():
            typer.echo(f"{number:>5}  {name}")
        for line in _coverage_lines(coverage(library)):
            typer.echo(line)
    if advice:
        kinds = Counter(p.code for p in advice)
        told = ", ".join(f"{kinds[code]} {code}" for code in sorted(kinds))
        typer.echo(f"{counted(len(advice), 'warning')}: {told}" + ("" if warnings else "; --warnings prints them"))
    typer.echo(f"{len(problems)} problem{'s' if len(problems) != 1 else ''} found")
    if problems or (advice and warnings):
        typer.echo("cdss explain CODE tells what a code means and how to mend it")
    return len(problems)


def _problem_data(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "code": problem.code,
        "message": problem.message,
        "remedy": problem.remedy,
    }


def _tests_beside(root: Path) -> Path | None:
    """The folder of the tests in a checkout, where invariants may name them; an installed package has none."""
    folder = root.resolve().parent / "tests"
    return folder if any(folder.glob("test_*.py")) else None


def _coverage_lines(found: Coverage) -> list[str]:
    """The table of groups, and the shares below it."""
    lines = []
    if found.rows:
        lines = ["", "rules that single the group out / rules that can hold in it"]
        lines.append(f"{'':34}" + "".join(f"{kind.value + 's':>14}" for kind in Kind))
        for row in found.rows:
            figures = "".join(f"{f'{row.own.get(kind, 0)} / {row.all.get(kind, 0)}':>14}" for kind in Kind)
            lines.append(f"{row.group:34}{figures}")
        lines.append("")
    lines.append(_share(found.with_three_examples, found.rules, "rules with three kinds of examples"))
    lines.append(_share(found.resolved, found.citations, "citations that resolve to a registered source"))
    named = found.therapies - len(found.unnamed)
    lines.append(_share(named, found.therapies, "therapies named by at least one rule"))
    if found.unnamed:
        lines.append("named by no rule: " + ", ".join(found.unnamed))
    return lines


def _share(part: int, whole: int, what: str) -> str:
    return f"{f'{100 * part // whole} %' if whole else 'none':>5}  {what} ({part} of {whole})"


def _coverage_data(found: Coverage) -> dict[str, Any]:
    return {
        "groups": [
            {
                "group": row.group,
                **{f"{kind.value}s": {"own": row.own.get(kind, 0), "all": row.all.get(kind, 0)} for kind in Kind},
            }
            for row in found.rows
        ],
        "three_examples": {"of": found.rules, "rules": found.with_three_examples},
        "citations": {"of": found.citations, "resolved": found.resolved},
        "therapies": {
            "of": found.therapies,
            "named": found.therapies - len(found.unnamed),
            "unnamed": list(found.unnamed),
        },
    }


def _counts(library: Library | None) -> Mapping[str, int]:
    if library is None:
        return {}
    kinds = Counter(
        f"{(newest(rule) or last_version(rule)).then.kind.value}s of {body_name(rule.body)}"
        for rule in library.rules.values()
    )
    provenance = Counter((newest(rule) or last_version(rule)).provenance.value for rule in library.rules.values())
    return {
        "rules": len(library.rules),
        **{name: kinds[name] for name in sorted(kinds)},
        **{f"provenance {name}": provenance[name] for name in sorted(provenance)},
        "definitions": len(library.definitions),
        "facts": len(library.vocabulary.facts),
        "therapies": len(library.therapies.therapies),
        "sources": len(library.references),
    }


def _case_facts(library: Library) -> Any:
    engine = Engine(library)

    def facts(name: str) -> Mapping[str, Value]:
        identity, _, point = name.partition("@")
        case = load_case(identity, cases_folder())
        return consult(engine, case, Question(on=point or None)).sheet.values

    return facts
