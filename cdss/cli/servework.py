"""What ``cdss serve`` does: the page on one address of this machine, without an access log."""

from __future__ import annotations

import gc
import ipaddress
from importlib.util import find_spec
from pathlib import Path

import typer

from cdss.cli.minuteswork import open_minutes
from cdss.cli.work import open_session
from cdss.errors import CdssError
from cdss.locations import cases_folder


def serve(host: str, port: int, cases: Path | None, rules: Path | None, db: Path | None) -> None:
    """Answer until interrupted; with ``db`` decisions can be recorded there.

    Raises CdssError where the page, or what the minutes need, is not installed, or the port is taken.
    """
    if any(find_spec(name) is None for name in ("fastapi", "uvicorn", "python_multipart")):
        raise CdssError("the page needs its extra: install it with pip install 'net-cdss[web]'")
    from cdss.web.app import create_app
    from cdss.web.desk import Desk
    from cdss.web.listen import listen

    minutes = open_minutes(db) if db else None
    session = open_session(rules)
    here = _is_here(host)
    app = create_app(
        Desk(session.library, session.engine, cases_folder(), cases), (host,), anywhere=not here, minutes=minutes
    )
    if not here:
        typer.echo(
            "warning: this address can be reached from other machines. There is no login and no encryption: "
            "whoever reaches it can use the page.",
            err=True,
        )
    # Unlike a command, a server collects its garbage; the rules stay for good and need not be searched each time.
    gc.freeze()
    gc.enable()
    listen(app, host, port, lambda address: typer.echo(f"cdss is at {address} (Ctrl-C ends it)"))


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
