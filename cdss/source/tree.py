"""Data, and the place of every key and value, while a text is being read."""

from __future__ import annotations

from typing import Any

from cdss.source.document import Branch, Spot


class _Open:
    """A mapping or a list that is being filled. ``key`` is None while a value is to be dropped."""

    __slots__ = ("branch", "data", "expects_key", "key")

    def __init__(self, data: dict[str, Any] | list[Any], branch: Branch) -> None:
        self.data = data
        self.branch = branch
        self.expects_key = isinstance(data, dict)
        self.key: str | None = None


class Tree:
    """Grows by one key, value, start or end at a time. ``result`` is the outermost value once it is whole."""

    __slots__ = ("_open", "result")

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self.result: tuple[Any, Branch | Spot] | None = None

    @property
    def depth(self) -> int:
        """How many mappings and lists are open."""
        return len(self._open)

    @property
    def expects_key(self) -> bool:
        """Whether what comes next is the key of a mapping."""
        return bool(self._open) and self._open[-1].expects_key

    def start(self, data: dict[str, Any] | list[Any], spot: Spot) -> None:
        """Opens a mapping or a list, to be filled."""
        self._open.append(_Open(data, Branch(spot)))

    def end(self) -> None:
        """Closes the innermost mapping or list."""
        done = self._open.pop()
        self.put(done.data, done.branch)

    def key(self, word: str | None, spot: Spot) -> Spot | None:
        """Takes a key, or None for one that cannot be used; where it stands already when it is written twice."""
        top = self._open[-1]
        top.expects_key = False
        top.key = word
        if word is None:
            return None
        if not top.branch.keys and spot[:2] == top.branch.spot[:2]:
            top.branch.spot = spot
        first = top.branch.keys.get(word)
        if first is None:
            top.branch.keys[word] = spot
        else:
            top.key = None
        return first

    def put(self, value: Any, places: Branch | Spot) -> None:
        """Takes a value where the last key, or the next item of a list, wants it."""
        if not self._open:
            self.result = (value, places)
            return
        top = self._open[-1]
        if isinstance(top.data, list):
            top.branch.parts[len(top.data)] = places
            top.data.append(value)
        elif top.expects_key:
            top.expects_key = False
            top.key = None
        else:
            if top.key is not None:
                top.data[top.key] = value
                top.branch.parts[top.key] = places
            top.expects_key = True
