"""The WHO grade of one sample, from its report or from Ki-67 and mitoses. Pure functions.

WHO 2019: G1 below 3 % and below 2 mitoses per 2 mm², G2 up to 20 of either, G3 above; the higher index decides. These
cut-offs are for gastroenteropancreatic tumours. Poor differentiation has no NET grade.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from cdss.record.pathology import Sample
from cdss.values import Interval, Truth

GEP_SITES = frozenset(
    {
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
        "biliary",
        "liver",
    }
)
THORACIC_SITES = frozenset({"lung", "thymus"})
_KI67_G2 = Decimal(3)
_MITOSES_G2 = Decimal(2)
_G3_ABOVE = Decimal(20)
_CARCINOID_MOST = Decimal(10)
_REPORTED = {"G1": 1, "G2": 2, "G3": 3}


@dataclass(frozen=True, slots=True)
class Graded:
    """What one sample says: its NET grade (None: it has none, or none can be told), and why not.

    ``open_question`` means that the sample may be of high grade and cannot be told: its grade is not to be passed over.
    """

    grade: Interval | None
    differentiation: str | None
    contradiction: bool = False
    open_question: bool = False


def graded(sample: Sample, *, gep: bool, thoracic: bool = False) -> Graded:
    """The grade of one sample. Without ``gep`` no grade is worked out; a reported one is taken as it stands.

    ``thoracic``: a lung or thymus primary, whose carcinoid type is held against its own criteria.
    """
    if thoracic and sample.carcinoid_type is not None:
        if sample.differentiation == "poor" or sample.grade == "NEC" or not _fits_type(sample):
            return Graded(None, None, contradiction=True, open_question=True)
        reported = _REPORTED.get(sample.grade or "")
        return Graded(None if reported is None else _grades(reported, reported), "well")
    indices = _bands(sample) if gep else []
    differentiation = sample.differentiation
    if sample.grade == "NEC" or (sample.grade == "G3" and differentiation == "poor"):
        # Before 2017 a poorly differentiated carcinoma was itself reported as G3.
        both_low = len(indices) == 2 and all(high < 3 for _, high in indices)
        wrong = differentiation == "well" or both_low
        return Graded(None, None if wrong else "poor", contradiction=wrong, open_question=wrong)
    if sample.grade is not None:
        reported = _REPORTED[sample.grade]
        least = max((low for low, _ in indices), default=1)
        most = max(high for _, high in indices) if len(indices) == 2 else 3
        if differentiation == "poor" or not least <= reported <= most:
            return Graded(None, None, contradiction=True, open_question=True)
        return Graded(_grades(reported, reported), "well")
    if differentiation == "poor" or not indices:
        return Graded(None, differentiation)
    low = max(low for low, _ in indices)
    high = max(high for _, high in indices)
    if differentiation is None and high == 3:
        return Graded(None, None, open_question=True)
    return Graded(_grades(low, high if len(indices) == 2 else 3), differentiation)


def carcinoid_type(sample: Sample) -> str | None:
    """Typical or atypical, as reported or, for a well differentiated tumour, from mitoses and necrosis.

    WHO: typical below 2 mitoses per 2 mm² without necrosis; atypical with 2 to 10, or with necrosis.
    """
    if sample.carcinoid_type is not None or sample.differentiation != "well" or sample.mitoses is None:
        return sample.carcinoid_type
    few, not_many = sample.mitoses.rate.less_than(_MITOSES_G2), sample.mitoses.rate.at_most(_CARCINOID_MOST)
    if few is Truth.YES and sample.necrosis is False:
        return "typical"
    necrotic = sample.necrosis is True or few is Truth.NO
    return "atypical" if not_many is Truth.YES and necrotic else None


def _fits_type(sample: Sample) -> bool:
    """Whether mitoses and necrosis allow the reported type."""
    rate = sample.mitoses.rate if sample.mitoses is not None else None
    if rate is not None and rate.at_most(_CARCINOID_MOST) is Truth.NO:
        return False
    if sample.carcinoid_type == "typical":
        return not sample.necrosis and (rate is None or rate.less_than(_MITOSES_G2) is not Truth.NO)
    return sample.necrosis is not False or rate is None or rate.less_than(_MITOSES_G2) is not Truth.YES


def single_index(sample: Sample) -> bool | None:
    """Whether the grade rests on Ki-67 or mitoses alone; None when nothing says what it rests on."""
    known = {name for name, given in (("ki67", sample.ki67), ("mitoses", sample.mitoses)) if given is not None}
    known |= set(sample.grade_from or ())
    return None if not known else len(known) == 1


def _bands(sample: Sample) -> list[tuple[int, int]]:
    found = []
    if sample.ki67 is not None:
        found.append(band(sample.ki67, _KI67_G2))
    if sample.mitoses is not None:
        found.append(band(sample.mitoses.rate, _MITOSES_G2))
    return found


def band(index: Interval, second: Decimal) -> tuple[int, int]:
    """The lowest and highest grade an index allows; G2 starts at ``second``, G3 above 20.

    >>> band(Interval.point("2.9"), Decimal(3)), band(Interval.point("20.1"), Decimal(3))
    ((1, 1), (3, 3))
    """
    first, third = index.less_than(second), index.at_most(_G3_ABOVE)
    low = 3 if third is Truth.NO else 2 if first is Truth.NO else 1
    high = 1 if first is Truth.YES else 2 if third is Truth.YES else 3
    return low, high


def _grades(low: int, high: int) -> Interval:
    return Interval(Decimal(low), Decimal(high))


def highest(values: Iterable[Interval]) -> Interval | None:
    """What is known of the largest of several numbers; None without any."""
    listed = list(values)
    if not listed:
        return None
    lows = [v.low for v in listed if v.low is not None]
    low = max(lows, default=None)
    high = None if any(v.high is None for v in listed) else max(v.high for v in listed if v.high is not None)
    low_open = any(v.low == low and v.low_open for v in listed) if low is not None else False
    high_open = all(v.high_open for v in listed if v.high == high) if high is not None else False
    if low is None and high is None:
        return None
    if low is not None and low == high:
        return Interval(low, high)
    return Interval(low, high, low_open, high_open)
