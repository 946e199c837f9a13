"""Has Graph something to tell? Subscriptions, and notifications judged (an accelerator of polling, never needed).

Graph's change notifications: at subscribing it sends a token that is to be echoed; each notification carries the
`clientState` that we gave, which only we and Graph know. A notification is never evidence: it wakes the polling of one
calendar. `hear` is pure; `/hooks/…` calls it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from connectors.msgraph import rows
from connectors.msgraph.client import Place, Wire, segment
from connectors.msgraph.view import stamp
from syncd.ports.errors import OutcomeUnknown
from syncd.ports.keys import Keys

LASTS = timedelta(days=2)
"""How long a subscription is asked for; Graph allows seven days for events. Renew at half of it."""

TOKEN_CHARS_MAX = 4096
NOTIFICATION_BYTES_MAX = 1_000_000
NOTIFICATIONS_MAX = 1000
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
    """What a request to the hook meant. `echo`: answer 200 with this as text/plain. Else answer 202 if `genuine`, 403
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


def subscribe(wire: Wire, place: Place, url: str, state: str, now: datetime) -> Subscription:
    """Raises Permanent where Graph could not reach `url`, and as every write."""
    answer = wire.send(
        "POST",
        wire.url("/subscriptions"),
        {
            "changeType": "created,updated,deleted",
            "notificationUrl": url,
            "lifecycleNotificationUrl": url,
            "resource": f"{place.root if place.calendar is None else place.about}/events",
            "expirationDateTime": stamp(now + LASTS),
            "clientState": state,
        },
        ok=(201,),
    )
    return _subscription(answer.data)


def renew(wire: Wire, subscription: Subscription, now: datetime) -> Subscription | None:
    answer = wire.send(
        "PATCH",
        wire.url(f"/subscriptions/{segment(subscription.id)}"),
        {"expirationDateTime": stamp(now + LASTS)},
        ok=(200, 404),
    )
    return None if answer.status == 404 else _subscription(answer.data)


def unsubscribe(wire: Wire, subscription: Subscription) -> None:
    wire.send("DELETE", wire.url(f"/subscriptions/{segment(subscription.id)}"), ok=(204, 404))


def _subscription(data: rows.Row) -> Subscription:
    expires_at = rows.stamp(data, "expirationDateTime")
    if not rows.text(data, "id") or expires_at is None:
        raise OutcomeUnknown("Graph's answer to a subscription was not understood")
    return Subscription(rows.text(data, "id"), expires_at)
