"""The history of the schema; Alembic walks it."""
