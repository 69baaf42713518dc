"""From errors to exit codes, and from styles to colours: 0 fine, 1 findings, 2 misuse, never a traceback."""

from __future__ import annotations

import functools
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import typer

from cdss.errors import CdssError

if TYPE_CHECKING:
    from cdss.reports.page import Page

P = ParamSpec("P")
R = TypeVar("R")
_STYLES = {"title": "bold", "heading": "bold cyan", "good": "green", "open": "yellow", "stop": "red", "dim": "dim"}


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """The command with every foreseen error turned into a message and exit code 2."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a sign gets a question mark
        try:
            answer = command(*args, **kwargs)
            sys.stdout.flush()
            return answer
        except CdssError as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(2) from None
        except BrokenPipeError:
            # Whoever read the output has closed it (a pager, head): nothing is wrong.
            _drop_output()
            raise typer.Exit(0) from None
        except OSError as error:
            _drop_output()
            typer.echo(f"cannot write the output: {error.strerror}", err=True)
            raise typer.Exit(2) from None

    return run


def _drop_output() -> None:
    """What is still waiting to be written goes nowhere, so that leaving the process does not fail on it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write(text: str) -> None:
    """Data on standard output: UTF-8 and plain newlines on every machine, so that the bytes are the same."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))


def columns(wanted: int | None) -> int:
    """The width to write for: what was asked, else the terminal's, at least 60 and at most 120."""
    if wanted is not None:
        return wanted
    return max(60, min(120, shutil.get_terminal_size((100, 24)).columns))


def show(page: Page) -> None:
    """Print the page: in colour on a terminal, as plain text everywhere else."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        sys.stdout.write(page.text())
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in page.lines:
        console.print(Text(line.text, style=_STYLES.get(line.style, "")))


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar that moves on by one whenever the function given is called; only on a terminal, and gone at the end.

    What is printed meanwhile appears above the bar.
    """
    if not sys.stdout.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*shown, console=Console(highlight=False), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)
