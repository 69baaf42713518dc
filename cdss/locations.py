"""Where things lie: the bundled rules and cases in the package or beside it, and the user's own cache folder."""

from __future__ import annotations

import os
from pathlib import Path

from cdss.errors import CdssError

_PACKAGE = Path(__file__).resolve().parent


def _bundled(name: str) -> Path:
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise CdssError(f"the bundled {name} are missing; install the package again")


def rules_folder() -> Path:
    """The bundled rules. Raises CdssError when the installation lacks them."""
    return _bundled("rules")


def cases_folder() -> Path:
    """The bundled cases. Raises CdssError when the installation lacks them."""
    return _bundled("cases")


def cache_folder() -> Path | None:
    """The user's cache folder for cdss; None when CDSS_NO_CACHE is set or the user has no home."""
    if os.environ.get("CDSS_NO_CACHE"):
        return None
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "cdss"
    except RuntimeError:  # no home folder
        return None
