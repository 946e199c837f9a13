"""The wire: HTTP/1.1 with kept-alive connections on 127.0.0.1, plain or TLS, on a thread of its own."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

COMPRESSED_FROM = 400


@dataclass(frozen=True)
class Request:
    verb: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """`drop`: the connection is reset instead, `close`: closed; `cut`: it is lost in the middle of the body."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    close: bool = False
    plain: bool = False
    cut: bool = False
    stall: threading.Event | None = None


class Server:
    """`answer` is called for each request, from many threads. `connections` counts those that were made."""

    def __init__(self, answer: Callable[[Request], Response], tls: ssl.SSLContext | None = None) -> None:
        self.answer, self.tls = answer, tls
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ends = False
        self._up = threading.Event()
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._up.set()
        self._thread = threading.Thread(target=self._accept, daemon=True, name="google-simulator")
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://{'localhost' if self.tls else '127.0.0.1'}:{self.port}"

    def down(self) -> None:
        """From now on no connection can be made, and those that there are end."""
        self._up.clear()
        self._hang_up()

    def up(self) -> None:
        if not self._up.is_set():
            self._listener = self._listen(self.port)
            self._up.set()

    def stop(self) -> None:
        self._ends = True
        self._hang_up()
        self._up.set()
        self._thread.join(timeout=10)
        assert not self._thread.is_alive(), "the simulator's thread does not end"

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
        return listener

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._ends:
            self._up.wait()
            try:
                connection, address = self._listener.accept()
            except OSError:
                continue
            threading.Thread(target=self._serve, args=(connection, address), daemon=True).start()

    def _serve(self, connection: socket.socket, address: Any) -> None:
        with self._lock:
            self.connections += 1
            self._open.add(connection)
        try:
            if self.tls is not None:
                wrapped = self.tls.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._open.discard(connection)
                    self._open.add(wrapped)
                connection = wrapped
            _Handler(connection, address, self)  # type: ignore[arg-type]  # it only keeps its server
        except OSError:
            pass  # the client has gone, or does not trust us
        finally:
            with self._lock:
                self._open.discard(connection)
            with contextlib.suppress(OSError):
                connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any
    timeout: ClassVar[float] = 60

    def _any(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        headers = {name.casefold(): value for name, value in self.headers.items()}
        response = self.server.answer(Request(self.command, self.path, headers, self.rfile.read(length)))
        if response.stall is not None:
            response.stall.wait(timeout=30)
        if response.close:
            self.close_connection = True
        elif response.drop or response.stall is not None:
            self._lose()
        else:
            self._send(response, not response.plain and "gzip" in headers.get("accept-encoding", ""))

    def __getattr__(self, name: str) -> Any:
        """Whatever the verb."""
        if name.startswith("do_"):
            return self._any
        raise AttributeError(name)

    def _send(self, response: Response, may_compress: bool) -> None:
        body, headers = response.body, dict(response.headers)
        if may_compress and len(body) >= COMPRESSED_FROM:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        headers["Content-Length"] = str(len(body))
        head = f"HTTP/1.1 {response.status} {self.responses.get(response.status, ('',))[0]}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        raw = head.encode() + b"\r\n" + body
        if response.cut:
            self.wfile.write(raw[: len(raw) - len(body) // 2])
            self._lose()
        else:
            self.wfile.write(raw)

    def _lose(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def log_message(self, *_args: object) -> None:
        """Quiet."""


def json_response(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    given = {"Content-Type": "application/json; charset=UTF-8", **(headers or {})}
    return Response(status, json.dumps(body).encode(), given)


def http_date(at: Any) -> str:
    return format_datetime(at, usegmt=True)
