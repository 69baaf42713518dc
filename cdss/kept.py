"""A mapping that makes what it is asked for the first time, and keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Made = TypeVar("_Made")


class Kept(dict[_Key, _Made], Generic[_Key, _Made]):
    """What was made so far, by its key. Asked again it costs a look-up and no call, unlike ``functools.cache``."""

    def __init__(self, make: Callable[[_Key], _Made]) -> None:
        """``make`` is called once for every key; what it raises is passed on and nothing is kept."""
        super().__init__()
        self._make = make

    def __missing__(self, key: _Key) -> _Made:
        made = self[key] = self._make(key)
        return made
