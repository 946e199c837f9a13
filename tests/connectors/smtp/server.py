"""A real mail server on loopback (aiosmtpd) with fault knobs, in a thread of its own with its own event loop."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from asyncio import WriteTransport
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from syncd.ports.mail import Envelope

USER, PASSWORD = "desk", "correct horse"


@dataclass
class Server:
    """The handler of aiosmtpd, and the server around it. `answers`: what to say next at a stage, once each."""

    tls: ssl.SSLContext | None = None
    starttls: ssl.SSLContext | None = None
    sign_in: bool = False
    port: int = 0
    connections: int = 0
    accepted: list[Envelope] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    lose_answers: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _server: asyncio.Server | None = None
    _open: set[Any] = field(default_factory=set)

    def say(self, stage: str, answer: str) -> None:
        """At the stage `greet`, `mail`, `rcpt` or `data`, the next answer is this one."""
        self.answers.setdefault(stage, []).append(answer)

    def _next(self, stage: str) -> str | None:
        waiting = self.answers.get(stage)
        return waiting.pop(0) if waiting else None

    # aiosmtpd calls these.

    async def handle_EHLO(
        self, server: SMTP, session: Any, envelope: Any, name: str, responses: list[str]
    ) -> list[str]:
        session.host_name = name
        said = self._next("greet")
        return [said] if said else responses

    async def handle_HELO(self, server: SMTP, session: Any, envelope: Any, name: str) -> str:
        session.host_name = name
        return self._next("greet") or "250 mail.test"

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        said = self._next("mail")
        if said is None:
            envelope.mail_from = address
        return said or "250 2.1.0 sender ok"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        said = self._next("rcpt")
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 2.1.5 recipient ok"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        said = self._next("data")
        if said is not None:
            return said
        (recipient,) = envelope.rcpt_tos
        self.accepted.append(Envelope(envelope.mail_from, recipient, envelope.original_content))
        if self.lose_answers:
            self.lose_answers -= 1
            assert isinstance(server.transport, WriteTransport)
            server.transport.abort()
        return f"250 2.0.0 taken as {len(self.accepted)}"

    def _authenticate(self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    def _protocol(self) -> SMTP:
        server = self

        class Counted(SMTP):
            def connection_made(self, transport: Any) -> None:
                server.connections += 1
                server._open.add(transport)
                super().connection_made(transport)

            def connection_lost(self, error: Exception | None) -> None:
                server._open.discard(self.transport)
                super().connection_lost(error)

        return Counted(
            self,
            hostname="mail.test",
            loop=self._loop,
            tls_context=self.starttls,
            authenticator=self._authenticate if self.sign_in else None,
            auth_required=self.sign_in,
            auth_require_tls=not self.sign_in,
        )

    # From the test's thread.

    def drop_connections(self) -> None:
        self._in_loop(self._abort_all())

    def go_away(self) -> None:
        self._in_loop(self._close())

    def come_back(self) -> None:
        self._in_loop(self._listen())

    async def _abort_all(self) -> None:
        for transport in list(self._open):
            transport.abort()

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._abort_all()

    async def _listen(self) -> None:
        assert self._loop is not None
        self._server = await self._loop.create_server(self._protocol, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    def _in_loop(self, work: Any) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    @contextmanager
    def running(self) -> Iterator[Server]:
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        try:
            self.come_back()
            yield self
        finally:
            self.go_away()
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)
            self._loop.close()


@contextmanager
def silent_server(greeting: bytes = b"") -> Iterator[int]:
    """A port that takes connections, says `greeting`, and nothing after."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.sendall(greeting)
                taken.append(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            for connection in taken:
                connection.close()
