"""What stands twice, contradicts itself or leads nowhere in a library that reads well.

Codes start with L, and with W where it may be meant. Each check yields Problems; it never prints, and a day to compare
with comes from the caller.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial

from cdss.condition import All, Any, Compare, Condition, Is, Not, OneOf, Op
from cdss.errors import Place, Problem
from cdss.library import Library
from cdss.rule import Example, Rule
from cdss.source import Document
from cdss.spelling import problem_at

_SENTENCE = re.compile(r"[.!?…][\"'”’)\]]*$|:$")
_CODE = re.compile(r"\S+|[A-Z0-9_\-: ]+")
_at = partial(problem_at, key=True)


def redundancies(library: Library, today: date | None = None) -> Iterator[Problem]:
    """What is always wrong, in no order."""
    for rule in library.rules.values():
        document = library.documents[rule.id.replace(".", "/") + ".yaml"]
        yield from _examples_are_given_once(rule, document)
        yield from _reviews_have_a_name(document)
        yield from _confirmations_have_happened(document, today)
        yield from _relations_lead_elsewhere(rule, document)
        for start, version in rule.versions:
            if version is not None:
                path = ("always", "says") if start is None else ("versions", start.isoformat(), "says")
                yield from _messages_are_sentences(version.says, document, path)
                yield from _conditions_are_sound(version.condition, document)
    for name, definition in library.definitions.items():
        for _, condition in definition.versions:
            yield from _conditions_are_sound(condition, library.documents[f"definitions/{name}.yaml"])


def repetitions(library: Library) -> Iterator[Problem]:
    """What stands twice and may be meant, in no order."""
    yield from _rules_are_said_once(library)
    yield from _alerts_have_one_severity(library)


def _rules_are_said_once(library: Library) -> Iterator[Problem]:
    """W614 two rules of one body that say the same of the same therapies on the same condition from the same day."""
    first: dict[object, Rule] = {}
    for rule in library.rules.values():
        for start, version in rule.versions:
            if version is None:
                continue
            said = (rule.body, rule.therapies, start, version.then, version.condition)
            other = first.setdefault(said, rule)
            if other is not rule:
                message = f"{other.id} says the same on the same condition"
                place = library.documents[rule.id.replace(".", "/") + ".yaml"].place(())
                yield Problem(place, "W614", message, "keep one, and cite both sources in it")


def _alerts_have_one_severity(library: Library) -> Iterator[Problem]:
    """W615 one alert with two severities on one day."""
    seen: dict[tuple[str, date | None], tuple[str, Rule]] = {}
    for rule in library.rules.values():
        for start, version in rule.versions:
            if version is None or version.then.alert is None or version.then.severity is None:
                continue
            severity = version.then.severity.value
            before, other = seen.setdefault((version.then.alert, start), (severity, rule))
            if before != severity:
                message = f"the alert '{version.then.alert}' is {before} in {other.id} and {severity} here"
                yield Problem(rule.place, "W615", message, "give the graver one an id of its own")


def _examples_are_given_once(rule: Rule, document: Document) -> Iterator[Problem]:
    """L104 an example that repeats another."""
    first = rule.examples.fires[0].facts if rule.examples.fires else None
    for kind in ("fires", "silent", "undecided"):
        seen: set[str] = set()
        examples: tuple[Example, ...] = getattr(rule.examples, kind)
        for index, example in enumerate(examples):
            facts = {**(first or {}), **example.but} if example.but is not None else example.facts
            told = json.dumps([facts, example.case, str(example.on)], sort_keys=True, default=str)
            if told in seen:
                path = ("examples", kind, index)
                yield _at(document, path, "L104", "this example repeats another", "change it, or take it out")
            seen.add(told)


def _reviews_have_a_name(document: Document) -> Iterator[Problem]:
    """L206 a rule called reviewed that names nobody, or one that names somebody and is called a draft."""
    status, name = document.data.get("status"), document.data.get("reviewed")
    if status == "reviewed" and not name:
        yield _at(document, ("status",), "L206", "called reviewed, and nobody is named", "name the clinician, or draft")
    if status == "draft" and name:
        yield _at(document, ("status",), "L206", "called a draft, and somebody has reviewed it", "remove status")


def _confirmations_have_happened(document: Document, today: date | None) -> Iterator[Problem]:
    """L207 a confirmation dated after today, where today is given."""
    checked = document.data.get("checked")
    if today is not None and isinstance(checked, Mapping) and date.fromisoformat(str(checked["date"])) > today:
        yield _at(document, ("checked", "date"), "L207", "this day has not come yet", "write the day of the reading")


def _relations_lead_elsewhere(rule: Rule, document: Document) -> Iterator[Problem]:
    """L208 a rule related to itself, or twice to another in one way."""
    seen: set[tuple[str, str]] = set()
    for index, related in enumerate(document.data.get("related") or []):
        link = (related["kind"], related["id"])
        if related["id"] == rule.id:
            yield _at(
                document, ("related", index, "id"), "L208", "the rule is related to itself", "name the other rule"
            )
        elif link in seen:
            yield _at(document, ("related", index, "id"), "L208", "this relation is told twice", "keep one")
        seen.add(link)


def _messages_are_sentences(says: str, document: Document, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """L304 words without a full stop, L305 a message that is a code."""
    if _CODE.fullmatch(says):
        yield _at(document, path, "L305", "this message is a code, not a sentence", "say it to a clinician")
    elif not _SENTENCE.search(says):
        yield _at(document, path, "L304", "this sentence has no full stop", "is it whole? end it with a full stop")


def _conditions_are_sound(condition: Condition, document: Document) -> Iterator[Problem]:
    """L501 a condition that stands twice in its group, L502 conditions that can never hold together."""
    match condition:
        case All(parts) | Any(parts):
            for index, part in enumerate(parts):
                if part in parts[:index]:
                    yield problem_in_condition(
                        part.place, "L501", "this condition stands in its group already", "keep one", document
                    )
                yield from _conditions_are_sound(part, document)
            if isinstance(condition, All):
                yield from _contradictions(condition, document)
        case Not(part):
            yield from _conditions_are_sound(part, document)


def _contradictions(condition: All, document: Document) -> Iterator[Problem]:
    """L502, within one conjunction: an empty range, or two values of one fact."""
    lows: dict[str, tuple[Decimal, bool]] = {}
    highs: dict[str, tuple[Decimal, bool]] = {}
    allowed: dict[str, set[bool | str]] = {}
    for part in _flat(condition):
        match part:
            case Compare(fact, op, bound):
                end = (bound, op in (Op.LESS_THAN, Op.MORE_THAN))
                if op in (Op.AT_LEAST, Op.MORE_THAN):
                    lows[fact] = max(lows.get(fact, end), end)
                else:
                    highs[fact] = min(highs.get(fact, end), end, key=lambda one: (one[0], not one[1]))
                empty = fact in lows and fact in highs and _nothing_between(lows[fact], highs[fact])
            case Is(fact, value):
                allowed[fact] = allowed.get(fact, {value}) & {value}
                empty = not allowed[fact]
            case OneOf(fact, values):
                allowed[fact] = allowed.get(fact, set(values)) & set(values)
                empty = not allowed[fact]
            case _:
                continue
        if empty:
            message = f"no {fact} meets this and the conditions before it"
            yield problem_in_condition(part.place, "L502", message, "one of them is wrong, or any: was meant", document)


def _nothing_between(low: tuple[Decimal, bool], high: tuple[Decimal, bool]) -> bool:
    """Whether no number lies between two ends; the second part of each says that the end itself does not count."""
    return low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1]))


def _flat(condition: All) -> Iterator[Condition]:
    for part in condition.parts:
        if isinstance(part, All):
            yield from _flat(part)
        else:
            yield part


def problem_in_condition(place: Place, code: str, message: str, remedy: str, document: Document) -> Problem:
    """A problem with the condition that stands at ``place``."""
    return Problem(place, code, message, remedy, document.frame(place.line))
