"""What a careful reader would ask about a rule that reads well: warnings, which never fail a check.

Codes start with W. Each check yields Problems; it never prints, and a day to compare with comes from the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any as Data

from cdss.citation import Issued
from cdss.condition import All, Any, Compare, Condition, Not, OneOf, facts_used, leaves
from cdss.coverage import last_version
from cdss.errors import Place, Problem
from cdss.library import Library
from cdss.redundancy import problem_in_condition, repetitions
from cdss.rule import Kind, Rule, Version
from cdss.source import Document
from cdss.spelling import problem_at
from cdss.vocabulary import Fact

STUB = "To be replaced"
"""How every text of a draft begins that nobody has written yet."""
NEVER = date(9999, 1, 1)
"""The first day of a draft: until somebody has read the source it is in force for nobody."""
_FIRST_DAY = "write the first day in force, or always:"
_STALE = timedelta(days=365)
_LONGEST_SAYING = 600
_ASKS = re.compile(r"\b(?:ask|obtain|measure|repeat|record|determine|request|clarify)\b", re.IGNORECASE)
# Only numbers that are compared or measured: "type 3" and "grade 2" are names.
_COMPARED = re.compile(
    r"(?:more than|less than|fewer than|at least|at most|up to|above|below|over|under|from|beyond)\s+(\d+(?:\.\d+)?)\b"
    r"|(?<![\w.-])(\d+(?:\.\d+)?)\s?(?:%|mm\b|cm\b|mL/min\b|g/dL\b)"
)
_TENFOLD = Decimal(10)
_warn = partial(problem_at, key=True)


def advise(library: Library, today: date | None = None) -> list[Problem]:
    """Every warning, sorted by place. What depends on the calendar is looked at only when ``today`` is given."""
    found = [problem for rule in library.rules.values() for problem in _about(rule, library, today)]
    for name, definition in library.definitions.items():
        for _, condition in definition.versions:
            found += _groups_are_needed(condition, library.documents[f"definitions/{name}.yaml"], library)
    for document in library.documents.values():
        found += _drafts_are_finished(document)
    found += _facts_are_used(library)
    found += _addresses_are_safe(library)
    found += repetitions(library)
    return sorted(set(found), key=lambda p: (p.place, p.code, p.message))


def _about(rule: Rule, library: Library, today: date | None) -> Iterator[Problem]:
    document = library.documents[rule.id.replace(".", "/") + ".yaml"]
    yield from _boundaries_are_stepped_over(rule, library, document)
    for start, version in rule.versions:
        if start == NEVER and version is not None:
            yield _warn(document, ("versions", NEVER.isoformat()), "W607", "this day is that of a draft", _FIRST_DAY)
    yield from _confirmations_are_fresh(rule, document, today)
    for start, version in rule.versions:
        if version is None:
            continue
        path: tuple[str | int, ...] = ("always",) if start is None else ("versions", start.isoformat())
        yield from _grades_are_given(rule, version, library, document, path)
        yield from _sources_come_first(version, library, document, path)
        yield from _alerts_ask(version, document, path)
        yield from _sayings_are_short(version, document, path)
        yield from _groups_are_needed(version.condition, document, library)


def _boundaries_are_stepped_over(rule: Rule, library: Library, document: Document) -> Iterator[Problem]:
    """W601 a threshold that no example stands on, or steps over by one."""
    tried: dict[str, set[Decimal]] = {}
    for examples in (rule.examples.fires, rule.examples.silent, rule.examples.undecided):
        for example in examples:
            for name, raw in (example.facts or example.but or {}).items():
                tried.setdefault(name, set()).update(_numbers(raw))
    told: set[Compare] = set()
    for leaf in leaves(last_version(rule).condition):
        if not isinstance(leaf, Compare) or leaf in told:
            continue
        told.add(leaf)
        wanted = _both_sides(leaf, library.vocabulary.facts[leaf.fact])
        lacking = [str(n) for n in wanted if n not in tried.get(leaf.fact, set())]
        if lacking:
            message = f"no example has {leaf.fact} at {' or '.join(lacking)}, beside the threshold"
            remedy = "add an example on the threshold and one a step over it"
            place = leaf.place
            yield problem_in_condition(place, "W601", message, remedy, document)


def _both_sides(leaf: Compare, fact: Fact) -> list[Decimal]:
    """The last number that passes and the first that fails."""
    step = Decimal(1).scaleb(-fact.places)
    over = leaf.bound + (step if leaf.op.value in ("at_most", "more_than") else -step)
    assert fact.range is not None
    return [n for n in sorted((leaf.bound, over)) if fact.range[0] <= n <= fact.range[1]]


def _numbers(raw: Data) -> set[Decimal]:
    """Every number an example gives for a fact."""
    if isinstance(raw, Mapping):
        return {number for part in raw.values() for number in _numbers(part)}
    if isinstance(raw, bool):
        return set()
    if isinstance(raw, int | Decimal):
        return {Decimal(raw)}
    found = re.match(r"\s*(\d+(?:\.\d+)?)", raw) if isinstance(raw, str) else None
    return {Decimal(found[1])} if found else set()


def _grades_are_given(
    rule: Rule, version: Version, library: Library, document: Document, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    """W602 a statement of a body that grades, without its grade."""
    graded = {scale.body for scale in library.scales.scales.values()}
    if version.then.kind is Kind.STATEMENT and version.strength is None and rule.body in graded:
        message = f"{rule.body} grades its statements, and this one has no strength"
        yield _warn(document, path, "W602", message, "write the grade as printed, or level: ungraded (why)")


def _sources_come_first(
    version: Version, library: Library, document: Document, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    """W603 a version that begins before any source it cites was issued."""
    if version.start is None:
        return
    issued = [library.references[cite.ref].issued for cite in version.cites]
    if issued and all(one is not None and _first_day(one) > version.start for one in issued):
        message = f"this version begins before its source was issued ({version.start})"
        yield _warn(document, path, "W603", message, "correct the day, or cite the earlier source")


def _first_day(issued: Issued) -> date:
    year, month, day = (*issued.date_parts[0], 1, 1)[:3]
    return date(year, month, day)


def _alerts_ask(version: Version, document: Document, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """W604 an alert whose words ask for something that it does not list."""
    if version.then.kind is Kind.ALERT and not version.then.ask and _ASKS.search(version.says):
        message = "this alert asks for something in words, and lists nothing under ask"
        yield _warn(document, (*path, "then"), "W604", message, "add ask: [what to obtain]")


def _sayings_are_short(version: Version, document: Document, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """W605 words too long for a screen; W606 words whose numbers are none of the thresholds."""
    if len(version.says) > _LONGEST_SAYING:
        message = f"says has {len(version.says)} characters; a board reads one or two sentences"
        yield _warn(document, (*path, "says"), "W605", message, "keep the statement and its reason; the rest is a note")
    bounds = {leaf.bound for leaf in leaves(version.condition) if isinstance(leaf, Compare)}
    printed = {Decimal(found[1] or found[2]) for found in _COMPARED.finditer(version.says)}
    # A source may measure in centimetres, and print a count beside the threshold: one that agrees is enough.
    if bounds and printed and not {n * unit for n in printed for unit in (1, _TENFOLD)} & bounds:
        shown = ", ".join(str(n) for n in sorted(printed))
        message = f"says prints {shown}, and no condition compares with that"
        yield _warn(document, (*path, "says"), "W606", message, "bring the words and the thresholds together")


def _drafts_are_finished(document: Document) -> Iterator[Problem]:
    """W607 a text that ``rules new`` wrote and nobody has replaced."""
    for path, text in _texts(document.data, ()):
        if text.lstrip().startswith(STUB):
            yield _warn(document, path, "W607", "this text is still the one of the draft", "write your own sentence")


def _texts(data: Data, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _texts(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _texts(value, (*path, index))
    elif isinstance(data, str):
        yield path, data


def _confirmations_are_fresh(rule: Rule, document: Document, today: date | None) -> Iterator[Problem]:
    """W608 a rule last confirmed before its newest version, or, given a day, more than a year before it."""
    checked = document.data.get("checked")
    if not isinstance(checked, Mapping):
        return
    confirmed = date.fromisoformat(str(checked["date"]))
    starts = [start for start, _ in rule.versions if start is not None]
    if starts and confirmed < max(starts):
        message = "the newest version began after this day"
    elif today is not None and today - confirmed > _STALE:
        message = "nobody has confirmed this rule for more than a year"
    else:
        return
    yield _warn(document, ("checked", "date"), "W608", message, "open the source again, and note the day")


def _groups_are_needed(condition: Condition, document: Document, library: Library) -> Iterator[Problem]:
    """W609 a group of one; W610 not not; W611 a list of every value a fact has, which asks only whether it is known."""
    match condition:
        case All(parts) | Any(parts):
            written = _word_at(condition.place, document) in ("all", "any")
            if len(parts) == 1 and written:
                yield problem_in_condition(
                    condition.place, "W609", "a group of one condition", "write the condition alone", document
                )
            for part in parts:
                yield from _groups_are_needed(part, document, library)
        case Not(part):
            if isinstance(part, Not) and _word_at(condition.place, document) == "not":
                yield problem_in_condition(
                    condition.place, "W610", "not of not", "write the condition itself", document
                )
            yield from _groups_are_needed(part, document, library)
        case OneOf(fact, values):
            if set(values) == set(library.vocabulary.facts[fact].values):
                message = f"every value of {fact} is listed, so this asks only whether it is known"
                yield problem_in_condition(
                    condition.place, "W611", message, "leave it out, or name the values meant", document
                )


def _word_at(place: Place, document: Document) -> str:
    line = document.frame(place.line) or ""
    found = re.match(r"\w+", line[place.column - 1 :])
    return found[0] if found else ""


def _facts_are_used(library: Library) -> Iterator[Problem]:
    """W612 a fact about which no rule and no definition asks."""
    conditions = [c for d in library.definitions.values() for _, c in d.versions]
    conditions += [v.condition for rule in library.rules.values() for _, v in rule.versions if v]
    used = {name for condition in conditions for name in facts_used(condition)}
    document = library.documents["vocabulary.yaml"]
    for name, fact in library.vocabulary.facts.items():
        if name not in used and not fact.preference:
            message = f"no rule asks for {name}"
            yield _warn(document, ("facts", name), "W612", message, "use it, or take it out")


def _addresses_are_safe(library: Library) -> Iterator[Problem]:
    """W613 an address without encryption."""
    for name, document in library.documents.items():
        if name.startswith("citations"):
            for index, entry in enumerate(document.data.get("references", [])):
                if str(entry.get("URL", "")).startswith("http://"):
                    path = ("references", index, "URL")
                    yield _warn(
                        document, path, "W613", "this address is not encrypted", "write https:// where it works"
                    )
