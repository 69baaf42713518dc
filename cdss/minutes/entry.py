"""One entry of the minutes, and what makes it acceptable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches

from cdss.decision import Decision, Standing
from cdss.errors import CdssError
from cdss.minutes.override import OverrideReason

SUGGESTED = frozenset({Standing.RECOMMENDED, Standing.OPTION, Standing.DISPUTED, Standing.CONDITIONAL})
"""The standings that a board can follow without departing: somebody's support surely applies, and no block does."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a board decided, before it is saved.

    ``case_text`` is the case file as it was read and ``document`` the decision document made from it, byte for byte.
    ``condition`` is what the board made its choice depend on; ``corrects`` the number of an older entry.
    """

    case: str
    point: str | None
    on: str
    case_text: str
    document: str
    chosen: tuple[str, ...]
    by: str
    reason: str
    override: OverrideReason | None = None
    condition: str | None = None
    corrects: int | None = None

    @property
    def decision(self) -> Decision:
        """The document, read."""
        return Decision.model_validate_json(self.document)


@dataclass(frozen=True, slots=True)
class Entry:
    """A saved draft with its number, the time at which the database took it in (UTC), and its seal."""

    id: int
    recorded_at: str
    draft: Draft
    seal: str


def draft_of(
    decision: Decision,
    case_text: str,
    chosen: Sequence[str],
    by: str,
    reason: str,
    override: str | None = None,
    condition: str | None = None,
    corrects: int | None = None,
    *,
    therapies: Sequence[str],
) -> Draft:
    """A draft that may be saved. Raises CdssError for what is missing, misspelled or not motivated.

    An override reason is wanted when none of the chosen therapies is among the suggestions of ``decision``.
    """
    if not chosen:
        raise CdssError("name what the board chose (--choose); watchful waiting when it waits")
    for name in chosen:
        if name not in therapies:
            close = get_close_matches(name, therapies, n=1, cutoff=0.6)
            raise CdssError(f"no therapy is called '{name}'" + (f"; did you mean '{close[0]}'?" if close else ""))
    for text, option in ((by, "who decided (--by)"), (reason, "why (--reason)")):
        if not text.strip():
            raise CdssError(f"an entry needs {option}")
    if condition is not None and not condition.strip():
        raise CdssError("--condition is empty; leave it out when the choice depends on nothing")
    if override is not None and override not in list(OverrideReason):
        close = get_close_matches(override, list(OverrideReason), n=1, cutoff=0.6)
        hint = f"; did you mean '{close[0]}'?" if close else f"; there are: {', '.join(OverrideReason)}"
        raise CdssError(f"no override reason is called '{override}'{hint}")
    if override is None and not suggested(decision) & set(chosen):
        raise CdssError(
            "none of the chosen therapies is among the suggestions at this point: say why (--override), one of "
            + ", ".join(OverrideReason)
        )
    return Draft(
        decision.case,
        decision.point,
        decision.on.isoformat(),
        case_text,
        decision.to_json(),
        tuple(dict.fromkeys(chosen)),
        by.strip(),
        reason.strip(),
        OverrideReason(override) if override else None,
        condition.strip() if condition else None,
        corrects,
    )


def suggested(decision: Decision) -> frozenset[str]:
    """The therapies that a board can follow without departing from what was laid out, for any intent."""
    return frozenset(option.therapy for option in decision.options if option.standing in SUGGESTED)


def standing_of(decision: Decision, therapy: str) -> Standing | None:
    """The most open standing of ``therapy`` over its intents; None when nobody speaks of it."""
    found = [option.standing for option in decision.options if option.therapy == therapy]
    return min(found, key=lambda standing: standing.rank, default=None)


def seal_of(before: str, recorded_at: str, draft: Draft) -> str:
    """SHA-256 over the seal of the entry before, the time, and everything the entry says."""
    said = json.dumps([before, recorded_at, asdict(draft)], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
