"""A solver to which named terms are added once and questions are put again and again.

A term is a whole number, its opposite the negative one, so that building is cheap; only what a question needs is
handed to the solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cdss.proof.door import Term, solver_library

TRUE: Term = 1
FALSE: Term = -1


class Logic:
    """Terms and one solver that keeps what it learns from question to question."""

    true, false = TRUE, FALSE

    def __init__(self) -> None:
        """Raises CdssError when no solver is installed."""
        self._z3 = solver_library()
        self._solver = self._z3.SolverFor("QF_FD")
        self._last = 1
        self._clauses: list[tuple[Term, ...]] = [(TRUE,)]
        self._limits: list[tuple[Sequence[Term], int, Term]] = []
        self._groups: dict[tuple[str, tuple[Term, ...]], Term] = {}
        self._made: dict[Term, Any] = {}

    def term(self) -> Term:
        """A new free term."""
        self._last += 1
        return self._last

    def all(self, terms: Iterable[Term]) -> Term:
        """A term that is true when all are; true of none."""
        return -self.any(-term for term in terms)

    def any(self, terms: Iterable[Term]) -> Term:
        """A term that is true when some is; false of none."""
        parts = set(terms)
        parts.discard(FALSE)
        if TRUE in parts or any(-part in parts for part in parts):
            return TRUE
        if len(parts) < 2:
            return next(iter(parts), FALSE)
        key = ("any", tuple(sorted(parts)))
        if key not in self._groups:
            named = self.term()
            self._clauses += [(-part, named) for part in key[1]]
            self._clauses.append((-named, *key[1]))
            self._groups[key] = named
        return self._groups[key]

    def implies(self, premise: Term, conclusion: Term) -> None:
        """From now on ``conclusion`` holds wherever ``premise`` does."""
        self._clauses.append((-premise, conclusion))

    def one_at_most(self, terms: Sequence[Term]) -> None:
        """From now on at most one of the terms is true."""
        if len(terms) > 6:
            self._limits.append((terms, 1, TRUE))
            return
        self._clauses += [(-one, -other) for index, one in enumerate(terms) for other in terms[index + 1 :]]

    def at_most(self, chosen: Sequence[Term], most: int) -> Term:
        """A term that may be true only where at most ``most`` of ``chosen`` are."""
        named = self.term()
        self._limits.append((chosen, most, named))
        return named

    def differ(self, one: Term, other: Term) -> Term:
        """A term that is true when exactly one of two is."""
        return self.any([self.all([one, -other]), self.all([-one, other])])

    def possible(self, *terms: Term) -> bool:
        """Whether all of ``terms`` can be true together; ``holds`` then tells how."""
        if FALSE in terms:
            return False
        self._hand_over()
        found = self._solver.check(*[self._literal(term) for term in dict.fromkeys(terms) if term != TRUE])
        self._model: Any = self._solver.model() if found == self._z3.sat else None
        return self._model is not None

    def holds(self, term: Term) -> bool:
        """Whether a term is true in the answer to the last question, which was possible; what is left open is false."""
        value = self._z3.is_true(self._model[self._literal(abs(term))])
        return bool(value) == (term > 0)

    def _hand_over(self) -> None:
        """Gives the solver what was added since the last question, all clauses in one text: ten times faster."""
        if self._clauses:
            lines = [f"p cnf {self._last} {len(self._clauses)}"]
            lines += [f"{' '.join(map(str, clause))} 0" for clause in self._clauses]
            self._solver.from_string("\n".join(lines) + "\n")
        for chosen, most, where in self._limits:
            limit = self._z3.AtMost(*[self._literal(term) for term in chosen], most)
            self._solver.add(limit if where == TRUE else self._z3.Implies(self._literal(where), limit))
        self._clauses.clear()
        self._limits.clear()

    def _literal(self, term: Term) -> Any:
        if term not in self._made:
            # A variable that was read as number 7 is the one whose name is the number 7.
            self._made[term] = self._z3.Bool(term) if term > 0 else self._z3.Not(self._literal(-term))
        return self._made[term]
