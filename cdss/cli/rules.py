"""``cdss rules``: list, show, check and index the rules themselves."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cdss.cli.terminal import guarded

app = typer.Typer(help="List, show, check and index the rules themselves.", no_args_is_help=True, rich_markup_mode=None)


class Format(StrEnum):
    """How to print rules."""

    TEXT = "text"
    JSON = "json"


RulesOption = Annotated[Path | None, typer.Option("--rules", help="Another rules folder than the bundled one.")]
FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs.")]
DateOption = Annotated[str | None, typer.Option("--as-of", help="Only versions in force on this date.")]


@app.command("list")
@guarded
def list_(
    therapy: Annotated[str | None, typer.Option(help="Only rules that name this therapy.")] = None,
    body: Annotated[str | None, typer.Option(help="Only rules of this body or regulator.")] = None,
    kind: Annotated[str | None, typer.Option(help="statement, label or alert.")] = None,
    site: Annotated[str | None, typer.Option(help="Only rules that can hold for this primary site.")] = None,
    stance: Annotated[str | None, typer.Option(help="Only statements of this stance, such as consider.")] = None,
    provenance: Annotated[str | None, typer.Option(help="read, restated, recalled or proposal.")] = None,
    as_of: DateOption = None,
    format: FormatOption = Format.TEXT,
    rules: RulesOption = None,
) -> None:
    """One line for each rule."""
    from cdss.cli import rulework

    wanted = rulework.Wanted(therapy, body.lower() if body else None, kind, site, stance, provenance)
    rulework.list_rules(rules, wanted, as_of, as_json=format is Format.JSON)


@app.command()
@guarded
def show(
    rule: Annotated[str, typer.Argument(help="The id of a rule: its path below rules/ with dots.")],
    format: FormatOption = Format.TEXT,
    rules: RulesOption = None,
) -> None:
    """One rule with its history, its sources and its condition in words."""
    from cdss.cli import rulework

    rulework.show_rule(rules, rule, as_json=format is Format.JSON)


@app.command()
@guarded
def check(
    folder: Annotated[Path | None, typer.Argument(help="A rules folder; default: the bundled one.")] = None,
    warnings: Annotated[bool, typer.Option("--warnings", help="Print each warning, not only their number.")] = False,
    today: Annotated[
        str | None, typer.Option("--today", help="Look at the calendar too: which confirmations are old on this date.")
    ] = None,
    format: FormatOption = Format.TEXT,
    rules: RulesOption = None,
) -> None:
    """Read all rules, try their examples, and report every problem at once. Exit 1 when there is one.

    Warnings fail nothing. cdss explain CODE tells what a code means.
    """
    from cdss.cli import checkwork

    if checkwork.check_rules(folder or rules, as_json=format is Format.JSON, warnings=warnings, today=today):
        raise typer.Exit(1)


@app.command()
@guarded
def index(
    view: Annotated[
        str, typer.Option(help="therapy, site, body or date; invariants or hazards for those registers.")
    ] = "therapy",
    as_of: DateOption = None,
    write: Annotated[
        bool, typer.Option("--write", help="Bring the two registers in the README of the rules up to date.")
    ] = False,
    rules: RulesOption = None,
) -> None:
    """The rules as one Markdown page, with a link to every file."""
    from cdss.cli import rulework

    if write:
        rulework.refresh_readme(rules)
    else:
        rulework.print_index(rules, view, as_of)


@app.command("fmt")
@guarded
def format_(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders; default: the bundled rules.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 when a file would change.")] = False,
) -> None:
    """Bring rule and case files into one layout: keys in order, no stray spaces. What they say stays the same."""
    from cdss.cli import fmtwork

    if fmtwork.format_files(paths or [], check=check) and check:
        raise typer.Exit(1)


@app.command()
@guarded
def schema(
    kind: Annotated[str, typer.Argument(help="rule, definition, case, citations, vocabulary or therapies.")] = "rule",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write to a file.")] = None,
    rules: RulesOption = None,
) -> None:
    """The JSON Schema of one kind of file, with which an editor completes and checks while you type."""
    from cdss.cli import schemawork

    schemawork.print_schema(kind, rules, output)


@app.command()
@guarded
def new(
    identity: Annotated[str, typer.Argument(metavar="ID", help="body.topic.name, or topic.name beside --body.")],
    body: Annotated[str | None, typer.Option(help="The body that says it; alerts belong to alerts.")] = None,
    therapy: Annotated[str | None, typer.Option(help="The therapy, or several with commas; not for an alert.")] = None,
    kind: Annotated[str, typer.Option(help="statement, label or alert.")] = "statement",
    cite: Annotated[str | None, typer.Option(help="A registered source; default: a stub to be filled in.")] = None,
    rules: RulesOption = None,
) -> None:
    """Write a draft of a rule with three examples and the stub of its source, ready to be filled in."""
    from cdss.cli import newwork

    newwork.write_draft(identity, newwork.Wish(body, therapy, kind, cite), rules)


@app.command()
@guarded
def prove(
    only: Annotated[
        list[str] | None,
        typer.Option(help="reach, redundant, conflict, subsume, gap, dates, invariants or law; may be repeated."),
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes side by side; default: one for each core.")] = None,
    witnesses: Annotated[Path | None, typer.Option(help="Write each witness as a draft case into this folder.")] = None,
    rules: RulesOption = None,
) -> None:
    """Ask a solver about every patient at once. Exit 1 when something does not hold and is not declared."""
    from cdss.cli import provework

    if provework.prove_rules(rules, only or [], jobs, witnesses):
        raise typer.Exit(1)


@app.command()
@guarded
def diff(
    old: Annotated[str, typer.Argument(help="A rules folder or a git revision.")],
    new: Annotated[str, typer.Argument(help="The same, as it is now.")],
    cases: Annotated[Path | None, typer.Option(help="Another folder of cases than the bundled one.")] = None,
    witnesses: Annotated[Path | None, typer.Option(help="Write the patients found as draft cases here.")] = None,
) -> None:
    """Compare two states of the rules: what changed, and for which patients. Exit 1 when a rule differs."""
    from cdss.cli import diffwork

    if diffwork.diff_rules(old, new, cases, witnesses):
        raise typer.Exit(1)


class CoverageFormat(StrEnum):
    """How to print the coverage."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


@app.command()
@guarded
def coverage(
    format: Annotated[CoverageFormat, typer.Option("--format", help="text, json, or one html page.")] = (
        CoverageFormat.TEXT
    ),
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write to this file.")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only this one, with the test behind each part.")] = None,
    gate: Annotated[
        float | None, typer.Option("--gate", help="Exit 1 when a figure lies below this percentage.")
    ] = None,
    drafts: Annotated[
        Path | None, typer.Option("--drafts", help="Write a draft example for whatever is missing to this folder.")
    ] = None,
    cases: Annotated[
        Path | None, typer.Option("--cases", help="The folder of the cases; default: the one beside the rules.")
    ] = None,
    rules: RulesOption = None,
) -> None:
    """How much of the logic of every rule the tests exercise: yes, no, unknown, and each leaf deciding."""
    from cdss.cli import coveragework

    wanted = coveragework.Wanted(format.value, output, rule, gate, drafts)
    if not coveragework.report_coverage(rules, cases, wanted):
        raise typer.Exit(1)


@app.command()
@guarded
def mutate(
    rule: Annotated[
        list[str] | None, typer.Option(help="Only this rule, or definitions.NAME. Can be given several times.")
    ] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many mutants, drawn by --seed.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws another sample.")] = 0,
    jobs: Annotated[int | None, typer.Option(min=1, help="How many processes; default: one for each core.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")] = False,
    state: Annotated[Path | None, typer.Option(help="Where a run keeps what it found; default: the cache.")] = None,
    gate: Annotated[
        float | None, typer.Option(min=0, max=100, help="Exit 1 when fewer percent of the mutants are noticed.")
    ] = None,
    cases: Annotated[Path | None, typer.Option(help="Another folder of cases than the bundled one.")] = None,
    format: FormatOption = Format.TEXT,
    rules: RulesOption = None,
) -> None:
    """Break the rules one small change at a time, and list what no example and no case notices."""
    from cdss.cli import mutatework

    work = mutatework.Work(rules, cases, tuple(rule or ()), sample, seed, jobs, state, resume=resume)
    if not mutatework.mutate_rules(work, gate, as_json=format is Format.JSON):
        raise typer.Exit(1)
