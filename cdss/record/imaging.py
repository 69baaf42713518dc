"""What scans showed, study by study and lesion by lesion."""

from __future__ import annotations

from pydantic import Field, model_validator

from cdss.anatomy import Site
from cdss.record.number import Count, Millimetres
from cdss.record.time import Dated
from cdss.record.words import FdgStatus, Finding, Modality, Region, SstrStatus, Text, Uptake
from cdss.vocabulary import Strict

SSTR = ("sstr_pet", "sstr_scintigraphy")


class Lesion(Strict):
    """One lesion in one study. The same ``id`` in two studies is the same lesion."""

    id: str | None = None
    site: Site
    size: Millimetres | None = None
    sstr: Uptake | None = None
    fdg: FdgStatus | None = None
    new: bool | None = None


class Study(Dated):
    """One examination. ``sstr``, ``uptake`` and ``fdg`` speak for all lesions where these are not listed one by one."""

    id: str | None = None
    modality: Modality
    tracer: Text | None = None
    regions: tuple[Region, ...] = ()
    usable: bool = True
    lesions: tuple[Lesion, ...] = ()
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
        return self


class Imaging(Strict):
    """All studies recorded. ``complete``: no other study was done."""

    complete: bool = False
    studies: tuple[Study, ...] = Field(default=())
