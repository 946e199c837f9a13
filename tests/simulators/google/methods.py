"""What do the API's methods do? Each takes the user, the parameters and the body that fit the description."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulators.google import series
from tests.simulators.google.faults import Faults
from tests.simulators.google.listing import events_list, rendered
from tests.simulators.google.state import ApiError, Calendar, Channel, Event, Item, State, rfc3339

FREEBUSY_DAYS_MAX = 90
CALENDARS_MAX = 50
CHANNEL_LIVES_MAX = timedelta(days=30)
_ID = re.compile(r"[0-9a-v]{5,1024}")
_SERVER_OWNED = (
    "kind",
    "etag",
    "created",
    "updated",
    "creator",
    "organizer",
    "htmlLink",
    "recurringEventId",
    "originalStartTime",
)


class Methods:
    """The calendar API. `reads` answers from a replica where one lags."""

    def __init__(self, state: State, faults: Faults) -> None:
        self.state, self.faults = state, faults
        self.silent: list[str] = []  # ids of methods whose writes did not say whom to notify

    def call(self, method: str, user: str, asked: Mapping[str, Any], body: Any, if_match: str | None) -> Item | None:
        act = getattr(self, "do_" + method.removeprefix("calendar.").replace(".", "_"), None)
        if act is None:
            raise ApiError(501, "notSimulated", f"{method} is not simulated")
        if method.split(".")[-1] in ("insert", "patch", "update", "delete", "move") and "sendUpdates" not in asked:
            self.silent.append(method)
        found: Item | None = act(user, asked, body, if_match)
        return found

    # -- events: reading -------------------------------------------------------------------------------------------

    def do_events_list(self, user: str, asked: Mapping[str, Any], _body: Any, _match: str | None) -> Item:
        calendar = self._read(user, asked["calendarId"], "freeBusyReader")
        return events_list(self.state, self.faults, user, calendar, asked)

    def do_events_get(self, user: str, asked: Mapping[str, Any], _body: Any, _match: str | None) -> Item:
        calendar = self._read(user, asked["calendarId"], "freeBusyReader")
        event = calendar.events.get(asked["eventId"])
        if event is None or self.faults.emptied:
            raise ApiError(404, "notFound", "Not Found")
        return rendered(calendar, event, user)

    # -- events: writing -------------------------------------------------------------------------------------------

    def do_events_insert(self, user: str, asked: Mapping[str, Any], body: Item, _match: str | None) -> Item:
        calendar = self.state.reached(user, asked["calendarId"], "writer")
        event_id = body.get("id") or f"made{self.state.seq:06d}"
        if not _ID.fullmatch(event_id):
            raise ApiError(400, "invalid", "Invalid resource id value.")
        if event_id in calendar.events:
            raise ApiError(409, "duplicate", "The requested identifier already exists.")
        item = self.fresh(calendar, user, {**body, "id": event_id})
        event = calendar.events[event_id] = Event(item)
        self.state.touch(calendar, event)
        self.state.mail(calendar, item, asked.get("sendUpdates", "none"), "invitation")
        return rendered(calendar, event, user)

    def fresh(self, calendar: Calendar, user: str, body: Item) -> Item:
        """A new event as Google completes it."""
        now = rfc3339(self.state.now())
        item: Item = {
            "status": "confirmed",
            "htmlLink": f"https://www.google.com/calendar/event?eid={body['id']}",
            "created": now,
            "iCalUID": f"{body['id']}@google.com",
            "sequence": 0,
            "reminders": {"useDefault": True},
            "eventType": "default",
            "creator": {"email": user},
            "organizer": {"email": calendar.id},
            **{name: copy.deepcopy(value) for name, value in body.items() if name not in _SERVER_OWNED},
        }
        check_event(item)
        return item

    def do_events_patch(self, user: str, asked: Mapping[str, Any], body: Item, match: str | None) -> Item:
        calendar, event = self._writable(user, asked, match)
        return self._replace(user, calendar, event, _merged(event.item, body), asked)

    def do_events_update(self, user: str, asked: Mapping[str, Any], body: Item, match: str | None) -> Item:
        calendar, event = self._writable(user, asked, match)
        owned = (*_SERVER_OWNED, "id", "iCalUID", "eventType", "sequence")
        kept = {name: event.item[name] for name in owned if name in event.item}
        changed = {name: value for name, value in body.items() if name not in _SERVER_OWNED}
        item = {"reminders": {"useDefault": True}, "status": "confirmed", **changed, **kept}
        return self._replace(user, calendar, event, item, asked)

    def do_events_delete(self, user: str, asked: Mapping[str, Any], _body: Any, match: str | None) -> None:
        calendar, event = self._writable(user, asked, match, deleting=True)
        self.delete(calendar, event)
        self.state.mail(calendar, event.item, asked.get("sendUpdates", "none"), "cancellation")

    def delete(self, calendar: Calendar, event: Event) -> None:
        """Deleting a series cancels its exceptions too."""
        gone = [e for e in calendar.events.values() if e.item.get("recurringEventId") == event.item["id"]]
        for each in (event, *gone):
            if not each.cancelled:
                each.item["status"] = "cancelled"
                self.state.touch(calendar, each)

    def _writable(
        self, user: str, asked: Mapping[str, Any], match: str | None, *, deleting: bool = False
    ) -> tuple[Calendar, Event]:
        calendar = self.state.reached(user, asked["calendarId"], "writer")
        event = calendar.events.get(asked["eventId"])
        if event is None:
            raise ApiError(404, "notFound", "Not Found")
        if deleting and event.cancelled:
            raise ApiError(410, "deleted", "Resource has been deleted")
        if match is not None and match != event.etag:
            raise ApiError(412, "conditionNotMet", "Precondition Failed")
        if event.item["id"] in calendar.purged:
            raise ApiError(403, "forbidden", "Forbidden")
        if event.item["organizer"]["email"] != calendar.id and not event.item.get("guestsCanModify") and not deleting:
            raise ApiError(403, "forbiddenForNonOrganizer", "Shared properties can only be changed by the organizer.")
        return calendar, event

    def _replace(self, user: str, calendar: Calendar, event: Event, item: Item, asked: Mapping[str, Any]) -> Item:
        check_event(item)
        if (item["start"], item["end"]) != (event.item["start"], event.item["end"]):
            item["sequence"] = event.item.get("sequence", 0) + 1
        event.item = item
        self.state.touch(calendar, event)
        self.state.mail(calendar, item, asked.get("sendUpdates", "none"), "update")
        return rendered(calendar, event, user)

    # -- free/busy and lists ---------------------------------------------------------------------------------------

    def do_freebusy_query(self, user: str, _asked: Mapping[str, Any], body: Item, _match: str | None) -> Item:
        since, until = (datetime.fromisoformat(body[name]) for name in ("timeMin", "timeMax"))
        if until <= since:
            raise ApiError(400, "timeRangeEmpty", "The specified time range is empty.")
        if until - since > timedelta(days=FREEBUSY_DAYS_MAX):
            raise ApiError(400, "timeRangeTooLong", "The requested time range is too long.")
        items = body.get("items", [])
        answers: Item = {}
        for each in items:
            if len(items) > CALENDARS_MAX:
                answers[each["id"]] = {
                    "errors": [{"domain": "global", "reason": "tooManyCalendarsRequested"}],
                    "busy": [],
                }
            else:
                answers[each["id"]] = self._busy_of(user, each["id"], since, until)
        return {
            "kind": "calendar#freeBusy",
            "timeMin": body["timeMin"],
            "timeMax": body["timeMax"],
            "calendars": answers,
        }

    def _busy_of(self, user: str, calendar_id: str, since: datetime, until: datetime) -> Item:
        reason = self.faults.free_busy_error
        try:
            calendar = self._read(user, calendar_id, "freeBusyReader")
        except ApiError as error:
            reason = error.reason
        if reason is not None:
            return {"errors": [{"domain": "global", "reason": reason}], "busy": []}
        spans = [] if self.faults.emptied else busy_spans(calendar, since, until)
        return {"busy": [{"start": rfc3339(start), "end": rfc3339(end)} for start, end in spans]}

    def do_calendarList_list(self, user: str, asked: Mapping[str, Any], _body: Any, _match: str | None) -> Item:
        roles = ("freeBusyReader", "reader", "writer", "owner")
        least = roles.index(asked.get("minAccessRole", "freeBusyReader"))
        items = [
            {
                "kind": "calendar#calendarListEntry",
                "id": each.id,
                "summary": each.id,
                "timeZone": each.zone,
                "accessRole": each.roles[user],
                **({"primary": True} if each.primary_of == user else {}),
            }
            for each in self.state.calendars.values()
            if user in each.roles and roles.index(each.roles[user]) >= least
        ]
        return {"kind": "calendar#calendarList", "etag": '"l"', "items": items, "nextSyncToken": "list"}

    # -- channels --------------------------------------------------------------------------------------------------

    def do_events_watch(self, user: str, asked: Mapping[str, Any], body: Item, _match: str | None) -> Item:
        calendar = self.state.reached(user, asked["calendarId"], "reader")
        if not body.get("address", "").startswith("https://"):
            raise ApiError(400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS")
        if body["address"].split("/")[2] in self.state.unverified:
            raise ApiError(401, "push.webhookUrlUnauthorized", "Unauthorized WebHook callback channel")
        if body["type"] not in ("web_hook", "webhook") or not 0 < len(body.get("id", "")) <= 64:
            raise ApiError(400, "badRequest", "Channel type or id is not valid")
        if len(body.get("token", "")) > 256:
            raise ApiError(400, "push.channelTokenTooLarge", "Channel token too large")
        if body["id"] in self.state.channel_ids:
            raise ApiError(400, "channelIdNotUnique", f"Channel id {body['id']} not unique")
        latest = self.state.now() + CHANNEL_LIVES_MAX
        ends = datetime.fromtimestamp(int(body["expiration"]) / 1000, UTC) if "expiration" in body else latest
        channel = Channel(
            body["id"], f"res-{calendar.id}", calendar.id, body["address"], body.get("token", ""), min(ends, latest)
        )
        self.state.channel_ids.add(channel.id)
        self.state.channels[channel.id] = channel
        self.state.notify(channel, "sync")
        return {
            "kind": "api#channel",
            "id": channel.id,
            "resourceId": channel.resource_id,
            "resourceUri": f"https://www.googleapis.com/calendar/v3/calendars/{calendar.id}/events?alt=json",
            "token": channel.token,
            "expiration": str(int(channel.expires_at.timestamp() * 1000)),
        }

    def do_channels_stop(self, _user: str, _asked: Mapping[str, Any], body: Item, _match: str | None) -> None:
        channel = self.state.channels.get(body["id"])
        if channel is None or channel.resource_id != body.get("resourceId"):
            raise ApiError(404, "notFound", f"Channel '{body['id']}' not found")
        del self.state.channels[channel.id]

    def _read(self, user: str, calendar_id: str, role: str) -> Calendar:
        calendar = self.state.reached(user, calendar_id, role)
        replica = self.faults.replica
        return calendar if replica is None else replica[calendar.id]


def check_event(item: Item) -> None:
    """What the API asks of an event beyond its types."""
    if "start" not in item or "end" not in item:
        raise ApiError(400, "required", "Missing end time.")
    kinds = {("date" in item[name], "dateTime" in item[name]) for name in ("start", "end")}
    if kinds not in ({(True, False)}, {(False, True)}):
        raise ApiError(400, "invalid", "Invalid start time.")
    if item.get("recurrence") and "dateTime" in item["start"] and "timeZone" not in item["start"]:
        raise ApiError(400, "required", "Missing time zone definition for start time.")
    starts_at, ends_at = series.span(item, ZoneInfo("UTC"))
    if starts_at > ends_at:
        raise ApiError(400, "timeRangeEmpty", "The specified time range is empty.")
    if item.get("eventType") in ("outOfOffice", "focusTime") and "date" in item["start"]:
        raise ApiError(400, "eventTypeRestriction", "This event type cannot last whole days.")
    if item["status"] not in ("confirmed", "tentative", "cancelled"):
        raise ApiError(400, "invalid", "Invalid value for: status")
    for kind in ("private", "shared"):
        for name, value in item.get("extendedProperties", {}).get(kind, {}).items():
            if len(name) > 44 or len(value) > 1024:
                raise ApiError(400, "invalid", "Extended property too large")
    if len(item.get("description", "")) > 8192:
        raise ApiError(400, "invalid", "Description too long")


def busy_spans(calendar: Calendar, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Merged, clipped to what was asked for."""
    zone = calendar.zoneinfo
    replaced = {
        (e.item["recurringEventId"], series.instant(e.item["originalStartTime"], zone))
        for e in calendar.events.values()
        if "recurringEventId" in e.item
    }
    spans: list[tuple[datetime, datetime]] = []
    for event in calendar.events.values():
        item = event.item
        if not _takes_time(item, calendar):
            continue
        for start, end in series.instances(item, zone, until):
            if end > since and start < until and end > start and (item["id"], start) not in replaced:
                spans.append((max(start, since), min(end, until)))
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _takes_time(item: Item, calendar: Calendar) -> bool:
    declined = any(
        a["email"] == calendar.id and a.get("responseStatus") == "declined" for a in item.get("attendees", ())
    )
    free = item.get("transparency") == "transparent" or item.get("eventType") == "workingLocation"
    return item["status"] != "cancelled" and not free and not declined


def _merged(item: Item, patch: Item) -> Item:
    """Patch semantics: objects are merged, lists replaced, null takes away."""
    out = copy.deepcopy(item)
    for name, value in patch.items():
        if name in _SERVER_OWNED:
            continue
        if value is None:
            out.pop(name, None)
        elif isinstance(value, dict) and isinstance(out.get(name), dict):
            out[name] = _merged(out[name], value)
        else:
            out[name] = copy.deepcopy(value)
    return out
