"""What shall a message say? The facts of a session, as they stand at one decision, for mails and the calendar."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.domain.desk import Desk
from syncd.domain.effect import SessionFacts
from syncd.domain.keys import short_code
from syncd.domain.session import Booking, Door, Session
from syncd.domain.terms import Terms
from syncd.policy.deadlines import cancel_until, text_until


def facts_of(session: Session, desk: Desk, terms: Terms, now: datetime, *, restorable: bool = False) -> SessionFacts:
    """A booked session's facts (N3). Deadlines that have passed are left out: what does not apply is not printed."""
    booking = session.booking
    assert booking is not None
    kind, member, room = desk.type(session.type_id), desk.member(session.staff_id), desk.room(session.room_id)
    counts = counts_toward_suspension(session, booking, terms)
    last, text = cancel_until(session, terms), text_until(session, terms)
    return SessionFacts(
        session_id=session.id,
        uid=session.uid,
        type_name=kind.name if kind else "",
        channel=session.channel,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        staff_id=session.staff_id,
        staff_name=member.name if member else session.staff_id,
        company_name=booking.company_name,
        booker=booking.booker,
        attendees=booking.attendees,
        join=room.join if room else None,
        issue=booking.issue,
        release=booking.release,
        topic=desk.topic(session.topic_id),
        cancel_until=last if now <= last else None,
        text_until=text if desk.texting_number and now <= text else None,
        rebook_until=session.starts_at if restorable and now < session.starts_at else None,
        country=booking.country,
        no_show_months=terms.no_show_months if counts else None,
        suspension_days=terms.suspension_days if counts else None,
        organizer=booking.organizer,
        own_organizer=booking.own_organizer,
        code=short_code(session.id) if desk.texting_number else "",
        outcome=outcome_of(session),
        call_number=session.call.number if session.call else "",
        calls_from=session.call.calls_from if session.call else "",
    )


def outcome_of(session: Session) -> str:
    """What it came to, for the calendar (K8): the outcome's word, `presumed` where nobody reported otherwise (A13)."""
    if session.call is not None:
        return session.call.outcome or ""
    verdict = session.attendance.verdict
    if verdict is None:
        return ""
    return "presumed" if verdict.presumed else verdict.outcome


def counts_toward_suspension(session: Session, booking: Booking, terms: Terms) -> bool:
    """S9: by what entitles it, and emergency sessions only where the settings say so."""
    if session.door is Door.EMERGENCY and not terms.emergencies_count:
        return False
    return booking.entitlement in terms.counting


def disputed_zone(booking: Booking, starts_at: datetime) -> str | None:
    """The booker's zone on file, if its clocks show another time at the start than the booking's (N4)."""
    zone = booking.profile_zone
    if zone is None:
        return None
    on_file, picked = starts_at.astimezone(ZoneInfo(zone)), starts_at.astimezone(ZoneInfo(booking.booker.zone))
    return zone if on_file.utcoffset() != picked.utcoffset() else None
