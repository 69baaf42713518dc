"""The record of the meeting: ``cdss record``, ``minutes``, ``capsule`` and ``concordance``; before it, ``decisive``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cdss.cli.terminal import guarded


class Format(StrEnum):
    """How to print minutes."""

    TEXT = "text"
    JSON = "json"


class Picture(StrEnum):
    """How to print the concordance."""

    TEXT = "text"
    JSON = "json"
    SVG = "svg"


DbOption = Annotated[
    Path | None, typer.Option("--db", help="The file of the minutes; default: board.sqlite in your folder for data.")
]
RulesOption = Annotated[Path | None, typer.Option("--rules", help="Another rules folder than the bundled one.")]
OutputOption = Annotated[Path | None, typer.Option("-o", "--output", help="Write to a file instead of the terminal.")]


@guarded
def record(
    case: Annotated[str, typer.Argument(help="A YAML or JSON file, - for standard input, or a bundled id.")],
    by: Annotated[str, typer.Option("--by", help="Who decided: the board, or its chair.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence.")],
    choose: Annotated[list[str], typer.Option("--choose", help="What was chosen; several with commas or repeated.")],
    on: Annotated[str | None, typer.Option("--on", help="Decision point or date; default: the last point.")] = None,
    override: Annotated[
        str | None, typer.Option("--override", help="Why the board departs from every suggestion (a coded reason).")
    ] = None,
    condition: Annotated[
        str | None, typer.Option("--condition", help="What the choice depends on, such as a biopsy.")
    ] = None,
    corrects: Annotated[
        int | None, typer.Option("--corrects", help="The number of the entry that this one puts right.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Date of the rules; default: that of --on.")] = None,
    jurisdiction: Annotated[str | None, typer.Option("--jurisdiction", help="Whose labels; default: ema,fda.")] = None,
    db: DbOption = None,
    rules: RulesOption = None,
) -> None:
    """Record what the board decided, beside what the rules laid out. Entries are never changed or deleted."""
    from cdss.cli import minuteswork

    choice = minuteswork.Choice(tuple(choose), by, reason, override, condition, corrects)
    minuteswork.record_choice(rules, db, case, on, as_of, jurisdiction, choice)


@guarded
def minutes(
    case: Annotated[str | None, typer.Argument(help="The id of a case; default: all.")] = None,
    format: Annotated[Format, typer.Option("--format", help="text for people, json for programs.")] = Format.TEXT,
    db: DbOption = None,
) -> None:
    """What was decided, in the order in which it was recorded, corrections included."""
    from cdss.cli import minuteswork

    minuteswork.list_minutes(db, case, as_json=format is Format.JSON)


@guarded
def capsule(
    number: Annotated[int, typer.Argument(metavar="ID", help="The number of an entry of the minutes.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file; it ends in .capsule.json.")],
    db: DbOption = None,
) -> None:
    """One entry as one file that cdss replay makes again: case, question, rules, decision and the board's choice."""
    from cdss.cli import minuteswork

    minuteswork.export_capsule(db, number, output)


@guarded
def concordance(
    format: Annotated[Picture, typer.Option("--format", help="text, json, or svg for the picture.")] = Picture.TEXT,
    db: DbOption = None,
    output: OutputOption = None,
) -> None:
    """How often the board chose what the rules suggested, with confidence intervals, by site."""
    from cdss.cli import minuteswork

    minuteswork.show_concordance(db, format.value, output)


@guarded
def decisive(
    case: Annotated[str, typer.Argument(help="A YAML or JSON file, - for standard input, or a bundled id.")],
    on: Annotated[str | None, typer.Option("--on", help="Decision point or date; default: the last point.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Date of the rules; default: that of --on.")] = None,
    format: Annotated[Format, typer.Option("--format", help="text for people, json for programs.")] = Format.TEXT,
    output: OutputOption = None,
    rules: RulesOption = None,
) -> None:
    """Which data decide: the next best test, what settles each option, and numbers close to a threshold."""
    from cdss.cli import decisivework

    decisivework.show_decisive(rules, case, on, as_of, output, as_json=format is Format.JSON)


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    for command in (record, minutes, capsule, concordance, decisive):
        app.command()(command)
