"""The engine's C module, driven directly: one call after the other, each promise of the engine checked."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from cdss.backends.durable.fence import DISCRIMINATOR, END, SESSION, START
from cdss.errors import CdssError, EngineFailure

_CODE = re.compile(r"error code: (\d+)")

ENVELOPE = {**DISCRIMINATOR, "sid": SESSION}
"""What the adapter, and nobody else, adds to every fact."""

WARM_UP = '{"kind": "case", "sid": "c"}'


class EngineModule(Protocol):
    """The calls of the C module that are used. Nothing else of it may be."""

    error: type[Exception]

    def create_ruleset(self, name: str, rules: str) -> int: ...
    def delete_ruleset(self, handle: int) -> None: ...
    def assert_fact(self, handle: int, fact: str) -> tuple[int, int]: ...
    def start_action_for_state(self, handle: int, offset: int) -> tuple[str, str] | None: ...
    def complete_and_start_action(self, handle: int, offset: int) -> str | None: ...
    def delete_state(self, handle: int, session: str) -> object: ...


def engine_module() -> EngineModule:
    """The C module, imported on first use. Raises CdssError where it is not installed or does not load."""
    try:
        return cast(EngineModule, importlib.import_module("durable_rules_engine"))
    except ModuleNotFoundError:
        raise CdssError(
            "the rule engine durable_rules is not installed; install it with: pip install durable_rules"
        ) from None
    except ImportError:
        running = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise CdssError(
            f"the rule engine durable_rules does not load in Python {running}; use Python 3.11 or 3.12"
        ) from None


class Handle:
    """One ruleset inside the engine. Not safe for two threads at once."""

    def __init__(self, module: EngineModule, name: str, text: str, most_firings: int) -> None:
        """Creates the ruleset and asks it once with an empty fact, which also prepares the session's memory.

        Raises EngineFailure.
        """
        self._module = module
        self._most = most_firings
        self._warm = False
        self._handle = _created(module, name, text)
        try:
            self.fire(WARM_UP)
        except BaseException:
            self.delete()
            raise

    def fire(self, fact: str) -> Sequence[str]:
        """The names of the rules that fire for one fact, the sentinels among them, in the order of firing.

        Raises EngineFailure, with an error class and a code only, when the engine fails or breaks a promise.
        """
        fired: list[str] = []
        failure: EngineFailure | None = None
        try:
            code, offset = self._module.assert_fact(self._handle, fact)
            if code == 0:
                self._collect(offset, fired)
            else:
                failure = EngineFailure(f"the rule engine did not take a fact (result {int(code)})")
        except EngineFailure as broken:
            failure = broken
        except Exception as error:
            failure = told("could not evaluate", self._module, error)
        finally:
            # The engine frees wild pointers when a session is deleted in whose place no action ever started.
            if self._warm or fired:
                failure = self._forget(failure)
        if failure is None and not _finished(fired):
            failure = EngineFailure("the rule engine did not finish: a sentinel is missing")
        if failure is not None:
            raise failure
        self._warm = True
        return fired

    def _collect(self, offset: int, fired: list[str]) -> None:
        started = self._module.start_action_for_state(self._handle, offset)
        message = started[1] if started is not None else None
        while message is not None:
            if len(fired) == self._most:
                raise EngineFailure("the rule engine fired more often than its rules allow")
            if not message.startswith('{"'):
                raise EngineFailure("the rule engine answered in an unknown form")
            fired.append(message[2 : message.index('"', 2)])
            message = self._module.complete_and_start_action(self._handle, offset)

    def _forget(self, failure: EngineFailure | None) -> EngineFailure | None:
        """Deletes the session, and gives back what is to be reported: the first failure, or the one met here."""
        try:
            self._module.delete_state(self._handle, SESSION)
        except Exception as error:
            return failure or told("could not forget a session", self._module, error)
        return failure

    def delete(self) -> None:
        """Frees the ruleset. Nothing else may be called afterwards."""
        try:
            self._module.delete_ruleset(self._handle)
        except Exception:
            return


def _finished(fired: Sequence[str]) -> bool:
    """Each sentinel fired once, the one first and the other last."""
    return len(fired) >= 2 and fired[0] == START and fired[-1] == END and fired.count(START) + fired.count(END) == 2


def _created(module: EngineModule, name: str, text: str) -> int:
    try:
        return module.create_ruleset(name, text)
    except Exception as error:
        failure = told("could not create a ruleset", module, error)
    raise failure


def code_of(error: BaseException) -> int | None:
    """The engine's error code, or None."""
    found = _CODE.search(str(error))
    return int(found[1]) if found else None


def told(what: str, module: EngineModule, error: Exception) -> EngineFailure:
    """The failure as it may be shown: class and code, never the engine's own words, which may hold the fact."""
    code = code_of(error) if isinstance(error, module.error) else None
    kind = type(error).__name__
    return EngineFailure(f"the rule engine {what} ({kind}{'' if code is None else f' {code}'})")
