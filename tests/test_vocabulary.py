"""The words of the shipped rules: each fact is complete, asked in a sentence, and spelled in one way."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from cdss.source import read, validate
from cdss.therapy import Therapies
from cdss.vocabulary import Burden, Day, Exact, Fact, Kind, Vocabulary, nearest

RULES = Path(__file__).resolve().parent.parent / "rules"
THERAPIES = validate(Therapies, read(RULES / "therapies.yaml"))
VOCABULARY = validate(Vocabulary, read(RULES / "vocabulary.yaml")).with_therapies(
    {therapy.id: therapy.name for therapy in THERAPIES.therapies.values()},
    {name: kind.name for name, kind in THERAPIES.classes.items()},
)
FACTS = sorted(VOCABULARY.facts.values(), key=lambda fact: fact.name)
NUMBERS = [fact for fact in FACTS if fact.type is Kind.NUMBER]
WORDED = [fact for fact in FACTS if fact.type in (Kind.CATEGORY, Kind.SET)]

of_every_fact = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
of_every_number = pytest.mark.parametrize("fact", NUMBERS, ids=lambda fact: fact.name)
of_every_worded_fact = pytest.mark.parametrize("fact", WORDED, ids=lambda fact: fact.name)


# ── the shipped words ─────────────────────────────────────────────────────────────────────────


@of_every_number
def test_a_number_has_a_unit_and_a_range_that_fit_its_decimals(fact: Fact) -> None:
    assert fact.unit
    assert fact.range is not None
    low, high = fact.range
    assert low < high
    assert round(low, fact.places) == low
    assert round(high, fact.places) == high


@of_every_number
def test_a_number_named_after_its_unit_has_that_unit(fact: Fact) -> None:
    units = {"years": "a", "months": "mo", "days": "d", "percent": "%", "mm": "mm"}
    ending = fact.name.rsplit("_", 1)[-1]

    assert fact.unit == units.get(ending, fact.unit)


@of_every_worded_fact
def test_a_category_or_a_set_words_each_of_its_values(fact: Fact) -> None:
    assert fact.values
    for value, wording in fact.values.items():
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_]*", value), value
        assert wording.strip()
    assert len(set(fact.values.values())) == len(fact.values), "two values are worded alike"


@of_every_worded_fact
def test_no_fact_has_a_value_that_already_means_not_known(fact: Fact) -> None:
    assert not {"unknown", "known", "true", "false", "null"} & set(fact.values)


@of_every_fact
def test_a_fact_is_asked_in_a_question_and_labelled(fact: Fact) -> None:
    assert fact.question.endswith("?")
    assert fact.question[0].isupper() or fact.question[0].isdigit()
    assert fact.label.strip()
    assert not fact.label.endswith((".", "?"))


@of_every_fact
def test_a_fact_is_no_word_of_the_condition_language(fact: Fact) -> None:
    words = {"all", "any", "not", "holds", "known", "note", "includes", "includes_any", "includes_class"}

    assert re.fullmatch(r"[a-z][a-z0-9_]*", fact.name)
    assert fact.name not in words
    assert fact.name not in VOCABULARY.investigations


def test_no_two_facts_are_labelled_alike() -> None:
    assert len({fact.label for fact in FACTS}) == len(FACTS)


def test_every_burden_is_worded_and_they_are_ordered_from_a_look_at_the_record_to_a_biopsy() -> None:
    assert set(VOCABULARY.burdens) == set(Burden)
    assert [burden.weight for burden in (Burden.RECORD, Burden.LABORATORY, Burden.IMAGING, Burden.BIOPSY)] == [
        0,
        1,
        2,
        3,
    ]


def test_every_investigation_has_a_name() -> None:
    assert VOCABULARY.investigations
    assert all(investigation.name.strip() for investigation in VOCABULARY.investigations.values())


def test_facts_about_therapies_take_every_therapy_and_where_wanted_every_class() -> None:
    taken = set(VOCABULARY.fact("prior_therapies").values)

    assert {"everolimus", "lanreotide", "lu177_dotatate"} <= taken
    assert taken < set(VOCABULARY.fact("declined").values)
    assert "prrt" in VOCABULARY.fact("declined").values


# ── the models ────────────────────────────────────────────────────────────────────────────────


def a_fact(**given: object) -> Fact:
    words = {"name": "a", "label": "a", "question": "A?", "burden": "record", **given}
    return Fact.model_validate(words)


def test_only_a_number_has_a_unit_and_a_range() -> None:
    assert a_fact(type="number", unit="mm", range=[0, Decimal("9.5")]).range == (Decimal(0), Decimal("9.5"))
    for wrong in (
        {"type": "number"},
        {"type": "number", "unit": "mm"},
        {"type": "boolean", "unit": "mm", "range": [0, 1]},
    ):
        with pytest.raises(ValidationError, match="a number needs a unit and a range"):
            a_fact(**wrong)


def test_only_a_category_or_a_set_has_values() -> None:
    assert a_fact(type="category", values={"x": "x"}).values == {"x": "x"}
    assert a_fact(type="set", values_from="therapies").values == {}
    for wrong in ({"type": "category"}, {"type": "set"}, {"type": "boolean", "values": {"x": "x"}}):
        with pytest.raises(ValidationError, match="a category or a set needs its values"):
            a_fact(**wrong)


def test_a_fact_cannot_be_changed() -> None:
    fact, field = a_fact(type="boolean"), "label"
    with pytest.raises(ValidationError, match="frozen"):
        setattr(fact, field, "b")
    assert fact.label != "b"


def test_a_fact_is_named_by_its_key_and_asked_for_by_name() -> None:
    words = {
        "burdens": {},
        "investigations": {},
        "facts": {"ecog": {"type": "boolean", "label": "e", "question": "E?", "burden": "record"}},
    }

    vocabulary = Vocabulary.model_validate(words)

    assert vocabulary.fact("ecog").name == "ecog"
    with pytest.raises(KeyError):
        vocabulary.fact("ecgo")


class Diary(BaseModel):
    """A day and a number, as files give them."""

    day: Day = date(2000, 1, 1)
    number: Exact = Decimal(0)


@pytest.mark.parametrize("word", [20160526, "26.5.2016", "2016-5-26", "2016-05", "2016-05-26T00:00", "0", ""])
def test_a_day_is_written_in_one_way(word: object) -> None:
    with pytest.raises(ValidationError, match="a day is written 2016-05-26"):
        Diary.model_validate({"day": word})


@pytest.mark.parametrize("word", ["2023-02-29", "2016-13-01", "0000-01-01"])
def test_a_day_that_does_not_exist_is_refused(word: str) -> None:
    with pytest.raises(ValidationError):
        Diary.model_validate({"day": word})


def test_a_day_is_a_calendar_day() -> None:
    assert Diary.model_validate({"day": "2024-02-29"}).day == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("word", "words", "close"),
    [
        ("progresion", {"progression", "extent"}, "progression"),
        ("progression", {"progression": 1, "extent": 2}, "progression"),
        ("ki67_percnt", ["ki67_percent", "ki67_highest_percent"], "ki67_percent"),
        ("chromogranin", {"progression", "extent"}, None),
        ("", {"progression"}, None),
        ("extent", set(), None),
    ],
)
def test_the_nearest_word_is_close_or_there_is_none(word: str, words: set[str], close: str | None) -> None:
    assert nearest(word, words) == close


def test_the_nearest_word_does_not_depend_on_the_order_of_the_words() -> None:
    assert nearest("ab", ["abd", "abc"]) == nearest("ab", ["abc", "abd"])
