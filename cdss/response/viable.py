"""mRECIST: only what still enhances in the arterial phase is measured. Made for liver cancer; lesions must enhance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cdss.response.lesion import Exam, NonTarget, Response, not_comparable, percent, total

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
        what = f"rose by {rise:.1f} % from its smallest" if rise is not None else "came back"
        return Viable(Response.PD, (f"the enhancing part {what}",), change, rise, share)
    if last == 0 and now.non_target in (NonTarget.NONE, NonTarget.GONE):
        return Viable(Response.CR, ("nothing enhances any more",), change, rise, share)
    if last == 0:
        return Viable(Response.PR, ("other disease persists or was not evaluated",), change, rise, share)
    if change <= _PR_PERCENT:
        return Viable(Response.PR, (f"the enhancing part fell by {-change:.1f} %",), change, rise, share)
    return Viable(Response.SD, (f"the enhancing part changed by {change:+.1f} %",), change, rise, share)


def _viable(baseline: Exam, exam: Exam) -> Decimal | None:
    if not baseline.targets:
        return None
    return total(found.viable_mm if (found := exam.target(t.name)) else None for t in baseline.targets)


def _necrotic(now: Exam, viable: Decimal) -> Decimal | None:
    whole = total(target.mm for target in now.targets if target.viable_mm is not None)
    return 1 - viable / whole if whole and viable <= whole else None
