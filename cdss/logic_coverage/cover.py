"""Every obligation of every rule with its state: covered and by what, missing and on whom it would show, infeasible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cdss.case import Case
from cdss.engine import Engine
from cdss.errors import CdssError
from cdss.examples import CaseFacts, own_examples
from cdss.facts.direct import facts_from_mapping
from cdss.library import Library
from cdss.logic_coverage.ledger import Ledger, Proof
from cdss.logic_coverage.search import Search, TooLarge
from cdss.logic_coverage.subject import Obligation, Subject, subjects
from cdss.logic_coverage.trials import Counted, take_cases, take_examples
from cdss.values import Truth, Value


class State(StrEnum):
    """What is known of an obligation. ``unsettled`` is one whose search was given up; it counts as missing."""

    COVERED = "covered"
    MISSING = "missing"
    INFEASIBLE = "infeasible"
    UNSETTLED = "unsettled"


@dataclass(frozen=True, slots=True)
class Found:
    """One obligation: the ``proof`` where it is covered, and where it is missing facts on which it would show."""

    obligation: Obligation
    state: State
    proof: Proof | None = None
    facts: Mapping[str, Value] | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Covered:
    """One version of a rule or definition with all its obligations."""

    subject: Subject
    found: tuple[Found, ...]

    @property
    def missing(self) -> tuple[Found, ...]:
        """What no test shows though one could, or though nobody knows whether one could."""
        return tuple(f for f in self.found if f.state in (State.MISSING, State.UNSETTLED))

    @property
    def infeasible(self) -> tuple[Found, ...]:
        """What no test can show."""
        return tuple(f for f in self.found if f.state is State.INFEASIBLE)


@dataclass(frozen=True, slots=True)
class LogicCoverage:
    """All versions of all rules and definitions, by id, and the tests that were taken."""

    covered: tuple[Covered, ...]
    counted: Counted


def logic_coverage(
    library: Library, engine: Engine, cases: Iterable[Case], case_facts: CaseFacts, only: str | None = None
) -> LogicCoverage:
    """What the examples of ``library``, read with its documents, and the ``cases`` cover.

    ``only`` is the id of the one rule or definition to report. Raises CdssError when a case cannot be asked, or when
    nothing has the id.
    """
    everything = subjects(library)
    wanted = [s for s in everything if only is None or s.id == only]
    if not wanted:
        raise CdssError(f"no rule and no definition is called '{only}'")
    ledger = Ledger(library, everything)
    counted = take_examples(ledger, library, case_facts) + take_cases(ledger, engine, cases)
    return LogicCoverage(tuple(_covered(subject, ledger, library) for subject in wanted), counted)


def _covered(subject: Subject, ledger: Ledger, library: Library) -> Covered:
    proofs = {obligation: ledger.proof(subject, obligation) for obligation in subject.obligations}
    searches: list[tuple[date, Search]] = []
    if not all(proofs.values()):
        liked = first_example(subject, library)
        for day in reversed(subject.days):
            behind = ledger.meanings.behind(subject.condition, day)
            searches.append((day, Search.of(subject.condition, behind, library.vocabulary, liked)))
    return Covered(
        subject,
        tuple(
            Found(obligation, State.COVERED, proof) if proof else _sought(subject, obligation, searches)
            for obligation, proof in proofs.items()
        ),
    )


def _sought(subject: Subject, obligation: Obligation, searches: list[tuple[date, Search]]) -> Found:
    """An obligation without a test: one on whom it would show, or the certainty that there is nobody."""
    state = State.INFEASIBLE
    for day, search in searches:
        try:
            facts = sought(subject, obligation, search)
        except TooLarge:
            state = State.UNSETTLED
            continue
        if facts is not None:
            return Found(obligation, State.MISSING, None, facts, day)
    return Found(obligation, state)


def sought(subject: Subject, obligation: Obligation, search: Search) -> dict[str, Value] | None:
    """Facts on which the obligation would show; None when there are none. Raises TooLarge."""
    if obligation.node is None:
        return search.verdict(obligation.answer)
    return search.deciding(subject.tree.nodes[obligation.node], obligation.answer)


def first_example(subject: Subject, library: Library) -> dict[str, Value]:
    """The facts of the first firing example, to which ``but`` refers; none where it gives none."""
    fires = own_examples(library, subject.id).fires
    if not fires or fires[0].facts is None:
        return {}
    try:
        return facts_from_mapping(fires[0].facts, library.vocabulary)
    except CdssError:
        return {}


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many. Without any to cover, all are."""

    part: int
    whole: int

    @property
    def percent(self) -> float:
        """0 to 100."""
        return 100 * self.part / self.whole if self.whole else 100.0

    @property
    def rounded(self) -> float:
        """The percentage to one decimal place, rounded down, so that 100.0 means all."""
        return (1000 * self.part // self.whole) / 10 if self.whole else 100.0

    def __str__(self) -> str:
        return f"{self.rounded:.1f} %"


def share(covered: Iterable[Covered], counts: Callable[[Obligation], bool]) -> Share:
    """Of the obligations that ``counts`` names and that a test can show, those that one shows."""
    states = [f.state for c in covered for f in c.found if counts(f.obligation) and f.state is not State.INFEASIBLE]
    return Share(sum(state is State.COVERED for state in states), len(states))


def of_verdict(answer: Truth | None = None) -> Callable[[Obligation], bool]:
    """The obligations of the verdict, all or those of one answer: rule coverage."""
    return lambda obligation: obligation.node is None and answer in (None, obligation.answer)


def of_nodes(obligation: Obligation) -> bool:
    """The obligations of leaves and groups: MC/DC with unknown."""
    return obligation.node is not None
