"""Everything a user can be told: where, what is wrong, and the next step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A spot in a file. Lines and columns count from 1; 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0
    width: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


NOWHERE = Place("")
_MOST_TOLD = 100


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: its place, a stable code, a sentence, and what to do about it.

    ``frame`` is the source line the place points into, where that line may be shown (never for patient records).
    """

    place: Place
    code: str
    message: str
    remedy: str | None = None
    frame: str | None = None

    @property
    def is_warning(self) -> bool:
        """Whether it fails nothing: its code starts with W."""
        return self.code.startswith("W")

    def render(self) -> str:
        """The problem as a terminal shows it, with the line and a caret where there is one."""
        said = f"{'warning' if self.is_warning else 'error'} {self.code}: {self.message}"
        lines = [f"{self.place}: {said}" if self.place.file else said]
        if self.frame is not None and self.place.line:
            number = str(self.place.line)
            lines.append(f"   {number} | {self.frame}")
            pad = " " * (len(number) + 3)
            caret = " " * max(self.place.column - 1, 0) + "^" * max(self.place.width, 1)
            lines.append(f"{pad} | {caret}" + (f" {self.remedy}" if self.remedy else ""))
        elif self.remedy:
            lines.append(f"   {self.remedy}")
        return "\n".join(lines)


class CdssError(Exception):
    """Something the user can be told in one sentence; its text never holds a patient's value."""


class Problems(CdssError):
    """Everything found wrong in one reading, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=lambda p: (p.place, p.code, p.message)))
        super().__init__(self.render())

    def render(self) -> str:
        """The problems, one after the other, and their number; of very many the first hundred."""
        count = len(self.problems)
        told = [p.render() for p in self.problems[:_MOST_TOLD]]
        more = f"; the first {_MOST_TOLD} are shown" if count > _MOST_TOLD else ""
        return "\n".join([*told, f"{count} problem{'s' if count != 1 else ''} found{more}"])


class EngineFailure(CdssError):
    """The production engine could not answer, or broke one of its promises. There is no decision."""


class EngineDisagreement(EngineFailure):
    """The two engines gave different answers. There is no decision until someone has found out why."""
