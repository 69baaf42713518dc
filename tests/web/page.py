"""The page as a browser without script sees it, for the tests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from fastapi.testclient import TestClient
from httpx2 import Response

from cdss.cli.work import Session, open_session
from cdss.locations import cases_folder
from cdss.minutes.store import Minutes
from cdss.web.app import create_app
from cdss.web.desk import Desk
from cdss.web.sessions import Patient, Sessions

Sent = Mapping[str, str | Sequence[str]]


@cache
def rules() -> Session:
    return open_session(None)


class Browser:
    """One browser with its session."""

    def __init__(self, folder: Path | None = None, *, anywhere: bool = False, minutes: Minutes | None = None) -> None:
        session = rules()
        self.desk = Desk(session.library, session.engine, cases_folder(), folder)
        self.app = create_app(self.desk, anywhere=anywhere, minutes=minutes)
        self.client = TestClient(self.app, base_url="http://127.0.0.1")
        self.csrf = self.token_in(self.client.get("/").text)

    @staticmethod
    def token_in(text: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', text)
        assert found
        return found[1]

    def post(
        self, path: str, fields: Mapping[str, str | Sequence[str]] | None = None, *, script: bool = False
    ) -> Response:
        headers = {"HX-Request": "true"} if script else {}
        return self.client.post(path, data={"csrf": self.csrf, **(fields or {})}, headers=headers)

    def patient(self, path: str) -> Patient:
        """What the server holds of the patient of a page."""
        sessions: Sessions = self.app.state.sessions
        session = sessions.find(self.client.cookies["cdss"])
        assert session is not None
        return session.patients[path.rpartition("/")[2]]

    def open(self, case: str = "rectum/noe-2016") -> str:
        """The path of the patient's page."""
        answer = self.post("/open", {"case": case})
        assert answer.status_code == 200
        return str(answer.url.path)
