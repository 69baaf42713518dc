"""A condition tree → every small change to it, each at the place of the condition it touches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cdss.condition import All, Any, Compare, Condition, Holds, Includes, Is, Known, Not, OneOf, Op
from cdss.errors import Place
from cdss.logic_coverage.tree import is_one_item
from cdss.mutation.kinds import Kind
from cdss.therapy import Therapies
from cdss.vocabulary import Vocabulary

Path = tuple[int, ...]
"""The way from the root of a condition to one of its parts: the number of the part at every level."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: the node at ``path`` becomes ``new``, or goes where ``new`` is None. ``what`` says it in words.

    ``word`` is the value concerned where one node has several such changes.
    """

    kind: Kind
    path: Path
    place: Place
    what: str
    old: Condition
    new: Condition | None
    word: str = ""


def edits(condition: Condition, vocabulary: Vocabulary, therapies: Therapies) -> Iterator[Edit]:
    """Every change to the tree, from left to right; always the same ones in the same order."""
    yield from _Editor(vocabulary, therapies).inside(condition, ())


def part_at(condition: Condition, path: Path) -> Condition | None:
    """The node that stands at ``path``; None where the tree has no such part."""
    for index in path:
        parts = parts_of(condition)
        if index >= len(parts):
            return None
        condition = parts[index]
    return condition


def applied(condition: Condition, path: Path, new: Condition | None) -> Condition:
    """The tree with ``new`` at ``path``; with None that part goes, and with it a group or a *not* it leaves empty."""
    found = _applied(condition, path, new)
    return All((), place=condition.place) if found is None else found


def _applied(condition: Condition, path: Path, new: Condition | None) -> Condition | None:
    if not path:
        return new
    index, rest = path[0], path[1:]
    match condition:
        case All(parts) | Any(parts):
            below = _applied(parts[index], rest, new)
            kept = (*parts[:index], *(() if below is None else (below,)), *parts[index + 1 :])
            return replace(condition, parts=kept) if kept else None
        case Not(part):
            below = _applied(part, rest, new)
            return None if below is None else replace(condition, part=below)
    raise ValueError("a leaf has no parts")


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """The parts right below a node; none below a leaf."""
    match condition:
        case All(parts) | Any(parts):
            return parts
        case Not(part):
            return (part,)
    return ()


_BOUNDARY = {
    Op.AT_MOST: Op.LESS_THAN,
    Op.LESS_THAN: Op.AT_MOST,
    Op.AT_LEAST: Op.MORE_THAN,
    Op.MORE_THAN: Op.AT_LEAST,
}
_SIDE = {Op.AT_MOST: Op.AT_LEAST, Op.AT_LEAST: Op.AT_MOST, Op.LESS_THAN: Op.MORE_THAN, Op.MORE_THAN: Op.LESS_THAN}


@dataclass(frozen=True, slots=True)
class _Editor:
    vocabulary: Vocabulary
    therapies: Therapies

    def inside(self, node: Condition, path: Path) -> Iterator[Edit]:
        if isinstance(node, Not):
            yield Edit(Kind.DROP_EXCLUSION, path, node.place, said(node), node, None)
            if _is_test(node.part):
                yield Edit(Kind.NEGATE_LEAF, path, node.part.place, said(node), node, node.part)
                yield from self._tests(node.part, (*path, 0))
            else:
                yield from self.inside(node.part, (*path, 0))
        elif _is_test(node):
            yield Edit(Kind.DROP_LEAF, path, node.place, said(node), node, None)
            yield Edit(Kind.NEGATE_LEAF, path, node.place, said(node), node, Not(node, place=node.place))
            yield from self._tests(node, path)
        elif isinstance(node, All | Any):
            if len(node.parts) > 1 and not _is_range(node):
                yield _swapped(node, path)
            for index, part in enumerate(node.parts):
                yield from self.inside(part, (*path, index))

    def _tests(self, node: Condition, path: Path) -> Iterator[Edit]:
        """The changes of what one test asks for."""
        match node:
            case Compare():
                yield from self._compare(node, path)
            case Is(fact, str() as value):
                other = self._another(fact, (value,), few=3)
                if other is not None:
                    changed = replace(node, value=other)
                    yield Edit(Kind.CHANGE_VALUE, path, node.place, f"{said(node)} → {other}", node, changed)
            case OneOf(fact, values):
                for value, rest in _without_each(values):
                    fewer = replace(node, values=rest)
                    yield Edit(Kind.DROP_MEMBER, path, node.place, f"{fact}: {value} dropped", node, fewer, value)
                more = self._another(fact, values)
                if more is not None:
                    longer = replace(node, values=(*values, more))
                    yield Edit(Kind.ADD_MEMBER, path, node.place, f"{fact}: {more} added", node, longer, more)
            case Includes(fact, member):
                other = self._another(fact, (member,))
                if other is not None:
                    included = replace(node, member=other)
                    yield Edit(Kind.CHANGE_VALUE, path, node.place, f"{said(node)} → {other}", node, included)
            case Any():
                yield from self._set_test(node, path)

    def _compare(self, node: Compare, path: Path) -> Iterator[Edit]:
        for kind, op in ((Kind.BOUNDARY, _BOUNDARY[node.op]), (Kind.SIDE, _SIDE[node.op])):
            yield Edit(kind, path, node.place, f"{said(node)} → {op.value}", node, replace(node, op=op))
        fact = self.vocabulary.fact(node.fact)
        assert fact.range is not None
        step = Decimal(1).scaleb(-fact.places)
        for kind, bound in ((Kind.THRESHOLD_UP, node.bound + step), (Kind.THRESHOLD_DOWN, node.bound - step)):
            if fact.range[0] <= bound <= fact.range[1]:
                yield Edit(kind, path, node.place, f"{said(node)} → {bound}", node, replace(node, bound=bound))

    def _set_test(self, node: Any, path: Path) -> Iterator[Edit]:
        """A set against several members: those of a class are one word in the file, so they change together."""
        tests = [part for part in node.parts if isinstance(part, Includes)]
        members = tuple(test.member for test in tests)
        fact = tests[0].fact
        meant = self._class_of(fact, members)
        if meant is not None:
            other = self._other_class(fact, meant)
            if other is not None:
                swapped = replace(node, parts=tuple(replace(tests[0], member=m) for m in self._members(fact, other)))
                yield Edit(Kind.CHANGE_VALUE, path, node.place, f"{fact} includes {meant} → {other}", node, swapped)
            return
        for member, rest in _without_each(members):
            fewer = replace(node, parts=tuple(replace(tests[0], member=m) for m in rest))
            yield Edit(Kind.DROP_MEMBER, path, node.place, f"{fact}: {member} dropped", node, fewer, member)
        more = self._another(fact, members)
        if more is not None:
            longer = replace(node, parts=(*node.parts, replace(tests[0], member=more)))
            yield Edit(Kind.ADD_MEMBER, path, node.place, f"{fact}: {more} added", node, longer, more)

    def _another(self, fact: str, taken: Sequence[str], *, few: int = 2) -> str | None:
        """The word of the vocabulary that follows the last one taken; None when there are fewer words than ``few``."""
        words = list(self.vocabulary.fact(fact).values)
        start = words.index(taken[-1]) + 1
        found = [word for word in (*words[start:], *words[:start]) if word not in taken]
        return found[0] if found and len(words) >= few else None

    def _members(self, fact: str, name: str) -> list[str]:
        own = {name} & set(self.vocabulary.fact(fact).values)
        return sorted({*self.therapies.of_class(name), *own})

    def _class_of(self, fact: str, members: Sequence[str]) -> str | None:
        if self.vocabulary.fact(fact).values_from is None:
            return None
        return next((c for c in sorted(self.therapies.classes) if self._members(fact, c) == sorted(members)), None)

    def _other_class(self, fact: str, name: str) -> str | None:
        names = sorted(self.therapies.classes)
        start = names.index(name)
        own = self._members(fact, name)
        others = [*names[start + 1 :], *names[:start]]
        return next((c for c in others if self._members(fact, c) not in ([], own)), None)


def _swapped(node: All | Any, path: Path) -> Edit:
    swapped: Condition
    if isinstance(node, All):
        swapped, what = Any(node.parts, node.note, node.place), "all → any"
    else:
        swapped, what = All(node.parts, node.note, node.place), "any → all"
    return Edit(Kind.SWAP_GROUP, path, node.place, f"{what} of {len(node.parts)}", node, swapped)


def _is_test(node: Condition) -> bool:
    """Whether the node is one test of the file: a leaf, or the tests of one set against several members."""
    return is_one_item(node) or not isinstance(node, All | Any | Not)


def _is_range(node: All | Any) -> bool:
    """Two comparisons of one number, which no file can join otherwise."""
    facts = {part.fact for part in node.parts if isinstance(part, Compare)}
    return isinstance(node, All) and len(facts) == 1 and all(isinstance(part, Compare) for part in node.parts)


def _without_each(values: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if len(values) > 1:
        for value in values:
            yield value, tuple(other for other in values if other != value)


def said(node: Condition) -> str:
    """The condition in the words of the file."""
    match node:
        case Is(fact, value):
            return f"{fact}: {str(value).lower() if isinstance(value, bool) else value}"
        case OneOf(fact, values):
            return f"{fact}: [{_listed(values)}]"
        case Compare(fact, op, bound):
            return f"{fact} {op.value} {bound}"
        case Includes(fact, member):
            return f"{fact} includes {member}"
        case Known(fact):
            return f"{fact} known"
        case Holds(definition):
            return f"holds {definition}"
        case Not(part):
            return f"not ({said(part)})"
        case Any(parts) if _is_test(node) and isinstance(parts[0], Includes):
            return f"{parts[0].fact} includes any of [{_listed([p.member for p in parts if isinstance(p, Includes)])}]"
        case All(parts):
            return f"all of {len(parts)}"
        case Any(parts):
            return f"any of {len(parts)}"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) if len(words) <= 4 else f"{', '.join(words[:3])}, and {len(words) - 3} more"
