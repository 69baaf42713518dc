"""Cases as pytest tests: ``pytest cases/`` holds every check of every case against what it expects.

A YAML file is taken for a case when an argument of pytest (or testpaths) names the file itself, or names a folder
called ``cases`` or one inside such a folder; and when it looks like a case, with at least two of these keys at its
top: a title, a patient (record or facts), expectations (expect, variants, steps or goldens). Two and not all, so that
a misspelt key is told and not passed over. A plain ``pytest``, or one for another folder, collects nothing here, and
nothing more of cdss is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from os import path as paths
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cdss.engine import Engine
    from cdss.regress import Check

_HEADER = (
    re.compile(rb"^title:", re.MULTILINE),
    re.compile(rb"^(record|facts):", re.MULTILINE),
    re.compile(rb"^(expect|variants|steps|goldens):", re.MULTILINE),
)
_ACCEPTED = "accepted difference"
_LARGEST = 2_000_000
_engine = pytest.StashKey["Engine"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of cases, spelled --cdss-…; write the folder after an equals sign."""
    group = parser.getgroup("cdss", "clinical cases")
    group.addoption("--cdss-rules", metavar="FOLDER", help="Another rules folder than the bundled one.")
    group.addoption("--cdss-goldens", action="store_true", help="Compare the decisions that cases keep whole as well.")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A case file, when it was asked for and looks like one."""
    if file_path.suffix not in (".yaml", ".yml") or not _asked_for(file_path, parent.config):
        return None
    if not _looks_like_a_case(file_path):
        return None
    found: pytest.Collector = CaseCollector.from_parent(parent, path=file_path)
    return found


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """An accepted difference is counted by its own name, neither as passed nor as failed."""
    if report.when == "call" and str(getattr(report, "wasxfail", "")).startswith(_ACCEPTED):
        return _ACCEPTED, "a", "ACCEPTED"
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Every accepted difference with who accepted it and why."""
    accepted = terminalreporter.stats.get(_ACCEPTED, [])
    if accepted:
        terminalreporter.section("accepted differences")
        for report in accepted:
            terminalreporter.write_line(f"{report.nodeid}\n    {report.wasxfail}")


class CaseCollector(pytest.File):
    """One case file."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each check: as given, of variants, of steps, and of goldens where wanted."""
        from cdss.case import load_case
        from cdss.errors import CdssError
        from cdss.golden import golden_checks
        from cdss.locations import cases_folder
        from cdss.regress import checks

        try:
            engine = _engine_of(self.config)
            case = load_case(paths.relpath(self.path), cases_folder())
            found = list(checks(case, engine))
            if self.config.getoption("--cdss-goldens"):
                found += golden_checks(case, engine)
        except CdssError as error:
            raise self.CollectError(str(error)) from None
        for check in found:
            item: CheckItem = CheckItem.from_parent(self, name=check.name, check=check)
            yield item


class CheckItem(pytest.Item):
    """One check of a case."""

    def __init__(self, *, check: Check, **more: Any) -> None:
        super().__init__(**more)
        self.check = check

    def runtest(self) -> None:
        """Fails with everything that does not hold."""
        from cdss.regress import Result

        outcome = self.check.outcome()
        if outcome.result is Result.ACCEPTED:
            pytest.xfail(f"{_ACCEPTED}: {outcome.accepted}")
        if outcome.result is not Result.HOLDS:
            raise _NotHeld("\n".join(self.check.told(outcome.failures)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """File and line, the decision point, expected and got, and the rules with their answers; no traceback."""
        from cdss.errors import CdssError

        if isinstance(excinfo.value, _NotHeld | CdssError):
            return f"{excinfo.value}\nin {self.check.case}: {self.check.name}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the expectation is written."""
        return self.path, max(self.check.place.line - 1, 0), self.name


class _NotHeld(Exception):
    """Expectations that do not hold, as text."""


def _asked_for(file: Path, config: pytest.Config) -> bool:
    for argument in config.args:
        named = (config.invocation_params.dir / str(argument).partition("::")[0]).resolve()
        if named == file or (named in file.parents and "cases" in named.parts):
            return True
    return False


def _looks_like_a_case(file: Path) -> bool:
    try:
        if file.stat().st_size > _LARGEST:
            return False
        content = file.read_bytes()
    except OSError:
        return False
    return sum(part.search(content) is not None for part in _HEADER) >= 2


def _engine_of(config: pytest.Config) -> Engine:
    """The engine of this process, opened when the first case asks for it. Raises CdssError when it cannot be."""
    from cdss.engine import Engine
    from cdss.locations import rules_folder
    from cdss.snapshot import Snapshots

    if _engine not in config.stash:
        rules = config.getoption("--cdss-rules")
        snapshots = Snapshots(Path(rules) if rules else rules_folder())
        config.stash[_engine] = Engine(snapshots.library(), plans=snapshots)
    return config.stash[_engine]
