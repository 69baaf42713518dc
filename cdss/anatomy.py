"""Where disease can be: the closed lists that records, facts and therapies share."""

from __future__ import annotations

from typing import Literal, TypeAlias

Organ: TypeAlias = Literal[
    "liver",
    "regional_nodes",
    "distant_nodes",
    "nodes",
    "lung",
    "bone",
    "peritoneum",
    "brain",
    "ovary",
    "heart",
    "other",
]

Site: TypeAlias = Literal["primary", Organ]
"""Where a record may say that disease is, and from where an operation may take it."""

NODES = ("regional_nodes", "distant_nodes", "nodes")
"""The sites of lymph nodes."""
