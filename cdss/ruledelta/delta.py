"""The whole comparison: changes, regions, cases, and how much it is: patch, minor or major."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from cdss.case import bundled_cases, load_case
from cdss.coverage import Reach, last_version
from cdss.engine import Engine
from cdss.errors import CdssError
from cdss.library import Library
from cdss.regress import checks
from cdss.rule import Kind
from cdss.ruledelta.changes import Change, What, changes
from cdss.ruledelta.region import Both, Region


class Weight(StrEnum):
    """How much a change is: words only, something added or widened, or a standing that changes for somebody."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


@dataclass(frozen=True, slots=True)
class CaseChange:
    """One check of a case that comes out otherwise."""

    case: str
    check: str
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class Delta:
    """What is between two states. ``unproven`` says why no regions were looked for, if they were not."""

    changes: tuple[Change, ...]
    regions: tuple[Region, ...]
    cases: tuple[CaseChange, ...]
    unproven: str | None

    @property
    def weight(self) -> Weight:
        """The proposed step of the version."""
        if any(region.suggests for region in self.regions):
            return Weight.MAJOR
        return Weight.PATCH if all(change.only_words for change in self.changes) else Weight.MINOR


def compare(old: Library, new: Library, cases: Path | None) -> Delta:
    """Everything that differs. Without a solver there are no regions, and the weight is a lower bound."""
    found = changes(old, new)
    regions: tuple[Region, ...] = ()
    unproven = None
    try:
        regions = tuple(_regions(Both(old, new), found))
    except CdssError as error:
        unproven = str(error)
    return Delta(found, regions, tuple(_cases(old, new, cases)) if cases and found else (), unproven)


def _regions(both: Both, found: Iterable[Change]) -> Iterator[Region]:
    days: dict[str, set[date | None]] = {}
    for change in found:
        if change.only_words:
            continue
        yield from both.of_rule(change)
        if _is_statement(both, change.rule):
            for therapy in change.therapies:
                days.setdefault(therapy, set()).update(change.days)
    for therapy in sorted(days):
        yield from both.of_therapy(therapy, days[therapy])


def _is_statement(both: Both, name: str) -> bool:
    return any(
        version is not None and version.then.kind is Kind.STATEMENT
        for side in (both.old, both.new)
        if name in side.rules
        for _, version in side.rules[name].versions
    )


def _cases(old: Library, new: Library, folder: Path) -> Iterator[CaseChange]:
    before, after = _results(old, folder), _results(new, folder)
    for (case, check), held in after.items():
        if before.get((case, check), held) != held:
            yield CaseChange(case, check, before[case, check], held)


def _results(library: Library, folder: Path) -> Mapping[tuple[str, str], bool]:
    """Whether each check of each case holds; one that cannot be asked does not."""
    engine = Engine(library, shadow=False)
    found = {}
    for name in bundled_cases(folder):
        case = load_case(name, folder)
        try:
            asked: Sequence[object] = tuple(checks(case, engine))
        except CdssError:
            continue
        for check in checks(case, engine) if asked else ():
            try:
                found[name, check.name] = not check.run()
            except CdssError:
                found[name, check.name] = False
    return found


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
