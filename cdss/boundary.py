"""Stepping over a limit: one step below a value, the value, one step above it, and the value missing.

A step is the smallest difference that the fact keeps: 0.1 for a clearance with one decimal place, 1 for the ECOG.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cdss.errors import Place, Problem, Problems
from cdss.facts.direct import facts_from_mapping
from cdss.values import Interval, Value
from cdss.vocabulary import Fact, Kind, Vocabulary
from cdss.wording import describe_value

PlaceOf = Callable[[tuple[str | int, ...]], Place]


@dataclass(frozen=True, slots=True)
class Side:
    """One patient about a limit. ``key`` is below, at, above or missing; ``value`` is None where it is missing."""

    key: str
    title: str
    value: Value | None


def sides(over: Mapping[str, Any], vocabulary: Vocabulary, place_of: PlaceOf) -> Iterator[Side]:
    """The four patients about the limit in ``over``, which names one fact and its value.

    Raises Problems for a fact or value that does not exist, has no steps, or has no step on one side. The problems say
    nothing of the value.
    """
    (name,) = over
    limit = facts_from_mapping(over, vocabulary, place_of=place_of).get(name)
    fact = vocabulary.fact(name)
    if fact.type is not Kind.NUMBER:
        raise Problems([Problem(place_of((name,)), "E403", f"{name} is no number: there is no step beside it")])
    if not isinstance(limit, Interval) or limit.low is None or not limit.is_point:
        raise Problems([Problem(place_of((name,)), "E403", f"a step goes over one number of {name}")])
    step = Decimal(1).scaleb(-fact.places)
    for key, title, number in (
        ("below", "one step below", limit.low - step),
        ("at", "at", limit.low),
        ("above", "one step above", limit.low + step),
    ):
        yield Side(key, f"{title} {describe_value(fact, limit)}", _value(fact, number, vocabulary, place_of))
    yield Side("missing", "missing", None)


def _value(fact: Fact, number: Decimal, vocabulary: Vocabulary, place_of: PlaceOf) -> Value:
    written = {fact.name: {"value": number, "unit": fact.unit}}
    return facts_from_mapping(written, vocabulary, place_of=place_of)[fact.name]
