"""Verdicts → where every therapy stands: who speaks of it for which intent, put through the combination rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from cdss.combine import Outcome, Voice, combine
from cdss.library import InForce, Library
from cdss.rule import Intent, Kind, Rule, Version
from cdss.values import Members, Truth, Value

_INTENTS = tuple(Intent)


@dataclass(frozen=True, slots=True)
class Weighed:
    """One therapy for one intent: the rules that apply or may apply to it, sorted, and where that leaves it."""

    therapy: str
    intent: Intent
    rules: tuple[str, ...]
    outcome: Outcome


_Heard: TypeAlias = "tuple[Intent | None, Voice]"
"""A voice, and for which intent it is raised; None for every intent alike."""


@dataclass(frozen=True, slots=True)
class _Statement:
    """A rule that speaks of therapies, as it is heard with either verdict that lets it be heard."""

    rule: str
    therapies: tuple[str, ...]
    sure: _Heard
    unsure: _Heard

    @classmethod
    def of(cls, rule: Rule, version: Version, therapies: Iterable[str]) -> _Statement:
        stance, intent = version.then.stance, version.then.intent
        assert stance is not None
        sure = Voice(rule.id, rule.body, stance, Truth.YES, version.provenance)
        return cls(rule.id, tuple(therapies), (intent, sure), (intent, replace(sure, truth=Truth.UNKNOWN)))


class Scales:
    """The statements in force by therapy, ready to be weighed for any patient."""

    def __init__(self, library: Library, in_force: InForce, therapies: Iterable[str] | None = None) -> None:
        """Only ``therapies`` are weighed when they are named."""
        self._register = library.therapies
        self._therapies = dict.fromkeys(sorted(therapies or library.therapies.therapies))
        self._statements: list[_Statement] = []
        for rule, version in in_force.versions.items():
            if version.then.kind is Kind.STATEMENT:
                weighed = [therapy for therapy in library.rules[rule].therapies if therapy in self._therapies]
                if weighed:
                    self._statements.append(_Statement.of(library.rules[rule], version, weighed))

    @property
    def rules(self) -> frozenset[str]:
        """The statements that are weighed."""
        return frozenset(statement.rule for statement in self._statements)

    def weigh(self, verdicts: Mapping[str, Truth], facts: Mapping[str, Value]) -> Iterator[Weighed]:
        """Every therapy of which somebody in force speaks, by id and intent. ``verdicts`` are those of the rules."""
        refused = facts.get("declined")
        declined = self._register.covered_by(refused.present) if isinstance(refused, Members) else frozenset()
        heard_of: dict[str, list[_Heard]] = {therapy: [] for therapy in self._therapies}
        for statement in self._statements:
            verdict = verdicts[statement.rule]
            if verdict is not Truth.NO:
                heard = statement.sure if verdict is Truth.YES else statement.unsure
                for therapy in statement.therapies:
                    heard_of[therapy].append(heard)
        for therapy, all_heard in heard_of.items():
            for intent in _intents(all_heard):
                voices = [voice for meant, voice in all_heard if meant is None or meant is intent]
                outcome = combine(voices, declined=therapy in declined)
                if outcome is not None:
                    yield Weighed(therapy, intent, tuple([voice.rule for voice in voices]), outcome)


def _intents(heard: Sequence[_Heard]) -> list[Intent]:
    """The intents for which somebody favours the therapy, perhaps, or surely speaks against it.

    What is said against it for every intent alike is shown once, as against tumour control.
    """
    named = [meant for meant, voice in heard if voice.favoured_or_opposed]
    intents = [intent for intent in _INTENTS if intent in named]
    return intents or ([Intent.ANTIPROLIFERATIVE] if named else [])
