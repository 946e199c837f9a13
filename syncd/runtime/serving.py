"""Who serves the pages? uvicorn in a thread of its own; the daemon's loop and the pages share no event loop."""

from __future__ import annotations

import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from syncd.config.settings import WebSettings
from syncd.ports.errors import Misconfigured

GRACE_SECONDS = 3
BACKLOG = 512
CONNECTIONS_MAX = 1_000


class WebServer:
    """`start` returns once the socket listens; `stop` lets answers finish for a moment; `ending`: told
    to streams, which would go on for ever."""

    def __init__(self, app: ASGIApp, settings: WebSettings, ending: threading.Event | None = None) -> None:
        self._ending = ending or threading.Event()
        self._socket = _listen(settings.host, settings.port)
        self.port = int(self._socket.getsockname()[1])
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=True,
                forwarded_allow_ips=list(settings.proxies),
                limit_concurrency=CONNECTIONS_MAX,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._thread = threading.Thread(target=self._serve, name="syncd-web", daemon=True)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; `join` waits for it."""
        self._ending.set()
        self._server.should_exit = True

    def join(self, seconds: float) -> None:
        self._thread.join(max(0.0, seconds))
        self._socket.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise Misconfigured(
            f"the pages cannot listen on {host}, port {port}: {error.strerror}",
            hint="is another program there? Set web.port, or `--port` (make run PORT=…)",
        ) from None
    return listening
