"""The layout of rule and case files: keys in one order, no spaces at the ends of lines, one newline at the end.

Only whole keys move, with the lines and comments that belong to them; what stands inside a line stays as somebody laid
it. The text that comes out says the same as the one that went in, or nothing comes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cdss.errors import CdssError
from cdss.source import Document, parse

Path = tuple[str | int, ...]

RULE = (
    *("title", "status", "therapy", "therapy_class", "scope", "versions", "always"),
    *("misleads_when", "examples", "reviewed", "checked", "related"),
)
VERSION = (
    *("dated", "expected", "says", "cite", "provenance", "strength", "note"),
    *("when", "then", "evidence", "figures", "retired"),
)
EXAMPLES = ("fires", "silent", "undecided")
CASE = (
    *("title", "story", "source", "time_zero", "assumptions", "jurisdictions", "on", "as_of"),
    *("points", "record", "facts", "goldens", "expect", "steps", "variants", "draft", "checked"),
)


def formatted(text: str, file: str) -> str:
    """``text`` in the canonical layout. ``file`` is the name shown to people.

    Raises Problems when it cannot be read, and CdssError when its keys cannot be moved without changing what it says.
    """
    document = parse(text, file)
    said = document.data
    text = _settled(_plain_ends(text), said, file) or text
    # From the outermost keys inwards: each step reads the text anew, since lines have moved.
    for path, order in _mappings(said):
        document = parse(text, file)
        moved = _ordered(document, text, path, order)
        if moved != text:
            if _settled(moved, said, file) is None:
                raise CdssError(f"{file}: the keys cannot be moved without changing what the file says; do it by hand")
            text = moved
    return _settled(_plain_ends(text), said, file) or text


def _settled(text: str, said: Any, file: str) -> str | None:
    """``text`` when it says ``said``, down to the order of lists; None when it does not."""
    try:
        return text if parse(text, file).data == said else None
    except CdssError:
        return None


def _plain_ends(text: str) -> str:
    """The text with plain newlines, no spaces before them, and exactly one at its end."""
    lines = [line.rstrip(" \t") for line in text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")]
    return "\n".join(lines).rstrip("\n") + "\n"


def _mappings(data: Any) -> Iterator[tuple[Path, Sequence[str]]]:
    """The mappings whose keys have an order, outermost first."""
    if not isinstance(data, Mapping):
        return
    if "always" in data or "versions" in data:
        yield (), RULE
        if isinstance(data.get("always"), Mapping):
            yield ("always",), VERSION
        versions = data.get("versions")
        if isinstance(versions, Mapping):
            yield ("versions",), sorted(versions)
            yield from ((("versions", day), VERSION) for day in sorted(versions))
        if isinstance(data.get("examples"), Mapping):
            yield ("examples",), EXAMPLES
    elif "title" in data and ("record" in data or "facts" in data):
        yield (), CASE


def _ordered(document: Document, text: str, path: Path, order: Sequence[str]) -> str:
    """The text with the keys of one mapping in ``order``; unknown keys come last. As it was where they share lines."""
    data = _at(document.data, path)
    keys = list(data) if isinstance(data, Mapping) else []
    rank = {key: number for number, key in enumerate(order)}
    wanted = sorted(keys, key=lambda key: rank.get(key, len(order)))  # stable: unknown keys keep their order
    if wanted == keys:
        return text
    lines = text.split("\n")
    places = [document.place((*path, key), key=True) for key in keys]
    column = places[0].column - 1
    if any(p.column - 1 != column or lines[p.line - 1][:column].strip() for p in places):
        return text  # in braces, or behind a dash
    if lines[places[0].line - 1][:column].strip() or len({p.line for p in places}) < len(places):
        return text
    starts = [_with_comments(lines, p.line - 1, column) for p in places]
    end = _end_of(lines, starts[-1], places[-1].line, column)
    blocks = {key: lines[start:stop] for key, start, stop in zip(keys, starts, [*starts[1:], end], strict=True)}
    moved = [line for key in wanted for line in blocks[key]]
    return "\n".join([*lines[: starts[0]], *moved, *lines[end:]])


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _with_comments(lines: Sequence[str], line: int, column: int) -> int:
    """The first line of the comments that stand directly above ``line`` in the same column."""
    while line > 0 and lines[line - 1].startswith(" " * column + "#"):
        line -= 1
    return line


def _end_of(lines: Sequence[str], start: int, below: int, column: int) -> int:
    """The line after the last one of a block: the first that is indented less than ``column``, or the file's end."""
    end = below
    while end < len(lines) and (
        not lines[end].strip() or _indent(lines[end]) > column or _continues(lines[end], column)
    ):
        end += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _continues(line: str, column: int) -> bool:
    """Whether a line in the key's own column belongs to its value: a list may start there, and so may a comment."""
    return _indent(line) == column and line.lstrip(" ").startswith(("- ", "#", "]", "}"))
