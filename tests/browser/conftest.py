"""The system's Chromium, one a worker; each test has a desk of its own, served on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.serving import served
from tests.web.house import House, make_database, open_house

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
PATIENCE_MS = 20_000


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A person at a browser: `complaints` collects what it said against our pages (script errors, blocked loads)."""

    context: BrowserContext
    page: Page
    base: str
    complaints: list[str]

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def press(self, name: str) -> None:
        """Press, and wait until the page that answers is read whole."""
        self.page.get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_load_state("domcontentloaded")

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"#{name}").fill(value)


@dataclass
class Street:
    """Where visitors come from."""

    house: House
    base: str
    chromium: Browser
    visitors: list[Visitor] = field(default_factory=list)

    def visitor(
        self, zone: str = "America/New_York", *, scripts: bool = True, wide: bool = True, **more: object
    ) -> Visitor:
        size = {"width": 1280, "height": 900} if wide else {"width": 375, "height": 812}
        context = self.chromium.new_context(
            timezone_id=zone,
            locale="en-GB",
            java_script_enabled=scripts,
            viewport=size,
            **more,  # type: ignore[arg-type]
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        visitor = Visitor(context, page, self.base, [])
        self.visitors.append(visitor)
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on("console", lambda said: visitor.complaints.append(said.text) if said.type == "error" else None)
        return visitor


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
