"""A small HTTP proxy that stands between a connector and a real CalDAV server, and spoils what it is told to.

One upstream; requests and answers pass unchanged unless a fault is set. Faults are set and cleared from the test's
thread. Knows just enough WebDAV to page, repeat, empty or falsify a listing.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from tests.simulators.faulty_listing import Faults, Listing, Memory, Refusal

WRITES = ("PUT", "DELETE")
READS = ("GET", "PROPFIND", "REPORT", "OPTIONS")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class FaultyProxy(Memory):
    """`ground` is what it does even when healed. With `tls` it speaks TLS to the connector."""

    def __init__(self, upstream_port: int, refusal: Refusal | None = None, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(refusal or Refusal())
        self.upstream_port = upstream_port
        self.ground = Faults()
        self.tls = tls
        self.seen: list[Seen] = []
        self._server: ThreadingHTTPServer | None = None
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.port = 0
        self.up()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def up(self) -> None:
        if self._server is not None:
            return
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = _Listener(("127.0.0.1", self.port), handler)
        self.port = int(self._server.server_address[1])
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def down(self) -> None:
        """Nobody listens, and what was connected is cut."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        with self._lock:
            for connection in self._connections:
                _cut(connection)
            self._connections.clear()

    def heal(self) -> None:
        self.faults = replace(self.ground)
        self.up()

    def lose_tokens(self) -> None:
        self.faults.lost_tokens = frozenset(self.tokens)

    # -- what the handlers call ------------------------------------------------------------------------------------

    def joined(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)

    def left(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def takes_fault(self, method: str) -> bool:
        """Is this request to be refused with `faults.status`? Counts it."""
        faults = self.faults
        with self._lock:
            writes = method in WRITES
            if faults.status is None or (faults.writes_only and not writes) or (faults.reads_only and writes):
                return False
            if faults.times is not None:
                if faults.times <= 0:
                    return False
                faults.times -= 1
            return True


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be closed already
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: ClassVar[FaultyProxy]
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Silent: what passes is private (CAL-10)."""

    def setup(self) -> None:
        super().setup()
        self.proxy.joined(self.connection)

    def finish(self) -> None:
        self.proxy.left(self.connection)
        with contextlib.suppress(OSError):  # the other side may have gone
            super().finish()

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        proxy, faults = self.proxy, self.proxy.faults
        proxy.seen.append(Seen(self.command, self.path, dict(self.headers.items()), body))
        if faults.redirect is not None:
            return self.answer(302, {"Location": faults.redirect + self.path}, b"")
        if proxy.takes_fault(self.command):
            after = {"Retry-After": faults.retry_after} if faults.retry_after is not None else {}
            return self.answer(faults.status or 500, after, b"refused")
        refused = faults.items_refused.get(self.path.rsplit("/", 1)[-1])
        if refused is not None and self.command == "GET":
            return self.answer(refused, {}, b"")
        spoilt = Listing(proxy, self.command, self.path, body).answered()
        if spoilt is not None:
            return self.answer(*spoilt)
        status, headers, content = self.forward(body)
        if self.command in WRITES and faults.drop_next_write:
            faults.drop_next_write = False
            self.close_connection = True
            return _cut(self.connection)
        if status in (200, 207):
            content = Listing(proxy, self.command, self.path, body).spoil(content)
        return self.answer(status, headers, content)

    do_GET = do_PUT = do_DELETE = do_OPTIONS = do_PROPFIND = do_REPORT = handle_any  # noqa: N815 (the library's names)

    def forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        faults = self.proxy.faults
        port = self.proxy.upstream_port
        if faults.reads_from is not None and self.command in READS:
            port = faults.reads_from
        upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            passed = {
                k: v for k, v in self.headers.items() if k.lower() not in ("host", "accept-encoding", "connection")
            }
            upstream.request(self.command, self.path, body or None, passed)
            answer = upstream.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            upstream.close()

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        faults = self.proxy.faults
        kept = {k: v for k, v in headers.items() if k.lower() not in HOP_BY_HOP}
        if self.command == "PUT" and faults.no_etag_on_put:
            kept = {k: v for k, v in kept.items() if k.lower() != "etag"}
        if faults.weak_etags:
            kept = {k: f"W/{v}" if k.lower() == "etag" else v for k, v in kept.items()}
        if faults.auto_schedule and self.command == "OPTIONS":
            kept = {k: f"{v}, calendar-auto-schedule" if k.lower() == "dav" else v for k, v in kept.items()}
        if faults.cut and status in (200, 207):
            body = body[: len(body) // 2]
        told = headers.get("Date") or headers.get("date") or self.date_time_string()
        date = parsedate_to_datetime(told).astimezone(UTC) + faults.skew
        self.send_response_only(status)
        for name, value in {**kept, "Date": format_datetime(date, usegmt=True)}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Elsewhere:
    """A host that nobody may be sent to: it counts who comes."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.visits = 0
        threading.Thread(target=self._count, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()

    def close(self) -> None:
        _cut(self._socket)
        self._socket.close()
