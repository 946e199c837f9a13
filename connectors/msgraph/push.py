"""Has Graph something to tell? Subscriptions, and notifications judged (an accelerator of polling, never needed).

Graph's change notifications: at subscribing it sends a token that is to be echoed; each notification carries the
`clientState` that we gave, which only we and Graph know. A notification is never evidence: it wakes the polling of one
calendar. `hear` is pure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from urllib.parse import parse_qsl, urlsplit

from connectors.msgraph import rows
from connectors.msgraph.client import Place, Wire, segment
from connectors.msgraph.view import stamp, to_the_end
from syncd.ports.errors import OutcomeUnknown
from syncd.ports.hook import Answer, Call, watch_of
from syncd.ports.keys import Keys

LASTS = timedelta(days=2)
"""How long a subscription is asked for; Graph allows seven days for events. Renew at half of it."""

TOKEN_CHARS_MAX = 4096
NOTIFICATION_BYTES_MAX = 1_000_000
NOTIFICATIONS_MAX = 1000
QUERY_FIELDS_MAX = 20
_LAPSING = frozenset({"reauthorizationRequired", "subscriptionRemoved"})


@dataclass(frozen=True, slots=True)
class Subscription:
    id: str
    expires_at: datetime

    @property
    def renew_at(self) -> datetime:
        return self.expires_at - LASTS / 2


@dataclass(frozen=True, slots=True)
class Heard:
    """What a request to the hook meant. `echo`: answer 200 with this as text/plain. Else answer 202 if `genuine`, 401
    if not. `wake`: calendars to poll now; `renew`: calendars whose subscription lapses."""

    genuine: bool
    echo: str | None = None
    wake: frozenset[str] = frozenset()
    renew: frozenset[str] = frozenset()


def client_state(keys: Keys, calendar_id: str) -> str:
    """The secret of one calendar's notifications: 26 characters; Graph takes up to 128."""
    return keys.name("graph-push", calendar_id)


def hear(query: Mapping[str, str], raw: bytes, keys: Keys, calendar_ids: Iterable[str]) -> Heard:
    """One request to the hook. What does not prove itself wakes nobody and is told nothing."""
    token = query.get("validationToken")
    if token is not None:
        sound = 0 < len(token) <= TOKEN_CHARS_MAX and token.isprintable()
        return Heard(sound, token if sound else None)
    states = {calendar_id: client_state(keys, calendar_id) for calendar_id in calendar_ids}
    wake: set[str] = set()
    renew: set[str] = set()
    for notification in _notifications(raw):
        calendar_id = _whose(notification, states)
        if calendar_id is None:
            continue
        wake.add(calendar_id)
        if notification.get("lifecycleEvent") in _LAPSING:
            renew.add(calendar_id)
    return Heard(bool(wake), None, frozenset(wake), frozenset(renew))


def _whose(notification: Mapping[str, object], states: Mapping[str, str]) -> str | None:
    """Compared in constant time, with every calendar's: the answer's time tells nothing."""
    said = notification.get("clientState")
    shown = said.encode() if isinstance(said, str) else b""
    found = None
    for calendar_id, state in states.items():
        if compare_digest(shown, state.encode()):
            found = calendar_id
    return found


def _notifications(raw: bytes) -> list[Mapping[str, object]]:
    if len(raw) > NOTIFICATION_BYTES_MAX:
        return []
    try:
        listed = json.loads(raw)["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    if not isinstance(listed, list):
        return []
    return [each for each in listed[:NOTIFICATIONS_MAX] if isinstance(each, dict)]


@dataclass(frozen=True, slots=True)
class Notices:
    """ports.hook.Hook: what Graph tells one account. `calendar_ids`: those that it has opened by then."""

    id: str
    keys: Keys
    calendar_ids: Callable[[], Iterable[str]]

    def receive(self, call: Call) -> Answer:
        try:
            query = dict(parse_qsl(urlsplit(call.url).query, max_num_fields=QUERY_FIELDS_MAX))
        except ValueError:
            return Answer(401)
        heard = hear(query, call.raw, self.keys, self.calendar_ids())
        if not heard.genuine:
            return Answer(401)
        if heard.echo is not None:
            return Answer(200, heard.echo.encode())
        return Answer(202, wakes=(*sorted(heard.wake), *(watch_of(each) for each in sorted(heard.renew))))


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The subscription of one calendar. None is kept in a table: Graph lists ours, and an address of its own for each
    calendar and secret tells which is which."""

    wire: Wire
    place: Place
    keys: Keys
    calendar_id: str

    def subscribe(self, address: str, now: datetime) -> Subscription:
        """Have `address` (https) told of changes: the subscription that stands is renewed, else one is made. Call it
        again at `renew_at`, and after a start.

        Raises Permanent where Graph could not reach the address, and as every write.
        """
        until = {"expirationDateTime": stamp(now + LASTS)}
        for standing in self._standing(address):
            url = self.wire.url(f"/subscriptions/{segment(standing.id)}")
            answer = self.wire.send("PATCH", url, until, ok=(200, 404))
            if answer.status == 200:
                return _subscription(answer.data)
        return _subscription(
            self.wire.send("POST", self.wire.url("/subscriptions"), self._new(address, now), ok=(201,)).data
        )

    def unsubscribe(self, address: str) -> None:
        """What is gone already is done."""
        for standing in self._standing(address):
            self.wire.send("DELETE", self.wire.url(f"/subscriptions/{segment(standing.id)}"), ok=(204, 404))

    def _new(self, address: str, now: datetime) -> dict[str, str]:
        return {
            "changeType": "created,updated,deleted",
            "notificationUrl": self._url(address),
            "lifecycleNotificationUrl": self._url(address),
            "resource": f"{self.place.root if self.place.calendar is None else self.place.about}/events",
            "expirationDateTime": stamp(now + LASTS),
            "clientState": client_state(self.keys, self.calendar_id),
        }

    def _url(self, address: str) -> str:
        return f"{address}?c={self.keys.name('graph-push-address', self.calendar_id)[:12]}"

    def _standing(self, address: str) -> list[Subscription]:
        listed = to_the_end(self.wire, self.wire.url("/subscriptions"))
        return [_subscription(each) for each in listed if each.get("notificationUrl") == self._url(address)]


def _subscription(data: rows.Row) -> Subscription:
    expires_at = rows.stamp(data, "expirationDateTime")
    if not rows.text(data, "id") or expires_at is None:
        raise OutcomeUnknown("Graph's answer to a subscription was not understood")
    return Subscription(rows.text(data, "id"), expires_at)
