"""Measured studies as a reader meets them: every criterion beside the others, the arithmetic, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdss.decision import Decision
from cdss.reports.page import Page
from cdss.reports.phrases import counted

MEANS = "by every criterion that can be computed; none of them is chosen"
_DIFFER = "The criteria differ."
_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion: its answer, how it comes to it, and what of it could not be computed."""

    name: str
    answer: str
    how: str
    not_computed: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One study beside its baseline. ``lines`` say the rest: growth, lesions left out, what is in doubt."""

    title: str
    criteria: tuple[Judged, ...]
    lines: tuple[tuple[str, str], ...]
    differ: str


def measured_of(decision: Decision) -> tuple[Measured, ...]:
    """The studies that were compared with a baseline, the newest first; empty when the record measures nothing."""
    told: Sequence[Mapping[str, Any]] = decision.overview.get("responses", ())
    return tuple(_measured(study) for study in reversed(told))


def write_measured(decision: Decision, page: Page, *, full: bool) -> None:
    """The newest studies, or all with ``full``, as paragraphs."""
    studies = measured_of(decision)
    if not studies:
        return
    page.heading("MEASURED RESPONSE", MEANS)
    shown = studies if full else studies[:_SHOWN]
    for study in shown:
        page.write(study.title, indent=2, hang=4)
        for judged in study.criteria:
            page.labelled(judged.name, _sentence(judged), indent=4, room=15)
        for label, text in study.lines:
            page.labelled(label, text, indent=4, room=15, style="dim")
        if study.differ:
            page.write(study.differ, indent=4, style="open")
    if len(studies) > len(shown):
        page.write(f"and {counted(len(studies) - len(shown), 'earlier comparison')}", indent=2, style="dim")


def _sentence(judged: Judged) -> str:
    """ "stable disease; size -7.1 %; not computable: density (attenuation exists on CT only)"."""
    if not judged.how:
        return f"{judged.answer}: {judged.not_computed}"
    gap = f"not computable: {judged.not_computed}" if judged.not_computed else ""
    return "; ".join(part for part in (judged.answer, judged.how, gap) if part)


def _measured(study: Mapping[str, Any]) -> Measured:
    growth = f"{study['growth']}; it may bring the next scan forward and decides nothing"
    no_growth = f"not computable: {study['no_growth']}"
    lines = [
        ("targets", ", ".join(study["targets"]) or "none"),
        ("growth", growth if study["growth"] else no_growth),
        *(("left out", reason) for reason in study["left_out"]),
        *(("note", remark) for remark in study["remarks"]),
    ]
    return Measured(
        f"{study['date']}, {study['study']}, against the baseline of {study['baseline']}",
        tuple(Judged(c["name"], c["answer"], c["how"], c["not_computed"]) for c in study["criteria"]),
        tuple(lines),
        _DIFFER if study["differ"] else "",
    )
