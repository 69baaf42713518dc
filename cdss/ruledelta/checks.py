"""The checks of the cases by both states of the rules: which of them come out otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cdss.case import Case, Expect, bundled_cases, load_case
from cdss.engine import Engine
from cdss.errors import CdssError
from cdss.library import Library
from cdss.regress import Check, checks, expectations
from cdss.rule import Kind
from cdss.ruledelta.changes import Change

Watch: TypeAlias = Callable[[str, int], AbstractContextManager[Callable[[], None]]]
"""Shows how far the work is: told what and of how many, it gives what to call after each."""


@dataclass(frozen=True, slots=True)
class CaseChange:
    """One check of a case that comes out otherwise."""

    case: str
    check: str
    before: bool
    after: bool


def case_changes(
    old: Library, new: Library, found: Iterable[Change], folder: Path, watch: Watch
) -> tuple[CaseChange, ...]:
    """Every check of the cases in ``folder`` that held and does not, or the reverse.

    One that reads nothing of what the changed rules speak of is not put to either side. Raises as reading a case does.
    """
    before, after = Engine(old, shadow=False), Engine(new, shadow=False)
    reads = _Reads(old, new, found)
    named = bundled_cases(folder)
    changed: list[CaseChange] = []
    with watch("cases", len(named)) as step:
        for name, path in named.items():
            changed += _of_case(name, load_case(str(path), folder), before, after, reads)
            step()
    return tuple(changed)


def _of_case(name: str, case: Case, before: Engine, after: Engine, reads: _Reads) -> Iterator[CaseChange]:
    one, other = _checks(case, before), _checks(case, after)
    if one is None or other is None:
        if one is not other:
            yield CaseChange(name, "can be asked", one is not None, other is not None)
        return
    for (was, expect), (now, _) in zip(one, other, strict=True):
        if reads.anything_of(expect):
            held, holds = _holds(was), _holds(now)
            if held != holds:
                yield CaseChange(name, now.name, held, holds)


def _checks(case: Case, engine: Engine) -> list[tuple[Check, Expect]] | None:
    """The checks of a case with what they expect; None when it names what this state does not have."""
    try:
        return list(zip(checks(case, engine), (a.expect for a in expectations(case, engine)), strict=True))
    except CdssError:
        return None


def _holds(check: Check) -> bool:
    """Whether the check holds; one that cannot be asked does not."""
    try:
        return not check.run()
    except CdssError:
        return False


class _Reads:
    """What the changed rules speak of, so that a check can be asked whether it reads anything of it."""

    def __init__(self, old: Library, new: Library, found: Iterable[Change]) -> None:
        self._new = new
        # Facts are derived by these registers, and a check that asks for labels nobody has cannot be answered.
        self._all = bool(registers(old, new)) or old.jurisdictions != new.jurisdictions
        self._rules: set[str] = set()
        self._therapies: set[str] = set()
        self._told: set[str] = set()
        for change in found:
            if change.only_words:
                continue
            self._rules.add(change.rule)
            for side in (old, new):
                for _, version in side.rules[change.rule].versions if change.rule in side.rules else ():
                    if version is not None and version.then.kind is Kind.ALERT:
                        self._told |= {str(version.then.alert), *version.then.ask}
                    elif version is not None:
                        self._therapies |= set(change.therapies)

    def anything_of(self, expect: Expect) -> bool:
        """Whether the expectation could come out otherwise."""
        named = {rule for option in expect.options.values() for rule in (*option.rules, *option.not_rules)}
        therapies = {*expect.options, *self._new.therapies.covered_by(frozenset(expect.not_suggested))}
        return (
            self._all
            or bool(expect.missing and self._therapies)
            or not self._rules.isdisjoint(named)
            or not self._therapies.isdisjoint(therapies)
            or not self._told.isdisjoint((*expect.alerts, *expect.no_alerts, *expect.asks))
        )


def registers(old: Library, new: Library) -> tuple[str, ...]:
    """The registers beside the rules that differ: what they change is seen in cases only."""
    return tuple(name for name in ("vocabulary", "therapies") if getattr(old, name) != getattr(new, name))
