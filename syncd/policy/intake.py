"""May it be booked? Holds and bookings from the page and the API (B1, B2, E1-E6, E12, K2, K10, O4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from syncd.domain.case import Neighbour, SessionCase
from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Room, SessionType
from syncd.domain.effect import Cause
from syncd.domain.evidence import Asked, BookingRequested, ContactBooked, Evidence, HoldRequested
from syncd.domain.keys import contact_key
from syncd.domain.people import Attendee, Contact, Entitlement, Side, StaffMember
from syncd.domain.session import Booking, Door, Move, Session, SessionState
from syncd.domain.spans import Span
from syncd.policy.draft import Draft
from syncd.policy.eligibility import judge
from syncd.policy.publish import publish_booking
from syncd.policy.slots import InTheWay, claims_for, is_offered, room_for

OPEN_STATES = (None, SessionState.HELD, SessionState.LAPSED)


@dataclass(frozen=True, slots=True)
class Place:
    """A slot that can be had: what, with whom, when, in which room."""

    kind: SessionType
    member: StaffMember
    span: Span
    room: Room | None


def on_hold(draft: Draft, evidence: Evidence, wanted: HoldRequested) -> None:
    """Keep a slot while the form is filled in; picking another moves the hold (B2)."""
    if not _form_is_open(draft, evidence):
        return
    limit = draft.case.terms.holds_per_network
    if draft.case.consulted.network_holds >= limit:
        draft.found("B2", "this network address already holds as many slots as it may", limit=limit)
        draft.answer(evidence, AnswerCode.TOO_MANY_HOLDS, "B2", draft.now + draft.case.terms.hold)
        return
    place = find_place(draft, wanted.type_id, wanted.staff_id, wanted.starts_at, wanted.asked, draft.now)
    if isinstance(place, AnswerCode):
        draft.found("B1", f"cannot be held: {place}", starts_at=wanted.starts_at, staff=wanted.staff_id)
        draft.answer(evidence, place, "B1")
        return
    until = draft.now + draft.case.terms.hold
    _occupy(draft, place, wanted.uid, Move.HOLD, Door.PAGE, wanted.network)
    draft.change(hold_until=until)
    draft.found("B2", "held while details are asked", until=until)
    draft.answer(evidence, AnswerCode.HELD, "B2", until)


def on_booking(draft: Draft, evidence: Evidence, wanted: BookingRequested) -> None:
    """Book: eligibility first, then the slot; both by what is true in this transaction."""
    if not _form_is_open(draft, evidence):
        return
    case = draft.case
    company = case.consulted.company if wanted.company_id else None
    refused = judge(company, case.consulted.contact, case.terms, wanted.starts_at, wanted.booker.zone, draft.now)
    if refused is not None:
        draft.found(refused.rule, refused.says)
        draft.answer(evidence, refused.code, refused.rule, refused.until)
        return
    judged_at = _held_since(draft, wanted) or draft.now
    place = find_place(draft, wanted.type_id, wanted.staff_id, wanted.starts_at, wanted.asked, judged_at)
    if isinstance(place, AnswerCode):
        draft.found("B1", f"cannot be booked: {place}", starts_at=wanted.starts_at, staff=wanted.staff_id)
        draft.answer(evidence, place, "B1")
        return
    assert company is not None
    assert wanted.contact_id is not None
    draft.found("E1", "the company's plan makes the session free", company=company.id, plan=company.plan)
    _occupy(draft, place, wanted.uid, Move.BOOK, Door(wanted.door), wanted.network)
    draft.change(
        topic_id=wanted.topic_id,
        hold_until=None,
        arranged_at=draft.now,
        changed_at=evidence.received_at,
        changed_by=Side.CUSTOMER,
        booking=Booking(
            company_id=company.id,
            company_name=company.name,
            contact_id=wanted.contact_id,
            booker=wanted.booker,
            booked_at=draft.now,
            entitlement=Entitlement.PLAN,
            colleagues=wanted.colleagues,
            issue=wanted.issue,
            release=wanted.release,
            profile_zone=_other_zone(case.consulted.contact, wanted.booker),
            country=company.country,
            organizer=case.desk.organizer,
            own_organizer=case.desk.invitations.organizer_per_booking,
        ),
    )
    contact_of_booking(draft)
    publish_booking(draft, Cause.BOOKED)
    draft.answer(evidence, AnswerCode.BOOKED, "B1")


def find_place(
    draft: Draft, type_id: str, staff_id: str, starts_at: datetime, asked: Asked, judged_at: datetime
) -> Place | AnswerCode:
    """The place, or why there is none. Judged by live busy time and by what the tables say now (CAL-26, B2, K10)."""
    desk, case = draft.case.desk, draft.case
    kind, member = desk.type(type_id), desk.member(staff_id)
    if kind is None or member is None or staff_id not in kind.staff:
        return AnswerCode.NOT_OFFERED
    if starts_at <= draft.now:
        return AnswerCode.SLOT_PAST
    if asked.staff_id != staff_id or asked.unreadable:
        return AnswerCode.UNREADABLE
    span = Span(starts_at, starts_at + kind.length)
    way = in_the_way(case, staff_id, asked)
    if not is_offered(desk, kind, member, InTheWay((), ()), starts_at, judged_at):
        return AnswerCode.NOT_OFFERED
    if not is_offered(desk, kind, member, way, starts_at, judged_at):
        return AnswerCode.SLOT_TAKEN
    room = room_for(desk, kind, span, way.neighbours)
    if room is None and kind.rooms:
        return AnswerCode.SLOT_TAKEN
    return Place(kind, member, span, room)


def in_the_way(case: SessionCase, staff_id: str, asked: Asked) -> InTheWay:
    """Live and stored busy time together; our own sessions are neighbours, not busy time (CAL-22)."""
    stored = [span for who, span in case.consulted.busy if who == staff_id]
    live = list(asked.busy)
    if asked.includes_own:
        own = [n.span for n in case.consulted.neighbours if n.staff_id == staff_id]
        if case.session is not None and case.session.staff_id == staff_id:
            own.append(case.session.span)
        live = [piece for span in live for piece in _less(span, own)]
    return InTheWay(tuple(stored + live), _others(case.consulted.neighbours, case.session_id))


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


def _form_is_open(draft: Draft, evidence: Evidence) -> bool:
    state = draft.session.state if draft.session else None
    if state in OPEN_STATES:
        return True
    code = AnswerCode.ALREADY_BOOKED if state is SessionState.BOOKED else AnswerCode.ALREADY_OVER
    draft.found("B2", f"this form's session is {state}; a form books once")
    draft.answer(evidence, code, "B2")
    return False


def _held_since(draft: Draft, wanted: BookingRequested) -> datetime | None:
    """When the same slot was held by this form: notice is judged then, not when typing was done (B2)."""
    held = draft.session
    same = (
        held is not None
        and held.state is SessionState.HELD
        and held.hold_until is not None
        and draft.now < held.hold_until
        and (held.starts_at, held.staff_id) == (wanted.starts_at, wanted.staff_id)
    )
    return held.hold_until - draft.case.terms.hold if same and held and held.hold_until else None


def _occupy(draft: Draft, place: Place, uid: str, move: Move, door: Door, network: str) -> None:
    """Make or change the session so that it takes this place, and claim it."""
    room_id = place.room.id if place.room else None
    if draft.session is None:
        draft.session = Session(
            id=draft.case.session_id,
            uid=uid,
            state=SessionState.HELD if move is Move.HOLD else SessionState.BOOKED,
            type_id=place.kind.id,
            channel=place.kind.channel,
            staff_id=place.member.id,
            span=place.span,
            door=door,
            terms_id=draft.case.terms.id,
            room_id=room_id,
            network=network,
        )
    else:
        draft.change(
            state=draft.live.after(move),
            type_id=place.kind.id,
            channel=place.kind.channel,
            staff_id=place.member.id,
            span=place.span,
            door=door,
            room_id=room_id,
            network=network,
        )
    draft.claims = claims_for(place.kind, place.member.id, place.room, place.span, may_overlap=False)


def _less(span: Span, own: Iterable[Span]) -> list[Span]:
    pieces = [span]
    for cut in own:
        pieces = [rest for piece in pieces for rest in _cut(piece, cut)]
    return pieces


def _cut(piece: Span, cut: Span) -> list[Span]:
    if not piece.overlaps(cut):
        return [piece]
    rest = []
    if piece.starts_at < cut.starts_at:
        rest.append(Span(piece.starts_at, cut.starts_at))
    if cut.ends_at < piece.ends_at:
        rest.append(Span(cut.ends_at, piece.ends_at))
    return rest


def _others(neighbours: tuple[Neighbour, ...], session_id: str) -> tuple[Neighbour, ...]:
    return tuple(n for n in neighbours if n.session_id != session_id)
