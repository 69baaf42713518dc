"""The table of the minutes, as the newest migration leaves it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("recorded_at", Text, nullable=False),
    Column("case_id", Text, nullable=False, index=True),
    Column("point", Text),
    Column("on_date", Text, nullable=False),
    Column("case_text", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("chosen", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("override_reason", Text),
    Column("condition", Text),
    Column("corrects", Integer, ForeignKey("entries.id"), unique=True),
    Column("seal", Text, nullable=False),
)
