"""Examinations made up in one line, for the tests of the criteria."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cdss.response.lesion import Exam, Target

START = date(2024, 1, 1)


def exam(
    *sizes: float | None, days: int = 0, hu: float | None = None, viable: float | None = None, **more: Any
) -> Exam:
    """One examination of liver and lung lesions a, b, c, d with these sizes; ``hu`` and ``viable`` go to the first."""
    organs = ["liver", "liver", "lung", "lung", "bone"]
    targets = tuple(
        Target(
            name,
            organ,
            None if size is None else Decimal(str(size)),
            hu=None if hu is None or place else Decimal(str(hu)),
            viable_mm=None if viable is None or place else Decimal(str(viable)),
        )
        for place, (name, organ, size) in enumerate(zip("abcde", organs, sizes, strict=False))
    )
    more = {"modality": "ct", "phase": "portal venous", **more}
    return Exam(day=START + timedelta(days=days), targets=targets, **more)
