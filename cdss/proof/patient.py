"""A patient nobody has met: every fact as terms that say what is known of it, in the answers the engine would give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Protocol

from cdss.condition import All, Any, Compare, Condition, Holds, Includes, Is, Known, Not, OneOf
from cdss.proof.door import Term
from cdss.proof.logic import Logic
from cdss.proof.mentions import Mentions
from cdss.proof.number import NumberTerms
from cdss.values import Members, Value
from cdss.vocabulary import Fact, Kind, Vocabulary

Rails = tuple[Term, Term]
"""Surely yes, surely no; neither is unknown."""


class FactTerms(Protocol):
    """What is known of one fact. ``rails`` are the terms that grow true as more is known."""

    @property
    def known(self) -> Term:
        """True when the fact counts as known."""
        ...

    @property
    def rails(self) -> Mapping[object, Term]:
        """The terms, by what they say."""
        ...

    def read(self) -> Value | None:
        """The value in a model; None when the fact is unknown there."""
        ...

    def pinned(self, value: Value | None) -> Iterable[Term]:
        """Terms that hold of exactly this value."""
        ...


class _Words:
    """A boolean or a category: one term for each value, at most one of them true."""

    def __init__(self, logic: Logic, values: Iterable[bool | str]) -> None:
        self._logic = logic
        self.rails: dict[object, Term] = {value: logic.term() for value in values}
        logic.one_at_most(list(self.rails.values()))
        self.known = logic.any(self.rails.values())

    def one_of(self, values: Iterable[bool | str]) -> Rails:
        """Is the value among these?"""
        wanted = set(values)
        inside = [term for value, term in self.rails.items() if value in wanted]
        outside = [term for value, term in self.rails.items() if value not in wanted]
        return self._logic.any(inside), self._logic.any(outside)

    def read(self) -> Value | None:
        for value, term in self.rails.items():
            if self._logic.holds(term):
                assert isinstance(value, bool | str)
                return value
        return None

    def pinned(self, value: Value | None) -> Iterable[Term]:
        for one, term in self.rails.items():
            yield term if one == value else -term


class _Set:
    """A set: each member present, absent or neither; of a complete list nothing is left open."""

    def __init__(self, logic: Logic, members: Iterable[str]) -> None:
        self._logic = logic
        self._members = tuple(sorted(members))
        self.known = logic.term()
        self.rails: dict[object, Term] = {"complete": self.known}
        for member in self._members:
            present, absent = logic.term(), logic.term()
            self.rails[member, True], self.rails[member, False] = present, absent
            logic.one_at_most([present, absent])
            logic.implies(self.known, logic.any([present, absent]))

    def includes(self, member: str) -> Rails:
        return self.rails[member, True], self.rails[member, False]

    def read(self) -> Value | None:
        present = frozenset(m for m in self._members if self._logic.holds(self.rails[m, True]))
        if self._logic.holds(self.known):
            return Members(present, complete=True)
        absent = frozenset(m for m in self._members if self._logic.holds(self.rails[m, False]))
        return Members(present, absent) if present or absent else None

    def pinned(self, value: Value | None) -> Iterable[Term]:
        said = value if isinstance(value, Members) else Members()
        yield self.known if said.complete else -self.known
        for member in self._members:
            present = member in said.present
            absent = not present and (said.complete or member in said.absent)
            yield self.rails[member, True] if present else -self.rails[member, True]
            yield self.rails[member, False] if absent else -self.rails[member, False]


class _Lazy(Mapping[str, FactTerms]):
    """The facts of a vocabulary; the terms of a fact are built when it is first asked about."""

    def __init__(self, names: Iterable[str], build: Callable[[str], FactTerms]) -> None:
        self._names = tuple(names)
        self._build = build
        self.built: dict[str, FactTerms] = {}

    def __getitem__(self, name: str) -> FactTerms:
        if name not in self.built:
            self.built[name] = self._build(name)
        return self.built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


class Patient:
    """The facts of the vocabulary as terms, as far as the conditions that will be asked can tell them apart."""

    def __init__(self, logic: Logic, vocabulary: Vocabulary, mentions: Mentions) -> None:
        self.logic = logic
        self.vocabulary = vocabulary
        self._mentions = mentions
        self.facts = _Lazy(vocabulary.facts, lambda name: self._terms(vocabulary.facts[name]))

    def _terms(self, fact: Fact) -> FactTerms:
        match fact.type:
            case Kind.BOOLEAN:
                return _Words(self.logic, (True, False))
            case Kind.CATEGORY:
                return _Words(self.logic, fact.values)
            case Kind.SET:
                return _Set(self.logic, self._mentions.members.get(fact.name, ()))
            case Kind.NUMBER:
                assert fact.range is not None
                cuts = self._mentions.cuts.get(fact.name, ())
                return NumberTerms(self.logic, fact.range, Decimal(1).scaleb(-fact.places), cuts)

    def leaf(self, leaf: Is | OneOf | Compare | Includes | Known) -> Rails:
        """Is the fact surely, is it surely not as the leaf asks?"""
        terms = self.facts[leaf.fact]
        match leaf:
            case Known():
                return terms.known, -terms.known
            case Is():
                assert isinstance(terms, _Words)
                return terms.one_of([leaf.value])
            case OneOf():
                assert isinstance(terms, _Words)
                return terms.one_of(leaf.values)
            case Includes():
                assert isinstance(terms, _Set)
                return terms.includes(leaf.member)
            case Compare():
                assert isinstance(terms, NumberTerms)
                return terms.compare(leaf)

    def number(self, name: str) -> NumberTerms:
        """The terms of a number."""
        found = self.facts[name]
        assert isinstance(found, NumberTerms)
        return found

    def something(self, name: str) -> Term:
        """True when anything at all is known of the fact."""
        return self.logic.any(self.facts[name].rails.values())

    def read(self) -> dict[str, Value]:
        """The patient of a model: what is known, by fact."""
        found = {name: terms.read() for name, terms in self.facts.built.items()}
        return {name: value for name, value in found.items() if value is not None}

    def pinned(self, facts: Mapping[str, Value]) -> list[Term]:
        """Terms that hold of the patient with these facts, as far as facts were asked about."""
        return [term for name, terms in self.facts.built.items() for term in terms.pinned(facts.get(name))]

    def vaguer_than(self, other: Patient, *, same: Iterable[str] = ()) -> None:
        """From now on nothing is known here that is not known of ``other``; ``same`` facts are known alike.

        Of facts that were asked about so far.
        """
        for name, terms in self.facts.built.items():
            for key, term in terms.rails.items():
                self.logic.implies(term, other.facts[name].rails[key])
                if name in set(same):
                    self.logic.implies(other.facts[name].rails[key], term)


class Terms:
    """Conditions as terms over one patient; whatever is said twice is built once."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self._logic = patient.logic
        self._leaves: dict[object, Rails] = {}

    def of(self, condition: Condition, definitions: Mapping[str, Condition]) -> Rails:
        """Surely yes and surely no of a condition, by the definitions of its day."""
        match condition:
            case All(parts):
                found = [self.of(part, definitions) for part in parts]
                return self._logic.all(yes for yes, _ in found), self._logic.any(no for _, no in found)
            case Any(parts):
                found = [self.of(part, definitions) for part in parts]
                return self._logic.any(yes for yes, _ in found), self._logic.all(no for _, no in found)
            case Not(part):
                yes, no = self.of(part, definitions)
                return no, yes
            case Holds(name):
                return self.of(definitions[name], definitions)
        if condition not in self._leaves:
            self._leaves[condition] = self.patient.leaf(condition)
        return self._leaves[condition]
