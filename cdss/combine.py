"""The one combination rule: what all bodies say about one therapy for one intent → where it stands.

A contraindication outweighs everything, whichever body voices it; nobody's statements are averaged; and what is
unknown holds an option back without ever closing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cdss.decision import Standing
from cdss.rule import Provenance, Stance
from cdss.values import Truth

_PUBLISHED_STUDIES = "evidence"

_OUTWEIGHING = (
    (Stance.CONTRAINDICATE, Standing.CONTRAINDICATED),
    (Stance.INELIGIBLE, Standing.NOT_INDICATED),
)
"""What opposes so that nothing else counts, gravest first, and where it leaves the therapy."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One statement as the rule needs it: whose, which stance, how surely it applies, and where it was read.

    ``favoured_or_opposed``: whether it makes the therapy a subject at all; it favours it, perhaps, or surely opposes
    it.
    """

    rule: str
    body: str
    stance: Stance
    truth: Truth
    provenance: Provenance
    favours: bool = field(init=False)
    opposes: bool = field(init=False)
    sure: bool = field(init=False)
    confirmed: bool = field(init=False)
    favoured_or_opposed: bool = field(init=False)

    def __post_init__(self) -> None:
        """A voice is heard by many patients: what it comes to is looked up once."""
        looked_up = {
            "favours": self.stance.favours,
            "opposes": self.stance.opposes,
            "sure": self.truth is Truth.YES,
            # Somebody opened a source; a statement from memory is not confirmed.
            "confirmed": self.provenance is not Provenance.RECALLED,
        }
        looked_up["favoured_or_opposed"] = looked_up["favours"] or (looked_up["opposes"] and looked_up["sure"])
        for name, value in looked_up.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the therapy stands, what it would be, and the rules that are still open (by id)."""

    standing: Standing
    would_be: Standing | None
    open: tuple[str, ...]
    unconfirmed: bool
    disagreement: bool


def combine(voices: Sequence[Voice], *, declined: bool) -> Outcome | None:
    """The first that matches of the nine cases; None is the ninth, nobody speaks.

    1 contraindicated, 2 not_indicated, 3 declined, 4 disputed, 5 recommended or option, 6 conditional,
    7 undetermined, 8 advised_against. ``declined`` is whether a standing refusal covers the therapy; ``would_be`` is
    then what cases 4 to 8 give without it.
    """
    favouring: list[Voice] = []
    opposing: list[Voice] = []
    may_favour: list[Voice] = []
    may_oppose: list[Voice] = []
    for voice in voices:  # one pass, because every option of every patient comes this way
        if voice.truth is Truth.NO:
            continue
        if voice.favours:
            (favouring if voice.sure else may_favour).append(voice)
        elif voice.opposes:
            (opposing if voice.sure else may_oppose).append(voice)
    disagreement = bool(favouring and opposing)
    for stance, standing in _OUTWEIGHING if opposing else ():
        against = [voice for voice in opposing if voice.stance is stance]
        if against:
            return Outcome(standing, None, (), not any(v.confirmed for v in against), disagreement)
    # What opposes and does not outweigh everything is advice to avoid.
    otherwise = _without_refusal(favouring, opposing, may_favour, may_oppose)
    if declined and otherwise is not None:
        return Outcome(Standing.DECLINED, otherwise.standing, otherwise.open, otherwise.unconfirmed, disagreement)
    return otherwise


def _without_refusal(
    favouring: Sequence[Voice], avoid: Sequence[Voice], may_favour: Sequence[Voice], may_oppose: Sequence[Voice]
) -> Outcome | None:
    """Cases 4 to 8, of voices that surely apply and of those that may."""
    disagreement = bool(favouring and avoid)
    support = [v for v in favouring if v.confirmed]
    open_blocks = tuple(sorted([v.rule for v in may_oppose]))
    if support:
        if avoid:
            return Outcome(Standing.DISPUTED, None, open_blocks, False, disagreement)
        reached = Standing.RECOMMENDED if any(recommends(v) for v in support) else Standing.OPTION
        if open_blocks:
            return Outcome(Standing.CONDITIONAL, reached, open_blocks, False, disagreement)
        return Outcome(reached, None, (), False, disagreement)
    if favouring or may_favour:
        # Whoever surely favours it here does so from memory: otherwise it would be supported.
        only_recalled = bool(favouring) or not any(v.confirmed for v in may_favour)
        opened = tuple(sorted([v.rule for v in (*may_favour, *may_oppose)]))
        return Outcome(Standing.UNDETERMINED, None, opened, only_recalled, disagreement)
    if avoid:
        return Outcome(Standing.ADVISED_AGAINST, None, (), not any(v.confirmed for v in avoid), disagreement)
    return None


def recommends(voice: Voice) -> bool:
    """Whether a voice makes a recommendation: a guideline's prefer or recommend.

    A published study alone makes an option, however strong it is.
    """
    return voice.stance in (Stance.PREFER, Stance.RECOMMEND) and voice.body != _PUBLISHED_STUDIES
