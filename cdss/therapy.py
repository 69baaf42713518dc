"""The therapies: what each is called, which classes it belongs to, and where its list of labels is complete."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field, StrictBool, model_validator

from cdss.anatomy import Site
from cdss.vocabulary import Strict


class TherapyKind(StrEnum):
    """A drug can have a label; a procedure or a way of managing cannot."""

    DRUG = "drug"
    PROCEDURE = "procedure"
    MANAGEMENT = "management"


class TherapyClass(Strict):
    """A group of therapies that a rule or a refusal may name as one."""

    name: str
    modality: str


class Therapy(Strict):
    """One therapy; in a patient's history it counts under the first of its classes.

    ``labels_complete`` names the jurisdictions whose every label of this drug is among the rules, ``removes`` the parts
    from which an operation may take disease.
    """

    id: str
    name: str
    classes: tuple[str, ...] = Field(min_length=1)
    kind: TherapyKind
    systemic: StrictBool = False
    intensive: StrictBool = False
    radionuclide: str | None = Field(default=None, pattern=r"^[0-9]{2,3}[A-Z][a-z]?$")
    removes: tuple[Site, ...] = ()
    atc: str | tuple[str, ...] | None = None
    rxnorm: str | tuple[str, ...] | None = None
    codes_unconfirmed: StrictBool = False
    labels_complete: tuple[str, ...] = ()
    nationally_labelled: tuple[str, ...] = ()
    note: str | None = None


class Therapies(Strict):
    """All therapies and classes, by id."""

    classes: dict[str, TherapyClass]
    therapies: dict[str, Therapy]

    @model_validator(mode="before")
    @classmethod
    def _name_the_therapies(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and isinstance(data.get("therapies"), Mapping):
            named = {
                key: {"id": key, **entry} if isinstance(entry, Mapping) else entry
                for key, entry in data["therapies"].items()
            }
            return {**data, "therapies": named}
        return data

    @model_validator(mode="after")
    def _classes_exist(self) -> Therapies:
        for therapy in self.therapies.values():
            for name in therapy.classes:
                if name not in self.classes:
                    raise ValueError(f"therapy {therapy.id} belongs to {name}, which is not among the classes")
        return self

    def of_class(self, name: str) -> tuple[str, ...]:
        """The ids of the therapies of one class, sorted; empty when the class has none."""
        return tuple(sorted(t.id for t in self.therapies.values() if name in t.classes))

    def covered_by(self, names: frozenset[str]) -> frozenset[str]:
        """The therapies that a list of therapy ids and class names covers."""
        return frozenset(t.id for t in self.therapies.values() if t.id in names or names & set(t.classes))
