"""Some rules of a library as terms, and a patient they are about. Each question has a small world of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cached_property

from cdss.condition import Condition
from cdss.library import InForce, Library
from cdss.program import leaned_on
from cdss.proof.agreement import Agreement
from cdss.proof.door import Term
from cdss.proof.logic import Logic
from cdss.proof.mentions import mentions_of
from cdss.proof.number import NumberTerms
from cdss.proof.patient import Patient, Rails, Terms
from cdss.rule import Version
from cdss.values import Members, Value

_BEFORE_ALL = date(1900, 1, 1)


class Calendar:
    """A library on every day on which something changes, and on the day before the first."""

    def __init__(self, library: Library) -> None:
        """Raises CdssError when a rule leans on a definition that had not begun."""
        self.library = library
        days = library.turning_points
        first = days[0] - timedelta(days=1) if days else _BEFORE_ALL
        self.books = tuple(library.in_force(day) for day in (first, *days))
        self._by_day = {book.as_of: book for book in self.books}

    @property
    def newest(self) -> InForce:
        """What is in force after the last turning point."""
        return self.books[-1]

    def book_on(self, day: date) -> InForce:
        """What is in force from a turning point; KeyError for any other day."""
        return self._by_day[day]

    def book_of(self, rule: str, start: date | None) -> InForce:
        """The first book in which a version of a rule is in force."""
        return next(b for b in self.books if rule in b.versions and b.versions[rule].start == start)

    def world(self, conditions: Iterable[Condition]) -> World:
        """A world that can tell apart whatever these conditions tell apart."""
        return World(self.library, tuple(with_definitions(conditions, self.library)))


def with_definitions(conditions: Iterable[Condition], library: Library) -> Iterator[Condition]:
    """The conditions and every version of the definitions they lean on, directly or not."""
    asked = list(conditions)
    yield from asked
    for name in sorted(leaned_on(asked, library.defined)):
        yield from library.defined.get(name, ())


class Persona:
    """One patient with the rules as they read for this patient."""

    def __init__(self, library: Library, logic: Logic, patient: Patient) -> None:
        self.library, self.logic, self.patient = library, logic, patient
        self.terms = Terms(patient)
        self._rails: dict[object, Rails] = {}

    @cached_property
    def agreeing(self) -> Term:
        """True of patients whose facts neither contradict nor owe one another anything."""
        return Agreement(self.patient).term()

    def rule(self, name: str, version: Version, in_force: InForce) -> Rails:
        """Surely yes and surely no of a rule, by the definitions of the day."""
        key = (name, version.start, in_force.definition_starts)
        if key not in self._rails:
            self._rails[key] = self.terms.of(version.condition, in_force.definitions)
        return self._rails[key]

    def declined(self, therapy: str) -> Term:
        """True when a refusal covers the therapy."""
        if "declined" not in self.patient.facts:
            return self.logic.false
        rails = self.patient.facts["declined"].rails
        covering = (therapy, *self.library.therapies.therapies[therapy].classes)
        return self.logic.any([rails[name, True] for name in covering if (name, True) in rails])


class World(Persona):
    """A patient and a solver of their own."""

    def __init__(self, library: Library, conditions: Iterable[Condition]) -> None:
        """``conditions`` are all that will be asked. Raises CdssError when no solver is installed."""
        logic = Logic()
        self._mentions = mentions_of(conditions, library.vocabulary)
        super().__init__(library, logic, Patient(logic, library.vocabulary, self._mentions))

    def another(self) -> Persona:
        """A second patient in the same world."""
        return Persona(self.library, self.logic, Patient(self.logic, self.library.vocabulary, self._mentions))

    def reading(self, library: Library) -> Persona:
        """The same patient as the rules of another library read."""
        return Persona(library, self.logic, self.patient)

    def facts(self) -> dict[str, Value]:
        """The patient of the last question that was possible."""
        return self.patient.read()

    def simplest(self, *terms: Term) -> dict[str, Value] | None:
        """A patient of whom all ``terms`` are true, with nothing that could be left out; None when there is none.

        The facts agree with one another, so that reading them as a case changes nothing.
        """
        logic, patient = self.logic, self.patient
        fixed: list[Term] = [self.agreeing, *terms]
        if not logic.possible(*fixed):
            return None
        known = self.facts()
        fixed += [-patient.something(name) for name in patient.facts.built if name not in known]
        for name in sorted(known):
            self._insist(fixed, -patient.something(name))
        logic.possible(*fixed)
        for name, value in self.facts().items():
            found = patient.facts[name]
            if isinstance(found, NumberTerms):
                self._insist(fixed, found.exact())
            elif isinstance(value, Members):
                for term in found.rails.values():
                    self._insist(fixed, -term)
        assert logic.possible(*fixed)
        return self.facts()

    def _insist(self, fixed: list[Term], term: Term) -> None:
        """Adds a wish to what is fixed when all can be had together."""
        if self.logic.possible(*fixed, term):
            fixed.append(term)

    def fewest(self, *terms: Term) -> dict[str, Value] | None:
        """As ``simplest``, and no other such patient has fewer known facts."""
        logic, patient = self.logic, self.patient
        if not logic.possible(self.agreeing, *terms):
            return None
        every = [patient.something(name) for name in list(patient.facts.built)]
        for most in range(len(every)):
            few = logic.at_most(every, most)
            if logic.possible(self.agreeing, *terms, few):
                return self.simplest(*terms, few)
        return self.simplest(*terms)
