"""The table of entries, and the triggers that let it only grow. There is no way back: nothing is deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_KEEP = "the minutes only grow: correct an entry with a new one"


def upgrade() -> None:
    """Create the table and its guards."""
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("point", sa.Text),
        sa.Column("on_date", sa.Text, nullable=False),
        sa.Column("case_text", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("chosen", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("override_reason", sa.Text),
        sa.Column("condition", sa.Text),
        sa.Column("corrects", sa.Integer, sa.ForeignKey("entries.id"), unique=True),
        sa.Column("seal", sa.Text, nullable=False),
    )
    op.create_index("ix_entries_case_id", "entries", ["case_id"])
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER no_{event.lower()} BEFORE {event} ON entries BEGIN SELECT RAISE(ABORT, '{_KEEP}'); END"
        )
    # INSERT OR REPLACE deletes without the trigger above; and a number is given once, in order.
    op.execute(
        "CREATE TRIGGER no_replacement BEFORE INSERT ON entries "
        "WHEN EXISTS (SELECT 1 FROM entries WHERE id >= NEW.id OR (corrects IS NOT NULL AND corrects = NEW.corrects)) "
        f"BEGIN SELECT RAISE(ABORT, '{_KEEP}'); END"
    )
