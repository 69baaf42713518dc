"""The record of the meeting from the page: what the board decided is saved beside what was laid out for it.

An entry is shown at an address made from its seal, which nobody guesses. It outlives the server, unlike a patient who
is only held: the page can be loaded again after a crash, and the patient opened again from it.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from cdss.decision import Decision
from cdss.errors import CdssError
from cdss.minutes.capsule import write_capsule
from cdss.minutes.entry import Entry, draft_of, standing_of, suggested
from cdss.reports.phrases import STANDING_WORD
from cdss.web.choosing import Typed, typed
from cdss.web.page import Pages, to

if TYPE_CHECKING:
    from cdss.minutes.store import Minutes


def router(pages: Pages, minutes: Minutes) -> APIRouter:
    """The pages of this part; entries go into ``minutes``."""
    routes = APIRouter()
    desk = pages.desk

    def found(seal: str) -> Entry:
        for entry in minutes.all():
            if hmac.compare_digest(entry.seal.encode(), seal.encode()):
                return entry
        raise HTTPException(404)

    def refused(request: Request, token: str, decision: Decision, form: Typed, lines: list[str]) -> Response:
        """The form once more, with all that was typed and what is wrong with it."""
        suggestions, others = desk.choices(decision)
        return pages.page(
            request,
            "refused.html.j2",
            status=422,
            title="Nothing is recorded yet",
            token=token,
            lines=lines,
            suggestions=suggestions,
            others=others,
            typed=form,
        )

    @routes.post("/p/{token}/record")
    async def record(request: Request, token: str) -> Response:
        _, posted, _ = await pages.form(request)
        patient = pages.patient(request, token)
        if patient.changes:
            raise CdssError(
                "Facts are changed for the sake of argument. Go back to the facts as recorded, then record."
            )
        decision, form = desk.ask(patient).decision, typed(posted)
        chosen = form.chosen
        follows = bool(suggested(decision) & set(chosen)) or not set(chosen) <= set(desk.library.therapies.therapies)
        lacking = _lacking(form, follows)
        if lacking:
            return refused(request, token, decision, form, lacking)
        try:
            draft = draft_of(
                decision,
                patient.text,
                chosen,
                form.by,
                form.reason,
                form.override or None,
                form.condition.strip() or None,
                therapies=sorted(desk.library.therapies.therapies),
            )
        except CdssError as problem:
            return refused(request, token, decision, form, str(problem).splitlines())
        return to(f"/recorded/{minutes.save(draft).seal}")

    @routes.get("/recorded/{seal}")
    async def recorded(request: Request, seal: str) -> Response:
        entry = found(seal)
        decision = entry.draft.decision
        therapies = desk.library.therapies.therapies
        stood = {name: standing_of(decision, name) for name in entry.draft.chosen}
        chosen = [
            (therapies[name].name if name in therapies else name, STANDING_WORD[where] if where else "not addressed")
            for name, where in stood.items()
        ]
        return pages.page(
            request,
            "recorded.html.j2",
            title=f"Entry {entry.id}",
            entry=entry,
            decision=decision,
            chosen=chosen,
            file=minutes.file,
        )

    @routes.post("/recorded/{seal}/open")
    async def open_again(request: Request, seal: str) -> Response:
        session, _, _ = await pages.form(request)
        patient = desk.recorded(found(seal).draft)
        desk.ask(patient)
        return to(f"/p/{session.open(patient)}")

    @routes.post("/recorded/{seal}/capsule")
    async def capsule(request: Request, seal: str) -> Response:
        await pages.form(request)
        entry = found(seal)
        name = f"entry-{entry.id}.capsule.json"
        return Response(
            write_capsule(entry, name),
            media_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return routes


def _lacking(form: Typed, follows: bool) -> list[str]:
    """What is not filled in, in the words of the form; ``follows`` is whether it needs no override reason."""
    wanted = (
        (form.chosen, "Tick what the board chose; watchful waiting is among the other therapies."),
        (form.reason.strip(), "Write why the board chose it."),
        (form.by.strip(), "Write who decided: the board, or its chair."),
        (
            follows or not form.chosen or form.override,
            "None of the chosen therapies is among the suggestions: say under “Why nothing suggested was chosen” why.",
        ),
    )
    return [text for given, text in wanted if not given]
