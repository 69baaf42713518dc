"""YAML spelling → condition tree: every word checked against the vocabulary, every mistake at its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any as Data

from cdss.condition import All, Any, Compare, Condition, Holds, Includes, Is, Known, Not, OneOf, Op
from cdss.errors import Place, Problem
from cdss.source import Document
from cdss.therapy import Therapies
from cdss.vocabulary import Fact, Kind, Vocabulary, nearest

Path = tuple[str | int, ...]
_OPS = {op.value: op for op in Op}
_GROUPS = ("all", "any", "not", "holds")


@dataclass(slots=True)
class Speller:
    """Spells the conditions of one file and collects what is wrong in ``problems``."""

    document: Document
    vocabulary: Vocabulary
    therapies: Therapies
    definitions: frozenset[str]
    problems: list[Problem] = field(default_factory=list)

    def conjunction(self, items: Data, path: Path) -> Condition:
        """A list of items that must all hold; an empty list always holds."""
        return All(self._parts(items, path), place=self.document.place(path))

    def _parts(self, items: Data, path: Path) -> tuple[Condition, ...]:
        if not isinstance(items, list):
            self._wrong(path, "E313", "conditions are a list of items, each starting with a dash")
            return ()
        parts = [self._item(item, (*path, index)) for index, item in enumerate(items)]
        return tuple(part for part in parts if part is not None)

    def _item(self, item: Data, path: Path) -> Condition | None:
        if not isinstance(item, Mapping):
            return self._wrong(path, "E313", "a condition is written as fact: test, or all:, any:, not:, holds:")
        note = item.get("note")
        keys = [key for key in item if key != "note"]
        if note is not None and not isinstance(note, str):
            return self._wrong((*path, "note"), "E313", "a note is a sentence")
        if len(keys) != 1:
            return self._wrong(
                path, "E313", "a condition names exactly one fact; write several conditions as several items"
            )
        key = keys[0]
        inner = (*path, key)
        place = self.document.place(inner, key=True)
        if key in ("all", "any"):
            parts = self._parts(item[key], inner)
            if not parts:
                return self._wrong(inner, "E310", f"the group {key} is empty", key=True)
            return (All if key == "all" else Any)(parts, note=note, place=place)
        if key == "not":
            part = self._item(item[key], inner)
            return None if part is None else Not(part, note=note, place=place)
        if key == "holds":
            return self._holds(item[key], inner, note, place)
        return self._leaf(key, item[key], inner, note, place)

    def _holds(self, name: Data, path: Path, note: str | None, place: Place) -> Condition | None:
        if not isinstance(name, str) or name not in self.definitions:
            return self._wrong(
                path, "E304", f"no definition is called '{name}'", near=(str(name), set(self.definitions))
            )
        return Holds(name, note=note, place=place)

    def _leaf(self, name: str, test: Data, path: Path, note: str | None, place: Place) -> Condition | None:
        fact = self.vocabulary.facts.get(name)
        if fact is None:
            words = set(self.vocabulary.facts) | set(_GROUPS)
            return self._wrong(path, "E301", f"no fact is called '{name}'", key=True, near=(name, words))
        if isinstance(test, Mapping) and set(test) == {"known"}:
            known = Known(name, note=note, place=place)
            if test["known"] is True:
                return known
            if test["known"] is False:
                return Not(known, note=note, place=place)
            return self._wrong((*path, "known"), "E313", "known is true or false")
        match fact.type:
            case Kind.BOOLEAN:
                if not isinstance(test, bool):
                    return self._wrong(path, "E302", f"{name} is true or false")
                return Is(name, test, note=note, place=place)
            case Kind.CATEGORY:
                return self._category(fact, test, path, note, place)
            case Kind.NUMBER:
                return self._number(fact, test, path, note, place)
            case Kind.SET:
                return self._set(fact, test, path, note, place)

    def _category(self, fact: Fact, test: Data, path: Path, note: str | None, place: Place) -> Condition | None:
        if isinstance(test, str):
            return Is(fact.name, test, note=note, place=place) if self._word(fact, test, path) else None
        if isinstance(test, list) and test:
            good = [self._word(fact, word, (*path, index)) for index, word in enumerate(test)]
            if not all(good):
                return None
            if len(set(test)) != len(test):
                return self._wrong(path, "E313", "a value is listed twice")
            return OneOf(fact.name, tuple(test), note=note, place=place)
        return self._wrong(path, "E302", f"{fact.name} takes one of its values, or a list of them")

    def _number(self, fact: Fact, test: Data, path: Path, note: str | None, place: Place) -> Condition | None:
        if not isinstance(test, Mapping) or not test:
            return self._wrong(
                path, "E303", f"{fact.name} is a number: write at_most, less_than, at_least or more_than"
            )
        parts: list[Condition] = []
        for word, bound in test.items():
            here = (*path, word)
            op = _OPS.get(word)
            if op is None:
                return self._wrong(here, "E303", f"'{word}' is not a comparison", key=True, near=(word, set(_OPS)))
            number = self._bound(fact, bound, here)
            if number is None:
                return None
            parts.append(Compare(fact.name, op, number, note=note, place=self.document.place(here)))
        return parts[0] if len(parts) == 1 else All(tuple(parts), note=note, place=place)

    def _bound(self, fact: Fact, bound: Data, path: Path) -> Decimal | None:
        if isinstance(bound, bool) or not isinstance(bound, int | Decimal):
            return self._wrong(path, "E303", f"the threshold of {fact.name} is a number in {fact.unit}")
        number = Decimal(bound)
        assert fact.range is not None
        if not fact.range[0] <= number <= fact.range[1]:
            return self._wrong(
                path,
                "E308",
                f"the threshold lies outside the range of {fact.name}, {fact.range[0]} to {fact.range[1]} {fact.unit}",
            )
        if number != round(number, fact.places):
            return self._wrong(
                path, "E309", f"{fact.name} is kept with {fact.places} decimal places; the threshold has more"
            )
        return number

    def _set(self, fact: Fact, test: Data, path: Path, note: str | None, place: Place) -> Condition | None:
        if not isinstance(test, Mapping) or len(test) != 1:
            return self._wrong(path, "E313", f"{fact.name} is a set: write includes, includes_any or includes_class")
        word, wanted = next(iter(test.items()))
        here = (*path, word)
        match word:
            case "includes":
                return Includes(fact.name, wanted, note=note, place=place) if self._word(fact, wanted, here) else None
            case "includes_any":
                if not isinstance(wanted, list) or not wanted:
                    return self._wrong(here, "E310", "includes_any takes a list of values")
                good = [self._word(fact, item, (*here, index)) for index, item in enumerate(wanted)]
                if not all(good):
                    return None
                members: Sequence[str] = wanted
            case "includes_class":
                members = self._members_of(fact, wanted, here)
                if not members:
                    return None
            case _:
                words = {"includes", "includes_any", "includes_class", "known"}
                return self._wrong(here, "E313", f"'{word}' is not a test of a set", key=True, near=(word, words))
        parts = tuple(Includes(fact.name, member, note=note, place=place) for member in members)
        return parts[0] if len(parts) == 1 else Any(parts, note=note, place=place)

    def _members_of(self, fact: Fact, wanted: Data, path: Path) -> Sequence[str]:
        names = [wanted] if isinstance(wanted, str) else wanted
        if fact.values_from is None:
            self._wrong(path, "E313", f"{fact.name} does not hold therapies, so it has no classes")
            return ()
        members: set[str] = set()
        for name in names if isinstance(names, list) else []:
            if name not in self.therapies.classes:
                self._wrong(
                    path,
                    "E306",
                    f"no class of therapies is called '{name}'",
                    near=(str(name), set(self.therapies.classes)),
                )
                return ()
            members.update(self.therapies.of_class(name))
        return sorted(members)

    def _word(self, fact: Fact, word: Data, path: Path) -> bool:
        if isinstance(word, str) and word in fact.values:
            return True
        self._wrong(path, "E302", f"'{word}' is not a value of {fact.name}", near=(str(word), set(fact.values)))
        return False

    def _wrong(
        self, path: Path, code: str, message: str, *, key: bool = False, near: tuple[str, set[str]] | None = None
    ) -> None:
        place = self.document.place(path, key=key)
        close = nearest(*near) if near else None
        remedy = f"did you mean '{close}'?" if close else None
        self.problems.append(Problem(place, code, message, remedy, self.document.frame(place.line)))
