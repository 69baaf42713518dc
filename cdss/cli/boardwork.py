"""What ``cdss board`` does, and the sheet of ``cdss evaluate``: decisions into one file for a meeting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cdss.cli.work import Session, deliver, deliver_bytes
from cdss.decision import Decision
from cdss.errors import CdssError
from cdss.reports.sheet.render import render_html, render_markdown, render_pdf

_BY_SUFFIX = {".html": "html", ".htm": "html", ".pdf": "pdf", ".md": "markdown"}


def write_agenda(
    session: Session, cases: Sequence[str], title: str, output: Path, as_of: str | None, jurisdiction: str | None
) -> None:
    """Evaluate every case and write one file. Raises CdssError, naming the case, when one cannot be evaluated."""
    form = _BY_SUFFIX.get(output.suffix.lower())
    if form is None:
        raise CdssError(f"the file {output.name} should end in .html, .pdf or .md")
    decisions = []
    for name in cases:
        case, _, point = name.partition("@")
        try:
            decisions.append(session.ask(case, point or None, as_of, jurisdiction).decision)
        except CdssError as problem:
            raise CdssError(f"{case}: {problem}") from None
    deliver_sheets(decisions, title, form, output)


def deliver_sheets(decisions: Sequence[Decision], title: str, form: str, output: Path | None) -> None:
    """Write the sheets as html, markdown or pdf. Raises CdssError for a PDF without a file to go to."""
    if form == "pdf":
        if output is None:
            raise CdssError("a PDF needs a file to go to: add -o sheet.pdf")
        deliver_bytes(render_pdf(decisions, title), output)
    elif form == "html":
        deliver(render_html(decisions, title), output)
    else:
        deliver(render_markdown(decisions, title), output)
