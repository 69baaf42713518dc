"""The desk behind the pages: the rules, the engine and the cases, asked from one place at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType

from cdss.case import bundled_cases, case_of
from cdss.consult import Question, consult, timeline_of
from cdss.decision import Decision
from cdss.engine import Engine, Evaluation
from cdss.errors import CdssError
from cdss.library import Library
from cdss.minutes.entry import Draft, suggested
from cdss.stating import stated
from cdss.values import Value
from cdss.vocabulary import Kind
from cdss.web.fields import same
from cdss.web.sessions import Patient

_LONGEST_TITLE = 160


class Desk:
    """Answers for patients. Its calls are made one after the other, from the server's one thread."""

    def __init__(self, library: Library, engine: Engine, bundled: Path, folder: Path | None = None) -> None:
        """``folder`` holds further cases. Raises CdssError when it is no folder."""
        if folder is not None and not folder.is_dir():
            raise CdssError(f"there is no folder of cases at {folder}")
        self.library = library
        self.engine = engine
        self.cases = dict(bundled_cases(folder)) if folder is not None else {}
        self.own = tuple(self.cases)
        self.cases |= {name: path for name, path in bundled_cases(bundled).items() if name not in self.cases}
        self.titles = {name: title for name, path in self.cases.items() if (title := _title_in(path))}

    def case(self, name: str) -> Patient:
        """The patient of a case of the list. Raises CdssError when it is not in it, Problems when it cannot be read."""
        if name not in self.cases:
            raise CdssError("there is no such case in the list")
        return _patient(self.cases[name].read_bytes(), name, f"{name}.yaml")

    def uploaded(self, content: bytes) -> Patient:
        """The patient of an uploaded file, whose name is not kept: it is called by its title. Raises Problems."""
        found = _patient(content, "uploaded case", "the uploaded file")
        return replace(found, case=found.case.model_copy(update={"id": found.case.file.title}))

    def entered(self, label: str, on: date, facts: Mapping[str, Value]) -> Patient:
        """A patient typed into the form, the facts already read."""
        title = "".join(sign for sign in label if sign.isprintable()) or "entered by hand"
        lines = [f"title: {json.dumps(title, ensure_ascii=False)}", f"on: {on}", "facts:"]
        lines += [f"  {name}: {stated(facts[name], self.library.vocabulary.facts[name])}" for name in sorted(facts)]
        return _patient("\n".join([*lines, ""]).encode(), title, "the form")

    def recorded(self, draft: Draft) -> Patient:
        """The patient of an entry of the minutes, looked at as the board did. Raises Problems."""
        decision = draft.decision
        found = _patient(draft.case_text.encode(), draft.case, "the recorded case")
        return replace(
            found,
            on=draft.point or draft.on,
            as_of=decision.knowledge.as_of,
            jurisdictions=tuple(decision.jurisdictions),
        )

    def ask(self, patient: Patient, *, as_recorded: bool = False, other: bool = False) -> Evaluation:
        """The evaluation of a patient; ``as_recorded`` without the changes, ``other`` with the other knowledge."""
        changes = None if as_recorded or not patient.changes else patient.changes
        as_of = patient.other if other else patient.as_of
        question = Question(patient.on, as_of, patient.jurisdictions or None, changes)
        return consult(self.engine, patient.case, question)

    def choices(self, decision: Decision) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """What a board may choose, by id and name in the order of names: the suggestions, and everything else."""
        names = sorted(
            ((therapy.id, therapy.name) for therapy in self.library.therapies.therapies.values()), key=lambda t: t[1]
        )
        first = suggested(decision)
        return [t for t in names if t[0] in first], [t for t in names if t[0] not in first]

    def points(self, patient: Patient) -> tuple[tuple[str, str], ...]:
        """The decision points of the case: id, and how it is written."""
        if patient.case.file.record is None:
            return ()
        timeline = timeline_of(patient.case)
        pairs = zip(timeline.points, timeline.moments, strict=True)
        return tuple((point.id, f"{point.id.replace('-', ' ')} ({moment.date})") for point, moment in pairs)


def _patient(content: bytes, identity: str, name: str) -> Patient:
    case = case_of(content, identity, name)
    return Patient(case, content.decode())


def _title_in(path: Path) -> str:
    """What the first lines of a case file call it, or nothing. The file itself is read when it is opened."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            found = re.fullmatch(r"""title:\s+(["']?)(.+)\1""", file.readline().strip())
            title = found[2] if found else ""
            if title in (">", ">-", "|", "|-"):  # it stands on the lines below
                title = " ".join(line.strip() for line in takewhile(lambda line: line.startswith(" "), file))
    except OSError:
        return ""
    return title[:_LONGEST_TITLE]


def with_changes(patient: Patient, recorded: Mapping[str, Value], edits: Mapping[str, Value | None]) -> Patient:
    """The patient with facts changed; what is as recorded again is no change."""
    merged = {**patient.changes, **edits}
    kept = {name: value for name, value in merged.items() if not same(value, recorded.get(name))}
    return replace(patient, changes=MappingProxyType(kept))


def wanted_facts(evaluation: Evaluation, library: Library, changed: Mapping[str, Value | None]) -> list[str]:
    """The facts worth a toggle: the refusal, those changed, those that carry most, those most missed."""
    decision = evaluation.decision
    carried: dict[str, int] = {}
    for option in decision.options:
        for said in (*option.statements, *option.blocks):
            for name in said.because:
                carried[name] = carried.get(name, 0) + 1
    few = [n for n in carried if n in library.vocabulary.facts and library.vocabulary.facts[n].type is not Kind.SET]
    heavy = sorted(few, key=lambda name: (-carried[name], name))[:6]
    missed = [
        m.fact
        for m in decision.missing
        if m.fact in library.vocabulary.facts and library.vocabulary.facts[m.fact].type is not Kind.SET
    ][:8]
    return list(dict.fromkeys(["declined", *changed, *heavy, *missed]))
