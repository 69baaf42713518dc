"""Drafts of the examples that are missing: patients on whom an obligation would show, with a question for the author.

What the engine answers is put as a question, never as an expectation: an expectation that repeats the engine proves
nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cdss.citation import Cite
from cdss.errors import NOWHERE
from cdss.facts.agreement import agreed
from cdss.facts.sheet import FactSheet
from cdss.library import Library
from cdss.logic_coverage.cover import Covered, first_example
from cdss.logic_coverage.ledger import Ledger, Proof, Shown
from cdss.logic_coverage.pairs import Answered, following
from cdss.logic_coverage.subject import Obligation, Subject
from cdss.stating import stated
from cdss.values import Truth, Value
from cdss.vocabulary import Vocabulary

InWords = Callable[[Subject, Obligation], str]
"""An obligation in plain words."""

_VERB = {Truth.YES: "fires", Truth.NO: "is silent", Truth.UNKNOWN: "stays undecided"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A patient for one subject: the obligations that it would cover, and what the engine answers."""

    obligations: tuple[Obligation, ...]
    facts: Mapping[str, Value]
    day: date | None
    answer: Truth
    contradicts: bool


def drafts_of(covered: Covered, ledger: Ledger, vocabulary: Vocabulary, firing: Mapping[str, Value]) -> Iterator[Draft]:
    """As few patients as come easily that together would cover whatever is missing of one subject.

    ``firing`` is the first firing example. What follows from it and the drafts before is not drafted again.
    """
    # A node shows a verdict as well, and what is unknown often follows from a yes and a no.
    missing = sorted(covered.missing, key=lambda f: (f.obligation.answer is Truth.UNKNOWN, f.obligation.node is None))
    open_ = {found.obligation: found for found in missing if found.facts is not None}
    pool: dict[date, list[Answered]] = {}
    while open_:
        obligation, found = next(iter(open_.items()))
        facts, day = found.facts, found.day
        assert facts is not None
        assert day is not None
        if day not in pool:
            # Of an earlier version the example shows nothing: it is tried by the newest.
            is_tried = covered.subject.end is None
            pool[day] = [_answered(firing, ledger.shown(covered.subject, firing, day))] if is_tried else []
        if obligation.answer is Truth.UNKNOWN:
            for known in following(pool[day]):
                for subject, done in ledger.shown(covered.subject, known.facts, day).met:
                    if subject is covered.subject:
                        open_.pop(done, None)
            if obligation not in open_:
                continue
        shown = ledger.shown(covered.subject, facts, day)
        met = [o for subject, o in shown.met if subject is covered.subject and o in open_]
        assert obligation in met, "a patient found for an obligation shows it"
        for done in met:
            del open_[done]
        pool[day].append(_answered(facts, shown))
        # Two facts that contradict each other would be taken from a record as unknown; the author is told.
        sheet = agreed(FactSheet.of_values(facts), vocabulary, day, completing=False)
        is_last = covered.subject.end is None
        yield Draft(tuple(met), facts, None if is_last else day, shown.verdict, bool(sheet.alerts))


def _answered(facts: Mapping[str, Value], shown: Shown) -> Answered:
    return Answered(facts, shown.verdict, Proof("", NOWHERE))


def draft_files(found: Iterable[Covered], library: Library, in_words: InWords) -> dict[str, str]:
    """Path below a drafts folder → text. Under ``rules/examples`` each file would count at the same path."""
    by_id: dict[str, list[Covered]] = {}
    for covered in found:
        by_id.setdefault(covered.subject.id, []).append(covered)
    ledger = Ledger(library, tuple(c.subject for group in by_id.values() for c in group))
    files = {}
    for identity, versions in by_id.items():
        entries = []
        for covered in versions:
            firing = first_example(covered.subject, library)
            drafts = drafts_of(covered, ledger, library.vocabulary, firing)
            entries += [_entry(draft, covered.subject, library, in_words, firing) for draft in drafts]
        if entries:
            path = identity.replace(".", "/") + ".yaml"
            files[path] = _HEAD.format(identity=identity, path=path) + "examples:\n" + "\n".join(entries)
    return files


_HEAD = """\
# Drafts for {identity}: patients on whom parts of its condition would be tried that no test tries yet.
# None counts until somebody has answered its question from the source. Then write
#     expect: fires          (or silent, or undecided)
#     checked: {{by: NAME, date: YYYY-MM-DD, against: {{ref: SOURCE, at: PLACE}}}}
# and move the file to rules/examples/{path}, or the example into the file of the rule.
"""


def _entry(draft: Draft, subject: Subject, library: Library, in_words: InWords, firing: Mapping[str, Value]) -> str:
    covers = "; ".join(in_words(subject, o) for o in draft.obligations)
    source = _sources(subject, library)
    # The line is told where it is read once: an example outlives the lines of its rule.
    line = subject.place_of(draft.obligations[0]).line
    question = f"The software {_VERB[draft.answer]} here (line {line}). What does {source} say of this patient?"
    if draft.contradicts:
        question += " In a record these facts would contradict one another: find others, or say why the rule asks."
    changed = {name for name in {*draft.facts, *firing} if draft.facts.get(name) != firing.get(name)}
    key, names = ("but", changed) if firing else ("facts", set(draft.facts))
    facts = ", ".join(f"{name}: {_written(library, name, draft.facts.get(name))}" for name in sorted(names))
    lines = [f"  - covers: {json.dumps(covers, ensure_ascii=False)}"]
    lines.append(f"    question: {json.dumps(question, ensure_ascii=False)}")
    if draft.day is not None:
        lines.append(f"    on: {draft.day.isoformat()}")
    lines.append(f"    {key}: {{{facts}}}")
    return "\n".join(lines) + "\n"


def _sources(subject: Subject, library: Library) -> str:
    rule = library.rules.get(subject.id)
    version = next((v for start, v in rule.versions if start == subject.start), None) if rule else None
    cites: tuple[Cite, ...] = version.cites if version else ()
    return " and ".join(f"{cite.ref} ({cite.at})" for cite in cites) or "the source of the definition"


def _written(library: Library, name: str, value: Value | None) -> str:
    return "unknown" if value is None else stated(value, library.vocabulary.facts[name])
