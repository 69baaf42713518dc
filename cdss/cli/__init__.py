"""The command line: the only place that prints and exits. Everything it needs is imported when a command runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdss.cli import meeting as _meeting
from cdss.cli import rules as _rules
from cdss.cli.terminal import guarded
from cdss.errors import CdssError

if TYPE_CHECKING:
    from cdss.cli.work import Session
    from cdss.decision import Decision

app = typer.Typer(
    name="cdss",
    help="Lays out every cited option for a patient with a neuroendocrine tumour. It informs; it never decides.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(_rules.app, name="rules")


class Format(StrEnum):
    """How to print a decision."""

    TEXT = "text"
    JSON = "json"


class Form(StrEnum):
    """How to lay out a decision."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    PDF = "pdf"
    MARKDOWN = "markdown"


CaseArgument = Annotated[
    str, typer.Argument(help="A YAML or JSON file, - for standard input, or the id of a bundled case.")
]
OnOption = Annotated[
    str | None, typer.Option("--on", help="Decision point, date or offset (+5a); default: the last point.")
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="Date of the rules and labels; default: the date of --on.")
]
JurisdictionOption = Annotated[
    str | None, typer.Option("--jurisdiction", help="Whose labels to show, with commas; default: ema,fda.")
]
RulesOption = Annotated[Path | None, typer.Option("--rules", help="Another rules folder than the bundled one.")]
OutputOption = Annotated[Path | None, typer.Option("-o", "--output", help="Write to a file instead of the terminal.")]
FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json as the contract.")]
FullOption = Annotated[
    bool, typer.Option("--full", help="Print every statement in its own words, those that only may apply too.")
]
WidthOption = Annotated[
    int | None, typer.Option("--width", min=60, help="Columns; default: those of the terminal, at most 120.")
]


@app.command()
@guarded
def evaluate(
    case: CaseArgument,
    on: OnOption = None,
    as_of: AsOfOption = None,
    jurisdiction: JurisdictionOption = None,
    compare: Annotated[
        str | None, typer.Option("--compare", help="Another date of the rules and labels: what changed, and by what.")
    ] = None,
    format: Annotated[
        Form, typer.Option("--format", help="text for people, json as the contract; html, pdf, markdown: the sheet.")
    ] = Form.TEXT,
    output: OutputOption = None,
    full: FullOption = False,
    width: WidthOption = None,
    rules: RulesOption = None,
) -> None:
    """Every option for one patient at one moment: what supports it, what speaks against it, what is missing."""
    from cdss.cli import work
    from cdss.cli.options import day_of

    day_of(compare, "--compare")
    session = work.open_session(rules)
    decision = session.ask(case, on, as_of, jurisdiction).decision
    if compare is not None:
        _compare(session, decision, session.ask(case, on, compare, jurisdiction).decision, format, output, width)
    elif format is Form.JSON:
        work.deliver(decision.to_json(), output)
    elif format is Form.TEXT:
        work.deliver_page(work.decision_page(decision, width, full), output)
    else:
        from cdss.cli import boardwork

        boardwork.deliver_sheets([decision], decision.case, format.value, output)


@app.command()
@guarded
def board(
    cases: Annotated[
        list[str], typer.Argument(help="Cases as for evaluate; case@point for a point that is not the last.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file: .html, .pdf or .md.")],
    title: Annotated[str, typer.Option("--title", help="The heading of the file.")] = "Tumour board",
    as_of: AsOfOption = None,
    jurisdiction: JurisdictionOption = None,
    rules: RulesOption = None,
) -> None:
    """One file for a meeting: an agenda, and a sheet for every patient. It needs neither network nor script."""
    from cdss.cli import boardwork, work

    boardwork.write_agenda(work.open_session(rules), cases, title, output, as_of, jurisdiction)


@app.command("serve")
@guarded
def serve_page(
    host: Annotated[str, typer.Option("--host", help="The address to listen at; others than this machine's warn.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any free port.")] = 8000,
    cases: Annotated[Path | None, typer.Option("--cases", help="A folder of further cases to list.")] = None,
    rules: RulesOption = None,
    db: Annotated[
        Path | None, typer.Option("--db", help="A file of minutes: the page can then record what the board decides.")
    ] = None,
) -> None:
    """Open the web page on this machine: enter a patient, change facts, compare dates, browse rules."""
    from cdss.cli import servework

    servework.serve(host, port, cases, rules, db)


def _compare(
    session: Session, before: Decision, after: Decision, format: Form, output: Path | None, width: int | None
) -> None:
    from cdss.cli import work

    if format is Form.JSON:
        work.deliver(work.comparison_json(before, after), output)
    elif format is Form.TEXT:
        work.deliver_page(work.dates_page(before, after, session.library, width), output)
    else:
        raise CdssError("--compare is printed as text or json")


@app.command()
@guarded
def replay(
    case: CaseArgument,
    as_of: AsOfOption = None,
    jurisdiction: JurisdictionOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
    full: FullOption = False,
    width: WidthOption = None,
    rules: RulesOption = None,
) -> None:
    """Every decision point of a record, in order; of a capsule, its decision again, compared byte for byte."""
    if case.endswith(".capsule.json"):
        from cdss.cli import minuteswork

        if not minuteswork.replay_capsule(Path(case), rules, width, output if format is Format.JSON else None):
            raise typer.Exit(1)
        return
    from cdss.cli import work

    session = work.open_session(rules)
    decisions = session.replay(case, as_of, jurisdiction)
    if format is Format.JSON:
        import json

        data = [json.loads(decision.to_json()) for decision in decisions]
        work.deliver(json.dumps(data, indent=2, ensure_ascii=False) + "\n", output)
    else:
        work.deliver_page(work.replay_page(decisions, width, full), output)


@app.command()
@guarded
def explain(
    case: Annotated[str, typer.Argument(help="A case as for evaluate; or the code of a message, such as E301.")],
    therapy: Annotated[str | None, typer.Argument(help="The id of a therapy, such as everolimus.")] = None,
    on: OnOption = None,
    as_of: AsOfOption = None,
    jurisdiction: JurisdictionOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
    width: WidthOption = None,
    rules: RulesOption = None,
) -> None:
    """Why, why not, and which single fact would change it. With a code alone: what the message means."""
    if therapy is None:
        from cdss.cli import codework

        codework.explain(case, width, as_json=format is Format.JSON)
        return
    from cdss.cli import work

    session = work.open_session(rules)
    evaluation = session.ask(case, on, as_of, jurisdiction)
    found = session.explain(evaluation, therapy)
    if format is Format.JSON:
        work.deliver(work.explanation_json(found), output)
    else:
        work.deliver_page(work.explanation_page(evaluation.decision, found, width), output)


@app.command()
@guarded
def whatif(
    case: CaseArgument,
    changes: Annotated[list[str], typer.Argument(help="fact=value, fact=unknown, set+=member, set-=member, set=none.")],
    on: OnOption = None,
    as_of: AsOfOption = None,
    jurisdiction: JurisdictionOption = None,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
    width: WidthOption = None,
    rules: RulesOption = None,
) -> None:
    """The same patient with facts changed, beside the original."""
    from cdss.cli import work

    session = work.open_session(rules)
    before = session.ask(case, on, as_of, jurisdiction)
    after = session.ask(case, on, as_of, jurisdiction, session.changes(changes, before))
    if format is Format.JSON:
        work.deliver(work.comparison_json(before.decision, after.decision), output)
    else:
        work.deliver_page(work.comparison_page(before.decision, after.decision, width), output)


@app.command("test")
@guarded
def hold_cases(
    cases: Annotated[
        list[str] | None, typer.Argument(help="Cases or folders of cases; default: all bundled cases.")
    ] = None,
    keyword: Annotated[str | None, typer.Option("-k", help="Only checks whose name holds this text.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only checks that failed when last tried.")] = False,
    goldens: Annotated[bool, typer.Option("--goldens", help="Compare the decisions that cases keep whole.")] = False,
    update_goldens: Annotated[
        bool, typer.Option("--update-goldens", help="Write the kept decisions anew and show what changed; no checks.")
    ] = False,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write the results to a file as JUnit XML.")] = None,
    format: FormatOption = Format.TEXT,
    rules: RulesOption = None,
) -> None:
    """Hold cases against what they expect. Exit 1 when one does not read as it should."""
    from cdss.cli import testwork, work

    session = work.open_session(rules)
    if update_goldens:
        testwork.update_goldens(session, cases or [])
        return
    wanted = testwork.Wanted(tuple(cases or ()), keyword, failed, goldens)
    if testwork.run_tests(session, wanted, junit, as_json=format is Format.JSON):
        raise typer.Exit(1)


_meeting.add_to(app)


def _version(wanted: bool) -> None:
    if wanted:
        from cdss import __version__

        typer.echo(f"cdss {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Lays out every cited option for a patient with a neuroendocrine tumour. It informs; it never decides."""
