"""What did a source bring? One page: evidence, busy rows and cursor in one transaction (CAL-1, CAL-4, CAL-10, REL-2).

A foreign item's rows are replaced whole. The last page of a full re-read ends it: what it did not show is its
difference, foreign items stop being busy, own entries become a hint that they are absent (CAL-6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    false,
    literal_column,
    or_,
    select,
    true,
    update,
)

from syncd.domain.absence import AwaySeen
from syncd.domain.evidence import EntryGone, EntrySeen, Evidence, MarkedEntrySeen
from syncd.domain.keys import CaseKey, derived_key, session_key, staff_key
from syncd.domain.session import EntryRef
from syncd.domain.spans import Span
from syncd.ports.source import Batch, BusyItem
from syncd.store import coverage, inbox, mailbag, sources
from syncd.store.busy import away
from syncd.store.columns import AnyRow
from syncd.store.connection import Database
from syncd.store.index import entry_bound, entry_is
from syncd.store.schema import busy, session
from syncd.store.versions import Versions

PAST_KEPT = timedelta(days=2)
"""How long busy time that is over is kept; nothing asks about it any more."""

_old = select(busy).where(busy.c.calendar == bindparam("cal"), busy.c.item_id.in_(bindparam("ids", expanding=True)))
_forget = delete(busy).where(busy.c.calendar == bindparam("cal"), busy.c.item_id.in_(bindparam("ids", expanding=True)))
_forget_older = delete(busy).where(busy.c.calendar == bindparam("cal"), busy.c.generation < bindparam("gen"))
_forget_past = delete(busy).where(
    busy.c.calendar == bindparam("cal"),
    busy.c.ends_at < bindparam("before"),
    # An exception that was moved into the past still stands for its occurrence to come (CAL-24).
    or_(busy.c.is_exception == false(), busy.c.original_start < bindparam("before")),
)
_unseen = select(session.c.id, session.c.event_id, session.c.original_start).where(
    session.c.live == true(),
    session.c.calendar_id == bindparam("cal"),
    session.c.ends_at > bindparam("now"),
    session.c.entry_acknowledged == true(),
    session.c.entry_generation_seen < bindparam("gen"),
)
_booked_over = select(
    session.c.id, session.c.event_id, session.c.calendar_id, session.c.starts_at, session.c.ends_at
).where(
    session.c.live == true(),
    session.c.state == literal_column("'booked'"),
    session.c.staff_id.in_(bindparam("staff", expanding=True)),
    session.c.ends_at > bindparam("since"),
    session.c.starts_at < bindparam("until"),
)


def absorb(
    database: Database,
    connection: Connection,
    versions: Versions,
    source_id: str,
    batch: Batch,
    now: datetime,
) -> int:
    """How many pieces of evidence were news."""
    row = sources.lock(database, connection, source_id)
    generation: int = row.generation
    news = inbox.add(database, connection, batch.evidence, now)
    coverage.take(connection, batch.readings, now)
    mailbag.keep(database, connection, source_id, batch.raw)
    told = bool(batch.busy) or (row.rereading and batch.last)
    away_before = away(connection, source_id, now) if told else ()
    appeared = _replace_items(connection, source_id, batch.busy, generation)
    _waken_collisions(connection, versions, source_id, appeared, now)
    if row.rereading:
        _mark_seen(connection, source_id, batch, generation)
    if row.rereading and batch.last:
        connection.execute(_forget_older, {"cal": source_id, "gen": generation})
        news += inbox.add(database, connection, _absent(connection, source_id, generation, now), now)
    if told and (away_now := away(connection, source_id, now)) != away_before:
        news += inbox.add(database, connection, _away_seen(connection, versions, source_id, away_now, now), now)
    if batch.busy and batch.last:
        connection.execute(_forget_past, {"cal": source_id, "before": now - PAST_KEPT})
    _advance(connection, source_id, row, batch, now)
    return news


def is_quiet(row: AnyRow | None, batch: Batch) -> bool:
    """Does this page leave everything as it is, but for the instant of reading?"""
    if batch.evidence or batch.busy or batch.readings or batch.raw or row is None:
        return False
    return bool(row.cursor == batch.cursor and not (row.rereading and batch.last) and row.read_at is not None)


def read_at_of(batch: Batch, now: datetime) -> datetime:
    """The provider's time where it gives one; never ahead of ours, by which its age is judged."""
    return min(batch.read_at or now, now)


def _advance(connection: Connection, source_id: str, row: AnyRow, batch: Batch, now: datetime) -> None:
    values: dict[str, Any] = {"cursor": batch.cursor}
    if batch.last:
        values |= {"rereading": False, "read_at": read_at_of(batch, now)}
    sources.change(connection, source_id, **values)


# -- foreign items -----------------------------------------------------------------------------------------------------


def _replace_items(
    connection: Connection, source_id: str, items: Sequence[BusyItem], generation: int
) -> list[tuple[str, Span]]:
    """Replace what was kept of each; (item id, span) of what was not busy before."""
    latest = {item.item_id: item for item in items}
    appeared: list[tuple[str, Span]] = []
    ids = list(latest)
    for start in range(0, len(ids), inbox.KEYS_AT_ONCE_MAX):
        some = {i: latest[i] for i in ids[start : start + inbox.KEYS_AT_ONCE_MAX]}
        bound = {"cal": source_id, "ids": list(some)}
        before = {(row.item_id, row.starts_at, row.ends_at) for row in connection.execute(_old, bound)}
        connection.execute(_forget, bound)
        rows = [row for item in some.values() for row in _rows(source_id, item, generation)]
        if rows:
            connection.execute(busy.insert(), rows)
        for row in rows:
            if row["starts_at"] is not None and (row["item_id"], row["starts_at"], row["ends_at"]) not in before:
                appeared.append((row["item_id"], Span(row["starts_at"], row["ends_at"])))
    return appeared


def _rows(source_id: str, item: BusyItem, generation: int) -> list[dict[str, Any]]:
    if item.gone:
        return []
    is_exception = item.series_id is not None
    common = {
        "calendar": source_id,
        "item_id": item.item_id,
        "series_id": item.series_id,
        "version": item.version,
        "generation": generation,
        "is_exception": is_exception,
        "unreadable": item.unreadable,
    }
    rows = [
        {
            **common,
            "original_start": item.original_start if is_exception else occurrence.original_start,
            "starts_at": occurrence.span.starts_at,
            "ends_at": occurrence.span.ends_at,
            "away": occurrence.away,
        }
        for occurrence in item.times
    ]
    if rows or not is_exception:
        return rows
    return [{**common, "original_start": item.original_start, "starts_at": None, "ends_at": None, "away": False}]


def _away_seen(
    connection: Connection, versions: Versions, source_id: str, spans: tuple[Span, ...], now: datetime
) -> list[Evidence]:
    """What calendars say of an absence is evidence about its staff member (K12): instants alone (K5)."""
    desk = versions.desk_in_force(connection)
    payload = AwaySeen(source_id, spans)
    print_ = sha256(repr(spans).encode()).hexdigest()[:16]
    return [
        Evidence(derived_key(source_id, "away", member.id, now.isoformat(), print_), source_id, now, payload, key)
        for member in (desk.staff if desk else ())
        if source_id in member.calendars
        for key in (staff_key(member.id),)
    ]


def _waken_collisions(
    connection: Connection, versions: Versions, source_id: str, appeared: Sequence[tuple[str, Span]], now: datetime
) -> None:
    """Booked sessions that newly collide become due (K6); the event of a session does not collide with itself."""
    coming = [(item_id, span) for item_id, span in appeared if span.ends_at > now]
    desk = versions.desk_in_force(connection) if coming else None
    staff = [member.id for member in desk.staff if source_id in member.calendars] if desk else []
    if not staff:
        return
    bound = {
        "staff": staff,
        "since": min(span.starts_at for _, span in coming),
        "until": max(span.ends_at for _, span in coming),
    }
    due: set[CaseKey] = set()
    for row in connection.execute(_booked_over, bound):
        taken = Span(row.starts_at, row.ends_at)
        own = row.event_id if row.calendar_id == source_id else None
        if any(span.overlaps(taken) and item_id != own for item_id, span in coming):
            due.add(session_key(row.id))
    inbox.waken(connection, due)


# -- the difference of a full re-read ----------------------------------------------------------------------------------


def _mark_seen(connection: Connection, source_id: str, batch: Batch, generation: int) -> None:
    refs = [item.payload.ref for item in batch.evidence if isinstance(item.payload, EntrySeen | MarkedEntrySeen)]
    refs += [EntryRef(source_id, item.item_id) for item in batch.busy if not item.gone]
    for instance in (False, True):
        some = [entry_bound(ref) for ref in refs if (ref.original_start is not None) is instance]
        if some:
            connection.execute(_seen(instance), [{**bound, "gen": generation} for bound in some])


def _seen(instance: bool) -> Any:
    stale: ColumnElement[bool] = session.c.entry_generation_seen < bindparam("gen")
    return (
        update(session).where(and_(entry_is(instance=instance), stale)).values(entry_generation_seen=bindparam("gen"))
    )


def _absent(connection: Connection, source_id: str, generation: int, now: datetime) -> list[Evidence]:
    found = []
    for row in connection.execute(_unseen, {"cal": source_id, "gen": generation, "now": now}):
        start = row.original_start.isoformat() if row.original_start is not None else ""
        key = derived_key(source_id, "absent", row.event_id, start, generation)
        ref = EntryRef(source_id, row.event_id, None, row.original_start)
        found.append(Evidence(key, source_id, now, EntryGone(ref, "absent"), session_key(row.id)))
    return found
