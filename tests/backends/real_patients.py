"""Patients made to measure for real rules: around their thresholds, or just so that one rule comes out yes or no."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from random import Random

from cdss.condition import Compare, Condition, Holds, Includes, Is, Known, Leaf, Not, OneOf, Op, leaves
from cdss.lowering import AllOf, AnyOf, Literal, Lowered, definitely
from cdss.program import Program
from cdss.values import Interval, Members, Value
from cdss.vocabulary import Fact, Kind


def conditions_of(program: Program) -> Iterator[Condition]:
    for stratum in program.strata:
        yield from stratum.values()
    yield from program.rules.values()


def thresholds(program: Program) -> dict[str, set[Decimal]]:
    """Every number some rule compares a fact with."""
    found: dict[str, set[Decimal]] = {}
    for condition in conditions_of(program):
        for leaf in leaves(condition):
            if isinstance(leaf, Compare):
                found.setdefault(leaf.fact, set()).add(leaf.bound)
    return found


def around(random: Random, program: Program, bounds: Mapping[str, set[Decimal]]) -> dict[str, Value]:
    """A patient of whom more or less is known, with numbers at and beside the thresholds."""
    patient: dict[str, Value] = {}
    known = random.choice([0.2, 0.5, 0.8, 1])
    for fact in program.vocabulary.facts.values():
        if random.random() > known:
            continue
        match fact.type:
            case Kind.BOOLEAN:
                patient[fact.name] = random.random() < 0.5
            case Kind.CATEGORY:
                patient[fact.name] = random.choice(list(fact.values))
            case Kind.NUMBER:
                low, high = sorted(_near(random, fact, bounds.get(fact.name, set())) for _ in range(2))
                patient[fact.name] = Interval(low, high) if random.random() < 0.3 else Interval.point(low)
            case Kind.SET:
                words = list(fact.values)
                present = random.sample(words, random.randint(0, min(4, len(words))))
                patient[fact.name] = Members(frozenset(present), frozenset(), random.random() < 0.7)
    return patient


def _near(random: Random, fact: Fact, bounds: set[Decimal]) -> Decimal:
    assert fact.range is not None
    step = Decimal(1).scaleb(-fact.places)
    bound = random.choice(sorted(bounds | set(fact.range)))
    return min(max(bound + step * random.choice([-1, 0, 1]), fact.range[0]), fact.range[1])


# ── to order ──────────────────────────────────────────────────────────────────────────────────


def made_to_order(
    random: Random, program: Program, condition: Condition, tries: int = 300
) -> Iterator[dict[str, Value]]:
    """Attempts at patients for whom the condition surely holds; ask for ``Not`` of it to get the opposite."""
    definitions = {name: written for stratum in program.strata for name, written in stratum.items()}
    for _ in range(tries):
        wanted: list[Literal] = []
        _choose(random, definitely(condition), definitions, wanted)
        patient = _patient(random, program, wanted)
        if patient is not None:
            yield patient


def _choose(random: Random, tree: Lowered, definitions: Mapping[str, Condition], wanted: list[Literal]) -> None:
    if isinstance(tree, AllOf):
        for part in tree.parts:
            _choose(random, part, definitions, wanted)
    elif isinstance(tree, AnyOf):
        if tree.parts:
            _choose(random, random.choice(tree.parts), definitions, wanted)
    elif isinstance(tree.leaf, Holds):
        written = definitions[tree.leaf.definition]
        _choose(random, definitely(written if tree.positive else Not(written)), definitions, wanted)
    else:
        wanted.append(tree)


def _patient(random: Random, program: Program, wanted: list[Literal]) -> dict[str, Value] | None:
    """A patient for whom every literal holds, or None when they exclude one another."""
    by_fact: dict[str, list[tuple[Leaf, bool]]] = {}
    for literal in wanted:
        if not isinstance(literal.leaf, Holds):
            by_fact.setdefault(literal.leaf.fact, []).append((literal.leaf, literal.positive))
    patient: dict[str, Value] = {}
    for name, tests in by_fact.items():
        known = {positive for leaf, positive in tests if isinstance(leaf, Known)}
        if known == {True, False} or (False in known and len(tests) > 1):
            return None
        if False in known:
            continue
        value = _value(random, program.vocabulary.fact(name), tests)
        if value is None:
            return None
        patient[name] = value
    return patient


def _value(random: Random, fact: Fact, tests: list[tuple[Leaf, bool]]) -> Value | None:
    match fact.type:
        case Kind.BOOLEAN | Kind.CATEGORY:
            options: list[bool | str] = [True, False] if fact.type is Kind.BOOLEAN else list(fact.values)
            fitting = [option for option in options if all(_fits(leaf, option) is yes for leaf, yes in _tests(tests))]
            return random.choice(fitting) if fitting else None
        case Kind.SET:
            asked = [(leaf.member, yes) for leaf, yes in tests if isinstance(leaf, Includes)]
            present = frozenset(member for member, yes in asked if yes)
            absent = frozenset(member for member, yes in asked if not yes)
            return None if present & absent else Members(present, frozenset(), complete=True)
        case Kind.NUMBER:
            return _number(random, fact, [(leaf, yes) for leaf, yes in tests if isinstance(leaf, Compare)])


def _tests(tests: list[tuple[Leaf, bool]]) -> list[tuple[Is | OneOf, bool]]:
    return [(leaf, yes) for leaf, yes in tests if isinstance(leaf, Is | OneOf)]


def _fits(leaf: Is | OneOf, option: bool | str) -> bool:
    return option == leaf.value if isinstance(leaf, Is) else option in leaf.values


def _number(random: Random, fact: Fact, tests: list[tuple[Compare, bool]]) -> Value | None:
    assert fact.range is not None
    low, high = fact.range
    step = Decimal(1).scaleb(-fact.places)
    for leaf, positive in tests:
        match leaf.op if positive else leaf.op.opposite:
            case Op.AT_MOST:
                high = min(high, leaf.bound)
            case Op.LESS_THAN:
                high = min(high, leaf.bound - step)
            case Op.AT_LEAST:
                low = max(low, leaf.bound)
            case Op.MORE_THAN:
                low = max(low, leaf.bound + step)
    return Interval.point(random.choice([low, high])) if low <= high else None
