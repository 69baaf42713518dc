"""What is missing: the facts that settle each open option, those that open it, and the next best test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, product
from math import prod

from cdss.decision import Standing
from cdss.decisive.trial import OPEN, OPENED, Key, Trial
from cdss.engine import Evaluation
from cdss.library import Library
from cdss.rule import Intent
from cdss.values import Value
from cdss.vocabulary import Burden
from cdss.wording import describe_value

MOST_FACTS, MOST_TRIALS = 3, 600
"""How many facts a set may hold, and how many combinations of values are tried for one option."""


@dataclass(frozen=True, slots=True)
class Settles:
    """The smallest set of facts that settles one open option; of equal sets, the lightest to obtain.

    ``always`` is True when every combination of values settles it; otherwise some do. ``outcomes`` are the settled
    standings it can reach, None for an option that nobody would speak of. ``facts`` is empty when no set of at most
    ``MOST_FACTS`` was found to. ``tried_all`` tells whether every set that could have stood in place of ``facts`` was
    tried; otherwise some held more combinations of values than the trials allow. Closing an option often takes one
    fact, opening it many: ``opens`` is a set of which none can be left out, with the values that lead to a favourable
    standing; empty when the search found none.
    """

    therapy: str
    intent: Intent
    standing: Standing
    facts: tuple[str, ...]
    always: bool
    outcomes: tuple[Standing | None, ...]
    tried_all: bool
    opens: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NextTest:
    """A missing fact with the open options that it settles alone: whatever it turns out to be, or by some value."""

    fact: str
    question: str
    burden: Burden
    always: tuple[str, ...]
    sometimes: tuple[str, ...]


def next_tests(evaluation: Evaluation, trial: Trial) -> list[NextTest]:
    """Most options settled for certain first, then most by some value, then the lighter burden."""
    waiting = [key for key, standing in trial.before.items() if standing in OPEN]
    found = []
    for missing in evaluation.decision.missing:
        reached = [after for _, after in trial.alone(missing.fact)]
        if not reached or missing.fact in trial.now:
            continue
        settled = {key: [after.get(key) not in OPEN for after in reached] for key in waiting}
        always = {key[0] for key, each in settled.items() if all(each)}
        sometimes = {key[0] for key, each in settled.items() if any(each)} - always
        if always or sometimes:
            found.append(
                NextTest(
                    missing.fact, missing.question, missing.burden, tuple(sorted(always)), tuple(sorted(sometimes))
                )
            )
    return sorted(found, key=lambda t: (-len(t.always), -len(t.sometimes), t.burden.weight, t.fact))


def settling(evaluation: Evaluation, library: Library) -> Iterator[Settles]:
    """What settles each open option, in the order of the decision."""
    trials: dict[str, Trial] = {}
    for option in evaluation.decision.options:
        if option.standing not in OPEN:
            continue
        if option.therapy not in trials:
            trials[option.therapy] = Trial(evaluation, library, [option.therapy])
        trial, key = trials[option.therapy], (option.therapy, option.intent)
        wanted = [fact for fact in option.missing if trial.values.get(fact)]
        facts, always, outcomes, tried_all = _smallest(trial, key, wanted)
        words = [(fact, describe_value(library.vocabulary.fact(fact), v)) for fact, v in _opening(trial, key, wanted)]
        yield Settles(*key, option.standing, facts, always, outcomes, tried_all, tuple(words))


def _smallest(
    trial: Trial, key: Key, wanted: Iterable[str]
) -> tuple[tuple[str, ...], bool, tuple[Standing | None, ...], bool]:
    """The smallest set, whether it always settles, the standings it reaches, and whether all its rivals were tried."""

    def weight(facts: tuple[str, ...]) -> tuple[int, int, tuple[str, ...]]:
        burdens = (trial.library.vocabulary.fact(fact).burden.weight for fact in facts)
        return len(facts), sum(burdens), facts

    sets = [facts for size in range(1, MOST_FACTS + 1) for facts in combinations(wanted, size)]
    best: tuple[str, ...] = ()
    outcomes: tuple[Standing | None, ...] = ()
    spent, tried_all = 0, True
    for facts in sorted(sets, key=weight):
        if best and len(facts) > len(best):
            break
        cost = prod(len(trial.values[fact]) for fact in facts)
        if spent + cost > MOST_TRIALS:
            tried_all = False
            continue
        spent += cost
        combos = product(*(trial.values[fact] for fact in facts))
        reached = [trial.one(key, dict(zip(facts, values, strict=True)))[0] for values in combos]
        settled = {standing for standing in reached if standing not in OPEN}
        always = len(settled) > 0 and not OPEN & set(reached)
        if settled and (always or not best):
            best, outcomes = facts, tuple(sorted(settled, key=lambda s: s.rank if s else len(Standing)))
            if always:
                return best, True, outcomes, tried_all
    return best, False, outcomes, tried_all


def _opening(trial: Trial, key: Key, wanted: Iterable[str]) -> list[tuple[str, Value]]:
    """Facts with values that open the option, none of them to spare: the best step each time, then what can be left."""
    chosen: dict[str, Value] = {}
    standing, _ = trial.one(key, chosen)
    while standing not in OPENED:
        steps = []
        for fact in wanted:
            for index, value in enumerate(trial.values[fact]) if fact not in chosen else ():
                reached, undecided = trial.one(key, {**chosen, fact: value})
                if reached in OPENED or reached in OPEN:
                    steps.append((reached not in OPENED, undecided, fact, index, reached))
        if not steps:
            return []
        _, _, fact, index, standing = min(steps, key=lambda step: step[:4])
        chosen[fact] = trial.values[fact][index]
    for fact in list(chosen):
        rest = {name: value for name, value in chosen.items() if name != fact}
        if trial.one(key, rest)[0] in OPENED:
            chosen = rest
    return sorted(chosen.items())
