"""The grammar of conditions and of facts as JSON Schema: each fact with the tests and values its type takes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cdss.condition import Op
from cdss.library import Library
from cdss.vocabulary import Fact, Kind

DAY: dict[str, Any] = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_POINT_OR_OFFSET = r"^(\d{4}-\d{2}(-\d{2})?|([+-]\d{1,5}(\.\d{1,3})?(a|mo|wk|w|d)){1,6}|[a-z][a-z0-9_-]{0,63})$"
_CERTAIN: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": _POINT_OR_OFFSET},
        {"type": "integer", "minimum": 1850, "maximum": 2200},
    ]
}
TIME: dict[str, Any] = {
    "anyOf": [
        *_CERTAIN["anyOf"],
        {
            "type": "object",
            "properties": {"after": _CERTAIN, "before": _CERTAIN},
            "required": ["after", "before"],
            "additionalProperties": False,
        },
    ]
}
UNKNOWN: dict[str, Any] = {"const": "unknown"}
_ENDS = ("value", "from", "to", "at_least", "at_most", "less_than", "more_than")


def quantity() -> dict[str, Any]:
    """A number: exact, a range or a bound, with or without a unit."""
    ends: dict[str, Any] = {end: {"type": "number"} for end in _ENDS}
    return {
        "anyOf": [
            {"type": "number"},
            {
                "type": "object",
                "properties": {**ends, "unit": {"type": "string", "minLength": 1, "maxLength": 30}},
                "anyOf": [{"required": [end]} for end in _ENDS],
                "additionalProperties": False,
            },
        ]
    }


def condition(library: Library) -> dict[str, Any]:
    """One condition: a test of one fact, a group, or a definition; a note beside it."""
    here = {"$ref": "#/$defs/condition"}
    several = {"type": "array", "items": here, "minItems": 1}
    tests = {name: _described(fact, _test(fact, library)) for name, fact in library.vocabulary.facts.items()}
    return {
        "type": "object",
        "properties": {
            "note": {"type": "string", "description": "Printed with the explanation."},
            "all": several,
            "any": several,
            "not": here,
            "holds": {"enum": sorted(library.definitions)},
            **tests,
        },
        "additionalProperties": False,
        "minProperties": 1,
        "if": {"required": ["note"]},
        "then": {"minProperties": 2, "maxProperties": 2},
        "else": {"maxProperties": 1},
    }


def fact_map(library: Library) -> dict[str, Any]:
    """Facts stated directly; the word unknown stands for any value."""
    values = {name: _described(fact, _value(fact)) for name, fact in library.vocabulary.facts.items()}
    return {"type": "object", "properties": values, "additionalProperties": False}


def _described(fact: Fact, schema: dict[str, Any]) -> dict[str, Any]:
    unit = f" ({fact.unit})" if fact.unit and fact.unit != "1" else ""
    return {"description": f"{fact.question}{unit}", **schema}


def _words(fact: Fact) -> dict[str, Any]:
    return {"enum": sorted(fact.values)}


def _test(fact: Fact, library: Library) -> dict[str, Any]:
    known = {
        "type": "object",
        "properties": {"known": {"type": "boolean"}},
        "required": ["known"],
        "additionalProperties": False,
    }
    match fact.type:
        case Kind.BOOLEAN:
            return {"anyOf": [{"type": "boolean"}, known]}
        case Kind.CATEGORY:
            several = {"type": "array", "items": _words(fact), "minItems": 1, "uniqueItems": True}
            return {"anyOf": [_words(fact), several, known]}
        case Kind.NUMBER:
            bounds = {op.value: _bound(fact) for op in Op}
            compared = {"type": "object", "properties": bounds, "minProperties": 1, "additionalProperties": False}
            return {"anyOf": [compared, known]}
        case Kind.SET:
            several = {"type": "array", "items": _words(fact), "minItems": 1, "uniqueItems": True}
            tests = {"includes": _words(fact), "includes_any": several, "known": {"type": "boolean"}}
            if fact.values_from is not None:
                classes = {"enum": sorted(library.therapies.classes)}
                tests["includes_class"] = {"anyOf": [classes, {"type": "array", "items": classes, "minItems": 1}]}
            return {
                "type": "object",
                "properties": tests,
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": False,
            }


def _bound(fact: Fact) -> dict[str, Any]:
    assert fact.range is not None
    low, high = (_number(end) for end in fact.range)
    return {"type": "number" if fact.places else "integer", "minimum": low, "maximum": high}


def _number(number: Decimal) -> int | float:
    return int(number) if number == int(number) else float(number)


def _value(fact: Fact) -> dict[str, Any]:
    match fact.type:
        case Kind.BOOLEAN:
            return {"anyOf": [{"type": "boolean"}, UNKNOWN]}
        case Kind.CATEGORY:
            return {"enum": [*sorted(fact.values), "unknown"]}
        case Kind.NUMBER:
            return {"anyOf": [*quantity()["anyOf"], UNKNOWN]}
        case Kind.SET:
            several = {"anyOf": [_words(fact), {"type": "array", "items": _words(fact)}]}
            partly = {
                "type": "object",
                "properties": {"includes": several, "excludes": several, "complete": {"type": "boolean"}},
                "minProperties": 1,
                "additionalProperties": False,
            }
            return {"anyOf": [{"type": "array", "items": _words(fact)}, partly, UNKNOWN]}
