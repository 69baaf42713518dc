"""A solver to which named terms are added once and questions are put again and again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cdss.proof.door import Term, solver_library


class Logic:
    """Terms and one solver that keeps what it learns from question to question."""

    def __init__(self) -> None:
        """Raises CdssError when no solver is installed."""
        self._z3 = solver_library()
        self.solver = self._z3.SolverFor("QF_FD")
        self.true, self.false = self._z3.BoolVal(True), self._z3.BoolVal(False)
        self._named = 0
        self._groups: dict[tuple[str, tuple[int, ...]], tuple[Term, dict[int, Term]]] = {}

    def term(self, name: str) -> Term:
        """A new free term; its name only helps whoever reads a dump."""
        self._named += 1
        return self._z3.Bool(f"{name}#{self._named}")

    def always(self, term: Term) -> None:
        """What holds in every answer from now on."""
        self.solver.add(term)

    def opposite(self, term: Term) -> Term:
        """True where ``term`` is false."""
        if term is self.true:
            return self.false
        return self.true if term is self.false else self._z3.Not(term)

    def all(self, terms: Iterable[Term]) -> Term:
        """A term that is true when all are; true of none."""
        return self._group("all", terms, self.true, self.false)

    def any(self, terms: Iterable[Term]) -> Term:
        """A term that is true when some is; false of none."""
        return self._group("any", terms, self.false, self.true)

    def implies(self, premise: Term, conclusion: Term) -> None:
        """From now on ``conclusion`` holds wherever ``premise`` does."""
        self.solver.add(self._z3.Or(self.opposite(premise), conclusion))

    def never_both(self, terms: Sequence[Term]) -> None:
        """From now on at most one of the terms is true."""
        for index, one in enumerate(terms):
            for other in terms[index + 1 :]:
                self.solver.add(self._z3.Or(self.opposite(one), self.opposite(other)))

    def differ(self, one: Term, other: Term) -> Term:
        """A term that is true when exactly one of two is."""
        return self.any(
            [self.all([one, self.opposite(other)]), self.all([self.opposite(one), other])]
        )

    def possible(self, *terms: Term) -> bool:
        """Whether all of ``terms`` can be true together; ``model`` then shows how."""
        if any(term.eq(self.false) for term in terms):
            return False
        terms = tuple(term for term in terms if not term.eq(self.true))
        return bool(self.solver.check(*terms) == self._z3.sat)

    def at_most(self, chosen: Sequence[Term], most: int) -> Term:
        """A term that may be true only where at most ``most`` of ``chosen`` are."""
        named = self.term("few")
        self.solver.add(self._z3.Implies(named, self._z3.AtMost(*chosen, most)))
        return named

    def model(self) -> Term:
        """The answer to the last question that was possible."""
        return self.solver.model()

    def holds(self, model: Term, term: Term) -> bool:
        """Whether a term is true in a model; what the model leaves open is false."""
        return bool(self._z3.is_true(model.eval(term, model_completion=True)))

    def _group(self, kind: str, terms: Iterable[Term], neutral: Term, decisive: Term) -> Term:
        parts: dict[int, Term] = {}
        for term in terms:
            if term.eq(decisive):
                return decisive
            if not term.eq(neutral):
                parts[term.get_id()] = term
        if not parts:
            return neutral
        if len(parts) == 1:
            return next(iter(parts.values()))
        key = (kind, tuple(sorted(parts)))
        if key not in self._groups:
            named = self.term(kind)
            whole = self._z3.And if kind == "all" else self._z3.Or
            self.solver.add(named == whole(*[parts[number] for number in sorted(parts)]))
            self._groups[key] = (named, parts)  # the parts are kept so that their numbers are not given out again
        return self._groups[key][0]
