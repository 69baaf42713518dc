"""What ``cdss explain CODE`` prints: one code of a message, or all of them in a list."""

from __future__ import annotations

import json

from cdss.cli.terminal import columns, show, write
from cdss.codes import Code, code_called, codes, kind_of, looks_like_a_code
from cdss.errors import CdssError
from cdss.reports.page import Line, Page


def explain(word: str, width: int | None, *, as_json: bool) -> None:
    """Print one code, or all of them for ``codes``. Raises CdssError for any other word."""
    if word == "codes":
        list_codes(width, as_json=as_json)
    elif looks_like_a_code(word):
        explain_code(word, width, as_json=as_json)
    else:
        raise CdssError("explain takes a case and a therapy, the code of a message such as E301, or the word codes")


def explain_code(word: str, width: int | None, *, as_json: bool) -> None:
    """Print what a code means and how to mend it. Raises CdssError when there is none of that name."""
    code, entry = code_called(word)
    if as_json:
        write(json.dumps(_data(code, entry), indent=2, ensure_ascii=False) + "\n")
        return
    page = Page(columns(width))
    page.write(f"{code}  {entry.name}", style="title")
    page.write(kind_of(code), style="dim")
    page.labelled("means", entry.means, room=10)
    page.labelled("matters", entry.matters, room=10)
    page.labelled("mend", entry.fix, room=10)
    for heading, snippet, style in (("WRONG", entry.bad, "stop"), ("RIGHT", entry.good, "good")):
        page.heading(heading)
        page.lines.extend(Line(f"    {line}", style) for line in snippet.split("\n"))
    show(page)


def list_codes(width: int | None, *, as_json: bool) -> None:
    """Print every code with its name."""
    if as_json:
        write(json.dumps([_data(code, entry) for code, entry in codes().items()], indent=2, ensure_ascii=False) + "\n")
        return
    page = Page(columns(width))
    for code, entry in codes().items():
        page.write(f"{code}  {entry.name}", hang=6)
    page.write(f"{len(codes())} codes; cdss explain CODE tells of one")
    show(page)


def _data(code: str, entry: Code) -> dict[str, str]:
    kept = ("name", "means", "matters", "fix", "bad", "good")
    return {"code": code, "kind": kind_of(code), **{name: getattr(entry, name) for name in kept}}
