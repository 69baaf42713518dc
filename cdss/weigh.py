"""Verdicts → where every therapy stands: who speaks of it for which intent, put through the combination rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cdss.combine import Outcome, Voice, combine
from cdss.library import InForce, Library
from cdss.rule import Intent, Kind
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
    rule: str
    body: str
    intent: Intent | None


class Scales:
    """The statements in force by therapy, ready to be weighed for any patient."""

    def __init__(self, library: Library, in_force: InForce, therapies: Iterable[str] | None = None) -> None:
        """Only ``therapies`` are weighed when they are named."""
        self._library = library
        self._versions = in_force.versions
        self._said: dict[str, list[_Statement]] = {t: [] for t in sorted(therapies or library.therapies.therapies)}
        for rule, version in in_force.versions.items():
            if version.then.kind is Kind.STATEMENT:
                named = library.rules[rule]
                for therapy in named.therapies:
                    if therapy in self._said:
                        self._said[therapy].append(_Statement(rule, named.body, version.then.intent))

    @property
    def rules(self) -> frozenset[str]:
        """The statements that are weighed."""
        return frozenset(statement.rule for said in self._said.values() for statement in said)

    def weigh(self, verdicts: Mapping[str, Truth], facts: Mapping[str, Value]) -> Iterator[Weighed]:
        """Every therapy of which somebody in force speaks, by id and intent. ``verdicts`` are those of the rules."""
        refused = facts.get("declined")
        declined = self._library.therapies.covered_by(refused.present) if isinstance(refused, Members) else frozenset()
        for therapy, said in self._said.items():
            heard = [s for s in said if verdicts[s.rule] is not Truth.NO]
            for intent in self._intents(heard, verdicts):
                rules = tuple(s.rule for s in heard if s.intent in (None, intent))
                outcome = combine(self._voices(heard, intent, verdicts), declined=therapy in declined)
                if outcome is not None:
                    yield Weighed(therapy, intent, rules, outcome)

    def _intents(self, heard: Sequence[_Statement], verdicts: Mapping[str, Truth]) -> list[Intent]:
        """The intents for which somebody favours the therapy, perhaps, or surely speaks against it.

        What is said against it for every intent alike is shown once, as against tumour control.
        """
        named = {s.intent for s in heard if s.intent is not None and self._speaks(s.rule, verdicts)}
        if not named and any(s.intent is None and self._speaks(s.rule, verdicts) for s in heard):
            named = {Intent.ANTIPROLIFERATIVE}
        return [intent for intent in Intent if intent in named]

    def _speaks(self, rule: str, verdicts: Mapping[str, Truth]) -> bool:
        stance = self._versions[rule].then.stance
        assert stance is not None
        return stance.favours or (stance.opposes and verdicts[rule] is Truth.YES)

    def _voices(self, heard: Sequence[_Statement], intent: Intent, verdicts: Mapping[str, Truth]) -> list[Voice]:
        found = []
        for statement in heard:
            if statement.intent in (None, intent):
                version = self._versions[statement.rule]
                assert version.then.stance is not None
                found.append(
                    Voice(
                        statement.rule,
                        statement.body,
                        version.then.stance,
                        verdicts[statement.rule],
                        version.provenance,
                    )
                )
        return found
