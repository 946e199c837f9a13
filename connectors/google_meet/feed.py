"""Who is and was in the spaces? All conferences of a space since its window opened, with all who left (CON-9, ATT-5).

A space without a conference is how Meet says that nobody is there: that counts only once the list of conferences, a
second call, was answered too. Since every conference is listed, one that begins anew breaks nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from connectors.google_meet import MAX_GAP, Settings
from connectors.google_meet.client import Client, NotThere
from connectors.google_meet.translate import instant, join_data_of, of_participant
from syncd.domain.attendance import FeedReading, OpenWindow
from syncd.domain.desk import JoinData
from syncd.domain.evidence import Evidence
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable
from syncd.ports.source import Batch

CONFERENCE_LONGEST = timedelta(hours=30)
DONE_REMEMBERED_MAX = 50


class Told(NamedTuple):
    """What one room's answers came to; `done`: the conferences that ended and are read."""

    evidence: tuple[Evidence, ...]
    readings: tuple[FeedReading, ...]
    read_at: datetime | None
    done: tuple[str, ...]


class MeetFeed:
    """ports.feed.Feed and ports.feed.Describing of one account."""

    def __init__(self, name: str, settings: Settings, tools: Tools) -> None:
        self.id = name
        self.lane = f"google_meet:{name}"
        self.rooms: Mapping[str, str] = settings.rooms
        self._lag = timedelta(seconds=settings.lag_seconds)
        self._clock = tools.clock
        self._client = Client(settings, tools)

    def poll(self, windows: Sequence[OpenWindow], cursor: str | None, now: datetime) -> Batch:
        done, told, trouble = _done(cursor), {}, None
        for room_id in dict.fromkeys(window.room_id for window in windows if window.room_id in self.rooms):
            since = min(window.span.starts_at for window in windows if window.room_id == room_id)
            try:
                told[room_id] = self._room(room_id, done.get(room_id, ()), since, now)
            except NotThere:
                continue  # not bound (ATT-5)
            except Retryable as error:
                trouble = error
        if trouble is not None and not told:
            raise trouble
        kept = {**done, **{room_id: each.done for room_id, each in told.items()}}
        times = [each.read_at for each in told.values() if each.read_at is not None]
        return Batch(
            evidence=tuple(seen for each in told.values() for seen in each.evidence),
            cursor=json.dumps({room: names for room, names in kept.items() if room in self.rooms}),
            read_at=max(times, default=None),
            readings=tuple(reading for each in told.values() for reading in each.readings),
        )

    def probe(self) -> tuple[str, ...]:
        facts = ["signed in"]
        for room_id, join in self.join_data().items():
            numbers = (
                f"{len(join.numbers)} numbers, PIN {join.conference_id}" if join.numbers else "no telephone access"
            )
            facts.append(f"{room_id}: {self.rooms[room_id]} is found; {numbers}")
        return (*facts, "who knocks and is not let in is not told by Meet")

    def join_data(self) -> Mapping[str, JoinData]:
        found = {}
        for room_id, code in self.rooms.items():
            try:
                found[room_id] = join_data_of(self._space(code)[0])
            except NotThere:
                raise Misconfigured(
                    f"Meet knows no space {code} (room {room_id})",
                    hint="compare the meeting code; codes lapse when a space is long unused; does this account own it?",
                ) from None
        return found

    # -- one room --------------------------------------------------------------------------------------------------

    def _room(self, room_id: str, done: tuple[str, ...], since: datetime, now: datetime) -> Told:
        """Raises NotThere, Retryable, Misconfigured."""
        space, read_at = self._space(self.rooms[room_id])
        name = str(space.get("name") or "")
        active = space.get("activeConference")
        running = str(active.get("conferenceRecord") or "") if isinstance(active, dict) else ""
        begun = (since - CONFERENCE_LONGEST).strftime("%Y-%m-%dT%H:%M:%SZ")
        wanted = f'space.name = "{name}" AND start_time >= "{begun}"'
        records = self._client.all("conferenceRecords", "conferenceRecords", {"filter": wanted})
        at = read_at or now
        evidence: list[Evidence] = []
        for record in records:
            conference = str(record.get("name") or "")
            if not conference or conference in done:
                continue
            evidence += self._conference(room_id, conference, at)
            ended = instant(record.get("endTime"))
            if ended is not None and ended < at - self._lag:
                done = (*done, conference)[-DONE_REMEMBERED_MAX:]
        upto = min(at, now) - self._lag
        whole = read_at is not None and (not running or running in {record.get("name") for record in records})
        covers = FeedReading(
            self.id, room_id, upto, MAX_GAP, since if since < upto else None, name, skew=self._clock.now() - at
        )
        return Told(tuple(evidence), (covers,) if whole else (), read_at, done)

    def _conference(self, room_id: str, conference: str, at: datetime) -> list[Evidence]:
        """Everybody, without a filter: with one, who left would be lost."""
        found: list[Evidence] = []
        for participant in self._client.all(f"{conference}/participants", "participants"):
            name = str(participant.get("name") or "")
            if not name:
                raise Retryable("Meet lists a participant without a name")
            sessions = self._client.all(f"{name}/participantSessions", "participantSessions")
            found += of_participant(self.id, room_id, conference, participant, sessions, at)
        return found

    def _space(self, code: str) -> tuple[dict[str, Any], datetime | None]:
        """By its code, or its name. Raises NotThere, Retryable: another space than the one asked for."""
        space, read_at = self._client.get(code if code.startswith("spaces/") else f"spaces/{code}")
        if code not in (space.get("meetingCode"), space.get("name")) or not space.get("name"):
            raise Retryable("Meet's answer is about another space")
        return space, read_at


def _done(cursor: str | None) -> dict[str, tuple[str, ...]]:
    try:
        return {room: tuple(names) for room, names in json.loads(cursor or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}
