"""What ``cdss rules new`` does: write the draft of a rule, and never over anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

import cdss
from cdss.draft import draft_of
from cdss.errors import CdssError
from cdss.library import load_library
from cdss.locations import rules_folder
from cdss.rule import Kind


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for, as words of the command line."""

    body: str | None
    therapy: str | None
    kind: str
    cite: str | None


def write_draft(identity: str, wish: Wish, folder: Path | None) -> None:
    """Write the files of a draft and tell what to do next. Raises CdssError when one exists or cannot be written."""
    root = folder or rules_folder()
    if Path(cdss.__file__).resolve().parent in root.resolve().parents:
        raise CdssError("these are the installed rules; name those of your checkout with --rules")
    if wish.kind not in {kind.value for kind in Kind}:
        raise CdssError(f"no kind of rule is called '{wish.kind}'; there are: statement, label, alert")
    therapies = [name.strip() for name in (wish.therapy or "").split(",") if name.strip()]
    library = load_library(root)
    draft = draft_of(library, identity, body=wish.body, therapies=therapies, kind=Kind(wish.kind), cite=wish.cite)
    for name, _ in draft.files:
        if (root / name).exists():
            raise CdssError(f"{root / name} exists already")
    for name, text in draft.files:
        _write(root / name, text)
        typer.echo(f"wrote  {root / name}")
    typer.echo(f"{draft.id} is a draft: it is in force for nobody, and says what is to be replaced.")
    typer.echo("Next: read the source, write over each text, then cdss rules check --warnings")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise CdssError(f"cannot write {path}: {error.strerror}") from None
