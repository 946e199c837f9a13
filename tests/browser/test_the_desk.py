"""The desk as staff use it, in a real browser: a no-show attested by keyboard alone, seen live by a colleague."""

from __future__ import annotations

import pytest

from tests.bench.desk import measure
from tests.browser.visitor import Street
from tests.web import desk

pytestmark = pytest.mark.slow


def test_a_no_show_is_attested_by_keyboard_and_seen_live_by_a_colleague(street: Street) -> None:
    _, session = desk.due(street.house, 6)
    colleague, dana = street.visitor(), street.visitor()
    colleague.sign_in("emil")
    colleague.page.get_by_text("Live.").wait_for()
    dana.sign_in("dana")
    keys, focused = dana.page.keyboard, "document.activeElement.textContent.trim()"
    keys.press("j")
    assert dana.page.evaluate(focused) == "09:00–09:30 Acme Ltd"
    for _ in range(5):
        keys.press("Tab")
        if dana.page.evaluate(focused).startswith("Nobody came"):
            break
    keys.press("Enter")
    dana.page.get_by_text("nobody came, and you were in the room").wait_for()
    colleague.page.get_by_text("Asked, no answer yet").wait_for()
    assert street.house.stored(session.id).attendance.absent_at is not None
    keys.press("k")
    keys.press("j")
    keys.press("Enter")
    dana.page.get_by_role("heading", name="Who is there").wait_for()
    assert not [said for each in (dana, colleague) for said in each.complaints]


def test_the_desk_works_without_scripts_and_says_that_it_is_not_live(street: Street) -> None:
    _, session = desk.due(street.house, 6)
    dana = street.visitor(scripts=False, wide=False)
    dana.sign_in("dana")
    assert "reload to see news" in dana.page.locator("#live").inner_text()
    dana.page.get_by_role("button", name="I am in the room", exact=True).click()
    assert "says: in the room" in dana.page.locator("#board").inner_text()
    assert street.house.store.views.seen_in([session.id])


def test_news_reach_all_twenty_viewers_of_a_big_day() -> None:
    """How soon is a figure of `python -m tests.bench.desk`."""
    assert measure(2, 0)["records"] == 2
