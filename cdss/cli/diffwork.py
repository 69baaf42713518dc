"""What ``cdss rules diff`` does: open both states, compare, and print what differs and for whom."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import typer

from cdss.cli.terminal import columns, progress, show
from cdss.library import Library, load_library
from cdss.locations import cases_folder
from cdss.proof.draft import draft
from cdss.reports.page import Page
from cdss.ruledelta.changes import What
from cdss.ruledelta.delta import Delta, compare, entry
from cdss.ruledelta.region import Region
from cdss.ruledelta.sources import rules_of
from cdss.wording import describe_value

_SECONDS = 60  # for the search for patients, which takes long where hundreds of rules differ


def diff_rules(old: str, new: str, cases: Path | None, witnesses: Path | None) -> int:
    """Print what is between two states of the rules; the number of rules that differ."""
    with tempfile.TemporaryDirectory() as workspace:
        before, after = (load_library(rules_of(name, Path(workspace))) for name in (old, new))
    delta = compare(before, after, cases or cases_folder(), seconds=_SECONDS, watch=progress)
    page = Page(columns(None))
    _changes(page, delta)
    _regions(page, delta, after)
    _cases(page, delta)
    if delta.changes:
        page.heading(f"PROPOSED VERSION STEP: {delta.weight}" + ("" if delta.whole else " (at least)"))
    show(page)
    if delta.changes:
        typer.echo(entry(delta, before, after))
    if witnesses is not None:
        _write(witnesses, delta, after)
    return len(delta.changes)


def _changes(page: Page, delta: Delta) -> None:
    page.heading(f"RULES THAT DIFFER: {len(delta.changes)}")
    for change in delta.changes:
        parts = f": {', '.join(change.parts)}" if change.what is What.CHANGED else ""
        words = " (words only)" if change.only_words else ""
        page.write(f"· {change.rule} {change.what}{parts}{words}", indent=2, hang=4)
    if delta.registers:
        page.heading(f"REGISTERS THAT DIFFER: {', '.join(delta.registers)}")
        page.write("What this changes for patients is not looked for; the checks of cases show some of it.", indent=2)


def _regions(page: Page, delta: Delta, library: Library) -> None:
    if delta.unproven:
        page.heading("PATIENTS")
        page.write(f"For which patients the answer differs was not looked for: {delta.unproven}", indent=2)
        return
    if delta.regions or delta.whole:
        page.heading("PATIENTS WHO ARE ANSWERED OTHERWISE" if delta.regions else "NO PATIENT IS ANSWERED OTHERWISE")
    for region in delta.regions:
        page.write(f"· {region.about} {region.becomes}; the simplest patient:", indent=2, hang=4)
        page.write(_in_words(region, library), indent=6)
    if delta.late:
        page.heading(f"NOT LOOKED AT FOR WANT OF TIME: {len(delta.late)}")
        page.write(f"After {_SECONDS} seconds no patients were looked for about {', '.join(delta.late)}.", indent=2)


def _in_words(region: Region, library: Library) -> str:
    facts = library.vocabulary.facts
    said = [
        f"{facts[name].label} {describe_value(facts[name], value)}" if name in facts else name
        for name, value in sorted(region.facts.items())
    ]
    return f"{'; '.join(said) or 'nothing known'} (by the rules of {region.on})"


def _cases(page: Page, delta: Delta) -> None:
    page.heading(f"CHECKS OF CASES THAT CHANGE: {len(delta.cases)}")
    for case in delta.cases:
        word = "fails now" if case.before else "holds now"
        page.write(f"· {case.case}, {case.check}: {word}", indent=2, hang=4)


def _write(folder: Path, delta: Delta, library: Library) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for region in delta.regions:
        stem = re.sub(r"[^a-z0-9]+", "-", f"{region.about} {region.becomes}".casefold()).strip("-")
        facts = {name: value for name, value in region.facts.items() if name in library.vocabulary.facts}
        title = f"{region.about} {region.becomes}"
        text = draft(title, _in_words(region, library), facts, region.on, library.vocabulary)
        (folder / f"{stem}.yaml").write_text(text, encoding="utf-8")
    number = len(delta.regions)
    typer.echo(f"{number} witness{'es' if number != 1 else ''} written to {folder}")
