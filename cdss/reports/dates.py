"""The same patient by the knowledge of two dates: what moved, and which document or approval moved it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cdss.decision import Decision, Option
from cdss.reports.compare import pairs, standing_text
from cdss.reports.page import Page
from cdss.reports.parts import NOTICE, label_text
from cdss.reports.phrases import STANCE_WORD, body_name, counted
from cdss.rule import Kind, Rule, Version


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule that spoke otherwise on the two dates. ``since`` is None where it was retired without a successor."""

    rule: str
    since: date | None
    text: str


def causes(
    before: Decision, after: Decision, old: Option | None, new: Option | None, rules: Mapping[str, Rule]
) -> Iterator[Cause]:
    """The rules behind a difference: those that are heard on one date only, or in another version."""
    heard_before, heard_after = _heard(old), _heard(new)
    for name in sorted(heard_before | heard_after):
        was, now = rules[name].version_on(before.knowledge.as_of), rules[name].version_on(after.knowledge.as_of)
        if was is now:
            continue
        changed = now or was
        assert changed is not None
        if now is None:
            gone = _retired(rules[name], before.knowledge.as_of, after.knowledge.as_of)
            yield Cause(name, gone, f"{_what(rules[name], changed)} is no longer in force")
        else:
            yield Cause(name, now.start, _what(rules[name], now) + (", in another version before" if was else ""))


def render_dates(before: Decision, after: Decision, rules: Mapping[str, Rule], width: int = 100) -> Page:
    """The options that move with their causes, then the alerts."""
    page = Page(width)
    dates = f"on {before.on}, knowledge of {before.knowledge.as_of} → {after.knowledge.as_of}"
    page.split(str(before.overview.get("patient") or before.case), dates, style="title")
    page.heading("WHAT KNOWLEDGE CHANGED", "the patient is the same on both dates")
    same = 0
    for _, name, old, new in pairs(before, after):
        was, now = standing_text(old), standing_text(new)
        label_was, label_now = label_text(old) if old else "", label_text(new) if new else ""
        found = list(causes(before, after, old, new, rules))
        if was == now and (label_was == label_now or not old or not new):
            same += 1
            continue
        page.labelled(name, f"{was} → {now}" if was != now else was, indent=2, room=34, style="title")
        if old and new and label_was != label_now:
            page.labelled("label", f"{label_was} → {label_now}", indent=4)
        for cause in sorted(found, key=lambda c: (c.since or date.min, c.rule)):
            page.labelled(str(cause.since) if cause.since else "undated", cause.text, indent=4, room=12, style="dim")
    page.blank()
    page.write(f"{counted(same, 'option')} stand as before. {NOTICE}", style="dim")
    return page


def _heard(option: Option | None) -> set[str]:
    if option is None:
        return set()
    said = {s.rule for s in (*option.statements, *option.cautions, *option.blocks)}
    return said | {rule for rules in option.label_rules.values() for rule in rules}


def _retired(rule: Rule, earlier: date, later: date) -> date | None:
    """The day on which a rule that spoke on one date had ended by the other."""
    low, high = sorted((earlier, later))
    return next((start for start, version in rule.versions if version is None and start and low < start <= high), None)


def _what(rule: Rule, version: Version) -> str:
    if version.then.kind is Kind.LABEL:
        return f"{body_name(rule.body)} label: {rule.title}"
    stance = version.then.stance
    strength = f" {version.strength.level}" if version.strength else ""
    return f"{body_name(rule.body)}{strength} {STANCE_WORD[stance] if stance else ''}: {rule.title}"
