"""What is always wrong in a record, found before any fact is derived. Messages name places and rules, never values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import TypeAlias

from cdss.errors import NOWHERE, CdssError, Place, Problem
from cdss.facts.agents import Agents
from cdss.facts.direct import stated_value
from cdss.facts.laboratory import wrong_unit
from cdss.facts.observations import DECIDED
from cdss.facts.person import birth
from cdss.facts.timeline import Span, Timeline
from cdss.record.patient import Listed
from cdss.record.record import Record
from cdss.record.treatment import Course
from cdss.vocabulary import Vocabulary

Path: TypeAlias = tuple[str | int, ...]
PlaceOf: TypeAlias = Callable[[Path], Place]
_LISTS = ("symptoms", "comorbidities", "comedications", "hypersensitivities", "biomarkers")


def check(
    record: Record, timeline: Timeline, vocabulary: Vocabulary, agents: Agents, place_of: PlaceOf | None = None
) -> tuple[Problem, ...]:
    """Everything that is wrong whatever the moment. Paths given to ``place_of`` start inside the record."""
    found: list[Problem] = []

    def wrong(path: Path, code: str, message: str, remedy: str | None = None) -> None:
        place = place_of(path) if place_of else NOWHERE
        found.append(Problem(place, code, message if place_of else f"record.{_text(path)}: {message}", remedy))

    spans: dict[Path, Span] = {}
    for written in record.times:
        try:
            spans[written.path] = timeline.span(written.time)
        except CdssError as error:
            wrong(written.path, "E511", str(error))
    checks = (
        _order(record, timeline, spans, agents),
        _words(record, vocabulary, agents),
        _units(record, vocabulary),
        _observations(record, vocabulary),
    )
    for one in checks:
        for path, code, message in one:
            wrong(path, code, message)
    return tuple(found)


def _text(path: Path) -> str:
    words = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.removeprefix(".")


# ── order in time ─────────────────────────────────────────────────────────────────────────────


def _order(
    record: Record, timeline: Timeline, spans: Mapping[Path, Span], agents: Agents
) -> Iterator[tuple[Path, str, str]]:
    born = _birth(record, timeline)
    for path, span in spans.items():
        if born is not None and path[0] != "patient" and span.last < born.first:
            yield path, "E512", "this lies before the patient's birth"
        if path[-1] == "known_from":
            own = spans.get((*path[:-1], "date"))
            if own is not None and span.last < own.first:
                yield path, "E513", "this cannot have been known before it happened"
        if path[-1] == "since":
            own = spans.get((*path[:-1], "date"))
            if own is not None and span.first > own.last:
                yield path, "E514", "the earlier scan lies after this one"
        if path[-1] == "withdrawn" or (len(path) > 1 and path[-2] == "asked_again"):
            own = spans.get((*path[:3], "date"))
            if own is not None and span.last < own.first:
                yield path, "E514", "this lies before the refusal itself"
    for index, course in enumerate(record.therapies.courses if record.therapies else ()):
        yield from _course(course, ("therapies", "courses", index), spans, agents)


def _birth(record: Record, timeline: Timeline) -> Span | None:
    try:
        return birth(record, timeline)
    except (CdssError, ValueError, OverflowError):
        return None


def _course(course: Course, path: Path, spans: Mapping[Path, Span], agents: Agents) -> Iterator[tuple[Path, str, str]]:
    start, end = spans.get((*path, "start")), spans.get((*path, "end"))
    if start is not None and end is not None and end.last < start.first:
        yield (*path, "end"), "E514", "the therapy ends before it starts"
    if course.planned and end is not None:
        yield (*path, "end"), "E514", "a planned therapy has no end yet"
    several = course.cycles is not None and course.cycles.high != 1
    counted = several or (course.activity is not None and course.cycles is None)
    in_sessions = course.agent in agents.in_sessions - agents.surgery
    if counted and in_sessions and course.end is None and course.known_from is None:
        yield path, "E515", "a course of several sessions needs its end, or known_from: from when all this was known"
    if start is None:
        return
    for place, span in spans.items():
        inside = place[: len(path)] == path and len(place) > len(path) + 1 and place[-1] == "date"
        if inside and span.last < start.first:
            yield place, "E514", "this lies before the therapy started"


# ── words and units ───────────────────────────────────────────────────────────────────────────


def _words(record: Record, vocabulary: Vocabulary, agents: Agents) -> Iterator[tuple[Path, str, str]]:
    for name in _LISTS:
        fact = vocabulary.facts.get(name)
        entries: tuple[Listed, ...] = getattr(record, name)
        for index, entry in enumerate(entries if fact is not None else ()):
            for key in ("present", "absent"):
                for at, word in enumerate(getattr(entry, key)):
                    if fact is not None and word not in fact.values:
                        hint = _allowed(fact.values)
                        yield (name, index, key, at), "E516", f"this is not a word for {fact.label}; {hint}"
    therapies = vocabulary.facts.get("prior_therapies")
    if therapies is None or not therapies.values:
        return
    declinable = vocabulary.facts["declined"].values if "declined" in vocabulary.facts else therapies.values
    for path, word in _therapies(record, agents):
        allowed = declinable if path[0] == "preferences" else therapies.values
        if word not in allowed:
            close = get_close_matches(word, sorted(allowed), n=1, cutoff=0.7)
            hint = "; therapies are listed in rules/therapies.yaml" if not close else "; look at the spelling"
            yield path, "E517", f"no therapy has this id{hint}"


def _therapies(record: Record, agents: Agents) -> Iterator[tuple[Path, str]]:
    for index, course in enumerate(record.therapies.courses if record.therapies else ()):
        yield ("therapies", "courses", index, "agent"), course.agent
    for index, none in enumerate(record.therapies.not_given if record.therapies else ()):
        for at, word in enumerate(none.therapies):
            if word not in agents.by_class:
                yield ("therapies", "not_given", index, "therapies", at), word
    for index, progression in enumerate(record.progression):
        for key in ("during", "after_stop_of"):
            for at, word in enumerate(getattr(progression, key)):
                yield ("progression", index, key, at), word
    for index, decline in enumerate(record.preferences.declines if record.preferences else ()):
        yield ("preferences", "declines", index, "therapy"), decline.therapy
    for index, access in enumerate(record.access):
        yield ("access", index, "therapy"), access.therapy


def _units(record: Record, vocabulary: Vocabulary) -> Iterator[tuple[Path, str, str]]:
    for index, entry in enumerate(record.laboratory):
        said = wrong_unit(entry, vocabulary)
        if said is not None:
            yield ("laboratory", index, "unit"), "E518", said


def _observations(record: Record, vocabulary: Vocabulary) -> Iterator[tuple[Path, str, str]]:
    for index, entry in enumerate(record.observations):
        fact = vocabulary.facts.get(entry.fact)
        if fact is None:
            yield (
                ("observations", index, "fact"),
                "E301",
                "no fact has this name; facts are listed in rules/vocabulary.yaml",
            )
        elif entry.fact in DECIDED:
            yield ("observations", index, "fact"), "E519", f"{entry.fact} follows from other sections; record it there"
        else:
            try:
                stated_value(fact, entry.value)
            except ValueError as error:
                yield ("observations", index, "value"), "E302", str(error)


def _allowed(values: Mapping[str, str]) -> str:
    return (
        f"the words are: {', '.join(sorted(values))}" if len(values) <= 12 else "rules/vocabulary.yaml lists the words"
    )
