"""What was typed into the form of the record, so that a form that is not taken is given back as it was."""

from __future__ import annotations

from dataclasses import dataclass

from cdss.web.fields import Posted, one


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of the form, as they were sent: what was ticked, and the texts."""

    chosen: tuple[str, ...] = ()
    reason: str = ""
    by: str = ""
    condition: str = ""
    override: str = ""


NOTHING_TYPED = Typed()


def typed(posted: Posted) -> Typed:
    """The form as it was sent; a field that was not sent is empty."""
    texts = {name: one(posted, name) for name in ("reason", "by", "condition", "override")}
    return Typed(tuple(posted.get("chosen", ())), **texts)
