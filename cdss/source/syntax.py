"""What libyaml could not read, in plain words, where the mistake was made rather than where it was noticed."""

from __future__ import annotations

from typing import Any, TypeAlias

import yaml

from cdss.source.document import Spot
from cdss.source.limits import MAX_DEPTH
from cdss.source.scalars import COMPARISON, comparison

Complaint: TypeAlias = tuple[Spot, str, str, str | None]
"""Where, a code, what is wrong, and what to do about it."""

ALIAS = ("E103", "an alias (*) repeats another part of the file", "Write it out; quote text that starts with *.")
ANCHOR = ("E103", "an anchor (&) names a part of the file", "Remove it; quote text that starts with &.")
TAG = ("E103", "a tag (!) sets a type", "Remove it; quote text that starts with !.")
TOO_DEEP = ("E110", f"more than {MAX_DEPTH} lists and mappings lie in one another", "Flatten this.")
# What libyaml says, how we say it, and whether the place is where the construct was opened.
_SYNTAX = (
    ("maximum nesting depth", TOO_DEEP, False),
    ("while scanning an alias", ALIAS, True),
    ("while scanning an anchor", ANCHOR, True),
    ("tag", TAG, True),
    (
        "mapping values are not",
        ("E101", "a colon is not expected here", "Quote text with a colon; check indents."),
        False,
    ),
    ("block sequence entries", ("E101", "a list cannot start here", "Start it on the next line."), False),
    ("unexpected end of stream", ("E101", "this quotation mark is never closed", "Close it."), True),
    ("document indicator", ("E101", "this quotation mark is never closed", "Close it."), True),
    ("',' or ']'", ("E101", "this bracket is never closed, or a comma is missing after it", "Close it with ]."), True),
    ("',' or '}'", ("E101", "this brace is never closed, or a comma is missing after it", "Close it with }."), True),
    ("expected ':'", ("E101", "this line has no colon after its key", "Write key: value; check indents."), True),
    ("expected key", ("E101", "a key is expected here", "Check the indents, and the quotes above."), False),
    (
        "'-' indicator",
        ("E101", "this line is not part of the list above it", "Start it with a dash, or check indents."),
        False,
    ),
    ("escape", ("E101", "a backslash in double quotes starts an unknown escape", "Use single quotes."), False),
    ("cannot start any", ("E101", "a value cannot start with this character", "Put the text in quotes."), False),
    ("incompatible YAML", ("E101", "this version of YAML is not supported", "Remove the line."), False),
)


def complaint_about(error: yaml.YAMLError, text: str, *, show_source: bool) -> Complaint:
    """The one thing that keeps ``text`` from being YAML. Nothing of it is repeated unless ``show_source``."""
    opened: Any = error.context_mark if isinstance(error, yaml.MarkedYAMLError) else None
    mark: Any = (error.problem_mark or opened) if isinstance(error, yaml.MarkedYAMLError) else None
    if not isinstance(error, yaml.MarkedYAMLError) or mark is None:
        return (0, 0, 1), "E101", "this is not YAML", None
    said = error.problem or ""
    for start in (opened, mark):
        compared = COMPARISON.match(text, start.index) if start is not None else None
        if compared is not None and compared[1].startswith(">"):
            trap, word = comparison(compared[1]), compared[0].rstrip(",]}")
            shown = f"'{word}'" if show_source else "this"
            return (start.line + 1, start.column + 1, len(word)), trap.code, f"{shown} {trap.reason}", trap.remedy
    here = (mark.line + 1, mark.column + 1, 1)
    if text.startswith("\t", mark.index) and ("cannot start any token" in said or "violates indentation" in said):
        return here, "E101", "a tab stands where spaces should indent", "Use spaces."
    for part, ours, at_start in _SYNTAX:
        if part in said or part in (error.context or ""):
            if at_start and opened is not None:
                here = (opened.line + 1, opened.column + 1, 1)
            return here, *ours
    return here, "E101", f"this is not YAML: {said}" if said else "this is not YAML", None
