"""One therapy explained: every rule that names it, each test beside the patient's value, and what would change it."""

from __future__ import annotations

from collections import defaultdict

from cdss.decision import Decision, Standing
from cdss.explain import Explanation, LeafSeen, RuleWhy
from cdss.reports.page import Page
from cdss.reports.parts import NOTICE, write_header
from cdss.reports.phrases import LABEL_WORD, PROVENANCE_NOTE, STANCE_WORD, STANDING_WORD, body_name
from cdss.rule import Intent, Kind
from cdss.values import Truth

_ORDER = (
    (Truth.YES, "APPLIES", "these rules speak, and their conditions hold"),
    (Truth.UNKNOWN, "MAY APPLY", "undecided for want of the facts marked ?"),
    (Truth.NO, "DOES NOT APPLY", "each test that fails, with what the record says"),
)
_IS_KNOWN = " is known"
_MARK = {Truth.YES: "✓", Truth.NO: "✗", Truth.UNKNOWN: "?"}


def render_why(decision: Decision, explanation: Explanation, width: int = 100) -> Page:
    """The page for one therapy."""
    page = Page(width)
    write_header(decision, page, unknown=0)
    page.heading(explanation.name.upper())
    if not explanation.standings:
        page.write(
            "not addressed: no rule in force that favours it can apply, and none surely speaks against it", indent=2
        )
    for intent, standing in explanation.standings:
        labels = " · ".join(
            f"{body_name(j)} {LABEL_WORD[status]}"
            for for_intent, j, status in explanation.labels
            if for_intent is intent
        )
        page.write(f"{_intent(intent)}: {STANDING_WORD[standing]}; {labels}", indent=2, hang=4)
    for truth, title, aside in _ORDER:
        rules = [rule for rule in explanation.rules if rule.truth is truth]
        if rules:
            page.heading(title, aside)
            for rule in rules:
                _rule(rule, page)
    _changes(explanation, page)
    page.blank()
    page.write(NOTICE, style="dim")
    return page


def _rule(rule: RuleWhy, page: Page) -> None:
    version = rule.version
    grade = f" {version.strength.level}" if version.strength else ""
    if rule.kind is Kind.LABEL:
        what = "label"
    else:
        assert version.then.stance is not None
        what = STANCE_WORD[version.then.stance]
    intent = f", {_intent(version.then.intent)}" if version.then.intent else ""
    since = f", in force since {version.start}" if version.start else ""
    note = f", {PROVENANCE_NOTE[version.provenance]}" if PROVENANCE_NOTE[version.provenance] else ""
    style = {Truth.YES: "plain", Truth.UNKNOWN: "open", Truth.NO: "dim"}[rule.truth]
    page.write(f"{body_name(rule.body)}{grade} {what}{intent}{since}{note}", indent=2, hang=4, style=style)
    page.write(version.says, indent=4)
    for leaf in rule.carried_by:
        page.write(_leaf(leaf, rule.truth), indent=4, hang=6, style="dim" if rule.truth is Truth.NO else "plain")
    for source in rule.sources:
        page.write(source, indent=4, hang=6, style="dim")
    page.write(f"rule {rule.rule}", indent=4, style="dim")


def _leaf(leaf: LeafSeen, verdict: Truth) -> str:
    """A test beside what is recorded. One that decides the rule by its opposite is a reason of exclusion."""
    seen = "not recorded" if leaf.seen is None else leaf.seen
    when = f", observed {leaf.observed}" if leaf.observed else ""
    note = f" [{leaf.note}]" if leaf.note else ""
    if leaf.test.endswith(_IS_KNOWN):
        known = "is known" if leaf.truth is Truth.YES else "is not known"
        return f"{_MARK[verdict]} {leaf.test.removesuffix(_IS_KNOWN)} {known}{note}"
    turned = {(Truth.NO, Truth.YES): "excluded by ", (Truth.YES, Truth.NO): "free of "}.get((verdict, leaf.truth), "")
    return f"{_MARK[verdict]} {turned}{leaf.test}{note} — recorded: {seen}{when}"


def _changes(explanation: Explanation, page: Page) -> None:
    page.heading("WHAT WOULD CHANGE IT", "one fact at a time, everything else as recorded")
    if not explanation.changes:
        page.write("no single fact would", indent=2)
        return
    grouped: dict[tuple[Intent, Standing | None], list[str]] = defaultdict(list)
    for change in explanation.changes:
        grouped[change.intent, change.standing].append(f"{change.label}: {change.to}")
    for (intent, standing), facts in grouped.items():
        word = STANDING_WORD[standing] if standing else "not addressed"
        page.write(f"{word} ({_intent(intent)}) if", indent=2)
        for fact in facts:
            page.write(f"· {fact}", indent=4, hang=6)


def _intent(intent: Intent) -> str:
    return "for tumour control" if intent is Intent.ANTIPROLIFERATIVE else "for symptoms"
