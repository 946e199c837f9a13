"""Changing what was booked, by keyboard alone: in time, too late, over a clock change (C1, C4, C9, C12; PAGE-3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from syncd.domain.session import SessionState
from tests.browser.test_as_a_person_would import book
from tests.browser.visitor import Street

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)


def test_a_person_cancels_in_time_and_a_colleague_comes_after_all(street: Street) -> None:
    visitor, house = street.visitor(by_keyboard=True), street.house
    token = book(visitor)
    house.clock.advance_to(house.session(token).starts_at - 65 * MINUTE)  # the last moment (C1)
    visitor.open(f"/s/{token}")
    visitor.follow("Cancel it")
    assert house.session(token).state is SessionState.BOOKED, "a link changes nothing (C7)"
    visitor.press("Cancel the session")
    assert house.session(token).state is SessionState.CANCELLED
    assert "You cancelled this session" in visitor.words
    visitor.follow("A colleague is coming")
    visitor.press("Yes, restore the session")
    assert house.session(token).state is SessionState.BOOKED
    assert not visitor.complaints


def test_a_person_who_cancels_too_late_is_told_so_and_what_can_still_be_done(street: Street) -> None:
    visitor, house = street.visitor(by_keyboard=True), street.house
    token = book(visitor)
    visitor.follow("Cancel it")
    house.clock.advance_to(house.session(token).starts_at - 64 * MINUTE)
    visitor.press("Cancel the session")
    assert house.session(token).state is SessionState.BOOKED
    assert "07:55 EST" in visitor.words, "the last moment, as an instant (C9)"
    assert "still" in visitor.words
    visitor.open(f"/s/{token}")
    assert not visitor.page.get_by_role("link", name="Cancel it").count()
    assert visitor.page.get_by_role("link", name="Join the session").is_visible()


def test_a_person_moves_a_session_over_a_clock_change(street: Street) -> None:
    """Ten in New York is four in the afternoon in Berlin on the Friday, and three on the Monday: clocks there change on
    14 March, and in Berlin two weeks later. Session, UID and what is said of the time stay together (C9, C12)."""
    visitor, house = street.visitor("Europe/Berlin", by_keyboard=True), street.house
    house.clock.advance_to(datetime(2027, 3, 11, 20, tzinfo=UTC))
    house.read_calendars()
    visitor.open("/book")
    visitor.take("16:00", day="Fri 12 Mar")
    visitor.fill(name="Carl Customer", email="carl@acme.example.com", code="acme 2026")
    visitor.press("Continue")
    visitor.press("Book this session")
    visitor.follow("Open the session’s page")
    token = visitor.page.url.split("/s/")[1].split("?")[0]
    before = house.session(token)
    assert before.starts_at == datetime(2027, 3, 12, 15, tzinfo=UTC)
    assert "16:00–16:30 CET" in visitor.words
    house.advance(MINUTE)
    visitor.follow("Move it to another time")
    visitor.take("15:00", day="Mon 15 Mar")
    assert "15:00–15:30 CET" in visitor.words
    visitor.press("Move the session")
    after = house.session(token)
    assert after.starts_at == datetime(2027, 3, 15, 14, tzinfo=UTC)
    assert (after.id, after.uid, after.sequence) == (before.id, before.uid, before.sequence + 1)
    assert "this is the time that counts" in visitor.words
    assert "Monday, 15 March 2027 15:00–15:30 CET" in visitor.words
    assert "13:55 CET" in visitor.words, "65 minutes before it"
    visitor.page.get_by_text("Show in another time zone").click()
    visitor.choose("zone", "America/New_York")
    visitor.press("Show")
    assert "10:00–10:30 EDT" in visitor.words
    assert not visitor.complaints


def test_the_time_until_it_begins_is_told_in_the_language_of_the_booking(street: Street) -> None:
    house = street.house
    token = house.booked_as("de")
    house.clock.advance_to(house.session(token).starts_at - 90 * MINUTE)
    visitor = street.visitor()
    visitor.page.clock.install(time=house.clock.now())
    visitor.open(f"/s/{token}")
    shown = visitor.page.locator("[data-starts]")
    assert shown.inner_text() == "in 90 Minuten"
    for forward, told in (("01:00:00", "in 30 Minuten"), ("29:30", "gleich"), ("00:40", "jetzt")):
        visitor.page.clock.fast_forward(forward)
        assert shown.inner_text() == told
    assert not visitor.complaints
