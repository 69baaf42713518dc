"""What all pages share: the templates, the session of the browser, the reading of a form."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException

from cdss.minutes.override import WORDING
from cdss.reports.parts import NOTICE
from cdss.reports.phrases import body_name
from cdss.web.desk import Desk
from cdss.web.fields import Posted
from cdss.web.sessions import Patient, Session, Sessions

HTMX = "htmx-2.0.11.min.js"
_COOKIE = "cdss"
_MOST_FIELDS = 5000


class Pages:
    """Templates and sessions over one desk."""

    def __init__(self, desk: Desk, sessions: Sessions, *, recording: bool = False) -> None:
        """``recording`` is whether decisions can be recorded."""
        self.desk = desk
        self._sessions = sessions
        self._environment = Environment(
            loader=PackageLoader("cdss.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {"notice": NOTICE, "htmx": HTMX, "body_name": body_name}
        self._environment.globals |= {"recording": recording, "overrides": WORDING}

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page for the browser that asked; a browser without a session gets one."""
        session = self._sessions.find(request.cookies.get(_COOKIE))
        token = None
        if session is None:
            token, session = self._sessions.begin()
        text = self._environment.get_template(template).render(csrf=session.csrf, **values)
        answer = HTMLResponse(text, status)
        if token is not None:
            answer.set_cookie(_COOKIE, token, httponly=True, samesite="strict", path="/")
        return answer

    def problem(self, request: Request, text: str, status: int) -> HTMLResponse:
        """A page that says what is wrong."""
        return self.page(
            request,
            "problem.html.j2",
            status=status,
            title="This did not work",
            lines=text.splitlines(),
            back=self._back(request),
        )

    def _back(self, request: Request) -> str:
        """The page of the patient whose form was not taken; empty when there is none."""
        token, session = request.path_params.get("token", ""), self.session(request)
        return f"/p/{token}" if session is not None and token in session.patients else ""

    def session(self, request: Request) -> Session | None:
        """The session of the browser that asked; None when it has none."""
        return self._sessions.find(request.cookies.get(_COOKIE))

    def patient(self, request: Request, token: str) -> Patient:
        """A patient this browser has open. Raises HTTPException 404 otherwise."""
        session = self.session(request)
        if session is None or token not in session.patients:
            raise HTTPException(404)
        return session.patients[token]

    async def form(self, request: Request) -> tuple[Session, Posted, bytes | None]:
        """The session, the fields and the file of a posted form. Raises HTTPException 403 without its token."""
        session = self.session(request)
        found: dict[str, list[str]] = {}
        content = None
        async with request.form(max_files=1, max_fields=_MOST_FIELDS) as form:
            for name, value in form.multi_items():
                if isinstance(value, str):
                    found.setdefault(name, []).append(value)
                else:
                    content = await value.read()
        if session is None or not session.trusts("".join(found.get("csrf", []))):
            raise HTTPException(403)
        return session, found, content


def to(path: str) -> RedirectResponse:
    """Where to go after a form was taken."""
    return RedirectResponse(path, 303)
