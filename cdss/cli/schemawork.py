"""What ``cdss rules schema`` prints."""

from __future__ import annotations

import json
from pathlib import Path

from cdss.cli.work import deliver
from cdss.errors import CdssError
from cdss.locations import rules_folder
from cdss.schema import KINDS, schema
from cdss.snapshot import load


def print_schema(kind: str, folder: Path | None, output: Path | None) -> None:
    """Print the schema of one kind of file. Raises CdssError for a kind that there is none of."""
    if kind not in KINDS:
        raise CdssError(f"there is no schema for '{kind}'; there are: {', '.join(KINDS)}")
    made = schema(kind, load(folder or rules_folder()))
    deliver(json.dumps(made, indent=2, ensure_ascii=False) + "\n", output)
