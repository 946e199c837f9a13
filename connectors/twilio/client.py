"""How do we talk to Twilio? HTTPS with the account's key, on the configured host alone, form-encoded (CAL-28, CAL-30).

Nothing is repeated here and no redirect followed. What an error means is told as what to do next, without a word of
anybody's message.
"""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2

from connectors.twilio import Account
from connectors.twilio.keywords import MEANS, OURS
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable

API = "/2010-04-01"
ANSWER_BYTES_MAX = 10_000_000
PAGES_MAX = 50
RETRY_AFTER_MAX = timedelta(hours=1)

_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
_HINT_KEY = "Check account, key and credential; an API key needs the right to read and send messages and to read calls."

for _chatty in ("httpx2", "httpcore2"):
    logging.getLogger(_chatty).setLevel(logging.ERROR)  # they log addresses, which hold numbers


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object and the server's time of it (RFC 9110 6.6.1)."""

    values: Mapping[str, Any]
    at: datetime | None


class Client:
    """One account's connection; several threads may use it."""

    def __init__(self, settings: Account, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._account = f"{API}/Accounts/{settings.account}"
        verify = _trusted(str(tools.folder / settings.ca_file) if settings.ca_file else None, settings.base_url)
        self._http = httpx2.Client(
            verify=verify, trust_env=False, follow_redirects=False, timeout=settings.timeout_seconds
        )

    def get(self, path: str, **query: str) -> Answer:
        """One read below the account. Raises Retryable, Misconfigured, and Missing where there is no such thing."""
        return self._read(f"{self._settings.base_url}{self._account}{path}", query)

    def pages(self, path: str, query: Mapping[str, str], items: str) -> tuple[list[Mapping[str, Any]], datetime | None]:
        """All pages of a list, and the time of the first answer: what came later may be on none of them. A page that
        is missing fails the whole (ATT-3)."""
        found: list[Mapping[str, Any]] = []
        url, at, first = f"{self._settings.base_url}{self._account}{path}", None, True
        for answer in self._each(url, query):
            rows = answer.values.get(items)
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise Retryable("Twilio answered with a list that is none")
            found += rows
            at, first = (answer.at, False) if first else (at, first)
        return found, at

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        """One write. Raises OutcomeUnknown for all that may have happened, Permanent for what was refused."""
        url = f"{self._settings.base_url}{self._account}{path}"
        try:
            response = self._http.post(url, data=dict(form), auth=self._sign_in())
        except _NEVER_SENT as error:
            raise _unreachable(url, error) from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise OutcomeUnknown(f"no answer from Twilio: {type(error).__name__}") from None
        if response.status_code >= 500 or 300 <= response.status_code < 400:
            raise OutcomeUnknown(f"Twilio answered {response.status_code}")
        values = _parsed(response)
        if response.status_code >= 400:
            raise _refused(response, values)
        if values is None:
            raise OutcomeUnknown("Twilio's answer breaks off")
        return Answer(values, _date(response))

    def _each(self, url: str, query: Mapping[str, str]) -> Iterator[Answer]:
        wanted: Mapping[str, str] = query
        for _ in range(PAGES_MAX):
            answer = self._read(url, wanted)
            yield answer
            following = answer.values.get("next_page_uri")
            if not following:
                return
            url, wanted = urljoin(f"{self._settings.base_url}/", str(following)), {}
            if urlsplit(url).netloc != urlsplit(self._settings.base_url).netloc:
                raise Misconfigured("an answer leads to another host", hint="Set base_url to your region's API.")
        raise Retryable(f"more than {PAGES_MAX} pages", hint="Is this the right number?")

    def _read(self, url: str, query: Mapping[str, str]) -> Answer:
        try:
            response = self._http.get(url, params=dict(query) or None, auth=self._sign_in())
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _unreachable(url, error) from None
        values = _parsed(response)
        if response.status_code != 200:
            raise _unread(response, values)
        if values is None:
            raise Retryable("Twilio's answer is no JSON object, or breaks off")
        return Answer(values, _date(response))

    def _sign_in(self) -> tuple[str, str]:
        return self._settings.key or self._settings.account, self._tools.credential(self._settings.credential)

    def token(self) -> str | None:
        """The auth token, by which webhooks are signed; None: not configured, so none can be believed."""
        name = self._settings.token_credential or (None if self._settings.key else self._settings.credential)
        return self._tools.credential(name) if name else None


class Missing(Exception):
    """404: there is no such thing."""


def _unread(response: httpx2.Response, values: Mapping[str, Any] | None) -> Exception:
    status = response.status_code
    if status in (401, 403):
        return Misconfigured(f"Twilio refuses the sign-in ({_code(values) or status})", hint=_HINT_KEY)
    if status == 404:
        return Missing()
    if 300 <= status < 400:
        return Misconfigured("Twilio answered with a redirect, which is not followed", hint="Set base_url.")
    if status == 429 or status >= 500:
        return Retryable(f"Twilio answered {status}", retry_after=_wait(response))
    return Retryable(f"Twilio refused to read ({_code(values) or status})", hint="Is the account active?")


def _refused(response: httpx2.Response, values: Mapping[str, Any] | None) -> Exception:
    """A write that was understood and not done. The vendor's words may quote the number, so only its code is told."""
    code, status = _code(values), response.status_code
    if status == 429:
        return Retryable("Twilio asks for less haste", retry_after=_wait(response))
    if status in (401, 403) or code in OURS:
        return Misconfigured(f"Twilio refuses us ({code or status})", hint=f"{_HINT_KEY} Is the number yours?")
    return Permanent(
        f"Twilio refused the text ({code or status})",
        hint=f"https://www.twilio.com/docs/api/errors/{code}" if code else "",
        means=MEANS.get(code, ""),
    )


def _code(values: Mapping[str, Any] | None) -> int:
    code = values.get("code") if values else None
    return code if isinstance(code, int) else 0


def _parsed(response: httpx2.Response) -> Mapping[str, Any] | None:
    if len(response.content) > ANSWER_BYTES_MAX:
        return None
    try:
        value = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _date(response: httpx2.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return None


def _wait(response: httpx2.Response) -> timedelta | None:
    said = response.headers.get("retry-after", "")
    return min(timedelta(seconds=int(said)), RETRY_AFTER_MAX) if said.isascii() and said.isdigit() else None


def _unreachable(url: str, error: Exception) -> Exception:
    host = urlsplit(url).netloc
    if "certificate" in str(error).lower():
        return Misconfigured(f"the certificate of {host} is not trusted", hint="Name its authority in ca_file.")
    return Retryable(f"{host} cannot be reached: {type(error).__name__}")


def _trusted(ca_file: str | None, base_url: str) -> ssl.SSLContext:
    if base_url.startswith("http://"):  # this machine alone; nobody is trusted, and nobody asked
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(
            f"the authorities in {ca_file} cannot be read: {type(error).__name__}", hint="ca_file is a PEM file."
        ) from None
