"""A day at the desk by keyboard alone, and a customer's side of it (A4, A10, A11, A15, E6, K11, K12, O1, O3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.domain.attendance import Outcome
from syncd.domain.keys import request_key
from syncd.domain.session import CallOutcome, SessionState
from syncd.engine.requests import RequestDoor
from tests.browser.visitor import Street, Visitor
from tests.web import desk
from tests.web.house import FORM, House
from tests.web.test_requests_at_the_desk import MAIL, settle

pytestmark = pytest.mark.slow


@pytest.fixture
def dana(street: Street) -> Visitor:
    return street.visitor(by_keyboard=True)


def test_staff_attest_excuse_give_away_and_hand_out_a_sick_colleagues_day(street: Street, dana: Visitor) -> None:
    house = street.house
    session = house.session(house.booked_quickly())
    later = [house.booked_quickly(n) for n in (9, 14, 20)]
    house.clock.advance_to(session.starts_at + 6 * desk.MINUTE)
    dana.sign_in("dana")
    dana.press("Nobody came, and I was in the room since 08:45")
    assert "nobody came, and you were in the room" in dana.words
    assert "Asked, no answer yet" in dana.words

    desk.settle_until(house, session, 31)
    dana.open(f"/desk/s/{session.id}")
    dana.choose("outcome", "excused")
    dana.fill(reason="Their whole site was down.")
    dana.press("Record it")
    assert "The outcome is recorded." in dana.words
    verdict = house.stored(session.id).attendance.verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.reason) == (Outcome.EXCUSED, "Their whole site was down.")

    house.read_calendars()
    mine = next(token for token in later if house.session(token).staff_id == "dana")
    dana.open(f"/desk/s/{house.session(mine).id}")
    dana.press("Give it away")
    assert "It is given to your colleague." in dana.words
    assert house.session(mine).staff_id == "emil"

    dana.follow("Absences")
    dana.choose("staff", "emil")
    dana.press("Show their sessions")
    dana.press("Give each to a colleague who is free")
    assert "Nothing is booked with Emil Eck in that time." in dana.words
    assert {house.session(token).staff_id for token in later if house.session(token).starts_at.day == 30} == {"dana"}
    assert not dana.complaints


def test_a_lead_blocks_a_company_and_it_books_nothing(street: Street, dana: Visitor) -> None:
    dana.sign_in("dana")
    dana.follow("Companies")
    dana.follow("Acme Ltd")
    dana.press("Block it")
    assert "Say why: the record keeps it." in dana.words
    dana.complaints.clear()  # a browser notes that a form was refused
    dana.fill(reason="Agreed with their management.")
    dana.press("Block it")
    assert "The company is blocked" in dana.words
    assert street.house.store.views.company("acme").blocked_by_desk  # type: ignore[union-attr]
    carl = street.visitor()
    carl.open("/book")
    carl.take("09:00")
    carl.fill(**FORM)
    carl.press("Continue")
    assert "help@desk.example.com" in carl.words, "whom to write to (E6)"
    assert not dana.complaints


def asked_by_mail(house: House) -> None:
    house.advance(timedelta(hours=7))  # ten in New York
    house.tell(request_key("r1"), MAIL)


def test_staff_sort_a_mail_as_an_emergency_and_squeeze_it_in(street: Street, dana: Visitor) -> None:
    house = street.house
    asked_by_mail(house)
    dana.sign_in("dana")
    dana.follow("Inbox")
    assert "Nothing <b>starts</b>." in dana.words
    dana.press("Emergency")
    gap = dana.page.locator("button[name=slot]").first.inner_text()
    dana.press(gap)
    assert "It is booked. The customer is told, with the links." in dana.words
    session = RequestDoor(house.door).session_of("r1")
    assert session is not None
    assert (session.state, session.staff_id) == (SessionState.BOOKED, "dana")
    settle(house)
    dana.follow("Inbox")
    assert "Nothing waits." in dana.words
    dana.follow("Today")
    assert "Others Inc" in dana.words
    olga = street.visitor(wide=False)
    olga.open("/s/" + house.token_of(session, MAIL.sender))
    olga.follow("Cancel it")
    assert "nothing counts against you" in olga.words
    olga.press("Cancel the session")
    assert "You cancelled this session" in olga.words
    settle(house)
    dana.follow("Inbox")
    assert "All down" in dana.words, "it waits again (O2)"
    assert not dana.complaints + olga.complaints


def test_staff_call_back_and_record_what_came_of_it(street: Street, dana: Visitor) -> None:
    house = street.house
    asked_by_mail(house)
    dana.sign_in("dana")
    dana.follow("Inbox")
    dana.press("Return call")
    gap = dana.page.locator("button[name=slot]").first.inner_text()
    dana.fill(mobile="(202) 555-0142")
    dana.press(gap)
    assert "The call is held in the calendar." in dana.words
    session = RequestDoor(house.door).session_of("r1")
    assert session is not None
    assert session.call is not None
    house.clock.advance_to(session.starts_at + desk.MINUTE)
    dana.page.reload()
    dana.press("Not reached")
    assert "The outcome is recorded." in dana.words
    session = RequestDoor(house.door).session_of("r1")
    assert session is not None
    assert session.call is not None
    assert session.call.outcome is CallOutcome.NOT_REACHED
    assert not dana.complaints


def test_a_customer_is_late_then_there_and_objects_to_what_was_recorded(street: Street) -> None:
    house = street.house
    token, session = desk.due(house, 2)
    carl = street.visitor(wide=False, by_keyboard=True)
    carl.context.route("https://meet.example.com/**", lambda route: route.fulfill(body="Waiting for Dana."))
    carl.open(f"/s/{token}")
    carl.press("I am late")
    assert "It is recorded that you are late." in carl.words
    carl.press("I am here: open the room")
    carl.page.get_by_text("Waiting for Dana.").wait_for()
    said = [getattr(one.payload, "says", "") for one in house.store.views.seen_in([session.id])[session.id]]
    assert said == ["late", "here"]

    house.advance(session.ends_at - house.clock.now())
    missed, _ = desk.contested(house)
    carl.open(f"/s/{missed}")
    carl.fill(words="I was on the phone line the whole time.")
    carl.press("I object: please look at it again")
    carl.page.get_by_role("heading", name="You objected").wait_for()
    assert house.session(missed).attendance.objection is not None
    assert not carl.complaints
