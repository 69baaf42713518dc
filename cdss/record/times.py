"""Every time that is written in a record, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from cdss.record.time import AtPoint, Between, Days, Offset, Time
from cdss.record.treatment import Course


@dataclass(frozen=True, slots=True)
class Written:
    """One time. ``path`` leads to it from the record; ``planned``: it belongs to a therapy that is only intended."""

    path: tuple[str | int, ...]
    time: Time
    planned: bool


def times_in(part: object, path: tuple[str | int, ...] = (), planned: bool = False) -> Iterator[Written]:
    """The times of a part of a record, as they stand in it from top to bottom."""
    if isinstance(part, Days | Offset | AtPoint | Between):
        yield Written(path, part, planned)
    elif isinstance(part, BaseModel):
        intended = planned or (isinstance(part, Course) and part.planned)
        for name in type(part).model_fields:
            yield from times_in(getattr(part, name), (*path, name), intended)
    elif isinstance(part, tuple):
        for index, item in enumerate(part):
            yield from times_in(item, (*path, index), planned)
