"""One desk a test, on its own copy of a database that is made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.house import House, make_database, open_house


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("desk") / "syncd.db"
    make_database(made)
    return made


@pytest.fixture
def own_database(database: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(database, tmp_path / "syncd.db"))


@pytest.fixture
def house(own_database: Path) -> Iterator[House]:
    with open_house(own_database) as opened:
        yield opened
