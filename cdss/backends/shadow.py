"""Both engines on every patient. Where they differ in anything there is no answer."""

from __future__ import annotations

from collections.abc import Mapping

from cdss.backends.durable import DurableBackend
from cdss.backends.durable.compiler import Plan
from cdss.backends.numbered import Grounded
from cdss.backends.plain import PlainBackend
from cdss.errors import EngineDisagreement
from cdss.program import Program
from cdss.values import Truth, Value


class ShadowBackend:
    """Answers with the production engine and the oracle, and compares every definition and every rule."""

    name = "shadow"

    def __init__(self, program: Program, plan: Plan | None = None) -> None:
        """``plan`` is what compiling this very program gave before; without it the program is compiled."""
        self._plain = PlainBackend(program)
        self._durable = DurableBackend(program, plan=plan)

    @property
    def plan(self) -> Plan:
        """What was compiled for the production engine."""
        return self._durable.plan

    def verdicts(self, facts: Mapping[str, Value]) -> Grounded:
        """The answers both engines agree on.

        Raises EngineDisagreement, naming the rules and definitions but no fact, and EngineFailure as the engine does.
        """
        expected = self._plain.verdicts(facts)
        found = self._durable.verdicts(facts)
        differing = [
            *(f"definition {name}" for name in _differing(expected.definitions, found.definitions)),
            *_differing(expected.rules, found.rules),
        ]
        if differing:
            raise EngineDisagreement("the two rule engines disagree about: " + ", ".join(differing))
        return expected

    def close(self) -> None:
        """Frees what the production engine holds."""
        self._durable.close()


def _differing(expected: Mapping[str, Truth], found: Mapping[str, Truth]) -> list[str]:
    if expected == found:
        return []
    return sorted(name for name in expected.keys() | found.keys() if expected.get(name) is not found.get(name))
