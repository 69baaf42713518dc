"""What ``cdss rules fmt`` does: bring files into the canonical layout, or say which are not in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from cdss.cli.work import deliver
from cdss.errors import CdssError
from cdss.layout import formatted
from cdss.locations import rules_folder
from cdss.reports.phrases import counted
from cdss.source import MAX_BYTES


def format_files(paths: Sequence[Path], *, check: bool) -> int:
    """Write the files anew where their layout differs; with ``check`` only name them. The number that differed.

    A file that cannot be read or moved is left as it is and told at the end, by CdssError.
    """
    different, total = 0, 0
    refused: list[str] = []
    for path in _files(paths):
        total += 1
        try:
            text = _read(path)
            new = formatted(text, str(path))
        except CdssError as error:
            refused.append(str(error))
            continue
        if new.encode() != path.read_bytes():
            different += 1
            typer.echo(f"{'would change' if check else 'changed'}  {path}")
            if not check:
                deliver(new, path)
    if refused:
        raise CdssError("\n".join(refused))
    done = "would change" if check else "changed"
    typer.echo(f"{different} of {counted(total, 'file')} {done}")
    return different


def _read(path: Path) -> str:
    try:
        content = path.read_bytes()
        if len(content) > MAX_BYTES:
            raise CdssError(f"{path} is larger than {MAX_BYTES / 1_000_000:g} MB; rules and cases are small")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CdssError(f"{path} is not written in UTF-8") from None
    except OSError as error:
        raise CdssError(f"{path} cannot be read: {error.strerror}") from None


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files named, and those of the folders named; all bundled rules when nothing is."""
    for path in paths or [rules_folder()]:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*.yaml") if p.is_file())
        elif path.is_file():
            yield path
        else:
            raise CdssError(f"there is no file or folder {path}")
