"""A migrated SQLite file, made once and copied: every test has a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.store.migrate import migrate
from tests.store.opening import Opened, opened


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "syncd.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def url(template: Path, tmp_path: Path) -> str:
    path = tmp_path / "syncd.db"
    shutil.copy(template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def opening(url: str) -> Iterator[Callable[..., Opened]]:
    """Open the test's database, with what `open_store` takes; closed when the test is over."""
    with opened(url) as opens:
        yield opens


@pytest.fixture
def world(opening: Callable[..., Opened]) -> Opened:
    return opening()
