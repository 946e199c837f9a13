"""events.list: pages, sync tokens and their rules, searches, tombstones (the API's guide to synchronization).

A token holds what it stands for, signed, so that a client can neither read nor bend it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.simulators.google import series
from tests.simulators.google.faults import Faults
from tests.simulators.google.state import ApiError, Calendar, Event, Item, State

PAGE_DEFAULT, PAGE_MAX = 250, 2500
_NOT_WITH_TOKEN = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
_SECRET = b"simulator"


def events_list(state: State, faults: Faults, user: str, calendar: Calendar, asked: Mapping[str, Any]) -> Item:
    _lawful(asked)
    since, upto, after = _place(state, faults, calendar, asked)
    incremental = "syncToken" in asked
    role = calendar.roles[user]
    changed = sorted((e for e in calendar.events.values() if max(since, after) < e.seq <= upto), key=lambda e: e.seq)
    found = [e for e in changed if _wanted(calendar, e, asked, incremental)]
    size = min(asked.get("maxResults", PAGE_DEFAULT), PAGE_MAX, faults.page_items_max or PAGE_MAX)
    page, rest = found[:size], found[size:]
    answer: Item = {
        "kind": "calendar#events",
        "etag": f'"p{upto}"',
        "summary": calendar.id,
        "updated": state.now().isoformat().replace("+00:00", "Z"),
        "timeZone": calendar.zone,
        "accessRole": role,
        "defaultReminders": [],
        "items": [rendered(calendar, e, user, bare=e.cancelled) for e in page],
    }
    if rest:
        place: Item = {
            "pad": "x" * faults.token_chars,
            "q": _query(calendar, asked),
            "since": since,
            "upto": upto,
            "after": page[-1].seq,
            "e": state.epoch,
        }
        answer["nextPageToken"] = _sealed(place)
    elif not _searching(asked):
        answer["nextSyncToken"] = _sealed(
            {"pad": "x" * faults.token_chars, "c": calendar.id, "upto": upto, "e": state.epoch, "s": _shape(asked)}
        )
    return faults.bent(answer, calendar, incremental and "pageToken" not in asked)


def rendered(calendar: Calendar, event: Event, user: str, *, bare: bool = False) -> Item:
    """The resource as this user sees it. Of a deleted event a listing shows no more than what says which it was."""
    item = event.item
    head: Item = {"kind": "calendar#event", "etag": event.etag, "id": item["id"], "status": item["status"]}
    if bare:
        return head | {name: item[name] for name in ("recurringEventId", "originalStartTime") if name in item}
    if calendar.roles[user] == "freeBusyReader":
        names = ("start", "end", "recurrence", "recurringEventId", "originalStartTime", "transparency", "eventType")
        return head | {name: item[name] for name in names if name in item} | {"visibility": "private"}
    shown = {name: value for name, value in item.items() if name != "source" or item["creator"]["email"] == user}
    shown |= head
    for name in ("start", "end", "originalStartTime"):
        if name in shown:
            shown[name] = _local(shown[name], calendar)
    for name in ("organizer", "creator"):
        if name in shown and shown[name].get("email") == calendar.id:
            shown[name] = {**shown[name], "self": True}
    if "attendees" in shown:
        shown["attendees"] = [{**a, "self": True} if a["email"] == calendar.id else a for a in shown["attendees"]]
    return shown


def _local(moment: Item, calendar: Calendar) -> Item:
    """Google gives instants with the offset of the calendar's zone."""
    if "dateTime" not in moment:
        return moment
    at = datetime.fromisoformat(moment["dateTime"]).astimezone(calendar.zoneinfo)
    return {**moment, "dateTime": at.isoformat(timespec="seconds").replace("+00:00", "Z")}


def _lawful(asked: Mapping[str, Any]) -> None:
    if asked.get("singleEvents"):
        raise ApiError(400, "notSimulated", "this simulator expands no series in a listing")
    if "orderBy" in asked and asked["orderBy"] == "startTime":
        raise ApiError(400, "badRequest", "The requested ordering is not available for the particular query.")
    if "syncToken" in asked:
        strays = [name for name in _NOT_WITH_TOKEN if name in asked]
        if strays or asked.get("showDeleted") is False:
            raise ApiError(400, "badRequest", f"Sync token cannot be used with {strays or 'showDeleted=false'}.")
    if "timeMin" in asked and "timeMax" in asked and asked["timeMin"] >= asked["timeMax"]:
        raise ApiError(400, "timeRangeEmpty", "The specified time range is empty.")


def _place(state: State, faults: Faults, calendar: Calendar, asked: Mapping[str, Any]) -> tuple[int, int, int]:
    """Changes after the first number, up to the second; this page begins after the third."""
    since = 0
    if "syncToken" in asked:
        token = _opened(asked["syncToken"])
        if token is None or token.get("c") != calendar.id or token.get("s") != _shape(asked):
            raise ApiError(400, "invalid", "Invalid sync token value.")
        if token["e"] != state.epoch:
            raise ApiError(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.")
        since = token["upto"]
    if "pageToken" not in asked:
        upto = max((e.seq for e in calendar.events.values()), default=0)
        return since, max(upto, since), 0
    place = _opened(asked["pageToken"])
    if place is None or place.get("q") != _query(calendar, asked):
        raise ApiError(400, "invalid", "Invalid page token value.")
    if faults.loses_page_tokens or place["e"] != state.epoch:
        raise ApiError(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.")
    return since, place["upto"], place["after"]


def _wanted(calendar: Calendar, event: Event, asked: Mapping[str, Any], incremental: bool) -> bool:
    item = event.item
    exception = "recurringEventId" in item
    if event.cancelled and not incremental:
        master = calendar.events.get(item.get("recurringEventId", ""))
        living_series = exception and master is not None and not master.cancelled
        if not asked.get("showDeleted") and not living_series:
            return False
    if not incremental and "timeMin" in asked and not _ends_after(calendar, item, asked["timeMin"]):
        return False
    private = item.get("extendedProperties", {}).get("private", {})
    return all(private.get(k) == v for k, _, v in (p.partition("=") for p in asked.get("privateExtendedProperty", ())))


def _ends_after(calendar: Calendar, item: Item, text: str) -> bool:
    at, zone = datetime.fromisoformat(text), calendar.zoneinfo
    try:
        if item.get("recurrence"):
            last = series.instances(item, zone, max(at, series.span(item, zone)[1]).replace(year=at.year + 2))[-1][1]
            return last > at
        return series.instant(item.get("end") or item["originalStartTime"], zone) > at
    except (KeyError, ValueError):
        return True


def _searching(asked: Mapping[str, Any]) -> bool:
    return any(
        asked.get(name) for name in ("q", "privateExtendedProperty", "iCalUID", "updatedMin", "orderBy", "timeMax")
    )


def _shape(asked: Mapping[str, Any]) -> str:
    return json.dumps([asked.get("singleEvents", False), asked.get("showHiddenInvitations", False)])


def _query(calendar: Calendar, asked: Mapping[str, Any]) -> str:
    """A page token belongs to its query: everything but the token itself."""
    return json.dumps([calendar.id, sorted((k, v) for k, v in asked.items() if k not in ("pageToken", "alt"))])


def _sealed(held: Item) -> str:
    body = json.dumps(held).encode()
    return urlsafe_b64encode(hmac.digest(_SECRET, body, "sha256")[:8] + body).decode()


def _opened(token: str) -> Item | None:
    try:
        raw = urlsafe_b64decode(token)
        if not hmac.compare_digest(hmac.digest(_SECRET, raw[8:], hashlib.sha256)[:8], raw[:8]):
            return None
        return dict(json.loads(raw[8:]))
    except ValueError:
        return None
