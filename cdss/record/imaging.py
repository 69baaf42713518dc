"""What scans showed, study by study and lesion by lesion."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from cdss.anatomy import NODES, Site
from cdss.record.number import Count, Hounsfield, Millimetres
from cdss.record.time import Dated, Time
from cdss.record.words import FdgStatus, Finding, Modality, NotMeasured, Phase, Region, SstrStatus, Text, Uptake
from cdss.vocabulary import Strict

SSTR = ("sstr_pet", "sstr_scintigraphy")
MEASURING = ("ct", "mri", "sstr_pet", "fdg_pet")
"""The studies whose sizes can be compared over time; of a PET those of its CT."""


class Lesion(Strict):
    """One lesion in one study. The same ``id`` in two studies is the same lesion.

    ``size`` in mm is the longest diameter, of a lymph node the short axis, of a bone lesion its soft-tissue part. 0
    says that the lesion is gone; of one that is there and too small to measure write 5; without a size it was not
    measured. ``node`` is needed only where the site does not say it. ``viable`` in mm is the longest diameter of what
    enhances in the arterial phase, ``hu`` the mean attenuation of the whole lesion on CT. ``treated_locally``: it lies
    where radiotherapy, embolisation, SIRT or ablation went; ``grew_since_treatment`` says whether it has grown since.
    """

    id: str | None = None
    site: Site
    size: Millimetres | None = None
    node: bool | None = None
    viable: Millimetres | None = None
    hu: Hounsfield | None = None
    treated_locally: bool | None = None
    grew_since_treatment: bool | None = None
    sstr: Uptake | None = None
    fdg: FdgStatus | None = None
    new: bool | None = None

    @model_validator(mode="after")
    def _measured_sensibly(self) -> Lesion:
        if self.node is False and self.site in NODES:
            raise ValueError("a lesion at a lymph-node site is a lymph node; leave node out, or give another site")
        if self.grew_since_treatment is not None and self.treated_locally is not True:
            raise ValueError("grew_since_treatment belongs to a lesion with treated_locally: true")
        # Of a node the size is the short axis, which the enhancing part may exceed.
        if not self.is_node and self.size is not None and self.viable is not None and _surely_above(self):
            raise ValueError("the enhancing part (viable) is larger than the lesion itself")
        if self.new and self.is_gone:
            raise ValueError("a lesion is not new and gone at once")
        return self

    @property
    def is_node(self) -> bool:
        """Whether it is a lymph node, of which the short axis is measured."""
        return bool(self.node) or self.site in NODES

    @property
    def is_gone(self) -> bool:
        """Whether the study looked for it and found nothing left; a lesion without a size was not measured."""
        return self.size is not None and self.size.high == 0


def _surely_above(lesion: Lesion) -> bool:
    assert lesion.size is not None
    assert lesion.viable is not None
    least, most = lesion.viable.low, lesion.size.high
    return least is not None and most is not None and least > most


class Study(Dated):
    """One examination. ``sstr``, ``uptake`` and ``fdg`` speak for all lesions where these are not listed one by one.

    ``baseline``: later studies of the same modality are compared with this one, until another is called baseline.
    ``phase`` is the contrast phase in which the lesions were measured. ``new_lesions``, ``new_nodule`` (a new or
    growing nodule inside a lesion) and ``non_target`` (the disease that is followed without being measured; none:
    there is no such disease) are unknown where they are absent.
    """

    id: str | None = None
    modality: Modality
    tracer: Text | None = None
    regions: tuple[Region, ...] = ()
    usable: bool = True
    baseline: bool = False
    phase: Phase | None = None
    lesions: tuple[Lesion, ...] = ()
    new_lesions: bool | None = None
    new_nodule: bool | None = None
    non_target: NotMeasured | None = None
    sstr: SstrStatus | None = None
    uptake: Uptake | None = None
    non_avid_sites: tuple[Site, ...] = ()
    fdg: FdgStatus | None = None
    avid_nodes: Count | None = None
    findings: tuple[Finding, ...] = ()
    not_found: tuple[Finding, ...] = ()
    note: Text | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Study:
        listed = any(lesion.sstr is not None for lesion in self.lesions)
        if listed and (self.sstr is not None or self.uptake is not None):
            raise ValueError("give the SSTR uptake lesion by lesion or for the whole study, not both")
        if any(lesion.fdg is not None for lesion in self.lesions) and self.fdg is not None:
            raise ValueError("give the FDG uptake lesion by lesion or for the whole study, not both")
        if self.modality not in SSTR and (
            self.sstr is not None or self.uptake is not None or self.avid_nodes is not None
        ):
            raise ValueError("sstr, uptake and avid_nodes belong to a somatostatin-receptor study")
        if self.modality != "fdg_pet" and self.fdg is not None:
            raise ValueError("fdg belongs to an FDG-PET study")
        if self.sstr == "positive" and (self.non_avid_sites or self.uptake in ("none", "below_liver")):
            raise ValueError("when every lesion shows uptake there is none without; write mixed")
        if self.sstr == "negative" and self.uptake in ("equal_liver", "above_liver", "above_spleen"):
            raise ValueError("a study without relevant uptake has no uptake of the liver or more")
        if set(self.findings) & set(self.not_found):
            raise ValueError("the same word stands under findings and under not_found")
        for problem in self._wrongly_measured():
            raise ValueError(problem)
        return self

    def _wrongly_measured(self) -> Iterator[str]:
        """What is wrong with the measurements, the first first."""
        names = [lesion.id for lesion in self.lesions if lesion.id is not None]
        if len(set(names)) < len(names):
            yield "the same lesion stands twice in one study; give every lesion an id of its own"
        if self.modality != "ct" and any(lesion.hu is not None for lesion in self.lesions):
            yield "attenuation (hu) exists on CT only; record the CT of a PET/CT as a study of its own"
        if self.modality not in ("ct", "mri") and any(lesion.viable is not None for lesion in self.lesions):
            yield "the enhancing part (viable) is measured on CT or MRI"
        if self.phase is not None and self.modality not in (*MEASURING, "ultrasound"):
            yield "a contrast phase belongs to CT, MRI, PET/CT or ultrasound"
        if self.phase == "hepatobiliary" and self.modality != "mri":
            yield "the hepatobiliary phase belongs to MRI"
        said = {self.new_lesions, *(True for lesion in self.lesions if lesion.new)} - {None}
        said |= {True for word in self.findings if word == "new_lesion"}
        said |= {False for word in self.not_found if word == "new_lesion"}
        if len(said) > 1:
            yield "the study is said to show new lesions, and to show none"
        if self.baseline:
            yield from self._no_baseline()

    def _no_baseline(self) -> Iterator[str]:
        """Why nothing can be compared with this study."""
        if not self.usable:
            yield "a study that is not usable is no baseline"
        if self.modality not in MEASURING:
            yield "a baseline is a CT, an MRI or a PET/CT; sizes of other studies are not compared"
        measured = [lesion for lesion in self.lesions if lesion.size is not None]
        if not measured:
            yield "a baseline needs measured lesions: give at least one its size in mm"
        if any(lesion.id is None for lesion in measured):
            yield "a lesion measured at baseline needs an id, by which later studies name it"
        if any(lesion.is_gone for lesion in measured):
            yield "a lesion of size 0 is gone; at baseline it is left out"

    @property
    def shows_new_lesions(self) -> bool | None:
        """Whether there are new lesions, by any of the ways to say so; None when nobody said."""
        if self.new_lesions or "new_lesion" in self.findings or any(lesion.new for lesion in self.lesions):
            return True
        return False if self.new_lesions is False or "new_lesion" in self.not_found else None


class Imaging(Strict):
    """All studies recorded. ``complete``: no other study was done."""

    complete: bool = False
    studies: tuple[Study, ...] = Field(default=())

    @model_validator(mode="after")
    def _same_lesions(self) -> Imaging:
        known: dict[str, Lesion] = {}
        baselines: list[tuple[Time, Modality]] = []
        for study in self.studies:
            for lesion in study.lesions:
                if lesion.id is not None and not _may_be_the_same(known.setdefault(lesion.id, lesion), lesion):
                    raise ValueError(
                        "a lesion stands at two different sites, or once as a lymph node and once not; "
                        "two lesions need two ids"
                    )
            if study.baseline:
                if (study.date, study.modality) in baselines:
                    raise ValueError(
                        "two studies of one day and one modality are called baseline; write their lesions in one study"
                    )
                baselines.append((study.date, study.modality))
        return self


def _may_be_the_same(one: Lesion, other: Lesion) -> bool:
    """Whether two entries can be one lesion: at one site, where "nodes" may be said of regional and distant ones."""
    if one.node is not None and other.node is not None and one.node != other.node:
        return False
    return one.site == other.site or ("nodes" in (one.site, other.site) and {one.site, other.site} <= set(NODES))
