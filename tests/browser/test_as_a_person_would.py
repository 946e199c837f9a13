"""Booking and changing as a person does it, in a real browser (issue 2; PAGE-1 to PAGE-5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from syncd.domain.session import SessionState
from syncd.domain.spans import Span
from tests.browser.visitor import Street, Visitor
from tests.web.house import FORM

pytestmark = pytest.mark.slow


def book(visitor: Visitor, slot: str = "09:00", code: str = FORM["code"]) -> str:
    """From the front page to the session's page; the session's token."""
    visitor.open("/")
    visitor.follow("Book a session")
    visitor.take(slot)
    visitor.fill(**(FORM | {"code": code}), issue="Reports print twice.")
    visitor.press("Continue")
    if visitor.heading != "Is everything right?":
        return ""
    visitor.press("Book this session")
    visitor.follow("Open the session’s page")
    return visitor.page.url.split("/s/")[1].split("?")[0]


def test_a_person_books(street: Street) -> None:
    visitor = street.visitor()
    session = street.house.session(book(visitor))
    assert session.state is SessionState.BOOKED
    assert session.starts_at == datetime(2026, 11, 30, 14, tzinfo=UTC)
    assert visitor.heading == "Screen sharing session with Dana Doe"
    assert "Monday, 30 November 2026 09:00–09:30 EST" in visitor.words
    assert visitor.page.get_by_role("link", name="Join the session").is_visible()
    assert not visitor.complaints


def test_without_scripts_on_a_phone_a_person_books_moves_cancels_and_restores(street: Street) -> None:
    """PAGE-1: every story works without JavaScript."""
    visitor, house = street.visitor(scripts=False, wide=False), street.house
    token = book(visitor)
    assert house.session(token).state is SessionState.BOOKED
    assert visitor.page.get_by_role("link", name="Join the session").is_visible()
    house.advance(timedelta(minutes=1))
    visitor.follow("Move it to another time")
    visitor.take("11:30")
    visitor.press("Move the session")
    assert house.session(token).starts_at == datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
    assert "this is the time that counts" in visitor.words
    visitor.follow("Cancel it")
    visitor.press("Cancel the session")
    assert house.session(token).state is SessionState.CANCELLED
    visitor.follow("A colleague is coming")
    visitor.press("Yes, restore the session")
    assert house.session(token).state is SessionState.BOOKED
    assert not visitor.complaints


def test_the_browsers_own_zone_is_shown_without_asking_and_can_be_changed_in_one_step(street: Street) -> None:
    visitor = street.visitor("Europe/Berlin")
    visitor.open("/book")
    assert visitor.page.locator("#zone").input_value() == "Europe/Berlin"
    assert visitor.page.get_by_role("button", name="15:00").first.is_visible()
    visitor.page.locator("#zone").select_option("Asia/Kolkata")
    visitor.press("Show these times")
    assert visitor.page.get_by_role("button", name="19:30").first.is_visible()
    visitor.page.get_by_role("button", name="19:30").first.click()
    assert "19:30–20:00 IST" in visitor.page.locator("aside").inner_text()
    assert not visitor.complaints


def test_the_arrows_move_among_the_free_times_and_enter_takes_one(street: Street) -> None:
    visitor = street.visitor(by_keyboard=True)
    page, keys = visitor.page, visitor.page.keyboard
    visitor.open("/book")
    visitor.reach(page.locator("[data-slot]"))
    moves = [
        ("ArrowRight", "09:15"),
        ("ArrowDown", "09:45"),
        ("ArrowLeft", "09:30"),
        ("ArrowUp", "09:00"),
        ("End", "16:30"),
        ("Home", "09:00"),
    ]
    for key, time in moves:
        keys.press(key)
        assert page.evaluate("document.activeElement.textContent.trim()") == time
    visitor.take("10:00", day="Tue 1 Dec")
    assert visitor.heading == "Who is coming, and what is it about?"
    assert "Tuesday, 1 December" in page.locator("aside").inner_text()


def test_two_people_press_the_same_slot_one_gets_it_the_other_is_offered_the_nearest(street: Street) -> None:
    first, second = street.visitor(), street.visitor()
    for visitor in (first, second):
        visitor.open("/book/online?staff=dana&zone=America/New_York")
    first.page.get_by_role("button", name="10:00").first.click()
    second.page.get_by_role("button", name="10:00").first.click()
    assert first.heading == "Who is coming, and what is it about?"
    assert second.heading == "This time has just been taken"
    offered = second.page.locator(".slots button")
    assert offered.count() == 3
    offered.first.click()
    assert second.heading == "Who is coming, and what is it about?"


def test_a_mistyped_code_keeps_the_form_and_leads_to_the_field(street: Street) -> None:
    visitor = street.visitor()
    assert book(visitor, code="ACME-2027") == ""
    alert = visitor.page.get_by_role("alert")
    assert "This code does not open a booking" in alert.inner_text()
    visitor.page.get_by_role("link", name="Go to the company code").click()
    assert visitor.page.evaluate("location.hash") == "#code"
    assert visitor.page.locator("#issue").input_value() == "Reports print twice."
    visitor.fill(code="ACME2026")
    visitor.press("Continue")
    assert visitor.heading == "Is everything right?"


def test_back_finds_what_was_typed_and_the_time_that_is_held(street: Street) -> None:
    visitor = street.visitor()
    visitor.open("/book")
    visitor.page.get_by_role("button", name="09:00").first.click()
    visitor.fill(**FORM, issue="Reports print twice.")
    visitor.press("Continue")
    visitor.page.go_back()
    assert visitor.page.locator("#issue").input_value() == "Reports print twice."
    assert visitor.page.locator("#code").input_value() == FORM["code"]
    visitor.page.go_back()
    assert visitor.heading == "Choose a time"
    kept = visitor.page.locator(".on")
    assert "09:00" in kept.inner_text()
    visitor.page.get_by_role("button", name="09:15").first.click()
    assert "09:15–09:45" in visitor.page.locator("aside").inner_text()


def test_pressing_book_twice_in_a_hurry_books_once(street: Street) -> None:
    visitor = street.visitor()
    visitor.open("/book")
    visitor.page.get_by_role("button", name="09:00").first.click()
    visitor.fill(**FORM)
    visitor.press("Continue")
    visitor.page.get_by_role("button", name="Book this session").dblclick()
    visitor.page.wait_for_url("**/booked/**")
    now = street.house.clock.now()
    claims = street.house.store.views.neighbours(Span(now, now + timedelta(days=7)), now)
    booked = [neighbour for neighbour in claims if not neighbour.held]
    assert len(booked) == 1


def test_the_time_left_is_shown_and_its_end_is_said(street: Street) -> None:
    visitor = street.visitor()
    visitor.page.clock.install(time=street.house.clock.now())
    visitor.open("/book")
    visitor.page.get_by_role("button", name="09:00").first.click()
    aside = visitor.page.locator("aside")
    assert "10 minutes left" in aside.inner_text()
    visitor.page.clock.fast_forward("06:30")
    assert "4 minutes left" in aside.inner_text()
    visitor.page.clock.fast_forward("04:00")
    assert "no longer kept for you" in aside.inner_text()
    assert "Kept for you until" not in aside.inner_text()


def test_a_scanner_that_runs_scripts_and_submits_nothing_changes_nothing(street: Street) -> None:
    """C7: every address of a mail, and every link on its pages, opened in a browser."""
    visitor = street.visitor()
    token = book(visitor)
    before = street.house.everything()
    waiting = [f"/s/{token}{act}" for act in ("", "/cancel", "/reschedule", "/restore")] + ["/book", "/links"]
    seen: set[str] = set()
    while waiting and len(seen) < 25:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        if path.endswith(".ics"):
            assert visitor.context.request.get(visitor.base + path).ok
            continue
        visitor.open(path)
        hrefs = visitor.page.eval_on_selector_all("a[href]", "links => links.map(l => l.getAttribute('href'))")
        waiting += [href for href in hrefs if href.startswith("/")]
    assert len(seen) > 10
    assert street.house.everything() == before
    assert not visitor.complaints
