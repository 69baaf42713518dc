"""The sheet while it is being written: what may be seen at the moment, what was put down, what contradicts what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar, cast

from cdss.facts.agents import Agents
from cdss.facts.sheet import Observed, RecordAlert
from cdss.facts.timeline import Moment, Span, Timeline
from cdss.record.patient import Listed
from cdss.record.record import Record
from cdss.record.time import Dated, Time
from cdss.rule import Severity
from cdss.units import rounded
from cdss.values import Interval, Members, Value
from cdss.vocabulary import Fact, Kind, Vocabulary


class _HasDate(Protocol):
    @property
    def date(self) -> Time: ...
    @property
    def known_from(self) -> Time | None: ...


Entry = TypeVar("Entry", bound=_HasDate)
DatedEntry = TypeVar("DatedEntry", bound=Dated)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Seen(Generic[Entry]):
    """An entry known at the moment, the days it speaks of, and from when it was known."""

    entry: Entry
    span: Span
    known: Moment

    @property
    def order(self) -> tuple[Span, Moment]:
        """By day, then by when it became known."""
        return (self.span, self.known)


@dataclass(frozen=True, slots=True)
class Latest(Generic[Found]):
    """The newest statement about something."""

    value: Found
    span: Span


@dataclass(slots=True)
class Draft:
    """Facts being collected for one moment. Nothing that became known later is ever handed out."""

    record: Record
    timeline: Timeline
    moment: Moment
    vocabulary: Vocabulary
    agents: Agents
    facts: dict[str, Observed] = field(default_factory=dict)
    alerts: set[RecordAlert] = field(default_factory=set)
    notices: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    stale: dict[str, date] = field(default_factory=dict)
    _seen: dict[int, list[Any]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day of the moment."""
        return self.moment.date

    # ── what may be seen ─────────────────────────────────────────────────────────────────────

    def seen(self, entries: tuple[Entry, ...]) -> list[Seen[Entry]]:
        """The entries of one section of the record known by now, oldest first, whatever their order there."""
        already = self._seen.get(id(entries))
        if already is not None:
            return cast("list[Seen[Entry]]", already)
        found = []
        for entry in entries:
            known = self.timeline.known(entry.date, entry.known_from)
            if known <= self.moment:
                found.append(Seen(entry, self.clipped(entry.date, known), known))
        found.sort(key=lambda seen: seen.order)
        if any(one.order == other.order for one, other in pairwise(found)):
            found.sort(key=lambda seen: (seen.order, repr(seen.entry)))
        self._seen[id(entries)] = found
        return found

    def clipped(self, time: Time, known: Moment) -> Span:
        """The days ``time`` may mean, none of them after it was known."""
        span = self.timeline.span(time)
        return Span(max(span.first, min(span.last, known.date)), span.first)

    def latest(
        self, seen: Sequence[Seen[Entry]], get: Callable[[Entry], Found | None], *facts: str
    ) -> Latest[Found] | None:
        """The newest statement that ``get`` finds; when several of one day differ, an alert and None."""
        return self.newest(((s.span, s.known, get(s.entry)) for s in seen), *facts)

    def newest(self, stated: Iterable[tuple[Span, Moment, Found | None]], *facts: str) -> Latest[Found] | None:
        """The newest of several statements, each with its days and from when it was known; as ``latest``."""
        given = [(span, known, value) for span, known, value in stated if value is not None]
        if not given:
            return None
        span, known = max((span, known) for span, known, _ in given)
        values = [value for s, k, value in given if (s, k) == (span, known)]
        if any(value != values[0] for value in values[1:]):
            self.disagreement(facts, span)
            return None
        return Latest(values[0], span)

    # ── what is put down ─────────────────────────────────────────────────────────────────────

    def put(self, name: str, value: Value | None, span: Span | None, source: str, *, ages: bool = True) -> None:
        """Writes a fact down, in its range and places, unless it is None, stale, or foreign to the vocabulary.

        ``ages`` False is for an observation that stands however old it is.
        """
        fact = self.vocabulary.facts.get(name)
        if fact is None or value is None or value == Members() or (ages and self.is_stale(fact, span)):
            return
        if isinstance(value, Interval):
            fitted = _fitted(fact, value)
            if fitted is None:
                self.notices.add(f"{fact.label}: what is recorded lies outside the possible range and is not used")
                return
            value = fitted
        self.facts[name] = Observed(value, span.last if span else None, source)

    def put_latest(
        self, name: str, seen: Sequence[Seen[Entry]], get: Callable[[Entry], Value | None], source: str
    ) -> None:
        """Writes down the newest statement about one fact."""
        found: Latest[Value] | None = self.latest(seen, get, name)
        if found is not None:
            self.put(name, found.value, found.span, source)

    def put_words(self, name: str, entries: tuple[Listed, ...], source: str) -> None:
        """Writes down a set from lists over time: the newest entry that speaks of a word decides."""
        fact = self.vocabulary.facts.get(name)
        if fact is None:
            return
        seen = [s for s in self.seen(entries) if not self.is_stale(fact, s.span)]
        if not seen:
            return
        holds: dict[str, bool] = {}
        disputed: set[str] = set()
        complete = False
        for order in sorted({s.order for s in seen}):
            together = [s.entry for s in seen if s.order == order]
            listed = {word for entry in together for word in (*entry.present, *entry.absent)}
            whole = any(entry.complete for entry in together)
            if whole:
                holds.clear()
                disputed.clear()
                complete = True
            for word in listed:
                yes = any(word in entry.present for entry in together)
                no = any(word in entry.absent or (entry.complete and word not in entry.present) for entry in together)
                disputed.discard(word)
                holds.pop(word, None)
                if yes and no:
                    disputed.add(word)
                else:
                    holds[word] = yes
        if disputed:
            self.disagreement((name,), seen[-1].span, block=False)
        self.put(name, members(fact, holds, disputed, complete), seen[-1].span, source)

    def is_stale(self, fact: Fact, span: Span | None) -> bool:
        """Whether an observation is too old to count; remembered for the notice that says so."""
        if fact.fresh is None or span is None or (self.today - span.first).days <= fact.fresh:
            return False
        self.stale[fact.label] = span.last
        return True

    def told(self) -> tuple[str, ...]:
        """The notices, with one for everything that is too old to count."""
        notices = sorted(self.notices)
        if self.stale:
            listed = "; ".join(f"{label} ({day})" for label, day in sorted(self.stale.items()))
            notices.append(f"Too old to count, so unknown: {listed}")
        return tuple(notices)

    # ── what does not fit together ───────────────────────────────────────────────────────────

    def disagreement(self, facts: Iterable[str], span: Span, *, block: bool = True) -> None:
        """Entries of one day that differ."""
        names = tuple(sorted(facts))
        words = ", ".join(self.vocabulary.facts[n].label for n in names if n in self.vocabulary.facts) or "the record"
        message = f"Entries of {span.last} differ on: {words}. Until that is cleared up, it counts as unknown."
        self.contradiction("entries-differ", message, names, block=block)

    def contradiction(self, identity: str, message: str, facts: Iterable[str], *, block: bool = True) -> None:
        """A warning; the facts it names stay unknown whatever else says them."""
        names = tuple(sorted(facts))
        self.alerts.add(RecordAlert(identity, Severity.WARNING, message, names))
        if block:
            self.blocked |= set(names)

    def remark(self, identity: str, message: str, facts: Iterable[str] = ()) -> None:
        """A warning that takes nothing away."""
        self.contradiction(identity, message, facts, block=False)


def members(fact: Fact, holds: dict[str, bool], disputed: set[str], complete: bool) -> Members:
    """A set from what holds of each word. A disputed word is neither in it nor out of it."""
    present = frozenset(word for word, yes in holds.items() if yes)
    absent = frozenset(word for word, yes in holds.items() if not yes)
    if complete and disputed:
        absent |= frozenset(fact.values) - present - disputed
        return Members(present, absent, complete=False)
    return Members(present, frozenset() if complete else absent, complete)


def _fitted(fact: Fact, value: Interval) -> Interval | None:
    """The part of an interval in the fact's range, its ends rounded to the fact's places; None when nothing is left."""
    assert fact.type is Kind.NUMBER
    assert fact.range is not None
    low, high = value.low, value.high
    low_open, high_open = value.low_open, value.high_open
    if (low is not None and low > fact.range[1]) or (high is not None and high < fact.range[0]):
        return None
    if low is not None and low < fact.range[0]:
        low, low_open = fact.range[0], False
    if high is not None and high > fact.range[1]:
        high, high_open = fact.range[1], False
    low = None if low is None else rounded(low, fact.places)
    high = None if high is None else rounded(high, fact.places)
    if low is not None and low == high:
        low_open = high_open = False
    return Interval(low, high, low_open, high_open)


def count(number: int) -> Interval:
    """A whole number, known."""
    return Interval.point(Decimal(number))


def at_least(number: Decimal | int) -> Interval:
    """A number of which only the lower end is known."""
    return Interval(Decimal(number), None)
