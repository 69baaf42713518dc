"""The application: its pages, its files, and what a person is told when something does not work.

The minutes of the meeting are handed in by whoever has them installed; without them nothing can be recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from cdss.errors import CdssError
from cdss.reports.sheet.render import sheet_style
from cdss.web import entry, meeting, patients, rulepages
from cdss.web.desk import Desk
from cdss.web.guard import Guard
from cdss.web.page import HTMX, Pages
from cdss.web.sessions import Sessions

if TYPE_CHECKING:
    from cdss.minutes.store import Minutes

_STATUS = {
    403: "This form came without its token, or from a page that is no longer held. Open the page again and repeat it.",
    404: "There is nothing here. A patient is forgotten when the server ends or the patient is closed: open it again.",
    405: "This page takes no such request.",
}


def create_app(
    desk: Desk, names: Iterable[str] = (), *, anywhere: bool = False, minutes: Minutes | None = None
) -> FastAPI:
    """The pages over ``desk``. ``names`` and ``anywhere`` say to which hosts the server answers.

    With ``minutes`` decisions can be recorded.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, title="cdss")
    app.state.sessions = sessions = Sessions()
    pages = Pages(desk, sessions, recording=minutes is not None)
    style = sheet_style()
    static = files("cdss.web") / "static"
    served = {
        "sheet.css": (style, "text/css"),
        "web.css": ((static / "web.css").read_text(encoding="utf-8"), "text/css"),
        "page.js": ((static / "page.js").read_text(encoding="utf-8"), "text/javascript"),
        HTMX: ((static / HTMX).read_text(encoding="utf-8"), "text/javascript"),
    }

    @app.get("/static/{name}")
    async def file(name: str) -> Response:
        if name not in served:
            raise HTTPException(404)
        text, kind = served[name]
        return Response(text, media_type=kind)

    @app.get("/favicon.ico")
    async def icon() -> Response:
        return Response(status_code=204)

    @app.exception_handler(CdssError)
    async def told(request: Request, problem: CdssError) -> HTMLResponse:
        return pages.problem(request, str(problem), 422)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, problem: HTTPException) -> HTMLResponse:
        return pages.problem(request, _STATUS.get(problem.status_code, str(problem.detail)), problem.status_code)

    for part in (entry, patients, rulepages):
        app.include_router(part.router(pages))
    if minutes is not None:
        app.include_router(meeting.router(pages, minutes))
    app.add_middleware(Guard, names=tuple(names), anywhere=anywhere)
    return app
