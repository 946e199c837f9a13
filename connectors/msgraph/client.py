"""How do we ask Graph? One mailbox's requests, with the preferences that every one of them carries (GRA-2).

A refused token is renewed once; a read is then repeated, a write is not: it is looked for first (CAL-18, CAL-27).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from connectors.msgraph.network import Network
from connectors.msgraph.refusals import refusal
from connectors.msgraph.rows import Row
from connectors.msgraph.tokens import SignIn
from syncd.https import Answer, Unanswered
from syncd.ports.clock import Clock
from syncd.ports.errors import OutcomeUnknown, Retryable, SyncdError

_PREFERENCES = 'IdType="ImmutableId", outlook.timezone="UTC"'


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of a status that was asked for. `data` is empty where there is no body; `code` is `error.code`."""

    status: int
    data: Row
    headers: Mapping[str, str]
    read_at: datetime | None

    @property
    def code(self) -> str:
        return _code(self.data)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a calendar is, by its `address` in the configuration: `mailbox` or `mailbox/calendar-id`."""

    mailbox: str
    calendar: str | None

    @classmethod
    def of(cls, address: str) -> Place:
        mailbox, _, calendar = address.strip().partition("/")
        return cls(mailbox, calendar or None)

    @property
    def root(self) -> str:
        return f"/users/{segment(self.mailbox)}"

    @property
    def about(self) -> str:
        return f"{self.root}/calendar" if self.calendar is None else f"{self.root}/calendars/{segment(self.calendar)}"

    @property
    def events(self) -> str:
        return f"{self.about}/events"

    @property
    def view(self) -> str:
        return f"{self.root if self.calendar is None else self.about}/calendarView"

    def event(self, event_id: str) -> str:
        return f"{self.root}/events/{segment(event_id)}"

    def within(self, calendar_id: str) -> Place:
        """Another calendar of the same person."""
        return Place(self.mailbox, calendar_id)


def segment(text: str) -> str:
    return quote(text, safe="@")


class Wire:
    """The way to one account's mailboxes. May be used by several threads: an account has several calendars."""

    def __init__(self, base_url: str, network: Network, sign_in: SignIn, clock: Clock) -> None:
        self._base_url = base_url
        self._network = network
        self._sign_in = sign_in
        self._clock = clock

    def url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        asked = "?" + urlencode(query, quote_via=quote, safe="$") if query else ""
        return f"{self._base_url}{path}{asked}"

    def link(self, url: object) -> str | None:
        """A next or delta link, whole; None where there is none. Raises Misconfigured where it leads elsewhere."""
        if url is None:
            return None
        link = self._network.check(str(url))
        if not link.startswith(f"{self._base_url}/"):
            raise Retryable("a page link does not belong to this version of Graph")
        return link

    def token(self) -> str:
        return self._sign_in.token()

    def get(self, url: str, *, ok: tuple[int, ...] = (200,), prefer: str = "") -> Reply:
        return self.send("GET", url, ok=ok, prefer=prefer)

    def send(
        self,
        method: str,
        url: str,
        body: Row | None = None,
        *,
        ok: tuple[int, ...],
        version: str | None = None,
        prefer: str = "",
    ) -> Reply:
        """One request. Answers of the statuses `ok` come back; every other raises by what is to be done next.

        `version`: the etag that must still stand (GRA-8). `prefer`: a further preference.
        """
        headers = {"Accept": "application/json", "Prefer": f"{_PREFERENCES}, {prefer}" if prefer else _PREFERENCES}
        if version is not None:
            headers["If-Match"] = version
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        return self._understood(method, self._signed(method, url, headers, content), ok)

    def _signed(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        token = self._sign_in.token()
        answer = self._once(method, url, {**headers, "Authorization": f"Bearer {token}"}, content)
        if answer.status != 401:
            return answer
        token = self._sign_in.token(refused=token)
        if method != "GET":
            return answer
        return self._once(method, url, {**headers, "Authorization": f"Bearer {token}"}, content)

    def _once(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        trouble: SyncdError
        try:
            return self._network.exchange(method, url, headers, content)
        except Unanswered as error:
            trouble = error if method == "GET" else OutcomeUnknown(str(error))
        raise trouble

    def _understood(self, method: str, answer: Answer, ok: tuple[int, ...]) -> Reply:
        data = answer.parsed_object()
        if answer.status in ok:
            if data is None and answer.body:
                said = "an answer of Graph was not understood"
                raise Retryable(said) if method == "GET" else OutcomeUnknown(said)
            return Reply(answer.status, data or {}, answer.headers, answer.read_at)
        throttled = "retry-after" in answer.headers
        raise refusal(method, answer.status, _code(data or {}), answer.wait(self._clock.now()), throttled=throttled)


def _code(data: Row) -> str:
    error = data.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and code.replace("_", "").isalnum() and code.isascii() else ""
