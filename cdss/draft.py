"""The draft of a rule: a file that reads, whose examples hold, and that says of each text that it is to be replaced.

A draft is in force for nobody: its version begins at the end of the calendar until somebody has read the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cdss.advice import NEVER, STUB
from cdss.errors import CdssError
from cdss.library import Library
from cdss.rule import Kind
from cdss.vocabulary import Fact, nearest
from cdss.vocabulary import Kind as FactKind

_PART = re.compile(r"[a-z0-9][a-z0-9_-]*")
_FAVOURITES = ("progression", "extent")


@dataclass(frozen=True, slots=True)
class Draft:
    """What to write: each file by its path below the rules folder, and the id of the rule."""

    id: str
    files: tuple[tuple[str, str], ...]


def draft_of(
    library: Library, identity: str, *, body: str | None, therapies: Iterable[str], kind: Kind, cite: str | None
) -> Draft:
    """The draft of the rule ``identity`` ("body.topic.name", or "topic.name" beside ``body``).

    Raises CdssError for an id that is taken or cannot be one, an unknown therapy or source, and a body that does not
    say rules of this kind.
    """
    name = _identity(identity, body)
    own_body = name.split(".")[0]
    if name in library.rules:
        raise CdssError(f"the rule {name} exists already; history stays in its file, as another version")
    _fits_its_body(library, own_body, kind)
    subject = _subject(library, tuple(therapies), kind)
    fact, values = _example_fact(library)
    ref = cite if cite is not None else name.replace(".", "-").replace("_", "-") + "-source"
    if cite is not None and cite not in library.references:
        raise CdssError(f"no source is called '{cite}'" + _meant(cite, library.references))
    if cite is None and ref in library.references:
        raise CdssError(f"the source {ref} exists already; name it with --cite")
    scales = sorted(key for key, scale in library.scales.scales.items() if scale.body == own_body)
    graded = kind is Kind.STATEMENT and scales
    rule = f"""\
title: "{STUB}: therapy, state and site ({name})"
status: draft
{subject}versions:
  {NEVER}:      # the first day in force; a rule without a date stands under always: instead
    says: "{STUB}: say in one or two sentences of your own what the source states, and why."
    cite: [{{ref: {ref}, at: "{STUB}: section, table or question"}}]
    provenance: recalled      # read, once you have opened the source; recalled favours nothing
{f"    strength: {{scale: {scales[0]}, level: ungraded (to be read)}}" + chr(10) if graded else ""}\
    when:      # one condition, to be replaced by those of the source
      - {fact.name}: {values[0]}
    then: {_then(name, own_body, kind)}
misleads_when:
  - "{STUB}: in which patients, or with which error in the record, would the rule mislead?"
examples:      # for each threshold: the value, one step over, and missing
  fires: [{{facts: {{{fact.name}: {values[0]}}}}}]
  silent: [{{but: {{{fact.name}: {values[1]}}}}}]
  undecided: [{{but: {{{fact.name}: unknown}}}}]
reviewed: null
"""
    files = [(name.replace(".", "/") + ".yaml", rule)]
    if cite is None:
        files.append((f"citations/{ref}.yaml", _source(ref)))
    return Draft(name, tuple(files))


def _source(ref: str) -> str:
    return f"""\
references:
  - id: {ref}      # short, and dated by the document
    type: article-journal
    title: "{STUB}: the title as printed"
    URL: https://example.org/to-be-replaced      # or DOI:, or PMID: in quotes
"""


def _identity(identity: str, body: str | None) -> str:
    parts = identity.removesuffix(".yaml").replace("/", ".").split(".")
    if len(parts) == 2 and body is not None:
        parts = [body, *parts]
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        raise CdssError(
            "the id of a rule is body.topic.name, in small letters, digits, hyphens and underscores, "
            "such as enets.colorectal.everolimus"
        )
    if body is not None and parts[0] != body:
        raise CdssError(f"the id begins with {parts[0]}, and the body is {body}")
    if parts[0] in ("citations", "definitions"):
        raise CdssError(f"the folder {parts[0]} holds no rules")
    return ".".join(parts)


def _fits_its_body(library: Library, body: str, kind: Kind) -> None:
    if (kind is Kind.ALERT) != (body == "alerts"):
        raise CdssError("alerts, and nothing else, belong to the body alerts")
    has_rules = any(rule.body == body for rule in library.rules.values())
    if has_rules and (kind is Kind.LABEL) != (body in library.jurisdictions):
        says = "labels and nothing else" if body in library.jurisdictions else "no labels"
        raise CdssError(f"{body} gives {says}")


def _subject(library: Library, therapies: tuple[str, ...], kind: Kind) -> str:
    """The lines that name the therapies."""
    if kind is Kind.ALERT:
        if therapies:
            raise CdssError("an alert speaks of no therapy")
        return ""
    if not therapies:
        raise CdssError("name what the rule is about with --therapy")
    known = library.therapies
    for name in therapies:
        if name not in known.therapies and name not in known.classes:
            raise CdssError(f"no therapy is called '{name}'" + _meant(name, {**known.therapies, **known.classes}))
    lines = ""
    for key, words in (("therapy", known.therapies), ("therapy_class", known.classes)):
        named = [name for name in therapies if name in words]
        if named:
            lines += f"{key}: {named[0] if len(named) == 1 else '[' + ', '.join(named) + ']'}\n"
    return lines


def _meant(word: str, words: Iterable[str]) -> str:
    close = nearest(word, set(words))
    return f"; did you mean '{close}'?" if close else ""


def _example_fact(library: Library) -> tuple[Fact, list[str]]:
    """A fact with two values or more, for the condition that holds the place."""
    facts = library.vocabulary.facts
    for fact in [*(facts[name] for name in _FAVOURITES if name in facts), *facts.values()]:
        if fact.type is FactKind.CATEGORY and len(fact.values) > 1 and not fact.preference:
            return fact, sorted(fact.values, key=lambda value: value == "none")  # the draft fires on something
    raise CdssError("the vocabulary has no category with two values, on which a draft could be tried")


def _then(name: str, body: str, kind: Kind) -> str:
    if kind is Kind.ALERT:
        return f"{{alert: {name.split('.')[-1].replace('_', '-')}, severity: info}}"
    if kind is Kind.LABEL:
        return "{labelled: true, intent: antiproliferative}"
    return "{stance: caution}" if body == "safety" else "{stance: consider, intent: antiproliferative}"
