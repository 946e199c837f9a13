"""What of a session follows for its contact and its company? Derived evidence to their ledgers (B4, C8, E11, S11).

Verdicts are derived where they are given; here is what else a session's course tells.
"""

from __future__ import annotations

from datetime import datetime

from syncd.domain.attended import CustomerSaid
from syncd.domain.correspondence import ReplyReceived
from syncd.domain.evidence import CancelRequested, Evidence, Payload, RescheduleRequested
from syncd.domain.keys import company_key, contact_key
from syncd.domain.people import Entitlement, normal_email
from syncd.domain.session import Session, SessionState
from syncd.domain.standing import AddressProved, SameDayChanged
from syncd.policy.deadlines import may_undo
from syncd.policy.draft import Draft
from syncd.policy.ledger import day_of

MAILED = "mail"
"""`via` of a press on a link that only a mail carried (E11)."""


def note_same_day(draft: Draft, former: Session, at: datetime) -> None:
    """C8, unless the customer was invited to change it, or could do so without consequence (B4, C10, C11). A session
    that a MOVE by text cancelled and that is then rebooked was counted once (C2): `former` is no longer booked."""
    booking = former.booking
    if booking is None or former.state is not SessionState.BOOKED:
        return
    zone, terms = booking.booker.zone, draft.case.terms
    if day_of(at, zone) != day_of(former.starts_at, zone):
        return
    if may_undo(former, at, terms):
        draft.found("B4", "undone so shortly after the booking: no same-day change")
    elif former.staff_set_at is not None:
        draft.found("C10", "a change that the customer was invited to make: no same-day change")
    else:
        draft.found("C8", "a same-day change", at=at)
        payload = SameDayChanged(former.id, booking.contact_id, at, booking.booker)
        draft.tell_other(company_key(booking.company_id), payload, at.isoformat())


def owe_session(draft: Draft, at: datetime) -> None:
    """B4, S7, S11: a paid session that is undone, or that the desk cancels, leaves one session owed, never money."""
    booking = draft.live.booking
    if booking is not None and booking.entitlement is Entitlement.PAID:
        draft.change(owed_at=at)
        draft.found("S11", "paid: one session is owed, never money", at=at)


def prove_address(draft: Draft, evidence: Evidence) -> None:
    """E11: a press on a mailed link, or an accepted invitation, by the one who booked."""
    booking = draft.session.booking if draft.session is not None else None
    how, email = _proof(evidence.payload)
    if booking is None or not how or normal_email(email) != normal_email(booking.booker.email):
        return
    if draft.tell_once(f"proved:{normal_email(email)}"):
        draft.tell_other(contact_key(booking.contact_id), AddressProved(how), how)


def _proof(payload: Payload) -> tuple[str, str]:
    """(how, whose address) the evidence proves; empty where it proves none."""
    match payload:
        case ReplyReceived(email=email, partstat="ACCEPTED", authentic=True):
            return "an accepted invitation", email
        case CancelRequested() | RescheduleRequested() | CustomerSaid() if payload.via == MAILED:
            return "a press on a mailed link", payload.email or ""
    return "", ""
