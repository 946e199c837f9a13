"""What have feeds covered of a room? Readings merged into stretches without a gap, and their health around a session
(ATT-2 to ATT-4); how far the inboxes of customers' words have been read (ATT-7, condition 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, delete, func, literal_column, select, true, update

from syncd.domain.attendance import FeedHealth, FeedReading, InboxHealth
from syncd.domain.desk import Desk
from syncd.domain.keys import session_key
from syncd.domain.session import Session, SessionState
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.store import inbox
from syncd.store.schema import coverage, raw, session, source
from syncd.store.sources import Readings

JUST = timedelta(microseconds=1)
"""How long a single snapshot covers (ATT-4): it shows an instant."""
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
_unread = select(func.count()).where(
    and_(
        raw.c.unreadable != literal_column("''"),
        raw.c.source == bindparam("wanted"),
        raw.c.received_at >= bindparam("first"),
    )
)


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
    """Extend what touches it: a snapshot reaches back over at most its gap, a history as far as it says (ATT-4). Read
    twice, or in another order, it comes to the same."""
    since = min(reading.since or reading.upto, reading.upto)
    gap = timedelta(0) if reading.since is not None else reading.max_gap
    skew = _skew(reading, now) // JUST
    wanted = {
        "room": reading.room_id,
        "feed_id": reading.feed,
        "which": reading.epoch,
        "first": since - gap,
        "last": reading.upto + gap,
    }
    rows = connection.execute(_touching, wanted).all()
    values = {
        "since": min([since, *(row.since for row in rows)]),
        "upto": max([reading.upto, *(row.upto for row in rows)]),
        "skew": max([skew, *(row.skew for row in rows)], key=abs),
    }
    if not rows:
        row = {"feed": reading.feed, "room_id": reading.room_id, "epoch": reading.epoch, **values}
        connection.execute(coverage.insert(), [row])
        return
    connection.execute(_extend.values(**values), {"mine": rows[0].id})
    if len(rows) > 1:
        connection.execute(_drop, {"ids": [row.id for row in rows[1:]]})


def _skew(reading: FeedReading, now: datetime) -> timedelta:
    """What was told; and what cannot be otherwise: a provider that speaks of our future is ahead of us."""
    if reading.skew is not None:
        return reading.skew
    return min(now - reading.upto, timedelta(0))


def around(
    connection: Connection, desk: Desk, terms: Terms, state: Session | None, now: datetime
) -> tuple[FeedHealth, ...]:
    """The health of each feed of the session's room around its window, while it matters."""
    if state is None or state.room_id is None or not _matters(state, terms, now):
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
    found = []
    for feed in feeds:
        mine = [row for row in rows if row.feed == feed]
        outage = connection.execute(_source, {"wanted": feed}).one_or_none()
        found.append(
            FeedHealth(
                feed=feed,
                room_id=state.room_id,
                covered=tuple(Span(row.since, max(row.upto, row.since + JUST)) for row in mine),
                epochs=tuple(row.epoch for row in mine),
                upto=max((row.upto for row in mine), default=None),
                failing_since=outage.failing_since if outage is not None else None,
                skew=max((row.skew for row in mine), key=abs, default=0) * JUST,
            )
        )
    return tuple(found)


def inboxes(
    connection: Connection, readings: Readings, desk: Desk, terms: Terms, state: Session | None, now: datetime
) -> tuple[InboxHealth, ...]:
    if state is None or not _matters(state, terms, now):
        return ()
    found = []
    for name in desk.inboxes:
        row = connection.execute(_source, {"wanted": name}).one_or_none()
        unread = connection.execute(_unread, {"wanted": name, "first": state.starts_at - RECENT}).scalar_one()
        read_at = readings.latest(name, row.read_at) if row is not None else None
        found.append(InboxHealth(name, read_at, int(unread)))
    return tuple(found)


def _matters(state: Session, terms: Terms, now: datetime) -> bool:
    due = state.state in (SessionState.BOOKED, SessionState.ENDED) and state.booking is not None
    if not due or now < state.starts_at - terms.early:
        return False
    return state.attendance.verdict is None or now < state.starts_at + SETTLED_FOR
