"""One patient's record: what was found, done and wished, each with its day. Written once, read as of any moment."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from cdss.record.disease import (
    CarcinoidHeart,
    Extent,
    Functional,
    Laboratory,
    Liver,
    OrganFunction,
    Primary,
    Progression,
    Resectability,
    Stage,
)
from cdss.record.imaging import Imaging
from cdss.record.observation import Observation
from cdss.record.pathology import Pathology
from cdss.record.patient import (
    Access,
    Hereditary,
    Listed,
    Patient,
    Performance,
    Plans,
    Preferences,
    Reproduction,
    Symptoms,
)
from cdss.record.time import When
from cdss.record.times import Written, times_in
from cdss.record.treatment import Therapies
from cdss.record.words import Text
from cdss.vocabulary import Strict


class Record(Strict):
    """Everything recorded of one patient. A section that is absent is unknown, never empty."""

    question: Text | None = None
    diagnosed: When | None = None
    intent: Literal["antiproliferative", "symptom_control", "curative"] | None = None
    goals: tuple[Text, ...] = ()
    patient: Patient = Field(default_factory=Patient)
    primary: tuple[Primary, ...] = ()
    pathology: Pathology | None = None
    stage: tuple[Stage, ...] = ()
    extent: tuple[Extent, ...] = ()
    imaging: Imaging | None = None
    liver: tuple[Liver, ...] = ()
    progression: tuple[Progression, ...] = ()
    resectability: tuple[Resectability, ...] = ()
    functional: tuple[Functional, ...] = ()
    carcinoid_heart: tuple[CarcinoidHeart, ...] = ()
    laboratory: tuple[Laboratory, ...] = ()
    organ_function: tuple[OrganFunction, ...] = ()
    therapies: Therapies | None = None
    performance: tuple[Performance, ...] = ()
    reproduction: tuple[Reproduction, ...] = ()
    plans: tuple[Plans, ...] = ()
    symptoms: tuple[Symptoms, ...] = ()
    comorbidities: tuple[Listed, ...] = ()
    comedications: tuple[Listed, ...] = ()
    hypersensitivities: tuple[Listed, ...] = ()
    biomarkers: tuple[Listed, ...] = ()
    hereditary_syndrome: tuple[Hereditary, ...] = ()
    preferences: Preferences | None = None
    access: tuple[Access, ...] = ()
    observations: tuple[Observation, ...] = ()

    @cached_property
    def times(self) -> tuple[Written, ...]:
        """Every time written in the record."""
        return tuple(times_in(self))

    @model_validator(mode="after")
    def _nodes_and_stage_agree(self) -> Record:
        none_examined = self.pathology is not None and any(
            sample.nodes is not None and sample.nodes.examined is not None and sample.nodes.examined.high == 0
            for sample in self.pathology.samples
        )
        examined_some = self.pathology is not None and any(
            sample.nodes is not None and sample.nodes.examined is not None and sample.nodes.examined.high != 0
            for sample in self.pathology.samples
        )
        if none_examined and not examined_some and any((stage.n or "").endswith("pN0") for stage in self.stage):
            raise ValueError("no node was examined, so the nodes are not pN0; write pNX")
        return self
