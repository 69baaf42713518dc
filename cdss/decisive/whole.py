"""Which data decide: what settles each open option, which test to get next, and which numbers lie close to a threshold.

Everything is tried, not estimated: a fact is given each value on which a rule in force turns, and the options are
weighed again. A fact is tried alone or with others of the same option; what follows from it for other facts is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations, product
from math import prod

from cdss.backends.plain import PlainBackend
from cdss.condition import Compare, Holds, leaves
from cdss.decision import Standing
from cdss.engine import Evaluation
from cdss.explain import trial_values
from cdss.facts.agreement import agreed
from cdss.library import Library
from cdss.measurement import error_of
from cdss.program import Program
from cdss.rule import Intent, Kind
from cdss.values import Interval, Truth, Value
from cdss.vocabulary import Burden
from cdss.weigh import Scales
from cdss.wording import describe_value

OPEN = frozenset({Standing.CONDITIONAL, Standing.UNDETERMINED})
OPENED = frozenset({Standing.RECOMMENDED, Standing.OPTION})
MOST_FACTS, MOST_TRIALS = 3, 600
"""How many facts a set may hold, and how many combinations of values are tried for one option."""

Standings = Mapping[tuple[str, Intent], Standing]


@dataclass(frozen=True, slots=True)
class Settles:
    """The smallest set of facts that settles one open option; of equal sets, the lightest to obtain.

    ``always`` is True when every combination of values settles it; otherwise some do. ``outcomes`` are the settled
    standings it can reach, None for an option that nobody would speak of. ``facts`` is empty when no set of at most
    ``MOST_FACTS`` did within the trials; ``tried_all`` tells whether they were all tried. Closing an option often takes
    one fact, opening it many: ``opens`` is a set of which none can be left out, with the values that lead to a
    favourable standing; empty when the search found none.
    """

    therapy: str
    intent: Intent
    standing: Standing
    facts: tuple[str, ...]
    always: bool
    outcomes: tuple[Standing | None, ...]
    tried_all: bool
    opens: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NextTest:
    """A missing fact with the open options that it settles alone: whatever it turns out to be, or by some value."""

    fact: str
    question: str
    burden: Burden
    always: tuple[str, ...]
    sometimes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """One fact set otherwise, and where it takes one option. None: nobody speaks of it."""

    fact: str
    to: str
    known: bool
    therapy: str
    intent: Intent
    before: Standing | None
    after: Standing | None


@dataclass(frozen=True, slots=True)
class Close:
    """A number that lies within its declared error of a threshold, and what the reading across it would change."""

    fact: str
    recorded: str
    error: str
    threshold: str
    other: str
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Decisive:
    """Everything, the most useful first."""

    next_tests: tuple[NextTest, ...]
    settles: tuple[Settles, ...]
    close: tuple[Close, ...]
    moves: tuple[Move, ...]


def decisive(evaluation: Evaluation, library: Library) -> Decisive:
    """What decides for the patient of ``evaluation``."""
    trial = _Trial(evaluation, library)
    moves = tuple(trial.moves())
    return Decisive(
        tuple(_next_tests(evaluation, library, trial)),
        tuple(_settling(evaluation, library)),
        tuple(_close(evaluation, library, trial)),
        moves,
    )


class _Trial:
    """The options weighed again with other facts; ``therapies`` None means all of them."""

    def __init__(self, evaluation: Evaluation, library: Library, therapies: Iterable[str] | None = None) -> None:
        self._scales = Scales(library, evaluation.in_force, therapies)
        program = evaluation.in_force.program
        rules = {rule: program.rules[rule] for rule in sorted(self._scales.rules)}
        self._plain = PlainBackend(Program(program.vocabulary, program.strata, rules))
        self.library = library
        self.now = dict(evaluation.sheet.values)
        self.before = self.standings({})
        self.values = trial_values(evaluation, sorted(rules), library)
        self._alone: dict[str, list[tuple[Value, Standings]]] = {}

    def standings(self, changes: Mapping[str, Value], facts: Mapping[str, Value] | None = None) -> Standings:
        """Where every option stands with ``changes`` made to the patient's facts, or to ``facts``."""
        seen = {**(self.now if facts is None else facts), **changes}
        verdicts = self._plain.verdicts(seen).rules
        return {(w.therapy, w.intent): w.outcome.standing for w in self._scales.weigh(verdicts, seen)}

    def waiting(self, key: tuple[str, Intent], changes: Mapping[str, Value]) -> tuple[bool, int]:
        """Whether the option is not yet open, and how many rules about it are undecided, with ``changes`` made."""
        seen = {**self.now, **changes}
        verdicts = self._plain.verdicts(seen).rules
        for weighed in self._scales.weigh(verdicts, seen):
            if (weighed.therapy, weighed.intent) == key:
                undecided = sum(verdicts[rule] is Truth.UNKNOWN for rule in weighed.rules)
                return weighed.outcome.standing not in OPENED, undecided
        return True, len(verdicts)

    def alone(self, fact: str) -> list[tuple[Value, Standings]]:
        """The standings for every value of one fact but its own, the others left as they are."""
        if fact not in self._alone:
            values = [value for value in self.values.get(fact, []) if self.now.get(fact) != value]
            self._alone[fact] = [(value, self.standings({fact: value})) for value in values]
        return self._alone[fact]

    def moves(self) -> Iterable[Move]:
        """Every single fact that moves an option, the first value that moves it to each standing."""
        for fact in sorted(self.values):
            told: set[tuple[str, Intent, Standing | None]] = set()
            for value, after in self.alone(fact):
                for move in self.differences(fact, value, after):
                    key = (move.therapy, move.intent, move.after)
                    if key not in told:
                        told.add(key)
                        yield move

    def differences(self, fact: str, value: Value, after: Standings) -> Iterable[Move]:
        """The options that stand elsewhere than now."""
        words = describe_value(self.library.vocabulary.fact(fact), value)
        for key in sorted({*self.before, *after}):
            if self.before.get(key) != after.get(key):
                yield Move(fact, words, fact in self.now, key[0], key[1], self.before.get(key), after.get(key))


def _next_tests(evaluation: Evaluation, library: Library, trial: _Trial) -> list[NextTest]:
    """Most options settled for certain first, then most by some value, then the lighter burden."""
    open_options = {key: standing for key, standing in trial.before.items() if standing in OPEN}
    found = []
    for missing in evaluation.decision.missing:
        reached = [after for _, after in trial.alone(missing.fact)]
        if not reached or missing.fact in trial.now:
            continue
        settled = {key: [after.get(key) not in OPEN for after in reached] for key in open_options}
        always = {key[0] for key, each in settled.items() if all(each)}
        sometimes = {key[0] for key, each in settled.items() if any(each)} - always
        if always or sometimes:
            burden = library.vocabulary.fact(missing.fact).burden
            found.append(
                NextTest(missing.fact, missing.question, burden, tuple(sorted(always)), tuple(sorted(sometimes)))
            )
    return sorted(found, key=lambda t: (-len(t.always), -len(t.sometimes), t.burden.weight, t.fact))


def _settling(evaluation: Evaluation, library: Library) -> Iterable[Settles]:
    for option in evaluation.decision.options:
        if option.standing not in OPEN:
            continue
        trial = _Trial(evaluation, library, [option.therapy])
        key = (option.therapy, option.intent)
        wanted = [fact for fact in option.missing if trial.values.get(fact)]

        def weight(facts: tuple[str, ...]) -> tuple[int, int, tuple[str, ...]]:
            return len(facts), sum(library.vocabulary.fact(fact).burden.weight for fact in facts), facts

        sets = [facts for size in range(1, MOST_FACTS + 1) for facts in combinations(wanted, size)]
        spent, complete, best = 0, True, None
        for facts in sorted(sets, key=weight):
            if best is not None and len(facts) > len(best.facts):
                break
            cost = prod(len(trial.values[fact]) for fact in facts)
            if spent + cost > MOST_TRIALS:
                complete = False
                continue
            spent += cost
            combos = product(*(trial.values[fact] for fact in facts))
            reached = [trial.standings(dict(zip(facts, values, strict=True))).get(key) for values in combos]
            settled = [standing for standing in reached if standing not in OPEN]
            always = len(settled) == len(reached)
            if settled and (best is None or (always and not best.always)):
                outcomes = tuple(sorted(set(settled), key=lambda s: s.rank if s else len(Standing)))
                best = Settles(*key, option.standing, facts, always, outcomes, True)
                if always:
                    break
        found = best or Settles(*key, option.standing, (), False, (), complete)
        words = [(fact, describe_value(library.vocabulary.fact(fact), v)) for fact, v in _opening(trial, key, wanted)]
        yield replace(found, opens=tuple(words))


def _opening(trial: _Trial, key: tuple[str, Intent], wanted: list[str]) -> list[tuple[str, Value]]:
    """Facts with values that open the option, none of them to spare: the best step each time, then what can be left."""

    def reached(facts: Mapping[str, Value]) -> Standing | None:
        return trial.standings(facts).get(key)

    chosen: dict[str, Value] = {}
    while reached(chosen) not in OPENED:
        steps = [
            (trial.waiting(key, {**chosen, fact: value}), fact, index)
            for fact in wanted
            if fact not in chosen
            for index, value in enumerate(trial.values[fact])
            if reached({**chosen, fact: value}) in OPEN | OPENED
        ]
        if not steps:
            return []
        _, fact, index = min(steps)
        chosen[fact] = trial.values[fact][index]
    for fact in list(chosen):
        rest = {name: value for name, value in chosen.items() if name != fact}
        if reached(rest) in OPENED:
            chosen = rest
    return sorted(chosen.items())


def _close(evaluation: Evaluation, library: Library, trial: _Trial) -> Iterable[Close]:
    bounds = _thresholds(evaluation)
    for name in sorted(bounds):
        value, fact = trial.now.get(name), library.vocabulary.fact(name)
        if not isinstance(value, Interval) or not value.is_point or value.low is None or fact.range is None:
            continue
        recorded, step = value.low, Decimal(1).scaleb(-fact.places)
        error = error_of(name, recorded)
        if error is None:
            continue
        for bound in sorted(bounds[name]):
            if abs(bound - recorded) > error:
                continue
            # The threshold itself may belong to either side: the nearest reading that moves something is shown.
            others = (bound, bound + step) if recorded <= bound else (bound, bound - step)
            best: tuple[Decimal, tuple[Move, ...]] | None = None
            for reading in others:
                inside = fact.range[0] <= reading <= fact.range[1] and abs(reading - recorded) <= error + step
                if reading == recorded or not inside:
                    continue
                moves = tuple(_reading(evaluation, library, trial, name, recorded, reading))
                if best is None or (moves and not best[1]):
                    best = reading, moves
            if best is not None:
                words = [describe_value(fact, Interval.point(n)) for n in (recorded, error, bound, best[0])]
                yield Close(name, words[0], words[1], words[2], words[3], best[1])


def _reading(
    evaluation: Evaluation, library: Library, trial: _Trial, name: str, recorded: Decimal, reading: Decimal
) -> Iterable[Move]:
    """What moves when a number is read otherwise; the grade and the other Ki-67 follow where they rest on it."""
    changes: dict[str, Value | None] = {name: Interval.point(reading)}
    if name.startswith("ki67"):
        for other in ("ki67_highest_percent", "ki67_latest_percent"):
            if trial.now.get(other) == Interval.point(recorded):
                changes[other] = Interval.point(reading)
        for grade in ("net_grade_highest", "net_grade_latest"):
            if trial.now.get(grade) == _grade(recorded):
                changes[grade] = _grade(reading)
    sheet = evaluation.sheet.changed(changes, source="another reading")
    facts = agreed(sheet, library.vocabulary, evaluation.decision.on).values
    return trial.differences(name, Interval.point(reading), trial.standings({}, facts))


def _grade(ki67: Decimal) -> Interval:
    """The grade by Ki-67 alone, WHO 2019 for the digestive system."""
    return Interval.point(1 if ki67 < 3 else 2 if ki67 <= 20 else 3)


def _thresholds(evaluation: Evaluation) -> dict[str, set[Decimal]]:
    """For every number, the thresholds of the statements in force, those of their definitions included."""
    force = evaluation.in_force
    conditions = [v.condition for v in force.versions.values() if v.then.kind is Kind.STATEMENT]
    opened: set[str] = set()
    found: dict[str, set[Decimal]] = {}
    while conditions:
        for leaf in leaves(conditions.pop()):
            if isinstance(leaf, Holds) and leaf.definition not in opened:
                opened.add(leaf.definition)
                conditions.append(force.definitions[leaf.definition])
            elif isinstance(leaf, Compare):
                found.setdefault(leaf.fact, set()).add(leaf.bound)
    return found
