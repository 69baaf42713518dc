"""Patients for property tests: Hypothesis strategies out of a library's own vocabulary, and where therapies then stand.

``Strategies(library)`` draws facts known exactly, vaguely or not at all, mostly near the thresholds of the rules, and
pairs of patients that differ in one respect only. ``Weigher(library, on)`` says where every therapy stands for them.
Needs the extra ``testing``; without Hypothesis the import raises CdssError.
"""

from cdss.errors import CdssError

try:
    import hypothesis as _hypothesis
except ModuleNotFoundError:
    raise CdssError(
        "cdss.testing needs Hypothesis, which comes with the extra testing: pip install 'net-cdss[testing]'"
    ) from None

from cdss.testing.ground import Ground
from cdss.testing.strategies import Extra, Pair, Strategies
from cdss.testing.weigher import SUGGESTED, UNDECIDED, Weigher

__all__ = ["SUGGESTED", "UNDECIDED", "Extra", "Ground", "Pair", "Strategies", "Weigher"]

del _hypothesis
