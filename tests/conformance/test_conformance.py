"""Every backend gives the same answers to the same written questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any as Data

import pytest

from cdss.backends import NAMES, backend
from cdss.backends.plain import explain
from cdss.condition import Condition
from cdss.program import Program, by_depth
from cdss.reasons import missing
from cdss.source import Document, read
from cdss.spelling import Speller
from cdss.therapy import Therapies
from cdss.values import Interval, Members, Truth, Value
from cdss.vocabulary import Vocabulary

HERE = Path(__file__).parent
WORDS = Vocabulary.model_validate(read(HERE / "words.yaml").data)
ANSWERS = {"holds": Truth.YES, "fails": Truth.NO, "undecided": Truth.UNKNOWN}


def questions() -> Iterator[Data]:
    for path in sorted(HERE.glob("*.yaml")):
        if path.name == "words.yaml":
            continue
        document = read(path)
        for number, question in enumerate(document.data["questions"]):
            yield pytest.param(document, number, id=f"{path.stem}: {question['title']}")


def value(written: Data) -> Value:
    """A fact's value: a word, a number, an interval, a list, or a list of which not everything is known."""
    if isinstance(written, bool | str):
        return written
    if isinstance(written, int | Decimal):
        return Interval.point(written)
    if isinstance(written, list):
        return Members(frozenset(written), frozenset(), complete=True)
    assert isinstance(written, Mapping)
    if "complete" in written:
        return Members(
            frozenset(written.get("includes", ())), frozenset(written.get("excludes", ())), written["complete"]
        )
    low = next((Decimal(written[key]) for key in ("from", "at_least", "more_than") if key in written), None)
    high = next((Decimal(written[key]) for key in ("to", "at_most", "less_than") if key in written), None)
    return Interval(low, high, "more_than" in written, "less_than" in written)


def asked(document: Document, number: int) -> Program:
    question = document.data["questions"][number]
    written = question.get("definitions", {})
    speller = Speller(document, WORDS, Therapies(classes={}, therapies={}), frozenset(written))
    definitions: dict[str, Condition] = {
        name: speller.conjunction(items, ("questions", number, "definitions", name)) for name, items in written.items()
    }
    condition = speller.conjunction(question["when"], ("questions", number, "when"))
    assert not speller.problems
    return Program(WORDS, by_depth(definitions), {"asked": condition})


QUESTIONS = list(questions())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("document", "number"), QUESTIONS)
def test_every_backend_gives_the_written_answer(name: str, document: Document, number: int) -> None:
    ready = backend(name, asked(document, number))
    for word, truth in ANSWERS.items():
        for patient in document.data["questions"][number].get(word, ()):
            facts = {fact: value(written) for fact, written in patient.items()}
            assert ready.verdicts(facts).rules["asked"] is truth, f"{patient} should be: {word}"


@pytest.mark.parametrize(("document", "number"), QUESTIONS)
def test_the_reasons_agree_and_only_the_undecided_lacks_something(document: Document, number: int) -> None:
    program = asked(document, number)
    definitions = {name: condition for stratum in program.strata for name, condition in stratum.items()}
    for word, truth in ANSWERS.items():
        for patient in document.data["questions"][number].get(word, ()):
            facts = {fact: value(written) for fact, written in patient.items()}
            truths = backend("plain", program).verdicts(facts).definitions
            finding = explain(program.rules["asked"], facts, truths, definitions)
            assert finding.truth is truth
            assert bool(missing(finding)) is (truth is Truth.UNKNOWN)
