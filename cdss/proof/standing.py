"""Where a therapy stands, as terms: the combination rule over every statement in force about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdss.combine import Voice, recommends
from cdss.decision import Standing
from cdss.proof.door import Term
from cdss.proof.logic import Logic
from cdss.proof.patient import Rails
from cdss.rule import Intent, Stance


@dataclass(frozen=True, slots=True)
class Spoken:
    """A statement in force about the therapy: for which intent, what, and when it applies.

    The truth of ``voice`` is not looked at.
    """

    intent: Intent | None
    voice: Voice
    rails: Rails


def standings(logic: Logic, said: Sequence[Spoken], intent: Intent, declined: Term) -> dict[Standing, Term]:
    """For each standing a term that is true where the therapy has it for ``intent``; none where nobody speaks."""
    voices = [s for s in said if s.intent in (None, intent)]
    every, some = logic.all, logic.any

    def surely(*stances: Stance) -> Term:
        return some([s.rails[0] for s in voices if s.voice.stance in stances])

    def unsure(spoken: Spoken) -> Term:
        return every([-spoken.rails[0], -spoken.rails[1]])

    favourable = [s for s in voices if s.voice.stance.favours]
    opposing = [s for s in voices if s.voice.stance.opposes]
    contraindicated, ineligible = surely(Stance.CONTRAINDICATE), surely(Stance.INELIGIBLE)
    avoid = surely(Stance.AVOID)
    support = some([s.rails[0] for s in favourable if s.voice.confirmed])
    strong = some([s.rails[0] for s in favourable if s.voice.confirmed and recommends(s.voice)])
    possible = some([-s.rails[1] for s in favourable])
    clear = every([s.rails[1] for s in opposing])
    blocked_perhaps = some([unsure(s) for s in opposing])
    spoken_of = _subject(logic, said, intent)
    kept = every([spoken_of, -contraindicated, -ineligible])
    free = every([kept, -declined])
    supported = every([free, support])
    unsupported = every([free, -support])
    return {
        Standing.CONTRAINDICATED: every([spoken_of, contraindicated]),
        Standing.NOT_INDICATED: every([spoken_of, -contraindicated, ineligible]),
        Standing.DECLINED: every([kept, declined, some([support, possible, avoid])]),
        Standing.DISPUTED: every([supported, avoid]),
        Standing.RECOMMENDED: every([supported, clear, strong]),
        Standing.OPTION: every([supported, clear, -strong]),
        Standing.CONDITIONAL: every([supported, -avoid, blocked_perhaps]),
        Standing.UNDETERMINED: every([unsupported, possible]),
        Standing.ADVISED_AGAINST: every([unsupported, -possible, avoid]),
    }


def _subject(logic: Logic, said: Sequence[Spoken], intent: Intent) -> Term:
    """True where the therapy is weighed for this intent at all."""

    def named(meant: Intent | None) -> Term:
        favoured = [-s.rails[1] for s in said if s.intent is meant and s.voice.stance.favours]
        opposed = [s.rails[0] for s in said if s.intent is meant and s.voice.stance.opposes]
        return logic.any([*favoured, *opposed])

    if intent is not Intent.ANTIPROLIFERATIVE:
        return named(intent)
    others = [-named(other) for other in Intent if other is not intent]
    return logic.any([named(intent), logic.all([named(None), *others])])
