"""The closed lists of words a record may use; those that facts share are compared with the vocabulary by a test."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import StringConstraints

TherapyId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
Text: TypeAlias = Annotated[str, StringConstraints(max_length=2000)]

PrimarySite: TypeAlias = Literal[
    "oesophagus",
    "stomach",
    "duodenum",
    "pancreas",
    "jejunum",
    "ileum",
    "appendix",
    "caecum",
    "colon_right",
    "colon_left",
    "rectum",
    "lung",
    "thymus",
    "liver",
    "biliary",
    "ovary",
    "kidney",
    "presacral",
    "head_neck",
    "adrenal_or_paraganglia",
    "unknown_primary",
    "other",
]
Uptake: TypeAlias = Literal["none", "below_liver", "equal_liver", "above_liver", "above_spleen"]
SstrStatus: TypeAlias = Literal["positive", "mixed", "negative"]
FdgStatus: TypeAlias = Literal["positive", "negative"]
Modality: TypeAlias = Literal[
    "ct", "mri", "sstr_pet", "sstr_scintigraphy", "fdg_pet", "ultrasound", "echocardiogram", "endoscopy", "eus"
]
Finding: TypeAlias = Literal["necrosis", "ascites", "portal_vein_occlusion", "new_lesion"]
Region: TypeAlias = Literal["chest", "abdomen", "pelvis", "lateral_pelvic_nodes", "liver", "whole_body"]
Phase: TypeAlias = Literal["unenhanced", "arterial", "portal_venous", "delayed", "hepatobiliary"]
NotMeasured: TypeAlias = Literal["none", "gone", "persists", "progressed"]
ResponseModality: TypeAlias = Literal["ct", "mri", "pet_ct", "ultrasound"]
Criterion: TypeAlias = Literal["recist_1_1", "recist_1_0", "who", "choi", "mrecist", "report", "clinical", "marker"]
Edition: TypeAlias = Literal["ajcc7", "ajcc8", "ajcc9", "uicc7", "uicc8", "uicc9", "enets2006", "enets2007"]
Tempo: TypeAlias = Literal["slow", "moderate", "rapid"]
Syndrome: TypeAlias = Literal[
    "none",
    "carcinoid_syndrome",
    "insulinoma",
    "gastrinoma",
    "glucagonoma",
    "vipoma",
    "somatostatinoma",
    "acth",
    "other",
]
