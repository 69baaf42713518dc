"""A dated statement of a fact for which the record has no section of its own."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from cdss.record.time import Dated


class Observation(Dated):
    """``fact`` is a name of the vocabulary, ``value`` is written as in a ``facts:`` block; both are checked with it."""

    fact: str = Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")
    value: Any
