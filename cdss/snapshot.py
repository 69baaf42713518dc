"""Opening the rules fast: read and compiled once, then taken from snapshots for as long as nothing has changed.

Snapshots lie in the user's own cache folder and hold rules only, never anything of a patient. Their names are a hash of
every rule file, of the whole package, and of the versions of Python and pydantic, so that a change of any of these
makes new ones. A snapshot that cannot be read or written is done without.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pydantic

from cdss import __version__
from cdss.backends.durable.compiler import Plan
from cdss.errors import CdssError
from cdss.library import Library, load_library
from cdss.locations import cache_folder

_KEPT = 40
_PACKAGE = Path(__file__).resolve().parent
Kept = TypeVar("Kept")


class Snapshots:
    """The snapshots of one rules folder as it is now."""

    def __init__(self, root: Path, cache: Path | None = None) -> None:
        """``cache`` is the folder for snapshots; by default the user's. Set CDSS_NO_CACHE to do without.

        Raises CdssError when there is no rules folder.
        """
        if not root.is_dir():
            raise CdssError(f"there is no rules folder at {root}")
        self._root = root
        self._folder = cache or cache_folder()
        try:
            self._key = fingerprint(root) if self._folder else ""
        except OSError:  # a file that may not be read: whoever reads them all says which
            self._folder = None

    def library(self) -> Library:
        """The library, without the texts of its files. Raises as ``load_library`` does."""
        found = self._taken("rules", Library)
        if found is None:
            found = dataclasses.replace(load_library(self._root), documents={})
            self._put("rules", found)
        return found

    def get(self, key: str) -> Plan | None:
        """The compiled rules of one date, when they were compiled before."""
        return self._taken(_plan_name(key), Plan)

    def put(self, key: str, plan: Plan) -> None:
        """Remember the compiled rules of one date."""
        self._put(_plan_name(key), plan)

    def _path(self, name: str) -> Path | None:
        return self._folder / f"{self._key}-{name}.pickle" if self._folder else None

    def _taken(self, name: str, kind: type[Kept]) -> Kept | None:
        path = self._path(name)
        found = _taken_from(path) if path else None
        return found if isinstance(found, kind) else None

    def _put(self, name: str, kept: object) -> None:
        path = self._path(name)
        if path is not None:
            _write(kept, path)


def load(root: Path, cache: Path | None = None) -> Library:
    """The library in the folder ``root``, from a snapshot where there is one. Raises as ``load_library`` does."""
    return Snapshots(root, cache).library()


def _plan_name(key: str) -> str:
    return f"plan-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def fingerprint(root: Path) -> str:
    """A hash over whatever the snapshot depends on."""
    digest = hashlib.sha256(f"{__version__} {sys.version} {pydantic.VERSION}".encode())
    for folder, endings in ((root, (".yaml", ".yml")), (_PACKAGE, (".py",))):
        for name in sorted(_files_below(str(folder), endings)):
            digest.update(f"\0{name[len(str(folder)) :]}\0".encode())
            with open(name, "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()[:32]


def _files_below(folder: str, endings: tuple[str, ...]) -> Iterator[str]:
    """The paths of the files with one of these endings; a thousand of them in half the time that pathlib takes."""
    for where, _, names in os.walk(folder):
        yield from (os.path.join(where, name) for name in names if name.endswith(endings))


def _taken_from(path: Path) -> object:
    """The snapshot, when it is there and nobody else could have written it."""
    try:
        state = path.stat()
        if hasattr(os, "getuid") and (state.st_uid != os.getuid() or state.st_mode & 0o022):
            return None
        content = path.read_bytes()
    except OSError:
        return None
    running = gc.isenabled()
    gc.disable()  # thousands of small objects are made at once; collecting in between triples the time
    try:
        return pickle.loads(content)
    except Exception:
        # A snapshot cut short or made by other code is as good as none: the rules themselves are read instead.
        return None
    finally:
        if running:
            gc.enable()


def _write(kept: object, path: Path) -> None:
    with contextlib.suppress(OSError):
        content = pickle.dumps(kept, protocol=pickle.HIGHEST_PROTOCOL)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".partial-", delete=False) as partial:
            try:
                partial.write(content)
                partial.close()
                Path(partial.name).replace(path)
            except OSError:
                Path(partial.name).unlink(missing_ok=True)
                raise
        snapshots = sorted(path.parent.glob("*.pickle"), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in snapshots[_KEPT:]:
            old.unlink()
