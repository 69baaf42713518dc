"""The types of a model, as far as a path through a document needs them, and the keys it takes."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, RootModel


def options(kinds: Iterable[Any]) -> list[Any]:
    """The types a value may have: unions, annotations and root models opened, None left out."""
    found: list[Any] = []
    for kind in kinds:
        origin = get_origin(kind)
        if origin is Annotated:
            found += options(get_args(kind)[:1])
        elif origin in (Union, types.UnionType):
            found += options(get_args(kind))
        elif isinstance(kind, type) and issubclass(kind, RootModel):
            found += options([kind.model_fields["root"].annotation])
        elif hasattr(kind, "__value__"):
            found += options([kind.__value__])
        elif kind is not type(None):
            found.append(kind)
    return found


def types_below(kind: Any, part: str | int) -> list[Any]:
    """The types of what stands at ``part`` in a value of type ``kind``."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [info.annotation for name, info in kind.model_fields.items() if part in (name, *_aliases(info))]
    arguments = [argument for argument in get_args(kind) if argument is not Ellipsis]
    origin = get_origin(kind)
    if not arguments or not isinstance(origin, type):
        return []
    if issubclass(origin, Mapping):
        return arguments[-1:]
    if issubclass(origin, tuple) and isinstance(part, int) and len(arguments) > 1:
        return arguments[part : part + 1]
    return arguments[:1]


def answers_to(kind: Any, label: str) -> bool:
    """Whether pydantic would call this choice of a union ``label``."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if kind.__name__ in re.findall(r"\w+", label):
            return True
        return any(label in get_args(info.annotation) for info in kind.model_fields.values())
    return getattr(kind, "__name__", str(kind)) == label


def keys_of(kind: Any) -> list[str]:
    """The keys a model takes."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return []
    return [next(iter(_aliases(info)), name) for name, info in kind.model_fields.items()]


def _aliases(info: Any) -> list[str]:
    alias = info.validation_alias if info.validation_alias is not None else info.alias
    return [choice for choice in getattr(alias, "choices", [alias]) if isinstance(choice, str)]


def all_keys_of(model: type[BaseModel]) -> set[str]:
    """Every key that ``model`` and the models in it know: words of ours, which a message may repeat."""
    seen: set[Any] = set()
    names: set[str] = set()
    waiting: list[Any] = [model]
    while waiting:
        for kind in options([waiting.pop()]):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                if kind not in seen:
                    seen.add(kind)
                    names.update(keys_of(kind))
                    waiting += [info.annotation for info in kind.model_fields.values()]
            else:
                waiting += [] if get_origin(kind) is Literal else get_args(kind)
    return names
