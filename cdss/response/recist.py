"""RECIST 1.1 (Eisenhauer 2009, doi 10.1016/j.ejca.2008.10.026): sizes of up to five lesions against first and smallest.

The thresholds were read in restatements. What is still there and too small to measure counts as the caller says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cdss.response.lesion import Exam, NonTarget, Response, Target, not_comparable, percent, percent_text

MEASURABLE_MM = Decimal(10)
MEASURABLE_NODE_MM = Decimal(15)
NORMAL_NODE_MM = Decimal(10)
MOST_TARGETS, MOST_PER_ORGAN = 5, 2
BACK = "lesions that had gone are there again"
_PR_PERCENT, _PD_PERCENT, _PD_MM = Decimal(-30), Decimal(20), Decimal(5)


@dataclass(frozen=True, slots=True)
class Recist:
    """The answer with its arithmetic. Sums are in mm and None where a lesion was not measured."""

    response: Response
    because: tuple[str, ...]
    targets: tuple[str, ...]
    left_out: tuple[str, ...]
    baseline_mm: Decimal | None
    nadir_mm: Decimal | None
    now_mm: Decimal | None
    from_baseline_percent: Decimal | None = None
    from_nadir_percent: Decimal | None = None
    from_nadir_mm: Decimal | None = None


def unsuited(target: Target) -> str | None:
    """Why a lesion is no target at baseline; None when it may be one."""
    if target.treated and not target.grew_since:
        grown = "did not grow" if target.grew_since is False else "is not known to have grown"
        return f"{target.name} was treated locally and {grown} since"
    if target.perhaps_treated_by is not None and not target.treated:
        return f"{target.name} may lie where {target.perhaps_treated_by} went; nobody said whether it was treated"
    if target.mm is None:
        return f"{target.name} was not measured"
    if target.node and target.mm < MEASURABLE_NODE_MM:
        return f"{target.name} is a lymph node below {MEASURABLE_NODE_MM} mm in its short axis"
    if not target.node and target.mm < MEASURABLE_MM:
        return f"{target.name} measures less than {MEASURABLE_MM} mm"
    return None


def targets_of(baseline: Exam) -> tuple[tuple[Target, ...], tuple[str, ...]]:
    """The lesions to follow, the largest first, and why others are left out: five in all, two of an organ.

    The criteria let readers choose; taking the largest keeps the choice the same for everybody.
    """
    left_out = [reason for target in baseline.targets if (reason := unsuited(target))]
    suited = [t for t in baseline.targets if unsuited(t) is None]
    suited.sort(key=lambda t: (-(t.mm or Decimal(0)), t.name))
    chosen: list[Target] = []
    organs: Counter[str] = Counter()
    for target in suited:
        if len(chosen) == MOST_TARGETS or organs[target.organ] == MOST_PER_ORGAN:
            left_out.append(f"{target.name}: there are enough targets")
            continue
        organs[target.organ] += 1
        chosen.append(target)
    return tuple(chosen), tuple(left_out)


def recist(baseline: Exam, earlier: Sequence[Exam], now: Exam) -> Recist:
    """The response on ``now``; ``earlier`` are the examinations since ``baseline``, where the smallest sum may lie.

    Not evaluable when examinations cannot be compared, a target was not measured, or nobody said whether there are new
    lesions, unless progression is certain all the same.
    """
    chosen, left_out = targets_of(baseline)
    names = tuple(target.name for target in chosen)
    first, last = sum_of(baseline, names), sum_of(now, names)
    sums = [s for exam in earlier if not not_comparable(baseline, exam) and (s := sum_of(exam, names)) is not None]
    nadir = min([first, *sums]) if first is not None else None
    obstacle = not_comparable(baseline, now) if names else None
    before = [exam for exam in earlier if not not_comparable(baseline, exam) and _all_gone(exam, chosen)]
    target, because = _targets(now, chosen, nadir, obstacle, before)
    response, why = _overall(target, now, bool(names))
    measured = last is not None and obstacle is None and bool(names)
    return Recist(
        response,
        (*because, *why),
        names,
        left_out,
        first if names else None,
        nadir if names else None,
        last if measured else None,
        percent(last, first) if measured and last is not None and first else None,
        percent(last, nadir) if measured and last is not None and nadir else None,
        last - nadir if measured and last is not None and nadir is not None else None,
    )


def sum_of(exam: Exam, names: Sequence[str]) -> Decimal | None:
    """The sizes of these lesions added up, in mm; None where one of them was not measured."""
    found = Decimal(0)
    for name in names:
        target = exam.target(name)
        if target is None or target.mm is None:
            return None
        found += target.mm
    return found


def _targets(
    now: Exam, chosen: Sequence[Target], nadir: Decimal | None, obstacle: str | None, all_gone: Sequence[Exam]
) -> tuple[Response, tuple[str, ...]]:
    """The answer of the measured lesions alone. ``all_gone`` are the examinations before on which none was left."""
    if not chosen:
        return Response.NE, ("no lesion was measurable at baseline",)
    if obstacle is not None:
        return Response.NE, (obstacle,)
    assert nadir is not None
    seen = [(target, now.target(target.name)) for target in chosen]
    sizes = [found.mm if found else None for _, found in seen]
    known = sum((size for size in sizes if size is not None), Decimal(0))
    if any(_back(exam, now, chosen) for exam in all_gone):
        return Response.PD, (BACK,)
    # What is missing can only add to the sum, so that progression may be certain before everything is measured.
    if nadir > 0 and grew(nadir, known):
        rise = percent_text(percent(known, nadir), signed=False)
        return Response.PD, (f"the sum rose by {rise} and {known - nadir} mm from its smallest",)
    missing = [target.name for target, found in seen if found is None or found.mm is None]
    if missing:
        return Response.NE, (f"not measured: {', '.join(missing)}",)
    if _all_gone(now, chosen):
        return Response.CR, ("every target is gone and every lymph node is of normal size",)
    first = sum((target.mm for target in chosen if target.mm is not None), Decimal(0))
    change = percent(known, first)
    if change <= _PR_PERCENT:
        return Response.PR, (f"the sum fell by {percent_text(-change, signed=False)} from baseline",)
    if nadir > 0 and percent(known, nadir) >= _PD_PERCENT:
        rise = percent_text(percent(known, nadir), signed=False)
        return Response.SD, (f"the sum rose by {rise} from its smallest, yet by less than {_PD_MM} mm",)
    return Response.SD, (f"the sum changed by {percent_text(change)} from baseline",)


def grew(before: Decimal, after: Decimal) -> bool:
    """Whether sizes in mm rose enough to be progression, in per cent and in mm; ``before`` is above 0."""
    return percent(after, before) >= _PD_PERCENT and after - before >= _PD_MM


def is_gone(target: Target, size: Decimal) -> bool:
    """Whether a target of the baseline that now has this size counts as gone: a lymph node is of normal size then."""
    return size < NORMAL_NODE_MM if target.node else size == 0


def _all_gone(exam: Exam, chosen: Sequence[Target]) -> bool:
    found = [(target, exam.target(target.name)) for target in chosen]
    return all(seen is not None and seen.mm is not None and is_gone(target, seen.mm) for target, seen in found)


def _back(before: Exam, now: Exam, chosen: Sequence[Target]) -> bool:
    """Whether a target is there again; a lymph node that was only of normal size before is judged by the sum."""
    found = [(target, before.target(target.name), now.target(target.name)) for target in chosen]
    return any(
        was is not None and was.mm == 0 and seen is not None and seen.mm is not None and not is_gone(target, seen.mm)
        for target, was, seen in found
    )


def _overall(target: Response, now: Exam, measured: bool) -> tuple[Response, tuple[str, ...]]:
    """The response of the patient: measured lesions, the others, and new ones together."""
    progression = tuple(_progression(now))
    if progression or target is Response.PD:
        return Response.PD, progression
    if now.new_lesions is None:
        return Response.NE, ("nobody said whether there are new lesions",)
    if not measured:
        return _without_targets(now.non_target)
    if target is Response.CR:
        if now.non_target in (NonTarget.NONE, NonTarget.GONE):
            return Response.CR, ()
        return Response.PR, ("other disease persists or was not evaluated",)
    return target, ()


def _progression(now: Exam) -> Iterator[str]:
    if now.new_lesions:
        yield "there are new lesions"
    if now.non_target is NonTarget.PROGRESSED:
        yield "disease that is not measured has unequivocally progressed"


def _without_targets(non_target: NonTarget) -> tuple[Response, tuple[str, ...]]:
    if non_target is NonTarget.GONE:
        return Response.CR, ("all disease, none of which was measured, is gone",)
    if non_target is NonTarget.PERSISTS:
        return Response.NON_CR_NON_PD, ("disease that is not measured persists",)
    return Response.NE, ()
