"""What of a session follows for its contact and its company? Derived evidence to their ledgers (B4, C8, E11, S11).

Verdicts are derived where they are given; here is what else a session's course tells.
"""

from __future__ import annotations

from datetime import datetime

from syncd.domain.attended import CustomerSaid
from syncd.domain.evidence import CancelRequested, Evidence, RescheduleRequested
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
    """E11: a press on a mailed link by the one who booked. An accepted invitation: `replies`."""
    booking, payload = draft.session.booking if draft.session is not None else None, evidence.payload
    if booking is None or not isinstance(payload, CancelRequested | RescheduleRequested | CustomerSaid):
        return
    email = normal_email(payload.email or "")
    if payload.via != MAILED or email != normal_email(booking.booker.email):
        return
    if draft.tell_once(f"proved:{email}"):
        how = "a press on a mailed link"
        draft.tell_other(contact_key(booking.contact_id), AddressProved(how), how)
