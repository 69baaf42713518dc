"""The person: sex, age, fitness, symptoms, other diseases and medicines, wishes, and what is available."""

from __future__ import annotations

from typing import Literal, TypeVar

from pydantic import Field, model_validator

from cdss.record.number import Count, Months
from cdss.record.time import Dated, Days, Offset, When
from cdss.record.words import Text, TherapyId
from cdss.vocabulary import Strict

Word = TypeVar("Word", bound=str)


class AgeOn(Strict):
    """The age in completed years on a day."""

    years: int = Field(ge=0, le=120)
    date: When


class Patient(Strict):
    """Who the patient is; known from the start. At most one of age, birth date and birth year."""

    sex: Literal["female", "male"] | None = None
    age: AgeOn | None = None
    birth_date: When | None = None
    birth_year: int | None = Field(default=None, ge=1850, le=2200)

    @model_validator(mode="after")
    def _one_age(self) -> Patient:
        if sum(given is not None for given in (self.age, self.birth_date, self.birth_year)) > 1:
            raise ValueError("give one of age, birth_date and birth_year")
        if self.birth_date is not None and not isinstance(self.birth_date, Days | Offset):
            raise ValueError("a birth date is a date")
        return self


class Performance(Dated):
    """Fitness on a day."""

    ecog: Count | None = None
    frailty: Literal["fit", "vulnerable", "frail"] | None = None
    fit_for_major_surgery: bool | None = None
    life_expectancy_months: Months | None = None

    @model_validator(mode="after")
    def _ecog_ends_at_five(self) -> Performance:
        if self.ecog is not None and any(end is not None and end > 5 for end in (self.ecog.low, self.ecog.high)):
            raise ValueError("the ECOG performance status goes from 0 to 5")
        return self


class Reproduction(Dated):
    """Pregnancy and breast-feeding on a day. That a pregnancy is not possible follows from sex and age."""

    pregnancy: Literal["excluded", "not_excluded", "confirmed"] | None = None
    breastfeeding: bool | None = None


class Plans(Dated):
    """What was done lately or is about to be done, as far as a therapy has to wait for it."""

    live_vaccine_planned_or_recent: bool | None = None
    major_surgery_planned_or_recent: bool | None = None


class Listed(Dated):
    """Words that apply on a day and words that do not. ``complete``: everything unlisted does not apply."""

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    complete: bool = False

    @model_validator(mode="after")
    def _not_both(self) -> Listed:
        if set(self.present) & set(self.absent):
            raise ValueError("the same word stands under present and under absent")
        return self


class Symptoms(Listed):
    """Symptoms on a day, and whether the cause of a pain was established by then."""

    pain_cause_established: bool | None = None


class Hereditary(Dated):
    """What was found of a hereditary syndrome."""

    syndrome: Literal["none", "men1", "vhl", "nf1", "tuberous_sclerosis"]


class Decline(Dated):
    """A therapy or class of therapies the patient refuses.

    It holds until ``withdrawn``, unless ``capacity`` is recorded as lacking. ``asked_again``: days on which it was
    discussed again and upheld.
    """

    therapy: TherapyId
    reason: Text | None = None
    informed: bool | None = None
    capacity: bool | None = None
    withdrawn: When | None = None
    asked_again: tuple[When, ...] = ()


class Preferences(Strict):
    """What the patient wishes. Nothing is ever inferred; without an entry nothing is refused."""

    declines: tuple[Decline, ...] = ()


class Access(Dated):
    """Whether a therapy can be had. Shown beside an option; it never changes where the option stands."""

    therapy: TherapyId
    available: bool | None = None
    note: Text | None = None
