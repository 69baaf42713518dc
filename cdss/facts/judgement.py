"""Facts that a clinician judged: resectability, function, and nothing that this software works out itself."""

from __future__ import annotations

from cdss.facts.draft import Draft
from cdss.record.disease import Functional, Resectability

_COUNTS = {"disease": ("surgeon", "liver_surgeon", "board"), "liver_metastases": ("liver_surgeon", "board")}
_FACT = {"disease": "resectable", "liver_metastases": "liver_metastases_resectable"}


def derive_judgements(draft: Draft) -> None:
    """Writes down resectability and functional status."""
    seen = draft.seen(draft.record.resectability)
    for what, fact in _FACT.items():
        counted = [s for s in seen if s.entry.what == what and s.entry.judged_by in _COUNTS[what]]
        if len(counted) < sum(s.entry.what == what for s in seen):
            draft.notices.add(
                f"{draft.vocabulary.facts[fact].label}: only the judgement of "
                f"{'a surgeon' if what == 'disease' else 'a liver surgeon'} or the board counts"
                if fact in draft.vocabulary.facts
                else "resectability: only a surgeon or the board judges it"
            )
        draft.put_latest(fact, counted, _resectable, "resectability")
    _function(draft)


def _resectable(entry: Resectability) -> bool:
    return entry.resectable


def _function(draft: Draft) -> None:
    """Functioning once means functioning, now or in the past; the newest entry says so unless only an older one did."""
    seen = draft.seen(draft.record.functional)
    functioning = [s for s in seen if _functions(s.entry)]
    status = draft.latest(functioning or seen, _functions, "functional_status")
    if status is not None:
        newest = seen[-1].span if functioning else status.span
        draft.put(
            "functional_status", "functioning" if status.value else "non_functioning", newest, "functional status"
        )
    named = [s for s in functioning if s.entry.syndrome is not None]
    if functioning:
        draft.put_latest("functional_syndrome", named, lambda e: e.syndrome, "functional status")
    else:
        draft.put_latest(
            "functional_syndrome", seen, lambda e: "none" if _functions(e) is False else None, "functional status"
        )
    same_day = {s.order for s in functioning} & {s.order for s in seen if _functions(s.entry) is False}
    if same_day:
        draft.disagreement(("functional_status", "functional_syndrome"), max(same_day)[0])


def _functions(entry: Functional) -> bool | None:
    if entry.status is not None:
        return entry.status == "functioning"
    return None if entry.syndrome is None else entry.syndrome != "none"
