"""How does one pay, and come back? The slot is kept meanwhile; what pays is the processor's word alone (PAY-1, PAY-5).

GET shows. Coming back from the processor proves nothing: the page waits for what the engine is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from syncd.domain.keys import CaseKind, split_key
from syncd.domain.money import Payment, PaymentState
from syncd.domain.session import Booking, Session, SessionState
from syncd.engine.links import open_payment_token, session_token
from syncd.messages.amounts import shown
from syncd.web.tokens import new_press, open_press
from syncd.web.visit import Foreign, NotThere, Visit, see

SOON = "3"
"""Seconds after which a page that waits asks again; without a script, by the answer's own header."""


@dataclass(frozen=True, slots=True)
class Paying:
    session: Session
    payment: Payment
    booking: Booking | None

    @staticmethod
    def of(visit: Visit) -> Paying:
        """By the token in the address; one 404 for whatever leads to no payment for a session."""
        key = open_payment_token(visit.services.keys, visit.path["token"][:600])
        kind, subject_id = split_key(key) if key is not None else (None, "")
        session = visit.services.views.session(subject_id) if kind is CaseKind.SESSION else None
        if session is None or session.payment is None:
            raise NotThere
        return Paying(session, session.payment, session.booking or session.unpaid)


def paying(visit: Visit) -> Response:
    """The way to the processor, as soon as it has opened one."""
    found = Paying.of(visit)
    if found.session.state is SessionState.BOOKED:
        return _booked(visit, found)
    waits = found.payment.state is PaymentState.ASKED
    return _show(visit, found, "paying.html", waits=waits)


def paid(visit: Visit) -> Response:
    """Back from the processor. Booked, or not told yet, or (should the slot have gone) in a person's hands."""
    found = Paying.of(visit)
    if found.session.state is SessionState.BOOKED:
        return _booked(visit, found)
    waits = found.payment.state in (PaymentState.ASKED, PaymentState.OPEN, PaymentState.EXPIRING)
    return _show(visit, found, "paid.html", waits=waits)


def unpaid(visit: Visit) -> Response:
    """The visitor turned back: on to paying after all, or give the time back by a press."""
    found = Paying.of(visit)
    if found.session.state is SessionState.BOOKED:
        return _booked(visit, found)
    if visit.posted:
        press = open_press(visit.services.keys, visit.form.get("press", ""), "abandon", found.session.id)
        if press is None:
            raise Foreign
        visit.services.door.abandon_payment(found.session.id, press)
        return see(visit.here)
    press = new_press(visit.services.keys, "abandon", found.session.id)
    return _show(visit, found, "unpaid.html", waits=False, press=press)


def _booked(visit: Visit, found: Paying) -> Response:
    assert found.session.booking is not None
    return see(f"/booked/{session_token(visit.services.keys, found.session.id, found.session.booking.booker.email)}")


def _show(visit: Visit, found: Paying, template: str, *, waits: bool, press: str = "") -> Response:
    zone = found.booking.booker.zone if found.booking else ""
    answer = visit.in_zone(zone).show(
        template,
        session=found.session,
        payment=found.payment,
        kind=visit.desk.type(found.session.type_id),
        member=visit.desk.member(found.session.staff_id),
        amount=shown(found.payment.amount, visit.when.locale.tag),
        token=visit.path["token"],
        waits=waits,
        open=found.payment.state is PaymentState.OPEN and visit.now < found.payment.expires_at,
        press=press,
    )
    if waits:
        answer.headers["refresh"] = SOON
    answer.headers["cache-control"] = "no-store"
    return answer
