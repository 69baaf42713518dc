"""The time machine: what knowledge changed for one patient, and which document or approval did it."""

from __future__ import annotations

from datetime import date

from cdss.case import load_case
from cdss.consult import Question, consult
from cdss.decision import Decision
from cdss.locations import cases_folder
from cdss.reports.dates import causes, render_dates
from tests.patients import engine, library


def noe(as_of: date) -> Decision:
    return consult(engine(), load_case("noe-2016", cases_folder()), Question("chemotherapy-declined", as_of)).decision


BEFORE, AFTER = noe(date(2015, 1, 15)), noe(date(2026, 11, 1))


def test_an_approval_between_the_dates_is_named_with_its_day() -> None:
    found = list(causes(BEFORE, AFTER, BEFORE.option("cabozantinib"), AFTER.option("cabozantinib"), library().rules))
    labels = {cause.rule: cause.since for cause in found if "label" in cause.text}
    assert labels["ema.any_site.cabozantinib"] == date(2025, 7, 24)
    assert labels["fda.any_site.cabozantinib"] == date(2025, 3, 26)


def test_a_document_that_is_no_longer_in_force_is_named_with_the_day_of_its_end() -> None:
    found = list(causes(BEFORE, AFTER, BEFORE.option("captem"), AFTER.option("captem"), library().rules))
    gone = [cause for cause in found if "no longer in force" in cause.text]
    assert gone
    assert all(cause.since is not None and BEFORE.knowledge.as_of < cause.since for cause in gone)


def test_the_page_names_the_option_its_move_and_its_causes() -> None:
    page = " ".join(render_dates(BEFORE, AFTER, library().rules).text().split())
    assert "knowledge of 2015-01-15 → 2026-11-01" in page
    assert "Cabozantinib not addressed → conditional (would be option)" in page
    assert "2025-07-24 EMA label" in page


def test_between_equal_dates_nothing_moves() -> None:
    page = " ".join(render_dates(BEFORE, BEFORE, library().rules).text().split())
    assert "→ conditional" not in page
    assert f"{len(BEFORE.options)} options stand as before" in page


def test_backwards_the_causes_are_told_too() -> None:
    page = " ".join(render_dates(AFTER, BEFORE, library().rules).text().split())
    assert "Cabozantinib conditional (would be option) → not addressed" in page
