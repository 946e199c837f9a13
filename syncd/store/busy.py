"""When is someone busy with what is not ours? Reads of the busy table (K2, CAL-22, CAL-24)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, false, not_, select, true

from syncd.domain.spans import Span, merged
from syncd.store.schema import busy, session

_exception = busy.alias("exception")
_superseded = exists().where(
    _exception.c.calendar == busy.c.calendar,
    _exception.c.series_id == busy.c.item_id,
    _exception.c.original_start == busy.c.original_start,
)
_spans = select(
    busy.c.calendar, busy.c.item_id, busy.c.series_id, busy.c.original_start, busy.c.starts_at, busy.c.ends_at
).where(
    busy.c.calendar.in_(bindparam("calendars", expanding=True)),
    busy.c.ends_at > bindparam("since"),
    busy.c.starts_at < bindparam("until"),
    not_(and_(busy.c.is_exception == false(), _superseded)),
)
_own_events = select(session.c.calendar_id, session.c.event_id, session.c.original_start).where(
    session.c.live == true(),
    session.c.calendar_id.in_(bindparam("calendars", expanding=True)),
    session.c.event_id.is_not(None),
)

_away = (
    select(busy.c.starts_at, busy.c.ends_at)
    .where(
        busy.c.calendar == bindparam("calendar"),
        busy.c.away == true(),
        busy.c.ends_at > bindparam("now"),
        not_(and_(busy.c.is_exception == false(), _superseded)),
    )
    .order_by(busy.c.starts_at)
    .limit(bindparam("most"))
)
AWAY_MAX = 200
"""Spans of out-of-office time that are looked at in one calendar, the nearest first."""

Event = tuple[str, str, datetime | None]


def spans_over(connection: Connection, calendars: Sequence[str], spans: Iterable[Span]) -> list[tuple[str, Span]]:
    """(calendar, busy span) over any of `spans`; a superseded occurrence of a series is none, nor is the event of a
    living session, which an adopted event is reported as too."""
    spans = tuple(spans)
    if not calendars or not spans:
        return []
    own = own_events(connection, calendars)
    found: list[tuple[str, Span]] = []
    for span in spans:
        bound = {"calendars": list(calendars), "since": span.starts_at, "until": span.ends_at}
        for row in connection.execute(_spans, bound):
            if not is_own(own, row.calendar, (row.item_id, row.series_id), row.original_start):
                found.append((row.calendar, Span(row.starts_at, row.ends_at)))
    return found


def away(connection: Connection, calendar: str, now: datetime) -> tuple[Span, ...]:
    """Its out-of-office time that is not over (K12); touching spans are one."""
    rows = connection.execute(_away, {"calendar": calendar, "now": now, "most": AWAY_MAX})
    return merged(Span(row.starts_at, row.ends_at) for row in rows)


def own_events(connection: Connection, calendars: Sequence[str]) -> frozenset[Event]:
    rows = connection.execute(_own_events, {"calendars": list(calendars)})
    return frozenset((row.calendar_id, row.event_id, row.original_start) for row in rows)


def is_own(own: frozenset[Event], calendar: str, ids: Iterable[str | None], original_start: datetime | None) -> bool:
    """An entry of ours is a whole event, or one instance of a series, under its own id or the series' (CAL-13)."""
    return any((calendar, i, start) in own for i in ids if i is not None for start in {None, original_start})
