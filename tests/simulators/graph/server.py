"""How is the simulator reached? Over TLS on 127.0.0.1, in threads of this process, ended by `close`."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

BODY_BYTES_MAX = 4_000_000


@dataclass(frozen=True)
class Request:
    method: str
    host: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """`drops`: the connection is closed instead. `cuts`: the body breaks off in the middle."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drops: bool = False
    cuts: bool = False


class TlsServer(ThreadingHTTPServer):
    """`answer` gets every request. `refuses()`: whether connections are broken off at once."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, context: ssl.SSLContext, answer: Callable[[Request], Response]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.context = context
        self.answer = answer
        self.refuses: Callable[[], bool] = lambda: False
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        if self.refuses():
            return
        with contextlib.suppress(OSError, ssl.SSLError):
            secured = self.context.wrap_socket(request, server_side=True)
            self._open.add(secured)
            try:
                super().finish_request(secured, client_address)
            finally:
                self._open.discard(secured)
                secured.close()

    def hang_up(self) -> None:
        """Break off every connection that stands."""
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.shutdown()
        self.hang_up()
        self.server_close()
        self._thread.join(timeout=5)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is none of the server's faults; anything else ends up in `answer`'s own answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: TlsServer

    def handle_one_request(self) -> None:
        if self.server.refuses():
            self.close_connection = True
            return
        super().handle_one_request()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            self.command,
            (self.headers.get("Host") or "").rpartition(":")[0],
            tuple(unquote(each) for each in parts.path.split("/")[1:]),
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(min(length, BODY_BYTES_MAX)),
        )
        response = Response(503, drops=True) if self.server.refuses() else self.server.answer(request)
        if response.drops:
            self.close_connection = True
            return
        body = response.body[: len(response.body) // 2] if response.cuts else response.body
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if response.status != 204:
            self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _serve  # noqa: N815 - as http.server calls them

    def log_message(self, *_: Any) -> None:
        """Nothing: the simulator keeps its own record."""
