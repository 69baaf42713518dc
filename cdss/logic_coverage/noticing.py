"""Whether an expectation of a case would notice that one rule had answered otherwise.

An expectation that merely mentions a therapy says nothing of a rule whose answer makes no difference to it. Only what
would make a check fail counts as a test of the rule; where that cannot be told, it does not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cdss.case import Expect, ExpectedOption
from cdss.decision import Label
from cdss.engine import Evaluation
from cdss.expectation import SUGGESTED
from cdss.library import Library
from cdss.rule import Kind, Provenance, Rule, Version
from cdss.values import Truth
from cdss.weigh import Scales, Weighed


@dataclass(slots=True)
class Noticing:
    """Asks expectations about rules; the statements on each therapy are put together once for each day."""

    library: Library
    _scales: dict[tuple[date, str], Scales] = field(default_factory=dict)

    def rules(self, expect: Expect, evaluation: Evaluation) -> list[str]:
        """The rules in force that speak of what the expectation names: a therapy, a class, an alert."""
        therapies = {*expect.options, *self._not_suggested(expect)}
        alerts = {*expect.alerts, *expect.no_alerts}
        found = []
        for rule, version in evaluation.in_force.versions.items():
            if version.then.kind is Kind.ALERT:
                if version.then.alert in alerts or set(version.then.ask) & set(expect.asks):
                    found.append(rule)
            elif therapies & set(self.library.rules[rule].therapies):
                found.append(rule)
        return found

    def notices(self, expect: Expect, evaluation: Evaluation, rule: str, instead: Truth) -> bool:
        """Whether the expectation, which holds, would fail if ``rule`` had answered ``instead``."""
        named, version = self.library.rules[rule], evaluation.in_force.versions[rule]
        match version.then.kind:
            case Kind.ALERT:
                return _alert_missed(expect, evaluation, rule, version, instead)
            case Kind.LABEL:
                return self._label_missed(expect, evaluation, named, version, instead)
            case Kind.STATEMENT:
                return self._statement_missed(expect, evaluation, named, instead)

    def _not_suggested(self, expect: Expect) -> frozenset[str]:
        return self.library.therapies.covered_by(frozenset(expect.not_suggested))

    def _statement_missed(self, expect: Expect, evaluation: Evaluation, rule: Rule, instead: Truth) -> bool:
        verdicts = {**evaluation.verdicts.rules, rule.id: instead}
        excluded = self._not_suggested(expect)
        for therapy in rule.therapies:
            wanted = expect.options.get(therapy)
            if wanted is None and therapy not in excluded:
                continue
            weighed = list(self._weighing(evaluation, therapy).weigh(verdicts, evaluation.sheet.values))
            if therapy in excluded and any(found.outcome.standing in SUGGESTED for found in weighed):
                return True
            if wanted is not None:
                found = next((w for w in weighed if w.intent is wanted.intent), None)
                if not self.stands(wanted, found, evaluation, verdicts):
                    return True
        return False

    def stands(
        self, wanted: ExpectedOption, found: Weighed | None, evaluation: Evaluation, verdicts: Mapping[str, Truth]
    ) -> bool:
        """Whether what is expected of a therapy, its label and missing facts aside, is what was weighed."""
        standing = found.outcome.standing.value if found else "silent"
        if wanted.standing and standing not in wanted.standing:
            return False
        if found is None:
            return bool(wanted.standing) or not wanted.model_fields_set - {"intent", "not_rules"}
        outcome = found.outcome
        if wanted.would_be is not None and outcome.would_be is not wanted.would_be:
            return False
        if wanted.unconfirmed is not None and outcome.unconfirmed is not wanted.unconfirmed:
            return False
        if wanted.disagreement is not None and outcome.disagreement is not wanted.disagreement:
            return False
        versions = evaluation.in_force.versions
        sure = [rule for rule in found.rules if verdicts[rule] is Truth.YES]
        for body, stance in wanted.statements.items():
            if not any(self.library.rules[r].body == body and versions[r].then.stance is stance for r in sure):
                return False
        for body, level in wanted.strengths.items():
            heard = [versions[r].strength for r in found.rules if self.library.rules[r].body == body]
            if level not in [strength.level for strength in heard if strength]:
                return False
        return set(wanted.rules) <= set(sure) and not set(wanted.not_rules) & set(found.rules)

    def _weighing(self, evaluation: Evaluation, therapy: str) -> Scales:
        key = (evaluation.in_force.as_of, therapy)
        if key not in self._scales:
            self._scales[key] = Scales(self.library, evaluation.in_force, [therapy])
        return self._scales[key]

    def _label_missed(
        self, expect: Expect, evaluation: Evaluation, rule: Rule, version: Version, instead: Truth
    ) -> bool:
        """A label that alone carries *on label*, or that *off label* says is none."""
        for therapy in rule.therapies:
            wanted = expect.options.get(therapy)
            if wanted is None or wanted.intent is not version.then.intent:
                continue
            if evaluation.decision.option(therapy, wanted.intent) is None:
                continue  # of a therapy that is no option no label is looked at
            label = wanted.label.get(rule.body)
            if label is Label.OFF_LABEL and instead is not Truth.NO:
                return True
            if label is Label.ON_LABEL and instead is not Truth.YES:
                carrying = [
                    other
                    for other, found in evaluation.in_force.versions.items()
                    if evaluation.verdicts.rules[other] is Truth.YES
                    and found.then.kind is Kind.LABEL
                    and found.then.intent is wanted.intent
                    and not found.then.combined_with
                    and found.provenance is not Provenance.RECALLED
                    and self.library.rules[other].body == rule.body
                    and therapy in self.library.rules[other].therapies
                ]
                if carrying == [rule.id]:
                    return True
        return False


def _alert_missed(expect: Expect, evaluation: Evaluation, rule: str, version: Version, instead: Truth) -> bool:
    """An alert that is expected and that this rule alone gives, or that is expected not to be given."""
    others = [
        found.then
        for other, found in evaluation.in_force.versions.items()
        if other != rule and found.then.kind is Kind.ALERT and evaluation.verdicts.rules[other] is Truth.YES
    ]
    given = {then.alert for then in others} | {alert.id for alert in evaluation.sheet.alerts}
    if instead is Truth.YES:
        return version.then.alert in expect.no_alerts
    if version.then.alert in expect.alerts and version.then.alert not in given:
        return True
    asked = {item for then in others for item in then.ask}
    return any(item in expect.asks and item not in asked for item in version.then.ask)
