"""What does a quiet account cost? 50 Google calendars through the engine and the store, with a change and without."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.google_calendar.client import built
from syncd.engine.observe import Observer, Outcome
from syncd.ports.calendar import Calendar
from syncd.store.migrate import migrate
from syncd.store.sql_store import open_store
from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.calendar_acts import Adds
from syncd.testing.contracts.calendar_setting import entry
from syncd.testing.contracts.calendar_world import NOW, STAFF_EMAIL, ContractKeys
from tests.connectors.accounts import google_calendar
from tests.connectors.google_calendar.world import GoogleWorld

CALENDARS, WORKERS = 50, 4


@pytest.mark.slow
def test_a_cycle_without_changes_commits_nothing_and_opens_no_connection(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'syncd.db'}")
    clock, keys = VirtualClock(NOW), ContractKeys()
    with (
        google_calendar(tmp_path, clock.now) as account,
        closing(open_store(f"sqlite:///{tmp_path / 'syncd.db'}")) as store,
        closing(sqlite3.connect(tmp_path / "syncd.db")) as beside,
        ThreadPoolExecutor(WORKERS) as workers,
    ):
        world = account.world
        assert isinstance(world, GoogleWorld)
        calendars = _opened(world)
        observer = Observer(store, store.views, clock, keys, frozenset())
        before = built.cache_info().misses

        def cycle() -> tuple[list[Outcome], bool, int]:
            """What came of it, whether anything was committed, and how many connections were opened."""
            version, opened = _version(beside), world.google.server.connections
            outcomes = list(workers.map(observer.observe, calendars))
            return outcomes, _version(beside) != version, world.google.server.connections - opened

        _, committed, opened = cycle()
        assert committed
        assert opened <= WORKERS
        assert cycle() == ([Outcome.QUIET] * CALENDARS, False, 0)
        world.staff(Adds(entry(1)))
        outcomes, committed, opened = cycle()
        assert (outcomes.count(Outcome.NEWS), committed, opened) == (1, True, 0)
        assert cycle() == ([Outcome.QUIET] * CALENDARS, False, 0)
        assert built.cache_info().misses - before <= 1, "one service for all"


def _opened(world: GoogleWorld) -> list[Calendar]:
    account, plain = world.account(), world.binding()
    for n in range(1, CALENDARS):
        world.google.state.calendar(f"c{n}@group.calendar.example", STAFF_EMAIL)
    others = (replace(plain, calendar_id=f"c{n}", address=f"c{n}@group.calendar.example") for n in range(1, CALENDARS))
    return [account.open(binding) for binding in (plain, *others)]


def _version(beside: sqlite3.Connection) -> int:
    """It changes whenever another connection has committed (sqlite.org/pragma.html#pragma_data_version)."""
    (version,) = beside.execute("PRAGMA data_version").fetchone()
    return int(version)
