"""Draws the pictures of the pages in docs/pictures: `python -m tests.browser.pictures`, after a page has changed.

Each page on a desktop by day and on a phone by night. What leads to the first ones is made for the eye; the others are
pages of tests/web/every_page.py as they are. tests/browser/test_pictures.py asks that no page is left out.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

from playwright.sync_api import Browser, sync_playwright

from syncd.domain.attendance import Outcome
from syncd.domain.correspondence import WordsReceived
from syncd.domain.keys import session_key
from syncd.domain.spans import Span
from tests.browser.conftest import ARGUMENTS, CHROMIUM, street_of
from tests.browser.test_everyone_can_use_them import show
from tests.browser.visitor import Street, Visitor
from tests.web import desk
from tests.web.every_page import PAGES, opened
from tests.web.house import FORM, NOW, House, make_database

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
PICTURE_MAX = 300_000  # bytes
ALL_MAX = 8_800_000
ISSUE = 'After the update, reports print twice.\nThe message is: "Spooler busy (0x1A)".'
COLLEAGUE = {"colleague_name_1": "Mara Miller", "colleague_email_1": "mara@acme.example.com"}


class View(TypedDict):
    wide: bool
    color_scheme: str


VIEWS = (View(wide=True, color_scheme="light"), View(wide=False, color_scheme="dark"))
MADE = {
    "book-when": "when",
    "book-who": "details",
    "book-mistakes": "mistakes",
    "book-check": "check",
    "booked": "booked",
    "session": "session",
    "session-cancelled": "cancelled",
    "session-waiting": "waiting",
    "cancel": "cancel",
    "desk-today": "desk today",
    "desk-session": "desk session",
    "desk-absences": "desk absences",
    "desk-company": "desk company",
    "desk-inbox": "desk inbox",
    "desk-reports": "desk reports",
    "desk-health": "desk health",
}
"""Pictures that are led to here, and which page each of them shows."""

OTHERS = {
    "front": "front",
    "book-what": "what",
    "book-lost": "lost",
    "book-who-pays": "details of one who can pay",
    "book-not-recorded": "not recorded",
    "session-german": "session in German",
    "session-missed": "missed",
    "session-too-late": "too late",
    "restore": "restore",
    "move": "move",
    "room": "room",
    "question": "question",
    "links": "links",
    "code": "forgot",
    "call-back": "call back",
    "call-back-asked": "call back asked",
    "paying": "paying",
    "paid": "paid, not told yet",
    "unpaid": "unpaid",
    "reinstate": "suspended, pays",
    "fees": "fees",
    "rules": "rules",
    "missing": "missing",
    "desk-sign-in": "not signed in",
    "desk-sign-out": "sign out",
    "desk-sign-on": "from the provider",
    "desk-press": "desk press",
    "desk-no-show": "desk sure",
    "desk-cancel": "desk cancel",
    "desk-request": "desk unsorted",
    "desk-emergency": "desk emergency",
    "desk-return-call": "desk call held",
    "desk-clearance": "desk clearance",
    "desk-call-entered": "desk call entered",
    "desk-companies": "desk companies",
    "desk-contact": "desk contact",
    "desk-audit": "desk audit",
}
"""The others, as they are looked at in the tests."""


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


def a_day_at_the_desk(house: House) -> dict[str, str]:
    """Sessions of both, some over, one attested, one asked, one to come; the addresses of what is shown of it."""
    desk.twice_missed(house, warned=False)
    for missed in house.store.views.sessions_starting(Span(NOW, house.clock.now())):
        house.door.decide_outcome(missed.id, Outcome.NO_SHOW, "dana", "Nobody came.", "p", lead=True, confirmed=True)
    house.read_calendars()
    tokens = [house.booked(n, issue=ISSUE, name=name) for n, name in ((0, "Carl Customer"), (4, "Ann Archer"))]
    tokens += [house.booked(n) for n in (9, 14, 20)]
    first, running = house.session(tokens[0]), house.session(tokens[1])
    house.clock.advance_to(first.starts_at + 3 * desk.MINUTE)
    house.sign_in()
    desk.attest(house, "here", first)
    house.get(f"/s/{tokens[0]}").press(to=f"/s/{tokens[0]}/say", says="here")
    desk.settle_until(house, first, 45)
    house.clock.advance_to(running.starts_at + 6 * desk.MINUTE)
    desk.attest(house, "nobody-since", running)
    house.read_calendars()
    desk.a_request(house, "Nothing prints since this morning")
    desk.put_aside(house)
    told = WordsReceived("carl@acme.example.com", "Re: Your session", "We look forward to it.")
    house.tell(session_key(first.id), told)
    return {
        "desk-today": "/desk",
        "desk-session": f"/desk/s/{running.id}",
        "desk-absences": "/desk/absences?staff=dana",
        "desk-company": "/desk/companies/acme",
        "desk-inbox": "/desk/inbox",
        "desk-reports": "/desk/reports",
        "desk-health": "/desk/health",
        "session-waiting": f"/s/{tokens[1]}",
    }


@dataclass(frozen=True)
class Drawer:
    browser: Browser
    folder: Path
    database: Path

    def the_booking(self) -> None:
        """As a visitor goes it, in a week that others have booked already."""
        with self._street() as here:
            a_busy_week(here.house)
            token = here.house.booked(30, issue=ISSUE, **COLLEAGUE)
            cancelled = here.house.booked(50)
            here.house.get(f"/s/{cancelled}/cancel").press()
            for name, lead_to in pages(token, cancelled).items():
                for view in VIEWS:
                    here.house.advance(timedelta(minutes=11))  # so that no hold of a former picture is in the way
                    visitor = here.visitor(**view)
                    lead_to(visitor)
                    self._take(visitor, name, view)

    def the_desk(self) -> None:
        """A day of two."""
        with self._street() as here:
            addresses = a_day_at_the_desk(here.house)
            for view in VIEWS:
                visitor = here.visitor(**view)
                visitor.sign_in("dana")
                for name, path in addresses.items():
                    visitor.open(path)
                    self._take(visitor, name, view)

    def the_others(self) -> None:
        """As the tests look at them."""
        with self._street() as here:
            for view in VIEWS:
                visitor = here.visitor(**view)
                for name, look in OTHERS.items():
                    own = Path(shutil.copy(self.database, self.folder / "own.db"))
                    with opened(own, PAGES[look]) as house:
                        show(visitor, PAGES[look].make(house))
                    self._take(visitor, name, view)
                    own.unlink()

    @contextmanager
    def _street(self) -> Iterator[Street]:
        own = Path(shutil.copy(self.database, self.folder / "street.db"))
        with street_of(own, self.browser) as street:
            yield street
        own.unlink()

    @staticmethod
    def _take(visitor: Visitor, name: str, view: View) -> None:
        path = FOLDER / f"{name}-{'desktop' if view['wide'] else 'phone'}-{view['color_scheme']}.png"
        visitor.page.screenshot(path=path, full_page=True)
        size = path.stat().st_size
        assert size < PICTURE_MAX, f"{path.name} has {size} bytes"


def draw() -> None:
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        database = Path(folder) / "syncd.db"
        make_database(database)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        drawer = Drawer(browser, Path(folder), database)
        drawer.the_booking()
        drawer.the_desk()
        drawer.the_others()
        browser.close()


if __name__ == "__main__":
    draw()
