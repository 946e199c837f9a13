"""Over which connection? One kept-alive connection to a host for each thread, bounded, that follows nothing.

GOO-2 (httplib2.Http is not thread-safe, and a new one costs a handshake), CAL-30 (no redirect; TLS always verified),
spec/reliability.md 5 (bounded answers).
"""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httplib2
from httplib2.decode import DecodeLimitError, DecodeRatioError

from connectors.google_calendar import Settings
from syncd.ports.clock import Clock

ANSWER_BYTES_MAX = 10 * 1024 * 1024
ANSWER_SECONDS_MAX = 120.0
_PIECE = 65_536


BROKEN = (httplib2.HttpLib2Error, OSError, http.client.HTTPException, ValueError, RecursionError)
"""What a request may raise when there is no whole answer."""


class AnswerTooLarge(http.client.HTTPException):
    """More bytes, or a longer trickle of them, than any answer has."""


class Connections:
    """Each thread's own `httplib2.Http`, made when it is first needed."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._local = threading.local()
        self._kinds = _kinds(clock)

    def http(self) -> httplib2.Http:
        held: httplib2.Http | None = getattr(self._local, "http", None)
        if held is None:
            ca_file = self._settings.ca_file
            held = httplib2.Http(
                timeout=self._settings.timeout_seconds,
                ca_certs=None if ca_file is None else str(ca_file),
                decode_limit_hard=ANSWER_BYTES_MAX,
            )
            held.follow_redirects = False
            self._local.http = held
        return held

    def send(self, uri: str, method: str, body: Any, headers: dict[str, str]) -> tuple[Any, bytes]:
        """One request. Whatever breaks, the connection is closed: a late answer is never taken for the next one."""
        answer: tuple[Any, bytes] | None = None
        with contextlib.suppress(DecodeLimitError, DecodeRatioError), self._closed_unless_done():
            answer = self.http().request(
                uri, method=method, body=body, headers=headers, connection_type=self._kinds[urlsplit(uri).scheme]
            )
        if answer is None:
            raise AnswerTooLarge("a compressed answer without an end")
        return answer

    @contextlib.contextmanager
    def _closed_unless_done(self) -> Iterator[None]:
        done = False
        try:
            yield
            done = True
        finally:
            if not done:
                self.drop()

    def drop(self) -> None:
        """Close this thread's connections; the next request makes new ones."""
        held: httplib2.Http | None = getattr(self._local, "http", None)
        if held is not None:
            held.close()


def _kinds(clock: Clock) -> dict[str, type]:
    """httplib2's connections, with bounded answers."""

    class Answer(_Bounded):
        monotonic = staticmethod(clock.monotonic)

    class Plain(httplib2.HTTPConnectionWithTimeout):
        response_class = Answer

    class Tls(httplib2.HTTPSConnectionWithTimeout):
        response_class = Answer

    return {"http": Plain, "https": Tls}


class _Bounded(http.client.HTTPResponse):
    monotonic: Callable[[], float]

    def read(self, amt: int | None = None) -> bytes:
        if amt is not None:
            return super().read(amt)
        until, pieces, size = self.monotonic() + ANSWER_SECONDS_MAX, [], 0
        while piece := super().read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > ANSWER_BYTES_MAX or self.monotonic() > until:
                raise AnswerTooLarge("an answer without an end")
        if self.length:
            raise http.client.IncompleteRead(b"", self.length)
        return b"".join(pieces)
