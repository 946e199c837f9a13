"""How do we talk to a CalDAV server? One account's requests, one at a time, and what each answer asks us to do next.

Listing changes is the caldav library's (`get_objects_by_sync_token`, DAV-1): it knows how servers word tombstones,
truncation and expiry. It talks through `Wire`, on httpx2, as everything else does, because the library's own session
follows redirects to any host, obeys .netrc, proxies of the environment and Alt-Svc (CAL-30), sends passwords again
when refused (CAL-27), and writes the bodies of answers to the log (CAL-10). Single resources are read and written on
`Wire` alone: bytes must come and go unaltered, under conditions (CAL-15), and one resource that the server cannot
serve must not cost the others (CAL-9), while the library raises for the whole answer.
"""

from __future__ import annotations

import logging
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpx2

from connectors.caldav import Settings
from connectors.caldav.multistatus import preconditions
from syncd.ports.clock import Clock
from syncd.ports.errors import CursorExpired, Misconfigured, OutcomeUnknown, Permanent, Retryable

ANSWER_BYTES_MAX = 100_000_000
ANSWER_SECONDS_MAX = 300
RETRY_AFTER_MAX = timedelta(days=1)
WRITES = frozenset({"PUT", "DELETE"})
CALENDAR = "text/calendar; charset=utf-8"

_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
_EXPIRED = "{DAV:}valid-sync-token"
_REFUSED = frozenset({400, 402, 403, 404, 405, 406, 409, 410, 411, 413, 414, 415, 422, 424, 451})

for _chatty in ("caldav", "httpx2", "httpcore2"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)  # CAL-10: they log addresses, headers and bodies


class NotLetIn(Misconfigured):
    """The sign-in was refused, twice (CAL-27)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole. Headers by lower-case name; `read_at` is the server's Date."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def etag(self) -> str | None:
        return self.headers.get("etag") or None

    @property
    def read_at(self) -> datetime | None:
        return _http_date(self.headers.get("date", ""))


class Wire:
    """The connection of one account. Not for two threads at once (CAL-29: a lane sees to that)."""

    def __init__(
        self, settings: Settings, trusted: Callable[[], ssl.SSLContext], credential: Callable[[str], str], clock: Clock
    ) -> None:
        self._settings = settings
        self._trusted = trusted
        self._credential = credential
        self._clock = clock
        self._signed_in: str | None = None
        self._http: httpx2.Client | None = None
        self.root = urlsplit(settings.url)

    def path(self, address: str) -> str:
        """The path of a calendar's address, with a slash at its end; an address on another host is refused."""
        joined = urlsplit(urljoin(self._settings.url.rstrip("/") + "/", address))
        if (joined.scheme, joined.netloc) != (self.root.scheme, self.root.netloc) or joined.query or joined.fragment:
            raise Misconfigured(
                f"the calendar {address!r} is not on {self.root.netloc}",
                hint="Give the calendar's path on the server of this connector (CAL-30).",
            )
        return quote(unquote(joined.path), safe="/@:+,;=!$&'()*~").rstrip("/") + "/"

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        ok: tuple[int, ...],
    ) -> Answer:
        """One request; answers of the statuses `ok` come back, the others raise by what is to be done next.

        A refused sign-in is tried once more with the credential read anew (CAL-27); a write may be repeated so because
        every write here is conditional: had the first been done, the second meets its version.
        """
        answer = self._once(method, path, body, headers or {})
        if answer.status == 401:
            self._signed_in = None
            answer = self._once(method, path, body, headers or {})
        if answer.status in ok:
            return answer
        raise self._refusal(method, answer)

    def _once(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        request = {**headers, **self._authorization()}
        deadline = self._clock.monotonic() + ANSWER_SECONDS_MAX
        try:
            with self._client().stream(method, self._url(path), content=body or None, headers=request) as response:
                pieces, size = [], 0
                for piece in response.iter_bytes():
                    size += len(piece)
                    if size > ANSWER_BYTES_MAX or self._clock.monotonic() > deadline:
                        raise httpx2.ReadError("more than we take in")
                    pieces.append(piece)
                return Answer(
                    response.status_code, {k.lower(): v for k, v in response.headers.items()}, b"".join(pieces)
                )
        except _NEVER_SENT as error:
            raise self._unreachable(error) from None
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            if method in WRITES:
                raise OutcomeUnknown(f"no answer to {method}: {type(error).__name__}") from None
            raise Retryable(f"no whole answer from {self.root.netloc}: {type(error).__name__}") from None

    def _client(self) -> httpx2.Client:
        if self._http is None:
            self._http = httpx2.Client(
                verify=self._trusted(),
                trust_env=False,
                follow_redirects=False,
                timeout=self._settings.timeout_seconds,
                limits=httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=120),
                headers={"User-Agent": "syncd"},
            )
        return self._http

    def _url(self, path: str) -> str:
        return f"{self.root.scheme}://{self.root.netloc}{path}"

    def _authorization(self) -> dict[str, str]:
        if self._settings.credential is None:
            return {}
        if self._signed_in is None:
            secret = self._credential(self._settings.credential)
            if self._settings.auth == "bearer":
                self._signed_in = f"Bearer {secret}"
            else:
                pair = f"{self._settings.username}:{secret}".encode()
                self._signed_in = "Basic " + b64encode(pair).decode()
        return {"Authorization": self._signed_in}

    def _unreachable(self, error: Exception) -> Exception:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return Misconfigured(
                    f"the certificate of {self.root.netloc} is not trusted: {cause.verify_message}",
                    hint="Renew it, or name the server's own authority in `ca_file`. It is never skipped (CAL-30).",
                )
            cause = cause.__cause__ or cause.__context__
        return Retryable(
            f"{self.root.netloc} cannot be reached: {type(error).__name__}",
            hint="Check that `url` is right, and that there is a way to it from here, past the firewall.",
        )

    def _refusal(self, method: str, answer: Answer) -> Exception:
        """CAL-15, 18, 19, 27, 28; DAV-2. The body is never quoted (CAL-10)."""
        status, host = answer.status, self.root.netloc
        said = f"{host} answered {method} with {status}"
        if 300 <= status < 400:
            return Misconfigured(
                f"{said}, a redirect, which is not followed", hint="Configure the address the server has now (CAL-30)."
            )
        if status == 401:
            return NotLetIn(f"{host} refused the sign-in", hint="Check user name and credential of this connector.")
        if status == 429 or (status == 503 and "retry-after" in answer.headers):
            return Retryable(f"{said}: too many requests", retry_after=self._wait(answer))
        if status == 507 and method in WRITES:
            return Retryable(f"{said}: no room left", hint="Free some space in the calendar account.")
        if status >= 500:
            return OutcomeUnknown(said) if method in WRITES else Retryable(said)
        if status in (408, 423, 425):
            return Retryable(said)
        if method in WRITES:
            return Permanent(f"{said}: refused", hint="May this account write to the calendar? Is its quota used up?")
        if _EXPIRED in preconditions(answer.body):
            return CursorExpired(said)
        if status in _REFUSED:
            return Misconfigured(f"{said}", hint=_HINTS.get(status, "Is this the address of a CalDAV calendar?"))
        return Retryable(said)

    def _wait(self, answer: Answer) -> timedelta | None:
        """Retry-After in seconds or as a date (RFC 9110 10.2.3); None where it says nothing of use."""
        said = answer.headers.get("retry-after", "").strip()
        if said.isascii() and said.isdigit():
            return min(timedelta(seconds=min(int(said), 10**6)), RETRY_AFTER_MAX)
        until = _http_date(said)
        if until is None:
            return None
        wait = until - (answer.read_at or self._clock.now())
        return min(wait, RETRY_AFTER_MAX) if wait > timedelta() else None


_HINTS = {
    403: "May this account read the calendar? Ask its owner to share it.",
    404: "There is no calendar at this address; `syncd doctor` lists those that the account sees.",
    410: "There is no calendar at this address any more.",
}


def trusted(settings: Settings) -> ssl.SSLContext:
    """Whom an account trusts; costly, so made once. Without TLS (loopback) nobody: it would let no connection through.

    Raises Misconfigured for a `ca_file` that cannot be read.
    """
    if urlsplit(settings.url).scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(settings.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise Misconfigured(
                f"the authority in {settings.ca_file} cannot be read: {type(error).__name__}",
                hint="`ca_file` is a PEM file with the certificate of the authority.",
            ) from None
    return context


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
