"""The whole comparison: changes, regions, cases, and how much it is: patch, minor or major."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path

from cdss.coverage import Reach, last_version
from cdss.errors import CdssError
from cdss.library import Library
from cdss.rule import Kind
from cdss.ruledelta.changes import Change, What, changes
from cdss.ruledelta.checks import CaseChange, Watch, case_changes, registers
from cdss.ruledelta.region import Both, Region


def _unwatched(_what: str, _of: int) -> AbstractContextManager[Callable[[], None]]:
    """For a comparison nobody watches."""
    return nullcontext(lambda: None)


class Weight(StrEnum):
    """How much a change is: words only, something added or widened, or a standing that changes for somebody."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


@dataclass(frozen=True, slots=True)
class Delta:
    """What is between two states.

    ``unproven`` says why no regions were looked for, if they were not; ``late`` names the therapies and rules for which
    there was no time; ``registers`` differ as well, and what that changes for patients is seen in the cases only.
    """

    changes: tuple[Change, ...]
    regions: tuple[Region, ...] = ()
    cases: tuple[CaseChange, ...] = ()
    unproven: str | None = None
    late: tuple[str, ...] = ()
    registers: tuple[str, ...] = ()

    @property
    def weight(self) -> Weight:
        """The proposed step of the version; a lower bound where not ``whole``."""
        if any(region.suggests for region in self.regions):
            return Weight.MAJOR
        return Weight.PATCH if all(change.only_words for change in self.changes) else Weight.MINOR

    @property
    def whole(self) -> bool:
        """Whether every patient was looked at for every difference."""
        return not (self.unproven or self.late or self.registers)


def compare(old: Library, new: Library, cases: Path | None, *, seconds: float = 60, watch: Watch = _unwatched) -> Delta:
    """Everything that differs. After ``seconds`` no further search for patients is begun.

    Raises as reading a case does.
    """
    found = changes(old, new)
    differing = registers(old, new)
    regions: tuple[Region, ...] = ()
    late: tuple[str, ...] = ()
    unproven = None
    try:
        regions, late = _regions(Both(old, new), found, time.monotonic() + seconds, watch)
    except CdssError as error:
        unproven = str(error)
    checked = case_changes(old, new, found, cases, watch) if cases and (found or differing) else ()
    return Delta(found, regions, checked, unproven, late, differing)


def _regions(
    both: Both, found: Iterable[Change], until: float, watch: Watch
) -> tuple[tuple[Region, ...], tuple[str, ...]]:
    """The regions, those of therapies first, which decide the weight; and what there was no time for."""
    days: dict[str, set[date | None]] = {}
    rules: dict[str, Callable[[], Sequence[Region]]] = {}
    for change in found:
        if change.only_words:
            continue
        rules[change.rule] = partial(both.of_rule, change)
        if _is_statement(both, change.rule):
            for therapy in change.therapies:
                days.setdefault(therapy, set()).update(change.days)
    searches = {therapy: partial(both.of_therapy, therapy, days[therapy]) for therapy in sorted(days)} | rules
    regions: list[Region] = []
    late = []
    with watch("patients", len(searches)) as step:
        for about, search in searches.items():
            if time.monotonic() < until:
                regions += search()
            else:
                late.append(about)
            step()
    return tuple(regions), tuple(late)


def _is_statement(both: Both, name: str) -> bool:
    return any(
        version is not None and version.then.kind is Kind.STATEMENT
        for side in (both.old, both.new)
        if name in side.rules
        for _, version in side.rules[name].versions
    )


def entry(delta: Delta, old: Library, new: Library) -> str:
    """A proposed entry of the changelog: what, from which dates, for which sites and therapies."""
    lines = ["### Rules", ""]
    for change in delta.changes:
        library = new if change.rule in new.rules else old
        rule = library.rules[change.rule]
        days = ", ".join(day.isoformat() if day else "always" for day in change.days)
        sites = Reach(library).sites(last_version(rule).condition)
        site = library.vocabulary.facts.get("primary_site")
        where = "all sites" if not sites or (site and len(sites) == len(site.values)) else ", ".join(sites)
        about = f"; {', '.join(change.therapies)}" if change.therapies else ""
        what = change.what if change.what is not What.CHANGED else f"changed ({', '.join(change.parts)})"
        lines.append(f"- `{change.rule}` {what}: {rule.title}. From {days}; {where}{about}.")
    lines += [f"- {region.about} {region.becomes} for some patients." for region in delta.regions if region.suggests]
    return "\n".join(lines) + "\n"
