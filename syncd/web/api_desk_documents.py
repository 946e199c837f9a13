"""How do sessions, companies and contacts look to the desk's own programs? As the desk's pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from syncd.domain.attendance import Verdict
from syncd.domain.people import Attendee, Company, Contact
from syncd.domain.session import Session
from syncd.web.api_desk_models import (
    AbsenceDoc,
    CompanyDoc,
    ContactDoc,
    DeskSessionDoc,
    NoShowDoc,
    PaidDoc,
    StrikeDoc,
    SuspensionDoc,
    VerdictDoc,
)
from syncd.web.api_models import Person


def as_session(session: Session) -> DeskSessionDoc:
    booking = session.booking
    assert booking is not None, "only what is booked is shown"
    return DeskSessionDoc(
        id=session.id,
        state=session.state,
        type=session.type_id,
        channel=session.channel,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        staff=session.staff_id,
        company=booking.company_id or None,
        company_name=booking.company_name,
        contact=booking.contact_id or None,
        booked_by=_person(booking.booker),
        colleagues=[_person(each) for each in booking.colleagues],
        entitlement=booking.entitlement,
        topic=session.topic_id,
        issue=booking.issue,
        verdict=_verdict(session.attendance.verdict),
        objected=session.attendance.objection is not None,
    )


def as_absence(staff_id: str, sessions: Sequence[Session]) -> AbsenceDoc:
    return AbsenceDoc(staff=staff_id, sessions=[as_session(each) for each in sessions])


def as_company(company: Company) -> CompanyDoc:
    return CompanyDoc(
        id=company.id,
        name=company.name,
        code=company.code,
        plan=company.plan,
        plan_until=company.plan_until,
        zone=company.zone,
        country=company.country,
        blocked=company.blocked or company.blocked_by_desk,
        listed=company.listed,
        strikes=[
            StrikeDoc(
                session=each.session_id,
                contact=each.contact_id,
                struck_at=each.struck_at,
                withdrawn_at=each.withdrawn_at,
            )
            for each in company.strikes
        ],
        same_day_changes=[each.changed_at for each in company.same_day],
        clearances=[each.release_id for each in company.clearances],
    )


def as_contact(contact: Contact, now: datetime) -> ContactDoc:
    return ContactDoc(
        id=contact.id,
        company=contact.company_id,
        name=contact.name,
        email=contact.email,
        mobile=contact.mobile,
        zone=contact.zone,
        locale=contact.locale,
        listed=contact.listed,
        suspended=contact.suspended_at(now) is not None,
        no_shows=[
            NoShowDoc(
                session=each.session_id,
                starts_at=each.starts_at,
                counts=each.counts,
                warned_at=each.warned_at,
                spent_on=each.spent_on,
                reversed_at=each.reversed_at,
            )
            for each in contact.no_shows
        ],
        suspensions=[
            SuspensionDoc(
                started_at=each.started_at,
                ends_at=None if each.open_ended else each.ends_at,
                lifted_at=each.lifted_at,
                lifted_by=each.lifted_by,
                reversed_at=each.reversed_at,
                sessions=list(each.session_ids),
                stands=each.stands_at(now),
            )
            for each in contact.suspensions
        ],
        payments=[
            PaidDoc(
                reference=each.reference,
                paid_at=each.paid_at,
                amount_cents=each.amount_cents,
                currency=each.currency,
                lifted=each.lifted,
            )
            for each in contact.fees
        ],
    )


def _verdict(verdict: Verdict | None) -> VerdictDoc | None:
    if verdict is None:
        return None
    return VerdictDoc(
        outcome=verdict.outcome,
        rule=verdict.rule,
        decided_at=verdict.decided_at,
        by=verdict.by,
        presumed=verdict.presumed,
        staff=verdict.staff_id,
        reason=verdict.reason,
    )


def _person(attendee: Attendee) -> Person:
    return Person(name=attendee.name, email=attendee.email)
