"""Draws the pictures of the pages in docs/pictures: `python -m tests.browser.pictures`, after a page has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, Street, Visitor
from tests.browser.serving import served
from tests.web.house import FORM, NOW, House, make_database, open_house

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
PICTURE_MAX = 200_000  # bytes
ISSUE = 'After the update, reports print twice.\nThe message is: "Spooler busy (0x1A)".'
COLLEAGUE = {"colleague_name_1": "Mara Miller", "colleague_email_1": "mara@acme.example.com"}


def a_busy_week(house: House) -> None:
    for day in range(5):
        start = NOW + timedelta(days=day)
        for hour in (7, 8, 10):
            house.busy("dana", start + timedelta(hours=hour))
        house.busy("emil", start + timedelta(hours=8), timedelta(hours=3))
    for member in ("dana", "emil"):
        house.busy(member, NOW + timedelta(days=3, hours=5), timedelta(hours=9))
    house.read_calendars()


def at_the_form(visitor: Visitor) -> None:
    visitor.open("/book/online?zone=America/New_York")
    visitor.page.get_by_role("button", name="10:00").nth(1).click()


def with_mistakes(visitor: Visitor) -> None:
    at_the_form(visitor)
    visitor.fill(**(FORM | {"email": "carl@acme", "code": ""}))
    visitor.press("Continue")


def at_the_check(visitor: Visitor) -> None:
    at_the_form(visitor)
    visitor.fill(**FORM, issue=ISSUE)
    visitor.press("Continue")


def pages(token: str, cancelled: str) -> dict[str, Callable[[Visitor], None]]:
    return {
        "book-when": lambda v: v.open("/book/online?zone=America/New_York"),
        "book-who": at_the_form,
        "book-mistakes": with_mistakes,
        "book-check": at_the_check,
        "booked": lambda v: v.open(f"/booked/{token}"),
        "session": lambda v: v.open(f"/s/{token}"),
        "session-cancelled": lambda v: v.open(f"/s/{cancelled}"),
        "cancel": lambda v: v.open(f"/s/{token}/cancel"),
    }


@contextmanager
def street() -> Iterator[Street]:
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        database = Path(folder) / "syncd.db"
        make_database(database)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        with open_house(database) as house, served(house.app) as base:
            yield Street(house, base, browser)
        browser.close()


def draw() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with street() as here:
        a_busy_week(here.house)
        token = here.house.booked(30, issue=ISSUE, **COLLEAGUE)
        cancelled = here.house.booked(50)
        here.house.get(f"/s/{cancelled}/cancel").press()
        for name, lead_to in pages(token, cancelled).items():
            for wide, scheme in ((True, "light"), (False, "dark")):
                here.house.advance(timedelta(minutes=11))  # so that no hold of a former picture is in the way
                visitor = here.visitor(wide=wide, color_scheme=scheme)
                lead_to(visitor)
                path = FOLDER / f"{name}-{'desktop' if wide else 'phone'}-{scheme}.png"
                visitor.page.screenshot(path=path, full_page=True)
                size = path.stat().st_size
                assert size < PICTURE_MAX, f"{path.name} has {size} bytes"
                visitor.context.close()


if __name__ == "__main__":
    draw()
