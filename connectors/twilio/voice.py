"""Who is on the conference line, and who called it? Conferences and their calls as attendance (CON-9; ports/feed.py).

Participants carry no number, so each is known by its call. A lone caller waits in a conference of status `init`. The
list of calls is the history: who called and is in no conference of ours is still at the PIN, or typed it wrong, and
counts as `dialed` in every room of the line (ATT-8). It is also the watermark: both lists, whole, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.twilio import LAG, VoiceSettings
from connectors.twilio.client import Client, Missing
from connectors.twilio.translate import instant
from syncd.domain.attendance import FeedReading, Hints, OpenWindow, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel
from syncd.domain.evidence import Evidence
from syncd.domain.keys import derived_key
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured
from syncd.ports.source import Batch

MAX_GAP = timedelta(seconds=30)
OPEN_STATUSES = ("init", "in-progress")
NO_ACCOUNT = "there is no such account"

Row = Mapping[str, Any]


class TwilioVoice:
    """ports.feed.Feed."""

    def __init__(self, name: str, settings: VoiceSettings, tools: Tools) -> None:
        self.id = name
        self.lane = name
        self.rooms: Mapping[str, str] = settings.rooms
        self._settings = settings
        self._client = Client(settings, tools)

    def poll(self, windows: Sequence[OpenWindow], cursor: str | None, now: datetime) -> Batch:
        wanted = {window.room_id for window in windows} & set(self.rooms)
        if not wanted:
            return Batch(cursor=cursor)
        since = min(window.span.starts_at for window in windows if window.room_id in wanted)
        calls, at = self._calls(since)
        inside = {room: self._inside(self.rooms[room], since) for room in sorted(wanted)}
        placed = {str(row.get("call_sid")) for rows in inside.values() for row in rows}
        seen_at = (at or now) - LAG
        evidence: list[Evidence] = []
        for room, rows in inside.items():
            known = {str(row.get("call_sid")): row for row in rows}
            for sid, call in calls.items():
                stage = _stage(known.get(sid)) if sid in known else None if sid in placed else Stage.DIALED
                if stage is not None:
                    evidence.append(self._seen(room, call, stage, known.get(sid), now))
        readings = tuple(FeedReading(self.id, room, seen_at, MAX_GAP, since, self._settings.account) for room in inside)
        return Batch(tuple(evidence), cursor=cursor, read_at=seen_at, readings=readings)

    def _calls(self, since: datetime) -> tuple[dict[str, Row], datetime | None]:
        """Every call to our numbers of these days, and the time of the first answer."""
        found: dict[str, Row] = {}
        first: datetime | None = None
        for number in self._settings.numbers:
            query = {"To": number, "StartTime>": f"{since.astimezone(UTC):%Y-%m-%d}T00:00:00Z"}
            rows, at = self._pages("/Calls.json", query, "calls")
            first = min(filter(None, (first, at)), default=None)
            for row in rows:
                ended = instant(row.get("end_time"))
                if row.get("direction") == "inbound" and (ended is None or ended >= since):
                    found[str(row.get("sid"))] = row
        return found, first

    def _inside(self, name: str, since: datetime) -> list[Row]:
        """Who is in the conferences of that name; one that is over has no participants any more."""
        found: list[Row] = []
        for conference in self._pages("/Conferences.json", {"FriendlyName": name}, "conferences")[0]:
            if conference.get("friendly_name") == name and conference.get("status") in OPEN_STATUSES:
                path = f"/Conferences/{conference.get('sid')}/Participants.json"
                found += self._pages(path, {}, "participants")[0]
        return found

    def _seen(self, room: str, call: Row, stage: Stage, row: Row | None, now: datetime) -> Evidence:
        sid = str(call.get("sid"))
        joined = instant(row.get("date_created")) if row is not None else None
        joined = joined or instant(call.get("start_time")) or instant(call.get("date_created")) or now
        left = instant(call.get("end_time"))
        seen = AttendanceSeen(
            feed=self.id,
            room_id=room,
            channel=Channel.PHONE,
            stage=stage,
            presence=Presence.UNKNOWN,
            joined_at=joined,
            observed_at=now,
            left_at=left,
            hints=Hints(phone_e164=_number(call.get("from")), participant_id=sid),
        )
        over = left.isoformat() if left else ""
        key = derived_key(self.id, room, self._settings.account, sid, joined.isoformat(), stage, over)
        return Evidence(key, self.id, now, seen)

    def _pages(self, path: str, query: Mapping[str, str], items: str) -> tuple[list[Row], datetime | None]:
        try:
            return self._client.pages(path, {**query, "PageSize": str(self._settings.page_items_max)}, items)
        except Missing:
            raise Misconfigured(NO_ACCOUNT, hint="`account` is the SID of your console's first page.") from None

    def probe(self) -> tuple[str, ...]:
        for number in self._settings.numbers:
            self._pages("/Calls.json", {"To": number}, "calls")
        rooms = ", ".join(f"{room}: conference {name}" for room, name in sorted(self.rooms.items()))
        return ("signed in; calls and conferences can be read", rooms)


def _stage(row: Row | None) -> Stage:
    """On hold is hold music; a participant is on the line otherwise."""
    return Stage.WAITING if row is not None and row.get("hold") else Stage.JOINED


def _number(text: object) -> str:
    """E.164, or nothing for a caller who withholds it."""
    said = str(text or "")
    return said if said.startswith("+") and said[1:].isdigit() and said != "+266696687" else ""
