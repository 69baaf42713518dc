"""One of pydantic's errors → where in the document it lies, and within which types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import BaseModel

from cdss.source.document import Document
from cdss.source.shapes import answers_to, options, types_below

Loc: TypeAlias = tuple[str | int, ...]


@dataclass(slots=True)
class Finding:
    """One of pydantic's errors: where in the document, within which types, and in which choices of unions."""

    error: Any
    path: Loc
    kinds: list[Any]
    on_key: bool
    choices: list[Loc]


def find(error: Any, model: type[BaseModel], document: Document, base: Loc) -> Finding:
    """Follows pydantic's path through the types and the document; its names of a union's choices are skipped."""
    loc: Loc = error["loc"]
    last = len(loc) - 1
    kinds: list[Any] = [model]
    path = base
    choices: list[Loc] = []
    for index, part in enumerate(loc):
        if part == "[key]" and index == last:
            return Finding(error, path, kinds, True, choices)
        shapes = options(kinds)
        ends = index == last and error["type"] in ("extra_forbidden", "missing")
        if isinstance(part, str) and len(shapes) > 1 and not ends:
            kinds = [option for option in shapes if answers_to(option, part)] or shapes
            choices.append(loc[: index + 1])
            continue
        if document.has((*path, part)):
            path = (*path, part)
        if error["type"] == "extra_forbidden" and index == last:
            return Finding(error, path, kinds, True, choices)
        kinds = [below for option in shapes for below in types_below(option, part)]
    return Finding(error, path, kinds, False, choices)


def plainest(findings: list[Finding]) -> list[Finding]:
    """Without the errors of a union's lesser choices: where one choice fits the shape, only its errors are told."""
    stems = {choice[:-1] for finding in findings for choice in finding.choices}
    for stem in sorted(stems, key=len, reverse=True):
        by_choice: dict[Loc, list[Finding]] = {}
        for finding in findings:
            for choice in finding.choices:
                if choice[:-1] == stem:
                    by_choice.setdefault(choice, []).append(finding)
        shaped = [found for at, found in by_choice.items() if any(len(f.error["loc"]) > len(at) for f in found)]
        if shaped and len(by_choice) > 1:
            best = min(shaped, key=len)
            dropped = {id(f) for found in by_choice.values() if found is not best for f in found}
            findings = [f for f in findings if id(f) not in dropped]
    return findings
