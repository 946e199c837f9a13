"""May it be booked? Holds and bookings from the page and the API (B1, B2, E1-E6, E12, K2, K10, O4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from syncd.domain.case import Neighbour, SessionCase
from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Room, SessionType
from syncd.domain.evidence import Asked, BookingRequested, Evidence, HoldRequested
from syncd.domain.money import Amount, Catalogue
from syncd.domain.people import StaffMember
from syncd.domain.session import Door, Move, Session, SessionState
from syncd.domain.spans import Span
from syncd.policy.booking import booking_of, set_booked
from syncd.policy.draft import Draft
from syncd.policy.eligibility import Refused, judge, sell
from syncd.policy.payments import begin_payment, invoiced
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
    may = _may_book(draft, wanted)
    if isinstance(may, Refused):
        draft.found(may.rule, may.says)
        draft.answer(evidence, may.code, may.rule, may.until)
        return
    judged_at = _held_since(draft, wanted) or draft.now
    place = find_place(draft, wanted.type_id, wanted.staff_id, wanted.starts_at, wanted.asked, judged_at)
    if isinstance(place, AnswerCode):
        draft.found("B1", f"cannot be booked: {place}", starts_at=wanted.starts_at, staff=wanted.staff_id)
        draft.answer(evidence, place, "B1")
        return
    method = case.desk.payment_method(wanted.pays_by)
    pays_first = method is not None and method.online
    _occupy(draft, place, wanted.uid, Move.HOLD if pays_first else Move.BOOK, Door(wanted.door), wanted.network)
    draft.change(topic_id=wanted.topic_id)
    booking = booking_of(case, wanted, may, draft.now)
    if method is not None and may is not None and pays_first:
        begin_payment(draft, evidence, method.id, booking, may)
        return
    set_booked(draft, booking, evidence.received_at)
    if method is not None and may is not None:
        invoiced(draft, method.id, booking, may)
    draft.answer(evidence, AnswerCode.BOOKED, "B1")


def _may_book(draft: Draft, wanted: BookingRequested) -> Refused | Amount | None:
    """Free (None), for this fee, or refused."""
    case, now = draft.case, draft.now
    company = case.consulted.company if wanted.company_id else None
    kind = case.desk.type(wanted.type_id)
    if wanted.pays_by is not None:
        if case.desk.payment_method(wanted.pays_by) is None:
            return Refused(AnswerCode.NOT_SOLD, "E4", "there is no such way to pay")
        catalogue = case.consulted.catalogue or Catalogue()
        sold = sell(company, catalogue, wanted.type_id, wanted.release, case.terms, case.desk.day_of(now))
        if isinstance(sold, Refused):
            return sold
        if wanted.shown is None or wanted.shown not in sold:
            return Refused(AnswerCode.FEE_CHANGED, "E7", "the form showed another fee than the schedule has")
        return wanted.shown
    if kind is not None and not kind.free:
        return Refused(AnswerCode.NOT_FREE, "E7", "sessions of this type are paid")
    refused = judge(company, case.consulted.contact, case.terms, wanted.starts_at, wanted.booker.zone, now)
    if refused is None and company is not None:
        draft.found("E1", "the company's plan makes the session free", company=company.id, plan=company.plan)
    return refused


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
