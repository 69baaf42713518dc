"""When the engine breaks a promise: no answer, no patient's value in any message, and the next patient unharmed."""

from __future__ import annotations

import importlib
import logging
import traceback
from collections.abc import Iterator
from decimal import Decimal

import pytest

from cdss.backends.durable import DurableBackend, encoding
from cdss.backends.durable.driver import Handle, engine_module
from cdss.backends.plain import PlainBackend
from cdss.backends.shadow import ShadowBackend
from cdss.condition import All, Any, Compare, Holds, Is, Not, Op
from cdss.errors import CdssError, EngineDisagreement, EngineFailure
from cdss.program import Program
from cdss.values import Truth, Value
from tests.backends.synthetic_world import point, rules_only, run_fresh

FLAG, MARKER = Is("flag", True), Is("marker", True)
PROGRAM = rules_only(FLAG, All((FLAG, MARKER)), Any((Is("colour", "red"), Not(MARKER))), Is("wording", "back\\slash"))
PATIENT: dict[str, Value] = {"flag": True, "wording": "back\\slash"}
NEXT: dict[str, Value] = {"flag": False, "colour": "red"}


class FaultyModule:
    """The real C module with one fault, once armed."""

    def __init__(self) -> None:
        self._real = engine_module()
        self.error = self._real.error
        self.fault = ""
        self.calls: list[str] = []

    def create_ruleset(self, name: str, rules: str) -> int:
        self.calls.append("create")
        if self.fault == "create":
            raise self.error("Could not create ruleset, error code: 108")
        return self._real.create_ruleset(name, rules)

    def delete_ruleset(self, handle: int) -> None:
        self.calls.append("delete ruleset")
        self._real.delete_ruleset(handle)

    def assert_fact(self, handle: int, fact: str) -> tuple[int, int]:
        self.calls.append("assert")
        self.fired = 0
        match self.fault:
            case "303":
                self._real.assert_fact(handle, fact)
                raise self.error(f"Could not assert fact, error code: 303 {fact}")
            case "memory":
                raise MemoryError(fact)
            case "surprise":
                raise SystemError(fact)
            case "before session":
                raise self.error(f"{fact} error code: 302")
            case "not handled":
                return 1, self._real.assert_fact(handle, fact)[1]
            case "interrupt":
                self._real.assert_fact(handle, fact)
                raise KeyboardInterrupt
        return self._real.assert_fact(handle, fact)

    def start_action_for_state(self, handle: int, offset: int) -> tuple[str, str] | None:
        started = self._real.start_action_for_state(handle, offset)
        match self.fault:
            case "nothing fires":
                return None
            case "no start":
                message = self._real.complete_and_start_action(handle, offset)
                return None if message is None or started is None else (started[0], message)
            case "start fails":
                raise self.error("Could not start action, error code: 307")
        return started

    def complete_and_start_action(self, handle: int, offset: int) -> str | None:
        self.fired += 1
        match self.fault:
            case "endless":
                return '{"e0":{"m":{}}}'
            case "unknown name" if self.fired == 1:
                return '{"e99":{"m":{"flag":true}}}'
            case "sentinel twice" if self.fired == 1:
                return '{"__start":{"m":{}}}'
            case "odd message":
                return "[flag]"
            case "cut message":
                return '{"e'
            case "all fire" if self.fired <= 6:
                return f'{{"e{self.fired - 1}":{{"m":{{}}}}}}'
            case "complete fails":
                raise self.error("Could not complete and start action, error code: 307")
        message = self._real.complete_and_start_action(handle, offset)
        if self.fault == "no end" and message is not None and message.startswith('{"__end"'):
            return None
        return message

    def delete_state(self, handle: int, session: str) -> object:
        self.calls.append("forget")
        done = self._real.delete_state(handle, session)
        if self.fault in ("cannot forget", "303 and cannot forget"):
            raise self.error("Could not delete state, error code: 309")
        return done


FAULTS = {
    "303": "303",
    "memory": "MemoryError",
    "surprise": "SystemError",
    "before session": "302",
    "not handled": "result 1",
    "nothing fires": "sentinel",
    "no start": "sentinel",
    "no end": "sentinel",
    "start fails": "307",
    "complete fails": "307",
    "endless": "more often",
    "unknown name": "name of no rule",
    "sentinel twice": "sentinel",
    "odd message": "unknown form",
    "cut message": "ValueError",
    "all fire": "yes and no at once",
    "cannot forget": "309",
}


@pytest.fixture
def module() -> FaultyModule:
    return FaultyModule()


@pytest.mark.parametrize(("fault", "told"), FAULTS.items(), ids=FAULTS.keys())
def test_a_broken_promise_fails_closed_and_the_next_patient_is_unaffected(
    fault: str, told: str, module: FaultyModule, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    backend = DurableBackend(PROGRAM, module)
    expected = PlainBackend(PROGRAM)
    for _ in range(3):
        assert backend.verdicts(PATIENT) == expected.verdicts(PATIENT)
        module.fault = fault
        with pytest.raises(EngineFailure, match=told) as failed:
            backend.verdicts(PATIENT)
        module.fault = ""
        assert backend.verdicts(NEXT) == expected.verdicts(NEXT)
        assert_says_nothing_of_the_patient(failed.value)
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
    backend.close()


def assert_says_nothing_of_the_patient(failure: BaseException) -> None:
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [failure]
    while waiting:
        error = waiting.pop()
        if error is not None and error not in seen:
            seen.append(error)
            waiting += [error.__cause__, error.__context__]
    for error in seen:
        for text in (str(error), repr(error)):
            assert "slash" not in text
            assert '"flag"' not in text
    assert '"case"' not in "".join(traceback.format_exception(failure))


def test_a_first_failure_is_not_masked_by_one_while_forgetting(
    module: FaultyModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise module.error("error code: 309")

    backend = DurableBackend(PROGRAM, module)
    module.fault = "303"
    monkeypatch.setattr(module, "delete_state", refuse)
    with pytest.raises(EngineFailure, match="303"):
        backend.verdicts(PATIENT)


def test_an_interrupted_evaluation_leaves_nothing_behind(module: FaultyModule) -> None:
    backend = DurableBackend(PROGRAM, module)
    module.fault = "interrupt"
    with pytest.raises(KeyboardInterrupt):
        backend.verdicts(PATIENT)
    module.fault = ""
    assert backend.verdicts(NEXT) == PlainBackend(PROGRAM).verdicts(NEXT)


def test_a_failure_while_preparing_is_reported_and_frees_what_was_made(module: FaultyModule) -> None:
    for fault in ("create", "303", "no end", "nothing fires"):
        module.fault = fault
        module.calls.clear()
        with pytest.raises(EngineFailure):
            DurableBackend(PROGRAM, module)
        made, freed = module.calls.count("create"), module.calls.count("delete ruleset")
        assert freed == (0 if fault == "create" else made)


def test_a_session_is_not_deleted_before_any_action_started(module: FaultyModule) -> None:
    """The engine would free memory nobody ever gave it."""
    module.fault = "303"
    with pytest.raises(EngineFailure):
        DurableBackend(PROGRAM, module)
    assert "forget" not in module.calls


def test_after_a_failure_the_rulesets_are_made_anew(module: FaultyModule) -> None:
    backend = DurableBackend(PROGRAM, module)
    module.fault = "303"
    with pytest.raises(EngineFailure):
        backend.verdicts(PATIENT)
    assert module.calls.count("delete ruleset") == module.calls.count("create")
    module.fault = ""
    backend.verdicts(PATIENT)
    assert module.calls.count("create") == 2 * module.calls.count("delete ruleset")


def test_a_refused_fact_disturbs_nothing(module: FaultyModule) -> None:
    backend = DurableBackend(PROGRAM, module)
    with pytest.raises(EngineFailure):
        backend.verdicts({"flag": "true"})
    assert "delete ruleset" not in module.calls
    assert backend.verdicts(NEXT) == PlainBackend(PROGRAM).verdicts(NEXT)


def test_a_closed_backend_gives_no_answer() -> None:
    backend = DurableBackend(PROGRAM)
    backend.close()
    backend.close()
    with pytest.raises(EngineFailure, match="closed"):
        backend.verdicts({})


def test_the_sentinels_frame_every_answer() -> None:
    plan = DurableBackend(PROGRAM).plan
    (part,) = [part for level in plan.levels for part in level.rulesets]
    handle = Handle(engine_module(), "again", part.text, part.most_firings)
    fired = handle.fire('{"kind": "case", "sid": "c", "flag": true}')
    assert (fired[0], fired[-1]) == ("__start", "__end")
    assert len(fired) > 2
    assert handle.fire('{"kind": "case", "sid": "c"}') == ["__start", "__end"]
    handle.delete()


# ── both engines ──────────────────────────────────────────────────────────────────────────────


def test_the_shadow_gives_what_both_engines_say() -> None:
    backend = ShadowBackend(PROGRAM)
    assert backend.verdicts(PATIENT) == PlainBackend(PROGRAM).verdicts(PATIENT)
    backend.close()


@pytest.fixture
def disagreeing(monkeypatch: pytest.MonkeyPatch) -> Iterator[ShadowBackend]:
    program = Program(
        PROGRAM.vocabulary, ({"ready": FLAG, "set": MARKER},), {"go": Holds("ready"), "stop": Holds("set")}
    )
    # The oracle is broken before it is built: what it says of absent facts it works out once.
    monkeypatch.setattr("cdss.backends.numbered.leaf_answer", lambda leaf, _value: Truth.of(leaf == FLAG))
    backend = ShadowBackend(program)
    yield backend
    backend.close()


def test_a_difference_between_the_engines_fails_closed_and_names_rules_only(disagreeing: ShadowBackend) -> None:
    with pytest.raises(EngineDisagreement) as failed:
        disagreeing.verdicts({"flag": True, "wording": "back\\slash"})
    assert str(failed.value) == "the two rule engines disagree about: definition set, stop"
    assert_says_nothing_of_the_patient(failed.value)


def test_a_wrong_operator_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    program = rules_only(Compare("size", Op.AT_MOST, Decimal(2)))
    monkeypatch.setitem(encoding._ENDS, Op.AT_MOST, ("hi", encoding.Relation.BELOW))
    backend = ShadowBackend(program)
    backend.verdicts({"size": point("1.9")})
    with pytest.raises(EngineDisagreement, match="r0"):
        backend.verdicts({"size": point("2")})


def test_a_lost_firing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    fire = Handle.fire
    backend = ShadowBackend(PROGRAM)
    monkeypatch.setattr(Handle, "fire", lambda self, fact: [name for name in fire(self, fact) if name != "e0"])
    with pytest.raises(EngineDisagreement):
        backend.verdicts({"flag": True, "marker": True, "colour": "red", "wording": "plain"})


# ── loading ───────────────────────────────────────────────────────────────────────────────────


def test_the_engine_is_not_loaded_before_a_backend_is_made() -> None:
    code = (
        "import sys, cdss.backends, cdss.backends.plain, cdss.backends.durable, cdss.backends.shadow\n"
        "assert not [name for name in sys.modules if name.startswith('durable_rules') or name == 'durable']\n"
        "from test_driver import PROGRAM\n"
        "cdss.backends.backend('durable', PROGRAM).verdicts({})\n"
        "assert 'durable_rules_engine' in sys.modules and 'durable' not in sys.modules"
    )
    run_fresh(code)


def test_the_adapter_runs_with_every_warning_an_error() -> None:
    run_fresh(
        "from test_driver import PROGRAM, PATIENT\nfrom cdss.backends import backend\n"
        "print(backend('shadow', PROGRAM).verdicts(PATIENT).rules)",
        "-W",
        "error",
    )


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ModuleNotFoundError("No module named 'durable_rules_engine'"), "not installed"),
        (ImportError("undefined symbol: PyEval_CallObject"), r"use Python 3\.11 or 3\.12"),
    ],
)
def test_an_engine_that_does_not_load_is_one_clear_sentence(
    error: ImportError, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_name: str) -> None:
        raise error

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(CdssError, match=told):
        engine_module()
