"""libyaml's events → data with the place of every key and value. The one place where a text of YAML is read.

What comes out is dict (with text keys), list, str, bool, int, Decimal or None. Dates stay text; the models make days of
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yaml

from cdss.errors import CdssError, Place, Problem, Problems
from cdss.source.document import Document, Spot, end_of, line_of, spot_of
from cdss.source.limits import MAX_DEPTH, MAX_PROBLEMS, and_more
from cdss.source.scalars import LONGEST_NUMBER, Trap, comparison, discreet_remedy, key_of, meaning_of
from cdss.source.syntax import ALIAS, ANCHOR, TAG, TOO_DEEP, complaint_about
from cdss.source.tree import Tree

_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOKEN = re.compile(r"[^\s,\]}]*")
_LINE = re.compile("[^\n\r\x85\u2028\u2029]*")


def parse(text: str, file: str, *, show_source: bool = True) -> Document:
    """The document in ``text`` (YAML, or JSON, which is YAML). Raises Problems with everything found wrong.

    >>> parse("ki67_percent: 12.5", "case.yaml").data
    {'ki67_percent': Decimal('12.5')}
    """
    return _Reader(text.removeprefix("\ufeff"), file, show_source).read()


class _Stop(Exception):
    """Reading on would help nobody."""


@dataclass(slots=True)
class _Reader:
    """Reads one text; collects what is wrong."""

    text: str
    file: str
    show_source: bool
    problems: list[Problem] = field(default_factory=list)
    tree: Tree = field(default_factory=Tree)

    def read(self) -> Document:
        self._check_characters()
        try:
            for event in self._events():
                self._take(event)
        except _Stop:
            pass
        except yaml.YAMLError as error:
            with suppress(_Stop):
                self._wrong(*complaint_about(error, self.text, show_source=self.show_source))
        if not self.problems:
            self._check_top()
        if self.problems:
            raise Problems(self.problems)
        assert self.tree.result is not None
        data, root = self.tree.result
        return Document(data, self.file, root, self.text if self.show_source else None)

    def _events(self) -> Iterator[Any]:
        loader = getattr(yaml, "CSafeLoader", None)
        if loader is None:
            raise CdssError(
                "PyYAML lacks libyaml, which cdss needs: install a PyYAML wheel, or libyaml and its headers."
            )
        return yaml.parse(self.text, Loader=loader)

    def _check_characters(self) -> None:
        odd = _NOT_TEXT.search(self.text)
        if odd:
            line, column = end_of(self.text[: odd.start()])
            self._wrong((line, column, 1), "E107", "here is a control character", "Remove it; is this a text file?")
            raise Problems(self.problems)

    def _check_top(self) -> None:
        result = self.tree.result
        if result is None or (result[0] is None and not spot_of(result[1])[2]):
            self._wrong((0, 0, 1), "E108", "the file is empty")
        elif not isinstance(result[0], dict):
            kind = "a list" if isinstance(result[0], list) else "a single value"
            message = f"the file holds {kind}; it should hold keys and values"
            self._wrong(spot_of(result[1]), "E109", message, "Start with a line such as title: …")

    def _take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self._refuse_extras(event)
                self._scalar(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._refuse_extras(event)
                self._start({} if isinstance(event, yaml.MappingStartEvent) else [], event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.tree.end()
            case yaml.AliasEvent():
                spot = self._token(event.start_mark)
                self._wrong(spot, *ALIAS)
                self.tree.put(None, spot)
            case yaml.DocumentStartEvent() if self.tree.result is not None:
                spot = self._token(event.start_mark)
                self._wrong(spot, "E111", "a second document starts here", "Keep one document per file.")
                raise _Stop

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor is not None:
            self._wrong(self._token(event.start_mark), *ANCHOR)
        if event.tag is not None:
            self._wrong(self._token(event.start_mark), *TAG)

    def _start(self, data: dict[str, Any] | list[Any], event: Any) -> None:
        mark = event.start_mark
        spot = (mark.line + 1, mark.column + 1, 1)
        if self.tree.expects_key:
            message = "a key is a word, not a list or a mapping"
            self._wrong(spot, "E101", message, "Put text that starts with [ or { in quotes.")
        if self.tree.depth >= MAX_DEPTH:
            self._wrong(spot, *TOO_DEEP)
            raise _Stop
        self.tree.start(data, spot)

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark, event.end_mark
        width = end.column - start.column if end.line == start.line else self._token(start, to_end_of_line=True)[2]
        spot = (start.line + 1, start.column + 1, width)
        is_key = self.tree.expects_key
        value = event.value
        if event.style not in ("'", '"', "|", ">"):
            try:
                value = key_of(value) if is_key else meaning_of(value)
            except Trap as trap:
                self._trap(trap, value, spot)
                value = None
        elif event.style == ">" and self.text[start.index + 1 : start.index + 2].isdigit():
            # `ki67: >5` is valid YAML for a folded text, indented by five.
            self._trap(comparison(">"), "", self._token(start))
        if is_key:
            self._take_key(value, spot)
        else:
            self.tree.put(value, spot)

    def _take_key(self, word: str | None, spot: Spot) -> None:
        first = self.tree.key(word, spot)
        if first is not None:
            name = f"the key '{word}'" if self.show_source else "this key"
            self._wrong(spot, "E102", f"{name} is written twice", f"first on line {first[0]}; keep one")

    def _trap(self, trap: Trap, word: str, spot: Spot) -> None:
        shown = f"'{word}'" if self.show_source and 0 < len(word) <= LONGEST_NUMBER else "this"
        remedy = trap.remedy if self.show_source else discreet_remedy(trap, word)
        self._wrong(spot, trap.code, f"{shown} {trap.reason}", remedy)

    def _token(self, mark: Any, *, to_end_of_line: bool = False) -> Spot:
        """The word that starts at ``mark``."""
        pattern = _LINE if to_end_of_line else _TOKEN
        found = pattern.match(self.text, mark.index)
        return (mark.line + 1, mark.column + 1, max(len(found[0].rstrip()) if found else 0, 1))

    def _wrong(self, spot: Spot, code: str, message: str, remedy: str | None = None) -> None:
        frame = line_of(self.text, spot[0]) if self.show_source and spot[0] else None
        self.problems.append(Problem(Place(self.file, *spot), code, message, remedy, frame))
        if len(self.problems) >= MAX_PROBLEMS:
            self.problems.append(and_more(self.file))
            raise _Stop
