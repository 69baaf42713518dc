"""What the commands do, once somebody has asked: open the rules, put the question, deliver the answer."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from cdss.case import Case, load_case
from cdss.cli.options import day_of, words_of
from cdss.cli.terminal import columns, show, write
from cdss.consult import Question, consult, timeline_of
from cdss.decision import Decision
from cdss.engine import Engine, Evaluation, Plans
from cdss.errors import CdssError
from cdss.explain import Explanation, explain_therapy
from cdss.facts.direct import facts_from_mapping
from cdss.library import Library
from cdss.locations import cases_folder, rules_folder
from cdss.reports.compare import changed_options, render_comparison
from cdss.reports.dates import render_dates
from cdss.reports.page import Page
from cdss.reports.replay import render_replay
from cdss.reports.text import render_text
from cdss.reports.why import render_why
from cdss.rule import Version
from cdss.snapshot import Snapshots
from cdss.source import MAX_BYTES
from cdss.values import Members, Value
from cdss.vocabulary import Kind, nearest

_EDIT = re.compile(r"(?P<fact>[a-z][a-z0-9_]*)(?P<how>\+=|-=|=)(?P<value>.*)", re.DOTALL)


class Session:
    """One library and its engine, for the length of a command."""

    def __init__(self, library: Library, plans: Plans | None = None) -> None:
        self.library = library
        self.engine = Engine(library, plans=plans)
        self._cases: dict[str, Case] = {}

    def case(self, name: str) -> Case:
        """The case called ``name``, read once."""
        if name not in self._cases:
            stdin = sys.stdin.buffer.read(MAX_BYTES + 1) if name == "-" else None
            self._cases[name] = load_case(name, cases_folder(), stdin)
        return self._cases[name]

    def ask(
        self,
        name: str,
        on: str | None,
        as_of: str | None,
        jurisdiction: str | None,
        changes: Mapping[str, Value | None] | None = None,
    ) -> Evaluation:
        """The evaluation of one case at one moment."""
        question = Question(on, day_of(as_of), words_of(jurisdiction), changes)
        return consult(self.engine, self.case(name), question)

    def replay(self, name: str, as_of: str | None, jurisdiction: str | None) -> list[Decision]:
        """One decision for each point of the case."""
        case = self.case(name)
        points = timeline_of(case).points if case.file.record else ()
        if not points:
            raise CdssError("the case has no decision points to replay; use evaluate")
        return [self.ask(name, point.id, as_of, jurisdiction).decision for point in points]

    def explain(self, evaluation: Evaluation, therapy: str) -> Explanation:
        """Why ``therapy`` stands where it stands. Raises CdssError for a name that is no therapy."""
        known = self.library.therapies.therapies
        if therapy not in known:
            close = nearest(therapy, set(known))
            raise CdssError(f"no therapy is called '{therapy}'" + (f"; did you mean '{close}'?" if close else ""))
        return explain_therapy(evaluation, self.library, therapy)

    def changes(self, edits: Sequence[str], before: Evaluation) -> dict[str, Value | None]:
        """The facts as the edits leave them; None is unknown. Raises CdssError for an edit it cannot read."""
        found: dict[str, Value | None] = {}
        for edit in edits:
            match = _EDIT.fullmatch(edit)
            if match is None:
                raise CdssError("a change is written fact=value, fact=unknown, set+=member or set-=member")
            name, how, text = match["fact"], match["how"], match["value"].strip()
            fact = self.library.vocabulary.facts.get(name)
            if fact is None:
                close = nearest(name, set(self.library.vocabulary.facts))
                raise CdssError(f"no fact is called '{name}'" + (f"; did you mean '{close}'?" if close else ""))
            if how == "=":
                found[name] = facts_from_mapping({name: _typed(fact.type, text)}, self.library.vocabulary).get(name)
                continue
            if fact.type is not Kind.SET:
                raise CdssError(f"{name} is not a set; write {name}=value")
            if text not in fact.values:
                close = nearest(text, set(fact.values))
                raise CdssError(
                    f"the value given is not a member of {name}" + (f"; did you mean '{close}'?" if close else "")
                )
            current = found.get(name, before.sheet.values.get(name))
            members = current if isinstance(current, Members) else Members()
            one = frozenset({text})
            if how == "+=":
                found[name] = Members(members.present | one, members.absent - one, members.complete)
            else:
                absent = members.absent if members.complete else members.absent | one
                found[name] = Members(members.present - one, absent, members.complete)
        return found


def open_session(rules: Path | None) -> Session:
    """The bundled rules, or those of another folder."""
    snapshots = Snapshots(rules or rules_folder())
    return Session(snapshots.library(), snapshots)


def _typed(kind: Kind, text: str) -> Any:
    """A value as a shell gives it, as the file would have it."""
    from decimal import Decimal, InvalidOperation

    if text == "unknown":
        return text
    if kind is Kind.SET:
        return [] if text == "none" else [part.strip() for part in text.split(",") if part.strip()]
    if kind is Kind.BOOLEAN:
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    if kind is Kind.NUMBER:
        for sign, word in (("<=", "at_most"), (">=", "at_least"), ("<", "less_than"), (">", "more_than")):
            if text.startswith(sign):
                return {word: _typed(kind, text[len(sign) :].strip())}
        ends = re.fullmatch(r"(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)", text)
        if ends:
            return {"from": Decimal(ends[1]), "to": Decimal(ends[2])}
        number, _, unit = text.partition(" ")
        try:
            exact = Decimal(number)
        except InvalidOperation:
            return text
        return {"value": exact, "unit": unit.strip()} if unit.strip() else exact
    return text


# ── delivery ─────────────────────────────────────────────────────────────────────────────────


def deliver(text: str, output: Path | None) -> None:
    """Write to the terminal, or to a file: whole, or not at all."""
    if output is None:
        write(text)
    else:
        deliver_bytes(text.encode("utf-8"), output)


def deliver_bytes(content: bytes, output: Path, *, mode: int = 0o666) -> None:
    """Write a file: whole, or not at all. ``mode`` is who may read and write it, from its first byte on."""
    if not output.name or output.is_dir():
        raise CdssError(f"cannot write {output}: it is a directory")
    if output.exists() and not output.is_file():
        raise CdssError(f"cannot write {output}: it is no ordinary file")
    output = output.resolve()  # behind a link the file itself is written, and the link stays
    partial = output.with_name(output.name + ".part")
    try:
        partial.unlink(missing_ok=True)
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
        partial.replace(output)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise CdssError(f"cannot write {output}: {error.strerror}") from None


def deliver_page(page: Page, output: Path | None) -> None:
    """The page on the terminal, in colour where it can, or as plain text in a file."""
    if output is None:
        show(page)
    else:
        deliver(page.text(), output)


def decision_page(decision: Decision, width: int | None, full: bool) -> Page:
    """The decision as a board reads it."""
    return render_text(decision, columns(width), full=full)


def replay_page(decisions: Sequence[Decision], width: int | None, full: bool) -> Page:
    """All decisions of a replay, one below the other."""
    return render_replay(decisions, columns(width), full=full)


def explanation_page(decision: Decision, explanation: Explanation, width: int | None) -> Page:
    """One therapy, explained."""
    return render_why(decision, explanation, columns(width))


def comparison_page(before: Decision, after: Decision, width: int | None) -> Page:
    """Two decisions, side by side where they differ."""
    return render_comparison(before, after, columns(width))


def dates_page(before: Decision, after: Decision, library: Library, width: int | None) -> Page:
    """The same patient by the knowledge of two dates, and which documents and approvals made the difference."""
    return render_dates(before, after, library.rules, columns(width))


def explanation_json(explanation: Explanation) -> str:
    """The explanation as JSON."""
    return json.dumps(_data(explanation), indent=2, ensure_ascii=False) + "\n"


def comparison_json(before: Decision, after: Decision) -> str:
    """What differs, and both decisions whole."""
    data = {
        "changed": changed_options(before, after),
        "before": json.loads(before.to_json()),
        "after": json.loads(after.to_json()),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _data(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case dict():
            return {key: _data(item) for key, item in value.items()}
        case list() | tuple():
            return [_data(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if isinstance(value, Version):  # its sentence and sources, not its tree
            return {
                "says": value.says,
                "cites": [c.model_dump() for c in value.cites],
                "provenance": value.provenance.value,
            }
        return {f.name: _data(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return value
