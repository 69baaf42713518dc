"""The concordance of a board as a table, as data, and as a picture."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from cdss.minutes.concordance import DECIDABLE, Agreement, Concordance, Group
from cdss.minutes.figures import Figure
from cdss.reports.page import Page

_SOURCE = "Classes as in Ebben 2022 (PMC8934031); intervals: Wilson, 95 %; kappa: Fleiss, Cohen and Everitt 1969."
_CAUTION = (
    "Kappa compares, option by option, suggested with chosen; a board takes one of several suggestions, so it is low."
)
_COLOURS = {
    Concordance.CONCORDANT: "#2b8a57",
    Concordance.CONDITIONAL: "#b7791f",
    Concordance.NON_CONCORDANT: "#c2403a",
    Concordance.INSUFFICIENT: "#7b8792",
}


def render_concordance(found: Agreement, width: int = 100) -> Page:
    """The table: all sites first, then each site."""
    page = Page(width)
    page.write("Concordance of the board with what the rules suggested", style="title")
    if not found.judged:
        page.write("No decision is recorded yet.")
        return page
    for part in (found.all, *found.sites):
        page.heading(part.name, f"{part.total} decisions, {part.decidable} with enough data")
        for c in Concordance:
            share = f"  {_percent(part.shares[c])}" if c in DECIDABLE and part.shares[c] else ""
            page.labelled(c.value, f"{part.counts[c]:>4}{share}", indent=2, room=26)
        if part.counts[Concordance.NON_CONCORDANT]:
            page.labelled("of these not motivated", f"{part.unmotivated:>4}", indent=2, room=26)
    page.blank()
    k = found.kappa
    page.write(
        f"Cohen's kappa {k.value:.2f} ({k.low:.2f} to {k.high:.2f})" if k else "Cohen's kappa is not defined here"
    )
    page.write(f"{_CAUTION} {_SOURCE}", style="dim")
    return page


def concordance_data(found: Agreement) -> dict[str, Any]:
    """The same as JSON data."""
    return {
        "all": _group(found.all),
        "sites": [_group(part) for part in found.sites],
        "kappa": {"table": found.table, **(_figure(found.kappa) or {"value": None})},
        "entries": [
            {"id": one.id, "site": one.site, "class": one.class_.value, "motivated": one.motivated}
            for one in found.judged
        ],
        "method": _SOURCE,
    }


def draw_concordance(found: Agreement) -> str:
    """One SVG: for every group a bar of its four classes, and the share of concordant ones with its interval."""
    environment = Environment(
        loader=PackageLoader("cdss.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    groups = [part for part in (found.all, *found.sites) if part.total]
    return (
        environment.get_template("concordance.svg.j2")
        .render(groups=[_drawn(part) for part in groups], colours=_COLOURS, source=_SOURCE)
        .rstrip()
        + "\n"
    )


def _drawn(part: Group) -> dict[str, Any]:
    share, start = part.shares[Concordance.CONCORDANT], 0.0
    bars = []
    for c in Concordance:
        length = part.counts[c] / part.total
        if length:
            bars.append({"class": c, "start": start, "length": length, "count": part.counts[c]})
        start += length
    return {"name": part.name, "total": part.total, "bars": bars, "share": share, "text": _percent(share)}


def _group(part: Group) -> dict[str, Any]:
    return {
        "name": part.name,
        "total": part.total,
        "decidable": part.decidable,
        "counts": {c.value: part.counts[c] for c in Concordance},
        "not_motivated": part.unmotivated,
        "shares": {c.value: _figure(part.shares[c]) for c in DECIDABLE},
    }


def _figure(figure: Figure | None) -> dict[str, float] | None:
    if figure is None:
        return None
    return {"value": round(figure.value, 4), "low": round(figure.low, 4), "high": round(figure.high, 4)}


def _percent(figure: Figure | None) -> str:
    if figure is None:
        return "none with enough data"
    return f"{100 * figure.value:.1f} % ({100 * figure.low:.1f} to {100 * figure.high:.1f})"
