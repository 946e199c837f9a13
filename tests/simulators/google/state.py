"""What does Google hold? Calendars, events with ETags and change numbers, people, channels, and mails that it sent."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Item = dict[str, Any]
READERS = ("freeBusyReader", "reader", "writer", "owner")


class ApiError(Exception):
    """An error answer, by status and reason (the API's error page)."""

    def __init__(self, status: int, reason: str, message: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {reason} {message}")
        self.status, self.reason, self.message = status, reason, message or reason
        self.headers = headers or {}


@dataclass
class Event:
    """`item` is the resource as kept; `seq` the number of its last change."""

    item: Item
    seq: int = 0

    @property
    def etag(self) -> str:
        return f'"{3_000_000_000_000 + self.seq * 2}"'

    @property
    def cancelled(self) -> bool:
        return bool(self.item["status"] == "cancelled")


@dataclass
class Calendar:
    id: str
    zone: str
    roles: dict[str, str]
    primary_of: str | None = None
    events: dict[str, Event] = field(default_factory=dict)
    purged: set[str] = field(default_factory=set)  # ids that Google does not give back

    @property
    def zoneinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


@dataclass(frozen=True)
class Mail:
    """What the provider sent to a guest, by itself."""

    recipient: str
    about: str
    kind: str


@dataclass
class Channel:
    id: str
    resource_id: str
    calendar_id: str
    address: str
    token: str
    expires_at: datetime
    number: int = 0


@dataclass(frozen=True)
class Notification:
    """One POST to a channel's address, as Google sends it: headers alone."""

    address: str
    headers: dict[str, str]


class State:
    """One Google, at a clock of its own."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.skew = timedelta()
        self.seq = 0
        self.epoch = 0  # sync tokens of an older one are lost
        self.people: set[str] = set()
        self.calendars: dict[str, Calendar] = {}
        self.mails: list[Mail] = []
        self.channels: dict[str, Channel] = {}
        self.channel_ids: set[str] = set()
        self.unverified: set[str] = set()  # hosts that Google sends no notices to
        self.notifications: list[Notification] = []
        self.deliver: Callable[[Notification], None] | None = None

    def now(self) -> datetime:
        return self.clock().astimezone(UTC) + self.skew

    def person(self, email: str, zone: str = "Europe/Berlin") -> Calendar:
        """A person with their own calendar."""
        self.people.add(email)
        return self.calendar(email, email, zone, primary_of=email)

    def calendar(
        self, calendar_id: str, owner: str, zone: str = "Europe/Berlin", primary_of: str | None = None
    ) -> Calendar:
        made = Calendar(calendar_id, zone, {owner: "owner"}, primary_of)
        self.calendars[calendar_id] = made
        return made

    def reached(self, user: str, calendar_id: str, role: str) -> Calendar:
        """The calendar, where this user has at least that role. What one may not see does not exist."""
        found = self.calendars.get(user if calendar_id == "primary" else calendar_id)
        has = found.roles.get(user) if found is not None else None
        if found is None or has is None:
            raise ApiError(404, "notFound", "Not Found")
        if READERS.index(has) < READERS.index(role):
            raise ApiError(403, "requiredAccessLevel", "You need to have writer access to this calendar.")
        return found

    def touch(self, calendar: Calendar, event: Event) -> None:
        """A change: another ETag, another place in the order, a notice to whoever watches."""
        self.seq += 1
        event.seq = self.seq
        event.item["updated"] = rfc3339(self.now())
        for channel in self.channels.values():
            if channel.calendar_id == calendar.id and channel.expires_at > self.now():
                self.notify(channel, "exists")

    def notify(self, channel: Channel, state: str) -> None:
        channel.number += 1
        headers = {
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Channel-Token": channel.token,
            "X-Goog-Channel-Expiration": f"{channel.expires_at:%a, %d %b %Y %H:%M:%S GMT}",
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-URI": f"https://www.googleapis.com/calendar/v3/calendars/{channel.calendar_id}/events",
            "X-Goog-Resource-State": state,
            "X-Goog-Message-Number": str(channel.number),
        }
        self.notifications.append(Notification(channel.address, headers))
        if self.deliver is not None:
            self.deliver(self.notifications[-1])

    def mail(self, calendar: Calendar, item: Item, send: str, kind: str) -> None:
        if send == "none":
            return
        for who in item.get("attendees", ()):
            if who["email"] != calendar.id and not who.get("resource"):
                self.mails.append(Mail(who["email"], item["id"], kind))

    def replica(self) -> dict[str, Calendar]:
        """What a replica knows that stops here."""
        return copy.deepcopy(self.calendars)


def rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
