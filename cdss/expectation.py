"""What a case expects of one decision, held against what was decided: every way in which it falls short, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cdss.case import Expect, ExpectedOption
from cdss.decision import Alert, Decision, Option, Said, Standing
from cdss.engine import Engine, Evaluation
from cdss.errors import CdssError
from cdss.reasons import facts_behind
from cdss.values import Truth

Path = tuple[str | int, ...]
SUGGESTED = (Standing.RECOMMENDED, Standing.OPTION, Standing.CONDITIONAL)
"""Standings that put a therapy in front of the board as possible."""
_APPLIES: Mapping[Truth | None, str] = {
    None: "it is not in force",
    Truth.YES: "it applies to other therapies",
    Truth.NO: "it does not apply",
    Truth.UNKNOWN: "it may apply",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that did not hold: what was expected, what was read, and why.

    ``why`` has one rule a line, each with its answer and the facts behind it. ``path`` is where the expectation stands
    below its block.
    """

    expected: str
    got: str
    why: tuple[str, ...] = ()
    path: Path = ()

    def __str__(self) -> str:
        return f"expected {self.expected}; got {self.got}" + (f" ({'; '.join(self.why)})" if self.why else "")


def failures(decision: Decision, expect: Expect, engine: Engine, asked: Evaluation | None = None) -> Iterator[Failure]:
    """Every way in which ``decision`` falls short of ``expect``. Raises CdssError for a name that does not exist.

    With ``asked``, the evaluation behind the decision, rules that the decision does not show are told as well.
    """
    therapies = engine.library.therapies
    for therapy, wanted in expect.options.items():
        if therapy not in therapies.therapies:
            raise CdssError(f"an expectation names '{therapy}', which is no therapy")
        for rule in (*wanted.rules, *wanted.not_rules):
            if rule not in engine.library.rules:
                raise CdssError(f"an expectation names '{rule}', which is no rule")
        yield from _option(decision, asked, therapy, wanted)
    for index, name in enumerate(expect.not_suggested):
        covered = therapies.covered_by(frozenset({name}))
        if not covered:
            raise CdssError(f"an expectation names '{name}', which is neither a therapy nor a class")
        for option in decision.options:
            if option.therapy in covered and option.standing in SUGGESTED:
                yield Failure(
                    f"{option.therapy} not suggested",
                    f"{option.standing.value} ({option.intent.value})",
                    _voices(option),
                    ("not_suggested", index),
                )
    for name in (*expect.alerts, *expect.no_alerts):
        if name not in engine.alerts:
            raise CdssError(f"an expectation names the alert '{name}', which nothing raises")
    alerts = {alert.alert: alert for alert in decision.alerts}
    for index, (name, severity) in enumerate(expect.alerts.items()):
        alert = alerts.get(name)
        if alert is None:
            yield Failure(f"alert {name}", "no such alert", _silent_alert(asked, name), ("alerts", index))
        elif severity is not None and alert.severity is not severity:
            why = _raised(asked, alert)
            yield Failure(f"alert {name}: {severity.value}", alert.severity.value, why, ("alerts", index))
    for index, name in enumerate(expect.no_alerts):
        if name in alerts:
            yield Failure(f"no alert {name}", "the alert", _raised(asked, alerts[name]), ("no_alerts", index))
    wanted_by_alerts = {item for alert in decision.alerts for item in alert.ask}
    asking = tuple(f"alert {alert.alert} asks for {', '.join(alert.ask)}" for alert in decision.alerts if alert.ask)
    for index, name in enumerate(expect.asks):
        if name not in wanted_by_alerts:
            yield Failure(f"{name} asked for", "not asked for", asking, ("asks", index))
    missing = {item.fact for item in decision.missing}
    for index, name in enumerate(expect.missing):
        if name not in missing:
            yield Failure(
                f"{name} among the missing facts",
                "not missing" if name in decision.facts else "unknown, yet no option waits for it",
                path=("missing", index),
            )
    for name, value in expect.facts.items():
        seen = decision.facts.get(name)
        got = seen.value if seen else "unknown"
        if got != _plain(value):
            yield Failure(
                f"{name} = {_plain(value)}", str(got), (f"from: {seen.from_}",) if seen else (), ("facts", name)
            )


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, bool | str | list | int) or value is None:
        return value
    return float(str(value))


def _option(decision: Decision, asked: Evaluation | None, therapy: str, wanted: ExpectedOption) -> Iterator[Failure]:
    option = decision.option(therapy, wanted.intent)
    got = option.standing.value if option else "silent"
    silent = tuple(_answered(asked, rule) for rule in wanted.rules) or ("nobody speaks of it",)
    why = _voices(option) if option else silent

    def failure(expected: str, got: str, key: str = "", why: tuple[str, ...] = why) -> Failure:
        return Failure(f"{therapy}{expected}", got, why, ("options", therapy, *((key,) if key else ())))

    if wanted.standing and got not in wanted.standing:
        yield failure(f" {' or '.join(wanted.standing)}", got)
    if option is None:
        if not wanted.standing and wanted.model_fields_set - {"intent", "not_rules"}:
            yield failure(" addressed", got)
        return
    if wanted.would_be is not None and option.would_be is not wanted.would_be:
        would_be = option.would_be.value if option.would_be else "nothing else"
        yield failure(f" would be {wanted.would_be.value}", would_be, "would_be")
    for jurisdiction, label in wanted.label.items():
        status = option.label.get(jurisdiction)
        if status is not label:
            rules = tuple(_answered(asked, rule) for rule in option.label_rules.get(jurisdiction, ()))
            printed = status.value if status else "not asked"
            yield failure(f" {label.value} by {jurisdiction}", printed, "label", rules or ("no label may apply",))
    if wanted.unconfirmed is not None and option.unconfirmed is not wanted.unconfirmed:
        yield failure(f" unconfirmed: {wanted.unconfirmed}", str(option.unconfirmed), "unconfirmed")
    if wanted.disagreement is not None and option.disagreement is not wanted.disagreement:
        yield failure(f" disagreement: {wanted.disagreement}", str(option.disagreement), "disagreement")
    for fact in wanted.missing:
        if fact not in option.missing:
            open_rules = tuple(f"{item.rule} lacks {', '.join(item.missing)}" for item in option.settle)
            yield failure(f" waits for {fact}", ", ".join(option.missing) or "nothing", "missing", open_rules)
    said = _said(option)
    for body, stance in wanted.statements.items():
        if not any(s.body == body and s.stance is stance and s.truth is Truth.YES for s in said):
            heard = tuple(_heard(s) for s in said if s.body == body)
            yield failure(f": {body} {stance.value}", f"{body} says otherwise" if heard else "silent", "", heard or why)
    for body, level in wanted.strengths.items():
        printed_levels = [s.strength.level for s in said if s.body == body and s.strength and s.truth is not Truth.NO]
        if level not in printed_levels:
            yield failure(f": {body} prints {level}", ", ".join(printed_levels) or "no strength", "strengths")
    by_rule = {s.rule: s for s in said}
    for rule in wanted.rules:
        heard_rule = by_rule.get(rule)
        if heard_rule is None or heard_rule.truth is not Truth.YES:
            otherwise = heard_rule.truth if heard_rule else Truth.NO
            truth = asked.verdicts.rules.get(rule) if asked else otherwise
            printed = _APPLIES[truth]
            yield failure(f": {rule} applies", printed, "rules", (_answered(asked, rule),))
    for rule in wanted.not_rules:
        if rule in by_rule:
            printed = "it applies" if by_rule[rule].truth is Truth.YES else "it may apply"
            yield failure(f": {rule} is silent", printed, "not_rules", (_heard(by_rule[rule]),))


# ── the reason ───────────────────────────────────────────────────────────────────────────────


def _said(option: Option) -> list[Said]:
    return [*option.statements, *option.cautions, *option.blocks]


def _voices(option: Option) -> tuple[str, ...]:
    """What decides the standing, rule by rule."""
    return tuple(_heard(said) for said in (*option.statements, *option.blocks))


def _heard(said: Said) -> str:
    facts = said.missing if said.truth is Truth.UNKNOWN else said.because
    return _told(f"{said.rule} {said.stance.value}", said.truth, facts)


def _answered(evaluation: Evaluation | None, rule: str) -> str:
    """One rule with its answer and the facts behind it, where they are at hand; names only, never a value."""
    if evaluation is None:
        return rule
    if rule not in evaluation.in_force.versions:
        return f"{rule}: not in force on {evaluation.in_force.as_of}"
    finding = evaluation.finding(rule)
    return _told(rule, finding.truth, sorted(facts_behind(finding)))


def _told(rule: str, truth: Truth, facts: Sequence[str]) -> str:
    link = "lacks" if truth is Truth.UNKNOWN else "from"
    return f"{rule}: {truth.value}" + (f", {link} {', '.join(facts)}" if facts else "")


def _raised(asked: Evaluation | None, alert: Alert) -> tuple[str, ...]:
    """The rule that raises an alert, with its answer; nothing for one that the record raises by itself."""
    return (_answered(asked, alert.rule),) if alert.rule else ()


def _silent_alert(evaluation: Evaluation | None, alert: str) -> tuple[str, ...]:
    """The answers of the rules that would raise an alert."""
    if evaluation is None:
        return ()
    versions = evaluation.in_force.versions
    rules = [rule for rule, version in versions.items() if version.then.alert == alert]
    return tuple(_answered(evaluation, rule) for rule in rules) or ("no rule in force raises it",)
