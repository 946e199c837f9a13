"""How do we reach the database, and is it kept the way the promises need? (REL-2, REL-3, REL-10, REL-11)

SQLite: WAL, `synchronous=FULL`, foreign keys, `BEGIN IMMEDIATE` for every write, checked at start; one writer at a time
in the process, readers beside it. PostgreSQL: READ COMMITTED with row locks taken before reading what they guard;
`fsync` or `synchronous_commit` off is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Dialect, Engine, Insert, QueuePool, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from syncd.ports.errors import Misconfigured, Unavailable
from syncd.store.failures import Conflict, as_port_errors

T = TypeVar("T")
Boundary = Callable[[str], None]

TRIES_MAX = 5
CONNECTIONS_MAX = 25
_FOR_WRITING = "syncd_for_writing"
_WROTE = "syncd_wrote"
_COMPILED: dict[Any, Any] = {}


def ignore_boundary(name: str) -> None:
    """Nothing happens at a commit; the simulation passes something that crashes there."""


class Database:
    """`write` is one transaction, durable when it returns; `read` sees one consistent state (SQLite) or each
    statement's latest (PostgreSQL). Usable from many threads."""

    def __init__(
        self, url: str, *, wait: timedelta = timedelta(seconds=5), boundary: Boundary = ignore_boundary
    ) -> None:
        self._wait = wait
        self._boundary = boundary
        self._writer = threading.Lock()
        self.engine = _engine(url, wait)
        self.is_sqlite = self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Raises Unavailable."""
        with as_port_errors(), self.engine.connect() as connection:
            yield connection

    def write(self, name: str, act: Callable[[Connection], T]) -> T:
        """Run `act` in one transaction and commit it; one that wrote nothing commits nothing.

        Rolled back on any exception, a BaseException too. On a conflict `act` is run again. `boundary` is told before
        and after the COMMIT. Raises Unavailable, and whatever `act` raises.
        """
        for _ in range(TRIES_MAX):
            try:
                with self._turn():
                    return self._once(name, act)
            except Conflict:
                continue
        raise Unavailable(f"{name}: given up after {TRIES_MAX} conflicts", hint="try again")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite has one writer: waiting here is fair and cheap. PostgreSQL writes side by side."""
        if not self.is_sqlite:
            yield
            return
        if not self._writer.acquire(timeout=self._wait.total_seconds()):
            raise Unavailable("the writer is busy", hint="something holds it for too long; try again")
        try:
            yield
        finally:
            self._writer.release()

    def _once(self, name: str, act: Callable[[Connection], T]) -> T:
        with as_port_errors(), self.engine.connect() as connection:
            connection.execution_options(**{_FOR_WRITING: True})
            try:
                connection.begin()
                connection.info[_WROTE] = False
                result = act(connection)
                wrote = bool(connection.info[_WROTE])
                if wrote:
                    self._boundary(f"before {name}")
                    connection.commit()
                else:
                    connection.rollback()
            except BaseException:
                with suppress(DBAPIError):  # the connection may be gone; then there is nothing to roll back
                    connection.rollback()
                raise
        if wrote:
            self._boundary(f"after {name}")
        return result

    def insert_new(self, table: Table, key: str) -> Insert:
        """INSERT what has a new `key`, and leave the row that has it already."""
        return _insert_new(table, key, self.is_sqlite)

    def upsert(self, table: Table) -> Insert:
        """INSERT, or replace everything in the row with this `id`."""
        return _upsert(table, self.is_sqlite)


@cache
def _insert_new(table: Table, key: str, is_sqlite: bool) -> Insert:
    wanted = _insert(table, is_sqlite).on_conflict_do_nothing(index_elements=[key])
    return wanted.execution_options(preserve_rowcount=True)  # so that the result tells how many were new


@cache
def _upsert(table: Table, is_sqlite: bool) -> Insert:
    wanted = _insert(table, is_sqlite)
    rest = {column.name: wanted.excluded[column.name] for column in table.c if column.name != "id"}
    return wanted.on_conflict_do_update(index_elements=["id"], set_=rest)


def _insert(table: Table, is_sqlite: bool) -> sqlite.Insert | postgresql.Insert:
    """Both dialects spell ON CONFLICT alike."""
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)


def _engine(url: str, wait: timedelta) -> Engine:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend == "sqlite":
            return _sqlite_engine(parsed, wait)
        if backend == "postgresql":
            return _postgres_engine(parsed, wait)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise Misconfigured(f"the database's URL cannot be used: {error}", hint=_URL_HINT) from None
    raise Misconfigured(f"syncd keeps no data in {backend}", hint=_URL_HINT)


_URL_HINT = "Use sqlite:////folder/syncd.db, or postgresql+psycopg://… with syncd's extra `postgres` installed."


@cache
def _sqlite_dialect() -> Dialect:
    """One for all files, so that a statement is compiled once in a process: a simulation opens thousands of stores."""
    prototype = create_engine("sqlite://")
    with prototype.connect():  # now it knows the library's version
        pass
    prototype.dispose()
    return prototype.dialect


def _sqlite_engine(url: URL, wait: timedelta) -> Engine:
    dialect = _sqlite_dialect()
    arguments, options = dialect.create_connect_args(url)
    ours = {"timeout": wait.total_seconds(), "check_same_thread": False, "isolation_level": None}
    pool = QueuePool(
        lambda: dialect.connect(*arguments, **{**options, **ours}),
        pool_size=5,
        max_overflow=CONNECTIONS_MAX - 5,
        timeout=wait.total_seconds(),
        dialect=dialect,
    )
    engine = Engine(pool, dialect, url, hide_parameters=True, execution_options={"compiled_cache": _COMPILED})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "after_cursor_execute", _note_writing)
    return engine


def _postgres_engine(url: URL, wait: timedelta) -> Engine:
    milliseconds = int(wait.total_seconds() * 1000)
    engine = create_engine(
        url,
        connect_args={"options": f"-c lock_timeout={milliseconds} -c timezone=UTC", "connect_timeout": 10},
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        pool_size=5,
        max_overflow=CONNECTIONS_MAX - 5,
        pool_timeout=wait.total_seconds(),
    )
    event.listen(engine, "after_cursor_execute", _note_writing)
    return engine


def _set_up_sqlite(raw: Any, record: Any) -> None:
    cursor = raw.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    for_writing = connection.get_execution_options().get(_FOR_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if for_writing else "BEGIN")


def _note_writing(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: Any
) -> None:
    """An INSERT that met a conflict, or an UPDATE that found no row, wrote nothing. (What returns rows counts as a
    write: SQLite tells no number of rows before they are fetched.)"""
    writes = context is not None and (context.isinsert or context.isupdate or context.isdelete)
    if writes and (cursor.rowcount != 0 or cursor.description is not None):
        connection.info[_WROTE] = True


def check(database: Database) -> None:
    """Is the database kept as REL-10 and REL-11 ask? Raises Misconfigured with a hint, Unavailable."""
    with database.read() as connection:
        if database.is_sqlite:
            _check_sqlite(connection)
        else:
            _check_postgres(connection)


def _check_sqlite(connection: Connection) -> None:
    wanted = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
    for pragma, value in wanted.items():
        found = str(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one())
        if found != value:
            raise Misconfigured(
                f"SQLite keeps {pragma}={found}, not {value}",
                hint="The database must be a file on a local disk in a folder that can be written to (REL-10).",
            )
    if int(connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()) <= 0:
        raise Misconfigured("SQLite would not wait for another writer", hint="Give a waiting time above zero.")


def _check_postgres(connection: Connection) -> None:
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        if str(connection.exec_driver_sql(f"SHOW {setting}").scalar_one()) == "off":
            raise Misconfigured(
                f"PostgreSQL runs with {setting}=off, and may forget what it confirmed",
                hint=f"Set {setting}=on for this server, database and role (REL-11).",
            )
