"""No page is without its pictures, and no picture without its page. `make screenshots` draws them anew."""

from __future__ import annotations

from tests.browser.pictures import ALL_MAX, FOLDER, MADE, OTHERS, PICTURE_MAX
from tests.web.every_page import PAGES

MAILS = {"invitation.png", "update-de.png"}
ACTS = ("/{type_id}/book", "/object", "/go", "/block", "/call")
"""Steps that only a press leads to, and that show the page they came from, with what was wrong."""


def test_every_page_that_can_be_opened_is_pictured_by_day_and_by_night() -> None:
    pictured = {PAGES[look].route for look in (MADE | OTHERS).values()}
    missing = {look.route for look in PAGES.values()} - pictured
    assert not {route for route in missing if not route.endswith(ACTS)}


def test_the_pictures_are_those_that_are_drawn_and_not_too_heavy() -> None:
    names = {f"{name}-{view}.png" for name in MADE | OTHERS for view in ("desktop-light", "phone-dark")}
    found = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert set(found) == names | MAILS
    assert max(found.values()) < PICTURE_MAX
    assert sum(found.values()) < ALL_MAX
