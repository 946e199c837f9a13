"""Who is in the permanent meetings? The dashboard while they run, the reports of those that ended (CON-9).

A meeting that restarts gets a new uuid: the running one is read by its uuid, and each that ended once more by its
report, so that none is lost. Between meetings nobody can be inside only if people may join before the host; else a
customer could stand before a closed door, unseen, and nothing is covered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.zoom import MAX_GAP, Settings
from connectors.zoom.client import RIGHT_TO_REGISTER, RIGHTS, Client, Listing, NotThere, in_path
from connectors.zoom.hook import ZoomHook
from connectors.zoom.translate import Where, instant, of_row, registrant_of
from syncd.domain.attendance import FeedReading, OpenWindow
from syncd.domain.attended import AttendanceSeen
from syncd.domain.evidence import Evidence
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable
from syncd.ports.hook import Hook
from syncd.ports.source import Batch

DONE_REMEMBERED_MAX = 20
REPORTS_AT_ONCE_MAX = 5
MEETING_LONGEST = timedelta(hours=30)
EMAIL_MAX, NAME_MAX = 128, 64
APPROVES = 0
APPROVE = (
    "let the meeting require registration and approve it automatically, which takes a licensed host and a meeting with"
    " fixed times; or leave `registrants` out"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where we stand in one room: the meeting seen last, whether it ran, how far it is covered; `behind`: a report may
    be unread; `done`: those that are read."""

    uuid: str = ""
    upto: str = ""
    ran: bool = False
    behind: bool = True
    done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What one room's answers came to."""

    evidence: tuple[Evidence, ...] = ()
    readings: tuple[FeedReading, ...] = ()
    read_at: datetime | None = None
    place: Place = Place()


class ZoomFeed:
    """ports.feed.Feed, and a hook where its secret is configured."""

    def __init__(self, name: str, settings: Settings, tools: Tools) -> None:
        self.id = name
        self.lane = f"zoom:{name}"
        self.rooms: Mapping[str, str] = settings.rooms
        self._settings = settings
        self._tools = tools
        self._client = Client(settings, tools.credential, tools.clock)
        self.registers = frozenset(settings.rooms) if settings.registrants else frozenset()
        self._registrants: dict[str, dict[str, str]] = {room_id: {} for room_id in self.registers}

    def hooks(self) -> tuple[Hook, ...]:
        named = self._settings.webhook_credential
        if named is None:
            return ()
        return (ZoomHook(self.id, self.rooms, lambda: self._tools.credential(named), self._registrants),)

    def register(self, room_id: str, email: str, name: str) -> str:
        """POST /meetings/{id}/registrants: Zoom answers the same for an address that it knows."""
        first, _, last = " ".join(name.split()).partition(" ")
        body = {"email": email[:EMAIL_MAX], "first_name": first[:NAME_MAX] or email[:NAME_MAX]}
        path = f"/meetings/{self.rooms[room_id]}/registrants"
        try:
            told = self._client.post(path, body | ({"last_name": last[:NAME_MAX]} if last else {}))
        except NotThere:
            raise Misconfigured(f"Zoom knows no meeting of room {room_id}", hint="see `syncd doctor`") from None
        url, known = told.get("join_url"), told.get("registrant_id")
        if not isinstance(url, str) or not url.startswith("https://"):
            raise Misconfigured(f"Zoom gives no join link to who registers for room {room_id}", hint=APPROVE)
        if isinstance(known, str):
            self._registrants[room_id][known] = email
        return url

    def poll(self, windows: Sequence[OpenWindow], cursor: str | None, now: datetime) -> Batch:
        places, told, trouble = _places(cursor), {}, None
        for room_id in dict.fromkeys(window.room_id for window in windows if window.room_id in self.rooms):
            here = [window.span for window in windows if window.room_id == room_id]
            place = places.get(room_id, Place())
            if all(span.ends_at < now for span in here):
                place = replace(place, behind=True)  # nobody hurries now, and no report may be missed
            try:
                told[room_id] = self._room(room_id, place, min(span.starts_at for span in here), now)
            except Retryable as error:
                trouble = error
        if trouble is not None and not told:
            raise trouble
        places = {room: told[room].place if room in told else places.get(room, Place()) for room in self.rooms}
        times = [each.read_at for each in told.values() if each.read_at is not None]
        return Batch(
            evidence=tuple(seen for each in told.values() for seen in each.evidence),
            cursor=json.dumps({room: astuple(place) for room, place in places.items() if place != Place()}),
            read_at=max(times, default=None),
            readings=tuple(reading for each in told.values() for reading in each.readings),
        )

    def probe(self) -> tuple[str, ...]:
        self._client.token()
        rights = (*RIGHTS, RIGHT_TO_REGISTER) if self.registers else RIGHTS
        lacking = [classic for classic, fine in rights if not self._client.scopes & {classic, fine}]
        if self._client.scopes and lacking:
            raise Misconfigured(
                f"the app lacks the scopes {', '.join(lacking)}",
                hint="add them on the app's page; then activate it anew",
            )
        facts = ["signed in"]
        for room_id, meeting_id in self.rooms.items():
            meeting = self._meeting(room_id, meeting_id)
            running = self._live(str(meeting.get("uuid", ""))) is not None
            facts.append(f"{room_id}: meeting {meeting_id} {'runs now' if running else 'is found'}")
            if room_id in self.registers and not _approves(meeting):
                raise Misconfigured(f"room {room_id}: meeting {meeting_id} registers nobody by itself", hint=APPROVE)
            if not _open_door(meeting):
                facts.append(
                    f"{room_id}: nobody can join before the host, so the time before cannot be covered;"
                    " allow it at any time in the meeting's settings"
                )
        return tuple(facts)

    # -- one room --------------------------------------------------------------------------------------------------

    def _room(self, room_id: str, place: Place, since: datetime, now: datetime) -> Told:
        try:
            meeting, read_at = self._client.get(f"/meetings/{self.rooms[room_id]}")
        except NotThere:
            return Told(place=place)  # not bound (ATT-5)
        uuid = str(meeting.get("uuid") or "")
        if str(meeting.get("id")) != self.rooms[room_id] or not uuid:
            return Told(place=place, read_at=read_at)
        runs = meeting.get("status") == "started"
        if place.uuid != uuid or (place.ran and not runs):
            place = replace(place, behind=True)
        place = replace(place, ran=runs)
        if runs:
            told = self._running(room_id, place, meeting, now)
        else:
            told = Told(place=place, read_at=read_at)
            if meeting.get("status") == "waiting" and _open_door(meeting) and read_at is not None:
                told = self._covered(room_id, place, uuid, (), read_at, None, now)
        return self._ended(room_id, told, uuid, since, now) if told.place.behind else told

    def _running(self, room_id: str, place: Place, meeting: dict[str, Any], now: datetime) -> Told:
        uuid = str(meeting["uuid"])
        listing = self._live(uuid)
        if listing is None or listing.read_at is None:
            return Told(place=place)  # just ended, or not on the dashboard yet: nothing is proved
        seen = self._seen(room_id, uuid, listing, listing.read_at, meeting)
        joined = [each.payload.joined_at for each in seen if isinstance(each.payload, AttendanceSeen)]
        since = min(joined, default=None)
        return self._covered(room_id, place, uuid, seen, listing.read_at, since, now)

    def _covered(
        self,
        room_id: str,
        place: Place,
        uuid: str,
        seen: tuple[Evidence, ...],
        read_at: datetime,
        since: datetime | None,
        now: datetime,
    ) -> Told:
        """`since` reaches back to what is covered already of the same meeting: its list has all who were there."""
        upto = min(read_at, now) - timedelta(seconds=self._settings.lag_seconds)
        before = instant(place.upto) if place.uuid == uuid else None
        if since is not None and before is not None:
            since = min(since, before)
        if since is not None and since >= upto:
            since = None
        reading = FeedReading(self.id, room_id, upto, MAX_GAP, since, uuid, skew=self._skew(read_at))
        return Told(seen, (reading,), read_at, replace(place, uuid=uuid, upto=upto.isoformat()))

    def _ended(self, room_id: str, told: Told, uuid: str, since: datetime, now: datetime) -> Told:
        """The reports of meetings that ended since the window opened, each read once, as soon as there is one; until
        all are read we are behind."""
        try:
            listed, _ = self._client.get(f"/past_meetings/{self.rooms[room_id]}/instances")
        except NotThere:
            return replace(told, place=replace(told.place, behind=False))
        found = listed.get("meetings")
        past = [each for each in (found if isinstance(found, list) else ()) if isinstance(each, dict)]
        earliest = since - MEETING_LONGEST
        fresh = [
            name
            for name, began in ((str(each.get("uuid") or ""), instant(each.get("start_time"))) for each in past)
            if name and name != uuid and name not in told.place.done and began is not None and began >= earliest
        ]
        for name in fresh[:REPORTS_AT_ONCE_MAX]:
            told = self._report(room_id, told, name, now)
        behind = not set(fresh) <= set(told.place.done)
        return replace(told, place=replace(told.place, behind=behind))

    def _report(self, room_id: str, told: Told, uuid: str, now: datetime) -> Told:
        try:
            past, read_at = self._client.get(f"/past_meetings/{in_path(uuid)}")
            listing = self._past(uuid)
        except NotThere:
            return told  # not written yet
        began, ended = instant(past.get("start_time")), instant(past.get("end_time"))
        at = read_at or now
        seen = self._seen(room_id, uuid, listing, at, past)
        readings: tuple[FeedReading, ...] = ()
        if began is not None and ended is not None and began < ended <= now:
            readings = (FeedReading(self.id, room_id, ended, MAX_GAP, began, uuid, skew=self._skew(at)),)
        done = (*told.place.done, uuid)[-DONE_REMEMBERED_MAX:]
        return Told(
            told.evidence + seen, told.readings + readings, told.read_at or read_at, replace(told.place, done=done)
        )

    def _skew(self, read_at: datetime) -> timedelta:
        return self._tools.clock.now() - read_at

    def _past(self, uuid: str) -> Listing:
        """A meeting of one person has no report, but stands in the dashboard. Raises NotThere."""
        try:
            return self._client.listing(f"/report/meetings/{in_path(uuid)}/participants", self._fields())
        except NotThere:
            asked = {"type": "pastOne", **self._fields()}
            return self._client.listing(f"/metrics/meetings/{in_path(uuid)}/participants", asked)

    def _fields(self) -> dict[str, str]:
        return {"include_fields": "registrant_id"} if self.registers else {}

    def _live(self, uuid: str) -> Listing | None:
        try:
            asked = {"type": "live", **self._fields()}
            return self._client.listing(f"/metrics/meetings/{in_path(uuid)}/participants", asked)
        except NotThere:
            return None

    def _seen(
        self, room_id: str, uuid: str, listing: Listing, at: datetime, meeting: Mapping[str, Any]
    ) -> tuple[Evidence, ...]:
        host = str(meeting.get("host_id") or ""), str(meeting.get("host_email") or meeting.get("user_email") or "")
        where = Where(self.id, room_id, uuid, at, *host, self._registered(room_id, listing.rows))
        return tuple(of_row(where, row) for row in listing.rows)

    def _registered(self, room_id: str, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        """Addresses by registrant, asked for where somebody came who is not known yet. Without them a poll fails: what
        was told once of somebody is not told again with their address."""
        known = self._registrants.get(room_id, {})
        strange = {one for row in rows if (one := registrant_of(row)) and one not in known}
        if room_id in self.registers and strange:
            try:
                listed = self._client.listing(f"/meetings/{self.rooms[room_id]}/registrants", {}, "registrants").rows
            except NotThere:
                listed = ()
            known |= dict.fromkeys(strange, "")  # taken off the list: not asked for at every poll
            known |= {str(row["id"]): str(row.get("email") or "") for row in listed if row.get("id")}
        return known

    def _meeting(self, room_id: str, meeting_id: str) -> dict[str, Any]:
        try:
            meeting, _ = self._client.get(f"/meetings/{meeting_id}")
        except NotThere:
            raise Misconfigured(
                f"Zoom knows no meeting {meeting_id} (room {room_id})",
                hint="is it a permanent meeting (recurring, no fixed time) of this account? Compare its ID",
            ) from None
        return meeting


def _approves(meeting: Mapping[str, Any]) -> bool:
    """Whoever registers is let in, and nobody else."""
    settings = meeting.get("settings")
    return isinstance(settings, dict) and settings.get("approval_type") == APPROVES


def _open_door(meeting: Mapping[str, Any]) -> bool:
    """People may join before the host, at any time."""
    settings = meeting.get("settings")
    return isinstance(settings, dict) and settings.get("join_before_host") is True and not settings.get("jbh_time")


def _places(cursor: str | None) -> dict[str, Place]:
    try:
        kept = json.loads(cursor or "{}")
        return {
            room: Place(uuid, upto, ran, behind, tuple(done)) for room, (uuid, upto, ran, behind, done) in kept.items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}
