"""Is the schema ours, and how is it made so? Alembic, run by command; a start refuses any other version."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from syncd.store.connection import Database
from syncd.store.schema import SCHEMA_VERSION


def migrate(url: str, to: str = SCHEMA_VERSION) -> None:
    """Bring the database to this code's schema, in one transaction; made if it does not exist. Repeating it is safe.
    `to`: an earlier one, to prove the way on from there.

    Raises Misconfigured, Unavailable.
    """
    database = Database(url)
    try:
        database.write("migrate", lambda connection: _upgrade(connection, to))
    finally:
        database.close()


def schema_version_problem(url: str) -> str | None:
    """What is wrong with the database's schema for this code, or None. Raises Misconfigured, Unavailable."""
    database = Database(url)
    try:
        return problem_of(database)
    finally:
        database.close()


def problem_of(database: Database) -> str | None:
    with database.read() as connection:
        found = _version(connection)
    if found == SCHEMA_VERSION:
        return None
    if found is None:
        return "the database has no schema yet: run `syncd migrate`"
    if found < SCHEMA_VERSION:
        return f"the database has schema {found}, this syncd needs {SCHEMA_VERSION}: back it up, run `syncd migrate`"
    return f"the database has schema {found}, made by a later syncd than this one ({SCHEMA_VERSION}): install that one"


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _upgrade(connection: Connection, to: str) -> None:
    from alembic import command  # only this command needs it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "syncd.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
