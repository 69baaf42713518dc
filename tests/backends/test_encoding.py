"""What enters the engine: the guard over facts, and conditions that may not be compiled."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise, product
from random import Random
from typing import cast

import pytest

from cdss.backends.durable import DurableBackend, FactRefused, OutsideTheFence, compile_program
from cdss.backends.durable.encoding import fnv1a, scaled
from cdss.backends.plain import answer
from cdss.condition import All, Any, Compare, Condition, Holds, Includes, Is, Known, Not, OneOf, Op
from cdss.program import Program
from cdss.values import Interval, Members, Truth, Value
from cdss.vocabulary import Kind, Vocabulary
from tests.backends.synthetic_world import (
    THRESHOLDS,
    VOCABULARY,
    a_fact,
    a_number,
    a_vocabulary,
    point,
    random_program,
    rules_only,
)


def compiled(*conditions: Condition, vocabulary: Vocabulary = VOCABULARY) -> DurableBackend:
    return DurableBackend(rules_only(*conditions, vocabulary=vocabulary))


# ── numbers ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fact", ["size", "grade", "share"])
def test_every_threshold_is_right_one_step_below_at_and_above_it_and_when_missing(fact: str) -> None:
    spec = VOCABULARY.fact(fact)
    step = Decimal(1).scaleb(-spec.places)
    comparisons = [Compare(fact, op, Decimal(bound)) for op in Op for bound in THRESHOLDS[fact]]
    asked: list[Condition] = [*comparisons, *map(Not, comparisons)]
    backend = compiled(*asked)
    assert spec.range is not None
    numbers = {Decimal(b) + step * by for b in THRESHOLDS[fact] for by in (-1, 0, 1)}
    within = sorted(n for n in numbers if spec.range[0] <= n <= spec.range[1])
    ends: list[Interval] = [Interval.point(n) for n in within]
    for number, is_open in product(within, (False, True)):
        ends += [Interval(None, number, high_open=is_open), Interval(number, None, low_open=is_open)]
    for low, high in pairwise(within):
        ends += [Interval(low, high, *sides) for sides in product((False, True), repeat=2)]
    for value in ends:
        found = backend.verdicts({fact: value}).rules
        for index, condition in enumerate(asked):
            assert found[f"r{index}"] is answer(condition, {fact: value}, {})
    assert set(backend.verdicts({}).rules.values()) == {Truth.UNKNOWN}
    backend.close()


def test_less_than_two_is_not_at_most_one_point_nine() -> None:
    backend = compiled(Compare("size", Op.LESS_THAN, Decimal(2)), Compare("size", Op.AT_MOST, Decimal("1.9")))
    below_two = backend.verdicts({"size": Interval(None, Decimal(2), high_open=True)}).rules
    assert below_two == {"r0": Truth.YES, "r1": Truth.UNKNOWN}


def test_numbers_are_scaled_exactly_or_not_at_all() -> None:
    assert scaled(Decimal("1.50"), 1) == 30
    assert scaled(Decimal("-0.001"), 3) == -2
    for wrong in ("1.55", "NaN", "sNaN", "Infinity", "1E+30", "1E+999999", "1." + "0" * 90 + "1"):
        with pytest.raises(ValueError, match="exact"):
            scaled(Decimal(wrong), 1)


# ── unknown is never a no ─────────────────────────────────────────────────────────────────────


def test_not_equal_is_false_for_a_missing_value_so_nothing_is_surely_no() -> None:
    backend = compiled(Is("colour", "red"), OneOf("colour", ("red", "green")), Not(OneOf("colour", ("red", "green"))))
    assert set(backend.verdicts({}).rules.values()) == {Truth.UNKNOWN}
    assert list(backend.verdicts({"colour": "blue"}).rules.values()) == [Truth.NO, Truth.NO, Truth.YES]
    assert list(backend.verdicts({"colour": "green"}).rules.values()) == [Truth.NO, Truth.YES, Truth.NO]


def test_an_unlisted_member_is_absent_only_from_a_complete_list() -> None:
    backend = compiled(Includes("tools", "saw"))
    assert backend.verdicts({"tools": Members()}).rules["r0"] is Truth.UNKNOWN
    assert backend.verdicts({"tools": Members(absent=frozenset({"saw"}))}).rules["r0"] is Truth.NO
    assert backend.verdicts({"tools": Members(complete=True)}).rules["r0"] is Truth.NO
    assert backend.verdicts({"tools": Members(frozenset({"saw"}))}).rules["r0"] is Truth.YES


def test_whether_a_fact_is_known_is_always_answered() -> None:
    backend = compiled(Known("flag"), Not(Known("flag")), Known("tools"))
    assert list(backend.verdicts({}).rules.values()) == [Truth.NO, Truth.YES, Truth.NO]
    assert list(backend.verdicts({"flag": False, "tools": Members(complete=True)}).rules.values()) == [
        Truth.YES,
        Truth.NO,
        Truth.YES,
    ]


def test_an_unknown_definition_stays_unknown_in_every_later_stratum() -> None:
    strata: tuple[dict[str, Condition], ...] = (
        {"first": All((Is("flag", True), Is("marker", True)))},
        {"second": Not(Holds("first"))},
        {"third": Any((Holds("second"), Is("colour", "red")))},
    )
    rules: dict[str, Condition] = {
        "yes": Holds("third"),
        "no": Not(Holds("third")),
        "both": Any((Holds("third"), Not(Holds("third")))),
    }
    backend = DurableBackend(Program(VOCABULARY, strata, rules))
    unknown = backend.verdicts({"flag": True})
    assert set(unknown.definitions.values()) | set(unknown.rules.values()) == {Truth.UNKNOWN}
    known = backend.verdicts({"flag": False})
    assert known.definitions == {"first": Truth.NO, "second": Truth.YES, "third": Truth.YES}
    assert known.rules == {"yes": Truth.YES, "no": Truth.NO, "both": Truth.YES}


def test_definitions_and_rules_that_need_no_fact_are_answered() -> None:
    strata: tuple[dict[str, Condition], ...] = ({"always": All(()), "never": Any(())}, {"later": Holds("never")})
    rules: dict[str, Condition] = {"a": All(()), "b": Holds("always"), "c": Not(Holds("later")), "d": Any(())}
    found = DurableBackend(Program(VOCABULARY, strata, rules)).verdicts({})
    assert found.definitions == {"always": Truth.YES, "never": Truth.NO, "later": Truth.NO}
    assert found.rules == {"a": Truth.YES, "b": Truth.YES, "c": Truth.YES, "d": Truth.NO}


# ── the guard over facts ──────────────────────────────────────────────────────────────────────


class Word(str):
    pass


class Wider(Interval):
    pass


class Exacter(Decimal):
    pass


BIG = a_vocabulary(a_number("big", 0, "-1e20", "1e20"), a_fact("flag", Kind.BOOLEAN))

REFUSED: dict[str, dict[object, object]] = {
    "text for a number": {"size": "100"},
    "empty text for a number": {"size": ""},
    "a bare whole number": {"size": 3},
    "a float": {"size": 2.5},
    "a boolean for a number": {"size": True},
    "an interval of floats": {"size": Interval(cast(Decimal, 1.5), cast(Decimal, 2.5))},
    "an interval of whole numbers": {"size": Interval(cast(Decimal, 1), cast(Decimal, 2))},
    "not a number": {"size": Interval(None, Decimal("NaN"))},
    "infinity": {"size": Interval(None, Decimal("Infinity"))},
    "minus infinity": {"size": Interval(Decimal("-Infinity"), None)},
    "out of range": {"size": point("10.1")},
    "an end out of range": {"size": Interval(Decimal(-11), Decimal(0))},
    "more decimal places than are kept": {"size": point("1.25")},
    "an interval of another class": {"size": Wider(Decimal(1), Decimal(2))},
    "a number of another class": {"size": Interval(Exacter(1), Exacter(2))},
    "one for true": {"flag": 1},
    "text for true": {"flag": "true"},
    "a boolean for a word": {"colour": True},
    "a word outside the list": {"colour": "purple"},
    "a word of another class": {"colour": Word("red")},
    "a list": {"colour": ["red"]},
    "a map": {"colour": {"red": 1}},
    "bytes": {"colour": b"red"},
    "a plain list for a set": {"tools": ["saw"]},
    "a member outside the list": {"tools": Members(frozenset({"spoon"}))},
    "an absent member outside the list": {"tools": Members(absent=frozenset({"spoon"}))},
    "a member that is no text": {"tools": Members(frozenset({cast(str, 3)}))},
    "a changeable set": {"tools": Members(cast("frozenset[str]", {"saw"}))},
    "a fact nobody knows": {"weight": True},
    "the engine's own name": {"sid": "patient-1"},
    "the engine's kind": {"kind": "case"},
    "the engine's switch": {"$forward": 1},
    "a dotted name": {"size.low": 1},
    "a name that is no text": {3: True},
    "a name of another class": {Word("flag"): True},
}


@pytest.mark.parametrize("facts", REFUSED.values(), ids=REFUSED.keys())
def test_a_fact_that_does_not_fit_the_vocabulary_is_refused(facts: dict[str, Value]) -> None:
    backend = compiled(Is("flag", True))
    with pytest.raises(FactRefused) as refused:
        backend.verdicts({"marker": True, **facts})
    assert not any(word in str(refused.value) for word in ("purple", "spoon", "patient-1", "100", "10.1", "weight"))
    assert backend.verdicts({"flag": True}).rules["r0"] is Truth.YES


def test_nothing_is_the_same_as_unknown() -> None:
    backend = compiled(Is("flag", True), Known("flag"))
    assert backend.verdicts(cast(dict[str, Value], {"flag": None})) == backend.verdicts({})


def test_numbers_that_a_double_cannot_hold_are_refused() -> None:
    backend = compiled(Compare("big", Op.AT_MOST, Decimal(2**51)), vocabulary=BIG)
    with pytest.raises(FactRefused):
        backend.verdicts({"big": Interval.point(2**52)})
    assert backend.verdicts({"big": Interval.point(2**51 + 1)}).rules["r0"] is Truth.NO


def test_a_word_too_long_for_the_engine_is_refused_as_fact_and_in_a_rule() -> None:
    long, longer = "x" * 1024, "x" * 1025
    vocabulary = a_vocabulary(a_fact("text", Kind.CATEGORY, values={long: "a", longer: "b"}))
    backend = compiled(Is("text", long), vocabulary=vocabulary)
    assert backend.verdicts({"text": long}).rules["r0"] is Truth.YES
    with pytest.raises(FactRefused):
        backend.verdicts({"text": longer})
    with pytest.raises(OutsideTheFence):
        compile_program(rules_only(Is("text", longer), vocabulary=vocabulary))


# ── conditions that may not be compiled ───────────────────────────────────────────────────────


class Stranger:
    pass


UNCOMPILABLE: dict[str, Condition] = {
    "an unknown fact": Is("weight", True),
    "a number compared like a word": Is("size", "2"),
    "a boolean compared with a word": Is("flag", "true"),
    "a boolean compared with one": Is("flag", cast(bool, 1)),
    "a word compared with a boolean": Is("colour", True),
    "a word outside the list": Is("colour", "purple"),
    "one of nothing": OneOf("colour", ()),
    "one of words outside the list": OneOf("colour", ("red", "purple")),
    "one of for a boolean": OneOf("flag", ("true",)),
    "an order of words": Compare("colour", Op.AT_MOST, Decimal(1)),
    "an order of booleans": Compare("flag", Op.MORE_THAN, Decimal(0)),
    "a threshold finer than the fact": Compare("grade", Op.AT_MOST, Decimal("1.5")),
    "a threshold that is no number": Compare("size", Op.AT_MOST, Decimal("NaN")),
    "an endless threshold": Compare("size", Op.AT_MOST, Decimal("Infinity")),
    "a threshold beyond exactness": Compare("size", Op.AT_MOST, Decimal("1e16")),
    "a member of a word": Includes("colour", "red"),
    "a member outside the list": Includes("tools", "spoon"),
    "whether an unknown fact is known": Known("weight"),
    "a definition nobody wrote": Holds("nowhere"),
}


@pytest.mark.parametrize("condition", UNCOMPILABLE.values(), ids=UNCOMPILABLE.keys())
@pytest.mark.parametrize("around", [lambda c: c, Not, lambda c: All((Is("flag", True), Any((c, Is("flag", False)))))])
def test_a_condition_that_does_not_fit_is_refused_with_its_rule(
    condition: Condition, around: Callable[[Condition], Condition]
) -> None:
    with pytest.raises(OutsideTheFence, match="r0"):
        compile_program(rules_only(around(condition)))


def test_a_node_of_no_known_kind_is_refused() -> None:
    with pytest.raises(AssertionError):
        compile_program(rules_only(All((cast(Condition, Stranger()),))))


def test_a_definition_may_not_refer_to_one_beside_or_after_it() -> None:
    stratum: dict[str, Condition] = {"one": Is("flag", True), "two": Holds("one")}
    with pytest.raises(OutsideTheFence, match="two"):
        compile_program(Program(VOCABULARY, (stratum,), {}))


@pytest.mark.parametrize(
    "name",
    ["id", "sid", "kind", "all", "any", "m", "Size", "size$", "a.b", "$and", "ünder", "9lives", "a-b", "", "x" * 65],
)
def test_a_fact_with_a_reserved_or_odd_name_is_refused(name: str) -> None:
    vocabulary = a_vocabulary(a_fact(name, Kind.BOOLEAN))
    with pytest.raises(OutsideTheFence):
        compile_program(rules_only(Is(name, True), vocabulary=vocabulary))


def test_the_longest_name_is_accepted() -> None:
    vocabulary = a_vocabulary(a_fact("x" * 64, Kind.BOOLEAN))
    assert compiled(Is("x" * 64, True), vocabulary=vocabulary).verdicts({"x" * 64: True}).rules["r0"] is Truth.YES


def test_two_names_with_one_hash_are_refused() -> None:
    one, other = "attr_70789", "attr_2110122"
    assert fnv1a(one) == fnv1a(other)
    vocabulary = a_vocabulary(a_fact(one, Kind.BOOLEAN), a_fact(other, Kind.BOOLEAN))
    with pytest.raises(OutsideTheFence, match="apart"):
        compile_program(rules_only(Is(one, True), Is(other, True), vocabulary=vocabulary))
    compile_program(rules_only(Is(one, True), vocabulary=vocabulary))


def test_two_things_that_would_share_a_name_are_refused() -> None:
    vocabulary = a_vocabulary(a_fact("d", Kind.SET, values={"late": "late"}), a_fact("d__late", Kind.BOOLEAN))
    with pytest.raises(OutsideTheFence, match="d__late"):
        compile_program(rules_only(Includes("d", "late"), Is("d__late", True), vocabulary=vocabulary))
    with pytest.raises(OutsideTheFence, match="d__late"):
        compile_program(Program(vocabulary, ({"late": Is("d__late", True)},), {}))


def test_names_are_told_apart_as_the_engine_does_it() -> None:
    assert (fnv1a("id"), fnv1a("sid"), fnv1a("$and")) == (926444256, 3593476751, 3746487396)


def test_the_same_program_always_compiles_to_the_same_text() -> None:
    program = random_program(Random(3))
    texts = [[r.text for level in compile_program(program).levels for r in level.rulesets] for _ in range(2)]
    assert texts[0] == texts[1]
