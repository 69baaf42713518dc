"""Cases as regression tests: what a case expects, held against what the rules say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from cdss.case import Case, Expect, ExpectedOption
from cdss.consult import Question, consult
from cdss.decision import Decision, Option, Standing
from cdss.engine import Engine
from cdss.errors import CdssError, Place
from cdss.facts.direct import facts_from_mapping
from cdss.values import Truth, Value

SUGGESTED = (Standing.RECOMMENDED, Standing.OPTION, Standing.CONDITIONAL)
"""Standings that put a therapy in front of the board as possible."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that did not hold: what was expected, what was read, and why."""

    expected: str
    got: str
    why: str = ""

    def __str__(self) -> str:
        return f"expected {self.expected}; got {self.got}" + (f" ({self.why})" if self.why else "")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to check: a case at one point, as it is or with something changed."""

    case: str
    name: str
    place: Place
    run: Callable[[], tuple[Failure, ...]]


def checks(case: Case, engine: Engine) -> Iterator[Check]:
    """Every expectation of a case, the variants included, as one check each."""
    for index, expect in enumerate(case.file.expect):
        yield _check(case, engine, expect, f"{expect.at or 'as given'}", ("expect", index), {}, None)
    for number, variant in enumerate(case.file.variants):
        changes = facts_from_mapping(
            variant.but, engine.library.vocabulary, place_of=partial(case.place_under, "variants", number, "but")
        )
        edits: dict[str, Value | None] = {name: changes.get(name) for name in variant.but}
        for index, expect in enumerate(variant.expect):
            title = (
                variant.title
                or ", ".join(f"{name} changed" for name in variant.but)
                or f"time zero {variant.time_zero}"
            )
            path = ("variants", number, "expect", index)
            yield _check(case, engine, expect, f"{title}, {expect.at or 'as given'}", path, edits, variant.time_zero)


def _check(
    case: Case,
    engine: Engine,
    expect: Expect,
    name: str,
    path: tuple[str | int, ...],
    changes: Mapping[str, Value | None],
    time_zero: date | None,
) -> Check:
    as_of = f", knowledge of {expect.as_of}" if expect.as_of else ""

    def run() -> tuple[Failure, ...]:
        question = Question(expect.at, expect.as_of, expect.jurisdictions, changes, time_zero)
        return tuple(failures(consult(engine, case, question).decision, expect, engine))

    return Check(case.id, f"{name}{as_of}", case.place(*path), run)


def failures(decision: Decision, expect: Expect, engine: Engine) -> Iterator[Failure]:
    """Every way in which ``decision`` falls short of ``expect``."""
    therapies = engine.library.therapies
    for therapy, wanted in expect.options.items():
        if therapy not in therapies.therapies:
            raise CdssError(f"an expectation names '{therapy}', which is no therapy")
        for rule in (*wanted.rules, *wanted.not_rules):
            if rule not in engine.library.rules:
                raise CdssError(f"an expectation names '{rule}', which is no rule")
        yield from _option(decision, therapy, wanted)
    for name in expect.not_suggested:
        covered = therapies.covered_by(frozenset({name}))
        if not covered:
            raise CdssError(f"an expectation names '{name}', which is neither a therapy nor a class")
        for option in decision.options:
            if option.therapy in covered and option.standing in SUGGESTED:
                yield Failure(
                    f"{option.therapy} not suggested",
                    f"{option.standing.value} ({option.intent.value})",
                    _voices(option),
                )
    alerts = {alert.alert for alert in decision.alerts}
    for name in expect.alerts:
        if name not in alerts:
            yield Failure(f"alert {name}", "no such alert", "alerts: " + ", ".join(sorted(alerts)))
    for name in expect.no_alerts:
        if name in alerts:
            yield Failure(f"no alert {name}", "the alert")
    asked = {item for alert in decision.alerts for item in alert.ask}
    for name in expect.asks:
        if name not in asked:
            yield Failure(f"{name} asked for", "not asked for")
    missing = {item.fact for item in decision.missing}
    for name in expect.missing:
        if name not in missing:
            yield Failure(
                f"{name} among the missing facts",
                "not missing" if name in decision.facts else "unknown, yet no option waits for it",
            )
    for name, value in expect.facts.items():
        seen = decision.facts.get(name)
        got = seen.value if seen else "unknown"
        if got != _plain(value):
            yield Failure(f"{name} = {_plain(value)}", str(got))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, bool | str | list | int) or value is None:
        return value
    return float(str(value))


def _option(decision: Decision, therapy: str, wanted: ExpectedOption) -> Iterator[Failure]:
    option = decision.option(therapy, wanted.intent)
    got = option.standing.value if option else "silent"
    if wanted.standing and got not in wanted.standing:
        yield Failure(
            f"{therapy} {' or '.join(wanted.standing)}", got, _voices(option) if option else "nobody speaks of it"
        )
    if option is None:
        if not wanted.standing and wanted.model_fields_set - {"intent", "not_rules"}:
            yield Failure(f"{therapy} addressed", got, "nobody speaks of it")
        return
    if wanted.would_be is not None and option.would_be is not wanted.would_be:
        yield Failure(
            f"{therapy} would be {wanted.would_be.value}", option.would_be.value if option.would_be else "nothing else"
        )
    for jurisdiction, label in wanted.label.items():
        status = option.label.get(jurisdiction)
        if status is not label:
            yield Failure(f"{therapy} {label.value} by {jurisdiction}", status.value if status else "not asked")
    if wanted.unconfirmed is not None and option.unconfirmed is not wanted.unconfirmed:
        yield Failure(f"{therapy} unconfirmed: {wanted.unconfirmed}", str(option.unconfirmed))
    if wanted.disagreement is not None and option.disagreement is not wanted.disagreement:
        yield Failure(f"{therapy} disagreement: {wanted.disagreement}", str(option.disagreement))
    for fact in wanted.missing:
        if fact not in option.missing:
            yield Failure(f"{therapy} waits for {fact}", ", ".join(option.missing) or "nothing")
    said = [*option.statements, *option.cautions, *option.blocks]
    for body, stance in wanted.statements.items():
        if not any(s.body == body and s.stance is stance and s.truth is Truth.YES for s in said):
            yield Failure(f"{therapy}: {body} {stance.value}", _voices(option))
    for body, level in wanted.strengths.items():
        printed = [s.strength.level for s in said if s.body == body and s.strength and s.truth is not Truth.NO]
        if level not in printed:
            yield Failure(f"{therapy}: {body} prints {level}", ", ".join(printed) or "no strength")
    surely = {s.rule for s in said if s.truth is Truth.YES}
    for rule in wanted.rules:
        if rule not in surely:
            yield Failure(
                f"{therapy}: {rule} applies",
                "it may apply" if any(s.rule == rule for s in said) else "it does not apply",
            )
    for rule in wanted.not_rules:
        if any(s.rule == rule for s in said):
            yield Failure(f"{therapy}: {rule} is silent", "it applies or may apply")


def _voices(option: Option) -> str:
    said = [*option.statements, *option.blocks]
    return "; ".join(f"{s.rule} {s.stance.value} {s.truth.value}" for s in said)
