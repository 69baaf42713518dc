"""Facts → one wide, flat record of booleans, whole numbers and words from closed lists, and literals → tests of it.

A fact that is unknown has no attribute, and a test of an absent attribute never holds: only known facts match.

======================  =========================================================================================
boolean, category ``f``  ``f``: the value
number ``f``             ``f__lo`` and ``f__hi``: its ends, scaled to whole numbers and doubled; an open end lies one
                         beside its bound, so that "< 2" differs from "at most 1.9"; an unbounded end is absent
set ``f``                ``f__member``, for each member some rule asks about: surely in, surely not in
known ``f``              ``f__known``: always there, true or false
definition ``d``         ``d__name``: its answer, absent while unknown
======================  =========================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import Enum
from typing import TypeAlias, assert_never

from cdss.condition import Compare, Holds, Includes, Is, Known, OneOf, Op
from cdss.errors import CdssError, EngineFailure
from cdss.lowering import Literal, Tree, all_of, any_of
from cdss.values import Interval, Members, Value
from cdss.vocabulary import Fact, Kind, Vocabulary

Scalar: TypeAlias = bool | int | str
Attributes: TypeAlias = dict[str, Scalar]

LARGEST_NUMBER = 2**53
LONGEST_TEXT = 1024
LONGEST_NAME = 64

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED = frozenset({"id", "sid", "kind"})
_ENGINE_WORDS = frozenset(
    {"all", "any", "count", "cap", "dist", "pri", "name", "type", "run", "span", "timeout", "m", "s", "c"}
    | {"$i", "$all", "$any", "$not", "$pri", "$count", "$cap", "$mt", "$imt", "$iall", "$iany", "$ex", "$nex", "$or"}
    | {"$and", "$eq", "$neq", "$lt", "$lte", "$gt", "$gte", "$m", "$s", "$add", "$sub", "$mul", "$div", "$l", "$r"}
    | {"$forward", "$state", "$flow"}
)
_EXACT = Context(prec=80, traps=[Inexact, InvalidOperation])


class OutsideTheFence(CdssError):
    """A program, or what was compiled from it, leaves the part of the engine that is known to be right."""


class FactRefused(EngineFailure):
    """A fact does not fit the vocabulary. It names the fact, never its value."""


class Column(Enum):
    """What an attribute holds. Only numbers have an order."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    TEXT = "text"


class Relation(Enum):
    """A test of one attribute against a constant, by the engine's own word; equality has none."""

    EQUAL = "equal"
    DIFFERS = "$neq"
    BELOW = "$lt"
    AT_MOST = "$lte"
    ABOVE = "$gt"
    AT_LEAST = "$gte"


@dataclass(frozen=True, slots=True)
class Atom:
    """One test of one attribute. It fails when the attribute is absent."""

    attribute: str
    relation: Relation
    constant: Scalar


Matching: TypeAlias = "Tree[Atom]"


class Encoding:
    """The attributes one program needs: how its literals test them and how a patient's facts fill them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._facts = vocabulary.facts
        self._columns: dict[str, Column] = {}
        self._origins: dict[str, tuple[str, ...]] = {}
        self._hashes: dict[int, tuple[str, ...]] = {fnv1a(word): (word,) for word in _RESERVED | _ENGINE_WORDS}
        self._numbers: set[str] = set()
        self._plain: set[str] = set()
        self._known: set[str] = set()
        self._members: dict[str, dict[str, str]] = {}

    @property
    def columns(self) -> Mapping[str, Column]:
        """Every attribute in use, with what it holds."""
        return self._columns

    def declare(self, attribute: str, column: Column, *origin: str) -> str:
        """The attribute's name back, once it is sure to be unmistakable; ``origin`` says what it stands for.

        Raises OutsideTheFence for a name that is reserved, odd, too long or taken, or that the engine could mix up
        with another: it tells names apart by a hash alone.
        """
        if self._origins.get(attribute) == origin:
            return attribute
        if attribute in _RESERVED or attribute in _ENGINE_WORDS:
            raise OutsideTheFence(f"the engine keeps the name '{attribute}' for itself")
        if not _NAME.fullmatch(attribute) or len(attribute) > LONGEST_NAME:
            raise OutsideTheFence(
                f"'{attribute}' cannot name an attribute: "
                f"at most {LONGEST_NAME} lower-case letters, digits and underscores, a letter first"
            )
        if attribute in self._origins:
            raise OutsideTheFence(f"two different things would be called '{attribute}'")
        taken = self._hashes.setdefault(fnv1a(attribute), (attribute, *origin))
        if taken != (attribute, *origin):
            raise OutsideTheFence(f"the engine cannot tell the names '{attribute}' and '{taken[0]}' apart")
        self._origins[attribute] = origin
        self._columns[attribute] = column
        return attribute

    def matching(self, literal: Literal) -> Matching:
        """What the record must show for the literal to hold. Raises OutsideTheFence where it does not fit its fact."""
        leaf, positive = literal.leaf, literal.positive
        match leaf:
            case Is():
                return self._is(leaf, positive)
            case OneOf():
                return self._one_of(leaf, positive)
            case Compare():
                return self._compare(leaf, positive)
            case Includes():
                return self._includes(leaf, positive)
            case Known():
                self._fact(leaf.fact)
                self._known.add(leaf.fact)
                return self._flag(f"{leaf.fact}__known", positive, "known", leaf.fact)
            case Holds():
                return self._flag(f"d__{leaf.definition}", positive, "definition", leaf.definition)
            case _:
                assert_never(leaf)

    def _flag(self, attribute: str, positive: bool, *origin: str) -> Atom:
        return Atom(self.declare(attribute, Column.BOOLEAN, *origin), Relation.EQUAL, positive)

    def _fact(self, name: str, *kinds: Kind) -> Fact:
        fact = self._facts.get(name)
        if fact is None:
            raise OutsideTheFence(f"no fact is called '{name}'")
        if kinds and fact.type not in kinds:
            raise OutsideTheFence(f"'{name}' is a {fact.type.value}; the test does not fit it")
        return fact

    def _is(self, leaf: Is, positive: bool) -> Matching:
        fact = self._fact(leaf.fact, Kind.BOOLEAN, Kind.CATEGORY)
        if fact.type is Kind.CATEGORY:
            return self._one_of(OneOf(leaf.fact, (_word(fact, leaf.value),)), positive)
        if type(leaf.value) is not bool:
            raise OutsideTheFence(f"'{leaf.fact}' is true or false")
        self._plain.add(fact.name)
        return self._flag(fact.name, leaf.value is positive, "fact", fact.name)

    def _one_of(self, leaf: OneOf, positive: bool) -> Matching:
        fact = self._fact(leaf.fact, Kind.CATEGORY)
        if not leaf.values:
            raise OutsideTheFence(f"'{leaf.fact}' is compared with an empty list")
        self._plain.add(fact.name)
        attribute = self.declare(fact.name, Column.TEXT, "fact", fact.name)
        relation = Relation.EQUAL if positive else Relation.DIFFERS
        atoms = [Atom(attribute, relation, _word(fact, value)) for value in leaf.values]
        return any_of(atoms) if positive else all_of(atoms)

    def _compare(self, leaf: Compare, positive: bool) -> Matching:
        fact = self._fact(leaf.fact, Kind.NUMBER)
        try:
            bound = scaled(leaf.bound, fact.places)
        except ValueError:
            raise OutsideTheFence(
                f"a threshold of '{leaf.fact}' has more than its {fact.places} decimal places"
            ) from None
        self._numbers.add(fact.name)
        end, relation = _ENDS[leaf.op if positive else leaf.op.opposite]
        return Atom(self.declare(f"{fact.name}__{end}", Column.NUMBER, end, fact.name), relation, bound)

    def _includes(self, leaf: Includes, positive: bool) -> Matching:
        fact = self._fact(leaf.fact, Kind.SET)
        member = _word(fact, leaf.member)
        attribute = f"{fact.name}__{member}"
        self._members.setdefault(fact.name, {})[member] = attribute
        return self._flag(attribute, positive, "member", fact.name, member)

    def encode(self, facts: Mapping[str, Value]) -> Attributes:
        """The record for one patient: only attributes some rule asks about.

        Every fact is checked first, whether or not a rule asks about it. Raises FactRefused.
        """
        record: Attributes = {f"{name}__known": False for name in self._known}
        for name, value in facts.items():
            fact = self._facts.get(name) if type(name) is str else None
            if fact is None:
                raise FactRefused("a fact was refused: the vocabulary does not know its name")
            if value is None:
                continue
            if not _fits(fact, value):
                raise FactRefused(f"the fact '{name}' was refused: its value does not fit the vocabulary")
            self._fill(record, fact, value)
        return record

    def _fill(self, record: Attributes, fact: Fact, value: Value) -> None:
        name = fact.name
        if name in self._known:
            record[f"{name}__known"] = value.complete if isinstance(value, Members) else True
        if isinstance(value, Members):
            for member, attribute in self._members.get(name, {}).items():
                if member in value.present:
                    record[attribute] = True
                elif value.complete or member in value.absent:
                    record[attribute] = False
        elif isinstance(value, Interval):
            if name in self._numbers:
                if value.low is not None:
                    record[f"{name}__lo"] = scaled(value.low, fact.places) + value.low_open
                if value.high is not None:
                    record[f"{name}__hi"] = scaled(value.high, fact.places) - value.high_open
        elif name in self._plain:
            record[name] = value


_ENDS = {
    Op.AT_MOST: ("hi", Relation.AT_MOST),
    Op.LESS_THAN: ("hi", Relation.BELOW),
    Op.AT_LEAST: ("lo", Relation.AT_LEAST),
    Op.MORE_THAN: ("lo", Relation.ABOVE),
}


def scaled(value: Decimal, places: int) -> int:
    """Twice the value in units of its last kept decimal place; ValueError when that is not exact or too large."""
    try:
        whole = int(_EXACT.to_integral_exact(_EXACT.scaleb(value, places))) * 2
    except (Inexact, InvalidOperation, OverflowError, ValueError):
        raise ValueError("not an exact number of steps") from None
    if not -LARGEST_NUMBER < whole < LARGEST_NUMBER:
        raise ValueError("too large to be compared exactly")
    return whole


def fnv1a(word: str) -> int:
    """The 32-bit hash by which the engine tells names apart."""
    value = 0x811C9DC5
    for byte in word.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def _word(fact: Fact, word: object) -> str:
    if type(word) is not str or word not in fact.values:
        raise OutsideTheFence(f"'{fact.name}' is compared with something that is not one of its values")
    if len(word.encode()) > LONGEST_TEXT:
        raise OutsideTheFence(f"a value of '{fact.name}' is longer than {LONGEST_TEXT} bytes")
    return word


def _fits(fact: Fact, value: object) -> bool:
    """Is the value exactly of the fact's kind, in its list or range, and representable?"""
    match fact.type:
        case Kind.BOOLEAN:
            return type(value) is bool
        case Kind.CATEGORY:
            return type(value) is str and value in fact.values and len(value.encode(errors="replace")) <= LONGEST_TEXT
        case Kind.NUMBER:
            return type(value) is Interval and _is_interval(fact, value)
        case Kind.SET:
            return type(value) is Members and _is_members(fact, value)


def _is_interval(fact: Fact, value: Interval) -> bool:
    if type(value.low_open) is not bool or type(value.high_open) is not bool:
        return False
    ends = (value.low,) if value.is_point else (value.low, value.high)
    return all(end is None or _is_number(fact, end) for end in ends)


def _is_number(fact: Fact, end: object) -> bool:
    if type(end) is not Decimal or not end.is_finite() or fact.range is None:
        return False
    if not fact.range[0] <= end <= fact.range[1]:
        return False
    try:
        scaled(end, fact.places)
    except ValueError:
        return False
    return True


def _is_members(fact: Fact, value: Members) -> bool:
    if type(value.complete) is not bool or type(value.present) is not frozenset or type(value.absent) is not frozenset:
        return False
    return all(type(member) is str and member in fact.values for member in value.present | value.absent)
