"""What every request and every answer must satisfy: the host, the origin, the size, the headers, no word of a fault.

The host is checked here and not by Starlette's middleware, which cannot read the address of an IPv6 host.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1_100_000
"""A case file of one megabyte and the form around it."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_LOG = logging.getLogger("cdss.web")


class _TooLarge(Exception):
    pass


class Guard:
    """Refuses what may not come in, and puts the headers on whatever goes out."""

    def __init__(self, app: ASGIApp, names: Iterable[str] = (), *, anywhere: bool = False) -> None:
        """``names`` are further host names; ``anywhere`` also answers to addresses beyond this machine."""
        self._app = app
        self._names = {"localhost", *(name.lower() for name in names)}
        self._anywhere = anywhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        started = False

        async def sent(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                out = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    out[name] = value
            await send(message)

        refusal = self._refusal(scope["method"], headers)
        if refusal is not None:
            await refusal(scope, receive, sent)
            return
        try:
            await self._app(scope, _counted(receive), sent)
        except _TooLarge:
            await _too_large()(scope, receive, sent)
        except Exception as fault:
            # Its text may hold a patient's value; its name and place do not.
            last = fault.__traceback__
            while last is not None and last.tb_next is not None:
                last = last.tb_next
            where = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else "nowhere"
            _LOG.error("a page failed: %s at %s", type(fault).__name__, where)
            if not started:
                text = "This page failed. Nothing was decided or stored. Go back, and try once more."
                await PlainTextResponse(text, 500)(scope, receive, sent)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "")
        if not self._welcome(host):
            return PlainTextResponse("This server does not answer to that name. Use the address it printed.", 400)
        if method == "POST":
            if not _from_here(headers, host):
                return PlainTextResponse("This form came from another page and was refused.", 403)
            length = headers.get("content-length", "0")
            if not length.isdigit() or int(length) > MAX_BODY:
                return _too_large()
        return None

    def _welcome(self, host: str) -> bool:
        """A name made to point here by somebody else is refused: only known names, and addresses, are answered."""
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        if name.lower() in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return self._anywhere or address.is_loopback


def _from_here(headers: Headers, host: str) -> bool:
    """Whether a form was sent by a page of this server. Under no-referrer a browser calls its own origin "null"."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none") and origin in (None, "null", f"http://{host}", f"https://{host}")
    return origin in (None, f"http://{host}", f"https://{host}")


def _too_large() -> PlainTextResponse:
    return PlainTextResponse("This is larger than 1 MB. A case file is small: is it the right file?", 413)


def _counted(receive: Receive) -> Receive:
    taken = 0

    async def read() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAX_BODY:
            raise _TooLarge
        return message

    return read
