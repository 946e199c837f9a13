"""How is the store opened, and what does it offer? The ports Store and Views over SQLite or PostgreSQL.

Every writing method is one transaction; the work of each stands in the module that it calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, select, update

from syncd.domain.desk import Desk
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey
from syncd.domain.session import EntryRef
from syncd.domain.terms import Terms
from syncd.ports.errors import Misconfigured
from syncd.ports.source import Batch, Raw
from syncd.ports.store import Claimed, Decide, SentMail, Settled, SourceState, Store
from syncd.ports.views import Views
from syncd.store import absorb, inbox, mailbag, outbox, receipts, sources, text_views
from syncd.store.accounts import SqlAccounts
from syncd.store.connection import Boundary, Database, check, ignore_boundary
from syncd.store.index import entry_bound, entry_is
from syncd.store.memory import Memory
from syncd.store.migrate import problem_of
from syncd.store.past import SqlPast
from syncd.store.replay import replay
from syncd.store.schema import case_, installation, session
from syncd.store.settle import settle
from syncd.store.sources import READ_AT_LAG_MAX
from syncd.store.sql_views import SqlViews

REASON_MAX = 2_000

_due = (
    select(case_.c.key)
    .where(case_.c.due_at <= bindparam("now"))
    .order_by(case_.c.due_at, case_.c.fresh_seq)
    .limit(bindparam("most"))
)
_whose = {instance: select(session.c.id).where(entry_is(instance=instance)) for instance in (False, True)}


def open_store(
    url: str,
    *,
    installation_id: str | None = None,
    boundary: Boundary = ignore_boundary,
    wait: timedelta = timedelta(seconds=5),
) -> SqlStore:
    """Open a migrated database, checked (REL-10, REL-11). `boundary` is told before and after every COMMIT; `wait` is
    how long a lock is waited for. `installation_id`: refuse the database of another installation, whose names differ.

    Raises Misconfigured with a hint, Unavailable.
    """
    database = Database(url, wait=wait, boundary=boundary)
    try:
        check(database)
        problem = problem_of(database)
        if problem is not None:
            raise Misconfigured(problem, hint="`syncd migrate` brings an older schema up to date.")
        if installation_id is not None:
            database.write(
                "installation", lambda connection: _check_installation(database, connection, installation_id)
            )
    except BaseException:
        database.close()
        raise
    return SqlStore(database)


def _check_installation(database: Database, connection: Connection, wanted: str) -> None:
    found = connection.execute(select(installation.c.id)).scalar()
    if found is None:
        connection.execute(database.insert_new(installation, "id"), [{"id": wanted}])
    elif found != wanted:
        raise Misconfigured(
            f"the database belongs to installation {found}, and this is {wanted}",
            hint="Give the secret that belongs to this database: links and event ids are derived from it.",
        )


class SqlStore:
    """Implements `syncd.ports.store.Store`; see there for the contract. `views`, `past` and `accounts`: the
    ports of these names on the same tables."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._memory = Memory()
        self.views = SqlViews(database, self._memory)
        self.past = SqlPast(database, self._memory)
        self.accounts = SqlAccounts(database)

    def close(self) -> None:
        self.database.close()

    # -- the desk and its rules ----------------------------------------------------------------------------------------

    def adopt(self, desk: Desk, terms: Terms, now: datetime) -> None:
        self.database.write("adopt", lambda c: self._memory.versions.adopt(self.database, c, desk, terms, now))

    # -- the door and the settle loop ----------------------------------------------------------------------------------

    def settle(self, key: CaseKey, decide: Decide, now: datetime, evidence: Sequence[Evidence] = ()) -> Settled:
        return self.database.write(
            "settle", lambda c: settle(self.database, c, self._memory, key, decide, now, evidence)
        )

    def due(self, now: datetime, limit: int) -> list[CaseKey]:
        with self.database.read() as connection:
            return [CaseKey(key) for key in connection.scalars(_due, {"now": now, "most": limit})]

    def set_aside(self, key: CaseKey, until: datetime, reason: str) -> None:
        def act(connection: Connection) -> None:
            inbox.ensure_cases(self.database, connection, [key])
            values = {"aside_until": until, "aside_reason": reason[:REASON_MAX], "due_at": until}
            connection.execute(update(case_).where(case_.c.key == key).values(values))

        self.database.write("set aside", act)

    def replay(self, key: CaseKey, decide: Decide) -> Iterator[tuple[bytes, bytes]]:
        """Each stored decision of the case and what `decide` makes of it now, as bytes, in order."""
        with self.database.read() as connection:
            yield from replay(connection, self._memory.versions, key, decide)

    # -- sources -------------------------------------------------------------------------------------------------------

    def source(self, source: str) -> SourceState:
        with self.database.read() as connection:
            return sources.read(connection, self._memory.readings, source)

    def begin_round(self, source: str, now: datetime) -> SourceState:
        self.database.write("begin round", lambda c: sources.begin_round(self.database, c, source))
        return self.source(source)

    def absorb(self, source: str, batch: Batch, now: datetime) -> int:
        if self._is_quiet(source, batch, now):
            news = 0
        else:
            news = self.database.write(
                "absorb", lambda c: absorb.absorb(self.database, c, self._memory.versions, source, batch, now)
            )
        if batch.last:
            self._memory.readings.note(source, absorb.read_at_of(batch, now))
        return news

    def _is_quiet(self, source: str, batch: Batch, now: datetime) -> bool:
        with self.database.read() as connection:
            row = sources.row_of(connection, source)
            desk = self._memory.versions.desk_in_force(connection)
        rested_on = desk is not None and source in desk.inboxes
        if row is None or not absorb.is_quiet(row, batch):
            return False
        shared = rested_on or not self.database.is_sqlite  # a verdict rests on it, after a restart too (ATT-7.6)
        return not (shared and batch.last and now - row.read_at > READ_AT_LAG_MAX)

    def source_failed(self, source: str, now: datetime, error: str, hint: str, *, paused: bool) -> SourceState:
        self.database.write(
            "source failed", lambda c: sources.failed(self.database, c, source, now, error, hint, paused)
        )
        return self.source(source)

    def source_recovered(self, source: str, now: datetime) -> None:
        self.database.write("source recovered", lambda c: sources.recovered(self.database, c, source))

    def record(self, evidence: Sequence[Evidence], now: datetime) -> int:
        return self.database.write("record", lambda c: inbox.add(self.database, c, evidence, now))

    def session_of_entry(self, ref: EntryRef) -> str | None:
        with self.database.read() as connection:
            return connection.execute(_whose[ref.original_start is not None], entry_bound(ref)).scalar()

    def session_of_uid(self, uid: str) -> str | None:
        with self.database.read() as connection:
            return mailbag.session_of_uid(connection, uid)

    def sent_under(self, names: Sequence[str]) -> tuple[SentMail, ...]:
        with self.database.read() as connection:
            return mailbag.named(connection, names)

    def unreadable(self, source: str) -> tuple[Raw, ...]:
        with self.database.read() as connection:
            return mailbag.unreadable(connection, source)

    def keep_read(self, source: str, batch: Batch, now: datetime) -> int:
        def act(connection: Connection) -> int:
            mailbag.keep(self.database, connection, source, batch.raw)
            return inbox.add(self.database, connection, batch.evidence, now)

        return self.database.write("keep read", act)

    # -- the outbox ----------------------------------------------------------------------------------------------------

    def claim(self, now: datetime, lease: timedelta, limit: int, busy_lanes: Sequence[str] = ()) -> list[Claimed]:
        return self.database.write("claim", lambda c: outbox.claim(self.database, c, now, lease, limit, busy_lanes))

    def freeze(self, claimed: Claimed, composed: bytes, names: Sequence[str] = ()) -> None:
        self.database.write("freeze", lambda c: receipts.freeze(self.database, c, claimed, composed, names))

    def finish(self, claimed: Claimed, receipt: Evidence, now: datetime) -> bool:
        return self.database.write("finish", lambda c: receipts.finish(self.database, c, claimed, receipt, now))

    def postpone(self, claimed: Claimed, until: datetime, error: str, *, unknown: bool, now: datetime) -> None:
        self.database.write("postpone", lambda c: receipts.postpone(c, claimed, until, error, unknown=unknown))

    def park(self, claimed: Claimed, reason: str, hint: str, receipt: Evidence, now: datetime) -> None:
        self.database.write("park", lambda c: receipts.park(self.database, c, claimed, reason, hint, receipt, now))

    def texts_sent(self, number: str, subject: CaseKey, since: datetime) -> tuple[int, int]:
        with self.database.read() as connection:
            return text_views.texts_sent(connection, number, subject, since)

    def retry_parked(self, effect_key: str, now: datetime) -> bool:
        return self.database.write("retry", lambda c: receipts.retry_parked(c, effect_key, now))

    def discard(self, effect_key: str, reason: str, now: datetime) -> bool:
        return self.database.write("discard", lambda c: receipts.discard(c, effect_key, reason, now))

    def next_due(self, now: datetime) -> datetime | None:
        with self.database.read() as connection:
            return receipts.next_due(connection, now)


if TYPE_CHECKING:  # the type checker compares both with their ports
    _STORE: type[Store] = SqlStore
    _VIEWS: type[Views] = SqlViews
