"""Why, why not, and what would change it: one therapy opened down to the patient's facts.

Reads the evaluation with its failing trees; the answers are data, the words belong to the reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cdss.backends.plain import PlainBackend
from cdss.citation import Cite
from cdss.condition import All, Any, Compare, Condition, Holds, Includes, Is, Known, Not, OneOf, facts_used, leaves
from cdss.decision import Label, Standing
from cdss.engine import Evaluation
from cdss.library import Library
from cdss.program import Program
from cdss.reasons import Finding, because
from cdss.rule import Intent, Kind, Version
from cdss.values import Interval, Members, Truth, Value
from cdss.vocabulary import Fact
from cdss.vocabulary import Kind as FactKind
from cdss.weigh import Scales
from cdss.wording import describe_value, number_text, unit_word


@dataclass(frozen=True, slots=True)
class LeafSeen:
    """One test, in words, beside what the record says: the value and the day it was observed."""

    fact: str
    test: str
    seen: str | None
    observed: date | None
    truth: Truth
    note: str | None


@dataclass(frozen=True, slots=True)
class RuleWhy:
    """One rule that names the therapy: its verdict and the tests that carry it."""

    rule: str
    title: str
    version: Version
    kind: Kind
    body: str
    truth: Truth
    carried_by: tuple[LeafSeen, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One fact set otherwise, and where the option would then stand. ``standing`` None: nobody speaks of it."""

    fact: str
    label: str
    to: str
    intent: Intent
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything known about one therapy for this patient, with the rules that do not apply as well."""

    therapy: str
    name: str
    standings: tuple[tuple[Intent, Standing], ...]
    labels: tuple[tuple[Intent, str, Label], ...]
    rules: tuple[RuleWhy, ...]
    changes: tuple[Change, ...]


def explain_therapy(evaluation: Evaluation, library: Library, therapy: str) -> Explanation:
    """Open ``therapy`` (an id of the library; KeyError otherwise) for the patient of ``evaluation``."""
    named = library.therapies.therapies[therapy]
    rules = [
        rule for rule, version in evaluation.in_force.versions.items()
        if version.then.kind is not Kind.ALERT and therapy in library.rules[rule].therapies
    ]  # fmt: skip
    options = [o for o in evaluation.decision.options if o.therapy == therapy]
    return Explanation(
        therapy,
        named.name,
        tuple((o.intent, o.standing) for o in options),
        tuple((o.intent, jurisdiction, status) for o in options for jurisdiction, status in o.label.items()),
        tuple(_why(evaluation, library, rule) for rule in rules),
        tuple(_changes(evaluation, library, therapy)),
    )


def _why(evaluation: Evaluation, library: Library, rule: str) -> RuleWhy:
    version = evaluation.in_force.versions[rule]
    finding = evaluation.finding(rule)
    return RuleWhy(
        rule,
        library.rules[rule].title,
        version,
        version.then.kind,
        library.rules[rule].body,
        finding.truth,
        tuple(_leaf_seen(evaluation, library, leaf) for leaf in _merged(because(finding))),
        tuple(_source(library, cite) for cite in version.cites),
    )


def _source(library: Library, cite: Cite) -> str:
    reference = library.references[cite.ref]
    return f"{reference.short}, {cite.at}, {reference.link}"


def _merged(found: tuple[Finding, ...]) -> list[Finding]:
    """The findings, with those about members of one set put together: "include one of"."""
    merged: list[Finding] = []
    together: dict[tuple[str, Truth], int] = {}
    for leaf in found:
        if not isinstance(leaf.condition, Includes):
            merged.append(leaf)
            continue
        key = (leaf.condition.fact, leaf.truth)
        if key not in together:
            together[key] = len(merged)
            merged.append(leaf)
            continue
        first = merged[together[key]]
        parts = first.condition.parts if isinstance(first.condition, Any) else (first.condition,)
        merged[together[key]] = Finding(leaf.truth, Any((*parts, leaf.condition)), leaf.value)
    return merged


def _leaf_seen(evaluation: Evaluation, library: Library, leaf: Finding) -> LeafSeen:
    condition = leaf.condition
    (name,) = facts_used(condition)
    fact = library.vocabulary.fact(name)
    observed = evaluation.sheet.facts.get(name)
    return LeafSeen(
        name,
        describe_leaf(condition, library),
        describe_value(fact, observed.value) if observed else None,
        observed.observed if observed else None,
        leaf.truth,
        condition.note,
    )


_OP_WORD = {"at_most": "at most", "less_than": "less than", "at_least": "at least", "more_than": "more than"}


def describe_leaf(leaf: Condition, library: Library) -> str:
    """A test in words: "highest Ki-67 at most 20 %"."""
    vocabulary = library.vocabulary
    match leaf:
        case Is(fact, bool() as value):
            return f"{vocabulary.fact(fact).label}: {'yes' if value else 'no'}"
        case Is(fact, value):
            return f"{vocabulary.fact(fact).label}: {vocabulary.fact(fact).values.get(str(value), str(value))}"
        case OneOf(fact, values):
            words = [vocabulary.fact(fact).values.get(v, v) for v in values]
            return f"{vocabulary.fact(fact).label}: {' or '.join(words)}"
        case Compare(fact, op, bound):
            unit = unit_word(vocabulary.fact(fact).unit)
            return f"{vocabulary.fact(fact).label} {_OP_WORD[op.value]} {number_text(bound)} {unit}".rstrip()
        case Includes(fact, member):
            return f"{vocabulary.fact(fact).label} include {vocabulary.fact(fact).values.get(member, member)}"
        case Known(fact):
            return f"{vocabulary.fact(fact).label} is known"
        case Holds(name):
            return library.definitions[name].title
        case Not(part):
            return f"not ({describe_leaf(part, library)})"
        case All(parts):
            return " and ".join(_grouped(part, library) for part in parts)
        case Any(parts):
            shared = {part.fact for part in parts if isinstance(part, Includes)}
            if len(shared) == 1 and all(isinstance(part, Includes) for part in parts):
                held = vocabulary.fact(shared.pop())
                words = [held.values.get(part.member, part.member) for part in parts if isinstance(part, Includes)]
                return f"{held.label} include one of: {', '.join(words)}"
            return " or ".join(_grouped(part, library) for part in parts)


def _grouped(part: Condition, library: Library) -> str:
    """A part of a group in words; in brackets when it is a group of several itself."""
    text = describe_leaf(part, library)
    return f"({text})" if isinstance(part, All | Any) and len(part.parts) > 1 else text


_MANY = 4


def _changes(evaluation: Evaluation, library: Library, therapy: str) -> Iterator[Change]:
    """Every single fact whose other value moves the option to another standing, tried one at a time."""
    scales = Scales(library, evaluation.in_force, [therapy])
    program = evaluation.in_force.program
    rules = {rule: program.rules[rule] for rule in sorted(scales.rules)}
    plain = PlainBackend(Program(program.vocabulary, program.strata, rules))

    def standings(facts: Mapping[str, Value]) -> dict[Intent, Standing]:
        return {w.intent: w.outcome.standing for w in scales.weigh(plain.verdicts(facts).rules, facts)}

    now = dict(evaluation.sheet.values)
    before = standings(now)
    for name, candidates in sorted(trial_values(evaluation, sorted(rules), library).items()):
        fact = library.vocabulary.fact(name)
        reached: dict[tuple[Intent, Standing | None], list[int]] = {}
        for index, value in enumerate(candidates):
            if now.get(name) == value:
                continue
            after = standings({**now, name: value})
            for intent in sorted({*before, *after}, key=list(Intent).index):
                if before.get(intent) != after.get(intent):
                    reached.setdefault((intent, after.get(intent)), []).append(index)
        for (intent, standing), indices in reached.items():
            yield Change(name, fact.label, _values_in_words(fact, candidates, indices), intent, standing)


def _values_in_words(fact: Fact, candidates: list[Value], chosen: list[int]) -> str:
    """All the values of one outcome: "slow or moderate", "less than 30 mL/min"; of a set, the nearest one."""
    if fact.type is FactKind.SET:
        return describe_value(fact, candidates[chosen[0]])
    if fact.type is not FactKind.NUMBER:
        rest = [index for index in range(len(candidates)) if index not in chosen]
        if len(chosen) > _MANY and len(rest) < len(chosen):
            return "anything but " + " or ".join(describe_value(fact, candidates[index]) for index in rest)
        return " or ".join(describe_value(fact, candidates[index]) for index in chosen)
    runs: list[list[int]] = []
    for index in chosen:
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return " or ".join(describe_value(fact, _stretch(fact, candidates, run[0], run[-1])) for run in runs)


def _stretch(fact: Fact, candidates: list[Value], first: int, last: int) -> Interval:
    """The numbers from one candidate to another; beyond the outermost ones no threshold lies, so nothing changes."""
    step = Decimal(1).scaleb(-fact.places)
    points = [value.low for value in candidates if isinstance(value, Interval) and value.low is not None]
    # The candidates are a threshold and its two neighbours: a stretch that ends just beside one is named by it.
    thresholds = {p for p in points if p - step in points and p + step in points}
    low, high = points[first], points[last]
    from_below, to_above = first == 0, last == len(points) - 1
    low_open, high_open = low - step in thresholds, high + step in thresholds
    if from_below and to_above:
        assert fact.range is not None
        return Interval(*fact.range)
    return Interval(
        None if from_below else low - step if low_open else low,
        None if to_above else high + step if high_open else high,
        low_open and not from_below,
        high_open and not to_above,
    )


def trial_values(evaluation: Evaluation, rules: list[str], library: Library) -> dict[str, list[Value]]:
    """For each fact the rules mention: values on every side of every threshold, every word, membership both ways."""
    conditions: list[Condition] = [evaluation.in_force.versions[rule].condition for rule in rules]
    tests: dict[str, list[Condition]] = {}
    opened: set[str] = set()
    while conditions:
        for leaf in leaves(conditions.pop()):
            if isinstance(leaf, Holds):
                if leaf.definition not in opened:
                    opened.add(leaf.definition)
                    conditions.append(evaluation.in_force.definitions[leaf.definition])
            else:
                tests.setdefault(leaf.fact, []).append(leaf)
    found: dict[str, list[Value]] = {}
    for name, used in tests.items():
        fact = library.vocabulary.fact(name)
        match fact.type:
            case FactKind.BOOLEAN:
                found[name] = [True, False]
            case FactKind.CATEGORY:
                found[name] = list(fact.values)
            case FactKind.NUMBER:
                step = Decimal(1).scaleb(-fact.places)
                bounds = sorted({leaf.bound for leaf in used if isinstance(leaf, Compare)})
                assert fact.range is not None
                numbers = {b + d for b in bounds for d in (-step, Decimal(0), step)}
                found[name] = [Interval.point(n) for n in sorted(numbers) if fact.range[0] <= n <= fact.range[1]]
            case FactKind.SET:
                current = evaluation.sheet.values.get(name)
                base = current if isinstance(current, Members) else Members()
                members = sorted({leaf.member for leaf in used if isinstance(leaf, Includes)})
                for member in members:
                    with_it = Members(base.present | {member}, base.absent - {member}, base.complete)
                    without = Members(
                        base.present - {member},
                        base.absent | {member} if not base.complete else base.absent,
                        base.complete,
                    )
                    found.setdefault(name, []).extend([with_it, without])
                found.setdefault(name, []).append(Members(base.present, frozenset(), complete=True))
    declined = evaluation.sheet.values.get("declined")
    if isinstance(declined, Members) and declined.present:
        found["declined"] = [Members(complete=True)]
    return found
