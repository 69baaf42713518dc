"""Which therapies were given: when, how much, to what effect, and why they ended."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from cdss.record.number import Count, Gigabecquerel
from cdss.record.time import Dated, When
from cdss.record.words import Criterion, Finding, ResponseModality, Text, TherapyId
from cdss.vocabulary import Strict

BestOf = Literal["CR", "PR", "SD", "PD"]


class BestResponse(Strict):
    """The best response to a course; without a date it is known when the course had ended."""

    value: BestOf
    date: When | None = None
    known_from: When | None = None


class Response(Dated):
    """One response assessment during or after a course."""

    value: BestOf
    basis: Literal["reported", "computed"] | None = None
    modality: ResponseModality | None = None
    criterion: Criterion | None = None
    findings: tuple[Finding, ...] = ()
    not_found: tuple[Finding, ...] = ()

    @model_validator(mode="after")
    def _not_both(self) -> Response:
        if set(self.findings) & set(self.not_found):
            raise ValueError("the same word stands under findings and under not_found")
        return self


class AdverseEvent(Dated):
    """Something the therapy did; ``grade`` by CTCAE."""

    event: Text
    grade: int | None = Field(default=None, ge=1, le=5)


class AdverseEvents(Strict):
    """Adverse events of a course. ``complete``: there were no others."""

    complete: bool = False
    events: tuple[AdverseEvent, ...] = ()


class Course(Strict):
    """One course of one therapy. A planned course does not count before its start.

    Without ``end`` a drug is ongoing; radioligands and procedures are then over, on a day that is not known.
    """

    agent: TherapyId
    start: When
    end: When | None = None
    known_from: When | None = None
    planned: bool = False
    cycles: Count | None = None
    activity: Gigabecquerel | None = None
    dose: Text | None = None
    detail: Text | None = None
    extent: Literal["whole_liver", "lobar", "segmental"] | None = None
    best_response: BestResponse | None = None
    responses: tuple[Response, ...] = ()
    reason_stopped: Literal["toxicity", "progression", "completed", "patient_wish", "other"] | None = None
    disease_controlled_at_stop: bool | None = None
    imaged_at_stop: bool | None = None
    adverse_events: AdverseEvents | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Course:
        stopped = (self.reason_stopped, self.disease_controlled_at_stop, self.imaged_at_stop)
        if self.end is None and any(given is not None for given in stopped):
            raise ValueError(
                "a course that was stopped has an end; where the day is not known, {after: ..., before: ...}"
            )
        if self.reason_stopped == "progression" and self.disease_controlled_at_stop:
            raise ValueError("a course stopped for progression did not end with the disease controlled")
        if self.activity is not None and not self.activity.low:
            raise ValueError("an activity that was given is above 0")
        return self


class NotGiven(Dated):
    """Therapies or classes of which nothing had been given by a day."""

    therapies: tuple[TherapyId, ...] = Field(min_length=1)


class Therapies(Strict):
    """All courses recorded. ``complete``: no other therapy was ever given."""

    complete: bool = False
    not_given: tuple[NotGiven, ...] = ()
    courses: tuple[Course, ...] = ()
