"""The record of the meeting from the page: what the board decided is saved beside what was laid out for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from cdss.errors import CdssError
from cdss.minutes.entry import draft_of
from cdss.web.fields import one
from cdss.web.page import Pages, to

if TYPE_CHECKING:
    from cdss.minutes.store import Minutes


def router(pages: Pages, minutes: Minutes) -> APIRouter:
    """The pages of this part; entries go into ``minutes``."""
    routes = APIRouter(prefix="/p/{token}/record")
    desk = pages.desk

    @routes.post("")
    async def record(request: Request, token: str) -> Response:
        _, posted, _ = await pages.form(request)
        patient = pages.patient(request, token)
        if patient.changes:
            raise CdssError(
                "Facts are changed for the sake of argument. Go back to the facts as recorded, then record."
            )
        draft = draft_of(
            desk.ask(patient).decision,
            patient.text,
            posted.get("chosen", ()),
            one(posted, "by"),
            one(posted, "reason"),
            one(posted, "override") or None,
            one(posted, "condition").strip() or None,
            therapies=sorted(desk.library.therapies.therapies),
        )
        return to(f"/p/{token}/record/{minutes.save(draft).id}")

    @routes.get("/{number}")
    async def recorded(request: Request, token: str, number: int) -> Response:
        entry = minutes.entry(number)
        if entry.draft.case != pages.patient(request, token).case.id:
            raise HTTPException(404)
        names = [desk.library.therapies.therapies[therapy].name for therapy in entry.draft.chosen]
        return pages.page(
            request,
            "recorded.html.j2",
            title=f"Entry {number}",
            token=token,
            entry=entry,
            names=names,
            file=minutes.file,
        )

    return routes
