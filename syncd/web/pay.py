"""How does one pay, and come back? For a session, whose slot is kept meanwhile, or to be reinstated (PAY-1, 5, 6).

GET shows. Coming back from the processor proves nothing: the page waits for what the engine is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from syncd.domain.keys import CaseKey, CaseKind, split_key
from syncd.domain.money import Payment, PaymentState
from syncd.domain.session import Session, SessionState
from syncd.engine.links import open_payment_token, session_token
from syncd.messages.amounts import shown
from syncd.web.reinstate import reinstatement_path
from syncd.web.tokens import TOKEN_CHARS_MAX, new_press, open_press
from syncd.web.visit import Foreign, NotThere, Visit, see

SOON = "3"
"""Seconds after which a page that waits asks again; without a script, by the answer's own header."""


@dataclass(frozen=True, slots=True)
class Paying:
    """`session` is None for a reinstatement; `done`: where to go on once what is paid for stands, empty until then."""

    subject: CaseKey
    payment: Payment
    session: Session | None
    zone: str
    done: str

    @staticmethod
    def of(visit: Visit) -> Paying:
        """By the token in the address; one 404 for whatever leads to no payment."""
        key = open_payment_token(visit.services.keys, visit.path["token"][:TOKEN_CHARS_MAX])
        kind, subject_id = split_key(key) if key is not None else (None, "")
        if key is not None and kind is CaseKind.SESSION:
            session = visit.services.views.session(subject_id)
            if session is not None and session.payment is not None:
                return _for_session(visit, key, session, session.payment)
        if key is not None and kind is CaseKind.CONTACT:
            contact = visit.services.views.contact(subject_id)
            if contact is not None and contact.payment is not None:
                over = contact.payment.state in (PaymentState.PAID, PaymentState.INVOICED)
                done = reinstatement_path(visit.services.keys, key) if over else ""
                return Paying(key, contact.payment, None, contact.zone or "", done)
        raise NotThere


def paying(visit: Visit) -> Response:
    """The way to the processor, as soon as it has opened one."""
    found = Paying.of(visit)
    if found.done:
        return see(found.done)
    waits = found.payment.state is PaymentState.ASKED
    return _show(visit, found, "paying.html", waits=waits)


def paid(visit: Visit) -> Response:
    """Back from the processor. Booked, or not told yet, or (should the slot have gone) in a person's hands."""
    found = Paying.of(visit)
    if found.done:
        return see(found.done)
    waits = found.payment.state in (PaymentState.ASKED, PaymentState.OPEN, PaymentState.EXPIRING)
    return _show(visit, found, "paid.html", waits=waits)


def unpaid(visit: Visit) -> Response:
    """The visitor turned back: on to paying after all, or give it up by a press."""
    found = Paying.of(visit)
    if found.done:
        return see(found.done)
    if visit.posted:
        press = open_press(visit.services.keys, visit.form.get("press", ""), "abandon", found.subject)
        if press is None:
            raise Foreign
        visit.services.door.abandon_payment(found.subject, press)
        return see(visit.here)
    press = new_press(visit.services.keys, "abandon", found.subject)
    return _show(visit, found, "unpaid.html", waits=False, press=press)


def _for_session(visit: Visit, key: CaseKey, session: Session, payment: Payment) -> Paying:
    booking = session.booking or session.unpaid
    done = ""
    if session.state is SessionState.BOOKED and booking is not None:
        done = f"/booked/{session_token(visit.services.keys, session.id, booking.booker.email)}"
    return Paying(key, payment, session, booking.booker.zone if booking else "", done)


def _show(visit: Visit, found: Paying, template: str, *, waits: bool, press: str = "") -> Response:
    session = found.session
    answer = visit.in_zone(found.zone).show(
        template,
        session=session,
        payment=found.payment,
        kind=visit.desk.type(session.type_id) if session else None,
        member=visit.desk.member(session.staff_id) if session else None,
        again=f"/book/{session.type_id}" if session else reinstatement_path(visit.services.keys, found.subject),
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
