"""The file of the minutes: it only grows, belongs to its owner, and shows when it was changed by other means."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from cdss.decision import Standing
from cdss.errors import CdssError
from cdss.minutes.entry import draft_of
from cdss.minutes.override import OverrideReason
from cdss.minutes.schema import metadata
from cdss.minutes.store import Minutes, current
from tests.minutes.board import draft, with_standing

ALL = ["everolimus", "lanreotide", "sunitinib"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "board.sqlite"


def test_an_entry_comes_back_as_it_was_saved(file: Path) -> None:
    made = draft(override=OverrideReason.COMORBIDITY, condition="after a biopsy")

    saved = Minutes(file).save(made)

    assert Minutes(file).all() == (saved,)
    assert saved.draft == made
    assert saved.recorded_at.endswith("Z")


def test_a_new_file_can_be_read_by_its_owner_only(file: Path) -> None:
    Minutes(file).save(draft())

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_reading_minutes_that_do_not_exist_makes_no_file(file: Path) -> None:
    assert Minutes(file).all() == ()
    assert not file.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET reason = 'another'",
        "DELETE FROM entries",
        "INSERT OR REPLACE INTO entries SELECT * FROM entries",
        "INSERT INTO entries SELECT 0, recorded_at, case_id, point, on_date, case_text, document, chosen, decided_by, "
        "reason, override_reason, condition, corrects, seal FROM entries",
    ],
)
def test_the_file_itself_refuses_every_change(file: Path, statement: str) -> None:
    saved = Minutes(file).save(draft())
    connection = sqlite3.connect(file)

    with pytest.raises(sqlite3.IntegrityError, match="the minutes only grow"):
        connection.execute(statement)

    connection.rollback()
    connection.close()
    assert Minutes(file).all() == (saved,)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET reason = 'another' WHERE id = 1",
        "UPDATE entries SET document = '{}' WHERE id = 2",
        "UPDATE entries SET recorded_at = '2020-01-01T00:00:00.000Z' WHERE id = 1",
        "DELETE FROM entries WHERE id = 1",
    ],
)
def test_a_change_made_after_the_guards_were_removed_is_seen(file: Path, change: str) -> None:
    store = Minutes(file)
    store.save(draft())
    store.save(draft())
    connection = sqlite3.connect(file)
    for trigger in ("no_update", "no_delete"):
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(change)
    connection.commit()
    connection.close()

    with pytest.raises(CdssError, match="is not as it was saved"):
        store.all()


def test_a_correction_points_to_the_old_entry_and_both_stay(file: Path) -> None:
    store = Minutes(file)
    old = store.save(draft())

    new = store.save(draft(reason="a slip of the pen", corrects=old.id))

    assert store.all() == (old, new)
    assert current(store.all()) == (new,)


@pytest.mark.parametrize(
    ("number", "case", "message"),
    [
        (9, "rectum/noe-2016", "there is no entry 9"),
        (1, "another", "about another case"),
        (2, "rectum/noe-2016", "corrected by entry 3"),
    ],
)
def test_a_correction_that_does_not_fit_is_refused(file: Path, number: int, case: str, message: str) -> None:
    store = Minutes(file)
    store.save(draft())
    store.save(draft())
    store.save(draft(corrects=2))

    with pytest.raises(CdssError, match=message):
        store.save(draft(corrects=number, case=case))

    assert len(store.all()) == 3


def test_the_migrations_make_the_schema_that_the_code_uses(file: Path) -> None:
    Minutes(file).save(draft())
    engine = create_engine(f"sqlite:///{file}")

    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []

    engine.dispose()


def test_another_programs_file_is_left_alone(file: Path) -> None:
    file.parent.mkdir()
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE songs (name TEXT)")
    connection.commit()
    connection.close()

    with pytest.raises(CdssError, match="another program's database"):
        Minutes(file).save(draft())

    file.write_text("these are no minutes, although they are long enough to be looked at")
    with pytest.raises(CdssError, match="does not hold the minutes"):
        Minutes(file).save(draft())


def test_a_file_of_a_newer_version_is_left_alone(file: Path) -> None:
    store = Minutes(file)
    store.save(draft())
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()

    with pytest.raises(CdssError, match="newer cdss"):
        store.all()


def test_several_people_may_save_at_the_same_time(file: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    store = Minutes(file)
    with ThreadPoolExecutor(8) as people:
        saved = list(people.map(lambda n: store.save(draft(reason=f"decision {n}")), range(24)))

    kept = store.all()
    assert sorted(entry.id for entry in saved) == [entry.id for entry in kept] == list(range(1, 25))
    assert {entry.draft.reason for entry in kept} == {f"decision {n}" for n in range(24)}


def test_no_message_repeats_what_a_record_says(file: Path) -> None:
    store = Minutes(file)
    store.save(draft())
    connection = sqlite3.connect(file)
    connection.execute("CREATE TRIGGER t BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'no more'); END")
    connection.commit()
    connection.close()

    with pytest.raises(CdssError) as told:
        store.save(draft(reason="SECRET"))

    assert "SECRET" not in str(told.value)


def test_a_departure_from_every_suggestion_wants_a_coded_reason() -> None:
    made = with_standing(everolimus=Standing.CONDITIONAL, lanreotide=Standing.CONTRAINDICATED)

    assert draft_of(made, "x", ["everolimus"], "b", "r", therapies=ALL).override is None
    assert draft_of(made, "x", ["everolimus", "sunitinib"], "b", "r", therapies=ALL).override is None
    for departing in ("lanreotide", "sunitinib"):
        with pytest.raises(CdssError, match="none of the chosen therapies is among the suggestions"):
            draft_of(made, "x", [departing], "b", "r", therapies=ALL)
    kept = draft_of(made, "x", ["lanreotide"], "b", "r", "comorbidity", therapies=ALL)
    assert kept.override is OverrideReason.COMORBIDITY


@pytest.mark.parametrize(
    ("chosen", "by", "reason", "override", "message"),
    [
        ([], "b", "r", None, "name what the board chose"),
        (["everolimos"], "b", "r", None, "did you mean 'everolimus'"),
        (["everolimus"], " ", "r", None, "--by"),
        (["everolimus"], "b", "", None, "--reason"),
        (["everolimus"], "b", "r", "comorbidty", "did you mean 'comorbidity'"),
    ],
)
def test_what_is_missing_or_misspelled_is_named(
    chosen: list[str], by: str, reason: str, override: str | None, message: str
) -> None:
    with pytest.raises(CdssError, match=message):
        draft_of(with_standing(everolimus=Standing.OPTION), "x", chosen, by, reason, override, therapies=ALL)
