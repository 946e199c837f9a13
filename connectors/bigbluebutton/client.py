"""How do we ask a BigBlueButton server? Signed GETs, bounded, on its host alone (CAL-28, CAL-30).

What goes wrong is told by what to do next. The address of a call is a key to the server for whoever reads it, so it
stands in no error.
"""

from __future__ import annotations

import hashlib
import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from threading import Lock
from urllib.parse import urlencode

import httpx

from connectors.bigbluebutton import Settings
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, Retryable

ANSWER_BYTES_MAX = 4_000_000
ANSWER_SECONDS_MAX = 30
RETRY_AFTER_MAX = timedelta(hours=1)

for _chatty in ("httpx", "httpcore"):
    logging.getLogger(_chatty).setLevel(logging.ERROR)  # they log addresses, and these are signed


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `read_at`: the server's time of it (RFC 9110 6.6.1)."""

    body: bytes
    read_at: datetime | None


def signed(call: str, query: Mapping[str, str], secret: str, algorithm: str) -> str:
    """`call?query&checksum=`: the hash is over call, query and secret, without a separator."""
    text = urlencode(query)
    mark = hashlib.new(algorithm, f"{call}{text}{secret}".encode()).hexdigest()
    return f"{call}?{text}&checksum={mark}" if text else f"{call}?checksum={mark}"


class Client:
    """One server's connections; may be used by several threads."""

    def __init__(self, settings: Settings, credential: Callable[[str], str], clock: Clock) -> None:
        self._settings = settings
        self._credential = credential
        self._clock = clock
        self._http: httpx.Client | None = None
        self._opening = Lock()

    def address(self, call: str, query: Mapping[str, str]) -> str:
        settings = self._settings
        return settings.url + signed(call, query, self._credential(settings.credential), settings.hash)

    def ask(self, call: str, query: Mapping[str, str]) -> Answer:
        """Raises Retryable, Misconfigured."""
        until = self._clock.monotonic() + ANSWER_SECONDS_MAX
        trouble: Exception
        try:
            with self._client().stream("GET", self.address(call, query)) as response:
                pieces, size = [], 0
                for piece in response.iter_bytes():
                    size += len(piece)
                    if size > ANSWER_BYTES_MAX or self._clock.monotonic() > until:
                        raise httpx.ReadError("more than we take in")
                    pieces.append(piece)
                status, headers = response.status_code, response.headers
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            trouble = _unanswered(error)
        else:
            return self._judged(status, headers, b"".join(pieces))
        raise trouble

    def _judged(self, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
        if status == 429 or status >= 500:
            raise Retryable(f"the server answers {status}", retry_after=_wait(headers.get("retry-after", "")))
        if status != 200:
            raise Misconfigured(
                f"the server answers {status}",
                hint="is `url` what `bbb-conf --secret` prints, ending in /bigbluebutton/?",
            )
        return Answer(body, _http_date(headers.get("date", "")))

    def _client(self) -> httpx.Client:
        with self._opening:
            if self._http is None:
                self._http = httpx.Client(
                    verify=_trusted(self._settings),
                    trust_env=False,
                    follow_redirects=False,
                    timeout=self._settings.timeout_seconds,
                    limits=httpx.Limits(max_connections=4, keepalive_expiry=60),
                    headers={"User-Agent": "syncd"},
                )
            return self._http


def _unanswered(error: Exception) -> Exception:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Misconfigured(
                f"the server's certificate is not trusted: {cause.verify_message}",
                hint="has it an authority of its own? Then name that in `ca_file`",
            )
        cause = cause.__cause__ or cause.__context__
    return Retryable(f"no whole answer: {type(error).__name__}", hint="does the server run, and is there a way to it?")


def _trusted(settings: Settings) -> ssl.SSLContext:
    if settings.ca_file is None:
        return _systems()
    try:
        return ssl.create_default_context(cafile=str(settings.ca_file))
    except (OSError, ssl.SSLError) as error:
        reason = type(error).__name__
    raise Misconfigured(
        f"the authorities in {settings.ca_file} cannot be read: {reason}",
        hint="`ca_file` is a PEM file with certificates",
    )


@cache
def _systems() -> ssl.SSLContext:
    """The system's authorities; reading them takes longer than all else at a start."""
    return ssl.create_default_context()


def _wait(said: str) -> timedelta | None:
    return (
        min(timedelta(seconds=int(said)), RETRY_AFTER_MAX)
        if said.isascii() and said.isdigit() and len(said) < 7
        else None
    )


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
