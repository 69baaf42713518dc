"""The examples of a rule or a definition: those in its own file, and more of them in ``examples/`` under the same path.

An example of the second kind counts once its expectation is written and somebody has checked it against the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cdss.errors import CdssError, Place
from cdss.facts.direct import facts_from_mapping
from cdss.library import Library
from cdss.rule import Example, Examples, Rule
from cdss.rulefile import DefinitionFile, MoreExamples
from cdss.source import validate
from cdss.values import Truth, Value

CaseFacts = Callable[[str], Mapping[str, Value]]
"""Turns ``case`` or ``case@point`` into that patient's facts; raises CdssError when there is none."""

LAST_DAY = date(9999, 12, 31)
DEFINITIONS = "definitions"
EXPECTED = {"fires": Truth.YES, "silent": Truth.NO, "undecided": Truth.UNKNOWN}
FOLDER = "examples/"


@dataclass(frozen=True, slots=True)
class Tried:
    """One example as written: the file below the rules folder in which it stands, and what it says the rule does.

    ``expected`` is None in a draft without an answer; ``counts`` is False in every draft.
    """

    name: str
    path: str
    place: Place
    example: Example
    expected: Truth | None
    counts: bool = True

    @property
    def is_further(self) -> bool:
        """Whether it stands in the folder ``examples``, not in the file of the rule."""
        return self.path.startswith(FOLDER)


@dataclass(frozen=True, slots=True)
class Posed:
    """An example that counts, ready to be asked: the patient, the day, and the answer that it expects."""

    name: str
    place: Place
    facts: Mapping[str, Value]
    day: date
    expected: Truth


def owners(library: Library) -> list[str]:
    """Everything that has examples: the ids of the rules, and definitions as ``definitions.NAME``, sorted."""
    return sorted([*library.rules, *(f"{DEFINITIONS}.{name}" for name in library.definitions)])


def examples_of(library: Library, owner: str) -> Iterator[Tried]:
    """Every example of a rule or a definition, those of its own file first. ``library`` was read with its documents."""
    path = _path(owner)
    for kind, expected in EXPECTED.items():
        found: tuple[Example, ...] = getattr(own_examples(library, owner), kind)
        for index, example in enumerate(found):
            place = library.documents[path].place(("examples", kind, index))
            yield Tried(f"example {kind} {index + 1}", path, place, example, expected)
    path = FOLDER + path
    if path in library.documents:
        document = library.documents[path]
        for index, more in enumerate(validate(MoreExamples, document).examples):
            place = document.place(("examples", index))
            expect = EXPECTED[more.expect] if more.expect else None
            name = f"more examples, number {index + 1}"
            yield Tried(name, path, place, more.example, expect, more.checked is not None)


def own_examples(library: Library, owner: str) -> Examples:
    """The examples in the file of a rule or a definition; without any when it gives none."""
    if owner in library.rules:
        return library.rules[owner].examples
    return validate(DefinitionFile, library.documents[_path(owner)]).examples or Examples()


def posed(library: Library, owner: str, case_facts: CaseFacts) -> Iterator[Posed]:
    """The examples of a rule or a definition that count and can be read, each with its patient and its day."""
    for tried in examples_of(library, owner):
        if tried.counts and tried.expected is not None:
            try:
                facts, day = asked(library, owner, tried, case_facts)
            except CdssError:
                continue
            yield Posed(tried.name, tried.place, facts, day, tried.expected)


def asked(library: Library, owner: str, tried: Tried, case_facts: CaseFacts) -> tuple[Mapping[str, Value], date]:
    """The facts of an example and its day, by default the last one. Raises as ``patient_of`` does."""
    facts, on = patient_of(own_examples(library, owner), tried.example, library, case_facts)
    return facts, on or (last_day(library.rules[owner]) if owner in library.rules else LAST_DAY)


def _path(owner: str) -> str:
    return owner.replace(".", "/") + ".yaml"


def attested(library: Library, owner: str) -> Iterator[tuple[str, Place]]:
    """The sources against which further examples were checked, each with its place."""
    document = library.documents.get(FOLDER + _path(owner))
    if document is not None:
        for index, more in enumerate(validate(MoreExamples, document).examples):
            if more.checked is not None:
                yield more.checked.against.ref, document.place(("examples", index, "checked", "against", "ref"))


def cited(library: Library, owner: str) -> frozenset[str]:
    """The sources that any version of a rule or a definition cites."""
    if owner in library.rules:
        cites = [version.cites for _, version in library.rules[owner].versions if version]
    else:
        file = validate(DefinitionFile, library.documents[_path(owner)])
        cites = [version.cite for version in (*file.versions.values(), file.always) if version]
    return frozenset(cite.ref for each in cites for cite in each)


def patient_of(
    own: Examples, example: Example, library: Library, case_facts: CaseFacts
) -> tuple[Mapping[str, Value], date | None]:
    """The facts of an example and its day, None when it names none. ``own`` holds the example that ``but`` changes.

    Raises CdssError or Problems when it cannot be read.
    """
    if example.case is not None:
        return case_facts(example.case), example.on
    base: dict[str, Any] = {}
    if example.facts is None:
        first = own.fires[0] if own.fires else None
        if first is None or first.facts is None:
            raise CdssError("but changes the first firing example, which must give its facts")
        base.update(first.facts)
    base.update(example.facts or example.but or {})
    return facts_from_mapping(base, library.vocabulary), example.on


def last_day(rule: Rule) -> date:
    """The last day on which the rule still has a version: today's knowledge, or the day before it was retired."""
    starts = [start for start, version in rule.versions if version is not None and start is not None]
    return max(starts, default=LAST_DAY) if rule.versions[-1][1] is None else LAST_DAY
