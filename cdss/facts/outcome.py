"""Measured studies in words: what each criterion says, how it comes to it, and what could not be computed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cdss.facts.measured import FollowUp
from cdss.facts.overview import CriterionLine, ResponseLine, SizeLine
from cdss.facts.timeline import Span
from cdss.response.choi import Choi
from cdss.response.growth import ERROR, Growth
from cdss.response.lesion import Response, percent_text
from cdss.response.recist import Recist
from cdss.response.viable import Viable

_MODALITIES = {"ct": "CT", "mri": "MRI", "sstr_pet": "SSTR PET/CT", "fdg_pet": "FDG PET/CT"}


def response_lines(measured: tuple[FollowUp, ...]) -> tuple[ResponseLine, ...]:
    """One part for each study that was compared with a baseline, oldest first."""
    return tuple(_line(follow_up) for follow_up in measured)


def target_sizes(measured: tuple[FollowUp, ...]) -> tuple[SizeLine, ...]:
    """The sums of the targets of the newest study, wherever a baseline had the same ones on the same modality.

    Studies that did not measure every target have none.
    """
    if not measured:
        return ()
    modality, targets = measured[-1].modality, sorted(measured[-1].found.recist.targets)
    sums: dict[Span, Decimal] = {}
    for follow_up in measured:
        found = follow_up.found.recist
        if follow_up.modality == modality and targets and sorted(found.targets) == targets:
            sizes = ((follow_up.baseline, found.baseline_mm), (follow_up.span, found.now_mm))
            sums |= {span: size for span, size in sizes if size is not None}
    return tuple(SizeLine(str(span.last), _mm(size), tuple(targets)) for span, size in sorted(sums.items()))


def _line(follow_up: FollowUp) -> ResponseLine:
    found = follow_up.found
    phase = f", {follow_up.phase.replace('_', ' ')} phase" if follow_up.phase else ""
    return ResponseLine(
        date=_days(follow_up.span),
        study=_MODALITIES[follow_up.modality] + phase,
        baseline=_days(follow_up.baseline),
        targets=found.recist.targets,
        criteria=(
            _recist(found.recist),
            _choi("Choi", found.choi),
            _choi("modified Choi", found.modified_choi),
            _mrecist(found.mrecist),
        ),
        growth=_growth(found.growth),
        no_growth="; ".join(found.growth.not_computable),
        left_out=found.recist.left_out,
        differ=bool(found.differing),
        remarks=tuple(_remarks(follow_up)),
    )


def _recist(found: Recist) -> CriterionLine:
    """The sums with their changes, and the reasons where these are not the sums alone."""
    # What the sums say already is not said twice, except that a rise is too small to count.
    shown = [r for r in found.because if not r.startswith("the sum ") or "yet" in r or not _sums(found)]
    reasons = "; ".join(shown)
    if found.response is Response.NE:
        return CriterionLine("RECIST 1.1", found.response.words, _sums(found), reasons)
    return CriterionLine("RECIST 1.1", found.response.words, "; ".join(p for p in (_sums(found), reasons) if p), "")


def _sums(found: Recist) -> str:
    if found.baseline_mm is None or found.now_mm is None:
        return ""
    parts = [f"sum {_mm(found.baseline_mm)} → {_mm(found.now_mm)} mm"]
    if found.from_baseline_percent is not None:
        parts.append(f"{percent_text(found.from_baseline_percent)} from baseline")
    if found.nadir_mm is not None and found.from_nadir_mm is not None:
        share = f"{percent_text(found.from_nadir_percent)} and " if found.from_nadir_percent is not None else ""
        parts.append(f"{share}{_signed(found.from_nadir_mm)} mm from the smallest ({_mm(found.nadir_mm)} mm)")
    return ", ".join(parts)


def _choi(name: str, found: Choi) -> CriterionLine:
    """The changes of size and attenuation; without the attenuation size alone answers, and the line says so."""
    parts = [f"size {percent_text(found.size_percent)}"] if found.size_percent is not None else []
    parts += [f"attenuation {percent_text(found.density_percent)}"] if found.density_percent is not None else []
    numbers = ", ".join(parts)
    # What the numbers say already is not said twice.
    same = found.because in (numbers, *parts) or found.response is Response.NE
    told = "" if same else found.because.removeprefix(f"{parts[0]}, " if parts else "")
    gaps = [found.because] if found.response is Response.NE else []
    gaps += [f"density ({found.not_computable})"] if found.not_computable else []
    return CriterionLine(name, found.response.words, "; ".join(p for p in (numbers, told) if p), "; ".join(gaps))


def _mrecist(found: Viable) -> CriterionLine:
    reasons = "; ".join(found.because)
    if found.response is Response.NE:
        return CriterionLine("mRECIST", found.response.words, "", reasons)
    share = f"{100 * found.necrotic_share:.0f} % of the diameters does not enhance" if found.necrotic_share else ""
    return CriterionLine("mRECIST", found.response.words, "; ".join(p for p in (reasons, share) if p), "")


def _growth(found: Growth) -> str:
    if found.percent_a_month is None or found.low is None or found.high is None:
        return ""
    return (
        f"{found.percent_a_month:+.1f} % of volume a month, {found.low:+.1f} to {found.high:+.1f} with an error of "
        f"{100 * ERROR:.0f} % in either sum, over the {found.days} days since the examination before"
    )


def _remarks(follow_up: FollowUp) -> Iterator[str]:
    yield from follow_up.doubts
    yield from follow_up.open
    if follow_up.ended is not None:
        yield (
            f"the disease had progressed by {follow_up.ended.last} against this baseline, so this study counts as no "
            "assessment; call a later study baseline to judge what came after"
        )


def _mm(size: Decimal) -> str:
    return str(size.normalize().quantize(Decimal(1)) if size == size.to_integral_value() else size)


def _signed(size: Decimal) -> str:
    return f"+{_mm(size)}" if size >= 0 else _mm(size)


def _days(span: Span) -> str:
    return str(span.last) if span.day is not None else f"{span.first} to {span.last}"
