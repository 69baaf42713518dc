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
    """A rule that speaks of a therapy, with its voice for either verdict that lets it be heard."""

    intent: Intent | None
    sure: Voice
    unsure: Voice

    @classmethod
    def of(cls, rule: Rule, version: Version) -> _Statement:
        stance = version.then.stance
        assert stance is not None
        sure = Voice(rule.id, rule.body, stance, Truth.YES, version.provenance)
        return cls(version.then.intent, sure, replace(sure, truth=Truth.UNKNOWN))

    def voice(self, verdicts: Mapping[str, Truth]) -> Voice | None:
        """What it says of this patient; None when it does not apply."""
        verdict = verdicts[self.sure.rule]
        return self.sure if verdict is Truth.YES else self.unsure if verdict is Truth.UNKNOWN else None


class Scales:
    """The statements in force by therapy, ready to be weighed for any patient."""

    def __init__(self, library: Library, in_force: InForce, therapies: Iterable[str] | None = None) -> None:
        """Only ``therapies`` are weighed when they are named."""
        self._therapies = library.therapies
        self._said: dict[str, list[_Statement]] = {t: [] for t in sorted(therapies or library.therapies.therapies)}
        for rule, version in in_force.versions.items():
            if version.then.kind is Kind.STATEMENT:
                statement = _Statement.of(library.rules[rule], version)
                for therapy in library.rules[rule].therapies:
                    if therapy in self._said:
                        self._said[therapy].append(statement)

    @property
    def rules(self) -> frozenset[str]:
        """The statements that are weighed."""
        return frozenset(statement.sure.rule for said in self._said.values() for statement in said)

    def weigh(self, verdicts: Mapping[str, Truth], facts: Mapping[str, Value]) -> Iterator[Weighed]:
        """Every therapy of which somebody in force speaks, by id and intent. ``verdicts`` are those of the rules."""
        refused = facts.get("declined")
        declined = self._therapies.covered_by(refused.present) if isinstance(refused, Members) else frozenset()
        for therapy, said in self._said.items():
            heard = [(s.intent, voice) for s in said if (voice := s.voice(verdicts)) is not None]
            for intent in _intents(heard):
                voices = [voice for meant, voice in heard if meant is None or meant is intent]
                outcome = combine(voices, declined=therapy in declined)
                if outcome is not None:
                    yield Weighed(therapy, intent, tuple(voice.rule for voice in voices), outcome)


def _intents(heard: Sequence[tuple[Intent | None, Voice]]) -> list[Intent]:
    """The intents for which somebody favours the therapy, perhaps, or surely speaks against it.

    What is said against it for every intent alike is shown once, as against tumour control.
    """
    named = [meant for meant, voice in heard if voice.favoured_or_opposed]
    if any(meant is not None for meant in named):
        return [intent for intent in Intent if intent in named]
    return [Intent.ANTIPROLIFERATIVE] if named else []
