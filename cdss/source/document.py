"""A document: what a file says, and the place of every key and value in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cdss.errors import Place

_LONGEST_FRAME = 400

# libyaml ends a line at each of these, and so must the frames.
BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

Spot = tuple[int, int, int]
"""Line, column and width; lines and columns count from 1."""


class Branch:
    """The places of a mapping or a list: of itself, of its keys, and of its parts."""

    __slots__ = ("keys", "parts", "spot")

    def __init__(self, spot: Spot) -> None:
        self.spot = spot
        self.keys: dict[str, Spot] = {}
        self.parts: dict[str | int, Branch | Spot] = {}


@dataclass(frozen=True)
class Document:
    """What a file says (``data``) and where it says it. ``file`` is the name shown to people."""

    data: Any
    file: str
    _root: Branch | Spot = field(default=(1, 1, 1), repr=False, compare=False)
    _text: str | None = field(default=None, repr=False, compare=False)

    def place(self, path: Sequence[str | int], *, key: bool = False) -> Place:
        """The place of the value at ``path``, or of its key; where the path ends early, of the last key that exists."""
        here = self._root
        last_key: Spot | None = None
        for part in path:
            below = here.parts.get(part) if isinstance(here, Branch) else None
            if below is None:
                key = True
                break
            last_key = here.keys.get(part) if isinstance(here, Branch) and isinstance(part, str) else None
            here = below
        spot = here.spot if isinstance(here, Branch) else here
        if last_key is not None and (key or not spot[2]):
            spot = last_key
        return Place(self.file, spot[0], spot[1], max(spot[2], 1))

    def has(self, path: Sequence[str | int]) -> bool:
        """Whether the document holds a value at ``path``."""
        here = self._root
        for part in path:
            below = here.parts.get(part) if isinstance(here, Branch) else None
            if below is None:
                return False
            here = below
        return True

    def frame(self, line: int) -> str | None:
        """Line ``line`` as written; None when it may not be shown, does not exist, or is too long to help."""
        return None if self._text is None else line_of(self._text, line)

    @property
    def shows_source(self) -> bool:
        """False for patient records: nothing they say may be repeated in a message."""
        return self._text is not None


def spot_of(tree: Branch | Spot) -> Spot:
    """Where a value stands, whatever it is."""
    return tree.spot if isinstance(tree, Branch) else tree


def end_of(text: str) -> tuple[int, int]:
    """The line and the column just after ``text``, for the place of whatever follows it."""
    lines = BREAK.split(text)
    return len(lines), len(lines[-1]) + 1


def line_of(text: str, line: int) -> str | None:
    """One line as it is shown under a message; None when there is no such line, or when it is too long to help."""
    lines = BREAK.split(text)
    if not 1 <= line <= len(lines) or len(lines[line - 1]) > _LONGEST_FRAME:
        return None
    # One column per character, and nothing that could steer a terminal.
    return "".join(char if char.isprintable() else " " for char in lines[line - 1]).rstrip()
