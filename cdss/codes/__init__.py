"""Every code a message can carry: what it means, why it matters, how to mend it, and the same thing wrong and right.

The entries lie beside this file, one file for each family. ``in``, ``as``, ``without`` and ``copy`` say where in the
folder of the tests the two snippets stand, so that each is tried.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pydantic import Field

from cdss.errors import CdssError
from cdss.source import read, validate
from cdss.vocabulary import Strict, nearest

_FOLDER = Path(__file__).resolve().parent
_FORM = re.compile(r"[A-Za-z]\d{3}")
_KINDS = {
    "E1": "error: the text cannot be read",
    "E2": "error: a key or its value is wrong",
    "E3": "error: a word is not known",
    "E4": "error: the case does not hang together",
    "E5": "error: the record does not hang together",
    "L": "error: a check over all rules",
    "W": "warning: fails nothing",
}


class Code(Strict):
    """One code. ``bad`` and ``good`` are snippets of a file, or words where no snippet can show it."""

    name: str
    means: str
    matters: str
    fix: str
    bad: str
    good: str
    stands_in: str | None = Field(default=None, alias="in")
    stands_as: str | None = Field(default=None, alias="as")
    without: str | None = None
    copied: str | None = Field(default=None, alias="copy")


class CodeFile(Strict):
    """The codes of one family."""

    codes: dict[str, Code]


@cache
def codes() -> dict[str, Code]:
    """All codes, sorted. Raises Problems when the registry itself does not read, or names a code twice."""
    found: dict[str, Code] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        for code, entry in validate(CodeFile, read(path, name=f"cdss/codes/{path.name}")).codes.items():
            if code in found:
                raise CdssError(f"the code {code} is registered twice")
            found[code] = entry
    return dict(sorted(found.items()))


def looks_like_a_code(word: str) -> bool:
    """Whether ``word`` has the form of a code, such as E301."""
    return _FORM.fullmatch(word) is not None


def code_called(word: str) -> tuple[str, Code]:
    """The code in capitals and its entry. Raises CdssError with the nearest one when there is none."""
    known = codes()
    wanted = word.upper()
    if wanted not in known:
        close = nearest(wanted, set(known))
        raise CdssError(f"no code is called '{word}'" + (f"; did you mean {close}?" if close else ""))
    return wanted, known[wanted]


def kind_of(code: str) -> str:
    """Error or warning, and about what."""
    return next(words for start, words in _KINDS.items() if code.startswith(start))
