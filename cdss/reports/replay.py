"""All decision points of one record, one below the other: what is new at each, and where the options stood then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from cdss.decision import Decision, Option, Standing
from cdss.reports.page import Page
from cdss.reports.parts import NOTICE, label_text, option_title, write_alerts, write_header
from cdss.reports.phrases import STANDING_WORD, counted
from cdss.reports.text import render_text

_STYLE = {
    Standing.RECOMMENDED: "good",
    Standing.OPTION: "good",
    Standing.DISPUTED: "open",
    Standing.CONDITIONAL: "open",
    Standing.UNDETERMINED: "open",
}
_WITHOUT_LABEL = (Standing.CONTRAINDICATED, Standing.NOT_INDICATED, Standing.ADVISED_AGAINST)


def render_replay(decisions: Sequence[Decision], width: int = 100, *, full: bool = False) -> Page:
    """One section per decision. ``full`` prints each decision whole instead of its outline."""
    page = Page(width)
    before: Decision | None = None
    for number, decision in enumerate(decisions, start=1):
        page.blank()
        page.write(f"{number} ── {decision.point or decision.on} ".ljust(width, "─"), style="heading")
        if full:
            page.lines.extend(render_text(decision, width, full=True).lines)
        else:
            write_header(decision, page, unknown=4)
            _new_alerts(decision, before, page)
            page.blank()
            for standing in Standing:
                _outline(decision, standing, page)
        before = decision
    page.blank()
    page.write(f"{NOTICE} One point whole: cdss evaluate CASE --on POINT", style="dim")
    return page


def _new_alerts(decision: Decision, before: Decision | None, page: Page) -> None:
    """The alerts that were not there at the point before; how many are still there."""
    old = {a.alert for a in before.alerts} if before else set()
    new = [a for a in decision.alerts if a.alert not in old]
    still = len(decision.alerts) - len(new)
    write_alerts(decision, page, new, brief=True)
    if still:
        page.write(f"and {counted(still, 'alert')} as at the point before", indent=2, style="dim")


def _outline(decision: Decision, standing: Standing, page: Page) -> None:
    options = [o for o in decision.options if o.standing is standing]
    lines: dict[tuple[str, str], list[Option]] = defaultdict(list)
    for option in options:
        lines[_remark(option), "" if standing in _WITHOUT_LABEL else label_text(option)].append(option)
    margin = STANDING_WORD[standing].capitalize()
    for (remark, label), alike in lines.items():
        text = ", ".join(option_title(o) for o in alike) + (f" ({remark})" if remark else "")
        page.labelled(
            margin, f"{text}: {label}" if label else text, indent=2, room=18, style=_STYLE.get(standing, "stop")
        )
        margin = ""


def _remark(option: Option) -> str:
    parts = []
    if option.standing is Standing.DECLINED and option.would_be:
        parts.append(f"otherwise {STANDING_WORD[option.would_be]}")
    if option.unconfirmed:
        parts.append("unconfirmed")
    return ", ".join(parts)
