"""How do we ask Google? One request at a time through google-api-python-client, and its answer or what to do next.

GOO-1 (the service and its resources are built once), GOO-2, GOO-3 (no batches), CAL-27, CAL-28 (library retries are
off). `http=` of each call is the thread's connection in that person's name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any

import httplib2
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from connectors.google_calendar import Settings
from connectors.google_calendar.answers import (
    UNVERIFIED_ADDRESS,
    Head,
    SignInRenewed,
    broken,
    not_let_in,
    not_understood,
    reason_of,
    refusal,
)
from connectors.google_calendar.identity import People
from connectors.google_calendar.transport import BROKEN, Connections
from syncd.ports.clock import Clock
from syncd.ports.errors import SyncdError

ENDPOINTS_REMEMBERED_MAX = 8
_BUILDING = Lock()  # a cache alone lets two threads build the same at once


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole body as it was sent, and Google's time of it."""

    body: dict[str, Any]
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Resources:
    """The parts of the service, kept: each call of `service.events()` would build them anew (GOO-1)."""

    events: Any
    freebusy: Any
    channels: Any
    calendar_list: Any


def resources(endpoint: str) -> Resources:
    """Of this endpoint, built once, whichever of the workers asks first (GOO-1)."""
    with _BUILDING:
        return built(endpoint)


@lru_cache(maxsize=ENDPOINTS_REMEMBERED_MAX)
def built(endpoint: str) -> Resources:
    """Built from the description that ships with the library; nothing is fetched, and nothing signs in."""
    service = build(
        "calendar",
        "v3",
        http=httplib2.Http(),  # never used: without one, build would look for credentials of its own
        static_discovery=True,
        cache_discovery=False,
        client_options={"api_endpoint": endpoint},
    )
    return Resources(service.events(), service.freebusy(), service.channels(), service.calendarList())


class Client:
    """One credential's way to Google. Any thread may ask; each has its own connection."""

    def __init__(self, settings: Settings, credential: Callable[[str], str], clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._connections = Connections(settings, clock)
        self.people = People(settings, credential, self._connections, clock)

    @property
    def ask(self) -> Resources:
        return resources(self._settings.endpoint)

    def read(self, who: str, request: Any) -> Answer:
        """Raises Refused (by status), Retryable, Misconfigured."""
        answer = self._send(who, request, write=False)
        if answer is None:
            self.people.renew(who)
            answer = self._send(who, request, write=False)
        if answer is None:
            raise not_let_in()
        return answer

    def write(self, who: str, request: Any, *, version: str | None = None) -> Answer:
        """`version`: the ETag that must still stand (CAL-15).

        Raises Refused (by status), SignInRenewed, OutcomeUnknown, Retryable, Misconfigured.
        """
        if version is not None:
            request.headers["if-match"] = version
        answer = self._send(who, request, write=True)
        if answer is None:
            self.people.renew(who)
            raise SignInRenewed("the access token was not accepted; a new one has been fetched")
        return answer

    def _send(self, who: str, request: Any, *, write: bool) -> Answer | None:
        """None for 401. Errors are raised where nothing of the answer is in reach, so that no chain quotes it."""
        head: list[Head] = []
        body: Any = None
        failed: SyncdError | None = None
        request.response_callbacks[:] = [lambda answer: head.append(Head(answer.status, answer))]
        try:
            body = request.execute(http=_InTheNameOf(who, self.people, self._connections), num_retries=0)
        except SyncdError as error:  # from signing in: nothing was sent yet
            failed = error
        except HttpError as error:
            if error.resp.status == 401 and reason_of(error.content) != UNVERIFIED_ADDRESS:
                return None
            failed = refusal(Head(error.resp.status, error.resp), error.content, write=write, now=self._clock.now())
        except BROKEN as error:
            failed = broken(error, write=write)
        if failed is None and not isinstance(body, dict) and head[0].status != 204:
            failed = not_understood(write=write)  # the library hands on what is no JSON as text
        if failed is not None:
            raise failed
        return Answer(body if isinstance(body, dict) else {}, head[0].read_at)


class _InTheNameOf:
    """What `execute(http=…)` talks through: the thread's connection, signed in as one person."""

    def __init__(self, who: str, people: People, connections: Connections) -> None:
        self._who = who
        self._people = people
        self._connections = connections

    def request(self, uri: str, method: str = "GET", body: Any = None, headers: Any = None) -> tuple[Any, bytes]:
        signed = dict(headers or {})
        self._people.authorize(self._who, signed)
        answer, content = self._connections.send(uri, method, body, signed)
        if answer.status == 403 and not _is_json(content):
            content = b"{}"  # the library logs what it cannot read of a 403 (CAL-10)
        return answer, content


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True
