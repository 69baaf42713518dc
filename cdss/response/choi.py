"""Choi and modified Choi: size and attenuation on CT (Choi 2007, doi 10.1200/JCO.2006.07.3049; read in a restatement).

Attenuation can be computed on CT only, in the same contrast phase, and from a positive attenuation before. Without it
a smaller tumour is a response all the same, a larger one is not evaluable, and the rest is stable by size alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cdss.response.lesion import Exam, NonTarget, Response, not_comparable, percent, percent_text, total
from cdss.response.recist import is_gone

_SMALLER, _LARGER, _LESS_DENSE = Decimal(-10), Decimal(10), Decimal(-15)
_NODULES = "new or growing nodules inside lesions"


@dataclass(frozen=True, slots=True)
class Choi:
    """The answer. ``density_percent`` is None where attenuation does not count; ``not_computable`` says why.

    ``by_size_alone``: stable as far as the size tells, while the attenuation might have told something else.
    """

    response: Response
    because: str
    size_percent: Decimal | None
    density_percent: Decimal | None
    not_computable: str | None
    by_size_alone: bool = False


def choi(baseline: Exam, now: Exam, *, modified: bool = False) -> Choi:
    """The response against ``baseline``. ``modified`` wants both, a smaller and a less dense tumour, for a response."""
    size, size_gap = _size(baseline, now)
    density, gap = _density(baseline, now)
    response, because = _judged(baseline, now, size, size_gap, density, modified)
    # Where disease progressed elsewhere, no attenuation would have made a response.
    alone = response is Response.SD and density is None and now.non_target is not NonTarget.PROGRESSED
    return Choi(response, because, size, density, gap, alone)


def _judged(
    baseline: Exam, now: Exam, size: Decimal | None, size_gap: str | None, density: Decimal | None, modified: bool
) -> tuple[Response, str]:
    if now.new_lesions:
        return Response.PD, "there are new lesions"
    if now.new_nodule:
        return Response.PD, "there is a new or growing nodule inside a lesion"
    if size is None:
        return Response.NE, size_gap or "a lesion was not measured"
    unsaid = [text for said, text in ((now.new_lesions, "new lesions"), (now.new_nodule, _NODULES)) if said is None]
    if unsaid:
        return Response.NE, f"nobody said whether there are {' or '.join(unsaid)}"
    if _all_gone(baseline, now):
        if now.non_target in (NonTarget.NONE, NonTarget.GONE):
            return Response.CR, "every lesion is gone"
        if now.non_target is not NonTarget.PROGRESSED:
            return Response.PR, "every measured lesion is gone; other disease persists or was not evaluated"
    smaller, less_dense = size <= _SMALLER, density is not None and density <= _LESS_DENSE
    if modified and density is None and smaller:
        return Response.NE, "the tumour is smaller, and whether it is less dense cannot be computed"
    if now.non_target is NonTarget.PROGRESSED:
        # Obvious growth elsewhere excludes a response; progression by Choi is not defined by it.
        elsewhere = f"size {percent_text(size)}, and disease that is not measured has progressed"
        return (Response.PD if size >= _LARGER else Response.SD), elsewhere
    if (smaller and less_dense) if modified else (smaller or less_dense):
        parts = [f"size {percent_text(size)}"] if smaller else []
        parts += [f"attenuation {percent_text(density)}"] if density is not None and less_dense else []
        return Response.PR, ", ".join(parts)
    if density is None:
        return _by_size_alone(size, modified)
    return (Response.PD if size >= _LARGER else Response.SD), f"size {percent_text(size)}"


def _by_size_alone(size: Decimal, modified: bool) -> tuple[Response, str]:
    """What is left to say of a tumour that is not smaller while its attenuation cannot be computed."""
    if size < _LARGER:
        return Response.SD, f"size {percent_text(size)}, by size alone"
    if modified:
        return Response.NE, "progressive by size; modified Choi wants the attenuation too, which cannot be computed"
    return Response.NE, "progressive by size, unless the attenuation fell, which cannot be computed"


def _all_gone(baseline: Exam, now: Exam) -> bool:
    found = [(target, now.target(target.name)) for target in baseline.targets]
    return all(seen is not None and seen.mm is not None and is_gone(target, seen.mm) for target, seen in found)


def _size(baseline: Exam, now: Exam) -> tuple[Decimal | None, str | None]:
    if not baseline.targets:
        return None, "no lesion was measurable at baseline"
    gap = not_comparable(baseline, now)
    if gap is not None:
        return None, gap
    first = total(target.mm for target in baseline.targets)
    last = total(found.mm if (found := now.target(t.name)) else None for t in baseline.targets)
    if first is None or last is None or first == 0:
        return None, None
    return percent(last, first), None


def _density(baseline: Exam, now: Exam) -> tuple[Decimal | None, str | None]:
    """The change of the mean attenuation, or why it cannot be computed."""
    for exam in (baseline, now):
        if exam.modality != "ct":
            return None, "attenuation exists on CT only"
    if baseline.phase is None or now.phase is None:
        return None, "the contrast phase is not known"
    if baseline.phase != now.phase:
        return None, "the contrast phases differ"
    before = [target.hu for target in baseline.targets]
    after = [found.hu if (found := now.target(t.name)) else None for t in baseline.targets]
    first, last = total(before), total(after)
    if first is None or last is None or not before:
        return None, _not_measured(baseline, now)
    if any(value is not None and value <= 0 for value in before):
        return None, "an attenuation of 0 HU or less has no percentage"
    return percent(last, first), None


def _not_measured(baseline: Exam, now: Exam) -> str:
    """Why an attenuation is missing: where it was there before, a target that is gone has none any more."""
    lacking = [seen for t in baseline.targets if (seen := now.target(t.name)) is None or seen.hu is None]
    before = baseline.targets and all(target.hu is not None for target in baseline.targets)
    if before and lacking and all(seen is not None and seen.mm == 0 for seen in lacking):
        return "a target is gone, so its attenuation cannot be measured"
    return "the attenuation was not measured"
