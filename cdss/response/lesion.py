"""What is measured on one examination, and the words for how disease responds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Response(StrEnum):
    """Complete or partial response, stable or progressive disease, or not evaluable."""

    CR = "CR"
    PR = "PR"
    SD = "SD"
    PD = "PD"
    NON_CR_NON_PD = "non-CR/non-PD"
    NE = "NE"

    @property
    def words(self) -> str:
        """The answer for a reader: "stable disease"."""
        return _WORDS[self.value]


_WORDS = {
    "CR": "complete response",
    "PR": "partial response",
    "SD": "stable disease",
    "PD": "progressive disease",
    "non-CR/non-PD": "disease persists, none of it measured",
    "NE": "not evaluable",
}


class NonTarget(StrEnum):
    """The disease that is followed without being measured. ``PROGRESSED`` means unequivocally."""

    NONE = "none"
    GONE = "gone"
    PERSISTS = "persists"
    PROGRESSED = "progressed"
    NOT_EVALUATED = "not evaluated"


@dataclass(frozen=True, slots=True)
class Target:
    """One lesion on one examination.

    ``mm`` is the longest diameter, of a lymph node the short axis; 0 when it is gone, None when it was not measured.
    ``viable_mm`` is the longest diameter of the part that enhances in the arterial phase, ``hu`` the mean attenuation
    of the whole lesion. ``treated``: it lies where radiotherapy or a local therapy went; ``grew_since`` says whether
    it has grown since then. ``perhaps_treated_by`` names a therapy that may have reached it while nobody said so.
    """

    name: str
    organ: str
    mm: Decimal | None
    node: bool = False
    viable_mm: Decimal | None = None
    hu: Decimal | None = None
    treated: bool = False
    grew_since: bool | None = None
    perhaps_treated_by: str | None = None


@dataclass(frozen=True, slots=True)
class Exam:
    """One examination. ``new_lesions`` is None while nobody said whether there are any.

    ``day`` is None where the day itself is not known; sizes can be compared all the same, a rate of growth cannot.
    """

    day: date | None
    modality: str
    targets: tuple[Target, ...]
    phase: str | None = None
    non_target: NonTarget = NonTarget.NONE
    new_lesions: bool | None = False
    new_nodule: bool | None = False

    def target(self, name: str) -> Target | None:
        """The lesion of this name; None when this examination does not mention it."""
        return next((target for target in self.targets if target.name == name), None)


def not_comparable(first: Exam, second: Exam) -> str | None:
    """Why sizes of two examinations may not be compared; None when they may."""
    if first.modality != second.modality:
        return f"one examination is {first.modality}, the other {second.modality}"
    if first.phase is None or second.phase is None:
        return None if first.phase == second.phase else "the contrast phase of one examination is not known"
    if first.phase != second.phase:
        return f"the contrast phases differ: {first.phase} and {second.phase}"
    return None


def percent(now: Decimal, before: Decimal) -> Decimal:
    """The change in per cent of ``before``, which must be above 0."""
    return 100 * (now - before) / before


_THRESHOLDS = frozenset(map(Decimal, (10, 15, 20, 30)))


def percent_text(change: Decimal, *, signed: bool = True) -> str:
    """A change for a reader: "-7.1 %"; with more decimals where one would show a threshold that it only comes near."""
    kind, places = "+" if signed else "", 1
    while abs(change) not in _THRESHOLDS and abs(round(change, places)) in _THRESHOLDS:
        places += 1
    return f"{change:{kind}.{places}f} %"


def total(sizes: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; None when a size is missing."""
    found = Decimal(0)
    for size in sizes:
        if size is None:
            return None
        found += size
    return found
