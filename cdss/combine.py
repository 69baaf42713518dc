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


@dataclass(frozen=True, slots=True)
class Voice:
    """One statement as the rule needs it: whose, which stance, how surely it applies, and where it was read."""

    rule: str
    body: str
    stance: Stance
    truth: Truth
    provenance: Provenance
    favours: bool = field(init=False)
    opposes: bool = field(init=False)

    def __post_init__(self) -> None:
        """A voice is heard by many patients: what its stance comes to is looked up once."""
        object.__setattr__(self, "favours", self.stance.favours)
        object.__setattr__(self, "opposes", self.stance.opposes)

    @property
    def confirmed(self) -> bool:
        """Whether somebody opened a source; a statement from memory is not confirmed."""
        return self.provenance is not Provenance.RECALLED

    @property
    def favoured_or_opposed(self) -> bool:
        """Whether it makes the therapy a subject at all: it favours it, perhaps, or surely opposes it."""
        return self.favours or (self.opposes and self.truth is Truth.YES)


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
    sure = [v for v in voices if v.truth is Truth.YES]
    contraindicated = [v for v in sure if v.stance is Stance.CONTRAINDICATE]
    ineligible = [v for v in sure if v.stance is Stance.INELIGIBLE]
    disagreement = any(v.favours for v in sure) and any(v.opposes for v in sure)
    if contraindicated:
        return Outcome(Standing.CONTRAINDICATED, None, (), not any(v.confirmed for v in contraindicated), disagreement)
    if ineligible:
        return Outcome(Standing.NOT_INDICATED, None, (), not any(v.confirmed for v in ineligible), disagreement)
    otherwise = _without_refusal(sure, [v for v in voices if v.truth is Truth.UNKNOWN], disagreement)
    if declined and otherwise is not None:
        return Outcome(Standing.DECLINED, otherwise.standing, otherwise.open, otherwise.unconfirmed, disagreement)
    return otherwise


def _without_refusal(sure: Sequence[Voice], unsure: Sequence[Voice], disagreement: bool) -> Outcome | None:
    """Cases 4 to 8, of voices that surely apply and of those that may."""
    favouring = [v for v in sure if v.favours]
    support = [v for v in favouring if v.confirmed]
    avoid = [v for v in sure if v.stance is Stance.AVOID]
    open_support = [v for v in unsure if v.favours]
    open_blocks = tuple(sorted(v.rule for v in unsure if v.opposes))
    if support:
        if avoid:
            return Outcome(Standing.DISPUTED, None, open_blocks, False, disagreement)
        reached = Standing.RECOMMENDED if any(recommends(v) for v in support) else Standing.OPTION
        if open_blocks:
            return Outcome(Standing.CONDITIONAL, reached, open_blocks, False, disagreement)
        return Outcome(reached, None, (), False, disagreement)
    if favouring or open_support:
        # Whoever surely favours it here does so from memory: otherwise it would be supported.
        only_recalled = bool(favouring) or not any(v.confirmed for v in open_support)
        opened = tuple(sorted((*(v.rule for v in open_support), *open_blocks)))
        return Outcome(Standing.UNDETERMINED, None, opened, only_recalled, disagreement)
    if avoid:
        return Outcome(Standing.ADVISED_AGAINST, None, (), not any(v.confirmed for v in avoid), disagreement)
    return None


def recommends(voice: Voice) -> bool:
    """Whether a voice makes a recommendation: a guideline's prefer or recommend.

    A published study alone makes an option, however strong it is.
    """
    return voice.stance in (Stance.PREFER, Stance.RECOMMEND) and voice.body != _PUBLISHED_STUDIES
