"""What have feeds covered of a room? Readings merged into stretches without a gap, and their health around a session
(ATT-2 to ATT-4); how far the inboxes of customers' words have been read (ATT-7, condition 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select, true, update

from syncd.domain.attendance import FeedHealth, FeedReading
from syncd.domain.coverage import JUST, Stretch, health_of, joined, reach
from syncd.domain.desk import Desk
from syncd.domain.keys import session_key
from syncd.domain.session import Session, SessionState
from syncd.domain.terms import Terms
from syncd.store import inbox
from syncd.store.columns import AnyRow
from syncd.store.schema import coverage, session, source

BEYOND = timedelta(hours=2)
"""So far behind a session's end its room is looked at."""
SETTLED_FOR = timedelta(days=2)
"""So long after its start the health of feeds can still matter to a session that has its verdict."""
RECENT = timedelta(hours=24)

_touching = (
    select(coverage)
    .where(
        coverage.c.room_id == bindparam("room"),
        coverage.c.upto >= bindparam("first"),
        coverage.c.since <= bindparam("last"),
        coverage.c.feed == bindparam("feed_id"),
        coverage.c.epoch == bindparam("which"),
    )
    .order_by(coverage.c.id)
)
_extend = update(coverage).where(coverage.c.id == bindparam("mine"))
_drop = delete(coverage).where(coverage.c.id.in_(bindparam("ids", expanding=True)))
_around = (
    select(coverage)
    .where(
        coverage.c.room_id == bindparam("room"),
        coverage.c.upto >= bindparam("first"),
        coverage.c.since <= bindparam("last"),
    )
    .order_by(coverage.c.feed, coverage.c.since, coverage.c.id)
)
_due_in = select(session.c.id).where(
    session.c.unsettled == true(),
    session.c.starts_at <= bindparam("now"),
    session.c.starts_at >= bindparam("first"),
    session.c.room_id.in_(bindparam("rooms", expanding=True)),
)
_source = select(source.c.read_at, source.c.failing_since).where(source.c.id == bindparam("wanted"))


def take(connection: Connection, readings: Sequence[FeedReading], now: datetime) -> None:
    """Merge them in; sessions of their rooms that wait for what they tell become due (A3: as soon as it is known)."""
    bound = [reading for reading in readings if reading.bound]
    for reading in bound:
        _merge(connection, reading, now)
    rooms = sorted({reading.room_id for reading in bound})
    if rooms:
        wanted = {"now": now, "first": now - SETTLED_FOR, "rooms": rooms}
        inbox.waken(connection, {session_key(each) for each in connection.scalars(_due_in, wanted)})


def _merge(connection: Connection, reading: FeedReading, now: datetime) -> None:
    first, last = reach(reading)
    wanted = {
        "room": reading.room_id,
        "feed_id": reading.feed,
        "which": reading.epoch,
        "first": first,
        "last": last,
    }
    rows = connection.execute(_touching, wanted).all()
    stretch = joined(reading, [_stretch(row) for row in rows], now)
    values = {"since": stretch.since, "upto": stretch.upto, "skew": stretch.skew // JUST}
    if not rows:
        row = {"feed": reading.feed, "room_id": reading.room_id, "epoch": reading.epoch, **values}
        connection.execute(coverage.insert(), [row])
        return
    connection.execute(_extend.values(**values), {"mine": rows[0].id})
    if len(rows) > 1:
        connection.execute(_drop, {"ids": [row.id for row in rows[1:]]})


def _stretch(row: AnyRow) -> Stretch:
    return Stretch(row.feed, row.room_id, row.epoch, row.since, row.upto, row.skew * JUST)


def around(
    connection: Connection, desk: Desk, terms: Terms, state: Session | None, now: datetime
) -> tuple[FeedHealth, ...]:
    """The health of each feed of the session's room around its window, while it matters."""
    if state is None or state.room_id is None or not matters(state, terms, now):
        return ()
    close = state.attendance.close_at or state.ends_at
    wanted = {
        "room": state.room_id,
        "first": state.starts_at - terms.early,
        "last": max(state.ends_at, close) + BEYOND,
    }
    rows = connection.execute(_around, wanted).all()
    room = desk.room(state.room_id)
    feeds = dict.fromkeys([*(row.feed for row in rows), *(a.feed for a in (room.feeds if room else ()))])
    stretches = [_stretch(row) for row in rows]
    found = []
    for feed in feeds:
        outage = connection.execute(_source, {"wanted": feed}).one_or_none()
        since = outage.failing_since if outage is not None else None
        found.append(health_of(feed, state.room_id, stretches, since))
    return tuple(found)


def matters(state: Session, terms: Terms, now: datetime) -> bool:
    """May a verdict still rest on what was covered and read?"""
    due = state.state in (SessionState.BOOKED, SessionState.ENDED) and state.booking is not None
    if not due or now < state.starts_at - terms.early:
        return False
    return state.attendance.verdict is None or now < state.starts_at + SETTLED_FOR
