"""Where a state of the rules is found: a folder, or a revision of the repository around the current folder."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from cdss.errors import CdssError

_MARK = "vocabulary.yaml"


def rules_of(named: str, workspace: Path) -> Path:
    """The rules folder called ``named``, or that of a git revision, unpacked below ``workspace``.

    Raises CdssError when it is neither, when git is missing, or when the revision holds no rules.
    """
    folder = Path(named)
    if folder.is_dir():
        return folder if (folder / _MARK).exists() or not (folder / "rules" / _MARK).exists() else folder / "rules"
    if named.startswith("-"):
        raise CdssError(f"'{named}' is neither a folder nor a git revision")
    commit = _git("rev-parse", "--verify", "--quiet", f"{named}^{{commit}}", what=named).decode().strip()
    root = Path(_git("rev-parse", "--show-toplevel", what=named).decode().strip())
    content = _git("archive", "--format=tar", commit, "rules", what=named, within=root)
    target = workspace / commit
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(target, filter="data")
    return target / "rules"


def _git(*arguments: str, what: str, within: Path | None = None) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=within, capture_output=True, check=False)
    except FileNotFoundError:
        raise CdssError(
            f"'{what}' is no folder, and git, which would know it as a revision, is not installed"
        ) from None
    if done.returncode == 0:
        return done.stdout
    if arguments[0] == "archive":
        raise CdssError(f"the revision '{what}' holds no folder rules")
    raise CdssError(f"'{what}' is neither a folder nor a revision that git knows here")
