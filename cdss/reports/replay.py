"""All decision points of one record, one below the other: at each, what was seen and where the options stood."""

from __future__ import annotations

from collections.abc import Sequence

from cdss.decision import Decision, Option, Standing
from cdss.reports.page import Page
from cdss.reports.phrases import STANDING_TITLE, STANDING_WORD
from cdss.reports.text import NOTICE, option_label, option_title, render_text, write_alerts, write_header
from cdss.rule import Severity

_STYLE = {
    Standing.RECOMMENDED: "good",
    Standing.OPTION: "good",
    Standing.CONDITIONAL: "open",
    Standing.UNDETERMINED: "open",
}


def render_replay(decisions: Sequence[Decision], width: int = 100, *, full: bool = False) -> Page:
    """One section per decision; ``full`` prints the whole decision of each point instead of its outline."""
    page = Page(width)
    for number, decision in enumerate(decisions, start=1):
        page.blank()
        page.write(f"{number} ── {decision.point or decision.on} ".ljust(width, "─"), style="heading")
        if full:
            page.lines.extend(render_text(decision, width, full=True).lines)
            continue
        write_header(decision, page, unknown=4)
        write_alerts(decision, page, at_least=Severity.WARNING, brief=True)
        for standing in Standing:
            _outline(decision, standing, page)
    page.blank()
    page.write(f"{NOTICE} Open one point with: cdss evaluate CASE --on POINT", style="dim")
    return page


def _outline(decision: Decision, standing: Standing, page: Page) -> None:
    options = [o for o in decision.options if o.standing is standing]
    if not options:
        return
    style = _STYLE.get(standing, "stop")
    title = STANDING_TITLE[standing].capitalize() if standing is not Standing.RECOMMENDED else "Recommended"
    if standing in (Standing.CONTRAINDICATED, Standing.NOT_INDICATED, Standing.ADVISED_AGAINST):
        names = ", ".join(option_title(o) for o in options)
        page.labelled(title, names, indent=2, room=24, style=style)
        return
    for index, option in enumerate(options):
        page.labelled(title if index == 0 else "", _line(option), indent=2, room=24, style=style)


def _line(option: Option) -> str:
    text = option_title(option)
    if option.standing is Standing.DECLINED and option.would_be:
        text += f" (would be {STANDING_WORD[option.would_be]})"
    if option.unconfirmed:
        text += " (unconfirmed)"
    return f"{text}: {option_label(option)}"
