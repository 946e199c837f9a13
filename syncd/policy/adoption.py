"""Does this event of staff's become a session? Marked events on their own calendars (K7, O4, CAL-13, CAL-21)."""

from __future__ import annotations

from syncd.domain.desk import SessionType
from syncd.domain.evidence import EntrySeen, Evidence, MarkedEntrySeen
from syncd.domain.letters import StaffLetter
from syncd.domain.people import Entitlement, Side, StaffMember
from syncd.domain.session import (
    Booking,
    CalendarEntry,
    Choice,
    Door,
    Move,
    Session,
    SessionState,
)
from syncd.domain.spans import Span
from syncd.policy.draft import Draft
from syncd.policy.eligibility import has_free_plan
from syncd.policy.publish import mail_staff
from syncd.policy.scheduling import on_entry_seen
from syncd.policy.slots import claims_for
from syncd.policy.squeeze import attendee_by_file, book_by_staff, book_or_ask, free_or_any_room


def on_marked(draft: Draft, evidence: Evidence, marked: MarkedEntrySeen) -> None:
    """The first decision about a marked event; once it is a session, its event is an entry like any other."""
    if draft.session is not None and draft.session.state not in (SessionState.LAPSED, SessionState.HELD):
        known = EntrySeen(marked.ref, draft.session.id, marked.signature, marked.modified_at, marked.attendees)
        on_entry_seen(draft, evidence, known)
        return
    member = draft.case.desk.holder_of(marked.ref.calendar_id)
    if member is None or marked.signature.status == "cancelled":
        draft.found("K7", "a marked event on a calendar that nobody books on, or a cancelled one")
        return
    if marked.signature.ends_at <= draft.now:
        draft.found("K7", "a marked event whose time is over")
        return
    unclear = _unclear(marked)
    if unclear is not None:
        _tell(draft, member, *unclear)
        return
    kind = _type_for(draft, member, marked)
    if kind is None:
        _tell(draft, member, "no session type is held by you", "Ask the lead to add you to a session type.")
        return
    _adopt(draft, evidence, marked, member, kind)


def on_blocked_answer(draft: Draft, choice: Choice) -> None:
    """O4: what staff set for a blocked company waits for their word."""
    if choice is Choice.BOOK:
        draft.found("O4", "staff book it for the blocked company")
        book_by_staff(draft)
    else:
        draft.found("O4", "staff leave it; the event stays theirs")
        draft.change(state=draft.live.after(Move.LAPSE), questions=())
        draft.claims = ()


def _unclear(marked: MarkedEntrySeen) -> tuple[str, str] | None:
    """Why staff must look first: what is wrong, and what to do."""
    if marked.recurring:
        return ("the marked event is a whole series", "Sessions do not recur: mark single events instead.")
    companies = {person.company_id for person in marked.people}
    if len(companies) > 1:
        return ("the marked event names people of more than one company", "Keep one company's people in it.")
    if not companies:
        return (
            "the marked event names nobody that the directory knows",
            "Put a contact's e-mail address, or a company code and an address, into the event.",
        )
    if not any(person.email for person in marked.people):
        return ("the marked event names a company but no address", "Put the customer's e-mail address into the event.")
    return None


def _tell(draft: Draft, member: StaffMember, what: str, hint: str) -> None:
    draft.found("K7", f"put before staff: {what}")
    mail_staff(draft, StaffLetter.MARK_UNCLEAR, member, detail=what, hint=hint)


def _type_for(draft: Draft, member: StaffMember, marked: MarkedEntrySeen) -> SessionType | None:
    held = [kind for kind in draft.case.desk.types if member.id in kind.staff]
    fitting = [kind for kind in held if marked.channel in (None, kind.channel)]
    return next(iter(fitting or held), None)


def _adopt(draft: Draft, evidence: Evidence, marked: MarkedEntrySeen, member: StaffMember, kind: SessionType) -> None:
    case, company = draft.case, draft.case.consulted.company
    span = Span(marked.signature.starts_at, marked.signature.ends_at)
    people = [person for person in marked.people if person.email]
    attendees = tuple(attendee_by_file(draft, person.name, person.email) for person in people)
    booker, contact_id = attendees[0], people[0].contact_id
    free = company is not None and has_free_plan(company, case.terms, span.starts_at, booker.zone)
    contact = case.consulted.contact
    free = free and not (contact is not None and contact.suspended_at(draft.now))
    room = free_or_any_room(draft, kind, span)
    draft.session = Session(
        id=case.session_id,
        uid=marked.uid,
        state=SessionState.HELD,
        type_id=kind.id,
        channel=kind.channel,
        staff_id=member.id,
        span=span,
        door=Door.CALENDAR,
        terms_id=case.terms.id,
        room_id=room.id if room else None,
        booking=Booking(
            company_id=people[0].company_id,
            company_name=company.name if company else people[0].company_id,
            contact_id=contact_id,
            booker=booker,
            booked_at=draft.now,
            entitlement=Entitlement.PLAN if free else Entitlement.COURTESY,
            colleagues=attendees[1:],
            issue=marked.title,
            country=company.country if company else None,
            organizer=case.desk.organizer,
            own_organizer=case.desk.invitations.organizer_per_booking,
        ),
        changed_at=marked.modified_at or evidence.received_at,
        changed_by=Side.STAFF,
        entry=CalendarEntry(
            marked.ref, written=marked.signature, adopted=True, provider_invites=marked.provider_invites
        ),
    )
    draft.claims = claims_for(kind, member.id, room, span, may_overlap=True)
    draft.found("K7", "staff marked an event of theirs", entitlement="plan" if free else "courtesy")
    book_or_ask(draft, member)
