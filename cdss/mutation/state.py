"""What became of each mutant, kept on disk while a run is under way, so that the next one can go on from there.

The file is named after a hash of the rules, the cases and the package, so that a change of any of these begins anew.
It holds names and places in rule and case files, never anything of a patient.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from cdss.errors import CdssError
from cdss.locations import cache_folder
from cdss.mutation.notice import Fate, Outcome
from cdss.snapshot import fingerprint


class State:
    """The outcomes known so far for one folder of rules and one of cases. Without a folder nothing is kept."""

    def __init__(self, rules: Path, cases: Path, folder: Path | None = None) -> None:
        """``folder`` defaults to the user's cache; with CDSS_NO_CACHE set there is none."""
        base = folder or cache_folder()
        digest = hashlib.sha256(fingerprint(rules).encode())
        for path in sorted(cases.rglob("*.yaml")):
            digest.update(f"\0{path.relative_to(cases).as_posix()}\0".encode())
            digest.update(path.read_bytes())
        self._path = base / f"mutants-{digest.hexdigest()[:32]}.jsonl" if base else None

    @property
    def kept(self) -> bool:
        """Whether there is a folder to keep outcomes in."""
        return self._path is not None

    def known(self) -> dict[str, Outcome]:
        """What earlier runs found, by mutant; a line cut short by an interruption counts for nothing."""
        found = {}
        if self._path is not None and self._path.is_file():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                outcome = _outcome(line)
                if outcome is not None:
                    found[outcome.id] = outcome
        return found

    def forget(self) -> None:
        """Begin anew."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Keep some more. Raises CdssError when the folder cannot be written to."""
        if self._path is None:
            return
        lines = [json.dumps({**asdict(outcome), "fate": outcome.fate.value}) for outcome in outcomes]
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                # The line before may have been cut short.
                file.write("".join(f"\n{line}" for line in lines))
        except OSError as error:
            raise CdssError(f"cannot write {self._path}: {error.strerror}; give another folder with --state") from None


def _outcome(line: str) -> Outcome | None:
    try:
        found = json.loads(line)
        return Outcome(**{**found, "fate": Fate(found["fate"])})
    except (ValueError, TypeError, KeyError):
        return None
