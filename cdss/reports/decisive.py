"""The data that decide, as a page: next tests, what settles each option, numbers close to a threshold, single facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cdss.decision import Decision, Standing
from cdss.decisive.settling import Settles
from cdss.decisive.thresholds import Close
from cdss.decisive.trial import Move
from cdss.decisive.whole import Decisive
from cdss.library import Library
from cdss.reports.page import Page
from cdss.reports.parts import NOTICE
from cdss.reports.phrases import STANDING_WORD
from cdss.rule import Intent

_MOST_TESTS = 12


@dataclass(frozen=True, slots=True)
class Item:
    """One finding: a label in the margin (empty: none), a sentence, and what belongs to it, each with a label."""

    label: str
    text: str
    more: tuple[tuple[str, str], ...] = ()
    style: str = "plain"


@dataclass(frozen=True, slots=True)
class Part:
    """One heading with its findings; ``empty`` is said where there are none, ``rest`` how many are not shown."""

    heading: str
    aside: str
    items: tuple[Item, ...]
    empty: str
    rest: int = 0
    room: int = 10


def parts_of(found: Decisive, library: Library) -> tuple[Part, ...]:
    """Everything found, in the order in which a board would use it."""
    tests = tuple(_tests(found, library))
    return (
        Part(
            "Next best test",
            "the lightest of each burden first where they settle as much",
            tests[:_MOST_TESTS],
            "No single fact settles an option.",
            len(tests[_MOST_TESTS:]),
        ),
        Part(
            "What settles each open option",
            "",
            tuple(_settles(one, library) for one in found.settles),
            "No option waits for data.",
        ),
        Part(
            "Close to a threshold",
            "errors: our proposal, from no guideline",
            tuple(_close(close, library) for close in found.close),
            "No recorded number lies within its declared error of a threshold.",
            room=18,
        ),
        Part(
            "Which single fact moves an option",
            "",
            tuple(_moves(found.moves, library)),
            "No single fact that was tried moves an option.",
        ),
    )


def render_decisive(decision: Decision, found: Decisive, library: Library, width: int = 100) -> Page:
    """The same as a page of text."""
    page = Page(width)
    page.write(f"What decides: {decision.case}, {decision.point or decision.on}", style="title")
    for part in parts_of(found, library):
        page.heading(part.heading.upper(), part.aside)
        for item in part.items:
            if item.label:
                page.labelled(item.label, item.text, indent=2, room=12)
            else:
                page.write(item.text, indent=2, hang=2 if item.more else 6, style=item.style)
            for label, text in item.more:
                page.labelled(label, text, indent=4, room=part.room)
        if part.rest:
            page.write(f"and {part.rest} more (--format json)", indent=2, style="dim")
        if not part.items:
            page.write(part.empty, indent=2)
    page.blank()
    page.write(NOTICE, style="dim")
    return page


def _tests(found: Decisive, library: Library) -> Iterator[Item]:
    best: dict[str, str] = {}
    for test in found.next_tests:
        best.setdefault(test.burden.value, test.fact)
    for test in found.next_tests:
        mark = "best of its burden; " if best[test.burden.value] == test.fact else ""
        parts = []
        if test.always:
            parts.append(f"settles {_names(test.always, library)} whatever it shows")
        if test.sometimes:
            parts.append(f"may settle {_names(test.sometimes, library)}")
        yield Item(test.burden.value, f"{test.question} {mark}{'; '.join(parts)}")


def _settles(one: Settles, library: Library) -> Item:
    if one.facts:
        facts = ", ".join(library.vocabulary.fact(fact).label for fact in one.facts)
        outcomes = " or ".join(_word(standing) for standing in one.outcomes)
        how = "always" if one.always else "by some values"
        rest = "" if one.tried_all else "; larger sets were not tried"
        settles = f"{facts}: {how}, then {outcomes}{rest}"
    else:
        settles = f"no small set of facts {'at all' if one.tried_all else 'in the trials made'}"
    opens = "; ".join(f"{library.vocabulary.fact(fact).label}: {value}" for fact, value in one.opens)
    return Item(
        "",
        f"{_option(one.therapy, one.intent, library)}: {_word(one.standing)}",
        (("settles", settles), ("opens", opens or "no values of its missing facts were found that open it")),
        "open",
    )


def _close(close: Close, library: Library) -> Item:
    label = library.vocabulary.fact(close.fact).label
    read = f"read {close.other}"
    moves = tuple(
        (
            read,
            f"{_option(move.therapy, move.intent, library)}: {_word(move.before)} as recorded, "
            f"{_word(move.after)} then",
        )
        for move in close.moves
    )
    return Item(
        "",
        f"{label} {close.recorded} (± {close.error}), threshold {close.threshold}",
        moves or ((read, "no option moves"),),
        "open" if close.moves else "plain",
    )


def _moves(moves: Iterable[Move], library: Library) -> Iterator[Item]:
    grouped: dict[tuple[str, Intent, Standing | None, Standing | None], list[str]] = defaultdict(list)
    for move in moves:
        name = f"{library.vocabulary.fact(move.fact).label} {move.to}"
        grouped[move.therapy, move.intent, move.before, move.after].append(name)
    for (therapy, intent, before, after), facts in sorted(grouped.items(), key=lambda item: (item[0][0], item[0][1])):
        yield Item("", f"{_option(therapy, intent, library)}, {_word(before)} → {_word(after)}: {'; '.join(facts)}")


def _option(therapy: str, intent: Intent, library: Library) -> str:
    name = library.therapies.therapies[therapy].name
    return name if intent is Intent.ANTIPROLIFERATIVE else f"{name} ({intent.value.replace('_', ' ')})"


def _names(therapies: Iterable[str], library: Library) -> str:
    return ", ".join(library.therapies.therapies[therapy].name for therapy in therapies)


def _word(standing: Standing | None) -> str:
    return STANDING_WORD[standing] if standing else "not addressed"
