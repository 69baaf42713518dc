"""From a record to facts: typed, in canonical units, as known at one moment."""

from cdss.facts.deriving import derive
from cdss.facts.sheet import FactSheet, Observed, RecordAlert

__all__ = ["FactSheet", "Observed", "RecordAlert", "derive"]
