"""Who was in the meetings? GoTo tells it after their end; while one runs it says no more than that (CON-9).

Before the organizer starts a meeting, whoever waits at its door is told by nobody: INACTIVE is no empty room, and
nothing covers that time but staff's own word (CON-5).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from connectors.goto import Settings
from connectors.goto.client import Client, NotThere
from connectors.goto.translate import instances, instant, join_data_of, of_instance, reading_of, started
from syncd.domain.attendance import FeedReading, OpenWindow
from syncd.domain.desk import JoinData
from syncd.domain.evidence import Evidence
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable
from syncd.ports.source import Batch

MEETING_LONGEST = timedelta(hours=30)
DONE_REMEMBERED_MAX = 50


class Place(NamedTuple):
    """Where we stand in one room: since when it runs, and the meetings whose lists were whole."""

    runs_since: str = ""
    done: tuple[str, ...] = ()


class Told(NamedTuple):
    """What one room's answers came to."""

    evidence: tuple[Evidence, ...]
    readings: tuple[FeedReading, ...]
    read_at: datetime | None
    place: Place


class GoToFeed:
    """ports.feed.Feed and ports.feed.Describing of one account."""

    def __init__(self, name: str, settings: Settings, tools: Tools) -> None:
        self.id = name
        self.lane = f"goto:{name}"
        self.rooms: Mapping[str, str] = settings.rooms
        self._settings = settings
        self._clock = tools.clock
        self._client = Client(settings, tools)

    def poll(self, windows: Sequence[OpenWindow], cursor: str | None, now: datetime) -> Batch:
        places, told, trouble = _places(cursor), {}, None
        for room_id in dict.fromkeys(window.room_id for window in windows if window.room_id in self.rooms):
            since = min(window.span.starts_at for window in windows if window.room_id == room_id)
            try:
                told[room_id] = self._room(room_id, places.get(room_id, Place()), since, now)
            except Retryable as error:
                trouble = error
        if trouble is not None and not told:
            raise trouble
        places |= {room_id: each.place for room_id, each in told.items()}
        times = [each.read_at for each in told.values() if each.read_at is not None]
        return Batch(
            evidence=tuple(seen for each in told.values() for seen in each.evidence),
            cursor=json.dumps({room: place for room, place in places.items() if room in self.rooms}),
            read_at=max(times, default=None),
            readings=tuple(reading for each in told.values() for reading in each.readings),
        )

    def probe(self) -> tuple[str, ...]:
        facts = ["signed in"]
        for room_id, join in self.join_data().items():
            numbers = ", ".join(number.e164 for number in join.numbers[:3]) or "no numbers told"
            code = join.conference_digits or "no access code told"
            facts.append(f"{room_id}: meeting {self.rooms[room_id]} is found; {code}; {numbers}")
        return tuple(facts)

    def join_data(self) -> Mapping[str, JoinData]:
        found = {}
        for room_id, meeting_id in self.rooms.items():
            try:
                meeting, _ = self._client.meeting(meeting_id)
            except NotThere:
                raise Misconfigured(
                    f"GoTo knows no meeting {meeting_id} (room {room_id})",
                    hint="compare its ID; was it deleted, or does another organizer hold it?",
                ) from None
            found[room_id] = join_data_of(meeting_id, str(meeting.get("conferenceCallInfo") or ""))
        return found

    # -- one room --------------------------------------------------------------------------------------------------

    def _room(self, room_id: str, place: Place, since: datetime, now: datetime) -> Told:
        try:
            meeting, read_at = self._client.meeting(self.rooms[room_id])
        except NotThere:
            return Told((), (), None, place)  # not bound (ATT-5)
        if meeting.get("status") == "ACTIVE":
            at = read_at or now
            runs_since = instant(place.runs_since) or at
            seen = started(self.id, room_id, runs_since, at)
            return Told((seen,), (), read_at, Place(runs_since.isoformat(), place.done))
        return self._ended(room_id, Place("", place.done), since, now)

    def _ended(self, room_id: str, place: Place, since: datetime, now: datetime) -> Told:
        try:
            listed = self._client.attendees(self.rooms[room_id])
        except NotThere:
            return Told((), (), None, place)  # no history yet
        at = listed.read_at or now
        evidence: list[Evidence] = []
        readings: list[FeedReading] = []
        done = place.done
        for instance in instances(listed.rows, self.rooms[room_id]):
            if instance.key in done or instance.started_at < since - MEETING_LONGEST:
                continue
            evidence += of_instance(self.id, room_id, instance, at)
            settled = min(at, now) >= instance.ended_at + timedelta(minutes=self._settings.report_minutes)
            if instance.whole and settled:
                readings.append(reading_of(self.id, room_id, instance, self._clock.now() - at))
                done = (*done, instance.key)[-DONE_REMEMBERED_MAX:]
        return Told(tuple(evidence), tuple(readings), listed.read_at, Place("", done))


def _places(cursor: str | None) -> dict[str, Place]:
    try:
        return {room: Place(since, tuple(done)) for room, (since, done) in json.loads(cursor or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}
