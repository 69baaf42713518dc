"""A witness as a case file: the facts as a case states them, so that the engine can be asked about the same patient."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from cdss.stating import stated
from cdss.values import Value
from cdss.vocabulary import Vocabulary


def draft(title: str, story: str, facts: Mapping[str, Value], on: date, vocabulary: Vocabulary) -> str:
    """The text of a case file, marked as a draft, about a patient with these facts on this day."""
    lines = [f"title: {json.dumps(title, ensure_ascii=False)}", f"story: {json.dumps(story, ensure_ascii=False)}"]
    lines.append(f"on: {on.isoformat()}")
    lines.append("draft: true")  # nothing that is expected of it counts before somebody has checked it
    listed = [f"  {name}: {stated(facts[name], vocabulary.facts[name])}" for name in sorted(facts)]
    return "\n".join([*lines, *(["facts:", *listed] if listed else ["facts: {}"])]) + "\n"
