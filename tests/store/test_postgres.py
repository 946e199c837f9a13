"""What only PostgreSQL has: settings that forget, plans of its own, and writers side by side (REL-11)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from syncd.domain.case import Case
from syncd.domain.decision import Decision
from syncd.domain.keys import contact_key, session_key
from syncd.ports.errors import Misconfigured, SlotTaken, Unavailable
from syncd.ports.source import Batch
from syncd.store.connection import Database
from syncd.store.migrate import migrate, schema_version_problem
from syncd.store.sql_store import open_store
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import S1, Watching, deciding, nothing, request_for
from tests.store.history import add_ended_sessions
from tests.store.opening import Opened, opened
from tests.store.postgres import new_database, server
from tests.store.watching import postgres_plan, watched

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("postgres")]


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
def url(server_url: str) -> str:
    return new_database(server_url)


@pytest.fixture
def world(url: str) -> Iterator[Opened]:
    migrate(url)
    with opened(url) as opens:
        yield opens()


def test_a_database_without_a_schema_is_refused_and_can_be_migrated_twice(url: str) -> None:
    with pytest.raises(Misconfigured, match="no schema yet"):
        open_store(url)
    migrate(url)
    migrate(url)
    assert schema_version_problem(url) is None
    open_store(url).close()


def test_a_server_that_may_forget_what_it_confirmed_is_refused(url: str) -> None:
    migrate(url)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {make_url(url).database} SET synchronous_commit = off")
    engine.dispose()
    with pytest.raises(Misconfigured, match="synchronous_commit=off") as refusal:
        open_store(url)
    assert "REL-11" in refusal.value.hint


def test_the_sweep_uses_the_partial_indexes_in_generic_plans(world: Opened) -> None:
    world.book(None, make.put_effect(), make.mail_effect())
    database = world.sql.database
    database.write("history", lambda connection: add_ended_sessions(connection, 20_000))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    wanted = [("due", ["case_due"]), ("next_due", ["case_due", "effect_pending", "effect_claimed"])]
    for call, indexes in wanted:
        with watched(database.engine) as statements:
            getattr(world.store, call)(make.NOW, *([10] if call == "due" else []))
        for statement, index in zip(statements, indexes, strict=True):
            plan = postgres_plan(database.engine, statement)
            assert index in plan, plan
            assert "Seq Scan" not in plan, plan
    with watched(database.engine) as statements:
        world.claim()
    for index in ("effect_claimed", "effect_pending"):
        plans = [postgres_plan(database.engine, s) for s in statements if "FROM effect" in s[0] and "due_at" in s[0]]
        assert any(index in plan for plan in plans), plans
        assert not any("Seq Scan on effect" in plan for plan in plans), plans


def test_a_late_commit_is_not_passed_over(world: Opened) -> None:
    """Evidence gets its number before its commit: were a later number settled meanwhile, the earlier would be lost."""
    inside, go_on = threading.Event(), threading.Event()
    other = Database(world.url)

    def hold(name: str) -> None:
        if name == "before record":
            inside.set()
            assert go_on.wait(30)

    with opened(world.url) as opens, ThreadPoolExecutor(2) as pool:
        slow = opens(boundary=hold).store
        first = pool.submit(slow.record, (request_for("s1", "first"),), make.NOW)
        assert inside.wait(30)
        watching = Watching(deciding())
        second = pool.submit(world.store.settle, S1, watching, make.NOW, (request_for("s1", "second"),))
        _until_someone_waits_for_a_lock(other, second)
        go_on.set()
        first.result(30)
        second.result(30)
    other.close()
    assert [item.key for item in watching.session_case.fresh] == ["test/s1/first", "test/s1/second"]
    assert world.store.due(make.NOW, 10) == []


def _until_someone_waits_for_a_lock(database: Database, or_done: Future[Any]) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    for _ in range(500):
        with database.read() as connection:
            if or_done.done() or connection.exec_driver_sql(waiting).scalar_one():
                return
        threading.Event().wait(0.02)
    raise AssertionError("nobody came to wait in ten seconds")


def test_writers_that_lock_each_others_cases_both_come_to_their_end(world: Opened) -> None:
    keys = [contact_key("carol"), contact_key("dave")]
    for key in keys:
        world.store.record((make.evidence(make.cancel_requested(), str(key), subject=key),), make.NOW)
    together = threading.Barrier(2, timeout=30)
    tries: list[str] = []

    def settle(number: int) -> None:
        mine, theirs = keys[number], keys[1 - number]

        def decide(case: Case, now: object) -> Decision:
            tries.append(case.key)
            if len(tries) <= 2:
                together.wait()  # each holds its own case, and now wants the other's
            derived = make.evidence(make.cancel_requested(), f"from {mine}", subject=theirs)
            return deciding(derived=(derived,))(case, make.NOW)

        world.store.settle(mine, decide, make.NOW)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(settle, [0, 1]))
    assert len(tries) >= 3  # one was chosen to try again
    for key in keys:
        told = world.views.explain(key)
        assert told is not None
        assert len(told.evidence) == 2


def test_many_who_want_one_slot_through_two_stores_give_one_booking(world: Opened) -> None:
    together = threading.Barrier(8, timeout=60)
    with opened(world.url) as opens, ThreadPoolExecutor(8) as pool:
        worlds = [world, opens()]

        def book(number: int) -> str:
            together.wait()
            try:
                return worlds[number % 2].book(make.session(f"s{number}")).id
            except SlotTaken:
                return "taken"

        came = list(pool.map(book, range(8)))
    assert came.count("taken") == 7
    assert len(world.views.sessions_between(make.span())) == 1


def test_two_workers_never_hold_one_lane_or_one_effect(world: Opened) -> None:
    for number in range(12):
        made = make.session(f"s{number}", span=make.span(make.at(60 * number, make.START)))
        world.book(made, make.put_effect(made), make.mail_effect(session_key(made.id)))
    together = threading.Barrier(6, timeout=60)
    with opened(world.url) as opens, ThreadPoolExecutor(6) as pool:
        worlds = [world, opens()]

        def claim(number: int) -> list[tuple[str, str]]:
            together.wait()
            return [(c.effect.key, c.effect.lane) for c in worlds[number % 2].claim(limit=5)]

        claimed = [found for batch in pool.map(claim, range(6)) for found in batch]
    assert len({key for key, _ in claimed}) == len(claimed) == 13
    assert [lane for _, lane in claimed].count("cal-ann") == 1


def test_a_quiet_source_stays_bookable_for_a_web_of_its_own(world: Opened) -> None:
    """Its instant of reading is written now and then where another process may have to know it (CAL-26)."""
    world.store.absorb("cal-ann", Batch(cursor="1"), make.NOW)
    with opened(world.url) as opens:
        web = opens()
        for minute in range(1, 30):
            world.store.absorb("cal-ann", Batch(cursor="1"), make.at(minute))
            read_at = web.views.busy("ann", make.span()).read_at
            assert read_at is not None
            assert make.at(minute) - read_at <= timedelta(minutes=6)


def test_a_lost_connection_is_unavailable_and_recovers(world: Opened) -> None:
    world.book()
    engine = create_engine(world.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )
    engine.dispose()
    with pytest.raises(Unavailable):
        world.store.settle(S1, nothing, make.NOW, (request_for("s1", "again"),))
    world.store.settle(S1, nothing, make.NOW, (request_for("s1", "again"),))
    assert world.views.session("s1") == make.session()
