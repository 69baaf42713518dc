"""JSON Schemas of the files people write, so that an editor completes and checks them while they type.

Made from the models that read the files and from the words of one library; they are looser than the reader, which also
knows what a condition, an example or a date means beside others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from cdss.case import CaseFile
from cdss.citation import References
from cdss.grammar import DAY, TIME, condition, fact_map, quantity
from cdss.library import Library
from cdss.rulefile import DefinitionFile, RuleFile
from cdss.therapy import Therapies
from cdss.vocabulary import Vocabulary

KINDS: Mapping[str, type[BaseModel]] = {
    "rule": RuleFile,
    "definition": DefinitionFile,
    "case": CaseFile,
    "citations": References,
    "vocabulary": Vocabulary,
    "therapies": Therapies,
}
"""The kinds of files, and the model that reads each."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(kind: str, library: Library) -> dict[str, Any]:
    """The schema of one kind of file, with the words of ``library``. KeyError for a kind that is not in KINDS."""
    made = KINDS[kind].model_json_schema(schema_generator=_Generator)
    words = _Words(made.setdefault("$defs", {}), library)
    models = [made, *made["$defs"].values()]
    for model in models:
        for (title, field), make in _FIELDS.items():
            if model.get("title") == title:
                _set(model, field, make(words))
        model.update(_TOGETHER.get(model.get("title", ""), {}))
    for name, field in (("Fact", "name"), ("Therapy", "id")):  # the key under which each stands
        if name in made["$defs"]:
            made["$defs"][name]["properties"].pop(field)
            made["$defs"][name]["required"].remove(field)
    return {"$schema": _DIALECT, "title": f"cdss {kind} file", **_plain(made)}


class _Words:
    """The parts of a schema that come from a library; each is put under ``$defs`` when it is first asked for."""

    def __init__(self, defs: dict[str, Any], library: Library) -> None:
        self.defs = defs
        self.library = library

    def _ref(self, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if name not in self.defs:
            self.defs[name] = {}
            self.defs[name] = make()
        return {"$ref": f"#/$defs/{name}"}

    def conditions(self) -> dict[str, Any]:
        """A list of conditions."""
        item = self._ref("condition", lambda: condition(self.library))
        return {"type": "array", "items": item}

    def facts(self) -> dict[str, Any]:
        """Facts with values, or the word unknown."""
        return self._ref("facts", lambda: fact_map(self.library))

    def therapy(self) -> dict[str, Any]:
        """The id of a therapy."""
        return self._ref("therapy", lambda: one_of(self.library.therapies.therapies))

    def therapies(self) -> dict[str, Any]:
        """One therapy or several."""
        return one_or_many(self.therapy())

    def classes(self) -> dict[str, Any]:
        """One class of therapies or several."""
        return one_or_many(self._ref("therapy_class", lambda: one_of(self.library.therapies.classes)))

    def source(self) -> dict[str, Any]:
        """The id of a source."""
        return self._ref("source", lambda: one_of(self.library.references))

    def sources(self) -> dict[str, Any]:
        """A list of sources."""
        return {"type": "array", "items": self.source()}

    def scale(self) -> dict[str, Any]:
        """The name of a grading scale."""
        return self._ref("scale", lambda: one_of(self.library.scales.scales))

    def asks(self) -> dict[str, Any]:
        """What an alert or a caution may ask for."""
        vocabulary = self.library.vocabulary
        item = self._ref("ask", lambda: one_of([*vocabulary.facts, *vocabulary.investigations]))
        return {"type": "array", "items": item}

    def versions(self) -> dict[str, Any]:
        """First day in force → version."""
        name = next(n for n in ("VersionFile", "DefinitionVersion") if n in self.defs)
        return {
            "type": "object",
            "propertyNames": {"pattern": DAY["pattern"]},
            "additionalProperties": {"$ref": f"#/$defs/{name}"},
        }


def one_of(words: Iterable[str]) -> dict[str, Any]:
    """One of these words."""
    return {"enum": sorted(words)}


def one_or_many(item: dict[str, Any]) -> dict[str, Any]:
    """The item, or a list of them."""
    return {"anyOf": [item, {"type": "array", "items": item}]}


# Model and key → what stands there. The models take any value here and leave the words to a later step.
_FIELDS: Mapping[tuple[str, str], Callable[[_Words], dict[str, Any]]] = {
    ("RuleFile", "scope"): _Words.conditions,
    ("VersionFile", "when"): _Words.conditions,
    ("DefinitionVersion", "when"): _Words.conditions,
    ("RuleFile", "versions"): _Words.versions,
    ("DefinitionFile", "versions"): _Words.versions,
    ("RuleFile", "therapy"): _Words.therapies,
    ("RuleFile", "therapy_class"): _Words.classes,
    ("VersionFile", "evidence"): _Words.sources,
    ("Cite", "ref"): _Words.source,
    ("Strength", "scale"): _Words.scale,
    ("Then", "ask"): _Words.asks,
    ("Example", "facts"): _Words.facts,
    ("Example", "but"): _Words.facts,
    ("CaseFile", "facts"): _Words.facts,
    ("Variant", "but"): _Words.facts,
}

# What keys ask of one another, as far as a schema can say it.
_DATED_OR_ALWAYS = {"oneOf": [{"required": ["versions"]}, {"required": ["always"]}]}
_TOGETHER: Mapping[str, Mapping[str, Any]] = {
    "RuleFile": _DATED_OR_ALWAYS,
    "DefinitionFile": _DATED_OR_ALWAYS,
    "VersionFile": {"anyOf": [{"required": ["retired"]}, {"required": ["says", "cite", "provenance", "then"]}]},
    "Then": {
        "oneOf": [{"required": [word]} for word in ("stance", "labelled", "alert")],
        "dependentRequired": {"alert": ["severity"], "severity": ["alert"], "labelled": ["intent"]},
    },
    "Reference": {"anyOf": [{"required": [word]} for word in ("DOI", "PMID", "URL")]},
}


def _set(model: dict[str, Any], field: str, value: dict[str, Any]) -> None:
    """Puts ``value`` in a key's place; a key that may be empty may be so still."""
    old = model["properties"][field]
    nullable = {"type": "null"} in old.get("anyOf", ())
    model["properties"][field] = {"anyOf": [value, {"type": "null"}]} if nullable else value


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, which does not see what our validators take before they make a model's value of it."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        match getattr(schema["function"]["function"], "__name__", ""):
            case "_exact":
                return {"type": "number"}
            case "_day":
                return dict(DAY)
            case "_one_or_many" | "<lambda>" if "items" in inner:
                return {"anyOf": [inner["items"], inner]}
            case "_standing_alone":
                return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, inner]}
            case "_with_severity":
                named = {**inner, "minProperties": 1, "maxProperties": 1}
                return {"type": "array", "items": {"anyOf": [{"type": "string"}, named]}}
            case "_case_by_name" if "items" in inner:
                return {"type": "array", "items": {"anyOf": [{"type": "string"}, inner["items"]]}}
        return inner

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> JsonSchemaValue:
        name = getattr(schema["function"]["function"], "__qualname__", "")
        if name == "parse_time":
            return dict(TIME)
        assert name.startswith("_measure") or name == "_bare", f"no schema is known for what {name} reads"
        return quantity()


def _plain(part: Any, *, names: bool = False) -> Any:
    """Without the titles that pydantic makes of names and without defaults; ``names``: the keys are names of a file."""
    if isinstance(part, dict):
        kept = {k: v for k, v in part.items() if names or k not in ("default", "title")}
        return {k: _plain(v, names=not names and k in ("properties", "$defs")) for k, v in kept.items()}
    if isinstance(part, list):
        return [_plain(item) for item in part]
    return part
