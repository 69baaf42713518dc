"""The rules looked at from outside, as Markdown: by therapy, site, body and date; the invariants and the hazard log."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum

from cdss.assurance import CHECKS
from cdss.coverage import LATEST, Reach, last_version
from cdss.library import Library
from cdss.reports.phrases import STANCE_WORD, body_name
from cdss.rule import Rule, Version


class View(StrEnum):
    """How the rules are laid out."""

    THERAPY = "therapy"
    SITE = "site"
    BODY = "body"
    DATE = "date"
    INVARIANTS = "invariants"
    HAZARDS = "hazards"


def index(library: Library, view: View, on: date | None = None) -> str:
    """One view as Markdown that ends with a newline. ``on``: what is in force that day; registers ignore it."""
    return "\n".join(_VIEWS[view](library, on)).rstrip("\n") + "\n"


def refreshed(text: str, library: Library) -> str:
    """The text of a README with the registers between their markers written anew; other text stays."""
    for view in (View.INVARIANTS, View.HAZARDS):
        register = index(library, view)
        found = re.search(rf"(<!-- {view.value} -->\n).*?(<!-- end -->)", text, re.DOTALL)
        if found is not None:
            text = f"{text[: found.start()]}{found[1]}\n{register}\n{found[2]}{text[found.end() :]}"
    return text


# ── rules ────────────────────────────────────────────────────────────────────────────────────


def _chosen(library: Library, on: date | None) -> list[tuple[Rule, Version]]:
    found = []
    for rule in library.rules.values():
        version = rule.version_on(on) if on else last_version(rule)
        if version is not None:
            found.append((rule, version))
    return sorted(found, key=lambda pair: pair[0].id)


def _by_therapy(library: Library, on: date | None) -> list[str]:
    sections: dict[str, list[str]] = defaultdict(list)
    for rule, version in _chosen(library, on):
        for therapy in rule.therapies:
            sections[library.therapies.therapies[therapy].name].append(_entry(rule, version))
        if not rule.therapies:
            sections["Alerts"].append(_entry(rule, version))
    last = [("Alerts", sections.pop("Alerts"))] if "Alerts" in sections else []
    return _pages("Rules by therapy", [*sorted(sections.items(), key=lambda item: item[0].casefold()), *last])


def _by_site(library: Library, on: date | None) -> list[str]:
    """Under each site the rules that single it out; those that hold for every site come last, once."""
    reach = Reach(library, on or LATEST)
    fact = library.vocabulary.facts.get("primary_site")
    sections: dict[str, list[str]] = {name: [] for name in (fact.values.values() if fact else ())}
    everywhere = []
    for rule, version in _chosen(library, on):
        sites = reach.sites(version.condition)
        if len(sites) == len(sections):
            everywhere.append(_entry(rule, version))
            continue
        for site in sites:
            assert fact is not None
            sections[fact.values[site]].append(_entry(rule, version))
    return _pages("Rules by primary site", [*sections.items(), ("every site", everywhere)])


def _by_body(library: Library, on: date | None) -> list[str]:
    sections: dict[str, list[str]] = defaultdict(list)
    for rule, version in _chosen(library, on):
        sections[body_name(rule.body)].append(_entry(rule, version))
    return _pages("Rules by body", sorted(sections.items(), key=lambda item: item[0].casefold()))


def _by_date(library: Library, on: date | None) -> list[str]:
    """Every first day of a version, newest first; retirements too."""
    days: dict[str, list[str]] = defaultdict(list)
    for rule in sorted(library.rules.values(), key=lambda r: r.id):
        for start, version in rule.versions:
            if on is not None and start is not None and start > on:
                continue
            day = start.isoformat() if start else "always"
            days[day].append(f"- {_link(rule.id)} {rule.title}: retired" if version is None else _entry(rule, version))
    dated = sorted((item for item in days.items() if item[0] != "always"), reverse=True)
    return _pages("Rules by first day in force", [*dated, *(i for i in days.items() if i[0] == "always")])


def _pages(title: str, sections: Iterable[tuple[str, list[str]]]) -> list[str]:
    lines = [f"# {title}", ""]
    for name, entries in sections:
        if entries:
            lines += [f"## {name} ({len(entries)})", "", *entries, ""]
    return lines


def _entry(rule: Rule, version: Version) -> str:
    strength = f", {version.strength.level}" if version.strength else ""
    since = f", since {version.start}" if version.start else ""
    return f"- {_link(rule.id)} {rule.title}: {_said(rule, version)}{strength}{since}"


def _said(rule: Rule, version: Version) -> str:
    if version.then.severity is not None:
        return f"alert ({version.then.severity.value})"
    said = STANCE_WORD[version.then.stance] if version.then.stance else version.then.kind.value
    return f"{body_name(rule.body)} {said}"


def _link(rule: str) -> str:
    return f"[`{rule}`]({rule.replace('.', '/')}.yaml)"


# ── invariants and hazards ───────────────────────────────────────────────────────────────────


def _invariants(library: Library, _: date | None) -> list[str]:
    invariants = library.assurance.invariants
    kept = sum(i.kept for i in invariants.values())
    gaps = sum(i.gap is not None for i in invariants.values())
    lines = [
        f"{len(invariants)} invariants: {kept} kept ({gaps} of these in part), {len(invariants) - kept} not yet.",
        "",
        "| id | for every patient | kept by |",
        "|---|---|---|",
    ]
    for name, invariant in invariants.items():
        keeps = [
            *(_link(rule) for rule in invariant.rules),
            *(f"check {code}: {CHECKS.get(code, 'unknown')}" for code in invariant.check),
            *(_test(test) for test in invariant.test),
        ]
        if invariant.gap:
            keeps.append(f"**not yet:** {invariant.gap}")
        if invariant.not_yet:
            keeps.append(f"**not yet:** {invariant.not_yet}")
        lines.append(f"| {name} | {_cell(invariant.says)} | {'<br>'.join(_cell(item) for item in keeps)} |")
    return lines


def _hazards(library: Library, _: date | None) -> list[str]:
    assurance = library.assurance
    lines = [
        "Severity: 5 death or the loss of an organ, 4 serious and perhaps for good, 3 serious, 2 avoidable harm or "
        "delay, 1 a nuisance. *Noticed*: how often a board would see the mistake before harm is done.",
        "",
        "| id | wrong advice | harm | severity | noticed | invariants | rules and tests that control it | open |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, hazard in assurance.hazards.items():
        controls = assurance.controls(name)
        control = [*(_link(rule) for rule in controls.rules), *(f"check {code}" for code in controls.checks)]
        control += [_test(test) for test in controls.tests]
        opened = [*(f"{i} not yet" for i in controls.not_yet), *(f"{i} in part" for i in controls.gaps)]
        cells = (
            name,
            hazard.title,
            hazard.harm,
            str(hazard.severity),
            hazard.noticed,
            ", ".join(hazard.invariants),
            "<br>".join(control),
            ", ".join(opened) or "nothing",
        )
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return lines


def _test(test: str) -> str:
    file, _, name = test.partition("::")
    return f"test [{name.removeprefix('test_').replace('_', ' ')}](../{file})"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


_VIEWS: Mapping[View, Callable[[Library, date | None], list[str]]] = {
    View.THERAPY: _by_therapy,
    View.SITE: _by_site,
    View.BODY: _by_body,
    View.DATE: _by_date,
    View.INVARIANTS: _invariants,
    View.HAZARDS: _hazards,
}
