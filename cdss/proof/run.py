"""All questions, in parallel: the list of rules, bodies, sites and therapies is cut into parts, each a task."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace

from cdss.library import Library
from cdss.proof import everybody, pairs, single
from cdss.proof.answer import Answer, Asked
from cdss.proof.door import solver_library
from cdss.proof.world import Calendar

_PARTS = 8
_ASK: Mapping[Asked, Callable[[Calendar, Iterable[str]], Answer]] = {
    Asked.REACH: single.reach,
    Asked.REDUNDANT: single.redundant,
    Asked.CONFLICT: pairs.conflict,
    Asked.SUBSUME: pairs.subsume,
    Asked.GAP: everybody.gap,
    Asked.DATES: single.dates,
    Asked.INVARIANTS: everybody.invariants,
    Asked.LAW: everybody.law,
}


@dataclass(frozen=True, slots=True)
class Task:
    """A part of one question: what is asked, of which rules, bodies, sites, claims or therapies."""

    asked: Asked
    about: tuple[str, ...]


def tasks(library: Library, asked: Sequence[Asked]) -> tuple[Task, ...]:
    """The questions cut into parts."""
    rules = sorted(library.rules)
    site = library.vocabulary.facts.get("primary_site")
    subjects: Mapping[Asked, Sequence[str]] = {
        Asked.REACH: rules,
        Asked.REDUNDANT: rules,
        Asked.DATES: rules,
        Asked.CONFLICT: pairs.bodies(library),
        Asked.SUBSUME: pairs.bodies(library),
        Asked.GAP: sorted(site.values) if site and library.claims.scope else (),
        Asked.INVARIANTS: [claim.name for claim in library.claims.claims],
        Asked.LAW: sorted(library.therapies.therapies),
    }
    return tuple(Task(question, part) for question in asked for part in _parts(subjects[question]))


def _parts(subjects: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for part in range(_PARTS):
        if subjects[part::_PARTS]:
            yield tuple(subjects[part::_PARTS])


def prove(
    library: Library,
    asked: Sequence[Asked] = tuple(Asked),
    *,
    jobs: int = 1,
    done: Callable[[Task], None] = lambda _: None,
) -> tuple[Answer, ...]:
    """The answer to each question of ``asked``, in that order. ``done`` is told of each part as it ends.

    Raises CdssError when no solver is installed.
    """
    solver_library()
    parts = tasks(library, asked)
    found = {question: Answer(question, 0) for question in asked}
    for task, answer in _answers(library, parts, jobs):
        found[task.asked] = found[task.asked].and_(answer)
        done(task)
    return tuple(
        replace(answer, witnesses=tuple(sorted(answer.witnesses, key=lambda w: (w.about, w.says))))
        for answer in found.values()
    )


def _answers(library: Library, parts: Sequence[Task], jobs: int) -> Iterator[tuple[Task, Answer]]:
    if jobs < 2:
        _prepare(library)
        for task in parts:
            yield task, _ask(task)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_prepare, initargs=(library,)) as pool:
        waiting = {pool.submit(_ask, task): task for task in parts}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


_calendars: list[Calendar] = []


def _prepare(library: Library) -> None:
    """What a worker needs once."""
    _calendars[:] = [Calendar(library)]


def _ask(task: Task) -> Answer:
    """One part answered."""
    start = time.perf_counter()
    answer = _ASK[task.asked](_calendars[0], task.about)
    return replace(answer, seconds=time.perf_counter() - start)
