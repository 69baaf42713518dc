"""The patient in a few lines, as recorded: what stands above the options. No judgement in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StageLine:
    """One TNM statement with the editions it is read by, and the group each of them gives."""

    date: str
    tnm: str
    editions: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One tissue sample."""

    date: str
    site: str
    kind: str
    ki67: str
    grade: str


@dataclass(frozen=True, slots=True)
class ScanLine:
    """One somatostatin-receptor study, usable or not, stale or not."""

    date: str
    status: str
    tracer: str


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One course of therapy as known at the moment; ``end`` is empty while it runs."""

    agent: str
    start: str
    end: str
    detail: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """One assessment of the disease: progression or a response, with what it rests on."""

    date: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class SizeLine:
    """The diameters of one study added up, in mm: of the targets where a baseline names them, else of every lesion.

    ``lesions`` names those that were added up.
    """

    date: str
    mm: str
    lesions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """What one criterion says of a study: its answer, the arithmetic behind it, and what could not be computed."""

    name: str
    answer: str
    how: str
    not_computed: str


@dataclass(frozen=True, slots=True)
class ResponseLine:
    """One study beside its baseline by every criterion. None of them is chosen.

    ``growth`` is the change of volume a month with the range that measurement error leaves, empty where
    ``no_growth`` says why. ``left_out`` has the lesions that are no targets. ``differ``: the criteria do not agree.
    """

    date: str
    study: str
    baseline: str
    targets: tuple[str, ...]
    criteria: tuple[CriterionLine, ...]
    growth: str
    no_growth: str
    left_out: tuple[str, ...]
    differ: bool
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeclineLine:
    """A standing refusal."""

    therapy: str
    date: str
    reason: str


@dataclass(frozen=True, slots=True)
class AccessLine:
    """Whether a therapy can be had here."""

    therapy: str
    date: str
    available: str
    note: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The header of a report: lines for readers, and the same in parts for those who lay it out anew."""

    patient: str = ""
    question: str = ""
    intent: str = ""
    goals: str = ""
    tumour: str = ""
    prior: str = ""
    declines: str = ""
    age: str = ""
    sex: str = ""
    site: str = ""
    grade: str = ""
    stage: tuple[StageLine, ...] = ()
    samples: tuple[SampleLine, ...] = ()
    sstr: tuple[ScanLine, ...] = ()
    courses: tuple[CourseLine, ...] = ()
    planned: tuple[CourseLine, ...] = ()
    events: tuple[EventLine, ...] = ()
    sizes: tuple[SizeLine, ...] = ()
    responses: tuple[ResponseLine, ...] = ()
    refusals: tuple[DeclineLine, ...] = ()
    access: tuple[AccessLine, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The overview as JSON data, empty parts left out."""
        return {key: _plain(value) for key, value in asdict(self).items() if value}


def _plain(value: Any) -> Any:
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
