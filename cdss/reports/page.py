"""A page of plain text in the making: wrapped, indented lines that know their style and nothing of a terminal."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page. ``style`` is a name of the report's own: title, heading, good, open, stop, dim, plain."""

    text: str
    style: str = "plain"


@dataclass(slots=True)
class Page:
    """Lines no wider than ``width``, in the order in which they were written."""

    width: int
    lines: list[Line] = field(default_factory=list)

    def heading(self, text: str, aside: str = "") -> None:
        """A heading with a blank line above it, and an aside after it where there is room."""
        self.blank()
        self.write(f"{text}  {aside}".rstrip(), style="heading", hang=2)

    def blank(self) -> None:
        """One empty line, never two."""
        if self.lines and self.lines[-1].text:
            self.lines.append(Line(""))

    def write(self, text: str, *, indent: int = 0, hang: int | None = None, style: str = "plain") -> None:
        """A paragraph; lines after the first are indented by ``hang`` (default: as the first)."""
        first, rest = " " * indent, " " * (indent if hang is None else hang)
        wrapped = textwrap.wrap(
            text,
            self.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
        )
        self.lines.extend(Line(line, style) for line in wrapped or [""])

    def labelled(self, label: str, text: str, *, indent: int = 0, room: int = 10, style: str = "plain") -> None:
        """A paragraph with a label in its margin: "for      RADIANT-4 …"."""
        margin = f"{label:<{room}}" if len(label) < room else f"{label}  "
        self.write(f"{margin}{text}", indent=indent, hang=indent + room, style=style)

    def split(self, left: str, right: str, *, style: str = "plain") -> None:
        """Two texts on one line, the second at the right edge; on two lines where they do not fit."""
        if len(left) + len(right) + 2 <= self.width:
            self.lines.append(Line(f"{left}{' ' * (self.width - len(left) - len(right))}{right}", style))
        else:
            self.write(left, hang=2, style=style)
            self.write(right, indent=2, style=style)

    def text(self) -> str:
        """The page as one string that ends with a newline."""
        return "\n".join(line.text.rstrip() for line in self.lines) + "\n"
