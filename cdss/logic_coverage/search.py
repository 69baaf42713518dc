"""A patient on whom a part of a condition answers as wanted, or the certainty that there is none.

Each leaf asks one variable, and variables are independent of one another, so a conjunction of wanted answers can be met
exactly when every variable has a choice left. What is left to search are the alternatives: which part of an *any*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cdss.backends.leaf import FactLeaf, leaf_answer
from cdss.backends.plain import answer
from cdss.condition import All, Any, Condition, Holds, Not, leaves
from cdss.logic_coverage.domains import COMPLETE, Choice, Variable, assembled, domains, variable_of
from cdss.logic_coverage.tree import Node
from cdss.program import leaned_on
from cdss.values import Members, Truth, Value
from cdss.vocabulary import Vocabulary

_YES, _NO, _UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
Goal = tuple[Condition, frozenset[Truth]]
_Left = dict[Variable, tuple[Choice, ...]]
_Fork = list[list[Goal]]

_MOST_STEPS = 100_000


class TooLarge(Exception):
    """The search was given up: whether there is such a patient is not known."""


@dataclass(slots=True)
class Search:
    """Looks for patients of one condition, by the definitions of one day.

    ``liked`` is a patient to keep to wherever there is a choice.
    """

    condition: Condition
    definitions: Mapping[str, Condition]
    vocabulary: Vocabulary
    liked: Mapping[str, Value]
    _domains: _Left
    _truths: Mapping[str, Truth]
    _steps: int = 0

    @classmethod
    def of(
        cls,
        condition: Condition,
        definitions: Mapping[str, Condition],
        vocabulary: Vocabulary,
        liked: Mapping[str, Value] | None = None,
    ) -> Search:
        """A search among the facts that the condition asks about; each of ``definitions`` after those it refers to."""
        asked = _base_leaves(condition, definitions)
        known, truths = liked or {}, dict[str, Truth]()
        for name, part in definitions.items():
            truths[name] = answer(part, known, truths)
        return cls(condition, definitions, vocabulary, known, domains(asked, vocabulary), truths)

    def verdict(self, wanted: Truth) -> dict[str, Value] | None:
        """Facts for which the whole condition answers ``wanted``; None when there are none. Raises TooLarge."""
        return self._facts([(self.condition, frozenset({wanted}))])

    def deciding(self, node: Node, wanted: Truth) -> dict[str, Value] | None:
        """Facts for which ``node`` answers ``wanted`` and decides; None when there are none. Raises TooLarge."""
        goals: list[Goal] = [(node.condition, frozenset({wanted}))]
        goals += [(part, frozenset({step.wanted})) for step in node.way for part in step.beside]
        return self._facts(goals)

    def _facts(self, goals: list[Goal]) -> dict[str, Value] | None:
        self._steps = 0
        left = self._solved(goals, [], {})
        if left is None:
            return None
        chosen = {variable: self._preferred(variable, choices) for variable, choices in left.items()}
        return assembled(chosen, self.liked)

    def _solved(self, goals: list[Goal], forks: list[_Fork], left: _Left) -> _Left | None:
        """The choices left when every goal is met and one way of every fork is gone; None when that cannot be."""
        reached = self._reached(goals, left)
        if reached is None:
            return None
        left, more = reached
        open_forks = []
        for fork in [*forks, *more]:
            ways = [way for way in fork if self._reached(way, left) is not None]
            if not ways:
                return None
            open_forks.append(ways)
        if not open_forks:
            return left
        open_forks.sort(key=len)
        for way in sorted(open_forks[0], key=self._changes):
            found = self._solved(way, open_forks[1:], left)
            if found is not None:
                return found
        return None

    def _reached(self, goals: list[Goal], left: _Left) -> tuple[_Left, list[_Fork]] | None:
        """What follows from the goals without any choice, and the forks at which one must be made."""
        waiting = list(goals)
        forks: list[_Fork] = []
        while waiting:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise TooLarge
            condition, allowed = waiting.pop()
            match condition:
                case Not(part):
                    waiting.append((part, frozenset(truth.opposite() for truth in allowed)))
                case Holds(name):
                    waiting.append((self.definitions[name], allowed))
                case All(parts) | Any(parts):
                    ways = _ways(parts, allowed, _YES if isinstance(condition, All) else _NO)
                    if len(ways) == 1:
                        waiting += ways[0]
                    else:
                        forks.append(ways)
                case _:
                    narrowed = self._narrowed(condition, allowed, left)
                    if narrowed is None:
                        return None
                    left = narrowed
        return left, forks

    def _narrowed(self, leaf: FactLeaf, allowed: frozenset[Truth], left: _Left) -> _Left | None:
        variable = variable_of(leaf, self.vocabulary)
        choices = tuple(c for c in left.get(variable, self._domains[variable]) if c.answers[leaf] in allowed)
        if not choices:
            return None
        left = {**left, variable: choices}
        name, member = variable
        whole = (name, COMPLETE)
        if member is None or whole not in left or any(c.value is _NO for c in left[whole]):
            return left
        # A complete list leaves nothing open: no member of it is unknown.
        for other in [v for v in left if v[0] == name and v[1] != COMPLETE]:
            kept = tuple(c for c in left[other] if c.value is not _UNKNOWN)
            if not kept:
                return None
            left[other] = kept
        return left

    def _changes(self, way: list[Goal]) -> bool:
        """Whether the patient to keep to must change for this way."""
        return not all(answer(condition, self.liked, self._truths) in allowed for condition, allowed in way)

    def _preferred(self, variable: Variable, choices: tuple[Choice, ...]) -> Choice:
        """Of the choices left the one that the liked facts give, else the plainest."""
        name, member = variable
        value = self.liked.get(name)
        if member is None:
            same = [c for c in choices if all(leaf_answer(leaf, value) is truth for leaf, truth in c.answers.items())]
            return Choice(value, same[0].answers) if same and self.liked else choices[0]
        if isinstance(value, Members):
            truth = Truth.of(value.complete) if member == COMPLETE else value.includes(member)
            return next((choice for choice in choices if choice.value is truth), choices[0])
        return choices[0]


def _ways(parts: tuple[Condition, ...], allowed: frozenset[Truth], neutral: Truth) -> _Fork:
    """The ways in which a group can give one of the answers allowed. ``neutral`` is yes for an all, no for an any."""
    decisive = neutral.opposite()
    found: _Fork = []
    if neutral in allowed:
        each = frozenset({neutral, _UNKNOWN}) if _UNKNOWN in allowed else frozenset({neutral})
        found.append([(part, each) for part in parts])
    if decisive in allowed:
        some = (
            frozenset({decisive, _UNKNOWN}) if _UNKNOWN in allowed and neutral not in allowed else frozenset({decisive})
        )
        found += [[(part, some)] for part in parts]
    elif _UNKNOWN in allowed and neutral not in allowed:
        rest = frozenset({neutral, _UNKNOWN})
        found += [
            [(part, frozenset({_UNKNOWN})), *((other, rest) for j, other in enumerate(parts) if j != i)]
            for i, part in enumerate(parts)
        ]
    return found


def _base_leaves(condition: Condition, definitions: Mapping[str, Condition]) -> Iterable[FactLeaf]:
    """Every leaf about a fact, those behind definitions included."""
    names = leaned_on((condition,), {name: (part,) for name, part in definitions.items()})
    for part in (condition, *(definitions[name] for name in sorted(names))):
        yield from (leaf for leaf in leaves(part) if not isinstance(leaf, Holds))
