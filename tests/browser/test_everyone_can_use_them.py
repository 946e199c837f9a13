"""Pages that everyone can use: axe-core finds nothing, nothing overflows, every target can be hit, and reached by
keyboard with the focus in sight (PAGE-2, PAGE-3). Each page of tests/web/every_page.py is loaded once, and looked at by
day and by night.
"""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route
from starlette.applications import Starlette
from starlette.routing import Mount

from syncd.runtime.demo.mailbox import PARTS, mailbox_app
from tests.browser.serving import served
from tests.browser.visitor import Street, Visitor
from tests.runtime.test_mailbox import invitation
from tests.web.every_page import PAGES, opened
from tests.web.house import Page

pytestmark = pytest.mark.slow

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
NO_AXE = "axe-core is not installed (npm ci in tests/browser)"
TARGET_MIN = 44
TARGETS = "button, .button, select, summary, input:not([type=hidden]), textarea, header a, footer a, .tel a"
SMALL_TARGETS = """([targets, least]) => [...document.querySelectorAll(targets)]
    .map(e => e.type === "radio" ? e.closest("label") : e)
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([e, box]) => box.width && Math.round(box.height) < least && !e.matches('.skip'))
    .map(([e, box]) => `${e.outerHTML.slice(0, 80)}: ${box.height}`)"""
UNSEEN_FOCUS = """() => [...document.querySelectorAll(
        "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
    .filter(e => e.checkVisibility())
    .filter(e => {
        e.focus();
        const style = getComputedStyle(e);
        const seen = style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2;
        return document.activeElement !== e || !seen || e.tabIndex < (e.matches("[data-slot]") ? -1 : 0);
    })
    .map(e => e.outerHTML.slice(0, 120))"""
"""What the keyboard does not reach, or where it is not seen to be. Of the free times one is reached by Tab, the others
by the arrows."""


@pytest.fixture(scope="module")
def visitor(known_street: Street) -> Iterator[Visitor]:
    """One for all pages: what is looked at is answered apart, and shown here."""
    visitor = known_street.visitor(reduced_motion="reduce")
    yield visitor
    visitor.context.close()


def show(visitor: Visitor, page: Page) -> None:
    """The page as it was answered, whether to GET or to POST, with its own headers and stylesheet."""
    headers = {k: v for k, v in page.headers.items() if k not in ("content-length", "content-encoding", "refresh")}

    def answer(route: Route) -> None:
        if "/static/" in route.request.url:
            route.continue_()
        elif route.request.url.endswith("/as-answered"):
            route.fulfill(body=page.text, headers=headers)
        else:  # a page that leads on at once is looked at, too: "no content" leaves the browser where it is
            route.fulfill(status=204)

    visitor.page.unroute_all()
    visitor.page.route("**/*", answer)
    visitor.open("/as-answered")
    assert visitor.page.locator("h1").count() == 1


def axe(visitor: Visitor, *rules: str) -> int:
    """How many rules it found kept; none may be broken."""
    options: dict[str, object] = {"resultTypes": ["violations"], "preload": False, "iframes": False}
    if rules:
        options["runOnly"] = list(rules)
    found = visitor.page.evaluate("options => axe.run(document, options)", options)
    told = [(each["id"], each["help"], [n["html"][:200] for n in each["nodes"]]) for each in found["violations"]]
    assert not told
    return len(found["passes"])


def by_day_and_by_night(visitor: Visitor) -> None:
    """All that the page that is open must keep."""
    visitor.page.set_viewport_size({"width": 1280, "height": 900})
    visitor.page.emulate_media(color_scheme="light")
    visitor.page.evaluate(AXE.read_text("utf-8"))
    assert axe(visitor) > 10, "axe looked at the page"
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate(UNSEEN_FOCUS) == []
    visitor.page.set_viewport_size({"width": 320, "height": 640})
    visitor.page.emulate_media(color_scheme="dark")
    assert axe(visitor, "color-contrast", "scrollable-region-focusable") > 0
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert visitor.page.evaluate(SMALL_TARGETS, [TARGETS, TARGET_MIN]) == []


@pytest.mark.parametrize("name", PAGES)
def test_everyone_can_use_it(visitor: Visitor, own_database: Path, name: str) -> None:
    if not AXE.exists():
        pytest.skip(NO_AXE)
    visitor.complaints.clear()
    with opened(own_database, PAGES[name]) as house:
        show(visitor, PAGES[name].make(house))
    by_day_and_by_night(visitor)
    assert not visitor.complaints


def test_the_first_stop_leads_past_the_frame(street: Street) -> None:
    visitor = street.visitor()
    visitor.open("/book")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.textContent") == "Skip to the content"


def test_everyone_can_use_the_sample_mailbox(chromium: Browser, street: Street, tmp_path: Path) -> None:
    if not AXE.exists():
        pytest.skip(NO_AXE)
    box = mailbox.Maildir(tmp_path / "box", create=True)
    key = box.add(invitation())
    pages = mailbox_app(tmp_path / "box", tmp_path / "texts", street.house.clock.now)
    with served(Starlette(routes=[Mount("/mailbox", pages)])) as base:
        visitor = Street(street.house, base, chromium).visitor(reduced_motion="reduce")
        parts = [f"/mailbox/{key}?part={part}" for part in PARTS]
        for path in ("/mailbox/", "/mailbox/texts", *parts):
            visitor.open(path)
            by_day_and_by_night(visitor)
        visitor.context.close()
