"""Draws the pictures of the pages in docs/pictures: `python -m tests.browser.pictures`, after a page has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from syncd.domain.attendance import Outcome
from syncd.domain.correspondence import WordsReceived
from syncd.domain.keys import session_key
from syncd.domain.spans import Span
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.serving import served
from tests.browser.visitor import Street, Visitor
from tests.web import desk
from tests.web.house import FORM, NOW, PASSWORD, House, make_database, open_house

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
PICTURE_MAX = 300_000  # bytes
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


def draw_desk(database: Path, browser: Browser) -> None:
    with open_house(database) as house, served(house.app) as base:
        here = Street(house, base, browser)
        addresses = a_day_at_the_desk(house)
        for name, path in addresses.items():
            for wide, scheme in ((True, "light"), (False, "dark")):
                visitor = here.visitor(wide=wide, color_scheme=scheme)
                visitor.open("/desk/sign-in")
                visitor.fill(name="dana", password=PASSWORD)
                visitor.press("Sign in")
                visitor.page.wait_for_selector("#board")
                visitor.open(path)
                _take(visitor, name, wide=wide, scheme=scheme)


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
                _take(visitor, name, wide=wide, scheme=scheme)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        database = Path(folder) / "syncd.db"
        make_database(database)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        draw_desk(database, browser)
        browser.close()


def _take(visitor: Visitor, name: str, *, wide: bool, scheme: str) -> None:
    path = FOLDER / f"{name}-{'desktop' if wide else 'phone'}-{scheme}.png"
    visitor.page.screenshot(path=path, full_page=True)
    size = path.stat().st_size
    assert size < PICTURE_MAX, f"{path.name} has {size} bytes"
    visitor.context.close()


if __name__ == "__main__":
    draw()
