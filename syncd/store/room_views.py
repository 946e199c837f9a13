"""Which sessions concern a room? Those in it around a time, and those whose room is watched now (ATT-10, CON-3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Text, bindparam, literal_column, select, true

from syncd.domain.attendance import OpenWindow
from syncd.domain.decision import CalendarState
from syncd.domain.keys import calendar_key
from syncd.domain.session import Session
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.store.codec import CALENDAR, SESSION
from syncd.store.people_views import readable
from syncd.store.schema import case_, session
from syncd.store.versions import Versions

LENGTH_MAX = timedelta(days=1)
"""No session is longer; so far back one that still runs may have begun."""
AHEAD = timedelta(hours=1)
"""Windows open at most so long before the start."""
LEAD = timedelta(minutes=1)
"""So long before T - 15 watching begins: coverage must hold the whole window, clocks a little off included (ATT-11)."""

_document = literal_column("'session:'", Text()) + session.c.id
_in_room = (
    select(case_.c.state)
    .join_from(session, case_, case_.c.key == _document)
    .where(
        session.c.room_id == bindparam("room"),
        session.c.room_id.is_not(None),
        session.c.starts_at > bindparam("first"),
        session.c.starts_at < bindparam("last"),
        session.c.ends_at > bindparam("since"),
        session.c.state.in_([literal_column("'booked'"), literal_column("'ended'")]),
    )
    .order_by(session.c.starts_at, session.c.id)
)
_case = select(case_.c.state).where(case_.c.key == bindparam("subject"))
_unsettled = (
    select(case_.c.state)
    .join_from(session, case_, case_.c.key == _document)
    .where(
        session.c.unsettled == true(),
        session.c.starts_at >= bindparam("first"),
        session.c.starts_at <= bindparam("last"),
    )
    .order_by(session.c.starts_at, session.c.id)
)


def sessions_in_room(connection: Connection, room_id: str, span: Span) -> tuple[Session, ...]:
    wanted = {
        "room": room_id,
        "first": span.starts_at - LENGTH_MAX,
        "since": span.starts_at,
        "last": span.ends_at,
    }
    return readable(SESSION, connection.scalars(_in_room, wanted))


def open_windows(connection: Connection, versions: Versions, now: datetime) -> tuple[OpenWindow, ...]:
    terms = versions.in_force(connection)[2]
    wanted = {"first": now - terms.settle_max - LENGTH_MAX, "last": now + AHEAD}
    found = []
    for state in readable(SESSION, connection.scalars(_unsettled, wanted)):
        if state.room_id is None:
            continue
        span = watched(state, versions.terms_of(connection, state.terms_id))
        if span.starts_at <= now:
            found.append(OpenWindow(state.id, state.room_id, state.staff_id, span))
    return tuple(found)


def source_case(connection: Connection, source_id: str) -> CalendarState | None:
    text = connection.execute(_case, {"subject": calendar_key(source_id)}).scalar()
    return CALENDAR.load(text) if text else None


def watched(state: Session, terms: Terms) -> Span:
    """From a minute before T - 15 to the close as it stands, or the end if that is later."""
    attendance = state.attendance
    close = attendance.closed_at or attendance.close_at
    if close is None or attendance.starts_at != state.starts_at:
        close = state.starts_at + terms.close_with_mobile
    return Span(state.starts_at - terms.early - LEAD, max(close, state.ends_at))
