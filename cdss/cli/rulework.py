"""What ``cdss rules`` does: find, print and index rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from cdss.cli.options import day_of
from cdss.cli.terminal import columns, show, write
from cdss.coverage import LATEST, Reach, last_version
from cdss.errors import CdssError
from cdss.explain import describe_leaf
from cdss.library import Library
from cdss.locations import rules_folder
from cdss.reports.assurance import View, index, refreshed
from cdss.reports.page import Page
from cdss.reports.phrases import PROVENANCE_NOTE, STANCE_WORD
from cdss.reports.sources import in_full
from cdss.rule import Kind, Provenance, Rule, Stance, Version
from cdss.snapshot import load
from cdss.vocabulary import nearest


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rules to list; None lets every rule pass."""

    therapy: str | None = None
    body: str | None = None
    kind: str | None = None
    site: str | None = None
    stance: str | None = None
    provenance: str | None = None

    def check(self, library: Library) -> None:
        """Raises CdssError for a word nobody knows."""
        sites = library.vocabulary.facts["primary_site"].values if "primary_site" in library.vocabulary.facts else {}
        _known(self.therapy, set(library.therapies.therapies), "therapy")
        _known(self.body, {rule.body for rule in library.rules.values()}, "body")
        _known(self.kind, {k.value for k in Kind}, "kind of rule")
        _known(self.site, set(sites), "primary site")
        _known(self.stance, {s.value for s in Stance}, "stance")
        _known(self.provenance, {p.value for p in Provenance}, "provenance")

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of the list is wanted."""
        several = ((self.therapy, row["therapies"]), (self.site, row["sites"]))
        one = {"body": self.body, "kind": self.kind, "stance": self.stance, "provenance": self.provenance}
        return all(word is None or word in words for word, words in several) and all(
            word is None or row[key] == word for key, word in one.items()
        )


def list_rules(folder: Path | None, wanted: Wanted, as_of: str | None, *, as_json: bool) -> None:
    """Print the rules that fit, one a line. Raises CdssError for a word nobody knows."""
    library = load(folder or rules_folder())
    day = day_of(as_of)
    wanted.check(library)
    reach = Reach(library, day or LATEST)
    rows = []
    for rule in library.rules.values():
        version = rule.version_on(day) if day else newest(rule)
        if version is None and day is not None:
            continue
        row = _row(rule, version or last_version(rule), reach, retired=version is None)
        if wanted.fits(row):
            rows.append(row)
    if as_json:
        write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
        return
    page = Page(columns(None))
    for row in rows:
        page.write(f"{row['id']}  {row['title']}", hang=4, style="dim" if row["retired"] else "plain")
        said = row["stance"] or row["kind"]
        strength = f" {row['strength']}" if row["strength"] else ""
        page.write(
            f"{said}{strength}, since {row['since']}, {row['provenance']}" + (", retired" if row["retired"] else ""),
            indent=4,
            style="dim",
        )
    page.write(f"{len(rows)} rules")
    show(page)


def _row(rule: Rule, version: Version, reach: Reach, *, retired: bool) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "kind": version.then.kind.value,
        "body": rule.body,
        "therapies": list(rule.therapies),
        "stance": version.then.stance.value if version.then.stance else None,
        "intent": version.then.intent.value if version.then.intent else None,
        "strength": version.strength.level if version.strength else None,
        "since": version.start.isoformat() if version.start else "always",
        "provenance": version.provenance.value,
        "reviewed": rule.reviewed,
        "retired": retired,
        "cites": [cite.model_dump() for cite in version.cites],
        "sites": list(reach.sites(version.condition)),
    }


def show_rule(folder: Path | None, identity: str, *, as_json: bool) -> None:
    """Print one rule whole. Raises CdssError when there is none of that name."""
    library = load(folder or rules_folder())
    rule = library.rules.get(identity.removesuffix(".yaml").replace("/", "."))
    if rule is None:
        close = nearest(identity, set(library.rules))
        raise CdssError(f"no rule is called '{identity}'" + (f"; did you mean '{close}'?" if close else ""))
    versions = [(start, version) for start, version in rule.versions]
    cited = {cite.ref: None for _, version in versions if version for cite in version.cites}
    sources = in_full(library.references[ref] for ref in cited)
    if as_json:
        reach = Reach(library)
        data = {
            "id": rule.id,
            "title": rule.title,
            "therapies": list(rule.therapies),
            "versions": [
                {"from": start.isoformat() if start else "always", "retired": True}
                if version is None
                else {
                    **_row(rule, version, reach, retired=False),
                    "says": version.says,
                    "when": describe_leaf(version.condition, library),
                }
                for start, version in versions
            ],
            "misleads_when": list(rule.misleads_when),
            "sources": sources,
        }
        write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
        return
    page = Page(columns(None))
    page.write(rule.title, style="title")
    page.write(
        f"{rule.id}; not reviewed by a named clinician"
        if rule.reviewed is None
        else f"{rule.id}; reviewed by {rule.reviewed}",
        style="dim",
    )
    if rule.therapies:
        page.labelled("about", ", ".join(library.therapies.therapies[t].name for t in rule.therapies), room=12)
    for start, version in versions:
        page.heading(f"from {start}" if start else "always")
        if version is None:
            because = rule.retired.because if rule.retired else "superseded"
            page.write(f"retired: {because}", indent=2)
            continue
        _version(page, version, library, sources)
    page.heading("MISLEADS WHEN")
    for line in rule.misleads_when:
        page.write(f"· {line}", indent=2, hang=4)
    show(page)


def _version(page: Page, version: Version, library: Library, sources: Mapping[str, str]) -> None:
    page.write(version.says, indent=2)
    what = STANCE_WORD[version.then.stance] if version.then.stance else version.then.kind.value
    if version.then.intent:
        what += f" ({version.then.intent.value.replace('_', ' ')})"
    page.labelled("says", what + (f", strength {version.strength.level}" if version.strength else ""), indent=2, room=8)
    page.labelled("when", describe_leaf(version.condition, library) or "always", indent=2, room=8)
    for cite in version.cites:
        page.labelled("source", f"{sources[cite.ref]} At: {cite.at}", indent=2, room=8)
    page.labelled("read", PROVENANCE_NOTE[version.provenance] or "read in the source", indent=2, room=8)
    for key, value in version.figures:
        page.labelled("figure", f"{key.replace('_', ' ')}: {value}", indent=2, room=8)


def print_index(folder: Path | None, view: str, as_of: str | None) -> None:
    """Print one view of the rules as Markdown. Raises CdssError for a view nobody knows."""
    _known(view, {v.value for v in View}, "view")
    write(index(load(folder or rules_folder()), View(view), day_of(as_of)))


def refresh_readme(folder: Path | None) -> None:
    """Write the two registers in the README of the rules anew. Raises CdssError when there is none to write."""
    root = folder or rules_folder()
    path = root / "README.md"
    try:
        text = path.read_text(encoding="utf-8")
        new = refreshed(text, load(root))
        if new != text:
            path.write_text(new, encoding="utf-8")
    except OSError:
        raise CdssError(f"{path} cannot be read and written") from None
    typer.echo(f"{path}: {'brought up to date' if new != text else 'is current'}")


def newest(rule: Rule) -> Version | None:
    """The last version; None when the rule is retired."""
    return rule.versions[-1][1]


def _known(word: str | None, words: set[str], what: str) -> None:
    if word is not None and word not in words:
        close = nearest(word, words)
        raise CdssError(f"no {what} is called '{word}'" + (f"; did you mean '{close}'?" if close else ""))
