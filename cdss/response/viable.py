"""mRECIST: only what still enhances in the arterial phase is measured. Made for liver cancer; lesions must enhance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cdss.response.lesion import Exam, NonTarget, Response, Target, not_comparable, percent, percent_text, total
from cdss.response.recist import BACK, is_gone

_PR_PERCENT, _PD_PERCENT = Decimal(-30), Decimal(20)


@dataclass(frozen=True, slots=True)
class Viable:
    """The answer. ``necrotic_share`` describes, from 0 to 1, how much of the diameters no longer enhances."""

    response: Response
    because: tuple[str, ...]
    from_baseline_percent: Decimal | None = None
    from_nadir_percent: Decimal | None = None
    necrotic_share: Decimal | None = None


def mrecist(baseline: Exam, earlier: Sequence[Exam], now: Exam) -> Viable:
    """The response of the enhancing parts; not evaluable where one was not measured or the scans cannot be compared."""
    if now.new_lesions:
        return Viable(Response.PD, ("there are new lesions",))
    if now.non_target is NonTarget.PROGRESSED:
        return Viable(Response.PD, ("disease that is not measured has unequivocally progressed",))
    obstacle = not_comparable(baseline, now)
    if obstacle:
        return Viable(Response.NE, (obstacle,))
    first, last = _viable(baseline, baseline), _viable(baseline, now)
    if first is None or last is None:
        return Viable(Response.NE, ("the enhancing part of a lesion was not measured",))
    if first == 0:
        return Viable(Response.NE, ("no lesion enhanced at baseline: measure by RECIST",))
    share = _necrotic(now, last)
    sums = [s for exam in earlier if not not_comparable(baseline, exam) and (s := _viable(baseline, exam)) is not None]
    nadir = min([first, *sums])
    change = percent(last, first)
    rise = percent(last, nadir) if nadir > 0 else None
    if now.new_lesions is None:
        return Viable(Response.NE, ("nobody said whether there are new lesions",), change, rise, share)
    if (rise is not None and rise > _PD_PERCENT) or (rise is None and last > 0):
        rose = f"the enhancing part rose by {percent_text(rise, signed=False)} from its smallest" if rise else BACK
        return Viable(Response.PD, (rose,), change, rise, share)
    if last == 0 and now.non_target in (NonTarget.NONE, NonTarget.GONE):
        return Viable(Response.CR, ("nothing enhances any more",), change, rise, share)
    if last == 0:
        return Viable(Response.PR, ("other disease persists or was not evaluated",), change, rise, share)
    if change <= _PR_PERCENT:
        return Viable(
            Response.PR, (f"the enhancing part fell by {percent_text(-change, signed=False)}",), change, rise, share
        )
    return Viable(Response.SD, (f"the enhancing part changed by {percent_text(change)}",), change, rise, share)


def _viable(baseline: Exam, exam: Exam) -> Decimal | None:
    if not baseline.targets:
        return None
    return total(_enhancing(target, exam.target(target.name)) for target in baseline.targets)


def _enhancing(target: Target, found: Target | None) -> Decimal | None:
    """What of a target enhances: nothing where it is gone, which a lymph node of normal size counts as."""
    if found is None:
        return None
    return Decimal(0) if found.mm is not None and is_gone(target, found.mm) else found.viable_mm


def _necrotic(now: Exam, viable: Decimal) -> Decimal | None:
    there = [target for target in now.targets if target.mm is None or not is_gone(target, target.mm)]
    whole = total(target.mm for target in there if target.viable_mm is not None)
    return 1 - viable / whole if whole and viable <= whole else None
