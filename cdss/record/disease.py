"""The disease: primary, stage, extent, liver, course, resectability, hormones, organ function, laboratory."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from cdss.anatomy import Organ, Site
from cdss.record.number import Bare, Gray, Millimetres, Months, Percent, WholePercent
from cdss.record.time import Dated, When
from cdss.record.words import Criterion, Edition, PrimarySite, ResponseModality, Syndrome, Tempo, Text, TherapyId
from cdss.vocabulary import Strict


class Primary(Dated):
    """What was known of the primary tumour on a day."""

    site: PrimarySite | None = None
    size: Millimetres | None = None
    local_symptoms: bool | None = None
    resected: bool | None = None


class Stage(Dated):
    """TNM as reported.

    ``edition`` is what the source states; ``read_by`` is what the case reads it by where the source states none.
    """

    t: str | None = Field(default=None, pattern=r"^[cpyr]{0,3}T([1-4][ab]?|X)$")
    n: str | None = Field(default=None, pattern=r"^[cpyr]{0,3}N([0-2]|X)$")
    m: str | None = Field(default=None, pattern=r"^[cpyr]{0,3}M(0|1[abc]?|X)$")
    group: Literal["I", "IA", "IB", "II", "IIA", "IIB", "III", "IIIA", "IIIB", "IV"] | None = None
    edition: Edition | None = None
    read_by: tuple[Edition, ...] = ()

    @model_validator(mode="after")
    def _one_source_of_the_edition(self) -> Stage:
        if self.edition is not None and self.read_by:
            raise ValueError("edition is what the source states; read_by is for a source that states none")
        return self

    @property
    def editions(self) -> tuple[str, ...]:
        """The editions to read the categories by; empty when none is known."""
        return (self.edition,) if self.edition is not None else tuple(sorted(self.read_by))


class ThreateningSites(Strict):
    """Places where a lesion threatens an organ; complete and empty means none."""

    complete: bool = False
    sites: tuple[Text, ...] = ()


class Extent(Dated):
    """What staging as a whole said. ``complete``: every metastatic site is listed."""

    extent: Literal["localised", "locally_advanced", "metastatic"] | None = None
    sites: tuple[Organ, ...] = ()
    free: tuple[Organ, ...] = ()
    complete: bool = False
    tumour_burden: Literal["low", "moderate", "high"] | None = None
    threatening_sites: ThreateningSites | None = None

    @model_validator(mode="after")
    def _not_both(self) -> Extent:
        if set(self.sites) & set(self.free):
            raise ValueError("the same organ stands under sites and under free")
        return self


class Liver(Dated):
    """How much of the liver is tumour, and whether the disease is mainly there."""

    burden_percent: Percent | None = None
    dominant: bool | None = None


class Progression(Dated):
    """One assessment of the course. ``sites_complete``: it grew nowhere else.

    ``during``: therapies it was seen under. ``after_stop_of``: therapies after whose stop it was seen, none running.
    """

    status: Literal["documented", "none"]
    criterion: Criterion | None = None
    since: When | None = None
    interval_months: Months | None = None
    during: tuple[TherapyId, ...] = ()
    after_stop_of: tuple[TherapyId, ...] = ()
    sites: tuple[Site, ...] = ()
    sites_complete: bool = False
    tempo: Tempo | None = None
    new_lesions: bool | None = None
    modality: ResponseModality | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Progression:
        if self.since is not None and self.interval_months is not None:
            raise ValueError("give since or interval_months, not both")
        if set(self.during) & set(self.after_stop_of):
            raise ValueError("the same therapy stands under during and under after_stop_of")
        if self.status == "none" and (self.during or self.new_lesions or self.tempo is not None):
            raise ValueError("without progression there is no tempo, no new lesion and no therapy it was seen on")
        return self


class Resectability(Dated):
    """A judgement on whether disease can be resected with curative intent, and whose it was."""

    what: Literal["disease", "liver_metastases", "primary"]
    resectable: bool
    judged_by: Literal["surgeon", "liver_surgeon", "board", "radiologist", "other"]


class Functional(Dated):
    """Whether the tumour causes a hormonal syndrome, and what that rests on."""

    status: Literal["functioning", "non_functioning"] | None = None
    syndrome: Syndrome | None = None
    evidence: Text | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Functional:
        if self.status is None and self.syndrome is None:
            raise ValueError("give status, syndrome or both")
        if self.status == "non_functioning" and self.syndrome not in (None, "none"):
            raise ValueError("a tumour with a syndrome is functioning")
        if self.status == "functioning" and self.syndrome == "none":
            raise ValueError("a functioning tumour has a syndrome; write other when it is not listed")
        return self


class CarcinoidHeart(Dated):
    """What an echocardiogram showed of the valves."""

    present: bool


class Laboratory(Dated):
    """One result with its UCUM unit; ``uln`` is the laboratory's upper limit of normal in the same unit.

    ``laboratory`` tells one laboratory from another: a marker is compared only where it is the same.
    """

    test: Literal[
        "haemoglobin",
        "leukocytes",
        "neutrophils",
        "platelets",
        "creatinine_clearance",
        "bilirubin",
        "alt",
        "ast",
        "albumin",
        "inr",
        "fasting_glucose",
        "creatinine",
        "alp",
        "ggt",
        "ldh",
        "chromogranin_a",
        "nse",
        "hiaa_5",
        "hba1c",
        "nt_probnp",
    ]
    value: Bare
    unit: str | None = Field(default=None, min_length=1, max_length=30)
    uln: Bare | None = None
    laboratory: Text | None = None

    @model_validator(mode="after")
    def _has_a_unit(self) -> Laboratory:
        if self.unit is None and self.test != "inr":
            raise ValueError("a result needs its unit in UCUM, such as g/dL, umol/L, 10*9/L, U/L")
        for end in (self.value.low, self.value.high):
            if end is not None and end < 0:
                raise ValueError("a result is not negative")
        if self.uln is not None and (not self.uln.is_point or not self.uln.low or self.uln.low < 0):
            raise ValueError("the upper limit of normal is one number above 0")
        return self


class OrganFunction(Dated):
    """Organ function that is not a laboratory number."""

    child_pugh: Literal["A", "B", "C"] | None = None
    ascites: bool | None = None
    main_portal_vein_occlusion: bool | None = None
    hepatitis_b: Literal["negative", "core_antibody_positive", "surface_antigen_positive"] | None = None
    dpd_activity: Literal["normal", "partial_deficiency", "complete_deficiency"] | None = None
    lvef_percent: WholePercent | None = None
    expected_lung_dose: Gray | None = None
    biliary_infection_risk: bool | None = None
