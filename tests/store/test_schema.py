"""The migrations make exactly the tables that the code reads and writes."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from syncd.store.connection import Database
from syncd.store.schema import SCHEMA_VERSION, metadata

PARTIAL = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"


def test_migrated_tables_are_the_ones_in_the_code(url: str, tmp_path: Path) -> None:
    migrated = Database(url)
    direct = create_engine(f"sqlite:///{tmp_path / 'direct.db'}")
    metadata.create_all(direct)
    with migrated.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        by_steps = _indexes(connection)
    with direct.connect() as connection:
        assert by_steps == _indexes(connection)  # what the comparison leaves out: the conditions
    migrated.close()
    direct.dispose()


def _indexes(connection: Connection) -> list[tuple[str, str]]:
    return [(row.name, row.sql) for row in connection.execute(text(PARTIAL))]


def test_the_code_names_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "syncd.store:migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [SCHEMA_VERSION]
