"""How often a board chose what was suggested, in the four classes of Ebben et al. 2022.

Ebben KCWJ et al., "Using guideline-based clinical decision support in oncological multidisciplinary team meetings: a
prospective, multicenter concordance study" (2022, PMC8934031): with enough data, a team's choice is concordant with the
recommendation of a decision tree, conditionally concordant (the team specified a prerequisite) or non-concordant, with
or without a motivation; a case in which data are wanting is counted apart and left out of the proportions.

A decision tree names one therapy and this document names every therapy that somebody supports, so the classes read:

- *non-concordant*: a chosen therapy stands as declined, advised against, not indicated or contraindicated, or nobody
  speaks of it although others are suggested. Motivated means that a coded override reason is recorded.
- *insufficient data*: otherwise, a chosen therapy is conditional or undetermined, or nothing at all is suggested while
  some option waits for facts: no unconditional suggestion could be followed.
- *conditionally concordant*: otherwise, and the board made its choice depend on something.
- *concordant*: otherwise: every chosen therapy is recommended, an option, or disputed (one body supports it).

Kappa compares, option by option in the decidable cases, "suggested" with "chosen". A board chooses one or two of
several suggestions, so kappa lies far below the proportion; options of one patient depend on each other,
so its interval is too narrow. It serves to compare one period or centre with another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cdss.decision import Standing
from cdss.minutes.entry import Entry, standing_of
from cdss.minutes.figures import Figure, kappa, wilson

_SURE = frozenset({Standing.RECOMMENDED, Standing.OPTION, Standing.DISPUTED})
_WAITING = frozenset({Standing.CONDITIONAL, Standing.UNDETERMINED})


class Concordance(StrEnum):
    """The four classes."""

    CONCORDANT = "concordant"
    CONDITIONAL = "conditionally concordant"
    NON_CONCORDANT = "non-concordant"
    INSUFFICIENT = "insufficient data"


DECIDABLE = (Concordance.CONCORDANT, Concordance.CONDITIONAL, Concordance.NON_CONCORDANT)


@dataclass(frozen=True, slots=True)
class Judged:
    """One entry in its class; ``motivated`` matters for the non-concordant ones."""

    id: int
    site: str
    class_: Concordance
    motivated: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The counts of one site, or of all. The shares are of the decidable entries; None when there are none."""

    name: str
    counts: Mapping[Concordance, int]
    unmotivated: int
    shares: Mapping[Concordance, Figure | None]

    @property
    def total(self) -> int:
        """All entries of the group."""
        return sum(self.counts.values())

    @property
    def decidable(self) -> int:
        """Those with enough data."""
        return sum(self.counts[c] for c in DECIDABLE)


@dataclass(frozen=True, slots=True)
class Agreement:
    """The whole finding: all entries, each site, and kappa with the table it was made from."""

    all: Group
    sites: tuple[Group, ...]
    table: tuple[tuple[int, int], tuple[int, int]]
    kappa: Figure | None
    judged: tuple[Judged, ...]


def judge(entry: Entry) -> Judged:
    """The class of one entry."""
    decision = entry.draft.decision
    site = decision.facts.get("primary_site")
    standings = [standing_of(decision, therapy) for therapy in entry.draft.chosen]
    offered = {option.standing for option in decision.options}
    nothing_sure = not offered & _SURE and bool(offered & _WAITING)
    if any(s is not None and s not in _SURE | _WAITING for s in standings) or (None in standings and not nothing_sure):
        found = Concordance.NON_CONCORDANT
    elif nothing_sure or any(s in _WAITING for s in standings):
        found = Concordance.INSUFFICIENT
    else:
        found = Concordance.CONDITIONAL if entry.draft.condition else Concordance.CONCORDANT
    return Judged(entry.id, site.text if site else "site not recorded", found, entry.draft.override is not None)


def concordance_of(entries: Iterable[Entry]) -> Agreement:
    """The classes of all entries, with their intervals. Give the entries that stand, without corrected ones."""
    cells = [[0, 0], [0, 0]]
    judged = []
    for entry in entries:
        one = judge(entry)
        judged.append(one)
        if one.class_ is Concordance.INSUFFICIENT:
            continue
        decision = entry.draft.decision
        named = {option.therapy for option in decision.options} | set(entry.draft.chosen)
        for therapy in named:
            suggested = standing_of(decision, therapy) in _SURE
            cells[not suggested][therapy not in entry.draft.chosen] += 1
    table = ((cells[0][0], cells[0][1]), (cells[1][0], cells[1][1]))
    sites = sorted({one.site for one in judged})
    return Agreement(
        group("all sites", judged),
        tuple(group(site, [one for one in judged if one.site == site]) for site in sites),
        table,
        kappa(table),
        tuple(judged),
    )


def group(name: str, judged: Iterable[Judged]) -> Group:
    """The counts and shares of some entries."""
    members = list(judged)
    counts = {c: sum(one.class_ is c for one in members) for c in Concordance}
    decidable = sum(counts[c] for c in DECIDABLE)
    unmotivated = sum(one.class_ is Concordance.NON_CONCORDANT and not one.motivated for one in members)
    return Group(name, counts, unmotivated, {c: wilson(counts[c], decidable) for c in DECIDABLE})
