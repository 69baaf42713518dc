"""The coverage of the logic tree as one page that needs nothing beside it; everything in it is escaped."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from cdss.library import Library
from cdss.logic_coverage.cover import LogicCoverage
from cdss.reports.obligations import as_data, name_of


def render_logic_coverage_html(coverage: LogicCoverage, library: Library, seconds: float) -> str:
    """The totals, and every rule to open: what is missing first, then what covers the rest."""
    data = as_data(coverage, library, seconds)
    rules: list[dict[str, Any]] = [
        {**rule, "name": name_of(covered.subject), "missing": len(covered.missing)}
        for rule, covered in zip(data["rules"], coverage.covered, strict=True)
    ]
    environment = Environment(
        loader=PackageLoader("cdss.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("logic_coverage.html.j2").render(data=data, rules=rules)
