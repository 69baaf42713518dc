"""What the verbs of the meeting do: save an entry, list, export and replay."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cdss.case import case_of, text_of_case
from cdss.cli.options import day_of, words_of
from cdss.cli.terminal import columns, show, write
from cdss.cli.work import deliver, deliver_bytes, deliver_page, open_session
from cdss.consult import Question, consult
from cdss.decision import Decision
from cdss.errors import CdssError
from cdss.locations import cases_folder
from cdss.minutes.capsule import read_capsule, write_capsule
from cdss.minutes.entry import Entry, draft_of, standing_of
from cdss.minutes.override import WORDING
from cdss.reports.compare import render_comparison
from cdss.reports.page import Page
from cdss.reports.phrases import STANDING_WORD
from cdss.source import MAX_BYTES

if TYPE_CHECKING:
    from cdss.minutes.store import Minutes

_SUFFIX = ".capsule.json"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the board chose, as the command line gives it."""

    therapies: tuple[str, ...]
    by: str
    reason: str
    override: str | None
    condition: str | None
    corrects: int | None


def record_choice(
    rules: Path | None,
    db: Path | None,
    case: str,
    on: str | None,
    as_of: str | None,
    jurisdiction: str | None,
    choice: Choice,
) -> None:
    """Evaluate the case and save the choice beside the decision. Raises CdssError and saves nothing when it cannot."""
    store = open_minutes(db)
    session = open_session(rules)
    if case == "-":
        content, identity = sys.stdin.buffer.read(MAX_BYTES + 1), "-"
    else:
        content, identity = text_of_case(case, cases_folder()), session.case(case).id
    question = Question(on, day_of(as_of), words_of(jurisdiction))
    decision = consult(session.engine, case_of(content, identity, identity), question).decision
    chosen = [part.strip() for text in choice.therapies for part in text.split(",") if part.strip()]
    draft = draft_of(
        decision,
        content.decode("utf-8"),
        chosen,
        choice.by,
        choice.reason,
        choice.override,
        choice.condition,
        choice.corrects,
        therapies=sorted(session.library.therapies.therapies),
    )
    entry = store.save(draft)
    typer.echo(f"entry {entry.id} recorded in {store.file}")


def list_minutes(db: Path | None, case: str | None, *, as_json: bool) -> None:
    """Print the entries, oldest first."""
    found = open_minutes(db).all(case)
    if as_json:
        write(json.dumps([_data(entry) for entry in found], indent=2, ensure_ascii=False) + "\n")
        return
    page = Page(columns(None))
    if not found:
        page.write("nothing is recorded" + (f" of {case}" if case else ""))
    corrected = {entry.draft.corrects: entry.id for entry in found if entry.draft.corrects}
    for entry in found:
        draft, decision = entry.draft, entry.draft.decision
        page.blank()
        page.write(f"{entry.id}  {draft.case}, {draft.point or draft.on}", style="heading")
        for number, words in ((draft.corrects, "corrects entry"), (corrected.get(entry.id), "corrected by entry")):
            if number:
                page.write(f"{words} {number}", indent=4, style="open")
        names = []
        for therapy in draft.chosen:
            standing = standing_of(decision, therapy)
            names.append(f"{therapy} ({STANDING_WORD[standing] if standing else 'not addressed'})")
        page.labelled("chosen", ", ".join(names), indent=4)
        if draft.condition:
            page.labelled("provided", draft.condition, indent=4)
        page.labelled("reason", draft.reason, indent=4)
        if draft.override:
            page.labelled("departs", WORDING[draft.override], indent=4)
        page.labelled("by", f"{draft.by}, recorded {entry.recorded_at}", indent=4)
        knowledge = decision.knowledge
        page.write(f"rules of {knowledge.as_of}, {knowledge.digest[:12]}", indent=4, style="dim")
    show(page)


def export_capsule(db: Path | None, number: int, output: Path) -> None:
    """Write one entry as a capsule. Raises CdssError for a number or a file name that does not fit."""
    if not output.name.endswith(_SUFFIX):
        raise CdssError(f"a capsule's name ends in {_SUFFIX}, so that cdss replay knows it")
    text = write_capsule(open_minutes(db).entry(number), output.name)
    deliver_bytes(text.encode("utf-8"), output, mode=0o600)
    typer.echo(f"entry {number} written; it holds the patient's record. Replay it with: cdss replay {output}")


def replay_capsule(file: Path, rules: Path | None, width: int | None, output: Path | None) -> bool:
    """Make the decision of a capsule again and say whether it is the same, byte for byte. True when it is."""
    try:
        text = file.read_bytes().decode("utf-8")
    except OSError as error:
        raise CdssError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CdssError(f"{file} is no capsule: it is not UTF-8") from None
    capsule = read_capsule(text)
    session = open_session(rules)
    case = case_of(capsule.case_text.encode("utf-8"), capsule.case, capsule.case)
    made = consult(session.engine, case, Question(capsule.on, capsule.as_of, capsule.jurisdictions)).decision
    if output is not None:
        deliver(made.to_json(), output)
    if made.to_json() == capsule.document:
        typer.echo(f"the same decision, byte for byte ({len(capsule.document.encode()):,} bytes)")
        return True
    then, now = capsule.knowledge, made.knowledge
    if then.digest != now.digest:
        typer.echo(f"the rules differ: the board read {then.digest[:12]}, these are {now.digest[:12]}")
    elif then.version != now.version:
        typer.echo(f"the rules are the same; the software differs: {then.version} then, {now.version} now")
    else:
        typer.echo("rules and version are the same, and the decision is not: the case or the software was changed")
    page = render_comparison(Decision.model_validate_json(capsule.document), made, columns(width))
    deliver_page(page, None)
    return False


def show_concordance(db: Path | None, form: str, output: Path | None) -> None:
    """Print the concordance of the entries that stand, as text, json or svg."""
    minutes = open_minutes(db)
    from cdss.minutes.concordance import concordance_of
    from cdss.minutes.store import current
    from cdss.reports.concordance import concordance_data, draw_concordance, render_concordance

    found = concordance_of(current(minutes.all()))
    if form == "json":
        deliver(json.dumps(concordance_data(found), indent=2, ensure_ascii=False) + "\n", output)
    elif form == "svg":
        deliver(draw_concordance(found), output)
    else:
        deliver_page(render_concordance(found, columns(None)), output)


def open_minutes(db: Path | None) -> Minutes:
    """The minutes in ``db``, or in the usual place. Raises CdssError where what they need is not installed."""
    for library in ("sqlalchemy", "alembic", "platformdirs"):
        if find_spec(library) is None:
            raise CdssError(f"the minutes need {library}: install them with pip install 'net-cdss[record]'")
    from cdss.minutes.store import Minutes, default_file

    return Minutes(db or default_file())


def _data(entry: Entry) -> dict[str, Any]:
    draft = entry.draft
    knowledge = draft.decision.knowledge
    return {
        "id": entry.id,
        "recorded_at": entry.recorded_at,
        "case": draft.case,
        "point": draft.point,
        "on": draft.on,
        "chosen": list(draft.chosen),
        "condition": draft.condition,
        "by": draft.by,
        "reason": draft.reason,
        "override": draft.override.value if draft.override else None,
        "corrects": draft.corrects,
        "knowledge": knowledge.model_dump(mode="json"),
    }
