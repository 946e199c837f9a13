"""What staff press about a request, and the form by which customers ask to be called back (O1-O4, E3, E4, C10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from syncd.domain.correspondence import RequestReceived
from syncd.domain.effect import CalendarPut, CustomerMail
from syncd.domain.keys import CATALOGUE_KEY, request_key, session_key
from syncd.domain.letters import Letter
from syncd.domain.money import ReleaseState
from syncd.domain.paying import ReleaseSet
from syncd.domain.request import RequestKind
from syncd.domain.session import CallOutcome, Door, Session, SessionState
from syncd.engine.requests import RequestDoor
from syncd.policy.decide import decide
from tests.web.house import DESK, House, Page, open_house

OLGA = "olga@others.example.com"
MAIL = RequestReceived("mail", OLGA, "Olga Other", "All down", "Nothing <b>starts</b>.", company_id="others")
FIELDS = {"name": "Olga Other", "email": OLGA, "code": "others 77", "mobile": "202-555-0142", "issue": "It beeps."}
CALLING = replace(DESK, calling_number="+15713173122", deputy="emil")


@pytest.fixture
def house(own_database: Path) -> Iterator[House]:
    with open_house(own_database, CALLING) as opened:
        yield opened


def settle(house: House) -> None:
    """What was derived for others, and what time brings about."""
    for _ in range(10):
        for key in house.store.due(house.clock.now(), 50):
            house.store.settle(key, decide, house.clock.now())


def asked_by_mail(house: House, request_id: str = "r1") -> Page:
    house.tell(request_key(request_id), MAIL)
    house.clock.advance(timedelta(hours=7))  # ten in New York
    house.read_calendars()
    house.sign_in()
    return house.get(f"/desk/requests/{request_id}")


def session_of(house: House, request_id: str = "r1") -> Session:
    found = RequestDoor(house.door).session_of(request_id)
    assert found is not None
    return found


def mails(house: House, letter: Letter) -> list[CustomerMail]:
    bodies = [row.effect.body for row in house.store.views.outbox(limit=500)]
    return [body for body in bodies if isinstance(body, CustomerMail) and body.letter is letter]


def choices(page: Page, act: str) -> list[str]:
    form = page.text.split(f'/{act}"')[1].split("</form>")[0]
    return [part.split('"')[0] for part in form.split('name="slot" value="')[1:]]


def test_an_emergency_is_squeezed_in_by_a_gap_declined_and_waits_again(house: House) -> None:
    page = asked_by_mail(house)
    assert "Nothing <b>starts</b>." in page.words.replace("&lt;", "<")
    slot = choices(page, "squeeze")[0]
    done = page.press(to="/desk/requests/r1/squeeze", slot=slot).follow()
    assert "It is booked" in done.words
    settle(house)
    session = session_of(house)
    assert (session.door, session.state, session.staff_set_at) == (
        Door.EMERGENCY, SessionState.BOOKED, house.clock.now()
    )  # fmt: skip
    assert session.starts_at - house.clock.now() == timedelta(minutes=5), "the nearest"
    request = house.store.views.request("r1")
    assert request is not None
    assert (request.session_id, request.closed_at is not None) == (session.id, True)
    again = page.press(to="/desk/requests/r1/squeeze", slot=choices(page, "squeeze")[1])
    assert again.status == 409
    token = house.token_of(session, OLGA)
    house.clock.advance(timedelta(minutes=4))
    house.get(f"/s/{token}/cancel").press()
    settle(house)
    assert session_of(house).state is SessionState.CANCELLED
    assert house.store.views.sessions_between(session.span, session.staff_id) == ()
    company = house.store.views.company("others")
    assert company is not None
    assert company.same_day == (), "nothing counts (C10)"
    assert [r.id for r in house.store.views.requests_open(9)] == ["r1"]
    more = house.get("/desk/requests/r1")
    assert more.press(to="/desk/requests/r1/squeeze", slot=choices(more, "squeeze")[0]).follow().status == 200
    assert session_of(house).id != session.id


def test_pressed_as_a_return_call_it_is_held_told_and_its_outcome_recorded(house: House) -> None:
    page = asked_by_mail(house)
    sorted_ = page.press(to="/desk/requests/r1/sort", kind="return-call").follow()
    assert "No gap could be held by itself" in sorted_.words, "nobody knows the number"
    slot = choices(sorted_, "call")[0]
    wrong = sorted_.press(to="/desk/requests/r1/call", slot=slot, mobile="12")
    assert wrong.status == 422
    held = sorted_.press(to="/desk/requests/r1/call", slot=slot, mobile="(202) 555-0142").follow()
    assert "The call is held" in held.words
    settle(house)
    session = session_of(house)
    assert session.call is not None
    assert (session.call.number, session.call.calls_from) == ("+12025550142", "+15713173122")
    (mail,) = mails(house, Letter.RETURN_CALL)
    assert mail.to.email == OLGA
    puts = [r.effect.body for r in house.store.views.outbox(limit=99) if isinstance(r.effect.body, CalendarPut)]
    assert [put.session_id for put in puts] == [session.id]
    house.clock.advance_to(session.starts_at + timedelta(minutes=1))
    assert house.get(f"/desk/s/{session.id}").status == 200
    assert house.get("/desk").status == 200
    over = house.get("/desk/requests/r1").press(to="/desk/requests/r1/outcome", outcome="not-reached").follow()
    assert "Not reached" in over.words
    assert len(mails(house, Letter.CALL_OVER)) == 1
    assert "Call them back" not in over.words, "one attempt"
    assert house.store.views.sessions_between(session.span, session.staff_id) == (), "the time is free again"


def test_a_release_is_cleared_and_the_writer_told(house: House) -> None:
    old = ReleaseSet("v1", "Version 1", ReleaseState.END_OF_LIFE, date(2026, 1, 1), "dana")
    house.tell(CATALOGUE_KEY, old)
    page = asked_by_mail(house).press(to="/desk/requests/r1/sort", kind="clearance").follow()
    done = page.press(to="/desk/requests/r1/clear", release="v1").follow()
    assert "It is cleared" in done.words
    settle(house)
    company = house.store.views.company("others")
    assert company is not None
    assert [c.release_id for c in company.clearances] == ["v1"]
    assert [m.about for m in mails(house, Letter.CLEARED)] == ["Version 1"]
    assert house.store.views.requests_open(9) == ()


def test_one_who_holds_no_sessions_sets_nothing(house: House) -> None:
    asked_by_mail(house)
    house.enter_from("198.51.100.9")
    house.sign_in("olga")
    page = house.get("/desk/requests/r1")
    assert page.press(to="/desk/requests/r1/squeeze", slot=choices(page, "squeeze")[0]).status == 403
    assert RequestDoor(house.door).session_of("r1") is None


def test_a_customer_asks_by_the_form_and_is_told_when_at_once(house: House) -> None:
    house.clock.advance(timedelta(hours=7))
    house.read_calendars()
    form = house.get("/call-back")
    done = form.press("call", **FIELDS).follow()
    assert done.heading == "We call you back"
    assert "202-555-0142" in done.words
    assert "571-317-3122" in done.words
    assert form.press("call", **FIELDS).follow().heading == "We call you back", "a second press is the same act"
    settle(house)
    assert len(mails(house, Letter.RETURN_CALL)) == 1
    assert house.store.views.requests_open(9) == ()
    second = house.get("/call-back").press("call", **FIELDS)
    assert (second.status, second.heading) == (409, "A call back is coming already")


def test_whatever_is_wrong_with_the_code_the_refusal_is_the_same_and_nothing_is_kept(house: House) -> None:
    before = house.everything()
    refusals = []
    for code in ("NOSUCH", "ACME-2026", "LAPSED-01"):  # unknown, a plan without calls, lapsed
        page = house.get("/call-back").press("call", **(FIELDS | {"code": code}))
        assert page.status == 403
        refusals.append(page.words)
    assert len(set(refusals)) == 1
    assert house.store.views.requests_open(9) == ()
    assert house.everything() == before


def test_without_a_gap_a_person_is_told_soon(house: House) -> None:
    house.clock.advance(timedelta(hours=7))  # and the calendars are too old to be believed (CAL-26)
    done = house.get("/call-back").press("call", **FIELDS).follow()
    assert done.heading == "Your request is with us"
    house.clock.advance(timedelta(minutes=2))
    settle(house)
    (request,) = house.store.views.requests_open(9)
    assert (request.kind, request.told) == (RequestKind.RETURN_CALL, ("dana",))


def test_staff_enter_a_call_for_somebody_without_a_plan(house: House) -> None:
    house.clock.advance(timedelta(hours=7))
    house.read_calendars()
    house.sign_in("emil")
    entered = house.get("/desk/requests").press(to="/desk/requests", **(FIELDS | {"code": ""})).follow()
    assert "The call is held" in entered.words
    request_id = entered.path.rpartition("/")[2]
    session = session_of(house, request_id)
    assert session.booking is not None
    assert (session.booking.entitlement, session.booking.booker.email) == ("courtesy", OLGA)
    house.store.settle(session_key(session.id), decide, house.clock.now())
    answer = RequestDoor(house.door).end_call(session.id, CallOutcome.DONE, "p", "emil")
    assert answer.accepted
