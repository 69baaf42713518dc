"""A made-up clinic of eight therapies and seventeen rules, so that no test of the engine depends on medicine.

``small/rules`` is a healthy rules folder, ``small/cases`` has one patient told in facts and one told in a record.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from cdss.case import Case, load_case
from cdss.decision import Decision, Option
from cdss.engine import DEFAULT_JURISDICTIONS, Engine, Evaluation
from cdss.facts.direct import facts_from_mapping
from cdss.facts.sheet import FactSheet
from cdss.library import Library, load_library
from cdss.rule import Intent

ROOT = Path(__file__).resolve().parent
RULES = ROOT / "small" / "rules"
CASES = ROOT / "small" / "cases"
TODAY = date(2021, 3, 1)


@cache
def small_library() -> Library:
    """The made-up rules, read once."""
    return load_library(RULES)


@cache
def small_engine() -> Engine:
    """Both backends over the made-up rules."""
    return Engine(small_library())


def small_case(name: str) -> Case:
    """``direct`` or ``recorded``."""
    return load_case(name, CASES)


def copy_of_rules(folder: Path) -> Path:
    """A copy of the made-up rules that may be changed."""
    return Path(shutil.copytree(RULES, folder / "rules"))


def sheet_of(facts: Mapping[str, Any], library: Library | None = None) -> FactSheet:
    """Facts as a case file would state them."""
    values = facts_from_mapping(facts, (library or small_library()).vocabulary, show_values=True)
    return FactSheet.of_values(values, on=TODAY)


def evaluation_of(
    facts: Mapping[str, Any],
    *,
    as_of: date = TODAY,
    engine: Engine | None = None,
    jurisdictions: Sequence[str] = DEFAULT_JURISDICTIONS,
) -> Evaluation:
    """These facts put to the made-up rules in force on ``as_of``."""
    engine = engine or small_engine()
    sheet = sheet_of(facts, engine.library)
    return engine.evaluate(sheet, case="made-up", on=TODAY, as_of=as_of, jurisdictions=jurisdictions)


def decision_of(facts: Mapping[str, Any], *, as_of: date = TODAY, engine: Engine | None = None) -> Decision:
    """The decision for these facts."""
    return evaluation_of(facts, as_of=as_of, engine=engine).decision


def option_of(facts: Mapping[str, Any], therapy: str, intent: Intent | None = None, *, as_of: date = TODAY) -> Option:
    """One option that must be there."""
    found = decision_of(facts, as_of=as_of).option(therapy, intent)
    assert found is not None, f"nobody speaks of {therapy}"
    return found
