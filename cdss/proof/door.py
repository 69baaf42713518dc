"""The one place where the solver comes in, so that its absence is told plainly."""

from __future__ import annotations

from typing import Any, TypeAlias

from cdss.errors import CdssError

Term: TypeAlias = int
"""Something that is true or false of a patient; minus turns it round."""


def solver_library() -> Any:
    """The solver's module. Raises CdssError naming the extra when it is not installed."""
    try:
        import z3
    except ImportError:
        raise CdssError("this needs the solver z3, which is not installed: pip install 'net-cdss[prove]'") from None
    return z3
