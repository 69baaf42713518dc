"""What conditions mention of each fact: where they divide a number, and which members of a set they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cdss.condition import Compare, Condition, Includes, leaves
from cdss.proof.number import Cut, cut_of
from cdss.vocabulary import Kind, Vocabulary

PAIRS = (("ki67_latest_percent", "ki67_highest_percent"), ("net_grade_latest", "net_grade_highest"))
"""Facts of which the first never lies above the second."""


def just_below(number: int) -> Cut:
    """The place between a number and all smaller ones."""
    return Decimal(number), 0


def just_above(number: int) -> Cut:
    """The place between a number and all greater ones."""
    return Decimal(number), 1


@dataclass(frozen=True, slots=True)
class Mentions:
    """The cuts of every number and the members of every set that matter; all else cannot be told apart."""

    cuts: Mapping[str, frozenset[Cut]]
    members: Mapping[str, frozenset[str]]


def mentions_of(conditions: Iterable[Condition], vocabulary: Vocabulary) -> Mentions:
    """What the conditions mention, and what the agreement of facts with one another asks for besides."""
    cuts: dict[str, set[Cut]] = {name: set() for name, f in vocabulary.facts.items() if f.type is Kind.NUMBER}
    members: dict[str, set[str]] = {name: set() for name, f in vocabulary.facts.items() if f.type is Kind.SET}
    for condition in conditions:
        for leaf in leaves(condition):
            if isinstance(leaf, Compare):
                cuts[leaf.fact].add(cut_of(leaf)[0])
            elif isinstance(leaf, Includes):
                members[leaf.fact].add(leaf.member)
    for name, more in (
        ("age_years", {just_below(60)}),
        ("ki67_highest_percent", {just_below(3), just_above(20)}),
        ("net_grade_highest", {just_below(2), just_below(3)}),
    ):
        if name in cuts:
            cuts[name] |= more
    for newest, highest in PAIRS:
        if newest in cuts and highest in cuts:
            cuts[newest] |= cuts[highest]
            cuts[highest] |= cuts[newest]
    if "metastatic_sites" in members:
        members["metastatic_sites"] |= set(vocabulary.facts["metastatic_sites"].values)
    if "declined" in members:
        members["declined"] |= set(vocabulary.facts["declined"].values)
    return Mentions(
        {name: frozenset(found) for name, found in cuts.items()},
        {name: frozenset(found) for name, found in members.items()},
    )
