"""Which nodes of a condition decide in a test: MC/DC by masking, extended to Kleene's third answer.

A node *decides* when the condition would be yes with the node answered one way and no with it answered the other,
everything else left as it is. So it decides exactly when every group above it lets its answer through: the other parts
of an *all* are yes, the other parts of an *any* are no.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from cdss.condition import All, Any, Condition, Includes, Leaf, Not, definitions_used, facts_used, leaves
from cdss.values import Truth

_YES, _NO, _UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
AnswerOf = Callable[[Leaf], Truth]


@dataclass(frozen=True, slots=True)
class Step:
    """A group on the way down to a node, and the parts of it beside that way. ``wanted`` lets the node through."""

    beside: tuple[Condition, ...]
    wanted: Truth


@dataclass(frozen=True, slots=True)
class Node:
    """A leaf, or a group of two parts or more inside the condition. ``way`` leads down to it; numbers follow the text.

    A leaf is what one item asks of one fact, also where it asks for any of several members of a set.
    A *not* and a group of one part say what their part says and are no nodes of their own; nor is the whole condition.
    ``shares_unknown`` is true inside a group that asks about one fact only: the fact is unknown to all of it alike, so
    its being unknown is asked of the group.
    """

    number: int
    condition: Condition
    way: tuple[Step, ...]
    shares_unknown: bool = False

    @property
    def is_leaf(self) -> bool:
        """A leaf, not a group."""
        return is_one_item(self.condition) or not isinstance(self.condition, All | Any)


def nodes_of(condition: Condition) -> tuple[Node, ...]:
    """The nodes of a condition in the order in which they are written, groups before their parts."""
    found: list[Node] = []

    def walk(part: Condition, way: tuple[Step, ...], is_whole: bool, shares: bool) -> None:
        match part:
            case Any() if is_one_item(part):
                found.append(Node(len(found), part, way, shares))
            case All(parts) | Any(parts):
                if len(parts) > 1 and not is_whole:
                    found.append(Node(len(found), part, way, shares))
                shares = shares or (len(parts) > 1 and _asks_one_fact(part))
                wanted = _YES if isinstance(part, All) else _NO
                for index, inner in enumerate(parts):
                    beside = parts[:index] + parts[index + 1 :]
                    step = (Step(beside, wanted),) if beside else ()
                    walk(inner, way + step, is_whole and not beside, shares)
            case Not(inner):
                walk(inner, way, is_whole, shares)
            case _:
                found.append(Node(len(found), part, way, shares))

    walk(condition, (), True, False)
    return tuple(found)


def _leaves(parts: tuple[Condition, ...]) -> Iterator[Leaf]:
    for part in parts:
        yield from leaves(part)


def is_one_item(condition: Condition) -> bool:
    """Whether it is one leaf to whoever wrote it: ``{includes_any: [a, b]}`` or ``{includes_class: c}``."""
    return (
        isinstance(condition, Any)
        and bool(condition.place.file)
        and all(isinstance(part, Includes) and part.place == condition.place for part in condition.parts)
    )


def _asks_one_fact(group: Condition) -> bool:
    return not definitions_used(group) and len(facts_used(group)) == 1


class Tree:
    """A condition taken apart once, to be asked about many tests."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.nodes = nodes_of(condition)
        numbers: Iterator[Node] = iter(self.nodes)
        self._root = self._part(condition, numbers, True)

    def _part(self, condition: Condition, numbers: Iterator[Node], is_whole: bool) -> _Part:
        match condition:
            case Any(parts) if is_one_item(condition):
                item = next(numbers).number
                return _Part(item, None, tuple(_Part(None, part, (), None) for part in _leaves(parts)), _NO)
            case All(parts) | Any(parts):
                number = next(numbers).number if len(parts) > 1 and not is_whole else None
                whole = is_whole and len(parts) == 1
                inside = tuple(self._part(part, numbers, whole) for part in parts)
                return _Part(number, None, inside, _YES if isinstance(condition, All) else _NO)
            case Not(part):
                return _Part(None, None, (self._part(part, numbers, is_whole),), None)
            case _:
                return _Part(next(numbers).number, condition, (), None)

    def read(self, answer_of: AnswerOf) -> tuple[Truth, Mapping[int, Truth]]:
        """What the condition answers, and the nodes that decide, by number, each with its own answer."""
        answers: dict[int, Truth] = {}
        verdict = self._root.answer(answer_of, answers)
        found: dict[int, Truth] = {}
        self._root.descend(answers, found)
        return verdict, found


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """``through`` is the answer with which a part lets its neighbours through: yes in an all, no in an any."""

    number: int | None
    leaf: Leaf | None
    inside: tuple[_Part, ...]
    through: Truth | None

    def answer(self, answer_of: AnswerOf, answers: dict[int, Truth]) -> Truth:
        """The answer of this part; those of all parts are noted by identity."""
        if self.leaf is not None:
            found = answer_of(self.leaf)
        elif self.through is None:
            found = self.inside[0].answer(answer_of, answers).opposite()
        else:
            found = self.through
            for part in self.inside:
                truth = part.answer(answer_of, answers)
                if truth is not self.through and found is not self.through.opposite():
                    found = truth
        answers[id(self)] = found
        return found

    def descend(self, answers: Mapping[int, Truth], found: dict[int, Truth]) -> None:
        """Note this part, which decides, and whichever of its parts do so too."""
        if self.number is not None:
            found[self.number] = answers[id(self)]
        if self.through is None:
            for part in self.inside:
                part.descend(answers, found)
            return
        blocking = [part for part in self.inside if answers[id(part)] is not self.through]
        if not blocking:
            for part in self.inside:
                part.descend(answers, found)
        elif len(blocking) == 1:
            blocking[0].descend(answers, found)
