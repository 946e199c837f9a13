"""Who is in the room? Attendance feeds: records in, and what they covered (spec/attendance.md ATT-1 to ATT-5, CON-1).

A feed reports; policy concludes. An error is never an empty room: it raises, and nothing is covered meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from syncd.domain.attendance import OpenWindow
from syncd.domain.desk import FeedAbilities
from syncd.ports.source import Batch


class Feed(Protocol):
    id: str
    """The connector's name; the feed's in every record."""

    lane: str
    """Calls in one lane never overlap."""

    rooms: Mapping[str, str]
    """Our room ids to what the provider calls them (a meeting id, a conference name), from the configuration."""

    def poll(self, windows: Sequence[OpenWindow], cursor: str | None, now: datetime) -> Batch:
        """Who is, and as far as the provider tells was, in the rooms of these windows; none of other rooms.

        Evidence is AttendanceSeen without a subject (engine/correlate finds the sessions, staff and customers), keyed
        by (feed, room, epoch, participant, joined_at, stage, left_at): the same answer read again is no news. One
        FeedReading for each room whose answer was complete: authenticated, schema-valid, all pages (ATT-3); a room that
        was not found, or is not the one that customers are sent, gives none (ATT-5). `cursor`: the feed's own text,
        stored in the transaction of the batch.

        Raises Retryable, Misconfigured for what concerns the whole feed; one room's trouble leaves out that room.
        """
        ...

    def probe(self) -> tuple[str, ...]:
        """For `syncd doctor`: reach it, sign in, find each room, check rights. Raises Misconfigured, Retryable."""
        ...


class FeedOffer(Protocol):
    def __call__(self, name: str, settings: object) -> Mapping[str, FeedAbilities]:
        """What a feed connector of these settings can prove, by room id; no I/O, no vendor library (CON-1, CON-2)."""
        ...
