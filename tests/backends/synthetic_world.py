"""A small made-up vocabulary, random programs and random patients over it, and the shrinkable kind of both."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from random import Random

from hypothesis import strategies as st

from cdss.condition import All, Any, Compare, Condition, Holds, Includes, Is, Known, Leaf, Not, OneOf, Op
from cdss.program import Program, by_depth
from cdss.values import Interval, Members, Value
from cdss.vocabulary import Burden, Fact, Kind, Vocabulary

ODD_WORDS = ["plain", 'a "quoted" word', "back\\slash", "naïve Ωμέγα", "two\nlines", "", "ab", "ab c", "3", "true"]


def a_fact(name: str, kind: Kind, **more: object) -> Fact:
    return Fact.model_validate(
        {"name": name, "type": kind, "label": name, "question": f"{name}?", "burden": Burden.RECORD, **more}
    )


def a_number(name: str, places: int, low: str, high: str) -> Fact:
    return a_fact(name, Kind.NUMBER, unit="1", places=places, range=(Decimal(low), Decimal(high)))


def a_vocabulary(*facts: Fact) -> Vocabulary:
    return Vocabulary(
        burdens={Burden.RECORD: "look"}, facts={fact.name: fact.model_dump() for fact in facts}, investigations={}
    )


VOCABULARY = a_vocabulary(
    a_fact("flag", Kind.BOOLEAN),
    a_fact("marker", Kind.BOOLEAN),
    a_fact("colour", Kind.CATEGORY, values={word: word for word in ("red", "green", "blue", "grey")}),
    a_fact("wording", Kind.CATEGORY, values={word: word for word in ODD_WORDS}),
    a_number("size", 1, "-10", "10"),
    a_number("grade", 0, "1", "3"),
    a_number("share", 3, "0", "1"),
    a_fact("tools", Kind.SET, values={word: word for word in ("saw", "file", "drill")}),
    a_fact("places", Kind.SET, values={word: word for word in ("north", "south")}),
)
THRESHOLDS = {
    "size": ["-10", "-0.1", "0", "1.9", "2", "2.1", "10"],
    "grade": ["1", "2", "3"],
    "share": ["0", "0.5", "0.501", "1"],
}


def rules_only(*conditions: Condition, vocabulary: Vocabulary = VOCABULARY) -> Program:
    """A program without definitions; its rules are called r0, r1, …"""
    return Program(vocabulary, (), {f"r{number}": condition for number, condition in enumerate(conditions)})


def point(number: str) -> Interval:
    return Interval.point(Decimal(number))


def run_fresh(code: str, *options: str, **environment: str) -> str:
    """Runs ``code`` in a new process, with this folder and the project importable; its standard output."""
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(here.parents[1])])
    done = subprocess.run(
        [sys.executable, *options, "-c", code],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# ── seeded ────────────────────────────────────────────────────────────────────────────────────


def random_leaf(random: Random, definitions: list[str], known: bool = True) -> Leaf:
    fact = VOCABULARY.fact(random.choice(list(VOCABULARY.facts)))
    dice = random.random()
    if definitions and dice < 0.25:
        return Holds(random.choice(definitions))
    if known and dice > 0.93:
        return Known(fact.name)
    match fact.type:
        case Kind.BOOLEAN:
            return Is(fact.name, random.random() < 0.5)
        case Kind.CATEGORY:
            words = list(fact.values)
            if random.random() < 0.5:
                return Is(fact.name, random.choice(words))
            return OneOf(fact.name, tuple(random.sample(words, random.randint(1, len(words)))))
        case Kind.NUMBER:
            return Compare(fact.name, random.choice(list(Op)), Decimal(random.choice(THRESHOLDS[fact.name])))
        case Kind.SET:
            return Includes(fact.name, random.choice(list(fact.values)))


def random_condition(random: Random, definitions: list[str], depth: int = 4) -> Condition:
    dice = random.random()
    if depth == 0 or dice < 0.3:
        return random_leaf(random, definitions)
    if dice < 0.42:
        return Not(random_condition(random, definitions, depth - 1))
    count = random.choice([0, 1, 2, 2, 2, 3, 3, 4]) if depth < 4 else random.randint(1, 5)
    parts = tuple(random_condition(random, definitions, depth - 1) for _ in range(count))
    return All(parts) if dice < 0.72 else Any(parts)


def random_program(random: Random, rules: int = 8) -> Program:
    definitions: dict[str, Condition] = {}
    for number in range(random.randint(0, 4)):
        definitions[f"concept_{number}"] = random_condition(random, list(definitions), depth=3)
    names = list(definitions)
    return Program(
        VOCABULARY,
        by_depth(definitions),
        {f"body.topic.rule-{number}": random_condition(random, names) for number in range(rules)},
    )


def random_number(random: Random, fact: Fact) -> Interval:
    assert fact.range is not None
    step = Decimal(1).scaleb(-fact.places)

    smallest, largest = fact.range

    def near() -> Decimal:
        number = Decimal(random.choice(THRESHOLDS[fact.name])) + step * random.choice([-1, 0, 0, 1])
        return min(max(number, smallest), largest)

    low, high = sorted((near(), near()))
    shape = random.random()
    if shape < 0.45 or low == high:
        return Interval.point(low)
    if shape < 0.6:
        return Interval(None, high, high_open=random.random() < 0.5)
    if shape < 0.75:
        return Interval(low, None, low_open=random.random() < 0.5)
    return Interval(low, high, random.random() < 0.5, random.random() < 0.5)


def random_members(random: Random, fact: Fact) -> Members:
    present: set[str] = set()
    absent: set[str] = set()
    for word in fact.values:
        dice = random.random()
        (present if dice < 0.35 else absent if dice < 0.6 else set()).add(word)
    return Members(frozenset(present), frozenset(absent), random.random() < 0.4)


def random_patient(random: Random, vocabulary: Vocabulary = VOCABULARY, known: float = 0.65) -> dict[str, Value]:
    patient: dict[str, Value] = {}
    for fact in vocabulary.facts.values():
        if random.random() > known:
            continue
        match fact.type:
            case Kind.BOOLEAN:
                patient[fact.name] = random.random() < 0.5
            case Kind.CATEGORY:
                patient[fact.name] = random.choice(list(fact.values))
            case Kind.NUMBER:
                patient[fact.name] = random_number(random, fact)
            case Kind.SET:
                patient[fact.name] = random_members(random, fact)
    return patient


# ── shrinkable ────────────────────────────────────────────────────────────────────────────────


def _leaves(definitions: list[str]) -> st.SearchStrategy[Leaf]:
    words = list(VOCABULARY.fact("wording").values)
    kinds: list[st.SearchStrategy[Leaf]] = [
        st.builds(Is, st.just("flag"), st.booleans()),
        st.builds(Is, st.just("wording"), st.sampled_from(words)),
        st.builds(OneOf, st.just("colour"), st.lists(st.sampled_from(["red", "green", "blue"]), min_size=1).map(tuple)),
        st.builds(Includes, st.just("tools"), st.sampled_from(["saw", "file", "drill"])),
        st.builds(Known, st.sampled_from(list(VOCABULARY.facts))),
        *(
            st.builds(Compare, st.just(name), st.sampled_from(Op), st.sampled_from([Decimal(b) for b in bounds]))
            for name, bounds in THRESHOLDS.items()
        ),
    ]
    if definitions:
        kinds.append(st.builds(Holds, st.sampled_from(definitions)))
    return st.one_of(kinds)


def conditions(definitions: list[str]) -> st.SearchStrategy[Condition]:
    def grown(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        parts = st.lists(inner, max_size=4).map(tuple)
        return st.builds(All, parts) | st.builds(Any, parts) | st.builds(Not, inner)

    return st.recursive(_leaves(definitions), grown, max_leaves=14)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    definitions: dict[str, Condition] = {}
    for number in range(draw(st.integers(0, 2))):
        definitions[f"concept_{number}"] = draw(conditions(list(definitions)))
    rules = draw(st.lists(conditions(list(definitions)), min_size=1, max_size=4))
    return Program(VOCABULARY, by_depth(definitions), {f"rule-{number}": rule for number, rule in enumerate(rules)})


@st.composite
def _numbers(draw: st.DrawFn, fact: Fact) -> Interval:
    bounds = [Decimal(bound) for bound in THRESHOLDS[fact.name]]
    low = draw(st.none() | st.sampled_from(bounds))
    high = draw(st.sampled_from([bound for bound in bounds if low is None or bound >= low]))
    if low == high:
        return Interval(low, high)
    return Interval(low, high, draw(st.booleans()), draw(st.booleans()))


@st.composite
def _members(draw: st.DrawFn, fact: Fact) -> Members:
    where = {word: draw(st.sampled_from(["unknown", "present", "absent"])) for word in fact.values}
    chosen: Mapping[str, frozenset[str]] = {
        kind: frozenset(word for word, at in where.items() if at == kind) for kind in ("present", "absent")
    }
    return Members(chosen["present"], chosen["absent"], draw(st.booleans()))


@st.composite
def patients(draw: st.DrawFn) -> dict[str, Value]:
    patient: dict[str, Value] = {}
    for fact in VOCABULARY.facts.values():
        if not draw(st.booleans()):
            continue
        match fact.type:
            case Kind.BOOLEAN:
                patient[fact.name] = draw(st.booleans())
            case Kind.CATEGORY:
                patient[fact.name] = draw(st.sampled_from(list(fact.values)))
            case Kind.NUMBER:
                patient[fact.name] = draw(_numbers(fact))
            case Kind.SET:
                patient[fact.name] = draw(_members(fact))
    return patient
