"""Why a condition came out as it did: the reason tree, what carries its verdict, and what it still lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdss.condition import All, Any, Condition, Holds, Not
from cdss.values import Truth, Value


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition with its answer.

    ``value`` is what the patient's fact holds, for a leaf over a fact; None when the fact is unknown, and for every
    other node. ``children`` are the parts of a group; the one child of ``Holds`` is the definition's own finding.
    """

    truth: Truth
    condition: Condition
    value: Value | None = None
    children: tuple[Finding, ...] = ()


def because(finding: Finding) -> tuple[Finding, ...]:
    """The leaves over facts that carry the verdict, in the order in which they are written, each once.

    Of a group these come from the parts that suffice for its answer: every part of an *all* that holds, the parts
    that fail of one that fails, the unknown parts of one that is unknown; for *any* the other way round. Empty when
    the verdict needs no fact.
    """
    return tuple(dict.fromkeys(_carriers(finding)))


def facts_behind(finding: Finding) -> frozenset[str]:
    """The facts of those leaves. Of an unknown answer these are the facts it lacks, or knows too vaguely."""
    return frozenset(_fact(leaf) for leaf in _carriers(finding))


def missing(finding: Finding) -> tuple[str, ...]:
    """The facts, sorted, whose being unknown (or too vague) leaves the condition undecided; empty once decided."""
    return tuple(sorted(facts_behind(finding))) if finding.truth is Truth.UNKNOWN else ()


def _carriers(finding: Finding) -> Iterator[Finding]:
    match finding.condition:
        case All() | Any():
            for child in finding.children:
                if child.truth is finding.truth:
                    yield from _carriers(child)
        case Not() | Holds():
            for child in finding.children:
                yield from _carriers(child)
        case _:
            yield finding


def _fact(leaf: Finding) -> str:
    condition = leaf.condition
    if isinstance(condition, All | Any | Not | Holds):
        raise TypeError("not a leaf over a fact")
    return condition.fact
