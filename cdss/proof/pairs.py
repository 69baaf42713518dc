"""Questions about two rules of one body: do they clash on one patient, does one say only what the other says?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, permutations

from cdss.claims import Pair
from cdss.library import InForce, Library
from cdss.proof.answer import Answer, Asked, Witness
from cdss.proof.world import Calendar
from cdss.rule import Kind, Version

_STUDIES = "evidence"  # published studies share a folder, not a body
Held = tuple[str, Version]


def bodies(library: Library) -> tuple[str, ...]:
    """The bodies whose rules are compared."""
    return tuple(sorted({rule.body for rule in library.rules.values()} - {_STUDIES, "alerts"}))


def conflict(calendar: Calendar, names: Iterable[str]) -> Answer:
    """Do two statements of one body, about one therapy and intent, favour and oppose it in one patient?"""
    declared = calendar.library.claims.declared.conflicts
    asked, found = 0, []
    for one, other, book in _together(calendar, names, ordered=False):
        (first, a), (second, b) = one, other
        stances = (a.then.stance, b.then.stance)
        if None in stances or not _for_one_intent(a, b) or not _clash(a, b):
            continue
        asked += 1
        world = calendar.world([a.condition, b.condition])
        both = world.rule(first, a, book)[0], world.rule(second, b, book)[0]
        facts = world.simplest(*both)
        if facts is not None:
            shared = sorted(
                set(calendar.library.rules[first].therapies) & set(calendar.library.rules[second].therapies)
            )
            says = (
                f"{first} ({a.then.stance}) and {second} ({b.then.stance}) both surely apply"
                f" to one patient, about {', '.join(shared)}."
            )
            reason = _reason(declared, first, second) or _reason(declared, second, first)
            found.append(
                Witness(Asked.CONFLICT, f"{first} / {second}", says, facts, book.as_of, reason, (first, second))
            )
    return Answer(Asked.CONFLICT, asked, tuple(found))


def subsume(calendar: Calendar, names: Iterable[str]) -> Answer:
    """Does a rule fire only where another of its body, which says the same as strongly, fires as well?"""
    declared = calendar.library.claims.declared.subsumed
    asked, found = 0, []
    for one, other, book in _together(calendar, names, ordered=True):
        (first, a), (second, b) = one, other
        narrow, wide = calendar.library.rules[first], calendar.library.rules[second]
        if not _says_by_stance(a) or _said(a) != _said(b) or not set(narrow.therapies) <= set(wide.therapies):
            continue
        asked += 1
        world = calendar.world([a.condition, b.condition])
        logic = world.logic
        if not logic.possible(world.rule(first, a, book)[0], -world.rule(second, b, book)[0]):
            says = f"{first} fires only where {second} fires and says the same, from {book.as_of}."
            reason = _reason(declared, first, second)
            found.append(
                Witness(
                    Asked.SUBSUME, f"{first} < {second}", says, declared=reason, rules=(first, second), on=book.as_of
                )
            )
    return Answer(Asked.SUBSUME, asked, tuple(found))


def _reason(declared: Iterable[Pair], first: str, second: str) -> str | None:
    """Why two rules may stand together; None when nothing is declared."""
    return next((pair.because for pair in declared if pair.covers(first, second)), None)


def _together(calendar: Calendar, names: Iterable[str], *, ordered: bool) -> Iterator[tuple[Held, Held, InForce]]:
    """Pairs of rules of one body that were in force on one day and share a therapy, each pair of versions once."""
    wanted = set(names)
    seen: set[object] = set()
    pairs = permutations if ordered else combinations
    for book in calendar.books:
        by_body: dict[str, list[Held]] = defaultdict(list)
        for name, version in book.versions.items():
            body = calendar.library.rules[name].body
            if body in wanted and version.then.kind is not Kind.ALERT:
                by_body[body].append((name, version))
        for held in by_body.values():
            for one, other in pairs(held, 2):
                key = (one[0], one[1].start, other[0], other[1].start)
                if key in seen:
                    continue
                seen.add(key)
                if set(calendar.library.rules[one[0]].therapies) & set(calendar.library.rules[other[0]].therapies):
                    yield one, other, book


def _for_one_intent(a: Version, b: Version) -> bool:
    return a.then.intent is None or b.then.intent is None or a.then.intent is b.then.intent


def _clash(a: Version, b: Version) -> bool:
    one, other = a.then.stance, b.then.stance
    assert one is not None
    assert other is not None
    return (one.favours and other.opposes) or (one.opposes and other.favours)


def _says_by_stance(version: Version) -> bool:
    """Whether the stance is what it says; a caution or a neutral statement says it in its words."""
    stance = version.then.stance
    return stance is None or stance.favours or stance.opposes


def _said(version: Version) -> object:
    """What a rule says, without whom it says it of."""
    then = version.then
    strength = (version.strength.scale, version.strength.level) if version.strength else None
    return (then.kind, then.stance, then.intent, then.combined_with, then.ask, then.before_start, strength)
