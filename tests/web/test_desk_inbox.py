"""What waits is settled by a press through the page: requests, words, unreadable mail, matters of a ledger (O1, S1)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.domain.correspondence import WordsReceived
from syncd.domain.keys import company_key, request_key, session_key
from syncd.domain.people import Attendee
from syncd.domain.request import Request, RequestKind
from syncd.domain.standing import SameDayChanged
from tests.web import desk
from tests.web.house import NEW_YORK, House, Page

NOTHING = "Nothing waits. Everything that came in is settled."


def request_of(house: House) -> Request:
    story = house.store.views.explain(request_key("r1"))
    assert story is not None
    return next(row.decision.state for row in reversed(story.decisions) if isinstance(row.decision.state, Request))


def choose(page: Page, choice: str) -> Page:
    what = next(w for w in desk.presses(page) if w.endswith(f" {choice}"))
    return page.press(to="/desk/inbox/answer", what=what)


@pytest.mark.parametrize("kind", [kind for kind in RequestKind if kind is not RequestKind.UNSORTED])
def test_a_request_is_sorted_by_one_press(house: House, kind: RequestKind) -> None:
    desk.a_request(house)
    house.enter("emil")
    page = house.get("/desk/inbox")
    assert "Nothing &lt;b&gt;prints" in page.text
    assert "Answer promised by" in page.words
    done = page.press(to="/desk/inbox/sort", what=f"r1 {kind}")
    assert (done.status, request_of(house).kind, request_of(house).sorted_by) == (303, kind, "emil")
    closed = request_of(house).closed_at is not None
    assert closed is (kind is RequestKind.OTHER), "open until it is dealt with"
    assert page.press(to="/desk/inbox/sort", what="r2 other").status == 409
    assert page.press(to="/desk/inbox/sort", what="r1 unsorted").status == 403


def test_plain_words_are_done_with_by_a_press_and_later_ones_are_shown_again(house: House) -> None:
    session = house.session(house.booked_quickly())
    house.tell(session_key(session.id), WordsReceived("carl@acme.example.com", "Re: Session", "I am late."))
    house.enter("emil")
    page = house.get("/desk/inbox")
    house.clock.advance(timedelta(minutes=1))
    house.tell(session_key(session.id), WordsReceived("carl@acme.example.com", "Re: Session", "And ill."))
    assert page.press(to="/desk/inbox/seen").status == 303
    left = house.get("/desk/inbox")
    assert "I am late." not in left.words
    assert "And ill." in left.words, "what came after the page was shown is not done with"
    assert left.press(to="/desk/inbox/seen").follow().words.count(NOTHING) == 1
    assert "Seen by staff" in house.get("/desk/audit").words
    assert page.press(to="/desk/inbox/seen").status == 303, "twice is once"


def test_a_mail_that_nobody_can_read_is_dismissed_with_a_reason_and_then_bars_no_verdict(house: House) -> None:
    desk.put_aside(house)
    house.enter()
    page = house.get("/desk/inbox")
    assert "no header ends within 64 kB" in page.words
    refused = page.press(to="/desk/inbox/seen", reason=" ")
    assert (refused.status, "Say why it needs no reading" in refused.words) == (422, True)
    assert house.store.unreadable("mailbox")
    assert refused.press(to="/desk/inbox/seen", reason="Spam, by its sender.").status == 303
    assert NOTHING in house.get("/desk/inbox").words
    assert house.store.unreadable("mailbox") == ()
    assert "Spam, by its sender." in house.get("/desk/audit").words


@pytest.mark.parametrize(("choice", "suspended"), [("suspend", True), ("leave", False)])
def test_a_second_no_show_before_its_warning_is_a_leads_to_decide(house: House, choice: str, suspended: bool) -> None:
    contact_id = desk.twice_missed(house, warned=False)
    house.enter("emil")
    assert "A lead answers this." in house.get("/desk/inbox").words
    house.enter("dana")
    page = house.get("/desk/inbox")
    assert "Shall this contact be suspended?" in page.words
    assert choose(page, choice).status == 303
    contact = house.store.views.contact(contact_id)
    assert contact is not None
    assert (contact.suspended_at(house.clock.now()) is not None) is suspended
    assert not contact.matters
    assert choose(page, "suspend" if choice == "leave" else "leave").status == 409


def test_staff_cannot_send_a_leads_answer(house: House) -> None:
    contact_id = desk.twice_missed(house, warned=False)
    (matter,) = house.contact(contact_id).matters
    desk.a_request(house)
    house.enter("emil")
    what = f"contact:{contact_id} {matter.id} suspend"
    assert house.get("/desk/inbox").press(to="/desk/inbox/answer", what=what).status == 403
    assert house.contact(contact_id).matters


def test_many_same_day_changes_are_a_review_that_may_block(house: House) -> None:
    who = Attendee("Carl Customer", "carl@acme.example.com", NEW_YORK)
    for n in range(4):
        house.clock.advance(timedelta(minutes=1))
        house.tell(company_key("acme"), SameDayChanged(f"s{n}", "carl", house.clock.now(), who))
    house.enter()
    page = house.get("/desk/inbox")
    assert "Shall this company be blocked?" in page.words
    assert choose(page, "block").status == 303
    company = house.store.views.company("acme")
    assert company is not None
    assert company.blocked_by_desk
    assert house.at_check().heading != "Check and book", "it books nothing (E6)"
