"""What the history of treatment must know about therapies; a test holds these lists against the library's."""

from __future__ import annotations

SOMATOSTATIN_ANALOGUES = frozenset(
    {"octreotide_lar", "lanreotide", "pasireotide", "short_acting_octreotide", "ssa_above_label"}
)
PRRT = frozenset({"lu177_dotatate", "lu177_edotreotide", "y90_dotatoc", "alpha_prrt"})
LUTETIUM = frozenset({"lu177_dotatate", "lu177_edotreotide"})
YTTRIUM_PRRT = frozenset({"y90_dotatoc"})
OTHER_RADIOLIGANDS = frozenset({"mibg_131i"})
LIVER_DIRECTED = frozenset({"sirt", "tae", "tace", "ablation"})
SURGERY = frozenset(
    {
        "primary_resection",
        "liver_resection",
        "liver_transplantation",
        "metastasectomy",
        "hipec",
        "bilateral_adrenalectomy",
    }
)
PRIMARY_REMOVAL = frozenset({"primary_resection", "endoscopic_resection"})
OTHER_LOCAL = frozenset({"endoscopic_resection", "eus_ablation", "external_beam_radiotherapy"})

ONE_OFF = PRRT | OTHER_RADIOLIGANDS | LIVER_DIRECTED | SURGERY | OTHER_LOCAL
"""Given in sessions: without a recorded end they are over, on a day that is not known, and never "current"."""

SYSTEMIC_CLASSES: dict[str, frozenset[str]] = {
    "mtor_inhibitor": frozenset({"everolimus"}),
    "vegfr_tki": frozenset({"sunitinib", "cabozantinib", "surufatinib", "axitinib", "lenvatinib", "pazopanib"}),
    "cytotoxic_chemotherapy": frozenset(
        {
            "captem",
            "temozolomide",
            "dacarbazine",
            "stz_5fu",
            "folfox",
            "folfiri",
            "platinum_etoposide",
            "topotecan_or_irinotecan",
            "irinotecan_cisplatin",
        }
    ),
    "interferon": frozenset({"interferon_alpha"}),
    "immunotherapy": frozenset({"pembrolizumab", "dostarlimab", "nivolumab_ipilimumab"}),
    "tumour_agnostic": frozenset(
        {"larotrectinib", "entrectinib", "selpercatinib", "dabrafenib_trametinib", "trastuzumab_deruxtecan"}
    ),
    "antiangiogenic_antibody": frozenset({"bevacizumab"}),
    "hif2a_inhibitor": frozenset({"belzutifan"}),
}
"""Systemic antiproliferative drugs by class. A change of class makes an earlier receptor scan stale; adding a
somatostatin analogue does not, because that is no change of the antiproliferative class."""

CLASSES: dict[str, frozenset[str]] = {
    **SYSTEMIC_CLASSES,
    "somatostatin_analogue": SOMATOSTATIN_ANALOGUES,
    "prrt": PRRT,
    "radioligand_other": OTHER_RADIOLIGANDS,
    "liver_directed": LIVER_DIRECTED,
    "surgery": SURGERY,
}
"""The classes by which a record may say that nothing of the kind was given."""

STOPPABLE = (
    (ONE_OFF - SURGERY - {"endoscopic_resection", "eus_ablation"})
    | (SOMATOSTATIN_ANALOGUES - {"short_acting_octreotide"})
    | frozenset().union(*SYSTEMIC_CLASSES.values())
)
"""Therapies after whose stop a progression is counted: not operations, and not what is given for symptoms alone."""


def systemic_class(agent: str) -> str | None:
    """The antiproliferative class of a systemic drug other than a somatostatin analogue or a radioligand."""
    return next((name for name, agents in SYSTEMIC_CLASSES.items() if agent in agents), None)
