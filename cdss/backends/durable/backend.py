"""The production backend: a compiled program inside the engine, asked about one patient after the other."""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Iterable, Mapping

from cdss.backends.durable.compiler import Outcome, Plan, Ruleset, compile_program
from cdss.backends.durable.driver import ENVELOPE, EngineModule, Handle, engine_module
from cdss.backends.durable.encoding import Attributes, Scalar
from cdss.errors import EngineFailure
from cdss.program import Program, Verdicts
from cdss.values import Truth, Value

_BETWEEN = ",\n"
"""What stands between two members of an object: the encoder never leaves a line end inside a text."""

_LIVE: weakref.WeakSet[DurableBackend] = weakref.WeakSet()


class DurableBackend:
    """Answers a program with durable_rules. Safe for threads (one at a time) and across a fork.

    After any engine failure its rulesets are thrown away and made anew for the next patient.
    """

    name = "durable"

    def __init__(self, program: Program, module: EngineModule | None = None, plan: Plan | None = None) -> None:
        """Compiles and warms up. Raises OutsideTheFence, EngineFailure, or CdssError when the engine is not there.

        ``module`` stands in for the engine's C module. ``plan`` is what compiling this very program gave before.
        """
        self._program = program
        self._plan = plan or compile_program(program)
        self._module = module or engine_module()
        self._lock = threading.Lock()
        self._handles: dict[str, Handle] = {}
        self._closed = False
        self._finalizer = weakref.finalize(self, _delete, self._handles)
        self._finalizer.atexit = False
        self._keys = _Keys.of(program)
        self._encode = json.JSONEncoder(allow_nan=False, separators=(_BETWEEN, ": ")).encode
        self._envelope = ", ".join(self._members(ENVELOPE).values())
        with self._lock:
            self._prepare()
        _LIVE.add(self)

    @property
    def plan(self) -> Plan:
        """What was compiled, for those who count and measure."""
        return self._plan

    def verdicts(self, facts: Mapping[str, Value]) -> Verdicts:
        """Every answer, for facts already checked against the vocabulary; an absent fact is unknown.

        Raises EngineFailure (FactRefused for a fact that does not fit), whose text holds no patient's value. Then there
        is no answer at all, and the next patient is not affected.
        """
        record = self._plan.encoding.encode(facts)
        with self._lock:
            if self._closed:
                raise EngineFailure("the rule engine was closed")
            try:
                self._prepare()
                answers = self._answers(record)
            except BaseException:
                _delete(self._handles)
                raise
        return self._keys.verdicts(answers)

    def _prepare(self) -> None:
        if self._handles:
            return
        try:
            for level in self._plan.levels:
                for ruleset in level.rulesets:
                    self._handles[ruleset.name] = Handle(self._module, ruleset.name, ruleset.text, ruleset.most_firings)
        except BaseException:
            _delete(self._handles)
            raise

    def _answers(self, record: Attributes) -> dict[str, Truth]:
        answers: dict[str, Truth] = {}
        _note(self._plan.constants, answers)
        # A ruleset is sent only the attributes it reads. Many read the same: each is put into words once.
        members = self._members(record)
        for level in self._plan.levels:
            for ruleset in level.rulesets:
                for name in self._fire(ruleset, members):
                    outcomes = ruleset.outcomes.get(name)
                    if outcomes is None:
                        raise EngineFailure("the rule engine answered with the name of no rule")
                    _note(outcomes, answers)
            settled = {attribute: answers[key] for key, attribute in level.settles.items() if key in answers}
            members |= self._members({attribute: truth is Truth.YES for attribute, truth in settled.items()})
        return answers

    def _members(self, record: Mapping[str, Scalar]) -> dict[str, str]:
        """The members of a JSON object, each as the encoder writes it."""
        return dict(zip(record, self._encode(record)[1:-1].split(_BETWEEN), strict=True)) if record else {}

    def _fire(self, ruleset: Ruleset, members: Mapping[str, str]) -> Iterable[str]:
        known = [members[name] for name in ruleset.attributes if name in members]
        fact = "{" + ", ".join([self._envelope, *known]) + "}"
        return self._handles[ruleset.name].fire(fact)[1:-1]

    def close(self) -> None:
        """Frees everything inside the engine. Later questions raise EngineFailure."""
        with self._lock:
            self._closed = True
            _delete(self._handles)

    def after_fork(self) -> None:
        """In a child process: a lock of its own, and rulesets of its own if an evaluation was under way at the fork."""
        interrupted = self._lock.locked()
        self._lock = threading.Lock()
        if interrupted:
            self._handles.clear()


class _Keys:
    """The names of a program beside the keys under which the engine's answers are collected."""

    def __init__(self, definitions: Iterable[str], rules: Iterable[str]) -> None:
        self._definitions = [(name, f"d:{name}") for name in definitions]
        self._rules = [(name, f"r:{name}") for name in rules]

    @staticmethod
    def of(program: Program) -> _Keys:
        return _Keys([name for stratum in program.strata for name in stratum], program.rules)

    def verdicts(self, answers: Mapping[str, Truth]) -> Verdicts:
        """An answer for every name: neither question surely yes means UNKNOWN."""
        unknown = Truth.UNKNOWN
        return Verdicts(
            {name: answers.get(key, unknown) for name, key in self._definitions},
            {name: answers.get(key, unknown) for name, key in self._rules},
        )


def _note(outcomes: Iterable[Outcome], answers: dict[str, Truth]) -> None:
    for outcome in outcomes:
        if answers.setdefault(outcome.key, outcome.truth) is not outcome.truth:
            raise EngineFailure(f"the rule engine answered yes and no at once: {outcome.key[2:]}")


def _delete(handles: dict[str, Handle]) -> None:
    while handles:
        handles.popitem()[1].delete()


def _after_fork() -> None:
    for backend in list(_LIVE):
        backend.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
