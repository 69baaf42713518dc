"""All criteria beside each other. Where they differ that is said; none of them is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cdss.response.choi import Choi, choi
from cdss.response.growth import Growth, growth_rate
from cdss.response.lesion import Exam, Response
from cdss.response.recist import Recist, recist, targets_of
from cdss.response.viable import Viable, mrecist


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The same disease by every criterion. ``differing`` names the answers when those that exist are not all alike.

    Choi by size alone is no such answer: the attenuation that it lacks might have told something else.
    """

    recist: Recist
    choi: Choi
    modified_choi: Choi
    mrecist: Viable
    growth: Growth
    differing: tuple[tuple[str, Response], ...]


def side_by_side(baseline: Exam, earlier: Sequence[Exam], now: Exam) -> SideBySide:
    """Every criterion on ``now``; the growth rate is taken from the examination before it.

    All follow the lesions that RECIST chooses: otherwise they would differ because they look at different lesions.
    """
    names = tuple(target.name for target in targets_of(baseline)[0])
    first, last = _only(baseline, names), _only(now, names)
    between = [_only(exam, names) for exam in earlier]
    found = SideBySide(
        recist(baseline, earlier, now),
        choi(first, last),
        choi(first, last, modified=True),
        mrecist(first, between, last),
        growth_rate([first, *between][-1], last, names),
        (),
    )
    answers = (
        ("RECIST 1.1", found.recist.response),
        *_whole("Choi", found.choi),
        *_whole("modified Choi", found.modified_choi),
        ("mRECIST", found.mrecist.response),
    )
    given = tuple(answer for answer in answers if answer[1] is not Response.NE)
    differing = given if len({response for _, response in given}) > 1 else ()
    return SideBySide(found.recist, found.choi, found.modified_choi, found.mrecist, found.growth, differing)


def _whole(name: str, found: Choi) -> tuple[tuple[str, Response], ...]:
    return () if found.by_size_alone else ((name, found.response),)


def _only(exam: Exam, names: Sequence[str]) -> Exam:
    return replace(exam, targets=tuple(target for target in exam.targets if target.name in names))
