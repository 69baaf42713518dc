"""Opening the rules fast: read and checked once, then taken from a parsed snapshot for as long as nothing has changed.

The snapshot lies in the user's own cache folder and holds rules only, never anything of a patient. Its name is a hash
of every rule file, of the modules that read them, and of the versions of Python and pydantic, so that a change of any
of these makes a new one. A snapshot that cannot be read or written is done without.
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
from pathlib import Path

import pydantic

from cdss import __version__
from cdss.errors import CdssError
from cdss.library import Library, load_library

_KEPT = 4
_PACKAGE = Path(__file__).resolve().parent


def load(root: Path, cache: Path | None = None) -> Library:
    """The library in the folder ``root``, without the texts of its files. Raises as ``load_library`` does.

    ``cache`` is the folder for snapshots; by default the user's. Set CDSS_NO_CACHE to do without.
    """
    if not root.is_dir():
        raise CdssError(f"there is no rules folder at {root}")
    folder = cache or _cache_folder()
    if folder is None:
        return load_library(root)
    try:
        path = folder / f"rules-{_key(root)}.pickle"
    except OSError:  # a file that may not be read: whoever reads them all says which
        return load_library(root)
    found = _taken_from(path)
    if found is None:
        found = dataclasses.replace(load_library(root), documents={})
        _put(found, path)
    return found


def _cache_folder() -> Path | None:
    if os.environ.get("CDSS_NO_CACHE"):
        return None
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "cdss"
    except RuntimeError:  # no home folder
        return None


def _key(root: Path) -> str:
    """A hash over whatever the snapshot depends on."""
    digest = hashlib.sha256(f"{__version__} {sys.version} {pydantic.VERSION}".encode())
    rules = sorted(p for p in root.rglob("*") if p.suffix in (".yaml", ".yml") and p.is_file())
    modules = sorted(_PACKAGE.glob("*.py"))
    for path in (*rules, *modules):
        name = path.relative_to(root) if root in path.parents else path.name
        digest.update(f"\0{name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _taken_from(path: Path) -> Library | None:
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
        found = pickle.loads(content)
    except Exception:
        # A snapshot cut short or made by other code is as good as none: the rules themselves are read instead.
        return None
    finally:
        if running:
            gc.enable()
    return found if isinstance(found, Library) else None


def _put(library: Library, path: Path) -> None:
    with contextlib.suppress(OSError):
        content = pickle.dumps(library, protocol=pickle.HIGHEST_PROTOCOL)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".rules-", delete=False) as partial:
            try:
                partial.write(content)
                partial.close()
                Path(partial.name).replace(path)
            except OSError:
                Path(partial.name).unlink(missing_ok=True)
                raise
        snapshots = sorted(path.parent.glob("rules-*.pickle"), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in snapshots[_KEPT:]:
            old.unlink()
