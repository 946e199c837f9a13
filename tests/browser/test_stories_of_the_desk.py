"""A day at the desk, and a customer's side of it, in a real browser (A4, A10, A11, A15, C8, K11, K12)."""

from __future__ import annotations

import pytest

from syncd.domain.attendance import Outcome
from tests.browser.conftest import Street
from tests.browser.test_the_desk import sign_in
from tests.web import desk

pytestmark = pytest.mark.slow


def test_staff_attest_excuse_give_away_hand_out_and_block(street: Street) -> None:
    house = street.house
    later = [house.booked_quickly(n) for n in (9, 14, 20)]
    _, session = desk.due(house, 6)
    dana = street.visitor()
    page, keys, sheet = dana.page, dana.page.keyboard, f"/desk/s/{session.id}"

    sign_in(dana, "dana")
    keys.press("j")
    for _ in range(5):
        keys.press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("Nobody came"):
            break
    keys.press("Enter")
    page.get_by_text("nobody came, and you were in the room").wait_for()

    desk.settle_until(house, session, 31)
    dana.open(sheet)
    page.locator("#outcome").select_option("excused")
    dana.fill(reason="Their whole site was down.")
    keys.press("Enter")
    page.get_by_text("The outcome is recorded.").wait_for()
    verdict = house.store.views.session(session.id).attendance.verdict  # type: ignore[union-attr]
    assert verdict is not None
    assert (verdict.outcome, verdict.reason) == (Outcome.EXCUSED, "Their whole site was down.")

    house.read_calendars()
    mine = next(token for token in later if house.session(token).staff_id == "dana")
    dana.open(f"/desk/s/{house.session(mine).id}")
    dana.press("Give it away")
    page.get_by_text("It is given to your colleague.").wait_for()
    assert house.session(mine).staff_id == "emil"

    dana.open("/desk/absences")
    page.locator("#staff").select_option("emil")
    dana.press("Show their sessions")
    dana.press("Give each to a colleague who is free")
    page.get_by_text("Nothing is booked with Emil Eck in that time.").wait_for()
    assert {house.session(token).staff_id for token in later if house.session(token).starts_at.day == 30} == {"dana"}

    dana.open("/desk/companies")
    page.get_by_role("link", name="Acme Ltd").click()
    dana.fill(reason="Agreed with their management.")
    dana.press("Block it")
    page.get_by_text("The company is blocked").wait_for()
    assert house.store.views.company("acme").blocked_by_desk  # type: ignore[union-attr]
    assert not dana.complaints


def test_a_customer_is_late_then_there_and_objects_to_what_was_recorded(street: Street) -> None:
    house = street.house
    token, session = desk.due(house, 2)
    carl = street.visitor(wide=False)
    carl.context.route("https://meet.example.com/**", lambda route: route.fulfill(body="Waiting for Dana."))
    carl.open(f"/s/{token}")
    carl.press("I am late")
    carl.page.get_by_text("It is recorded that you are late.").wait_for()
    carl.press("I am here: open the room")
    carl.page.get_by_text("Waiting for Dana.").wait_for()
    said = [getattr(one.payload, "says", "") for one in house.store.views.seen_in([session.id])[session.id]]
    assert said == ["late", "here"]

    house.advance(session.ends_at - house.clock.now())
    missed, _ = desk.contested(house)
    carl.open(f"/s/{missed}")
    carl.page.locator("#words").fill("I was on the phone line the whole time.")
    carl.press("I object: please look at it again")
    carl.page.get_by_role("heading", name="You objected").wait_for()
    assert house.session(missed).attendance.objection is not None
    assert not carl.complaints
