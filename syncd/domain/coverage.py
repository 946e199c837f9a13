"""What has a feed covered? Readings merged into stretches without a gap (ATT-3, ATT-4): pure arithmetic.

Read twice, or in another order, they come to the same. Another epoch is another stretch, whatever it touches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.domain.attendance import FeedHealth, FeedReading
from syncd.domain.spans import Span

JUST = timedelta(microseconds=1)
"""How long a single snapshot covers: it shows an instant."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """[since, upto] of one room, seen by one feed in one epoch. `skew`: the largest that was told in it."""

    feed: str
    room_id: str
    epoch: str
    since: datetime
    upto: datetime
    skew: timedelta = timedelta(0)


def reach(reading: FeedReading) -> tuple[datetime, datetime]:
    """What a stretch must touch to be continued by this reading: a history reaches back as far as it says, a snapshot
    over at most its gap, to either side, for what comes in another order."""
    since = first_of(reading)
    gap = timedelta(0) if reading.since is not None else reading.max_gap
    return since - gap, reading.upto + gap


def first_of(reading: FeedReading) -> datetime:
    return min(reading.since or reading.upto, reading.upto)


def joined(reading: FeedReading, touching: Sequence[Stretch], now: datetime) -> Stretch:
    """The one stretch that this reading makes of those that it touches."""
    return Stretch(
        reading.feed,
        reading.room_id,
        reading.epoch,
        min([first_of(reading), *(stretch.since for stretch in touching)]),
        max([reading.upto, *(stretch.upto for stretch in touching)]),
        max([_skew(reading, now), *(stretch.skew for stretch in touching)], key=abs),
    )


def _skew(reading: FeedReading, now: datetime) -> timedelta:
    """What was told; and what cannot be otherwise: a provider that speaks of our future is ahead of us."""
    if reading.skew is not None:
        return reading.skew
    return min(now - reading.upto, timedelta(0))


def health_of(
    feed: str, room_id: str, stretches: Iterable[Stretch], failing_since: datetime | None = None
) -> FeedHealth:
    """What these stretches of one feed and room come to, in the order of time."""
    mine = sorted((s for s in stretches if (s.feed, s.room_id) == (feed, room_id)), key=lambda s: (s.since, s.epoch))
    return FeedHealth(
        feed=feed,
        room_id=room_id,
        covered=tuple(Span(s.since, max(s.upto, s.since + JUST)) for s in mine),
        epochs=tuple(s.epoch for s in mine),
        upto=max((s.upto for s in mine), default=None),
        failing_since=failing_since,
        skew=max((s.skew for s in mine), key=abs, default=timedelta(0)),
    )
