"""The sheet as one file: HTML that needs neither network nor script, PDF made from it, or Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from cdss.decision import Decision
from cdss.errors import CdssError
from cdss.reports.parts import NOTICE
from cdss.reports.sheet.picture import LEFT, WIDTH
from cdss.reports.sheet.view import sheet_of

_FONT = "font-family: 'Liberation Sans', 'DejaVu Sans', Arial, Helvetica, sans-serif"


@cache
def _environment(escape: bool) -> Environment:
    return Environment(
        loader=PackageLoader("cdss.reports.sheet"),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_html(decisions: Sequence[Decision], heading: str) -> str:
    """All patients of a meeting, one after the other, with an agenda where there are several."""
    return _rendered("sheet.html.j2", decisions, heading, escape=True)


def render_article(decision: Decision, why: Mapping[str, str]) -> str:
    """One patient, for a page that brings ``sheet_style``. ``why`` leads from an option's title to its reasons."""
    environment = _environment(True)
    template = environment.get_template("article.html.j2")
    return template.render(s=sheet_of(decision), number=1, why=why, notice=NOTICE, width=WIDTH, left=LEFT)


def sheet_style() -> str:
    """The style sheet of the sheet."""
    return (files("cdss.reports.sheet") / "templates" / "sheet.css").read_text(encoding="utf-8")


def render_markdown(decisions: Sequence[Decision], heading: str) -> str:
    """The same in Markdown, without the drawing. What Markdown would read as its own is escaped."""
    return _rendered("sheet.md.j2", decisions, heading, escape=False)


def render_pdf(decisions: Sequence[Decision], heading: str) -> bytes:
    """The same as PDF. Raises CdssError where WeasyPrint or what it needs is not installed."""
    if find_spec("weasyprint") is None:
        raise CdssError(
            "a PDF needs WeasyPrint: install it with pip install 'net-cdss[pdf]', or write HTML and print it"
        )
    try:
        from weasyprint import HTML
    except OSError:
        raise CdssError(
            "WeasyPrint does not find the system's Pango library; install it, or write HTML and print it"
        ) from None
    made: bytes = HTML(string=render_html(decisions, heading), url_fetcher=_nothing_from_outside).write_pdf()
    return made


def _nothing_from_outside(_url: str, **_more: Any) -> Any:
    raise ValueError("the sheet fetches nothing")


def _rendered(name: str, decisions: Sequence[Decision], heading: str, *, escape: bool) -> str:
    environment = _environment(escape)
    environment.filters["md"] = _markdown
    text = environment.get_template(name).render(
        heading=heading,
        sheets=[sheet_of(decision) for decision in decisions],
        why={},
        notice=NOTICE,
        width=WIDTH,
        left=LEFT,
        font=_FONT,
    )
    return text.rstrip() + "\n"


def _markdown(text: str) -> str:
    """Text with the signs of Markdown and HTML made harmless."""
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.split())
