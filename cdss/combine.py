"""The one combination rule: what all bodies say about one therapy for one intent → where it stands.

A contraindication outweighs everything, whichever body voices it; nobody's statements are averaged; and what is
unknown holds an option back without ever closing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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

    @property
    def confirmed(self) -> bool:
        """Whether somebody opened a source; a statement from memory is not confirmed."""
        return self.provenance is not Provenance.RECALLED


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
    contraindicated = _surely(voices, Stance.CONTRAINDICATE)
    ineligible = _surely(voices, Stance.INELIGIBLE)
    disagreement = any(v.stance.favours and v.truth is Truth.YES for v in voices) and any(
        v.stance.opposes and v.truth is Truth.YES for v in voices
    )
    if contraindicated:
        return Outcome(Standing.CONTRAINDICATED, None, (), not any(v.confirmed for v in contraindicated), disagreement)
    if ineligible:
        return Outcome(Standing.NOT_INDICATED, None, (), not any(v.confirmed for v in ineligible), disagreement)
    otherwise = _without_refusal(voices, disagreement)
    if declined and otherwise is not None:
        return Outcome(Standing.DECLINED, otherwise.standing, otherwise.open, otherwise.unconfirmed, disagreement)
    return otherwise


def _without_refusal(voices: Sequence[Voice], disagreement: bool) -> Outcome | None:
    """Cases 4 to 8."""
    support = [v for v in voices if v.stance.favours and v.truth is Truth.YES and v.confirmed]
    possible = [v for v in voices if v.stance.favours and v.truth is not Truth.NO]
    avoid = _surely(voices, Stance.AVOID)
    open_blocks = tuple(sorted(v.rule for v in voices if v.stance.opposes and v.truth is Truth.UNKNOWN))
    if support:
        if avoid:
            return Outcome(Standing.DISPUTED, None, open_blocks, False, disagreement)
        reached = Standing.RECOMMENDED if any(_recommends(v) for v in support) else Standing.OPTION
        if open_blocks:
            return Outcome(Standing.CONDITIONAL, reached, open_blocks, False, disagreement)
        return Outcome(reached, None, (), False, disagreement)
    if possible:
        open_support = tuple(v.rule for v in possible if v.truth is Truth.UNKNOWN)
        # Whoever surely favours it here does so from memory: otherwise it would be supported.
        only_recalled = len(open_support) < len(possible) or all(not v.confirmed for v in possible)
        opened = tuple(sorted((*open_support, *open_blocks)))
        return Outcome(Standing.UNDETERMINED, None, opened, only_recalled, disagreement)
    if avoid:
        return Outcome(Standing.ADVISED_AGAINST, None, (), not any(v.confirmed for v in avoid), disagreement)
    return None


def _surely(voices: Sequence[Voice], stance: Stance) -> list[Voice]:
    return [v for v in voices if v.stance is stance and v.truth is Truth.YES]


def _recommends(voice: Voice) -> bool:
    """A guideline's prefer or recommend; a published study alone makes an option, however strong it is."""
    return voice.stance in (Stance.PREFER, Stance.RECOMMEND) and voice.body != _PUBLISHED_STUDIES
