"""How do bytes get to GoTo and back? One bounded HTTPS client on the configured hosts alone (CAL-28, CAL-30).

No redirect is followed, TLS is verified, nothing is repeated and nobody sleeps. What is only read can be asked again,
so no answer is simply Retryable.
"""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import httpx

from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, Retryable

ANSWER_BYTES_MAX = 16_000_000
ANSWER_SECONDS_MAX = 60
CONNECTIONS_MAX = 4
RETRY_AFTER_MAX = timedelta(days=1)

for _chatty in ("httpx", "httpcore"):
    logging.getLogger(_chatty).setLevel(logging.ERROR)  # they log addresses


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole. Headers by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def read_at(self) -> datetime | None:
        """The server's time of the answer (RFC 9110 6.6.1)."""
        try:
            return parsedate_to_datetime(self.headers.get("date", "")).astimezone(UTC)
        except ValueError:
            return None

    def parsed(self) -> Any:
        """The body as JSON; None where it is none (broken off, or a proxy's page)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def wait(self) -> timedelta | None:
        """Retry-After in seconds; None where it says nothing of use: GoTo mostly sends none."""
        said = self.headers.get("retry-after", "").strip()
        if said.isascii() and said.isdigit() and len(said) < 7:
            return min(timedelta(seconds=int(said)), RETRY_AFTER_MAX)
        return None


class Network:
    """One account's connections; may be used by several threads."""

    def __init__(self, ca_file: Path | None, timeout_seconds: float, clock: Clock) -> None:
        self._ca_file = ca_file
        self._timeout = timeout_seconds
        self._clock = clock
        self._http: httpx.Client | None = None
        self._opening = Lock()

    def send(self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None) -> Answer:
        """One request. Raises Retryable, Misconfigured (TLS, redirect)."""
        answer = self._once(method, url, headers, form)
        if 300 <= answer.status < 400:
            raise Misconfigured(
                f"{urlsplit(url).netloc} answers with a redirect, which is not followed",
                hint="are the addresses in the settings those of GoTo?",
            )
        return answer

    def _once(self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None) -> Answer:
        host, until = urlsplit(url).netloc, self._clock.monotonic() + ANSWER_SECONDS_MAX
        trouble: Exception
        try:
            with self._client().stream(method, url, headers=dict(headers), data=form) as response:
                pieces, size = [], 0
                for piece in response.iter_bytes():
                    size += len(piece)
                    if size > ANSWER_BYTES_MAX or self._clock.monotonic() > until:
                        raise httpx.ReadError("more than we take in")
                    pieces.append(piece)
                kept = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, kept, b"".join(pieces))
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            trouble = _unanswered(host, error)
        raise trouble

    def _client(self) -> httpx.Client:
        with self._opening:
            if self._http is None:
                self._http = httpx.Client(
                    verify=_trusted(self._ca_file),
                    trust_env=False,
                    follow_redirects=False,
                    timeout=self._timeout,
                    limits=httpx.Limits(max_connections=CONNECTIONS_MAX, keepalive_expiry=60),
                    headers={"User-Agent": "syncd", "Accept": "application/json"},
                )
            return self._http


def _unanswered(host: str, error: Exception) -> Exception:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Misconfigured(
                f"the certificate of {host} is not trusted: {cause.verify_message}",
                hint="does a proxy open TLS here? Then name its authority in `ca_file`",
            )
        cause = cause.__cause__ or cause.__context__
    return Retryable(
        f"no whole answer from {host}: {type(error).__name__}", hint="is there a way to it, past a firewall?"
    )


def _trusted(ca_file: Path | None) -> ssl.SSLContext:
    if ca_file is None:
        return _systems()
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        reason = type(error).__name__
    raise Misconfigured(
        f"the authorities in {ca_file} cannot be read: {reason}", hint="`ca_file` is a PEM file with certificates"
    )


@cache
def _systems() -> ssl.SSLContext:
    """The system's authorities; reading them takes longer than all else at a start."""
    return ssl.create_default_context()
