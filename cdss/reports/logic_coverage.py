"""The coverage of the logic tree as a page of text: gaps rule by rule, and the totals last, where a terminal ends."""

from __future__ import annotations

from collections.abc import Iterable

from cdss.library import Library
from cdss.logic_coverage.cover import Covered, Found, LogicCoverage, State
from cdss.reports.obligations import by_body, in_words, name_of, shares, where
from cdss.reports.page import Page
from cdss.reports.phrases import counted

_STYLE = {State.COVERED: "good", State.MISSING: "stop", State.UNSETTLED: "open", State.INFEASIBLE: "dim"}


def render_logic_coverage(
    coverage: LogicCoverage, library: Library, width: int, seconds: float, *, whole: bool
) -> Page:
    """``whole`` lists every obligation with the test that covers it; otherwise only what is missing or infeasible."""
    page = Page(width)
    for covered in coverage.covered:
        shown = covered.found if whole else (*covered.missing, *covered.infeasible)
        if shown:
            page.heading(name_of(covered.subject), _summary(covered))
            for found in shown:
                _line(page, covered, found, library)
    _totals(page, coverage)
    tests = coverage.counted
    page.blank()
    page.write(
        f"Tests taken: {counted(tests.examples, 'example')}, {counted(tests.checks, 'check')} of cases. Left out: "
        f"{counted(tests.drafts, 'draft')}, {tests.wrong} that do not read as they say. {seconds:.1f} s.",
        style="dim",
    )
    return page


def _summary(covered: Covered) -> str:
    parts = [(len(covered.missing), "missing"), (len(covered.infeasible), "infeasible")]
    return ", ".join(f"{number} {word}" for number, word in parts if number) or "complete"


def _line(page: Page, covered: Covered, found: Found, library: Library) -> None:
    text = f"{where(covered.subject, found)}: {in_words(covered.subject, found.obligation, library)}"
    page.labelled(found.state.value, text, indent=2, room=12, style=_STYLE[found.state])
    if found.proof is not None:
        page.write(f"by {found.proof.name} ({found.proof.place})", indent=14, style="dim")


def _totals(page: Page, coverage: LogicCoverage) -> None:
    page.heading("RULE COVERAGE AND MC/DC WITH UNKNOWN", "covered / feasible")
    _row(page, "", ["versions", "yes", "no", "unknown", "MC/DC with unknown"])
    for body, found in by_body(coverage).items():
        figures = shares(found)
        cells = [f"{f.part} / {f.whole}" for key, f in figures.items() if key in ("yes", "no", "unknown")]
        nodes = figures["mcdc_with_unknown"]
        _row(page, body, [str(len(found)), *cells, f"{nodes.part} / {nodes.whole}  {nodes!s:>7}"])
    overall = shares(coverage.covered)
    page.blank()
    page.write(f"rule coverage {overall['rule_coverage']}, MC/DC with unknown {overall['mcdc_with_unknown']}")


def _row(page: Page, head: str, cells: Iterable[str]) -> None:
    rooms = (8, 11, 11, 11, 23)
    row = "".join(f"{cell:>{room}}" for cell, room in zip(cells, rooms, strict=True))
    page.write(f"{head:14}{row}", hang=14)
