"""Patients out of the vocabulary: any fact, any value it may hold, known exactly, vaguely or not at all.

In bulk and seeded, for laws that need ten thousand patients; for laws whose counterexample should be small, use
``strategies()``.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache

from cdss.case import bundled_cases, load_case
from cdss.consult import Question, consult
from cdss.engine import Engine
from cdss.library import Library, load_library
from cdss.locations import cases_folder, rules_folder
from cdss.snapshot import Snapshots
from cdss.testing import Ground, Strategies, Weigher
from cdss.values import Interval, Members, Value
from cdss.vocabulary import Fact, Kind


@cache
def library() -> Library:
    """The bundled rules, read once."""
    return load_library(rules_folder())


@cache
def engine() -> Engine:
    """An engine over the bundled rules that answers with both backends.

    What is compiled once serves all the workers of a run: snapshots are named after every file they come from.
    """
    return Engine(library(), plans=Snapshots(rules_folder()))


@cache
def ground() -> Ground:
    """The thresholds of the bundled rules."""
    return Ground(library())


@cache
def strategies() -> Strategies:
    """Hypothesis strategies over the bundled rules that start from the bundled patients, or from nothing."""
    return Strategies(library(), recorded_patients())


@cache
def weigher(on: date, therapies: tuple[str, ...] | None = None) -> Weigher:
    """Where therapies stand by the bundled rules of one day; ``therapies`` are all that is weighed when named."""
    return Weigher(library(), on, therapies)


@cache
def recorded_patients() -> tuple[Mapping[str, Value], ...]:
    """The facts of every bundled case at each of its points."""
    found: list[Mapping[str, Value]] = []
    plain = Engine(library(), shadow=False)
    for name in bundled_cases(cases_folder()):
        case = load_case(name, cases_folder())
        points: list[str | None] = [p.id for p in case.file.points] or [None]
        found += [dict(consult(plain, case, Question(on=point)).sheet.values) for point in points]
    return tuple(found)


def some_value(fact: Fact, chance: random.Random) -> Value:
    """A value ``fact`` may hold; numbers mostly at, or one step beside, a threshold of some rule."""
    match fact.type:
        case Kind.BOOLEAN:
            return chance.random() < 0.5
        case Kind.CATEGORY:
            return chance.choice(sorted(fact.values))
        case Kind.NUMBER:
            low = some_number(fact, chance)
            if chance.random() < 0.8:
                return Interval.point(low)
            high = some_number(fact, chance)
            return Interval(min(low, high), max(low, high))
        case Kind.SET:
            members = sorted(fact.values)
            present = frozenset(chance.sample(members, min(len(members), chance.choice([0, 0, 1, 1, 2, 3]))))
            rest = [m for m in members if m not in present]
            absent = frozenset(chance.sample(rest, min(len(rest), chance.choice([0, 2, 5]))))
            complete = fact.preference or chance.random() < 0.6
            return Members(present, frozenset() if complete else absent, complete)


def some_number(fact: Fact, chance: random.Random) -> Decimal:
    """A number in the range of ``fact``, mostly at, or one step beside, a threshold of some rule."""
    assert fact.range is not None
    if fact.name in ground().thresholds and chance.random() < 0.85:
        return chance.choice(ground().beside_thresholds(fact))
    low, high = fact.range
    return min(high, max(low, round(low + Decimal(chance.randint(0, 1000)) / 1000 * (high - low), fact.places)))


def some_patient(chance: random.Random, *, near: float = 0.7) -> dict[str, Value]:
    """Facts at random; in a share ``near`` of cases a bundled patient with some facts replaced, lost or added."""
    vocabulary = library().vocabulary
    if chance.random() < near:
        found = dict(chance.choice(recorded_patients()))
        for name in chance.sample(sorted(vocabulary.facts), chance.randint(0, 25)):
            found[name] = some_value(vocabulary.facts[name], chance)
        for name in chance.sample(sorted(found), min(len(found), chance.randint(0, 3))):
            del found[name]
    else:
        names = chance.sample(sorted(vocabulary.facts), chance.randint(5, len(vocabulary.facts)))
        found = {name: some_value(vocabulary.facts[name], chance) for name in names}
    return found


def vaguer(facts: Mapping[str, Value], names: Iterable[str], chance: random.Random) -> dict[str, Value]:
    """The same patient, of whom less is known: each of ``names`` lost, or known less exactly."""
    found = dict(facts)
    for name in names:
        value = found[name]
        fact = library().vocabulary.facts[name]
        if isinstance(value, Interval) and chance.random() < 0.6:
            other = some_number(fact, chance)
            lows = [end for end in (value.low, other) if end is not None]
            highs = [end for end in (value.high, other) if end is not None]
            found[name] = Interval(None if value.low is None else min(lows), None if value.high is None else max(highs))
        elif isinstance(value, Members) and chance.random() < 0.6:
            lost = frozenset(chance.sample(sorted(value.present), chance.randint(0, len(value.present))))
            absent = frozenset(m for m in value.absent if chance.random() < 0.5)
            found[name] = Members(value.present - lost, absent, complete=False)
        else:
            del found[name]
    return found
