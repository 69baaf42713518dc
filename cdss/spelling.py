"""YAML spelling → condition tree: every word checked against the vocabulary, every mistake at its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
_SET_TESTS = ("includes", "includes_any", "includes_class")
_MOST_LISTED = 12


def problem_at(
    document: Document,
    path: Path,
    code: str,
    message: str,
    remedy: str | None = None,
    *,
    key: bool = False,
    near: tuple[Data, Collection[str]] | None = None,
) -> Problem:
    """A problem with the value at ``path``, or with its key.

    ``near`` is a word and the words it might have been; where one is close, "did you mean" replaces ``remedy``.
    """
    close = nearest(near[0], set(near[1])) if near and isinstance(near[0], str) else None
    place = document.place(path, key=key)
    return Problem(place, code, message, f"did you mean '{close}'?" if close else remedy, document.frame(place.line))


class _Wrong(Exception):
    """A condition that cannot be spelled; the next one is tried all the same."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


@dataclass(slots=True)
class Speller:
    """Spells the conditions of one file and collects what is wrong in ``problems``."""

    document: Document
    vocabulary: Vocabulary
    therapies: Therapies
    definitions: frozenset[str]
    problems: list[Problem] = field(default_factory=list)

    def conjunction(self, items: Data, path: Path) -> All:
        """A list of items that must all hold; an empty list always holds."""
        return All(self._parts(items, path), place=self.document.place(path))

    def _parts(self, items: Data, path: Path) -> tuple[Condition, ...]:
        if not isinstance(items, list):
            wrong = self._wrong(
                path, "E313", f"{path[-1]} takes a list of conditions", "start each with a dash", key=True
            )
            self.problems.append(wrong.problem)
            return ()
        parts = []
        for index, item in enumerate(items):
            try:
                parts.append(self._item(item, (*path, index)))
            except _Wrong as wrong:
                self.problems.append(wrong.problem)
        return tuple(parts)

    def _item(self, item: Data, path: Path) -> Condition:
        if isinstance(item, list):
            raise self._wrong(
                path, "E313", "here is a list where one condition belongs", "write all: or any: before it"
            )
        if not isinstance(item, Mapping):
            shown = "this" if item is None else _shown(item)
            raise self._wrong(
                path, "E313", f"{shown} is not a condition", "write fact: test, or all:, any:, not:, holds:"
            )
        note = item.get("note")
        keys = [key for key in item if key != "note"]
        if note is not None and not isinstance(note, str):
            raise self._wrong((*path, "note"), "E313", "a note is a sentence", "put it in quotes")
        if not keys:
            raise self._wrong(path, "E313", "here is no condition", "write fact: test, or all:, any:, not:, holds:")
        if len(keys) > 1:
            raise self._wrong(
                (*path, keys[1]),
                "E313",
                "a condition tests one fact, and here is a second",
                "start a new item with a dash",
                key=True,
            )
        key = keys[0]
        inner = (*path, key)
        place = self.document.place(inner, key=True)
        if key in ("all", "any"):
            if item[key] == []:
                raise self._wrong(
                    inner, "E310", f"the group {key} is empty", "add a condition, or leave it out", key=True
                )
            parts = self._parts(item[key], inner)
            return (All if key == "all" else Any)(parts, note=note, place=place)
        if key == "not":
            return Not(self._item(item[key], inner), note=note, place=place)
        if key == "holds":
            return self._holds(item[key], inner, note, place)
        return self._leaf(key, item[key], inner, note, place)

    def _holds(self, name: Data, path: Path, note: str | None, place: Place) -> Condition:
        if not isinstance(name, str):
            raise self._wrong(path, "E304", "holds takes the name of one definition", "write one item for each")
        if name not in self.definitions:
            raise self._wrong(
                path,
                "E304",
                f"no definition is called '{name}'",
                "definitions lie in the folder definitions",
                near=(name, self.definitions),
            )
        return Holds(name, note=note, place=place)

    def _leaf(self, name: str, test: Data, path: Path, note: str | None, place: Place) -> Condition:
        fact = self.vocabulary.facts.get(name)
        if fact is None:
            if name in self.definitions:
                raise self._wrong(
                    path, "E301", f"'{name}' is a definition, not a fact", f"write holds: {name}", key=True
                )
            raise self._wrong(
                path,
                "E301",
                f"no fact is called '{name}'",
                "facts are listed in vocabulary.yaml",
                key=True,
                near=(name, {*self.vocabulary.facts, *_GROUPS}),
            )
        if isinstance(test, Mapping) and set(test) == {"known"}:
            known = Known(name, note=note, place=place)
            if test["known"] is True:
                return known
            if test["known"] is False:
                return Not(known, note=note, place=place)
            raise self._wrong(
                (*path, "known"), "E313", f"known asks whether {name} is known", "write {known: true} or {known: false}"
            )
        match fact.type:
            case Kind.BOOLEAN:
                if not isinstance(test, bool):
                    raise self._wrong(
                        path, "E302", f"{name} is true or false", _known_remedy(test) or "write true or false"
                    )
                return Is(name, test, note=note, place=place)
            case Kind.CATEGORY:
                return self._category(fact, test, path, note, place)
            case Kind.NUMBER:
                return self._number(fact, test, path, note, place)
            case Kind.SET:
                return self._set(fact, test, path, note, place)

    def _category(self, fact: Fact, test: Data, path: Path, note: str | None, place: Place) -> Condition:
        if isinstance(test, str):
            return Is(fact.name, self._word(fact, test, path), note=note, place=place)
        if not isinstance(test, list):
            raise self._wrong(path, "E302", f"{fact.name} takes one of its values, or a list of them", _allowed(fact))
        return OneOf(fact.name, self._words(fact, test, path), note=note, place=place)

    def _words(self, fact: Fact, words: list[Data], path: Path) -> tuple[str, ...]:
        """The words of a list, each a value of the fact."""
        if not words:
            raise self._wrong(path, "E310", "the list of values is empty", "add a value, or leave it out", key=True)
        found: list[str] = []
        wrongs: list[_Wrong] = []
        for index, word in enumerate(words):
            here = (*path, index)
            try:
                found.append(self._word(fact, word, here))
            except _Wrong as wrong:
                wrongs.append(wrong)
            if word in words[:index]:
                wrongs.append(self._wrong(here, "E313", f"{_shown(word)} is listed twice", "keep one"))
        if wrongs:
            self.problems.extend(wrong.problem for wrong in wrongs[1:])
            raise wrongs[0]
        return tuple(found)

    def _number(self, fact: Fact, test: Data, path: Path, note: str | None, place: Place) -> Condition:
        if not isinstance(test, Mapping) or not test:
            number = isinstance(test, int | Decimal) and not isinstance(test, bool)
            way = f"write {{at_most: {test}}}, or less_than, at_least, more_than" if number else None
            raise self._wrong(
                path,
                "E303",
                f"{fact.name} is a number and needs a comparison",
                way or _known_remedy(test) or "write at_most, less_than, at_least or more_than",
                key=not isinstance(test, str | int | Decimal),
            )
        parts: list[Condition] = []
        for word, bound in test.items():
            here = (*path, word)
            op = _OPS.get(word)
            if op is None:
                ways = "write at_most, less_than, at_least or more_than"
                raise self._wrong(here, "E303", f"'{word}' is not a comparison", ways, key=True, near=(word, _OPS))
            place_of_bound = self.document.place(here)
            parts.append(Compare(fact.name, op, self._bound(fact, bound, here), note=note, place=place_of_bound))
        return parts[0] if len(parts) == 1 else All(tuple(parts), note=note, place=place)

    def _bound(self, fact: Fact, bound: Data, path: Path) -> Decimal:
        unit = "" if fact.unit == "1" else f" {fact.unit}"
        if isinstance(bound, bool) or not isinstance(bound, int | Decimal):
            within = f" in{unit}" if unit else ""
            raise self._wrong(
                path, "E303", f"the threshold of {fact.name} is a number{within}", "write the digits alone"
            )
        number = Decimal(bound)
        assert fact.range is not None
        if not fact.range[0] <= number <= fact.range[1]:
            raise self._wrong(
                path,
                "E308",
                f"the threshold lies outside the range of {fact.name}, {fact.range[0]} to {fact.range[1]}{unit}",
                f"is it in{unit}?" if unit else None,
            )
        if number != round(number, fact.places):
            kept = (
                f"to {fact.places} decimal place{'s' if fact.places > 1 else ''}" if fact.places else "in whole numbers"
            )
            raise self._wrong(
                path,
                "E309",
                f"{fact.name} is kept {kept}, and the threshold is finer",
                "round it as the source means it",
            )
        return number

    def _set(self, fact: Fact, test: Data, path: Path, note: str | None, place: Place) -> Condition:
        if not isinstance(test, Mapping) or len(test) != 1:
            way = "write includes, includes_any or includes_class"
            if isinstance(test, str):
                way = _known_remedy(test) or f"write {{includes: {test}}}"
            elif isinstance(test, list):
                way = "write {includes_any: […]}"
            elif isinstance(test, Mapping) and test:
                second = (*path, list(test)[1])
                message = f"here is a second test of {fact.name}"
                raise self._wrong(second, "E313", message, "write it as an item of its own", key=True)
            raise self._wrong(path, "E313", f"{fact.name} is a set and needs a test", way)
        word, wanted = next(iter(test.items()))
        here = (*path, word)
        match word:
            case "includes":
                if isinstance(wanted, list):
                    raise self._wrong(here, "E313", "includes takes one value", "write includes_any", key=True)
                return Includes(fact.name, self._word(fact, wanted, here), note=note, place=place)
            case "includes_any":
                if not isinstance(wanted, list):
                    raise self._wrong(here, "E313", "includes_any takes a list of values", "write includes", key=True)
                members: Sequence[str] = self._words(fact, wanted, here)
            case "includes_class":
                members = self._members_of(fact, wanted, here)
            case _:
                ways = "write includes, includes_any or includes_class"
                words = {*_SET_TESTS, "known"}
                raise self._wrong(here, "E313", f"'{word}' is not a test of a set", ways, key=True, near=(word, words))
        parts = tuple(Includes(fact.name, member, note=note, place=place) for member in members)
        return parts[0] if len(parts) == 1 else Any(parts, note=note, place=place)

    def _members_of(self, fact: Fact, wanted: Data, path: Path) -> Sequence[str]:
        """What a class, or each of several, stands for: its therapies, and itself where the fact may hold classes."""
        if fact.values_from is None:
            message = f"{fact.name} holds no therapies and so has no classes"
            raise self._wrong(path, "E313", message, "write includes", key=True)
        if not isinstance(wanted, list):
            return sorted(self._class(fact, wanted, path))
        if not wanted:
            raise self._wrong(path, "E310", "the list of classes is empty", "add a class, or leave it out", key=True)
        return sorted({member for i, name in enumerate(wanted) for member in self._class(fact, name, (*path, i))})

    def _class(self, fact: Fact, name: Data, path: Path) -> set[str]:
        if not isinstance(name, str):
            raise self._wrong(path, "E306", "includes_class takes the name of a class", "write one name, or a list")
        if name in self.therapies.therapies:
            raise self._wrong(path, "E306", f"'{name}' is a therapy, not a class", f"write includes: {name}")
        if name not in self.therapies.classes:
            near, remedy = (name, self.therapies.classes), "classes are listed in therapies.yaml"
            raise self._wrong(path, "E306", f"no class of therapies is called '{name}'", remedy, near=near)
        members = set(self.therapies.of_class(name))
        if not members:
            raise self._wrong(path, "E306", f"no therapy belongs to the class '{name}'", "add one in therapies.yaml")
        return members | ({name} & set(fact.values))

    def _word(self, fact: Fact, word: Data, path: Path) -> str:
        if isinstance(word, str) and word in fact.values:
            return word
        near = None if word == "unknown" else (word, fact.values)
        remedy = _known_remedy(word) or _allowed(fact)
        raise self._wrong(path, "E302", f"{_shown(word)} is not a value of {fact.name}", remedy, near=near)

    def _wrong(
        self,
        path: Path,
        code: str,
        message: str,
        remedy: str | None = None,
        *,
        key: bool = False,
        near: tuple[Data, Collection[str]] | None = None,
    ) -> _Wrong:
        return _Wrong(problem_at(self.document, path, code, message, remedy, key=key, near=near))


def _shown(value: Data) -> str:
    """A value as a message repeats it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str | int | Decimal) else "this"


def _allowed(fact: Fact) -> str:
    if len(fact.values) <= _MOST_LISTED:
        return "allowed: " + ", ".join(fact.values)
    return "values are listed in " + ("therapies.yaml" if fact.values_from else "vocabulary.yaml")


def _known_remedy(word: Data) -> str | None:
    return "to ask whether it is known, write {known: false}" if word == "unknown" else None
