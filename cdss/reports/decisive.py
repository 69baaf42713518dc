"""The data that decide, as a page: next tests, what settles each option, numbers close to a threshold, single facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from cdss.decision import Decision, Standing
from cdss.decisive.settling import Settles
from cdss.decisive.thresholds import Close
from cdss.decisive.trial import Move
from cdss.decisive.whole import Decisive
from cdss.library import Library
from cdss.reports.page import Page
from cdss.reports.phrases import STANDING_WORD
from cdss.rule import Intent

_MOST_TESTS = 12


def render_decisive(decision: Decision, found: Decisive, library: Library, width: int = 100) -> Page:
    """Everything found, in the order in which a board would use it."""
    page = Page(width)
    page.write(f"What decides: {decision.case}, {decision.point or decision.on}", style="title")
    _tests(found, library, page)
    page.heading("WHAT SETTLES EACH OPEN OPTION")
    for one in found.settles:
        _settles(one, library, page)
    if not found.settles:
        page.write("No option waits for data.", indent=2)
    page.heading("CLOSE TO A THRESHOLD", "errors: our proposal, from no guideline")
    for close in found.close:
        _close(close, library, page)
    if not found.close:
        page.write("No recorded number lies within its declared error of a threshold.", indent=2)
    page.heading("WHICH SINGLE FACT MOVES AN OPTION")
    _moves(found.moves, library, page)
    return page


def _tests(found: Decisive, library: Library, page: Page) -> None:
    page.heading("NEXT BEST TEST", "the lightest of each burden first where they settle as much")
    best: dict[str, str] = {}
    for test in found.next_tests:
        best.setdefault(test.burden.value, test.fact)
    for test in found.next_tests[:_MOST_TESTS]:
        mark = "best of its burden; " if best[test.burden.value] == test.fact else ""
        parts = []
        if test.always:
            parts.append(f"settles {_names(test.always, library)} whatever it shows")
        if test.sometimes:
            parts.append(f"may settle {_names(test.sometimes, library)}")
        page.labelled(test.burden.value, f"{test.question} {mark}{'; '.join(parts)}", indent=2, room=12)
    if len(found.next_tests) > _MOST_TESTS:
        page.write(f"and {len(found.next_tests) - _MOST_TESTS} more (--format json)", indent=2, style="dim")
    if not found.next_tests:
        page.write("No single fact settles an option.", indent=2)


def _settles(one: Settles, library: Library, page: Page) -> None:
    page.write(f"{_option(one.therapy, one.intent, library)}: {_word(one.standing)}", indent=2, style="open")
    if one.facts:
        facts = ", ".join(library.vocabulary.fact(fact).label for fact in one.facts)
        outcomes = " or ".join(_word(standing) for standing in one.outcomes)
        how = "always" if one.always else "by some values"
        rest = "" if one.tried_all else "; larger sets were not tried"
        page.labelled("settles", f"{facts}: {how}, then {outcomes}{rest}", indent=4)
    else:
        limit = "in the trials made" if not one.tried_all else "at all"
        page.labelled("settles", f"no small set of facts {limit}", indent=4)
    if one.opens:
        values = "; ".join(f"{library.vocabulary.fact(fact).label}: {value}" for fact, value in one.opens)
        page.labelled("opens", values, indent=4)
    else:
        page.labelled("opens", "no values of its missing facts were found that open it", indent=4)


def _close(close: Close, library: Library, page: Page) -> None:
    label = library.vocabulary.fact(close.fact).label
    text = f"{label} {close.recorded} (± {close.error}), threshold {close.threshold}"
    page.write(text, indent=2, style="open" if close.moves else "plain")
    if not close.moves:
        page.labelled(f"read {close.other}", "no option moves", indent=4, room=18)
    for move in close.moves:
        option = _option(move.therapy, move.intent, library)
        both = f"{option}: {_word(move.before)} as recorded, {_word(move.after)} then"
        page.labelled(f"read {close.other}", both, indent=4, room=18)


def _moves(moves: Iterable[Move], library: Library, page: Page) -> None:
    grouped: dict[tuple[str, Intent, Standing | None, Standing | None], list[str]] = defaultdict(list)
    for move in moves:
        name = f"{library.vocabulary.fact(move.fact).label} {move.to}"
        grouped[move.therapy, move.intent, move.before, move.after].append(name)
    for (therapy, intent, before, after), facts in sorted(grouped.items(), key=lambda item: (item[0][0], item[0][1])):
        text = f"{_option(therapy, intent, library)}, {_word(before)} → {_word(after)}: {'; '.join(facts)}"
        page.write(text, indent=2, hang=6)


def _option(therapy: str, intent: Intent, library: Library) -> str:
    name = library.therapies.therapies[therapy].name
    return name if intent is Intent.ANTIPROLIFERATIVE else f"{name} ({intent.value.replace('_', ' ')})"


def _names(therapies: Iterable[str], library: Library) -> str:
    return ", ".join(library.therapies.therapies[therapy].name for therapy in therapies)


def _word(standing: Standing | None) -> str:
    return STANDING_WORD[standing] if standing else "not addressed"
