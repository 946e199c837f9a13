"""Pages that everyone can use: axe-core finds nothing, nothing overflows, targets can be hit (PAGE-2, PAGE-3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Street, Visitor
from tests.web.house import Page
from tests.web.test_pages_are_well_made import PAGES

pytestmark = pytest.mark.slow

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
TARGET_MIN = 44
TARGETS = "button, .button, select, summary, input:not([type=hidden]), textarea, header a, footer a, .tel a"
SMALL_TARGETS = """([targets, least]) => [...document.querySelectorAll(targets)]
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([e, box]) => box.width && Math.round(box.height) < least && !e.matches('.skip'))
    .map(([e, box]) => `${e.outerHTML.slice(0, 80)}: ${box.height}`)"""


def show(visitor: Visitor, page: Page) -> None:
    """The page as it was answered, whether to GET or to POST, with its own headers and stylesheet."""
    headers = {key: value for key, value in page.headers.items() if key != "content-length"}
    visitor.context.route("**/as-answered", lambda route: route.fulfill(body=page.text, headers=headers))
    # A page that leads on to a room at once is looked at, too: "no content" leaves the browser where it is.
    visitor.context.route("https://meet.example.com/**", lambda route: route.fulfill(status=204))
    visitor.open("/as-answered")
    assert visitor.page.locator("h1").count() == 1


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(street: Street, name: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci in tests/browser)")
    page = PAGES[name](street.house)
    for wide, scheme in ((True, "light"), (False, "dark")):
        visitor = street.visitor(wide=wide, color_scheme=scheme, reduced_motion="reduce")
        show(visitor, page)
        visitor.page.evaluate(AXE.read_text("utf-8"))
        found = visitor.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        told = [(each["id"], each["help"], [n["html"][:200] for n in each["nodes"]]) for each in found["violations"]]
        assert not told, f"{scheme}: {told}"
        assert len(found["passes"]) > 10, "axe looked at the page"
        assert not visitor.complaints


@pytest.mark.parametrize("name", PAGES)
def test_nothing_overflows_and_every_target_can_be_hit_at_320_pixels(street: Street, name: str) -> None:
    visitor = street.visitor(wide=False)
    visitor.page.set_viewport_size({"width": 320, "height": 640})
    show(visitor, PAGES[name](street.house))
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert visitor.page.evaluate(SMALL_TARGETS, [TARGETS, TARGET_MIN]) == []


def test_focus_is_always_seen(street: Street) -> None:
    visitor = street.visitor()
    visitor.open("/book/online?zone=America/New_York")
    for _ in range(9):
        visitor.page.keyboard.press("Tab")
        style = visitor.page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth] })()"
        )
        assert style == ["solid", "3px"]
