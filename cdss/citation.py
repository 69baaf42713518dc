"""The sources: a registry of CSL entries, and the locators with which rules point into them."""

from __future__ import annotations

import re
from textwrap import shorten
from typing import Any

from pydantic import Field, field_validator, model_validator

from cdss.vocabulary import Strict

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_PMID = re.compile(r"[1-9]\d{0,8}")


class Cite(Strict):
    """A pointer into a source: which entry, and where in it."""

    ref: str
    at: str = Field(min_length=1)


class Person(Strict):
    """An author; an institution has a ``literal`` name only."""

    family: str | None = None
    given: str | None = None
    literal: str | None = None


class Issued(Strict):
    """A CSL date: year, or year and month, or year, month and day."""

    date_parts: tuple[tuple[int, ...], ...] = Field(alias="date-parts", min_length=1)


class Reference(Strict):
    """One source in CSL form. It carries a DOI, a PMID or the address at which its issuer keeps it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    type: str
    title: str
    author: tuple[Person, ...] = ()
    editor: tuple[Person, ...] = ()
    container_title: str | None = Field(default=None, alias="container-title")
    publisher: str | None = None
    volume: str | int | None = None
    issue: str | int | None = None
    page: str | int | None = None
    number: str | int | None = None
    edition: str | int | None = None
    note: str | None = None
    issued: Issued | None = None
    accessed: Issued | None = None
    DOI: str | None = None
    PMID: str | None = None
    URL: str | None = None
    custom: dict[str, Any] = Field(default_factory=dict)

    @field_validator("DOI")
    @classmethod
    def _looks_like_a_doi(cls, value: str | None) -> str | None:
        if value is not None and not _DOI.fullmatch(value):
            raise ValueError("a DOI starts with 10. and a registrant number, without an address in front")
        return value

    @field_validator("PMID")
    @classmethod
    def _looks_like_a_pmid(cls, value: str | None) -> str | None:
        if value is not None and not _PMID.fullmatch(value):
            raise ValueError("a PMID is a number of up to nine digits, in quotes")
        return value

    @model_validator(mode="after")
    def _can_be_found(self) -> Reference:
        if not (self.DOI or self.PMID or self.URL):
            raise ValueError("a source needs a DOI, a PMID or a URL")
        return self

    @property
    def year(self) -> str:
        """The year of issue; "n.d." when none is given."""
        return str(self.issued.date_parts[0][0]) if self.issued else "n.d."

    @property
    def short(self) -> str:
        """Who and when, as a board says it: "Rinke 2023". Without an author: where it appeared, or its title, cut."""
        first = self.author[0] if self.author else None
        who = (first.family or first.literal) if first else None
        name = shorten(who or self.publisher or self.container_title or self.title, 48, placeholder=" …")
        return f"{name} {self.year}" if self.issued else name

    @property
    def link(self) -> str:
        """Where to find it: "doi:…", "PMID …" or the address."""
        if self.DOI:
            return f"doi:{self.DOI}"
        return f"PMID {self.PMID}" if self.PMID else str(self.URL)


class References(Strict):
    """A file of the registry."""

    references: tuple[Reference, ...]
