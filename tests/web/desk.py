"""The desk in the states that its pages show: somebody signed in, sessions due, attested, decided and asked about."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from syncd.domain.correspondence import RequestReceived, WordsReceived
from syncd.domain.evidence import EffectDone, SourceFailed
from syncd.domain.keys import calendar_key, contact_key, request_key, session_key
from syncd.domain.session import Session
from syncd.domain.standing import NoShowConfirmed
from syncd.policy.decide import decide
from syncd.ports.source import Batch, Raw
from tests.web.house import NEW_YORK, House, Page
from tests.web.test_questions import vanished

MINUTE = timedelta(minutes=1)


def due(house: House, minutes: int = 6, slot: int = 0, **fields: str) -> tuple[str, Session]:
    """A session that began so many minutes ago, its token first."""
    token = house.booked_quickly(slot, **fields)
    session = house.session(token)
    house.clock.advance_to(session.starts_at + minutes * MINUTE)
    return token, session


def presses(page: Page) -> list[str]:
    return re.findall(r'name="what" value="([^"]+)"', page.text)


def missed(house: House, *sessions: Session) -> None:
    """They are confirmed no-shows, as sessions tell the ledger of their contact."""
    for session in sessions:
        assert session.booking is not None
        house.clock.advance(MINUTE)
        told = NoShowConfirmed(session.id, "acme", session.starts_at, NEW_YORK, True, session.terms_id)
        house.tell(contact_key(session.booking.contact_id), told)


def twice_missed(house: House, *, warned: bool = True) -> str:
    """Two no-shows, the first warning handed over in between or not: a suspension, or a question. The contact's id."""
    house.read_calendars()
    first, second = (house.session(house.booked_quickly(n)) for n in (0, 30))
    house.clock.advance_to(first.ends_at + 60 * MINUTE)
    missed(house, first)
    assert first.booking is not None
    if warned:
        (sent,) = (r.effect for r in house.store.views.outbox(limit=500) if r.effect.key.count("warning"))
        house.tell(sent.subject, EffectDone(sent.key, sent.kind, sent.revision, recipient=sent.recipient))
    house.clock.advance_to(second.ends_at + 60 * MINUTE)
    missed(house, second)
    return first.booking.contact_id


def put_aside(house: House) -> None:
    """A mail came that nobody can read (INV-43)."""
    raw = Raw("mail-1", house.clock.now(), b"\xff\xfe", "no header ends within 64 kB")
    house.store.absorb("mailbox", Batch(raw=(raw,), cursor="1"), house.clock.now())


def a_request(house: House, subject: str = "Nothing <b>prints</b>") -> None:
    words = RequestReceived("mail", "carl@acme.example.com", "Carl Customer", subject, "It hangs.")
    house.tell(request_key("r1"), words)


def attest(house: House, says: str, session: Session) -> Page:
    """Press that button, on today's page where it has it, else on the session's."""
    page = house.get("/desk" if says in ("here", "nobody-since") else f"/desk/s/{session.id}")
    what = next(w for w in presses(page) if w.startswith(f"{says}.{session.id}."))
    return page.press(to="/desk/press", what=what)


def settle_until(house: House, session: Session, minutes: int) -> None:
    """What time alone brings about, as the sweep does it."""
    house.clock.advance_to(session.starts_at + minutes * MINUTE)
    for _ in range(10):
        keys = house.store.due(house.clock.now(), 50)
        if not keys:
            return
        for key in keys:
            house.store.settle(key, decide, house.clock.now())


def page(path: str, name: str = "dana") -> Callable[[House], Page]:
    def show(house: House) -> Page:
        due(house, issue="Prints twice.")
        house.enter(name)
        return house.get(path)

    return show


def session_sheet(house: House) -> Page:
    _, session = due(house, issue="Prints <b>twice</b>.")
    house.enter()
    attest(house, "here", session)
    attest(house, "nobody-since", session)
    return house.get(f"/desk/s/{session.id}")


def ask_twice(house: House) -> Page:
    """A decision against the customer, before its second press."""
    _, session = due(house, 20)
    house.enter()
    return house.get(f"/desk/s/{session.id}").press(
        to=f"/desk/s/{session.id}/outcome", outcome="no-show", reason="Nobody came."
    )


def sheet_of_absences(house: House) -> Page:
    house.booked_quickly(20)
    house.booked_quickly(30)
    house.enter()
    return house.get("/desk/absences?staff=dana&to=2026-12-05")


def full_inbox(house: House) -> Page:
    token = house.booked_quickly()
    vanished(house, token)
    session = house.session(token)
    house.tell(session_key(session.id), WordsReceived("carl@acme.example.com", "Re: Session", "I am <b>late</b>."))
    a_request(house)
    put_aside(house)
    twice_missed(house, warned=False)
    house.enter()
    return house.get("/desk/inbox")


def request_sheet(house: House, kind: str = "emergency") -> Page:
    """A request from somebody whom the files do not know, sorted, with its gaps."""
    asked = RequestReceived("text", "+12025550199", "", "Down", "It is <b>down</b>.")
    house.tell(request_key("r1"), asked)
    house.advance(timedelta(hours=7))
    house.sign_in()
    return house.get("/desk/requests/r1").press(to="/desk/requests/r1/sort", kind=kind).follow()


def suspended_contact(house: House) -> Page:
    contact_id = twice_missed(house)
    house.enter()
    return house.get(f"/desk/contacts/{contact_id}")


def figures(house: House) -> Page:
    contested(house)
    return house.get("/desk/reports")


def failing(house: House) -> Page:
    house.store.source_failed("cal-dana", house.clock.now(), "401 from the server", "set a new password", paused=True)
    house.tell(calendar_key("cal-dana"), SourceFailed("cal-dana", "401", "set a new password", acts=True))
    house.enter()
    return house.get("/desk/health")


def contested(house: House) -> tuple[str, Session]:
    """A no-show that a person decided, and that the customer objects to."""
    token, session = due(house, 40)
    house.enter()
    sure = house.get(f"/desk/s/{session.id}").press(
        to=f"/desk/s/{session.id}/outcome", outcome="no-show", reason="Nobody in the room until the end."
    )
    assert sure.heading == "Record a no-show?", sure.words
    assert sure.press().status == 303
    return token, house.session(token)
