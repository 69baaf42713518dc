"""Verdicts → where every therapy stands: who speaks of it for which intent, put through the combination rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cdss.combine import Outcome, Voice, combine
from cdss.library import InForce, Library
from cdss.rule import Intent, Kind, Rule, Version
from cdss.values import Members, Truth, Value


@dataclass(frozen=True, slots=True)
class Weighed:
    """One therapy for one intent: the rules that apply or may apply to it, sorted, and where that leaves it."""

    therapy: str
    intent: Intent
    rules: tuple[str, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Statement:
    """A rule that speaks of therapies, with its voice for either verdict that lets it be heard."""

    intent: Intent | None
    therapies: tuple[str, ...]
    sure: Voice
    unsure: Voice

    @classmethod
    def of(cls, rule: Rule, version: Version, therapies: Iterable[str]) -> _Statement:
        stance = version.then.stance
        assert stance is not None
        sure = Voice(rule.id, rule.body, stance, Truth.YES, version.provenance)
        return cls(version.then.intent, tuple(therapies), sure, replace(sure, truth=Truth.UNKNOWN))


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
        return frozenset(statement.sure.rule for statement in self._statements)

    def weigh(self, verdicts: Mapping[str, Truth], facts: Mapping[str, Value]) -> Iterator[Weighed]:
        """Every therapy of which somebody in force speaks, by id and intent. ``verdicts`` are those of the rules."""
        refused = facts.get("declined")
        declined = self._register.covered_by(refused.present) if isinstance(refused, Members) else frozenset()
        heard_of: dict[str, list[tuple[Intent | None, Voice]]] = {therapy: [] for therapy in self._therapies}
        for statement in self._statements:
            verdict = verdicts[statement.sure.rule]
            if verdict is not Truth.NO:
                voice = statement.sure if verdict is Truth.YES else statement.unsure
                for therapy in statement.therapies:
                    heard_of[therapy].append((statement.intent, voice))
        for therapy, heard in heard_of.items():
            for intent in _intents(heard):
                voices = [voice for meant, voice in heard if meant is None or meant is intent]
                outcome = combine(voices, declined=therapy in declined)
                if outcome is not None:
                    yield Weighed(therapy, intent, tuple(voice.rule for voice in voices), outcome)


def _intents(heard: Sequence[tuple[Intent | None, Voice]]) -> list[Intent]:
    """The intents for which somebody favours the therapy, perhaps, or surely speaks against it.

    What is said against it for every intent alike is shown once, as against tumour control.
    """
    named = {meant for meant, voice in heard if voice.favoured_or_opposed}
    if named - {None}:
        return [intent for intent in Intent if intent in named]
    return [Intent.ANTIPROLIFERATIVE] if named else []
