"""Has Google something new for us? Notification channels, and the notices that come over them (GOO-11).

Calendar API, "Push notifications". A notice only wakes a poll: it says nothing that is believed. No channel is kept in
a table: a channel's id is derived from the calendar, the address and the number of its period, so that opening it again
finds it open, and a period overlaps the next, so that renewing leaves no gap. Its token is signed, so that a notice is
verified without asking anyone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.google_calendar.answers import Refused
from connectors.google_calendar.client import Client
from syncd.ports.calendar import CalendarBinding
from syncd.ports.errors import Misconfigured, Permanent
from syncd.ports.hook import Answer, Call
from syncd.ports.keys import Keys

PERIOD = timedelta(days=3)
OVERLAP = timedelta(days=1)
TOKEN_MAX = 256  # Google refuses longer ones
HEADER_MAX = 2_000
_PURPOSE = "google-channel"
_STATES = frozenset({"exists", "not_exists"})
_BEGAN = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel. `resource_id` is Google's name of what is watched; None where the channel was open already.
    `renew_at`: when `watch` is to be called again."""

    id: str
    resource_id: str | None
    renew_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """What a request to the hook was. `status` is the HTTP answer; `calendar_id` the calendar to poll now, None: there
    is nothing to do. `channel` lets a channel that nobody wants any more be stopped."""

    status: int
    calendar_id: str | None = None
    channel: Channel | None = None


def receive(headers: Mapping[str, str], connector: str, keys: Keys, now: datetime) -> Notice:
    """Verify a notice and say which calendar to wake; pure. Forged ones get 401 without a reason."""
    given = {name.casefold(): text for name, text in headers.items() if len(text) <= HEADER_MAX and text.isascii()}
    parts = keys.open(_PURPOSE, given.get("x-goog-channel-token", ""))
    if parts is None or len(parts) != 2 or parts[0] != connector:
        return Notice(401)
    channel = Channel(given.get("x-goog-channel-id", ""), given.get("x-goog-resource-id"), now, now)
    if given.get("x-goog-resource-state") not in _STATES:
        return Notice(200, None, channel)  # `sync` only says that the channel is open
    return Notice(200, parts[1], channel)


@dataclass(frozen=True, slots=True)
class Notices:
    """ports.hook.Hook: what Google tells one account. It is answered at once and only wakes a poll."""

    id: str
    keys: Keys

    def receive(self, call: Call) -> Answer:
        notice = receive(call.headers, self.id, self.keys, call.at)
        return Answer(notice.status, wakes=() if notice.calendar_id is None else (notice.calendar_id,))


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of one calendar."""

    client: Client
    connector: str
    binding: CalendarBinding

    def watch(self, address: str, now: datetime) -> Channel:
        """Open this period's channel to `address`, or find it open; call again at `renew_at`, and after a start.

        Raises Misconfigured (Google refuses the address), Permanent, Retryable.
        """
        period = (now - _BEGAN) // PERIOD
        renew_at = _BEGAN + (period + 1) * PERIOD
        channel_id = self.binding.keys.name(_PURPOSE, self.connector, self.binding.calendar_id, address, str(period))
        token = self.binding.keys.sign(_PURPOSE, self.connector, self.binding.calendar_id)
        if len(token) > TOKEN_MAX:
            raise Permanent("the names of connector and calendar are too long for a channel", hint="Shorten them.")
        expires_at = renew_at + OVERLAP
        body = {
            "id": channel_id,
            "type": "web_hook",
            "address": address,
            "token": token,
            "expiration": str(int(expires_at.timestamp() * 1000)),
        }
        request = self.client.ask.events.watch(calendarId=self.binding.address, body=body)
        try:
            made = self.client.read(self.binding.staff_email, request).body
        except Refused as refused:
            said = refused
        else:
            resource_id = made.get("resourceId")
            return Channel(channel_id, resource_id if isinstance(resource_id, str) else None, renew_at, expires_at)
        if said.reason == "channelIdNotUnique":
            return Channel(channel_id, None, renew_at, expires_at)
        raise Misconfigured(str(said), hint=said.hint or "Is push supported for this calendar, and base_url public?")

    def stop(self, channel: Channel) -> None:
        """Close it; one that is closed or has lapsed is closed. Raises Permanent, Retryable, Misconfigured."""
        if channel.resource_id is None:
            raise Permanent("Google closes a channel only by the resource id that its notices carry")
        body = {"id": channel.id, "resourceId": channel.resource_id}
        try:
            self.client.read(self.binding.staff_email, self.client.ask.channels.stop(body=body))
        except Refused as refused:
            if refused.status != 404:
                raise
