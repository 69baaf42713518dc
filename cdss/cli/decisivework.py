"""What ``cdss decisive`` does: try the data that decide, and print them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from cdss.cli.terminal import columns
from cdss.cli.work import deliver, deliver_page, open_session
from cdss.decisive.whole import decisive
from cdss.measurement import ERRORS
from cdss.reports.decisive import render_decisive


def show_decisive(
    rules: Path | None, case: str, on: str | None, as_of: str | None, output: Path | None, *, as_json: bool
) -> None:
    """Print what decides for one patient, as text or JSON."""
    session = open_session(rules)
    evaluation = session.ask(case, on, as_of, None)
    found = decisive(evaluation, session.library)
    if as_json:
        data = dataclasses.asdict(found)
        data["errors"] = {
            "status": "proposal of this project, from no guideline",
            "facts": {fact: {"least": str(least), "share": str(share)} for fact, (least, share) in ERRORS.items()},
        }
        deliver(json.dumps(data, indent=2, ensure_ascii=False) + "\n", output)
    else:
        deliver_page(render_decisive(evaluation.decision, found, session.library, columns(None)), output)
