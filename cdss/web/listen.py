"""The server: one process, one thread, no access log."""

from __future__ import annotations

from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from cdss.errors import CdssError


def listen(app: FastAPI, host: str, port: int, tell: Callable[[str], None]) -> None:
    """Answer until interrupted; ``tell`` gets the address once it is taken. Raises CdssError when it cannot be."""
    config = uvicorn.Config(
        app, host=host, port=port, access_log=False, log_level="error", server_header=False, proxy_headers=False
    )
    try:
        taken = config.bind_socket()
    except SystemExit:
        raise CdssError(f"cannot listen at {host}, port {port}; another server may be there: try --port") from None
    taken.listen(config.backlog)  # whoever reads the address may call at once
    shown = f"[{host}]" if ":" in host else host
    tell(f"http://{shown}:{taken.getsockname()[1]}/")
    uvicorn.Server(config).run(sockets=[taken])
