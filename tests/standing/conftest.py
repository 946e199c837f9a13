"""One small past, written once a run: its readers change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.store.migrate import migrate
from syncd.store.sql_store import SqlStore, open_store
from tests.standing.history import Past

SESSIONS = 34


@pytest.fixture(scope="session")
def past_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of a year with careless people, so that there are suspensions."""
    file = tmp_path_factory.mktemp("past") / "past.db"
    migrate(f"sqlite:///{file}")
    store = open_store(f"sqlite:///{file}")
    Past(store, SESSIONS, days=60, careless=1.0, misses=0.6).write()
    store.close()
    return file


@pytest.fixture
def past(past_file: Path) -> Iterator[SqlStore]:
    store = open_store(f"sqlite:///{past_file}")
    yield store
    store.close()
