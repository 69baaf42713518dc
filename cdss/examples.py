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
EXPECTED = {"fires": Truth.YES, "silent": Truth.NO, "undecided": Truth.UNKNOWN}
FOLDER = "examples/"


@dataclass(frozen=True, slots=True)
class Tried:
    """One example ready to be tried: on whom, on which day (None: the last on which the rule has a version), and what
    it says the rule does. ``expected`` is None in a draft without an answer; ``counts`` is False in every draft.
    ``further`` tells an example of the folder ``examples`` from one of the file of the rule.
    """

    name: str
    place: Place
    example: Example
    expected: Truth | None
    counts: bool = True
    further: bool = False


def examples_of_rule(library: Library, rule: str) -> Iterator[Tried]:
    """Every example of a rule, by id, those of its own file first. ``library`` was read with its documents."""
    yield from _in_file(library, rule.replace(".", "/") + ".yaml", library.rules[rule].examples)
    yield from _beside(library, rule.replace(".", "/") + ".yaml")


def examples_of_definition(library: Library, name: str) -> Iterator[Tried]:
    """Every example of a definition, those of its own file first. ``library`` was read with its documents."""
    path = f"definitions/{name}.yaml"
    yield from _in_file(library, path, own_examples(library, name))
    yield from _beside(library, path)


def own_examples(library: Library, definition: str) -> Examples:
    """The examples in the file of a definition; without any when it gives none."""
    written = validate(DefinitionFile, library.documents[f"definitions/{definition}.yaml"])
    return written.examples or Examples()


def _in_file(library: Library, path: str, examples: Examples) -> Iterator[Tried]:
    document = library.documents[path]
    for kind, expected in EXPECTED.items():
        found: tuple[Example, ...] = getattr(examples, kind)
        for index, example in enumerate(found):
            place = document.place(("examples", kind, index))
            yield Tried(f"example {kind} {index + 1}", place, example, expected)


def _beside(library: Library, path: str) -> Iterator[Tried]:
    document = library.documents.get(FOLDER + path)
    if document is None:
        return
    for index, more in enumerate(validate(MoreExamples, document).examples):
        expected = EXPECTED[more.expect] if more.expect else None
        name = f"more examples, number {index + 1}"
        yield Tried(name, document.place(("examples", index)), more.example, expected, more.checked is not None, True)


def attested(library: Library, path: str) -> Iterator[tuple[str, Place]]:
    """The sources against which the further examples at ``path`` were checked, each with its place."""
    document = library.documents[path]
    for index, more in enumerate(validate(MoreExamples, document).examples):
        if more.checked is not None:
            yield more.checked.against.ref, document.place(("examples", index, "checked", "against", "ref"))


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
