"""Which checks failed when they were last tried: fingerprints in the user's cache folder, never a name or a value.

The title of a variant may tell something of a patient, so that not even the names of checks are kept.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cdss.errors import CdssError
from cdss.locations import cache_folder

_FILE = "failed-checks.json"


class Remembered:
    """The checks that failed, by the fingerprint of their case."""

    def __init__(self) -> None:
        """Reads what is kept; a file that cannot be read is as good as none."""
        folder = cache_folder()
        self._path = folder / _FILE if folder else None
        self._failed: dict[str, set[str]] = {}
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8")) if self._path else {}
            self._failed = {str(case): set(map(str, checks)) for case, checks in kept.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            self._failed = {}

    def failed(self, case: str, check: str | None = None) -> bool:
        """Whether this check failed when last tried, or any of the case."""
        checks = self._failed.get(_fingerprint(case), set())
        return bool(checks) if check is None else _fingerprint(check) in checks

    def learn(self, case: str, passed: Iterable[str], failed: Iterable[str], *, whole: bool) -> None:
        """Notes how the checks of a case went; ``whole`` says that it has no others."""
        key = _fingerprint(case)
        before = set() if whole else self._failed.get(key, set())
        now = (before - set(map(_fingerprint, passed))) | set(map(_fingerprint, failed))
        if now:
            self._failed[key] = now
        else:
            self._failed.pop(key, None)

    def keep(self) -> None:
        """Writes it down, whole or not at all. Where there is no cache nothing is kept."""
        if self._path is None:
            return
        text = json.dumps({case: sorted(checks) for case, checks in sorted(self._failed.items())})
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=self._path.parent, prefix=".partial-", delete=False, encoding="utf-8"
            ) as partial:
                partial.write(text)
            Path(partial.name).replace(self._path)
        except OSError:
            return  # a folder that cannot be written is no reason to lose the results

    def must_exist(self) -> None:
        """Raises CdssError where nothing can be remembered."""
        if self._path is None:
            raise CdssError("--failed needs the cache folder, which CDSS_NO_CACHE switches off")


def _fingerprint(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]
