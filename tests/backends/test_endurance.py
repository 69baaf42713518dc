"""Heap, memory, threads, forks and locales: what only shows after a while, or in a process of its own."""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
import threading
from pathlib import Path
from random import Random

import pytest

from cdss.backends.durable import DurableBackend
from cdss.backends.durable.driver import Handle, engine_module
from cdss.backends.plain import PlainBackend
from cdss.condition import All, Is
from cdss.program import Verdicts
from tests.backends.synthetic_world import random_patient, random_program, rules_only, run_fresh

SMALL = rules_only(Is("flag", True), All((Is("colour", "red"), Is("marker", False))))


def resident_kilobytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


@pytest.mark.parametrize("poison", ["1", "165", "255"])
def test_a_first_patient_for_whom_nothing_fires_does_not_crash_on_a_poisoned_heap(poison: str) -> None:
    code = (
        "from test_endurance import SMALL\nfrom cdss.backends.durable import DurableBackend\n"
        "for n in range(1000):\n"
        "    backend = DurableBackend(SMALL)\n"
        "    assert {t.value for t in backend.verdicts({}).rules.values()} == {'unknown'}\n"
        "    backend.close()\n"
        "print('alive')"
    )
    assert run_fresh(code, MALLOC_PERTURB_=poison) == "alive\n"


def test_a_hundred_thousand_evaluations_do_not_grow_the_memory() -> None:
    backend = DurableBackend(SMALL)
    (part,) = [part for level in backend.plan.levels for part in level.rulesets]
    handle = Handle(engine_module(), "endurance", part.text, part.most_firings)
    facts = [
        '{"kind": "case", "sid": "c"}',
        '{"kind": "case", "sid": "c", "flag": true, "colour": "red", "marker": false}',
        '{"kind": "case", "sid": "c", "flag": false, "colour": "green"}',
    ]
    expected = [handle.fire(fact) for fact in facts]
    for _ in range(2000):
        handle.fire(facts[1])
    before = resident_kilobytes()
    for number in range(100_000):
        assert handle.fire(facts[number % 3]) == expected[number % 3]
    assert resident_kilobytes() - before < 2048
    handle.delete()


def test_two_hundred_reloads_do_not_grow_the_memory() -> None:
    program = random_program(Random(1), rules=20)

    def reload(close: bool) -> None:
        backend = DurableBackend(program)
        backend.verdicts({})
        if close:
            backend.close()

    for _ in range(40):
        reload(close=True)
    before = resident_kilobytes()
    for number in range(200):
        reload(close=number % 2 == 0)
    assert resident_kilobytes() - before < 4096


def test_eight_threads_get_the_answers_one_would() -> None:
    random = Random(2)
    program = random_program(random, rules=6)
    patients = [random_patient(random) for _ in range(100)]
    plain, durable = PlainBackend(program), DurableBackend(program)
    expected = [plain.verdicts(patient) for patient in patients]
    wrong: list[int] = []

    def work(seed: int) -> None:
        own = Random(seed)
        for _ in range(1000):
            number = own.randrange(len(patients))
            if durable.verdicts(patients[number]) != expected[number]:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


FORK = """
import os, threading
from random import Random
from tests.backends.synthetic_world import random_patient, random_program
from cdss.backends.durable import DurableBackend
from cdss.backends.plain import PlainBackend
random = Random(3)
program = random_program(random, rules=6)
patients = [random_patient(random) for _ in range(50)]
backend = DurableBackend(program)
expected = [PlainBackend(program).verdicts(patient) for patient in patients]
if {busy}:
    # The fork comes while another thread is in the middle of an evaluation.
    inside, leave = threading.Event(), threading.Event()
    name = next(iter(backend._handles))
    handle = backend._handles[name]
    collect = handle._collect
    def slow(offset, fired):
        inside.set()
        leave.wait()
        return collect(offset, fired)
    handle._collect = slow
    answers = []
    thread = threading.Thread(target=lambda: answers.append(backend.verdicts(patients[0])))
    thread.start()
    inside.wait()
children = []
for number in range(4):
    child = os.fork()
    if child == 0:
        try:
            right = all(backend.verdicts(p) == e for _ in range(10) for p, e in zip(patients, expected))
            os._exit(0 if right else 3)
        finally:
            os._exit(4)
    children.append(child)
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0, 0]
if {busy}:
    leave.set()
    thread.join()
    assert answers == expected[:1]
assert all(backend.verdicts(p) == e for p, e in zip(patients, expected))
"""


@pytest.mark.parametrize("busy", [False, True], ids=["at rest", "in the middle of an evaluation"])
def test_the_children_of_a_fork_get_the_answers_their_parent_would(busy: bool) -> None:
    run_fresh(FORK.replace("{busy}", str(busy)))


@pytest.fixture(scope="module")
def comma_locale(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a locale that writes decimals with a comma, made on the spot."""
    folder = tmp_path_factory.mktemp("locales")
    subprocess.run(
        ["localedef", "-c", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (folder / "de_DE.UTF-8" / "LC_NUMERIC").exists(), "localedef needs the locale sources (Debian: locales)"
    return folder


def test_a_decimal_comma_in_the_locale_changes_no_answer(comma_locale: Path) -> None:
    code = (
        "import locale\n"
        "locale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')\n"
        "assert locale.localeconv()['decimal_point'] == ','\n"
        "from random import Random\n"
        "from tests.backends.synthetic_world import random_program\n"
        "from tests.backends.test_agreement import both\n"
        "for seed in range(10):\n"
        "    both(random_program(Random(seed)), seed, 50)"
    )
    run_fresh(code, LOCPATH=str(comma_locale), LC_ALL="de_DE.UTF-8")


def test_backends_side_by_side_do_not_meet() -> None:
    random = Random(11)
    programs = [random_program(random) for _ in range(30)]
    backends = [DurableBackend(program) for program in programs]
    oracles = [PlainBackend(program) for program in programs]
    for _ in range(300):
        patient = random_patient(random)
        number = random.randrange(len(programs))
        answer: Verdicts = backends[number].verdicts(patient)
        assert answer == oracles[number].verdicts(patient)
    for backend in backends:
        backend.close()


def test_python_is_one_the_engine_supports() -> None:
    assert sys.version_info[:2] in {(3, 11), (3, 12)}
