"""A database that cannot keep the promises is refused, with a hint; one that cannot be written says so and recovers."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syncd.domain.case import Case
from syncd.domain.decision import Decision
from syncd.ports.errors import Misconfigured, Unavailable
from syncd.store.connection import Database, check
from syncd.store.migrate import migrate, schema_version_problem
from syncd.store.sql_store import open_store
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import S1, nothing, request_for
from tests.store.opening import Opened, opened

SHORT = timedelta(milliseconds=50)


def test_sqlite_is_kept_as_the_promises_need(url: str) -> None:
    database = Database(url)
    check(database)
    with database.read() as connection:
        found = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
            for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    database.close()


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("sqlite://", "journal_mode=memory"),
        ("sqlite:////no/such/folder/syncd.db", "unable to open"),
        ("mysql://localhost/syncd", "keeps no data in mysql"),
        ("no url at all", "cannot be used"),
        ("postgresql+nodriver://localhost/syncd", "cannot be used"),
    ],
)
def test_a_database_that_cannot_serve_is_refused_with_a_hint(bad: str, says: str) -> None:
    with pytest.raises((Misconfigured, Unavailable), match=says) as refusal:
        open_store(bad)
    assert refusal.value.hint


def test_a_database_without_a_schema_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert "syncd migrate" in (schema_version_problem(url) or "")
    with pytest.raises(Misconfigured, match="no schema yet"):
        open_store(url)


@pytest.mark.parametrize(("version", "says"), [("0000", "run `syncd migrate`"), ("9999", "made by a later syncd")])
def test_a_database_of_another_version_is_refused(url: str, version: str, says: str) -> None:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (version,))
    raw.close()
    assert says in (schema_version_problem(url) or "")
    with pytest.raises(Misconfigured, match=f"schema {version}"):
        open_store(url)


def test_migrating_twice_is_safe_and_loses_nothing(world: Opened) -> None:
    world.book()
    migrate(world.url)
    assert schema_version_problem(world.url) is None
    assert world.reopen().views.session("s1") == make.session()


def test_a_file_that_is_no_database_is_never_repaired(tmp_path: Path) -> None:
    path = tmp_path / "syncd.db"
    path.write_bytes(b"this is no database, " * 100)
    before = path.read_bytes()
    with pytest.raises(Misconfigured, match="damaged") as refusal:
        open_store(f"sqlite:///{path}")
    assert "restore a backup" in refusal.value.hint
    assert path.read_bytes() == before


def test_the_database_of_another_installation_is_refused(url: str) -> None:
    open_store(url, installation_id="one").close()
    open_store(url, installation_id="one").close()
    open_store(url).close()
    with pytest.raises(Misconfigured, match="belongs to installation one"):
        open_store(url, installation_id="two")


# -- it cannot be written now: rollback, a hint, and it recovers by itself (spec/reliability.md 3)


def test_a_full_disk_records_nothing_and_recovers_by_itself(url: str) -> None:
    with opened(url) as opens:
        world = opens()
        many = [request_for("s1", str(number)) for number in range(500)]
        _limit_pages(world, 1)
        with pytest.raises(Unavailable, match="full") as refusal:
            world.store.record(many, make.NOW)
        assert "make room" in refusal.value.hint
        assert world.views.explain(S1) is None
        _limit_pages(world, 1_000_000)
        assert world.store.record(many, make.NOW) == 500


def _limit_pages(world: Opened, most: int) -> None:
    """SQLite's own limit (never below what is in use) stands for the disk's; it is a connection's, and the pool keeps
    one connection here."""
    with world.sql.database.read() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={most}")


def test_a_read_only_database_is_unavailable_for_writing_and_can_be_read(world: Opened) -> None:
    world.book()
    path = world.url.removeprefix("sqlite:///")
    with opened(f"sqlite:///file:{path}?mode=ro&uri=true") as opens:
        store = opens().store  # what adopts the same desk again writes nothing
        with pytest.raises(Unavailable, match="readonly") as refusal:
            store.record((request_for("s2"),), make.NOW)
        assert "read-only" in refusal.value.hint
        assert store.due(make.at(1), 10) == []


def test_a_database_that_another_process_keeps_locked_is_unavailable_and_then_not(url: str) -> None:
    with opened(url) as opens:
        world = opens(wait=SHORT)
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            world.store.record((request_for("s1"),), make.NOW)
        assert world.views.explain(S1) is None  # readers go on
        other.execute("ROLLBACK")
        other.close()
        assert world.store.record((request_for("s1"),), make.NOW) == 1


def test_a_writer_waits_for_its_turn_and_not_for_ever(opening: Callable[..., Opened]) -> None:
    world = opening(wait=SHORT)
    began, go_on = threading.Event(), threading.Event()

    def slow(case: Case, now: datetime) -> Decision:
        began.set()
        assert go_on.wait(20)
        return nothing(case, now)

    thread = threading.Thread(target=world.store.settle, args=(S1, slow, make.NOW))
    thread.start()
    try:
        assert began.wait(20)
        with pytest.raises(Unavailable, match="writer is busy"):
            world.store.record((request_for("s1"),), make.NOW)
        assert world.store.due(make.NOW, 10) == []
    finally:
        go_on.set()
        thread.join(20)
    assert world.store.record((request_for("s1"),), make.NOW) == 1


def test_an_older_database_is_brought_up_to_date_with_what_it_holds(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'syncd.db'}"
    migrate(url, "0001")
    with sqlite3.connect(tmp_path / "syncd.db") as connection:
        connection.execute(
            "INSERT INTO busy (calendar, item_id, version, starts_at, ends_at, generation, is_exception, unreadable)"
            " VALUES ('ada', 'a', '1', 1, 2, 1, 0, 0)"
        )
    connection.close()
    assert "run `syncd migrate`" in (schema_version_problem(url) or "")
    migrate(url)
    assert schema_version_problem(url) is None
    with sqlite3.connect(tmp_path / "syncd.db") as connection:
        assert connection.execute("SELECT item_id, away FROM busy").fetchall() == [("a", 0)]
    connection.close()
