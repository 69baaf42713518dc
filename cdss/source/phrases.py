"""What pydantic asks for, in plain words."""

from __future__ import annotations

_WANTED = (
    # (start of pydantic's error type, what is wanted); the first that fits counts
    ("none_required", "left empty"),
    ("string", "text"),
    ("int", "a whole number"),
    ("decimal", "a number"),
    ("float", "a number"),
    ("bool", "true or false"),
    ("datetime", "a day and time such as 2016-05-26T12:30:00"),
    ("timezone", "a day and time such as 2016-05-26T12:30:00"),
    ("date", "a day such as 2016-05-26"),
    ("time", "a time"),
    *((kind, "a mapping of keys to values") for kind in ("dict", "mapping", "model", "dataclass")),
    *((kind, "a list") for kind in ("list", "tuple", "set", "frozen_set", "iterable")),
)
_ABOUT_TYPE = ("_type", "_parsing", "_inexact", "_from_float", "none_required", "_sub_type")
LIMITS = {
    "greater_than": "be more than {gt}",
    "greater_than_equal": "be at least {ge}",
    "less_than": "be less than {lt}",
    "less_than_equal": "be at most {le}",
    "multiple_of": "be a multiple of {multiple_of}",
    "finite_number": "be a finite number",
    "string_too_short": "have at least {min_length} characters",
    "string_too_long": "have at most {max_length} characters",
    "string_pattern_mismatch": "fit the pattern {pattern}",
    "too_short": "have at least {min_length} items",
    "too_long": "have at most {max_length} items",
    "decimal_max_digits": "have at most {max_digits} digits",
    "decimal_max_places": "have at most {decimal_places} decimal places",
    "decimal_whole_digits": "have at most {whole_digits} digits before the point",
    "date_past": "lie in the past",
    "date_future": "lie in the future",
}
"""Kind of pydantic's error → what the value should do."""


def wanted_by(kind: str) -> str | None:
    """The sort of value pydantic asked for; None when the error is about something else."""
    if not kind.endswith(_ABOUT_TYPE):
        return None
    return next((words for start, words in _WANTED if kind.startswith(start)), None)
