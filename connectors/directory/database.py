"""Who asks the database? Two SELECTs in one transaction that changes nothing, with a limit on everything.

SQLAlchemy 2.0, "Engine Configuration". The drivers of SQLite and PostgreSQL come with syncd (extra `postgres`); any
other that SQLAlchemy knows can be installed beside it. Nothing is written: on PostgreSQL the transaction is read-only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from connectors.directory.cells import Cells
from connectors.directory.listing import COMPANIES, CONTACTS, Shape, counted, facts_of, listing_of, places
from connectors.directory.settings import SqlSettings
from syncd.ports.directory import DirectoryListing
from syncd.ports.errors import Misconfigured, Retryable

KEPT = "the last known directory stays in force"


class SqlDirectory:
    """ports.directory.Directory over two queries. A connection is opened for each reading and closed after it."""

    def __init__(self, name: str, settings: SqlSettings, folder: Path, password: str | None) -> None:
        self.id = name
        self._settings = settings
        self._url = _url(settings.url, folder, password)
        self._engine = _engine(self._url, settings.timeout_seconds)

    def read(self) -> DirectoryListing:
        """Raises Misconfigured (no such database, table, column or right), Retryable (not reachable, too slow)."""
        try:
            with self._engine.connect() as connection:
                _only_read(connection, self._settings.timeout_seconds)
                return self._listing(connection)
        except OperationalError as error:
            if error.connection_invalidated or not _names_a_mistake(error):
                raise Retryable(f"the portal's database did not answer: {_reason(error)}", hint=KEPT) from None
            raise _mistaken(error) from None
        except SQLAlchemyError as error:
            raise _mistaken(error) from None

    def probe(self) -> tuple[str, ...]:
        return facts_of(self.read())

    def _listing(self, connection: Connection) -> DirectoryListing:
        settings = self._settings
        firms = _rows(connection, settings.companies, "companies", COMPANIES, settings.company_columns, settings)
        people = (
            _rows(connection, settings.contacts, "contacts", CONTACTS, settings.contact_columns, settings)
            if settings.contacts is not None
            else None
        )
        return listing_of(firms, people, settings)


def _rows(
    connection: Connection, query: str, name: str, shape: Shape, theirs: Mapping[str, str], settings: SqlSettings
) -> Iterator[Cells]:
    result = connection.execute(text(query))
    if not result.returns_rows:
        raise Misconfigured(f"the query `{name}` gives no rows", hint="it must be a SELECT")
    at = places(f"the query `{name}`", list(result.keys()), shape, theirs)

    def cells() -> Iterator[Cells]:
        for number, row in enumerate(result, 1):
            values = {column: _text(row[place], settings.date_format) for column, place in at.items()}
            yield Cells(f"{name}, row {number}", values)

    yield from counted(cells(), f"the query `{name}`")


def _text(value: Any, date_format: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.strftime(date_format)
    return str(value).strip()


def _url(given: str, folder: Path, password: str | None) -> URL:
    """With the password from its credential; a relative SQLite file lies beside the configuration."""
    try:
        url = make_url(given)
    except ArgumentError:
        hint = "for example postgresql+psycopg://reader@db.example.com/portal, or sqlite:///portal.db"
        raise Misconfigured("the url of the directory's database is none", hint=hint) from None
    if url.password is not None:
        raise Misconfigured(
            "a password stands in the url of the directory's database", hint="put it into a file, and name `credential`"
        )
    if url.get_backend_name() == "sqlite" and url.database:
        path = (folder / url.database).resolve()
        # opened for reading alone: SQLite would else make a file that is not there, and could change one that is
        return url.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    return url.set(password=password) if password is not None else url


def _engine(url: URL, seconds: float) -> Engine:
    arguments = {"timeout": seconds} if url.get_backend_name() == "sqlite" else {}
    if url.get_backend_name() == "postgresql":
        arguments = {"connect_timeout": max(1, int(seconds))}
    try:
        return create_engine(url, poolclass=NullPool, connect_args=arguments)
    except (NoSuchModuleError, ModuleNotFoundError, ArgumentError) as error:
        hint = f"install the driver of {url.drivername} beside syncd, or name another: postgresql+psycopg://…"
        raise Misconfigured(f"no driver for {url.drivername}: {type(error).__name__}", hint=hint) from None


def _only_read(connection: Connection, seconds: float) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        connection.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
    elif connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")


def _names_a_mistake(error: DBAPIError) -> bool:
    """An operational error that no waiting mends: SQLite's missing tables, refused sign-ins, databases that are not."""
    said = str(error.orig).casefold()
    return any(
        word in said
        for word in (
            "no such",
            "unable to open",
            "readonly",
            "read-only",
            "syntax",
            "authentication",
            "does not exist",
            "permission",
            "denied",
        )
    )


def _mistaken(error: SQLAlchemyError) -> Misconfigured:
    return Misconfigured(
        f"the portal's database refused: {_reason(error)}",
        hint=f"do url, credential and the two queries fit that database? {KEPT[0].upper()}{KEPT[1:]}",
    )


def _reason(error: SQLAlchemyError) -> str:
    """The first line of the driver's words, without the statement and its data."""
    said = str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__
    return said.strip().split("\n", 1)[0][:200]
