"""The behaviour suite of Store and Views, on SQLite files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.store.migrate import migrate
from syncd.testing.contracts.store import StoreContract
from tests.store.opening import Opened, opened


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "syncd.db"
    migrate(f"sqlite:///{path}")
    return path


class TestStoreOnSqlite(StoreContract):
    @pytest.fixture
    def world(self, template: Path, tmp_path: Path) -> Iterator[Opened]:
        path = tmp_path / "syncd.db"
        shutil.copy(template, path)
        with opened(f"sqlite:///{path}") as opens:
            yield opens()
