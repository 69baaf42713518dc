"""All mutants of a rules folder, or a sample of them, put before the witnesses by several processes."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from cdss.errors import CdssError
from cdss.examples import owners
from cdss.library import Library, load_library
from cdss.mutation.mutants import Mutant, mutants, sampled
from cdss.mutation.notice import Noticing, Outcome
from cdss.mutation.score import Result
from cdss.mutation.state import State
from cdss.mutation.witnesses import Witnesses
from cdss.vocabulary import nearest

_CHUNK = 40
Chunk = Sequence[tuple[str, Sequence[str]]]
"""Some owners, and the ids of those of their mutants that are wanted."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which mutants: of all rules and definitions or of the ones named, and of those all or a fixed sample."""

    owners: Sequence[str] = ()
    sample: int | None = None
    seed: int = 0


def chosen(library: Library, wanted: Wanted) -> list[Mutant]:
    """The mutants that are wanted, by id. Raises CdssError for a name that has no mutants."""
    known = owners(library)
    for name in wanted.owners:
        if name not in known:
            close = nearest(name, known)
            hint = f"did you mean '{close}'?" if close else "a definition is called definitions.NAME"
            raise CdssError(f"no rule is called '{name}'; {hint}")
    found = [mutant for owner in dict.fromkeys(wanted.owners or known) for mutant in mutants(library, owner)]
    if wanted.sample is not None:
        return sampled(found, wanted.sample, wanted.seed)
    return sorted(found, key=lambda m: m.id)


def mutate(
    rules: Path,
    cases: Path,
    wanted: Wanted = Wanted(),
    *,
    jobs: int = 1,
    state: State | None = None,
    resume: bool = False,
    tell: Callable[[int, int], None] | None = None,
) -> Result:
    """What becomes of the wanted mutants; the same whatever ``jobs`` is.

    ``state`` keeps what is found; with ``resume`` what it already has is taken from there. ``tell`` hears how many of
    how many mutants are done. Raises as reading the rules and the cases does, and CdssError for an unknown rule.
    """
    library = load_library(rules)
    found = chosen(library, wanted)
    known = state.known() if state and resume else {}
    if state and not resume:
        state.forget()
    outcomes = {mutant.id: known[mutant.id] for mutant in found if mutant.id in known}
    waiting = [mutant for mutant in found if mutant.id not in outcomes]
    if tell:
        tell(len(outcomes), len(found))
    for done in _outcomes(rules, cases, library, waiting, jobs):
        if state:
            state.add(done)
        outcomes |= {outcome.id: outcome for outcome in done}
        if tell:
            tell(len(outcomes), len(found))
    return Result(tuple((mutant, outcomes[mutant.id]) for mutant in found))


def _outcomes(
    rules: Path, cases: Path, library: Library, waiting: Sequence[Mutant], jobs: int
) -> Iterator[list[Outcome]]:
    chunks = list(_chunks(waiting))
    if jobs == 1 or len(chunks) < 2:
        witnesses = Witnesses(library, cases) if chunks else None
        for chunk in chunks:
            assert witnesses is not None
            yield _tried(witnesses, chunk)
        return
    # Processes that begin empty: a copy of one that has threads may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(chunks)), context, _open, (rules, cases)) as pool:
        try:
            for future in as_completed([pool.submit(_try, chunk) for chunk in chunks]):
                yield future.result()
        except BrokenProcessPool:
            raise CdssError("a process ended before its work was done; go on with --resume") from None
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _chunks(waiting: Iterable[Mutant]) -> Iterator[Chunk]:
    """The mutants of a rule together, and several rules at a time."""
    chunk: list[tuple[str, list[str]]] = []
    for owner, group in groupby(waiting, key=lambda mutant: mutant.owner):
        chunk.append((owner, [mutant.id for mutant in group]))
        if sum(len(ids) for _, ids in chunk) >= _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _tried(witnesses: Witnesses, chunk: Chunk) -> list[Outcome]:
    done = []
    for owner, ids in chunk:
        wanted = set(ids)
        found = [mutant for mutant in mutants(witnesses.library, owner) if mutant.id in wanted]
        noticing = Noticing(witnesses, found[0].original)
        done += [noticing.outcome(mutant) for mutant in found]
    return done


_witnesses: Witnesses | None = None


def _open(rules: Path, cases: Path) -> None:
    """What a process does first. An interruption ends it at once: what it was about is tried again."""
    global _witnesses
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _witnesses = Witnesses(load_library(rules), cases)


def _try(chunk: Chunk) -> list[Outcome]:
    assert _witnesses is not None
    return _tried(_witnesses, chunk)
