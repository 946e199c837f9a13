"""What staff set without a form: who is told, and whom it waits for (O1, O4, C11, K6).

An emergency that is squeezed in, and an event that staff marked in their own calendar (policy/adoption.py), are booked
the same way: no notice, they may stand over other things, and a blocked company is put before staff first.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from syncd.domain.calling import RequestServed, SqueezedIn
from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Room, SessionType
from syncd.domain.effect import EffectKind
from syncd.domain.evidence import Evidence
from syncd.domain.keys import company_key, request_key
from syncd.domain.letters import Cause
from syncd.domain.paying import CompanyDeclared
from syncd.domain.people import Attendee, Entitlement, Side, StaffMember, normal_email
from syncd.domain.session import (
    Booking,
    Choice,
    Door,
    Move,
    Question,
    QuestionKind,
    Session,
    SessionState,
)
from syncd.domain.spans import Span
from syncd.policy.booking import contact_of_booking
from syncd.policy.draft import Draft
from syncd.policy.publish import ask_staff, publish_booking
from syncd.policy.slots import claims_for, room_for


def on_squeezed_in(draft: Draft, evidence: Evidence, wanted: SqueezedIn) -> None:
    """O1: a gap that staff picked becomes an emergency session."""
    case = draft.case
    kind, member = case.desk.type(wanted.type_id), case.desk.member(wanted.staff_id)
    code = _not_possible(draft, wanted, kind, member)
    if code is not None or kind is None or member is None:
        draft.found("O1", f"not squeezed in: {code}", starts_at=wanted.starts_at, staff=wanted.staff_id)
        draft.answer(evidence, code or AnswerCode.NOT_OFFERED, "O1")
        return
    span = Span(wanted.starts_at, wanted.starts_at + kind.length)
    room = free_or_any_room(draft, kind, span)
    booking = _booking(draft, wanted)
    draft.session = Session(
        id=case.session_id,
        uid=wanted.uid,
        state=SessionState.HELD,
        type_id=kind.id,
        channel=kind.channel,
        staff_id=member.id,
        span=span,
        door=Door.EMERGENCY,
        terms_id=case.terms.id,
        room_id=room.id if room else None,
        booking=booking,
        changed_at=evidence.received_at,
        changed_by=Side.STAFF,
        request_id=wanted.request_id,
    )
    draft.claims = claims_for(kind, member.id, room, span, may_overlap=True)
    draft.found("O1", "staff squeeze it in", by=wanted.by, entitlement=booking.entitlement)
    waits = book_or_ask(draft, case.desk.member(wanted.by) or member)
    draft.answer(evidence, AnswerCode.RECORDED if waits else AnswerCode.BOOKED, "O4" if waits else "O1")


def _not_possible(
    draft: Draft, wanted: SqueezedIn, kind: SessionType | None, member: StaffMember | None
) -> AnswerCode | None:
    """One press makes one session: a second, on whatever gap, meets it, unless staff had left it (O4)."""
    if draft.session is not None and draft.session.state is not SessionState.LAPSED:
        return AnswerCode.ALREADY_BOOKED
    if kind is None or member is None or member.id not in kind.staff:
        return AnswerCode.NOT_OFFERED
    return AnswerCode.SLOT_PAST if wanted.starts_at <= draft.now else None


def _booking(draft: Draft, wanted: SqueezedIn) -> Booking:
    """Free by a plan that brings emergencies, to a contact who is not suspended; else a courtesy (O4, E5)."""
    case, company, contact = draft.case, draft.case.consulted.company, draft.case.consulted.contact
    booker = attendee_by_file(draft, wanted.name, wanted.email)
    day = wanted.starts_at.astimezone(ZoneInfo(booker.zone)).date()
    free = company is not None and company.plan_on(day) in case.terms.emergency_plans
    free = free and not (contact is not None and contact.suspended_at(draft.now))
    return Booking(
        company_id=wanted.company_id,
        company_name=company.name if company is not None else wanted.company_name,
        contact_id=wanted.contact_id,
        booker=booker,
        booked_at=draft.now,
        entitlement=Entitlement.PLAN if free else Entitlement.COURTESY,
        issue=wanted.issue,
        country=company.country if company is not None else None,
        organizer=case.desk.organizer,
        own_organizer=case.desk.invitations.organizer_per_booking,
    )


def book_or_ask(draft: Draft, member: StaffMember) -> bool:
    """Book what staff set; for a blocked company they are asked first (O4). True: they are."""
    company = draft.case.consulted.company
    if company is not None and company.barred:
        _ask_about_block(draft, member)
        return True
    book_by_staff(draft)
    return False


def book_by_staff(draft: Draft) -> None:
    """Staff set it: no notice, no form, and it may overlap (K6)."""
    session = draft.live
    told = f"collision:{session.starts_at.isoformat()}"
    draft.change(
        state=session.after(Move.BOOK),
        arranged_at=draft.now,
        staff_set_at=draft.now,
        questions=(),
        told=(*session.told, told),
    )
    people_of_booking(draft)
    publish_booking(draft, Cause.BOOKED_BY_STAFF)
    if session.request_id is not None:
        draft.tell_other(request_key(session.request_id), RequestServed(session.id), session.id)


def people_of_booking(draft: Draft) -> None:
    """A company that no directory knows is declared by what staff call it; the customer becomes a contact (E2)."""
    booking = draft.live.booking
    assert booking is not None
    if draft.case.consulted.company is None:
        declared = CompanyDeclared(booking.company_name, booking.country)
        draft.tell_other(company_key(booking.company_id), declared, str(draft.live.revision))
    contact_of_booking(draft)


def free_or_any_room(draft: Draft, kind: SessionType, span: Span) -> Room | None:
    """A free one, else one that is shared with another session for that long (K6)."""
    desk = draft.case.desk
    free = room_for(desk, kind, span, draft.case.consulted.neighbours)
    return free or next((room for room in desk.rooms if room.id in kind.rooms), None)


def attendee_by_file(draft: Draft, name: str, email: str, zone: str = "", locale: str = "") -> Attendee:
    """The profile's zone, else the company's, else what their form said, else the desk's (N4, D2)."""
    case, company = draft.case, draft.case.consulted.company
    contact = case.consulted.contact
    if contact is not None and normal_email(contact.email) != normal_email(email):
        contact = None
    found = (contact.zone if contact else None) or (company.zone if company else None) or zone or case.desk.zone
    language = (contact.locale if contact else None) or locale or case.desk.locale
    shown = name or (contact.name if contact else "") or email
    return Attendee(shown, email, found, language, contact.mobile if contact else None)


def _ask_about_block(draft: Draft, member: StaffMember) -> None:
    waiting = draft.case.session.questions if draft.case.session else ()
    if waiting:
        draft.change(questions=waiting)
        return
    asked = draft.emitted_before(EffectKind.MAIL_STAFF, recipient=member.email)
    question = Question(
        id=f"blocked-company-{asked + 1}",
        kind=QuestionKind.BLOCKED_COMPANY,
        to=member.id,
        choices=(Choice.BOOK, Choice.LEAVE),
        asked_at=draft.now,
        repeat_at=draft.now + draft.case.terms.question_repeat,
    )
    draft.change(questions=(question,))
    draft.found("O4", "the company is blocked: put before staff first")
    ask_staff(draft, question, member)
