"""How does a claim become a booking? What is kept of it, and who hears of it first (N1, E2, E7, E12)."""

from __future__ import annotations

from datetime import datetime

from syncd.domain.case import SessionCase
from syncd.domain.evidence import BookingRequested, ContactBooked
from syncd.domain.keys import company_key, contact_key
from syncd.domain.letters import Cause
from syncd.domain.money import Amount
from syncd.domain.paying import CompanyDeclared
from syncd.domain.people import Attendee, Contact, Entitlement, Side
from syncd.domain.session import Booking
from syncd.policy.draft import Draft
from syncd.policy.publish import publish_booking


def booking_of(case: SessionCase, wanted: BookingRequested, fee: Amount | None, now: datetime) -> Booking:
    """What the form's claim is, for this fee; None: free by the company's plan (E1)."""
    company = case.consulted.company
    assert wanted.company_id is not None
    assert wanted.contact_id is not None
    return Booking(
        company_id=wanted.company_id,
        company_name=company.name if company is not None else wanted.company_name,
        contact_id=wanted.contact_id,
        booker=wanted.booker,
        booked_at=now,
        entitlement=Entitlement.PLAN if fee is None else Entitlement.PAID,
        colleagues=wanted.colleagues,
        issue=wanted.issue,
        release=wanted.release,
        profile_zone=_other_zone(case.consulted.contact, wanted.booker),
        country=company.country if company is not None else None,
        organizer=case.desk.organizer,
        own_organizer=case.desk.invitations.organizer_per_booking,
        fee=fee,
    )


def set_booked(draft: Draft, booking: Booking, at: datetime) -> None:
    """The session is booked: its people, its invitations, its event."""
    if draft.case.consulted.company is None:
        declared = CompanyDeclared(booking.company_name, booking.country)
        draft.tell_other(company_key(booking.company_id), declared, str(draft.live.revision))
    draft.change(hold_until=None, arranged_at=draft.now, changed_at=at, changed_by=Side.CUSTOMER, booking=booking)
    contact_of_booking(draft)
    publish_booking(draft, Cause.BOOKED)


def contact_of_booking(draft: Draft) -> None:
    """The booker becomes, or stays, a contact (E2): evidence for the contact's own case."""
    booking = draft.live.booking
    assert booking is not None
    who: Attendee = booking.booker
    payload = ContactBooked(draft.live.id, booking.company_id, who.name, who.email, who.mobile, who.zone, who.locale)
    draft.tell_other(contact_key(booking.contact_id), payload, str(draft.live.revision))


def _other_zone(contact: Contact | None, booker: Attendee) -> str | None:
    """The zone on file, where the form names another (N4)."""
    return contact.zone if contact is not None and contact.zone != booker.zone else None
