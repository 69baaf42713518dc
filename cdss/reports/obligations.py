"""The coverage of the logic tree as data, and its obligations in plain words: what a test has to show, and where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cdss.examples import DEFINITIONS
from cdss.explain import describe_leaf
from cdss.library import Library
from cdss.logic_coverage.cover import Covered, Found, LogicCoverage, Share, of_nodes, of_verdict, share
from cdss.logic_coverage.subject import Obligation, Subject
from cdss.values import Truth

_RULE = {Truth.YES: "the rule fires", Truth.NO: "the rule is silent", Truth.UNKNOWN: "the rule stays undecided"}
_DEFINITION = {
    Truth.YES: "the definition holds",
    Truth.NO: "the definition does not hold",
    Truth.UNKNOWN: "the definition stays undecided",
}
OVERALL = "overall"


def in_words(subject: Subject, obligation: Obligation, library: Library) -> str:
    """What a test has to show: "'progression: documented' is no and decides"."""
    if obligation.node is None:
        return (_DEFINITION if subject.is_definition else _RULE)[obligation.answer]
    node = subject.tree.nodes[obligation.node]
    what = "" if node.is_leaf else "the group "
    return f"{what}'{describe_leaf(node.condition, library)}' is {obligation.answer.value} and decides"


def name_of(subject: Subject) -> str:
    """The rule or definition, and the version."""
    name = subject.id.removeprefix(f"{DEFINITIONS}.")
    name = f"definition {name}" if subject.is_definition else name
    return f"{name}, from {subject.start}" if subject.start else name


def where(subject: Subject, found: Found) -> str:
    """File and line of the leaf or group."""
    place = subject.place_of(found.obligation)
    return f"{place.file}:{place.line}"


def by_body(coverage: LogicCoverage) -> dict[str, tuple[Covered, ...]]:
    """The rules and definitions of each body, by name, and all of them last."""
    groups: dict[str, list[Covered]] = {}
    for covered in coverage.covered:
        groups.setdefault(covered.subject.body, []).append(covered)
    return {**{body: tuple(groups[body]) for body in sorted(groups)}, OVERALL: coverage.covered}


def shares(covered: Iterable[Covered]) -> dict[str, Share]:
    """Rule coverage for each answer and whole, and MC/DC with unknown."""
    found = tuple(covered)
    return {
        **{answer.value: share(found, of_verdict(answer)) for answer in Truth},
        "rule_coverage": share(found, of_verdict()),
        "mcdc_with_unknown": share(found, of_nodes),
    }


def as_data(coverage: LogicCoverage, library: Library, seconds: float) -> dict[str, Any]:
    """Everything as JSON data."""
    counted = coverage.counted
    return {
        "seconds": round(seconds, 1),
        "tests": {
            "examples": counted.examples,
            "checks": counted.checks,
            "left_out": {"drafts": counted.drafts, "wrong": counted.wrong},
        },
        "totals": {
            body: {
                "versions": len(found),
                **{
                    key: {"of": figure.whole, "covered": figure.part, "percent": figure.rounded}
                    for key, figure in shares(found).items()
                },
            }
            for body, found in by_body(coverage).items()
        },
        "rules": [_subject_data(covered, library) for covered in coverage.covered],
    }


def _subject_data(covered: Covered, library: Library) -> dict[str, Any]:
    subject = covered.subject
    return {
        "id": subject.id,
        "from": subject.start.isoformat() if subject.start else "always",
        "obligations": [
            {
                "says": in_words(subject, found.obligation, library),
                "at": where(subject, found),
                "state": found.state.value,
                "covered_by": found.proof.name if found.proof else None,
                "test_at": str(found.proof.place) if found.proof else None,
            }
            for found in covered.found
        ],
    }
