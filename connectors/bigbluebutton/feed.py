"""Who is in the meetings now? Snapshots, each compared with the one before it (CON-9, ATT-4)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from connectors.bigbluebutton import Settings
from connectors.bigbluebutton.client import Client
from connectors.bigbluebutton.translate import OURS, NotThere, Snapshot, snapshot_of, told
from syncd.domain.attendance import FeedReading, OpenWindow
from syncd.domain.evidence import Evidence
from syncd.ports.connector import Tools
from syncd.ports.errors import Retryable
from syncd.ports.source import Batch


class Memory(NamedTuple):
    """Who was there since when, in which epoch; by `user_id`."""

    epoch: str = ""
    since: Mapping[str, str] = {}


class BigBlueButtonFeed:
    """ports.feed.Feed and ports.feed.Doors of one server."""

    def __init__(self, name: str, settings: Settings, tools: Tools) -> None:
        self.id = name
        self.lane = f"bigbluebutton:{name}"
        self.rooms: Mapping[str, str] = settings.rooms
        self.opens = frozenset(settings.rooms) if settings.own_links else frozenset()
        self._settings = settings
        self._clock = tools.clock
        self._client = Client(settings, tools.credential, tools.clock)

    def poll(self, windows: Sequence[OpenWindow], cursor: str | None, now: datetime) -> Batch:
        memory = _memory(cursor)
        kept: dict[str, Memory] = {}
        evidence: list[Evidence] = []
        readings: list[FeedReading] = []
        times: list[datetime] = []
        trouble: Retryable | None = None
        wanted = dict.fromkeys(window.room_id for window in windows if window.room_id in self.rooms)
        for room_id in wanted:
            before = kept[room_id] = memory.get(room_id, Memory())
            try:
                snapshot, at = self._snapshot(room_id)
            except NotThere:
                continue
            except Retryable as error:
                trouble = error
                continue
            same = before.since if before.epoch == snapshot.epoch else {}
            seen, since = told(self.id, room_id, snapshot, same, at)
            kept[room_id] = Memory(snapshot.epoch, since)
            evidence += seen
            gap = timedelta(seconds=self._settings.max_gap_seconds)
            skew = self._clock.now() - at
            readings.append(FeedReading(self.id, room_id, min(at, now), gap, None, snapshot.epoch, skew=skew))
            times.append(at)
        if trouble is not None and not readings:
            raise trouble
        return Batch(
            evidence=tuple(evidence),
            cursor=json.dumps(kept),
            read_at=max(times, default=None),
            readings=tuple(readings),
        )

    def probe(self) -> tuple[str, ...]:
        facts = []
        for room_id in self.rooms:
            try:
                snapshot, _ = self._snapshot(room_id)
            except NotThere:
                facts.append(f"{room_id}: its meeting does not run, so nothing can be said of it until it is created")
                continue
            number, bridge = snapshot.numbers
            facts.append(f"{room_id}: runs; number {number or 'none'}, voice bridge {bridge or 'none'}")
        return ("the server takes our checksum", *facts, "guests who wait for approval are not told by BigBlueButton")

    def join_url(self, room_id: str, token: str, name: str) -> str:
        query = {"fullName": name, "meetingID": self.rooms[room_id], "role": "VIEWER", "userID": OURS + token}
        return self._client.address("join", query)

    def _snapshot(self, room_id: str) -> tuple[Snapshot, datetime]:
        """Raises NotThere, Retryable, Misconfigured."""
        answer = self._client.ask("getMeetingInfo", {"meetingID": self.rooms[room_id]})
        snapshot = snapshot_of(answer.body)
        if snapshot.meeting_id != self.rooms[room_id] or not snapshot.epoch:
            raise Retryable("the answer is about another meeting")
        if answer.read_at is None:
            raise Retryable("the answer tells no time", hint="a proxy that takes the Date header away?")
        return snapshot, answer.read_at


def _memory(cursor: str | None) -> dict[str, Memory]:
    try:
        return {room: Memory(epoch, dict(since)) for room, (epoch, since) in json.loads(cursor or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}
