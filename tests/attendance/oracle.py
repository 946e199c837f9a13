"""May this be called a no-show? A second opinion, written apart from the policy: plain loops over what was told.

It answers from the raw readings and records alone: was every offered channel watched without a gap by a source that saw
the consultant, and was nobody else ever in that room in that time (ATT-7, 2 to 4)?
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from syncd.domain.attendance import FeedReading, Presence, Stage
from syncd.domain.attended import AttendanceSeen

SECOND = timedelta(seconds=1)
AROUND = timedelta(seconds=30)


def watched_every_second(readings: Sequence[FeedReading], since: datetime, until: datetime) -> bool:
    """Second by second: is there a reading that covers it, or two snapshots near enough around it? In one epoch."""
    epochs = {r.epoch for r in readings if r.bound and _first(r) <= until and r.upto >= since}
    if len(epochs) != 1:
        return False
    mine = sorted((r for r in readings if r.bound and r.epoch in epochs), key=lambda r: r.upto)
    instant = since
    while instant <= until:
        if not _covered(mine, instant):
            return False
        instant += SECOND
    return True


def _first(reading: FeedReading) -> datetime:
    return reading.since if reading.since is not None else reading.upto


def _covered(readings: Sequence[FeedReading], instant: datetime) -> bool:
    if any(_first(r) <= instant <= r.upto for r in readings):
        return True
    before = [r for r in readings if r.upto <= instant]
    after = [r for r in readings if _first(r) >= instant]
    if not before or not after:
        return False
    last, following = max(before, key=lambda r: r.upto), min(after, key=_first)
    return following.since is None and following.upto - last.upto <= following.max_gap


def somebody(records: Iterable[AttendanceSeen], since: datetime, until: datetime) -> bool:
    """Anybody but staff and bots, at any instant of it, give or take; who is not known to have left is still there."""
    everything = list(records)
    for record in everything:
        if record.matched == "" and (record.staff_id or record.presence in (Presence.HOST, Presence.BOT)):
            continue
        ends = [
            r.left_at
            for r in everything
            if r.left_at and (r.hints, r.joined_at, r.feed) == (record.hints, record.joined_at, record.feed)
        ]
        if record.joined_at <= until + AROUND and (not ends or max(ends) >= since - AROUND):
            return True
    return False


def consultant(records: Iterable[AttendanceSeen], staff_id: str, since: datetime, until: datetime) -> bool:
    return any(
        r.staff_id == staff_id
        and r.stage is Stage.JOINED
        and r.joined_at <= until
        and (r.left_at is None or r.left_at >= since)
        for r in records
    )
