"""What ``cdss rules`` does: find, print and check rules."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import typer

from cdss.case import load_case
from cdss.cli.terminal import columns, show, write
from cdss.consult import Question, consult
from cdss.engine import Engine
from cdss.errors import CdssError, Problem, Problems
from cdss.explain import describe_leaf
from cdss.library import Library, load_library
from cdss.lint import check
from cdss.locations import cases_folder, rules_folder
from cdss.reports.page import Page
from cdss.reports.phrases import PROVENANCE_NOTE, STANCE_WORD, body_name
from cdss.rule import Kind, Rule, Version
from cdss.snapshot import load
from cdss.values import Value
from cdss.vocabulary import nearest


def list_rules(
    folder: Path | None, therapy: str | None, body: str | None, kind: str | None, as_of: str | None, *, as_json: bool
) -> None:
    """Print the rules that fit, one a line. Raises CdssError for a word nobody knows."""
    library = load(folder or rules_folder())
    day = _day(as_of)
    _known(therapy, set(library.therapies.therapies), "therapy")
    _known(body, {rule.body for rule in library.rules.values()}, "body")
    _known(kind, {k.value for k in Kind}, "kind of rule")
    rows = []
    for rule in library.rules.values():
        version = rule.version_on(day) if day else _newest(rule)
        if version is None and day is not None:
            continue
        newest = version or _last(rule)
        fits = (therapy is None or therapy in rule.therapies) and (body is None or body == rule.body)
        if fits and (kind is None or newest.then.kind.value == kind):
            rows.append(_row(rule, newest, retired=version is None))
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


def _row(rule: Rule, version: Version, *, retired: bool) -> dict[str, Any]:
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
    }


def show_rule(folder: Path | None, identity: str, *, as_json: bool) -> None:
    """Print one rule whole. Raises CdssError when there is none of that name."""
    library = load(folder or rules_folder())
    rule = library.rules.get(identity.removesuffix(".yaml").replace("/", "."))
    if rule is None:
        close = nearest(identity, set(library.rules))
        raise CdssError(f"no rule is called '{identity}'" + (f"; did you mean '{close}'?" if close else ""))
    versions = [(start, version) for start, version in rule.versions]
    if as_json:
        data = {
            "id": rule.id,
            "title": rule.title,
            "therapies": list(rule.therapies),
            "versions": [
                {"from": start.isoformat() if start else "always", "retired": True}
                if version is None
                else {
                    **_row(rule, version, retired=False),
                    "says": version.says,
                    "when": describe_leaf(version.condition, library),
                }
                for start, version in versions
            ],
            "misleads_when": list(rule.misleads_when),
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
        _version(page, version, library)
    page.heading("MISLEADS WHEN")
    for line in rule.misleads_when:
        page.write(f"· {line}", indent=2, hang=4)
    show(page)


def _version(page: Page, version: Version, library: Library) -> None:
    page.write(version.says, indent=2)
    what = STANCE_WORD[version.then.stance] if version.then.stance else version.then.kind.value
    if version.then.intent:
        what += f" ({version.then.intent.value.replace('_', ' ')})"
    page.labelled("says", what + (f", strength {version.strength.level}" if version.strength else ""), indent=2, room=8)
    page.labelled("when", describe_leaf(version.condition, library) or "always", indent=2, room=8)
    for cite in version.cites:
        source = library.references[cite.ref]
        page.labelled("source", f"{source.short}: {source.title}. {source.link}; {cite.at}", indent=2, room=8)
    page.labelled("read", PROVENANCE_NOTE[version.provenance] or "read in the source", indent=2, room=8)
    for key, value in version.figures:
        page.labelled("figure", f"{key.replace('_', ' ')}: {value}", indent=2, room=8)


def check_rules(folder: Path | None, *, as_json: bool) -> int:
    """Read and check a folder; the number of problems. The counts of what was read are printed when it reads."""
    root = folder or rules_folder()
    library: Library | None = None
    try:
        library = load_library(root)
        problems: Sequence[Problem] = check(library, _case_facts(library))
    except Problems as found:
        problems = found.problems
    if as_json:
        rows = [
            {
                "file": p.place.file,
                "line": p.place.line,
                "column": p.place.column,
                "code": p.code,
                "message": p.message,
                "remedy": p.remedy,
            }
            for p in problems
        ]
        write(json.dumps({"problems": rows, "counts": _counts(library)}, indent=2, ensure_ascii=False) + "\n")
        return len(problems)
    for problem in problems:
        typer.echo(problem.render())
    if library is not None:
        for name, number in _counts(library).items():
            typer.echo(f"{number:>5}  {name}")
    typer.echo(f"{len(problems)} problem{'s' if len(problems) != 1 else ''} found")
    return len(problems)


def _counts(library: Library | None) -> Mapping[str, int]:
    if library is None:
        return {}
    kinds = Counter(
        f"{(_newest(rule) or _last(rule)).then.kind.value}s of {body_name(rule.body)}"
        for rule in library.rules.values()
    )
    provenance = Counter((_newest(rule) or _last(rule)).provenance.value for rule in library.rules.values())
    return {
        "rules": len(library.rules),
        **{name: kinds[name] for name in sorted(kinds)},
        **{f"provenance {name}": provenance[name] for name in sorted(provenance)},
        "definitions": len(library.definitions),
        "facts": len(library.vocabulary.facts),
        "therapies": len(library.therapies.therapies),
        "sources": len(library.references),
    }


def _case_facts(library: Library) -> Any:
    engine = Engine(library)

    def facts(name: str) -> Mapping[str, Value]:
        identity, _, point = name.partition("@")
        case = load_case(identity, cases_folder())
        return consult(engine, case, Question(on=point or None)).sheet.values

    return facts


def _newest(rule: Rule) -> Version | None:
    return rule.versions[-1][1]


def _last(rule: Rule) -> Version:
    return next(version for _, version in reversed(rule.versions) if version is not None)


def _known(word: str | None, words: set[str], what: str) -> None:
    if word is not None and word not in words:
        close = nearest(word, words)
        raise CdssError(f"no {what} is called '{word}'" + (f"; did you mean '{close}'?" if close else ""))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CdssError("--as-of takes a date such as 2016-05-26") from None
