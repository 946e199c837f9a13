"""How does a connector ask a vendor over HTTPS? One bounded client for one account (CAL-28, CAL-30).

TLS is verified, no redirect is followed, nothing is repeated and nobody sleeps; an answer has a limit of bytes and of
seconds. What goes wrong is told as what to do next, without a word of the answer, the path or the query (CAL-10).
"""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import httpx2

from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, Retryable

RETRY_AFTER_MAX = timedelta(days=1)
RENEW_BEFORE_SECONDS = 300
LASTS_SECONDS = 3600  # where the sign-in does not say

_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)

for _chatty in ("httpx2", "httpcore2", "hpack"):
    logging.getLogger(_chatty).setLevel(logging.ERROR)  # they log addresses, headers and bodies


class Unanswered(Retryable):
    """The request may have arrived; no whole answer came back. Who only reads can ask again, who writes must look."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole. Headers by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def read_at(self) -> datetime | None:
        """The server's time of the answer (RFC 9110 6.6.1), UTC."""
        return _http_date(self.headers.get("date", ""))

    def parsed(self) -> Any:
        """The body as JSON; None where it is none (broken off, or a proxy's page)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def parsed_object(self) -> dict[str, Any] | None:
        """The body as a JSON object; None where it is none."""
        value = self.parsed()
        return value if isinstance(value, dict) else None

    def wait(self, now: datetime | None = None) -> timedelta | None:
        """Retry-After in seconds or as a date (RFC 9110 10.2.3), a day at most; None where it says nothing of use.

        A date is counted from the server's own, from `now` where it told none.
        """
        said = self.headers.get("retry-after", "").strip()
        if said.isascii() and said.isdigit():
            return min(timedelta(seconds=min(int(said[:9]), 10**6)), RETRY_AFTER_MAX)
        until, since = _http_date(said), self.read_at or now
        return left_until(until, since) if until and since else None


def left_until(until: datetime, now: datetime) -> timedelta | None:
    """How long to wait from `now`, a day at most; None where it is over."""
    left = until - now
    return min(left, RETRY_AFTER_MAX) if left > timedelta() else None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one answer may take, and how many connections are kept."""

    bytes_max: int = 16_000_000
    seconds_max: float = 60
    connections_max: int = 4


class Https:
    """One account's connections; may be used by several threads. `addresses`: the settings that name its hosts."""

    def __init__(
        self,
        addresses: str,
        ca_file: Path | str | None,
        timeout_seconds: float,
        clock: Clock,
        *,
        accept: str = "*/*",
        bounds: Bounds | None = None,
    ) -> None:
        self._addresses = addresses
        self._ca_file = ca_file
        self._timeout = timeout_seconds
        self._clock = clock
        self._accept = accept
        self._bounds = bounds or Bounds()
        self._http: httpx2.Client | None = None
        self._opening = Lock()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """One request. Raises Unanswered, Retryable (it was never sent), Misconfigured (TLS, a redirect)."""
        answer = self._once(method, url, headers or {}, form, content)
        if 300 <= answer.status < 400:
            raise Misconfigured(
                f"{urlsplit(url).netloc} answers with a redirect, which is not followed",
                hint=f"Set {self._addresses} to where the service really is (CAL-30).",
            )
        return answer

    def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
        content: bytes | None,
    ) -> Answer:
        host, until = urlsplit(url).netloc, self._clock.monotonic() + self._bounds.seconds_max
        trouble: Exception
        try:
            with self._client().stream(method, url, headers=dict(headers), data=form, content=content) as response:
                pieces, size = [], 0
                for piece in response.iter_bytes():
                    size += len(piece)
                    if size > self._bounds.bytes_max or self._clock.monotonic() > until:
                        raise httpx2.ReadError("more than we take in")
                    pieces.append(piece)
                kept = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, kept, b"".join(pieces))
        except _NEVER_SENT as error:
            trouble = _unreachable(host, error)
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
            trouble = Unanswered(
                f"no whole answer from {host}: {type(error).__name__}", hint="Is there a way to it, past a firewall?"
            )
        raise trouble

    def _client(self) -> httpx2.Client:
        with self._opening:
            if self._http is None:
                self._http = httpx2.Client(
                    verify=_trusted(self._ca_file),
                    trust_env=False,
                    follow_redirects=False,
                    timeout=self._timeout,
                    limits=httpx2.Limits(max_connections=self._bounds.connections_max, keepalive_expiry=120),
                    headers={"User-Agent": "syncd", "Accept": self._accept},
                )
            return self._http


class Bearer:
    """An account's access token (RFC 6750), kept until shortly before it lapses; may be used by several threads.

    `ask`: the sign-in's answer to a new request for one, an object with its `access_token` (RFC 6749 5.1).
    """

    def __init__(self, https: Https, clock: Clock, ask: Callable[[], Mapping[str, Any]]) -> None:
        self._https = https
        self._clock = clock
        self._ask = ask
        self._lock = Lock()
        self._token = ""
        self._good_until = float("-inf")

    def token(self, refused: str | None = None) -> str:
        """`refused`: one that was not accepted, so that it is not shown again. Raises what `ask` does."""
        with self._lock:
            if self._token == refused or self._clock.monotonic() >= self._good_until:
                given = self._ask()
                lasts = given.get("expires_in")
                seconds = float(lasts) if isinstance(lasts, int | float) else LASTS_SECONDS
                self._token = str(given["access_token"])
                self._good_until = self._clock.monotonic() + max(seconds - RENEW_BEFORE_SECONDS, 0)
            return self._token

    def forget(self) -> None:
        """The one in force was not accepted."""
        with self._lock:
            self._good_until = float("-inf")

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        content: bytes | None = None,
        refusals: Collection[int] = (401,),
    ) -> Answer:
        """Asked with the token; once more with another where it was taken back before its time, as one of `refusals`
        says. Raises as Https.send and `ask` do."""
        token = self.token()
        answer = self._https.send(method, url, {**(headers or {}), **_shown(token)}, content=content)
        if answer.status in refusals:
            again = _shown(self.token(refused=token))
            answer = self._https.send(method, url, {**(headers or {}), **again}, content=content)
        return answer


def _shown(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _unreachable(host: str, error: Exception) -> Exception:
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


def _trusted(ca_file: Path | str | None) -> ssl.SSLContext:
    if ca_file is None:
        return _systems()
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        reason = type(error).__name__
    raise Misconfigured(
        f"the authorities in {ca_file} cannot be read: {reason}",
        hint="`ca_file` is a PEM file with the certificates to trust.",
    )


@cache
def _systems() -> ssl.SSLContext:
    """The system's authorities; reading them takes longer than all else at a start."""
    return ssl.create_default_context()


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
