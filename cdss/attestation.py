"""Somebody's word that an expectation was held against its source, without which a drafted test proves nothing."""

from __future__ import annotations

from pydantic import Field

from cdss.citation import Cite
from cdss.vocabulary import Day, Strict


class Attestation(Strict):
    """Who checked a drafted expectation, when, and against which place of which source."""

    by: str = Field(min_length=1)
    date: Day
    against: Cite
