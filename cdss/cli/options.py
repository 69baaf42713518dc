"""What stands behind an option of the command line: a day, or words with commas."""

from __future__ import annotations

from datetime import date

from cdss.errors import CdssError


def day_of(text: str | None, option: str = "--as-of") -> date | None:
    """The day that ``option`` names; None when it was not given. Raises CdssError for what is no date."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CdssError(f"{option} takes a date such as 2016-05-26") from None


def words_of(text: str | None) -> tuple[str, ...] | None:
    """The words between commas, empty ones left out; None when the option was not given."""
    return tuple(part.strip() for part in text.split(",") if part.strip()) if text else None
