"""Where are we with a source? Its cursor, its generation, and its present outage (CAL-1, CAL-4, REL-7).

When a source was last read lives in memory between changes, so that a quiet poll commits nothing; beside it stands the
last instant that was written. Where several processes share the database that one is kept fresh enough for slot pages.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from syncd.ports.store import SourceState
from syncd.store.columns import AnyRow
from syncd.store.connection import Database
from syncd.store.schema import source

READ_AT_LAG_MAX = timedelta(minutes=5)
"""How old the written instant of reading may become on PostgreSQL, where the web may be another process (CAL-26)."""

_by_id = select(source).where(source.c.id == bindparam("source"))
_all = select(source).order_by(source.c.id)
_change = update(source).where(source.c.id == bindparam("source"))


class Readings:
    """When each source was last read, as this process knows. Shared by threads."""

    def __init__(self) -> None:
        self._read_at: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def note(self, source_id: str, read_at: datetime) -> None:
        with self._lock:
            self._read_at[source_id] = max(read_at, self._read_at.get(source_id, read_at))

    def latest(self, source_id: str, written: datetime | None) -> datetime | None:
        """The later of what is remembered and what is written. A source that was never wholly read stays unread."""
        remembered = self._read_at.get(source_id)
        if written is None or remembered is None:
            return written
        return max(written, remembered)


def row_of(connection: Connection, source_id: str) -> AnyRow | None:
    return connection.execute(_by_id, {"source": source_id}).one_or_none()


def read(connection: Connection, readings: Readings, source_id: str) -> SourceState:
    row = row_of(connection, source_id)
    return SourceState(source_id) if row is None else _state(row, readings)


def read_all(connection: Connection, readings: Readings) -> tuple[SourceState, ...]:
    return tuple(_state(row, readings) for row in connection.execute(_all))


def _state(row: AnyRow, readings: Readings) -> SourceState:
    return SourceState(
        source=row.id,
        cursor=row.cursor,
        generation=row.generation,
        rereading=row.rereading,
        read_at=readings.latest(row.id, row.read_at),
        failing_since=row.failing_since,
        error=row.error,
        hint=row.hint,
        failures=row.failures,
        paused=row.paused,
    )


def lock(database: Database, connection: Connection, source_id: str) -> AnyRow:
    """The source's row, made if it is new; on PostgreSQL ours until the transaction ends."""
    wanted = _by_id if database.is_sqlite else _by_id.with_for_update()
    row = connection.execute(wanted, {"source": source_id}).one_or_none()
    if row is None:
        connection.execute(database.insert_new(source, "id"), [_new(source_id)])
        row = connection.execute(wanted, {"source": source_id}).one()
    return row


def _new(source_id: str) -> dict[str, Any]:
    return {
        "id": source_id,
        "cursor": None,
        "generation": 0,
        "rereading": False,
        "read_at": None,
        "failing_since": None,
        "error": "",
        "hint": "",
        "failures": 0,
        "paused": False,
    }


def change(connection: Connection, source_id: str, **values: Any) -> None:
    connection.execute(_change.values(**values), {"source": source_id})


def begin_round(database: Database, connection: Connection, source_id: str) -> None:
    row = lock(database, connection, source_id)
    change(connection, source_id, cursor=None, generation=row.generation + 1, rereading=True)


def failed(
    database: Database, connection: Connection, source_id: str, now: datetime, error: str, hint: str, paused: bool
) -> None:
    row = lock(database, connection, source_id)
    since = row.failing_since if row.failing_since is not None else now
    change(connection, source_id, failing_since=since, error=error, hint=hint, failures=row.failures + 1, paused=paused)


def recovered(database: Database, connection: Connection, source_id: str) -> None:
    row = lock(database, connection, source_id)
    if row.failing_since is not None or row.failures or row.paused:
        change(connection, source_id, failing_since=None, error="", hint="", failures=0, paused=False)
