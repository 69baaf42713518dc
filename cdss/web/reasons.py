"""An explanation arranged for a page: rules by verdict with tests and sources, and what would change it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from cdss.citation import Reference
from cdss.explain import Explanation, RuleWhy
from cdss.library import Library
from cdss.reports.phrases import PROVENANCE_NOTE, STANCE_WORD, STANDING_WORD, body_name
from cdss.rule import Intent, Kind
from cdss.values import Truth

_ORDER = (
    (Truth.YES, "Applies", "these rules speak, and their conditions hold"),
    (Truth.UNKNOWN, "May apply", "undecided for want of the facts marked ?"),
    (Truth.NO, "Does not apply", "each test that fails, with what the record says"),
)
_MARK = {Truth.YES: "✓", Truth.NO: "✗", Truth.UNKNOWN: "?"}
_TURNED = {(Truth.NO, Truth.YES): "excluded by ", (Truth.YES, Truth.NO): "free of "}


@dataclass(frozen=True, slots=True)
class RuleShown:
    """One rule as the page prints it. A test is its mark, its words, and what is recorded."""

    rule: str
    who: str
    says: str
    tests: tuple[tuple[str, str, str], ...]
    sources: tuple[tuple[str, str], ...]


def rules_by_truth(found: Explanation, library: Library) -> list[tuple[str, str, list[RuleShown]]]:
    """Heading, its meaning, and the rules under it; an empty heading is left out."""
    groups = []
    for truth, title, means in _ORDER:
        rules = [_shown(rule, library) for rule in found.rules if rule.truth is truth]
        if rules:
            groups.append((title, means, rules))
    return groups


def would_change(found: Explanation) -> list[tuple[str, list[str]]]:
    """Where the option would stand, and the single facts that would bring it there."""
    grouped: dict[tuple[Intent, str], list[str]] = defaultdict(list)
    for change in found.changes:
        word = STANDING_WORD[change.standing] if change.standing else "not addressed"
        grouped[change.intent, word].append(f"{change.label}: {change.to}")
    return [(f"{word} ({_intent(intent)})", facts) for (intent, word), facts in grouped.items()]


def address(reference: Reference) -> str:
    """Where a browser finds a source; empty when its address is no web address."""
    if reference.DOI:
        return f"https://doi.org/{reference.DOI}"
    if reference.PMID:
        return f"https://pubmed.ncbi.nlm.nih.gov/{reference.PMID}/"
    return reference.URL if reference.URL and reference.URL.startswith("https://") else ""


def _shown(rule: RuleWhy, library: Library) -> RuleShown:
    version = rule.version
    stance = version.then.stance
    what = "label" if rule.kind is Kind.LABEL or stance is None else STANCE_WORD[stance]
    parts = [f"{body_name(rule.body)}{f' {version.strength.level}' if version.strength else ''} {what}"]
    parts += [_intent(version.then.intent)] if version.then.intent else []
    parts += [f"in force since {version.start}"] if version.start else []
    parts += [PROVENANCE_NOTE[version.provenance]] if PROVENANCE_NOTE[version.provenance] else []
    tests = []
    for leaf in rule.carried_by:
        when = f", observed {leaf.observed}" if leaf.observed else ""
        note = f" [{leaf.note}]" if leaf.note else ""
        words = _TURNED.get((rule.truth, leaf.truth), "") + leaf.test + note
        tests.append((_MARK[rule.truth], words, f"{'not recorded' if leaf.seen is None else leaf.seen}{when}"))
    sources = tuple(
        (text, address(library.references[cite.ref])) for text, cite in zip(rule.sources, version.cites, strict=True)
    )
    return RuleShown(rule.rule, ", ".join(parts), version.says, tuple(tests), sources)


def _intent(intent: Intent) -> str:
    return "for tumour control" if intent is Intent.ANTIPROLIFERATIVE else "for symptoms"
