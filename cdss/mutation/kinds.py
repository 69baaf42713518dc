"""The closed list of ways in which a rule is broken."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """One way to break a rule or a definition; the value is what a report calls it."""

    BOUNDARY = "comparison loses or gains its boundary"
    SIDE = "comparison turned to the other side"
    THRESHOLD_UP = "threshold one step up"
    THRESHOLD_DOWN = "threshold one step down"
    DROP_LEAF = "condition dropped"
    NEGATE_LEAF = "condition negated"
    DROP_EXCLUSION = "exclusion dropped"
    SWAP_GROUP = "all and any swapped"
    CHANGE_VALUE = "value changed for another"
    DROP_MEMBER = "value dropped from a list"
    ADD_MEMBER = "value added to a list"
    DROP_RULE = "rule dropped"
    START_LATER = "version begins a day later"
    START_EARLIER = "version begins a day earlier"
    CHANGE_STANCE = "stance changed"
    DROP_LABEL = "label withdrawn"
    CHANGE_SEVERITY = "severity of the alert changed"


SILENCING = frozenset({Kind.DROP_RULE, Kind.CHANGE_STANCE, Kind.DROP_LABEL, Kind.CHANGE_SEVERITY})
"""What leaves the condition as it was: a rule's own examples ask only the condition and cannot notice these."""
