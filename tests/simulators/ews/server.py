"""A server that answers EWS over TLS on loopback: one thread a connection, ended by the test that started it."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import parse_qs

from lxml import etree

from tests.simulators.ews import soap
from tests.simulators.ews.access import Caller, User
from tests.simulators.ews.auth import TOKEN_SECONDS, Doors, NotIn
from tests.simulators.ews.faults import WRITES, Faults
from tests.simulators.ews.reads import Reads
from tests.simulators.ews.soap import Fault, Judge, S
from tests.simulators.ews.state import World
from tests.simulators.ews.writes import Writes

PATH, TOKEN_PATH = "/EWS/Exchange.asmx", "/adfs/oauth2/token"
BUILD_2019 = (15, 2, 1544, 9)
IDLE_SECONDS = 30
NOT_XML = b"{a control character}"
"""Stands in a text for what the true server says as it is, though no XML may."""


@dataclass
class Asked:
    """One request that reached the service."""

    operation: str
    user: str
    acting_as: str | None
    body: str


@dataclass
class Service:
    """What stands behind the door, and all that a test may look at or turn."""

    world: World
    doors: Doors
    faults: Faults = field(default_factory=Faults)
    judge: Judge = field(default_factory=Judge)
    build: tuple[int, int, int, int] = BUILD_2019
    requests: int = 0
    asked: list[Asked] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    token_answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)  # instead of a token, in turn
    token_requests: list[dict[str, str]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, envelope: Any, operation: str, user: User) -> tuple[int, Any]:
        """The status, and the answer's envelope."""
        problems = self.judge.look(envelope, "request")
        try:
            if problems:
                raise Fault("ErrorSchemaValidation", "; ".join(problems))
            self.faults.check(operation)
            self.faults.meanwhile(operation)
            caller = Caller.of(envelope, user, self.world)
            request = envelope.find(f"{S}Body")[0]
            self.asked.append(Asked(operation, user.name, caller.acting_as, etree.tostring(request).decode()))
            body, status = self._operation(operation, caller)(request), 200
        except Fault as fault:
            body, status = soap.fault(fault), 500
        spoken = soap.envelope(body, self.build)
        self.judge.look(spoken, "response")
        return status, spoken

    def _operation(self, operation: str, caller: Caller) -> Callable[[Any], Any]:
        reads = Reads(self.faults.replica or self.world, caller, self.faults)
        writes = Writes(self.world, caller)
        known: dict[str, Callable[[Any], Any]] = {
            "GetFolder": reads.get_folder,
            "FindFolder": reads.find_folder,
            "GetItem": reads.get_item,
            "FindItem": reads.find_item,
            "SyncFolderItems": reads.sync_folder_items,
            "GetServerTimeZones": reads.get_server_time_zones,
            "CreateItem": writes.create_item,
            "UpdateItem": writes.update_item,
            "DeleteItem": writes.delete_item,
        }
        if operation not in known:
            raise Fault("ErrorInvalidRequest", f"{operation} is not simulated")
        return known[operation]

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The issuer's answer (RFC 6749 4.4, 6)."""
        self.token_requests.append(form)
        if self.token_answers:
            return self.token_answers.pop(0)
        user = next(iter(self.doors.users))
        if form.get("client_secret") != self.doors.users[user].password:
            return 401, {"error": "invalid_client"}
        grant = form["grant_type"]
        if grant == "authorization_code" and form.get("code") not in self.doors.codes:
            return 400, {"error": "invalid_grant"}
        issued = {"access_token": self.doors.issue(user), "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return 200, issued | ({} if grant == "client_credentials" else {"refresh_token": "again"})


class Server:
    """Listens on a port of its own until closed."""

    def __init__(self, service: Service, tls: ssl.SSLContext) -> None:
        self.service = service
        self._tcp = _Tcp(("127.0.0.1", 0), _handler(service, tls))
        self._thread = threading.Thread(target=self._tcp.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        return f"https://127.0.0.1:{self._tcp.server_address[1]}"

    @property
    def endpoint(self) -> str:
        return self.host + PATH

    def close(self) -> None:
        self._tcp.shutdown()
        self._tcp.hang_up()
        self._tcp.server_close()
        self._thread.join(timeout=5)


class _Tcp(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, *args: Any) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for each in tuple(self.open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that break are part of the game; errors of ours are kept by the handler."""


def _handler(service: Service, tls: ssl.SSLContext) -> type[BaseHTTPRequestHandler]:
    class Handler(_Conversation):
        def setup(self) -> None:
            if service.faults.down:
                raise ConnectionAbortedError
            self.request = tls.wrap_socket(self.request, server_side=True)
            self.service = service
            self.connection_state: dict[str, Any] = {}
            super().setup()

    return Handler


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    service: Service
    connection_state: dict[str, Any]

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.service.lock:
            if self.service.faults.down:
                self.close_connection = True
                return
            try:
                self._post(content)
            except Exception as error:
                self.service.errors.append(f"{type(error).__name__}: {error}")
                self._say(500, b"The simulated server failed.")

    def _post(self, content: bytes) -> None:
        if self.path == TOKEN_PATH:
            form = {name: values[0] for name, values in parse_qs(content.decode()).items()}
            status, answer = self.service.token(form)
            self._say(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})
            return
        self.service.requests += 1
        if self.path != PATH:
            self._say(404, b"No such page.")
            return
        envelope = etree.fromstring(content) if content else None
        body = None if envelope is None else envelope.find(f"{S}Body")
        operation = "" if body is None else etree.QName(body[0]).localname
        instead = self.service.faults.instead(operation)
        if instead is not None:
            self._say(instead.status, instead.body, instead.headers)
            return
        try:
            user = self.service.doors.judge(self.headers.get("Authorization"), self.connection_state)
        except NotIn as not_in:
            self._say(401, b"", {"WWW-Authenticate": not_in.challenges})
            return
        status, spoken = self.service.answer(envelope, operation, user)
        if operation in WRITES and self.service.faults.drops_next_write_answer:
            self.service.faults.drops_next_write_answer = False
            self.close_connection = True
            return
        said = soap.spoken(spoken).replace(NOT_XML, b"&#x1;")
        said = said[: len(said) * 2 // 3] if self.service.faults.cuts else said
        self._say(status, said, {"Content-Type": "text/xml; charset=utf-8"})

    def _say(self, status: int, body: bytes, headers: dict[str, Any] | None = None) -> None:
        now = self.service.world.now + self.service.faults.skew
        lines = [
            f"HTTP/1.1 {status} Said",
            f"Date: {format_datetime(now, usegmt=True)}",
            f"Content-Length: {len(body)}",
        ]
        for name, value in (headers or {}).items():
            lines += [f"{name}: {each}" for each in ((value,) if isinstance(value, str) else value)]
        self.wfile.write("\r\n".join((*lines, "", "")).encode() + body)
