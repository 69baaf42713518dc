"""Each body's grading scale, as it prints it. Scales are never merged and never compared with one another."""

from __future__ import annotations

import re

from pydantic import Field

from cdss.vocabulary import Strict

_UNGRADED = re.compile(r"ungraded\b|not graded\b|(.* )?not (recalled|captured)$")


class Scale(Strict):
    """One body's scale: its levels verbatim, or the form in which it combines them."""

    name: str
    body: str
    levels: dict[str, str] = Field(default_factory=dict)
    form: str | None = None
    note: str | None = None

    def prints(self, level: str) -> bool:
        """Could the body have printed ``level``? A note that it printed none, or that it is unknown, always fits."""
        if level in self.levels or _UNGRADED.match(level):
            return True
        return self.form is not None and re.fullmatch(self.form, level) is not None


class Scales(Strict):
    """All scales, by name."""

    scales: dict[str, Scale] = Field(default_factory=dict)
