"""Who has which patients open: kept in memory under random tokens, forgotten when the server ends or room is needed."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from cdss.case import Case
from cdss.values import Value

_MOST_SESSIONS = 50
_MOST_PATIENTS = 40


@dataclass(frozen=True, slots=True)
class Patient:
    """A case on the table and how it is looked at. ``changes`` are the facts changed for the sake of argument.

    ``text`` is the case file as it was read.
    """

    case: Case
    text: str
    on: str | None = None
    as_of: date | None = None
    other: date | None = None
    jurisdictions: tuple[str, ...] = ()
    changes: Mapping[str, Value | None] = field(default_factory=lambda: MappingProxyType({}))


class Session:
    """One browser: its token against forged forms, and its patients by token, oldest first."""

    def __init__(self) -> None:
        self.csrf = secrets.token_urlsafe(24)
        self.patients: OrderedDict[str, Patient] = OrderedDict()

    def trusts(self, token: str) -> bool:
        """Whether a form carries this session's token."""
        return hmac.compare_digest(self.csrf.encode(), token.encode())

    def open(self, patient: Patient) -> str:
        """Keep a patient; its token. The oldest gives way when there are very many."""
        token = secrets.token_urlsafe(12)
        self.patients[token] = patient
        while len(self.patients) > _MOST_PATIENTS:
            self.patients.popitem(last=False)
        return token

    def keep(self, token: str, patient: Patient) -> None:
        """Put a patient that is looked at otherwise in the place of the one held."""
        self.patients[token] = patient

    def close(self, token: str) -> None:
        """Forget a patient; nothing happens when it is not held."""
        self.patients.pop(token, None)


class Sessions:
    """All browsers, by the random token of their cookie."""

    def __init__(self) -> None:
        self._by_token: OrderedDict[str, Session] = OrderedDict()

    def find(self, token: str | None) -> Session | None:
        """The session of a cookie; None when there is none."""
        found = self._by_token.get(token or "")
        if found is not None and token is not None:
            self._by_token.move_to_end(token)
        return found

    def begin(self) -> tuple[str, Session]:
        """A new session and its token. The one unused for longest gives way when there are very many."""
        token = secrets.token_urlsafe(32)
        self._by_token[token] = Session()
        while len(self._by_token) > _MOST_SESSIONS:
            self._by_token.popitem(last=False)
        return token, self._by_token[token]
