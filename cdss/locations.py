"""Where the bundled rules and cases lie: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

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
