"""Files and streams → documents. What is too large, binary or not UTF-8 is refused before it is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, NoReturn

from cdss.errors import Place, Problem, Problems
from cdss.source.document import Document, end_of
from cdss.source.limits import MAX_BYTES
from cdss.source.reader import parse


def read(
    path: Path,
    *,
    name: str | None = None,
    show_source: bool = True,
    max_bytes: int = MAX_BYTES,
    max_lines: int | None = None,
) -> Document:
    """The document in a file, shown to people as ``name``. Raises Problems; a file that is too large is never read."""
    shown = name if name is not None else str(path)
    try:
        if path.is_dir():
            _refuse(Place(shown), "E100", "this is a directory, not a file", "Name a file in it.")
        if path.is_file() and path.stat().st_size > max_bytes:
            _too_large(shown, max_bytes)
        with path.open("rb") as stream:
            return read_stream(stream, name=shown, show_source=show_source, max_bytes=max_bytes, max_lines=max_lines)
    except FileNotFoundError:
        _refuse(Place(shown), "E100", "there is no such file", "Check the spelling and the folder.")
    except PermissionError:
        _refuse(Place(shown), "E100", "this file may not be read", "Check its permissions.")
    except (OSError, ValueError):
        _refuse(Place(shown), "E100", "this file cannot be read")


def read_stream(
    stream: BinaryIO | bytes,
    name: str = "standard input",
    *,
    show_source: bool = True,
    max_bytes: int = MAX_BYTES,
    max_lines: int | None = None,
) -> Document:
    """The document in a stream, or in its bytes. Raises Problems; stops reading one byte after ``max_bytes``."""
    content = stream if isinstance(stream, bytes) else stream.read(max_bytes + 1)
    if len(content) > max_bytes:
        _too_large(name, max_bytes)
    if max_lines is not None and content.count(b"\n") > max_lines:
        message = f"the file has more than {max_lines:,} lines"
        _refuse(Place(name), "E106", message, "Rules and cases are small: is this the right file?")
    return parse(_decoded(content, name), name, show_source=show_source)


def _too_large(name: str, max_bytes: int) -> NoReturn:
    message = f"the file is larger than {max_bytes / 1_000_000:g} MB"
    _refuse(Place(name), "E106", message, "Rules and cases are small: is this the right file?")


def _decoded(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        _refuse(Place(name), "E107", "the file is written in UTF-16", "Save it as UTF-8.")
    if b"\0" in content:
        _refuse(Place(name), "E107", "the file is binary, not text", "Is this the right file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", errors="replace")
        place = Place(name, *end_of(before))
        _refuse(place, "E107", "the file is not written in UTF-8: here is a byte that is not text", "Save it as UTF-8.")


def _refuse(place: Place, code: str, message: str, remedy: str | None = None) -> NoReturn:
    raise Problems([Problem(place, code, message, remedy)]) from None
