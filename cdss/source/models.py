"""Data → models. What pydantic finds wrong is said in plain words, each mistake at its place in the document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cdss.errors import Problem, Problems
from cdss.source.document import Document
from cdss.source.findings import Finding, Loc, find, plainest
from cdss.source.limits import MAX_PROBLEMS, and_more
from cdss.source.phrases import LIMITS, wanted_by
from cdss.source.shapes import all_keys_of, keys_of, options
from cdss.vocabulary import nearest

Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], document: Document, path: Sequence[str | int] = (), data: Any = None) -> Model:
    """``model`` made from the document's value at ``path``, or from ``data`` that stands there.

    Raises Problems with every mistake at its place. Nothing the document says is repeated when its source is not shown;
    a ValueError raised by a validator is passed on as it is, so validators of patient data name no values.
    """
    try:
        return model.model_validate(_at(document.data, path) if data is None else data)
    except ValidationError as error:
        raise Problems(_Teller(model, document, tuple(path)).problems(error.errors(include_url=False))) from None


def _at(data: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        data = data[part]
    return data


@dataclass(slots=True)
class _Teller:
    """Says what pydantic found in plain words, and finds the place for it."""

    model: type[BaseModel]
    document: Document
    base: Loc
    names: set[str] = field(default_factory=set)

    def problems(self, errors: Iterable[Any]) -> list[Problem]:
        self.names = all_keys_of(self.model)
        problems: dict[tuple[Loc, bool], Problem] = {}
        wanted: dict[tuple[Loc, bool], list[str]] = {}
        others: list[Problem] = []
        for finding in plainest([find(error, self.model, self.document, self.base) for error in errors]):
            if len(problems) + len(others) >= MAX_PROBLEMS:
                others.append(and_more(self.document.file))
                break
            want = wanted_by(finding.error["type"])
            if want is None:
                others.append(self._problem(finding))
                continue
            where = (finding.path, finding.on_key)
            wants = wanted.setdefault(where, [])
            if want not in wants:
                wants.append(want)
            problems[where] = self._wrong_type(finding, wants)
        return [*problems.values(), *others]

    def _problem(self, finding: Finding) -> Problem:
        error, kind = finding.error, finding.error["type"]
        context = error.get("ctx", {})
        name = self._name(finding)
        match kind:
            case "extra_forbidden":
                return self._unknown_key(finding)
            case "missing":
                return self._missing(finding)
            case "literal_error" | "enum":
                return self._not_allowed(finding, name, error["input"], context["expected"])
            case "union_tag_invalid" | "union_tag_not_found":
                return self._no_choice(finding, context)
            case "value_error" | "assertion_error":
                inside = isinstance(error["input"], Mapping | list)
                said = str(context.get("error", "")) or "this is not valid"
                return self._told(finding, "E205", said if inside else f"{name}: {said}")
            case _ if kind in LIMITS:
                return self._told(finding, "E205", f"{name} should {LIMITS[kind].format(**context)}")
            case _:
                said = error["msg"] if self.document.shows_source else "this is not valid"
                return self._told(finding, "E205", f"{name}: {said}")

    def _unknown_key(self, finding: Finding) -> Problem:
        key = str(finding.error["loc"][-1])
        allowed = sorted({name for kind in options(finding.kinds) for name in keys_of(kind)})
        within = self._within(finding.path[:-1])
        named = self.document.shows_source or key in self.names
        close = nearest(key, allowed)
        remedy: str | None
        if close:
            remedy = f"did you mean '{close}'?"
        elif " " in key and finding.error["input"] is None:
            remedy = "a comma inside braces starts a new key: quote text that holds commas"
        else:
            remedy = f"known: {', '.join(allowed)}" if allowed else None
        message = f"no key is called '{key}'{within}" if named else f"this key is not known{within}"
        return self._told(finding, "E201", message, remedy)

    def _missing(self, finding: Finding) -> Problem:
        part = finding.error["loc"][-1]
        if isinstance(part, int):
            return self._told(finding, "E202", f"{self._name(finding)} has fewer items than it needs")
        return self._lacks(finding, part)

    def _lacks(self, finding: Finding, key: str) -> Problem:
        message = f"the key '{key}' is missing{self._within(finding.path)}"
        return self._told(finding, "E202", message, f"add {key}:", on_key=True)

    def _not_allowed(self, finding: Finding, name: str, value: Any, expected: str) -> Problem:
        words = re.findall(r"'([^']*)'", expected)
        allowed = (
            f"allowed: {', '.join(words) if words else expected.replace('True', 'true').replace('False', 'false')}"
        )
        if not self.document.shows_source:
            # A suggestion would give away what was written.
            return self._told(finding, "E204", f"{name} has a value that is not allowed", allowed)
        close = nearest(value, words) if isinstance(value, str) else None
        shown = f"'{value}'" if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else "this"
        return self._told(
            finding, "E204", f"{shown} is not a value of {name}", f"did you mean '{close}'?" if close else allowed
        )

    def _no_choice(self, finding: Finding, context: Mapping[str, Any]) -> Problem:
        key = str(context.get("discriminator", "")).strip("'")
        if finding.error["type"] == "union_tag_not_found":
            return self._lacks(finding, key)
        if self.document.has((*finding.path, key)):
            finding.path = (*finding.path, key)
            finding.error = {**finding.error, "input": context.get("tag")}
        return self._not_allowed(finding, f"'{key}'", context.get("tag"), str(context.get("expected_tags", "")))

    def _wrong_type(self, finding: Finding, wants: list[str]) -> Problem:
        value = finding.error["input"]
        wanted = " or ".join(dict.fromkeys(wants))
        name = self._name(finding)
        if value is None and not finding.on_key:
            return self._told(finding, "E203", f"{name} is empty; it should be {wanted}")
        quote = "text" in wants and isinstance(value, bool | int | Decimal)
        return self._told(finding, "E203", f"{name} should be {wanted}", "put it in quotes" if quote else None)

    def _name(self, finding: Finding) -> str:
        """What a message calls the value: its key where that may be said, or its number in the list."""
        path = finding.path
        if not path:
            return "the file"
        last = path[-1]
        if isinstance(last, int):
            above = self._key_name(path[-2]) if len(path) > 1 else None
            return f"item {last + 1} of {above}" if above else f"item {last + 1}"
        name = self._key_name(last)
        if finding.on_key:
            return f"the key {name}" if name else "this key"
        return name or "this value"

    def _key_name(self, part: str | int) -> str | None:
        known = isinstance(part, str) and (self.document.shows_source or part in self.names)
        return f"'{part}'" if known else None

    def _within(self, path: Loc) -> str:
        """ " in 'then'": the nearest key above that may be named."""
        for part in reversed(path):
            name = self._key_name(part)
            if name:
                return f" in {name}"
        return ""

    def _told(
        self, finding: Finding, code: str, message: str, remedy: str | None = None, *, on_key: bool = False
    ) -> Problem:
        # A mapping or a list is best shown by its key.
        on_key = on_key or finding.on_key or isinstance(finding.error["input"], Mapping | list | tuple)
        place = self.document.place(finding.path, key=on_key)
        return Problem(place, code, message, remedy, self.document.frame(place.line))
