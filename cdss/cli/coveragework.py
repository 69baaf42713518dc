"""What ``cdss rules coverage`` does: measure how much of the logic of the rules the tests exercise, and say so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import typer

from cdss.case import bundled_cases, load_case
from cdss.cli.terminal import columns
from cdss.cli.work import deliver, deliver_page
from cdss.consult import Question, consult
from cdss.engine import Engine
from cdss.errors import CdssError
from cdss.examples import CaseFacts, owners
from cdss.library import Library, load_library
from cdss.locations import rules_folder
from cdss.logic_coverage.cover import LogicCoverage, logic_coverage
from cdss.logic_coverage.drafts import draft_files
from cdss.reports.logic_coverage import render_logic_coverage
from cdss.reports.obligations import as_data, in_words, shares
from cdss.values import Value
from cdss.vocabulary import nearest


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the coverage is reported. ``gate`` is a percentage both figures must reach."""

    format: str
    output: Path | None
    rule: str | None
    gate: float | None
    drafts: Path | None


def report_coverage(rules: Path | None, cases: Path | None, wanted: Wanted) -> bool:
    """Measure and print; whether the gate is passed. Raises CdssError for a rule nobody knows."""
    if wanted.gate is not None and not 0 <= wanted.gate <= 100:
        raise CdssError("--gate takes a percentage from 0 to 100")
    begun = perf_counter()
    root = rules or rules_folder()
    library = load_library(root)
    rule = _known(wanted.rule, library)
    folder = cases or root.resolve().parent / "cases"
    engine = Engine(library, shadow=False)
    named = bundled_cases(folder) if folder.is_dir() else {}
    found = logic_coverage(
        library, engine, (load_case(name, folder) for name in named), _case_facts(engine, folder), rule
    )
    seconds = perf_counter() - begun
    _print(found, library, wanted, seconds)
    if wanted.drafts is not None:
        _write_drafts(found, library, wanted.drafts)
    if wanted.gate is None:
        return True
    figures = shares(found.covered)
    return min(figures["rule_coverage"].percent, figures["mcdc_with_unknown"].percent) >= wanted.gate


def _known(name: str | None, library: Library) -> str | None:
    if name is None:
        return None
    known = owners(library)
    identity = name.removesuffix(".yaml").replace("/", ".")
    if identity not in known:
        close = nearest(identity, known)
        hint = f"; did you mean '{close}'?" if close else ""
        raise CdssError(f"no rule and no definition is called '{name}'{hint}")
    return identity


def _print(found: LogicCoverage, library: Library, wanted: Wanted, seconds: float) -> None:
    if wanted.format == "json":
        data = as_data(found, library, seconds)
        deliver(json.dumps(data, indent=2, ensure_ascii=False) + "\n", wanted.output)
    elif wanted.format == "html":
        from cdss.reports.logic_coverage_html import render_logic_coverage_html

        deliver(render_logic_coverage_html(found, library, seconds), wanted.output)
    else:
        page = render_logic_coverage(found, library, columns(None), seconds, whole=wanted.rule is not None)
        deliver_page(page, wanted.output)


def _write_drafts(found: LogicCoverage, library: Library, folder: Path) -> None:
    files = draft_files(found.covered, library, lambda subject, obligation: in_words(subject, obligation, library))
    for name in files:
        path = folder / name
        if path.exists():
            raise CdssError(f"{path} is there already; give a new folder, so that nobody's answers are lost")
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CdssError(f"cannot write {path}: {error.strerror}") from None
        deliver(text, path)
    number = sum(text.count("\n  - covers: ") for text in files.values())
    typer.echo(f"{number} drafts in {len(files)} files written to {folder}", err=True)


def _case_facts(engine: Engine, folder: Path) -> CaseFacts:
    def facts(name: str) -> Mapping[str, Value]:
        identity, _, point = name.partition("@")
        return consult(engine, load_case(identity, folder), Question(on=point or None)).sheet.values

    return facts
