"""How do bytes get to Microsoft and back? One HTTPS client for sign-in and Graph, on the configured hosts alone.

CAL-28, CAL-30: no redirect is followed, no other host is spoken to, TLS is verified, nothing is repeated and nobody
sleeps. Whatever goes wrong is told as what to do next, without a word of the answer's body (CAL-10).
"""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import httpx

from connectors.msgraph import Settings
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, Retryable

ANSWER_BYTES_MAX = 64_000_000
ANSWER_SECONDS_MAX = 300
CONNECTIONS_MAX = 8
RETRY_AFTER_MAX = timedelta(days=1)

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

for _chatty in ("httpx", "httpcore", "hpack", "msal", "urllib3"):
    logging.getLogger(_chatty).setLevel(logging.ERROR)  # CAL-10: they log addresses, headers and bodies


class Unanswered(Exception):
    """The request may have arrived; no whole answer came back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole. Headers by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def read_at(self) -> datetime | None:
        """The server's time of the answer (RFC 9110 6.6.1)."""
        return _http_date(self.headers.get("date", ""))

    def parsed(self) -> dict[str, Any] | None:
        """The body as a JSON object; None where it is none (broken off, or a proxy's page)."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    def wait(self, now: datetime) -> timedelta | None:
        """Retry-After in seconds or as a date (RFC 9110 10.2.3); None where it says nothing of use."""
        said = self.headers.get("retry-after", "").strip()
        if said.isascii() and said.isdigit():
            return min(timedelta(seconds=min(int(said), 10**6)), RETRY_AFTER_MAX)
        until = _http_date(said)
        if until is None:
            return None
        left = until - (self.read_at or now)
        return min(left, RETRY_AFTER_MAX) if left > timedelta() else None


class Network:
    """One account's connections; may be used by several threads."""

    def __init__(self, settings: Settings, ca_file: str | None, clock: Clock) -> None:
        self._timeout = settings.timeout_seconds
        self._ca_file = ca_file
        self._clock = clock
        self._hosts = frozenset(_host(url) for url in (settings.authority, settings.base_url))
        self._http: httpx.Client | None = None
        self._opening = Lock()

    def exchange(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Answer:
        """One request. Raises Unanswered, Retryable (it was never sent), Misconfigured (off the hosts, TLS, redirect).

        An answer that asks us to go elsewhere is refused here, so that nobody above follows it (CAL-30).
        """
        self.check(url)
        answer = self._once(method, url, headers, content)
        if 300 <= answer.status < 400:
            raise Misconfigured(
                f"{urlsplit(url).netloc} answered with a redirect, which is not followed",
                hint="Set `authority` and `base_url` to those of your cloud (CAL-30).",
            )
        return answer

    def check(self, url: str) -> str:
        """The same address, if it is on a configured host; raises Misconfigured."""
        if not self.serves(url):
            raise Misconfigured(
                f"an answer points to {urlsplit(url).netloc[:100] or 'nowhere'}, which is not configured",
                hint="In a national cloud set `authority` and `base_url` to its hosts; else do not trust this network.",
            )
        return url

    def serves(self, url: str) -> bool:
        try:
            return _host(url) in self._hosts
        except ValueError:
            return False

    def _once(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        deadline = self._clock.monotonic() + ANSWER_SECONDS_MAX
        trouble: Exception
        try:
            with self._client().stream(method, url, headers=dict(headers), content=content) as response:
                pieces, size = [], 0
                for piece in response.iter_bytes():
                    size += len(piece)
                    if size > ANSWER_BYTES_MAX or self._clock.monotonic() > deadline:
                        raise httpx.ReadError("more than we take in")
                    pieces.append(piece)
                kept = {k.lower(): v for k, v in response.headers.items()}
                return Answer(response.status_code, kept, b"".join(pieces))
        except _NEVER_SENT as error:
            trouble = _unreachable(url, error)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            trouble = Unanswered(f"no whole answer from {urlsplit(url).netloc}: {type(error).__name__}")
        raise trouble

    def _client(self) -> httpx.Client:
        with self._opening:
            if self._http is None:
                self._http = httpx.Client(
                    verify=_trusted(self._ca_file),
                    trust_env=False,
                    follow_redirects=False,
                    timeout=self._timeout,
                    limits=httpx.Limits(max_connections=CONNECTIONS_MAX, keepalive_expiry=120),
                    headers={"User-Agent": "syncd"},
                )
            return self._http


def _host(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise ValueError("no address of ours holds a password")
    return parts.scheme, parts.hostname, parts.port or 443


def _unreachable(url: str, error: Exception) -> Exception:
    host = urlsplit(url).netloc
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Misconfigured(
                f"the certificate of {host} is not trusted: {cause.verify_message}",
                hint="Does a proxy open TLS here? Then name its authority in `ca_file`. It is never skipped (CAL-30).",
            )
        cause = cause.__cause__ or cause.__context__
    return Retryable(
        f"{host} cannot be reached: {type(error).__name__}", hint="Is there a way to it from here, past the firewall?"
    )


def _trusted(ca_file: str | None) -> ssl.SSLContext:
    if ca_file is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = type(error).__name__
    raise Misconfigured(
        f"the authorities in {ca_file} cannot be read: {reason}",
        hint="`ca_file` is a PEM file with the certificates to trust.",
    )


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
