"""The system's Chromium, one a worker; each test has a desk of its own, served on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.serving import served
from tests.browser.visitor import Street
from tests.web.house import make_database, open_house

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def known_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("desk") / "syncd.db"
    make_database(made)
    return made


@pytest.fixture
def own_database(known_database: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(known_database, tmp_path / "syncd.db"))


@pytest.fixture
def street(own_database: Path, chromium: Browser) -> Iterator[Street]:
    with street_of(own_database, chromium) as street:
        yield street


@pytest.fixture(scope="module")
def known_street(known_database: Path, tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Street]:
    """One for all tests of a module that change nothing in it."""
    with street_of(Path(shutil.copy(known_database, tmp_path_factory.mktemp("street"))), chromium) as street:
        yield street


@contextmanager
def street_of(database: Path, chromium: Browser) -> Iterator[Street]:
    with open_house(database) as house, served(house.app) as base:
        street = Street(house, base, chromium)
        yield street
        house.ending.set()
        for visitor in street.visitors:
            visitor.context.close()
