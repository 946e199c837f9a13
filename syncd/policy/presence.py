"""Who was there, and when? Stays of people in a room, from the records of feeds: pure arithmetic of intervals
(ATT-1, ATT-8, ATT-11, ATT-12, A2).

Presence is the union of what was ever told: a record that says less, or comes later, or twice, takes nothing away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syncd.domain.attendance import Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel
from syncd.domain.evidence import Evidence
from syncd.domain.spans import Span


class Who(StrEnum):
    """What somebody in a room is to one session. Who is of another session for certain does not appear (ATT-10)."""

    CUSTOMER = "customer"
    STAFF = "staff"
    BOT = "bot"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody in a room for a time, in the provider's clock. `until` None: nothing tells that they left."""

    who: Who
    feed: str
    channel: Channel
    stage: Stage
    since: datetime
    until: datetime | None
    matched: str = ""
    staff_id: str | None = None

    def touches(self, span: Span, tolerance: timedelta) -> bool:
        """Were they there within the span, give or take? What is in doubt counts as there."""
        if self.since > span.ends_at + tolerance:
            return False
        return self.until is None or self.until >= span.starts_at - tolerance

    def meets(self, other: Stay, until: datetime, tolerance: timedelta) -> bool:
        """Were both there at one instant before `until` (A14)?"""
        since = max(self.since, other.since)
        ends = [stay.until for stay in (self, other) if stay.until is not None]
        return since - tolerance < until and since - tolerance <= min(ends, default=since)


def stays_of(evidence: Iterable[Evidence]) -> tuple[Stay, ...]:
    """Every stay that was ever recorded, by start. A stay without an end is ended by whatever record of the same person
    and the same coming names one, in whatever order they came (ATT-11)."""
    seen = [item.payload for item in evidence if isinstance(item.payload, AttendanceSeen)]
    left: dict[tuple[object, ...], datetime] = {}
    for record in seen:
        if record.left_at is not None:
            key = _same(record)
            left[key] = max(record.left_at, left.get(key, record.left_at))
    stays = {
        Stay(who_is(r), r.feed, r.channel, r.stage, r.joined_at, left.get(_same(r)), r.matched, r.staff_id)
        for r in seen
    }
    return tuple(sorted(stays, key=lambda stay: (stay.since, stay.feed, stay.stage, stay.who, stay.matched)))


def who_is(record: AttendanceSeen) -> Who:
    """Known customers first: nobody's attendance is lost because a feed takes them for a host or a bot (A2, ATT-12)."""
    if record.matched:
        return Who.CUSTOMER
    if record.staff_id is not None or record.presence is Presence.HOST:
        return Who.STAFF
    return Who.BOT if record.presence is Presence.BOT else Who.STRANGER


def _same(record: AttendanceSeen) -> tuple[object, ...]:
    """The same person and the same coming: by the provider's name for it, else by all that is known of them."""
    name = record.hints.participant_id or record.hints
    return record.feed, record.room_id, name, record.joined_at
