"""The minutes in one SQLite file. They only grow: triggers refuse changes, and a chain of seals shows others.

An entry is on the disk when ``save`` returns: one transaction, with SQLite's fullest synchronisation.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from platformdirs import user_data_path
from sqlalchemy import Connection, create_engine, event, insert, inspect, select, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from cdss.errors import CdssError
from cdss.minutes.entry import Draft, Entry, seal_of
from cdss.minutes.override import OverrideReason
from cdss.minutes.schema import entries

_NOW = text("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")
_PATIENCE = 30
"""Seconds to wait while somebody else is saving."""


def default_file() -> Path:
    """Where the minutes lie unless somebody says otherwise: in the user's folder for data."""
    return user_data_path("cdss") / "board.sqlite"


class Minutes:
    """The minutes in ``file``; a new file is made, readable by its owner only, when the first entry is saved."""

    def __init__(self, file: Path) -> None:
        self.file = file
        # Parameters hold what a patient's record says: no message may repeat them.
        self._engine = create_engine(
            "sqlite://", creator=lambda: _connect(file), hide_parameters=True, poolclass=NullPool
        )
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))

    def save(self, draft: Draft) -> Entry:
        """Save one entry; it is on the disk when this returns. Raises CdssError when it cannot be, and saves nothing.

        A correction has to point to an entry of the same case that nobody has corrected yet.
        """
        _create(self.file)
        with self._open() as connection:
            self._migrate(connection)
            if draft.corrects is not None:
                _check_correction(connection, draft)
            last = connection.execute(select(entries.c.id, entries.c.seal).order_by(entries.c.id.desc())).first()
            number, before = (last.id + 1, last.seal) if last else (1, "")
            now = str(connection.execute(_NOW).scalar_one())
            entry = Entry(number, now, draft, seal_of(before, now, draft))
            connection.execute(insert(entries).values(_row(entry)))
        return entry

    def all(self, case: str | None = None) -> tuple[Entry, ...]:
        """Every entry in order, or those of one case. None when there is no file yet is an empty tuple.

        Raises CdssError when an entry no longer fits its seal: somebody has changed the file by other means.
        """
        if not self.file.exists():
            return ()
        with self._open() as connection:
            self._migrate(connection)
            found = tuple(_entry(row) for row in connection.execute(select(entries).order_by(entries.c.id)))
        before = ""
        for number, entry in enumerate(found, start=1):
            if entry.id != number or entry.seal != seal_of(before, entry.recorded_at, entry.draft):
                raise CdssError(
                    f"{self.file}: entry {number} is not as it was saved; the file was changed by other means"
                )
            before = entry.seal
        return tuple(entry for entry in found if case is None or entry.draft.case == case)

    def entry(self, number: int) -> Entry:
        """One entry by its number. Raises CdssError when there is none."""
        for entry in self.all():
            if entry.id == number:
                return entry
        raise CdssError(f"the minutes in {self.file} have no entry {number}")

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except OperationalError as error:
            raise CdssError(f"cannot use the minutes in {self.file}: {error.orig}") from None
        except DatabaseError as error:
            raise CdssError(f"{self.file} does not hold the minutes of a board: {error.orig}") from None

    def _migrate(self, connection: Connection) -> None:
        """Bring the file to the newest schema, in the transaction that is open. Raises CdssError for a foreign file."""
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
        script = ScriptDirectory.from_config(config)
        now, newest = MigrationContext.configure(connection).get_current_revision(), script.get_current_head()
        if now == newest:
            return
        if now is None and inspect(connection).get_table_names():
            raise CdssError(f"{self.file} is another program's database; name another file with --db")
        if now is not None and now not in {revision.revision for revision in script.walk_revisions()}:
            raise CdssError(f"{self.file} was written by a newer cdss; use that one")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current(found: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Without the entries that a later one corrects."""
    corrected = {entry.draft.corrects for entry in found}
    return tuple(entry for entry in found if entry.id not in corrected)


def _connect(file: Path) -> Any:
    import sqlite3

    connection = sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None)
    for pragma in ("journal_mode=DELETE", "synchronous=EXTRA", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _create(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise CdssError(f"cannot make {file}: {error.strerror}") from None


def _check_correction(connection: Connection, draft: Draft) -> None:
    number = draft.corrects
    old = connection.execute(select(entries.c.case_id).where(entries.c.id == number)).first()
    if old is None:
        raise CdssError(f"there is no entry {number} to correct")
    if old.case_id != draft.case:
        raise CdssError(f"entry {number} is about another case")
    later = connection.execute(select(entries.c.id).where(entries.c.corrects == number)).first()
    if later is not None:
        raise CdssError(f"entry {number} is corrected by entry {later.id} already; correct that one")


def _row(entry: Entry) -> dict[str, Any]:
    draft = entry.draft
    return {
        "id": entry.id,
        "recorded_at": entry.recorded_at,
        "case_id": draft.case,
        "point": draft.point,
        "on_date": draft.on,
        "case_text": draft.case_text,
        "document": draft.document,
        "chosen": json.dumps(draft.chosen),
        "decided_by": draft.by,
        "reason": draft.reason,
        "override_reason": draft.override,
        "condition": draft.condition,
        "corrects": draft.corrects,
        "seal": entry.seal,
    }


def _entry(row: Any) -> Entry:
    draft = Draft(
        row.case_id,
        row.point,
        row.on_date,
        row.case_text,
        row.document,
        tuple(json.loads(row.chosen)),
        row.decided_by,
        row.reason,
        OverrideReason(row.override_reason) if row.override_reason else None,
        row.condition,
        row.corrects,
    )
    return Entry(row.id, row.recorded_at, draft, row.seal)
