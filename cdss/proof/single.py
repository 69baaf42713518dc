"""Questions about one rule: can it fire, does every condition matter, is it there on every day of its history?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from cdss.condition import All, Any, Condition, Leaf, Not
from cdss.errors import CdssError
from cdss.explain import describe_leaf
from cdss.proof.answer import Answer, Asked, Witness
from cdss.proof.world import Calendar
from cdss.rule import Rule


def reach(calendar: Calendar, rules: Iterable[str]) -> Answer:
    """Can each version of each rule fire, for a patient whose facts agree?"""
    asked, found = 0, []
    declared = {one.rule: one.because for one in calendar.library.claims.declared.unreachable}
    for name in rules:
        for start, version in calendar.library.rules[name].versions:
            if version is None:
                continue
            asked += 1
            book = calendar.book_of(name, start)
            world = calendar.world([version.condition])
            if not world.logic.possible(world.agreeing, world.rule(name, version, book)[0]):
                says = f"{name} ({start or 'always'}) can fire for no patient."
                found.append(Witness(Asked.REACH, name, says, declared=declared.get(name), rules=(name,)))
    return Answer(Asked.REACH, asked, tuple(found))


def redundant(calendar: Calendar, rules: Iterable[str]) -> Answer:
    """Does each condition of each rule change the answer for somebody, contradicting facts included?"""
    asked, found = 0, []
    declared = {(one.rule, one.fact): one.because for one in calendar.library.claims.declared.redundant}
    for name in rules:
        for start, version in calendar.library.rules[name].versions:
            if version is None:
                continue
            book = calendar.book_of(name, start)
            world = calendar.world([version.condition])
            logic = world.logic
            yes, no = world.rule(name, version, book)
            for leaf, rest in _without_one(version.condition):
                asked += 1
                fewer_yes, fewer_no = world.terms.of(rest, book.definitions)
                if logic.possible(logic.any([logic.differ(yes, fewer_yes), logic.differ(no, fewer_no)])):
                    continue
                fact = getattr(leaf, "fact", None) or getattr(leaf, "definition", None)
                words = describe_leaf(leaf, calendar.library)
                says = f"{name} ({start or 'always'}), {leaf.place}: '{words}' can be left out: it changes no answer."
                reason = declared.get((name, fact)) or declared.get((name, None))
                found.append(Witness(Asked.REDUNDANT, name, says, declared=reason, rules=(name,)))
    return Answer(Asked.REDUNDANT, asked, tuple(found))


def _without_one(condition: Condition) -> Iterator[tuple[Leaf, Condition]]:
    """Each leaf, and the condition without it; a group left empty goes with it."""
    for leaf, rest in _dropped(condition):
        yield leaf, All(()) if rest is None else rest


def _dropped(condition: Condition) -> Iterator[tuple[Leaf, Condition | None]]:
    match condition:
        case All(parts) | Any(parts):
            for index, part in enumerate(parts):
                for leaf, rest in _dropped(part):
                    kept = (*parts[:index], *(() if rest is None else (rest,)), *parts[index + 1 :])
                    yield leaf, dataclasses.replace(condition, parts=kept) if kept else None
        case Not(part):
            for leaf, rest in _dropped(part):
                yield leaf, None if rest is None else dataclasses.replace(condition, part=rest)
        case _:
            yield condition, None


def dates(calendar: Calendar, rules: Iterable[str]) -> Answer:
    """Is each rule in force from its first day to its last, with its definitions, and handed over when it ends?"""
    asked, found = 0, []
    library = calendar.library
    declared = {one.rule: one.because for one in library.claims.declared.dates}
    for name in rules:
        asked += 1
        for says in _holes(library.rules[name], calendar):
            found.append(Witness(Asked.DATES, name, says, declared=declared.get(name), rules=(name,)))
            break
    return Answer(Asked.DATES, asked, tuple(found))


def _holes(rule: Rule, calendar: Calendar) -> Iterator[str]:
    """What is missing in the history of a rule."""
    for (start, version), (_, after) in zip(rule.versions, rule.versions[1:], strict=False):
        if version is None and after is not None:
            yield f"{rule.id} has no version from {start}, although it goes on later."
    ended = rule.versions[-1][0] if rule.versions[-1][1] is None else None
    successor = rule.retired.replaced_by if rule.retired else None
    if ended is not None and successor is not None:
        other = calendar.library.rules.get(successor)
        if other is None:
            raise CdssError(f"{rule.id} is replaced by {successor}, which is no rule")
        if other.version_on(ended) is None:
            yield f"{rule.id} ends on {ended}, when {successor}, which replaces it, is not in force."
