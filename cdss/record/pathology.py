"""What tissue showed, sample by sample, as reported."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from cdss.anatomy import Site
from cdss.record.number import Count, Percent, Rate, SquareMillimetres
from cdss.record.time import Dated
from cdss.record.words import Text
from cdss.units import scaled
from cdss.values import Interval
from cdss.vocabulary import Strict

_GRADED_AREA = Decimal(2)


class Mitoses(Strict):
    """A mitotic count with the area counted, or the rate per 2 mm². High-power fields are no area."""

    count: Count | None = None
    area: SquareMillimetres | None = None
    per_2mm2: Rate | None = None

    @model_validator(mode="after")
    def _has_an_area(self) -> Mitoses:
        counted = self.count is not None and self.area is not None
        if (self.per_2mm2 is not None) == (self.count is not None or self.area is not None) or (
            self.per_2mm2 is None and not counted
        ):
            raise ValueError("mitoses need {count, area}, the area in mm2, or per_2mm2; high-power fields are no area")
        if self.area is not None and (not self.area.is_point or not self.area.low):
            raise ValueError("the area counted is one number above 0")
        return self

    @property
    def rate(self) -> Interval:
        """Mitoses per 2 mm², not rounded to the vocabulary's places."""
        if self.per_2mm2 is not None:
            return self.per_2mm2
        assert self.count is not None
        assert self.area is not None
        assert self.area.low is not None
        return scaled(self.count, _GRADED_AREA / self.area.low, 12)


class Nodes(Strict):
    """Lymph nodes examined, and how many of them held tumour."""

    examined: Count | None = None
    positive: Count | None = None

    @model_validator(mode="after")
    def _no_more_positive_than_examined(self) -> Nodes:
        if self.examined is not None and self.positive is not None:
            most, least = self.examined.high, self.positive.low
            if most is not None and least is not None and least > most:
                raise ValueError("more nodes are positive than were examined")
        return self


class Sample(Dated):
    """One sample. ``tumour: false`` means that none was found in it; such a sample says nothing about the grade.

    ``carcinoid_type`` and ``necrosis`` belong to lung and thymus, which have criteria of their own.
    """

    id: str | None = None
    kind: Literal["resection", "biopsy", "cytology"]
    site: Site
    tumour: bool = True
    ki67: Percent | None = None
    mitoses: Mitoses | None = None
    differentiation: Literal["well", "poor"] | None = None
    grade: Literal["G1", "G2", "G3", "NEC"] | None = None
    grade_from: tuple[Literal["ki67", "mitoses"], ...] | None = None
    carcinoid_type: Literal["typical", "atypical"] | None = None
    necrosis: bool | None = None
    central_review: bool | None = None
    nodes: Nodes | None = None
    lymphovascular_invasion: bool | None = None
    margin: Literal["R0", "R1", "R2"] | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _tumour_before_grade(self) -> Sample:
        graded = (self.ki67, self.mitoses, self.differentiation, self.grade, self.carcinoid_type)
        if not self.tumour and any(given is not None for given in graded):
            raise ValueError("a sample without tumour has no Ki-67, mitoses, differentiation or grade")
        if self.grade_from is not None and self.grade is None:
            raise ValueError("grade_from says what a reported grade rests on; there is no grade here")
        return self


class Pathology(Strict):
    """All samples recorded. ``complete``: no other sample was ever taken."""

    complete: bool = False
    samples: tuple[Sample, ...] = Field(default=())
