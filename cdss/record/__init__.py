"""The clinical record as it is written in a case file."""

from cdss.record.record import Record

__all__ = ["Record"]
