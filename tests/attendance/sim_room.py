"""A conference room with people in it, and feeds that tell of it: well, badly, late, or not at all (TST-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from syncd.domain.attendance import FeedReading, Hints, OpenWindow, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel, FeedAbilities
from syncd.domain.evidence import Evidence
from syncd.domain.keys import derived_key
from syncd.ports.errors import Retryable
from syncd.ports.source import Batch

BOTH = (Channel.ONLINE, Channel.PHONE)
SECOND = timedelta(seconds=1)


class Shape(StrEnum):
    """What a feed can: who is there now and who was; who is there now; who was there, afterwards."""

    HISTORY = "live+history"
    SNAPSHOT = "snapshot"
    AFTER = "after the fact"


class Fault(StrEnum):
    HEALTHY = "healthy"
    DOWN = "down"
    EMPTY = "200-empty"
    STALE = "stale"
    WRONG_ROOM = "wrong room"
    TRUNCATED = "truncated page"
    STAFF_ONLY = "staff only"
    ANONYMOUS = "anonymous caller"
    WRONG_PIN = "wrong PIN"
    LATE = "85 min late"
    REORDERED = "reordered"
    DOUBLED = "doubled"
    RESTARTED = "restarted epoch"
    SKEWED = "clock skew"


@dataclass(frozen=True)
class Visit:
    """Somebody in the room, in truth. `customer_of`: whose customer this really is, whatever a feed can tell."""

    who: str
    since: datetime
    until: datetime
    channel: Channel = Channel.ONLINE
    stage: Stage = Stage.JOINED
    presence: Presence = Presence.GUEST
    hints: Hints = field(default_factory=Hints)
    customer_of: str = ""


def abilities(shape: Shape, feed: str = "feed", channels: tuple[Channel, ...] = BOTH) -> FeedAbilities:
    poll = timedelta(seconds=20)
    if shape is Shape.AFTER:
        return FeedAbilities(feed, channels, live=False, history=True, settle=timedelta(minutes=90))
    return FeedAbilities(feed, channels, live=True, history=shape is Shape.HISTORY, poll=poll)


@dataclass
class SimFeed:
    """Implements `syncd.ports.feed.Feed` over the truth. `fault_span`: when DOWN, STALE and TRUNCATED hold, and at its
    beginning RESTARTED happens. `skew`: our clock less the provider's."""

    ability: FeedAbilities
    visits: dict[str, list[Visit]]
    fault: Fault = Fault.HEALTHY
    fault_since: datetime | None = None
    fault_until: datetime | None = None
    skew: timedelta = timedelta(0)
    random: Random = field(default_factory=lambda: Random(0))
    id: str = "feed"
    lane: str = "feed"
    polls: int = 0

    @property
    def rooms(self) -> Mapping[str, str]:
        return {room: room for room in self.visits}

    def poll(self, windows: Sequence[OpenWindow], cursor: str | None, now: datetime) -> Batch:
        self.polls += 1
        if self.fault is Fault.DOWN and self._faulty(now):
            raise Retryable("the provider does not answer")
        evidence: list[Evidence] = []
        readings: list[FeedReading] = []
        for room in sorted({window.room_id for window in windows}):
            since = min(w.span.starts_at for w in windows if w.room_id == room)
            evidence += self._records(room, since, now)
            readings += self._readings(room, since, now)
        return Batch(tuple(evidence), readings=tuple(readings), cursor=str(self.polls))

    def probe(self) -> tuple[str, ...]:
        return ("simulated",)

    def _faulty(self, now: datetime) -> bool:
        since, until = self.fault_since, self.fault_until
        return since is not None and since <= now and (until is None or now < until)

    def _epoch(self, now: datetime) -> str:
        return "second" if self.fault is Fault.RESTARTED and self._faulty(now) else "first"

    def _readings(self, room: str, since: datetime, now: datetime) -> list[FeedReading]:
        if self.fault is Fault.TRUNCATED and self._faulty(now):
            return []
        upto = now - self.skew - self.ability.lag
        if self.fault is Fault.STALE and self._faulty(now):
            assert self.fault_since is not None
            upto = self.fault_since - self.skew - self.ability.lag
        first = since - self.skew if self.ability.history else None
        if self._epoch(now) == "second" and first is not None and self.fault_since is not None:
            first = self.fault_since - self.skew  # what was before the restart is forgotten
        return [FeedReading(self.id, room, upto, self.ability.max_gap, first, self._epoch(now))]

    def _records(self, room: str, since: datetime, now: datetime) -> list[Evidence]:
        seen_at = now
        if self.fault is Fault.EMPTY:
            return []
        if self.fault is Fault.STALE and self._faulty(now):
            assert self.fault_since is not None
            seen_at = self.fault_since
        source = room
        if self.fault is Fault.WRONG_ROOM:
            source = next((other for other in self.visits if other != room), "")
        found = [v for v in self.visits.get(source, []) if self._visible(v, since, seen_at)]
        if self.fault is Fault.TRUNCATED and self._faulty(now):
            found = found[: len(found) // 2]
        if self.fault is Fault.REORDERED:
            self.random.shuffle(found)
        if self.fault is Fault.DOUBLED:
            found = found + found
        return [self._record(room, visit, seen_at) for visit in found]

    def _visible(self, visit: Visit, since: datetime, now: datetime) -> bool:
        if visit.channel not in self.ability.channels or visit.since > now or visit.until < since:
            return False
        if self.fault is Fault.LATE and visit.customer_of:
            return now >= visit.since + timedelta(minutes=85)  # by a webhook that came at last
        if self.fault is Fault.RESTARTED and self._faulty(now):
            assert self.fault_since is not None
            if visit.since <= self.fault_since:
                return False  # the server that knew of them is gone
        present = visit.since <= now < visit.until
        seen_before = visit.until - visit.since >= self.ability.poll
        return present or self.ability.history or (seen_before and now - visit.until < timedelta(minutes=2))

    def _record(self, room: str, visit: Visit, now: datetime) -> Evidence:
        left = visit.until if visit.until <= now else None
        seen = AttendanceSeen(
            self.id,
            room,
            visit.channel,
            visit.stage,
            visit.presence,
            visit.since - self.skew,
            now,
            left - self.skew if left is not None else None,
            replace(visit.hints, participant_id=visit.who),
        )
        key = derived_key(self.id, room, visit.who, seen.joined_at.isoformat(), visit.stage, str(seen.left_at))
        return Evidence(key, self.id, now, seen)
