"""Facts from what the patient wishes: a refusal holds until it is withdrawn, or capacity is recorded as lacking."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cdss.facts.draft import Draft, Seen
from cdss.facts.timeline import Span
from cdss.record.patient import Decline
from cdss.values import Interval, Members


def standing_refusals(draft: Draft) -> tuple[Seen[Decline], ...]:
    """The refusals that hold at the moment, oldest first."""
    return tuple(_standing(draft))


def _standing(draft: Draft) -> Iterator[Seen[Decline]]:
    preferences = draft.record.preferences
    for seen in draft.seen(preferences.declines if preferences else ()):
        entry = seen.entry
        if entry.capacity is False:
            draft.notices.add(f"A refusal of {seen.span.last} is not applied: capacity is recorded as lacking")
            continue
        if entry.withdrawn is None or draft.timeline.known(entry.withdrawn) > draft.moment:
            yield seen


def derive_wishes(draft: Draft) -> None:
    """Writes down what is declined. No refusal on record means that nothing is declined: the set is always complete."""
    standing = standing_refusals(draft)
    span = max((s.span for s in standing), default=None)
    draft.put("declined", Members(frozenset(s.entry.therapy for s in standing), complete=True), span, "preferences")
    if standing:
        discussed = [_last_discussed(draft, s) for s in standing]
        oldest = Span(min(span.last for span in discussed), min(span.first for span in discussed))
        age = Interval(Decimal((draft.today - oldest.last).days), Decimal((draft.today - oldest.first).days))
        draft.put("refusal_age_days", age, oldest, "preferences")


def _last_discussed(draft: Draft, refusal: Seen[Decline]) -> Span:
    again = [draft.timeline.span(t) for t in refusal.entry.asked_again if draft.timeline.known(t) <= draft.moment]
    return max([refusal.span, *again])
