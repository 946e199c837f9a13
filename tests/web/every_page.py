"""Every page that people can come to, each in the states that look different: what is looked at by all that holds for
pages alike (tests/web/test_pages_are_well_made.py, tests/browser/test_everyone_can_use_them.py).

A page of a route that is missing here, and not in NO_PAGE, fails a test: a new page cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx2
from starlette.routing import Match, Route

from syncd.domain.desk import Desk
from syncd.domain.evidence import Payload
from syncd.domain.keys import contact_key, request_key, session_key
from syncd.domain.paying import PaymentOpened, PaymentSeen
from syncd.runtime.sign_on import OpenIdConnect
from syncd.testing.clock import VirtualClock
from syncd.web.reinstate import reinstatement_path
from tests.simulators.openid import Provider, served
from tests.web import desk
from tests.web.house import CARL, DESK, FORM, NOW, ONLINE, PHONE, House, Page, open_house
from tests.web.test_paying import FEE, METHODS, PAYS, session_of, stocked
from tests.web.test_questions import vanished
from tests.web.test_requests_at_the_desk import CALLING, FIELDS, MAIL

SHOP = replace(DESK, payments=METHODS)
BOTH = replace(DESK, types=(ONLINE, PHONE))
GERMAN = replace(DESK, locale="de")


@dataclass(frozen=True)
class Look:
    """`route`: that whose page it is. `make`: leads there, at a desk so configured."""

    route: str
    make: Callable[[House], Page]
    desk: Desk = DESK


# -- how one comes to them ---------------------------------------------------------------------------------------------


def _cancelled(house: House) -> Page:
    return house.get(f"/s/{house.booked_quickly()}/cancel").press()


def _too_late(house: House) -> Page:
    token = house.booked_quickly()
    page = house.get(f"/s/{token}/cancel")
    house.clock.advance_to(house.session(token).starts_at - timedelta(minutes=60))
    return page.press()


def _lost(house: House) -> Page:
    return house.get("/book").follow().press("pick", slot="2026-11-27T15:00:00Z~dana")


def _move_lost(house: House) -> Page:
    page = house.get(f"/s/{house.booked_quickly()}/reschedule?slot=2026-12-01T16:00:00Z~emil")
    house.busy("emil", page.house.clock.now() + timedelta(hours=32))
    return page.press()


def _fourth_hold(house: House) -> Page:
    for slot in (0, 8, 16):
        house.at_details(slot)
    when = house.get("/book/online?zone=America/New_York").follow()
    return when.press("pick", slot=when.slots[0])


def _over(house: House) -> Page:
    details = house.at_details()
    details.press("details", **FORM).press()
    return house.get(f"{details.path}?{details.answer.request.url.query.decode()}")


def _guessed(house: House) -> Page:
    page = house.at_details()
    for number in range(99):
        answer = page.press("details", **(FORM | {"code": f"GUESS-{number}"}))
        if answer.status == 429:
            return answer
    raise AssertionError("guessing is never stopped")


def _room(house: House) -> Page:
    path = "/s/" + desk.due(house)[0]
    return house.get(path).press(to=f"{path}/say", says="here").follow()


def _attended(house: House) -> Page:
    token, session = desk.due(house)
    house.get(f"/s/{token}").press(to=f"/s/{token}/say", says="here")
    desk.settle_until(house, session, 120)
    return house.get(f"/s/{token}")


def _objects(house: House) -> Page:
    token, _ = desk.contested(house)
    return house.get(f"/s/{token}").press(to=f"/s/{token}/object", words="It was not so. " * 200)


def _answered(house: House) -> Page:
    return house.get(vanished(house, house.booked())).press(choice="restore").follow()


def _payment(step: str, *told: str) -> Callable[[House], Page]:
    """A payment of a session at that step's page, after the processor has said so much."""

    def show(house: House) -> Page:
        done = stocked(house).at_check(0, **PAYS).press()
        session = session_of(done)
        assert session.payment is not None
        reference = session.payment.reference
        said: dict[str, Payload] = {
            "opened": PaymentOpened("e", reference, "cs_1", "https://pay.example.com/cs_1"),
            "expired": PaymentSeen(reference, "cs_1", "expired"),
            "paid": PaymentSeen(reference, "cs_1", "paid", FEE),
        }
        for each in told:
            house.tell(session_key(session.id), said[each])
        return house.get(done.location.replace("/paying/", f"/{step}/"))

    return show


def _paying_for_oneself(house: House) -> Page:
    return _suspended(house).press(method="card").follow()


def _suspended(house: House) -> Page:
    contact_id = desk.twice_missed(house)
    return house.get(reinstatement_path(house.keys, contact_key(contact_id)))


def _not_suspended(house: House) -> Page:
    contact_id = house.door.contact_id("acme", CARL.email)
    return house.get(reinstatement_path(house.keys, contact_key(contact_id)))


def _called_back_twice(house: House) -> Page:
    house.advance(timedelta(hours=7))
    house.get("/call-back").press("call", **FIELDS)
    return house.get("/call-back").press("call", **FIELDS)


def _unsorted(house: House) -> Page:
    desk.a_request(house, "Nothing prints since this morning")
    house.enter()
    return house.get("/desk/requests/r1")


def _called_without_a_number(house: House) -> Page:
    page = desk.request_sheet(house, "return-call")
    slot = page.text.split('/call"')[1].split('name="slot" value="')[1].split('"')[0]
    return page.press(to="/desk/requests/r1/call", slot=slot, code="NONE", mobile="12")


def _cleared(house: House) -> Page:
    asked = replace(MAIL, subject="Release 2", text="May we buy support for it?", sender="pia@payer.example.com")
    stocked(house).tell(request_key("r1"), replace(asked, sender_name="Pia Payer", company_id=None))
    house.enter()
    return house.get("/desk/requests/r1").press(to="/desk/requests/r1/sort", kind="clearance").follow()


def _decided(house: House) -> Page:
    desk.contested(house)
    return house.get("/desk/audit")


def _emergency_of_one_we_know(house: House) -> Page:
    """With its gaps, of each session type."""
    house.tell(request_key("r1"), replace(MAIL, text="Since this morning nothing starts at our branch in Dover."))
    house.advance(timedelta(hours=7))
    house.enter()
    return house.get("/desk/requests/r1").press(to="/desk/requests/r1/sort", kind="emergency").follow()


def _squeezed_in(house: House) -> Page:
    page = _emergency_of_one_we_know(house)
    slot = page.text.split('/squeeze"')[1].split('name="slot" value="')[1].split('"')[0]
    return page.press(to="/desk/requests/r1/squeeze", slot=slot).follow()


def _call_held(house: House) -> Page:
    house.advance(timedelta(hours=7))
    house.enter()
    return house.get("/desk/requests").press(to="/desk/requests", **FIELDS).follow()


def _call_over(house: House) -> Page:
    page = _call_held(house)
    return page.press(to=f"{page.path}/outcome", outcome="not-reached").follow()


def _on_the_sheet(act: str) -> Callable[[House], Page]:
    def show(house: House) -> Page:
        session = house.session(house.booked_quickly())
        house.enter()
        return house.get(f"/desk/s/{session.id}{act}")

    return show


def _nobodys_word(house: House) -> Page:
    _, session = desk.due(house)
    house.enter("olga")
    return desk.attest(house, "here", session)


def _of_a_colleague(house: House) -> Page:
    _, session = desk.due(house)
    house.enter("emil")
    return desk.attest(house, "online", session)


def _decided_without_a_reason(house: House) -> Page:
    _, session = desk.due(house, 20)
    house.enter()
    return house.get(f"/desk/s/{session.id}").press(to=f"/desk/s/{session.id}/outcome", outcome="no-show", reason="")


def _blocked_without_a_reason(house: House) -> Page:
    house.enter()
    return house.get("/desk/companies/acme").press(to="/desk/companies/acme/block", reason="")


def _at_the_provider(house: House) -> Page:
    return house.get("/desk/sign-in").press(to="/desk/sign-on/go")


def _back_from_the_provider(house: House) -> Page:
    there = unescape(re.search(r'content="0;url=([^"]+)"', _at_the_provider(house).text).group(1))  # type: ignore[union-attr]
    with httpx2.Client(verify=False) as browser:
        back = str(browser.get(there).headers["location"])
    return house.get(back.removeprefix(DESK.base_url))


def _disk_full(house: House) -> Page:
    check = house.at_check()
    with house.disk_full():
        return check.press()


def _unreadable(house: House) -> Page:
    return Page(house, house.client.post("/links", content=b"{}", headers={"content-type": "application/json"}))


# -- the list ----------------------------------------------------------------------------------------------------------

PAGES: dict[str, Look] = {
    "front": Look("/", lambda h: h.get("/")),
    "what": Look("/book", lambda h: h.get("/book"), BOTH),
    "when": Look("/book/{type_id}", lambda h: h.get("/book").follow()),
    "details": Look("/book/{type_id}/details", lambda h: h.at_details()),
    "details of one who can pay": Look("/book/{type_id}/details", lambda h: stocked(h).at_details(), SHOP),
    "mistakes": Look("/book/{type_id}/check", lambda h: h.at_details().press("details", colleague_email_1="x")),
    "code": Look("/book/{type_id}/check", lambda h: h.at_check(code="X")),
    "mobile": Look("/book/{type_id}/check", lambda h: h.at_check(mobile="")),
    "check": Look("/book/{type_id}/check", lambda h: h.at_check(topic="fleet", issue="<script>alert(1)</script>")),
    "check and pay": Look("/book/{type_id}/check", lambda h: stocked(h).at_check(0, **PAYS), SHOP),
    "lost": Look("/book/{type_id}/hold", _lost),
    "too many holds": Look("/book/{type_id}/hold", _fourth_hold),
    "too many guesses": Look("/book/{type_id}/check", _guessed),
    "over": Look("/book/{type_id}/details", _over),
    "not recorded": Look("/book/{type_id}/book", _disk_full),
    "booked": Look("/booked/{token}", lambda h: h.get("/booked/" + h.booked())),
    "session": Look("/s/{token}", lambda h: h.get("/s/" + h.booked(topic="fleet", issue="<b>"))),
    "session in German": Look("/s/{token}", lambda h: h.get("/s/" + h.booked()), GERMAN),
    "waiting": Look("/s/{token}", lambda h: h.get("/s/" + desk.due(h)[0])),
    "attended": Look("/s/{token}", _attended),
    "missed": Look("/s/{token}", lambda h: h.get("/s/" + desk.contested(h)[0])),
    "cancelled": Look("/s/{token}", lambda h: _cancelled(h).follow()),
    "cancel": Look("/s/{token}/cancel", lambda h: h.get(f"/s/{h.booked_quickly()}/cancel")),
    "too late": Look("/s/{token}/cancel", _too_late),
    "restore": Look("/s/{token}/restore", lambda h: h.get(_cancelled(h).location + "/restore")),
    "reschedule": Look("/s/{token}/reschedule", lambda h: h.get(f"/s/{h.booked_quickly()}/reschedule")),
    "move": Look(
        "/s/{token}/reschedule",
        lambda h: h.get(f"/s/{h.booked_quickly()}/reschedule?slot=2026-12-01T16:00:00Z~emil"),
    ),
    "move lost": Look("/s/{token}/reschedule", _move_lost),
    "room": Look("/s/{token}/room", _room),
    "objection": Look("/s/{token}/object", _objects),
    "question": Look("/q/{token}", lambda h: h.get(vanished(h, h.booked()))),
    "question answered": Look("/q/{token}", _answered),
    "paying, being prepared": Look("/paying/{token}", _payment("paying"), SHOP),
    "paying": Look("/paying/{token}", _payment("paying", "opened"), SHOP),
    "paying, closed": Look("/paying/{token}", _payment("paying", "opened", "expired"), SHOP),
    "paying to be reinstated": Look("/paying/{token}", _paying_for_oneself, SHOP),
    "paid, not told yet": Look("/paid/{token}", _payment("paid", "opened"), SHOP),
    "paid too late": Look("/paid/{token}", _payment("paid", "opened", "expired", "paid"), SHOP),
    "not paid in time": Look("/paid/{token}", _payment("paid", "opened", "expired"), SHOP),
    "unpaid": Look("/unpaid/{token}", _payment("unpaid", "opened"), SHOP),
    "given back": Look("/unpaid/{token}", _payment("unpaid", "opened", "expired"), SHOP),
    "suspended, pays": Look("/reinstate/{token}", _suspended, SHOP),
    "suspended, waits": Look("/reinstate/{token}", _suspended),
    "not suspended": Look("/reinstate/{token}", _not_suspended),
    "fees": Look("/fees", lambda h: stocked(h).get("/fees"), SHOP),
    "no fees": Look("/fees", lambda h: h.get("/fees")),
    "rules": Look("/rules", lambda h: h.get("/rules")),
    "forgot": Look("/code", lambda h: h.get("/code")),
    "forgot sent": Look("/code", lambda h: h.get("/code?asked=yes")),
    "links": Look("/links", lambda h: h.get("/links")),
    "links sent": Look("/links", lambda h: h.get("/links?asked=yes")),
    "call back": Look("/call-back", lambda h: h.get("/call-back")),
    "call back refused": Look("/call-back", lambda h: h.get("/call-back").press("call", **FORM)),
    "call back mistakes": Look("/call-back", lambda h: h.get("/call-back").press("call")),
    "call back asked": Look(
        "/call-back", lambda h: h.get("/call-back").press("call", **(FORM | {"code": "others 77"})).follow()
    ),
    "call back coming": Look("/call-back", _called_back_twice, CALLING),
    "sign in": Look("/desk/sign-in", lambda h: h.get("/desk/sign-in")),
    "not signed in": Look("/desk/sign-in", lambda h: h.sign_in("dana", "wrong")),
    "sign out": Look("/desk/sign-out", desk.page("/desk/sign-out")),
    "to the provider": Look("/desk/sign-on/go", _at_the_provider),
    "from the provider": Look("/desk/sign-on", _back_from_the_provider),
    "desk today": Look("/desk", desk.page("/desk")),
    "desk nobody": Look("/desk", desk.page("/desk?day=2026-12-06")),
    "desk press": Look("/desk/press", _of_a_colleague),
    "desk refused": Look("/desk/press", _nobodys_word),
    "desk session": Look("/desk/s/{id}", desk.session_sheet),
    "desk session to come": Look("/desk/s/{id}", _on_the_sheet("")),
    "desk sure": Look("/desk/s/{id}/outcome", desk.ask_twice),
    "desk reason": Look("/desk/s/{id}/outcome", _decided_without_a_reason),
    "desk cancel": Look("/desk/s/{id}/cancel", _on_the_sheet("/cancel")),
    "desk inbox": Look("/desk/inbox", desk.full_inbox),
    "desk inbox empty": Look("/desk/inbox", desk.page("/desk/inbox")),
    "desk unsorted": Look("/desk/requests/{id}", _unsorted),
    "desk request": Look("/desk/requests/{id}", desk.request_sheet),
    "desk emergency": Look("/desk/requests/{id}", _emergency_of_one_we_know, CALLING),
    "desk squeezed in": Look("/desk/requests/{id}", _squeezed_in, CALLING),
    "desk return call": Look("/desk/requests/{id}", lambda h: desk.request_sheet(h, "return-call")),
    "desk call mistakes": Look("/desk/requests/{id}/call", _called_without_a_number),
    "desk clearance": Look("/desk/requests/{id}", _cleared, SHOP),
    "desk call held": Look("/desk/requests/{id}", _call_held, CALLING),
    "desk call over": Look("/desk/requests/{id}", _call_over, CALLING),
    "desk call entered": Look("/desk/requests", desk.page("/desk/requests")),
    "desk absences": Look("/desk/absences", desk.sheet_of_absences),
    "desk companies": Look("/desk/companies", desk.page("/desk/companies")),
    "desk found": Look("/desk/companies", desk.page("/desk/companies?q=acme")),
    "desk company": Look("/desk/companies/{id}", desk.page("/desk/companies/acme")),
    "desk block": Look("/desk/companies/{id}/block", _blocked_without_a_reason),
    "desk contact": Look("/desk/contacts/{id}", desk.suspended_contact),
    "desk health": Look("/desk/health", desk.failing),
    "desk reports": Look("/desk/reports", desk.figures),
    "desk reports empty": Look("/desk/reports", desk.page("/desk/reports")),
    "desk audit": Look("/desk/audit", _decided),
    "missing": Look("/s/{token}", lambda h: h.get("/s/x")),
    "foreign": Look("/links", lambda h: h.post("/links", {"press": "x"})),
    "unreadable": Look("/links", _unreadable),
    "not taken": Look("/links", lambda h: Page(h, h.client.request("DELETE", "/links"))),
}

NO_PAGE = {
    "/s/{token}/invite.ics": "a calendar file",
    "/desk/board": "a part of the day's page, fetched by its script",
    "/desk/live": "an event stream",
    "/desk/reports.csv": "a file",
    "/static/{digest}/{name}": "files",
    "/healthz": "for programs",
}
"""Routes that are shown (GET), and show no page."""


@contextmanager
def opened(database: Path, look: Look) -> Iterator[House]:
    """The house that the page is looked at in; with an identity provider where the page is about one."""
    if not look.route.startswith("/desk/sign-on"):
        with open_house(database, look.desk) as house:
            yield house
        return
    with served(Provider(NOW)) as provider:
        sign_on = OpenIdConnect(
            provider.issuer, provider.client_id, provider.secret, "email", "Example ID", VirtualClock(NOW)
        )
        with open_house(database, look.desk, sign_on=sign_on) as house:
            yield house


def route_of(page: Page) -> str:
    """Whose page it was, by the application's own table."""
    request = page.answer.request
    scope = {"type": "http", "method": request.method, "path": page.path}
    routes = [r for r in page.house.app.routes if isinstance(r, Route)]
    for wanted in (Match.FULL, Match.PARTIAL):
        for route in routes:
            if route.matches(scope)[0] is wanted:
                return route.path
    raise AssertionError(f"no route has {page.path}")
