"""Hypothesis strategies for patients: what a fact may hold, and pairs of patients that differ in one respect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from cdss.citation import Cite
from cdss.condition import All, Compare, Condition, Holds, Includes, Is, Not, OneOf, Op
from cdss.condition import Any as AnyOf
from cdss.library import Library
from cdss.rule import Examples, Provenance, Rule, Stance, Then, Version
from cdss.testing.ground import Ground
from cdss.values import Interval, Members, Value
from cdss.vocabulary import Fact, Kind

Patient = dict[str, Value]
Kept = TypeVar("Kept")
_MOST_CHANGED = 12


@dataclass(frozen=True, slots=True)
class Pair:
    """Two patients who differ in one respect only; what it is, the strategy says that drew them."""

    first: Mapping[str, Value]
    second: Mapping[str, Value]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Extra:
    """A statement that no library holds, and its one version."""

    rule: Rule
    version: Version


class Strategies:
    """Strategies over one library. ``bases`` are patients to start from; without any, patients start from nothing."""

    def __init__(self, library: Library, bases: Sequence[Mapping[str, Value]] = ()) -> None:
        self.library = library
        self.ground = Ground(library)
        self._bases = ({}, *bases)
        self._names = sorted(library.vocabulary.facts)

    # ── one fact ──────────────────────────────────────────────────────────────────────────────

    def numbers(self, fact: Fact) -> SearchStrategy[Decimal]:
        """A number that ``fact`` may be, mostly at or one step beside a threshold of some rule."""
        assert fact.range is not None
        near = st.sampled_from(self.ground.beside_thresholds(fact))
        anywhere = st.decimals(*fact.range, allow_nan=False, allow_infinity=False, places=fact.places)
        return st.one_of(near, near, near, anywhere)

    def exactly(self, fact: Fact) -> SearchStrategy[Value]:
        """A value of which everything is known."""
        match fact.type:
            case Kind.BOOLEAN:
                return st.booleans()
            case Kind.CATEGORY:
                return st.sampled_from(sorted(fact.values))
            case Kind.NUMBER:
                return self.numbers(fact).map(Interval.point)
            case Kind.SET:
                members = st.frozensets(st.sampled_from(sorted(fact.values)), max_size=3)
                return members.map(lambda present: Members(present, complete=True))

    def vaguely(self, fact: Fact) -> SearchStrategy[Value]:
        """A value of which something is known: a range, or a list that may go on. What has no such form is exact."""
        if fact.type is Kind.NUMBER:
            return st.tuples(self.exactly(fact), self.numbers(fact), st.booleans()).map(_widened)
        if fact.type is Kind.SET and not fact.preference:
            return st.tuples(self.exactly(fact), st.sets(st.sampled_from(sorted(fact.values)), max_size=3)).map(_opened)
        return self.exactly(fact)

    def values(self, fact: Fact) -> SearchStrategy[Value | None]:
        """A value known exactly or vaguely; None where it is not known at all."""
        return st.one_of(st.none(), self.exactly(fact), self.vaguely(fact))

    # ── patients ──────────────────────────────────────────────────────────────────────────────

    def patients(self) -> SearchStrategy[Patient]:
        """A base patient with some facts replaced, added or lost."""
        facts = self.library.vocabulary.facts

        @st.composite
        def drawn(draw: DrawFn) -> Patient:
            patient = dict(draw(st.sampled_from(self._bases)))
            for name in draw(_some(self._names, _MOST_CHANGED)):
                value = draw(self.values(facts[name]))
                patient.pop(name, None)
                if value is not None:
                    patient[name] = value
            return patient

        return drawn()

    def vaguer(self) -> SearchStrategy[Pair]:
        """A patient, first, of whom less is known than of the second: clinical facts lost, or known less exactly."""

        @st.composite
        def drawn(draw: DrawFn) -> Pair:
            more = draw(self.patients())
            less = dict(more)
            known = [name for name in self.ground.clinical if name in more]
            names = draw(_some(known, 4)) if known else []
            for name in names:
                value = draw(self._less(self.library.vocabulary.facts[name], more[name]))
                del less[name]
                if value is not None:
                    less[name] = value
            return Pair(less, more, ", ".join(names))

        return drawn()

    def _less(self, fact: Fact, value: Value) -> SearchStrategy[Value | None]:
        """The same value known less exactly, or None."""
        if isinstance(value, Interval):
            wider = self.numbers(fact).map(lambda other: _wider(value, other))
            return st.one_of(st.none(), wider)
        if isinstance(value, Members):
            kept = st.tuples(_part(value.present), _part(value.absent))
            return st.one_of(st.none(), kept.map(lambda parts: Members(*parts, complete=False)))
        return st.none()

    def changed(self, names: Sequence[str]) -> SearchStrategy[Pair]:
        """A patient, and the same with other values for some of ``names``."""

        @st.composite
        def drawn(draw: DrawFn) -> Pair:
            first = draw(self.patients())
            second = dict(first)
            chosen = draw(_some(names, 4))
            for name in chosen:
                value = draw(self.values(self.library.vocabulary.facts[name]))
                second.pop(name, None)
                if value is not None:
                    second[name] = value
            return Pair(first, second, ", ".join(chosen))

        return drawn()

    def worse(self, fact: str) -> SearchStrategy[Pair]:
        """A patient, and the same with a higher number for ``fact``, such as a worse ECOG performance status."""
        numbers = self.numbers(self.library.vocabulary.facts[fact])

        def pair(patient: Patient, one: Decimal, other: Decimal) -> Pair:
            low, high = sorted((one, other))
            return Pair({**patient, fact: Interval.point(low)}, {**patient, fact: Interval.point(high)}, fact)

        return st.builds(pair, self.patients(), numbers, numbers)

    def refusals(self, fact: str = "declined") -> SearchStrategy[Pair]:
        """A patient who declines nothing, and the same declining the therapy or class under ``about``."""
        therapies = self.library.therapies
        named = st.sampled_from([*therapies.therapies, *therapies.classes])

        def pair(patient: Patient, name: str) -> Pair:
            before = {**patient, fact: Members(complete=True)}
            return Pair(before, {**before, fact: Members(frozenset({name}), complete=True)}, name)

        return st.builds(pair, self.patients(), named)

    # ── rules ─────────────────────────────────────────────────────────────────────────────────

    def conditions(self) -> SearchStrategy[Condition]:
        """A condition over the facts and definitions of the library, without ``known``, as statements have it."""
        leaves = [self._leaf(fact) for fact in self.library.vocabulary.facts.values() if not fact.preference]
        leaves += [st.just(Holds(name)) for name in sorted(self.library.definitions)]
        return st.recursive(
            st.one_of(leaves),
            lambda parts: st.one_of(
                parts.map(Not),
                st.lists(parts, min_size=1, max_size=3).map(lambda some: All(tuple(some))),
                st.lists(parts, min_size=1, max_size=3).map(lambda some: AnyOf(tuple(some))),
            ),
            max_leaves=4,
        )

    def _leaf(self, fact: Fact) -> SearchStrategy[Condition]:
        words = st.sampled_from(sorted(fact.values)) if fact.values else st.nothing()
        match fact.type:
            case Kind.BOOLEAN:
                return st.booleans().map(lambda value: Is(fact.name, value))
            case Kind.CATEGORY:
                several = st.lists(words, min_size=1, max_size=3, unique=True)
                return several.map(lambda values: OneOf(fact.name, tuple(values)))
            case Kind.NUMBER:
                return st.builds(
                    lambda op, bound: Compare(fact.name, op, bound), st.sampled_from(Op), self.numbers(fact)
                )
            case Kind.SET:
                return words.map(lambda member: Includes(fact.name, member))

    def objections(self) -> SearchStrategy[Extra]:
        """One more statement against some therapies, on a condition of its own, for every intent."""
        therapies = st.lists(
            st.sampled_from(sorted(self.library.therapies.therapies)), min_size=1, max_size=3, unique=True
        )
        stances = st.sampled_from((Stance.CONTRAINDICATE, Stance.INELIGIBLE, Stance.AVOID))
        return st.builds(_objection, therapies, stances, self.conditions(), st.sampled_from(Provenance))


def _some(names: Sequence[Kept], most: int) -> SearchStrategy[list[Kept]]:
    return st.lists(st.sampled_from(names), unique=True, max_size=most)


def _part(members: frozenset[str]) -> SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(sorted(members))) if members else st.just(frozenset())


def _widened(drawn: tuple[Value, Decimal, bool]) -> Value:
    """An exact number widened to another, or left open on the side of it."""
    value, other, open_ended = drawn
    assert isinstance(value, Interval)
    assert value.low is not None
    low, high = sorted((value.low, other))
    if open_ended:
        return Interval(low, None) if other >= value.low else Interval(None, high)
    return Interval(low, high)


def _wider(value: Interval, other: Decimal) -> Interval:
    low = None if value.low is None else min(value.low, other)
    high = None if value.high is None else max(value.high, other)
    return Interval(low, high, value.low_open and low == value.low, value.high_open and high == value.high)


def _opened(drawn: tuple[Value, set[str]]) -> Value:
    """A complete list that may go on, with some members known to be absent."""
    value, absent = drawn
    assert isinstance(value, Members)
    return Members(value.present, frozenset(absent) - value.present, complete=False)


def _objection(therapies: list[str], stance: Stance, condition: Condition, provenance: Provenance) -> Extra:
    version = Version(
        start=None,
        says="Somebody objects.",
        cites=(Cite(ref="nobody", at="nowhere"),),
        provenance=provenance,
        strength=None,
        condition=condition,
        then=Then(stance=stance),
        evidence=(),
        figures=(),
        dated="day",
    )
    rule = Rule(
        id="objection.drawn.at-random",
        title="An objection",
        body="objection",
        therapies=tuple(sorted(therapies)),
        versions=((None, version),),
        examples=Examples(),
        misleads_when=("It was drawn at random.",),
        reviewed=None,
        retired=None,
    )
    return Extra(rule, version)
