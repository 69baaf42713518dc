"""A capsule: one decision of a board in one file, with everything that is needed to make its document again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from cdss.decision import Knowledge
from cdss.errors import CdssError
from cdss.minutes.entry import Entry
from cdss.minutes.override import HL7_CATEGORY, HL7_SYSTEM, WORDING

FORMAT = "cdss-capsule/1"


@dataclass(frozen=True, slots=True)
class Capsule:
    """What a capsule holds that replaying it needs: the case as it was read, the question, and the document."""

    case: str
    case_text: str
    on: str
    jurisdictions: tuple[str, ...]
    knowledge: Knowledge
    document: str

    @property
    def as_of(self) -> date:
        """The date of the rules."""
        return self.knowledge.as_of


def write_capsule(entry: Entry, file_name: str) -> str:
    """The entry as one JSON text. ``file_name`` is what its replay command names."""
    draft = entry.draft
    document = json.loads(draft.document)
    override: dict[str, Any] | None = None
    if draft.override is not None:
        override = {"code": draft.override.value, "display": WORDING[draft.override]}
        if draft.override in HL7_CATEGORY:
            override["hl7"] = {"system": HL7_SYSTEM, "code": HL7_CATEGORY[draft.override]}
    board = {
        "entry": entry.id,
        "recorded_at": entry.recorded_at,
        "chosen": list(draft.chosen),
        "by": draft.by,
        "reason": draft.reason,
        "override": override,
        "condition": draft.condition,
        "corrects": draft.corrects,
    }
    data = {
        "format": FORMAT,
        "replay": f"cdss replay {file_name}",
        "case": {"id": draft.case, "text": draft.case_text},
        "question": {"on": draft.point or draft.on, "jurisdictions": document["jurisdictions"]},
        "knowledge": document["knowledge"],
        "board": board,
        "board_sha256": _checksum(board),
        "sha256": hashlib.sha256(draft.document.encode()).hexdigest(),
        "decision": document,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def read_capsule(text: str) -> Capsule:
    """A capsule read back. Raises CdssError for another file, and where the document or the choice was changed."""
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise CdssError("this capsule has a format that this cdss does not know")
        document = json.dumps(data["decision"], indent=2, ensure_ascii=False) + "\n"
        if hashlib.sha256(document.encode()).hexdigest() != data["sha256"]:
            raise CdssError("the decision in this capsule is not as it was exported: its checksum differs")
        if _checksum(data["board"]) != data["board_sha256"]:
            raise CdssError("what the board chose is in this capsule not as it was exported: its checksum differs")
        question = data["question"]
        return Capsule(
            str(data["case"]["id"]),
            str(data["case"]["text"]),
            str(question["on"]),
            tuple(str(j) for j in question["jurisdictions"]),
            Knowledge.model_validate(data["knowledge"]),
            document,
        )
    except (ValueError, KeyError, TypeError):
        raise CdssError("this is no capsule: write one with cdss capsule ID -o FILE.capsule.json") from None


def _checksum(board: Any) -> str:
    return hashlib.sha256(json.dumps(board, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
