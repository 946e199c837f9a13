"""May the customer change it? Cancel, reschedule, restore, judged by the instant of receipt (C1, C4-C6, C9-C12)."""

from __future__ import annotations

from datetime import datetime

from syncd.domain.calling import RequestMissed, RequestServed
from syncd.domain.decision import AnswerCode
from syncd.domain.evidence import CancelRequested, Evidence, RescheduleRequested, RestoreRequested
from syncd.domain.keys import request_key
from syncd.domain.letters import Cause, Letter
from syncd.domain.people import Attendee, Entitlement, Side
from syncd.domain.session import Move, SessionState
from syncd.policy.consequences import note_same_day, owe_session
from syncd.policy.deadlines import cancel_until, may_undo, set_at_short_notice
from syncd.policy.draft import Draft
from syncd.policy.eligibility import judge
from syncd.policy.intake import find_place, in_the_way
from syncd.policy.publish import mail_customer, publish_cancellation, publish_change
from syncd.policy.slots import claims_for, room_for

ON_THE_PAGE = ("link", "mail", "api")
"""Ways on which the answer is read at once; on all others it goes by mail (C4)."""


def on_cancel(draft: Draft, evidence: Evidence, wanted: CancelRequested) -> None:
    """C1: accepted until the cutoff, that instant included; refused after it with what can still be done (C4)."""
    late = not_changeable(draft, evidence.received_at, _last(draft))
    if late is not None:
        refuse(draft, evidence, late, wanted.via, wanted.email)
        return
    former, terms = draft.live, draft.case.terms
    last, undone = cancel_until(former, terms), may_undo(former, evidence.received_at, terms)
    rule = "C11" if set_at_short_notice(former, terms) else "B4" if undone else "C1"
    declined = wanted.via == "calendar"
    draft.found(
        "C6" if declined else rule, "cancelled in time by the customer", received_at=evidence.received_at, until=last
    )
    cancel(
        draft,
        evidence.received_at,
        Side.CUSTOMER,
        Cause.DECLINED if declined else Cause.CANCELLED_BY_CUSTOMER,
        restorable=declined,
    )
    note_same_day(draft, former, evidence.received_at)
    if undone:
        owe_session(draft, evidence.received_at)
    draft.answer(evidence, AnswerCode.CANCELLED, rule, last)


def cancel(
    draft: Draft,
    at: datetime,
    by: Side,
    cause: Cause,
    *,
    entry_is_gone: bool = False,
    restorable: bool = False,
    moving: bool = False,
) -> None:
    """The session is off, whoever said so: its time is free again, and everyone hears of it (N7). `moving`: its
    customer will choose another time, which is one change and not two (C2)."""
    draft.change(
        state=draft.live.after(Move.CANCEL),
        cancelled_at=at,
        cancelled_by=by,
        changed_at=at,
        changed_by=by,
        missing=None,
        questions=(),
        moving=moving,
    )
    draft.claims = ()
    if by is Side.STAFF:
        owe_session(draft, at)
    publish_cancellation(draft, cause, entry_is_gone=entry_is_gone, restorable=restorable)
    session = draft.live
    if session.request_id is not None:
        missed = RequestMissed(session.id, "declined" if by is Side.CUSTOMER else "cancelled")
        draft.tell_other(request_key(session.request_id), missed, str(session.revision))


def on_reschedule(draft: Draft, evidence: Evidence, wanted: RescheduleRequested) -> None:
    """C12: the session keeps its UID; notice, cutoffs and entitlement apply to the new start (E12)."""
    late = None if _is_moving(draft) else not_changeable(draft, evidence.received_at, _last(draft))
    if late is not None:
        refuse(draft, evidence, late, wanted.via, wanted.email)
        return
    former = draft.live
    same = (wanted.starts_at, wanted.staff_id) == (former.starts_at, former.staff_id)
    if same and not former.moving:
        draft.found("C12", "that is when it already is")
        draft.answer(evidence, AnswerCode.UNCHANGED, "C12")
        return
    booking = former.booking
    assert booking is not None
    consulted, terms = draft.case.consulted, draft.case.terms
    if booking.entitlement is Entitlement.PLAN:
        refused = judge(consulted.company, consulted.contact, terms, wanted.starts_at, booking.booker.zone, draft.now)
        if refused is not None:
            draft.found("E12", refused.says)
            draft.answer(evidence, refused.code, refused.rule, refused.until)
            return
    place = find_place(draft, former.type_id, wanted.staff_id, wanted.starts_at, wanted.asked, draft.now)
    if isinstance(place, AnswerCode):
        draft.found("C12", f"cannot be moved there: {place}", starts_at=wanted.starts_at)
        draft.answer(evidence, place, "B1")
        return
    draft.change(
        state=former.after(Move.RESTORE if former.moving else Move.RESCHEDULE),
        moving=False,
        cancelled_at=None,
        cancelled_by=None,
        staff_id=place.member.id,
        span=place.span,
        room_id=place.room.id if place.room else None,
        arranged_at=draft.now,
        staff_set_at=None,
        changed_at=evidence.received_at,
        changed_by=Side.CUSTOMER,
        entry=None if former.missing or former.moving else former.entry,
        missing=None,
        questions=(),
    )
    draft.claims = claims_for(place.kind, place.member.id, place.room, place.span, may_overlap=False)
    draft.found(
        "C2" if former.moving else "C1",
        "moved by the customer",
        received_at=evidence.received_at,
        starts_at=wanted.starts_at,
    )
    publish_change(draft, Cause.MOVED_BY_CUSTOMER, former)
    note_same_day(draft, former, evidence.received_at)
    draft.answer(evidence, AnswerCode.RESCHEDULED, "C12")


def on_restore(draft: Draft, evidence: Evidence, wanted: RestoreRequested) -> None:
    """C6: after a decline, "a colleague is coming" restores the session while its slot is free."""
    session = draft.session
    if session is None or session.booking is None:
        draft.answer(evidence, AnswerCode.NO_SUCH_SESSION, "C6")
        return
    if session.state is not SessionState.CANCELLED or session.cancelled_by is not Side.CUSTOMER:
        draft.answer(evidence, AnswerCode.UNCHANGED, "C6")
        return
    if evidence.received_at >= session.starts_at:
        draft.answer(evidence, AnswerCode.ALREADY_OVER, "C6")
        return
    kind = draft.case.desk.type(session.type_id)
    if wanted.asked.unreadable or kind is None:
        draft.answer(evidence, AnswerCode.UNREADABLE, "CAL-26")
        return
    way = in_the_way(draft.case, session.staff_id, wanted.asked)
    room = room_for(draft.case.desk, kind, session.span, way.neighbours)
    claims = claims_for(kind, session.staff_id, room, session.span, may_overlap=False)
    others = [c for n in way.neighbours for c in n.claims]
    taken = any(c.resource == o.resource and c.span.overlaps(o.span) for c in claims for o in others)
    if taken or (room is None and kind.rooms) or any(b.overlaps(session.span) for b in way.busy):
        draft.found("C6", "the slot has gone to someone else")
        draft.answer(evidence, AnswerCode.SLOT_TAKEN, "C6")
        return
    former = session
    draft.change(
        state=session.after(Move.RESTORE),
        room_id=room.id if room else None,
        moving=False,
        cancelled_at=None,
        cancelled_by=None,
        arranged_at=draft.now,
        changed_at=evidence.received_at,
        changed_by=Side.CUSTOMER,
        entry=None,
    )
    draft.claims = claims
    draft.found("C6", "restored while the slot was free")
    publish_change(draft, Cause.RESTORED, former)
    if session.request_id is not None:
        draft.tell_other(request_key(session.request_id), RequestServed(session.id), str(draft.live.revision))
    draft.answer(evidence, AnswerCode.RESTORED, "C6")


def _is_moving(draft: Draft) -> bool:
    """Cancelled by MOVE: its link rebooks it, whenever (C2, C12)."""
    session = draft.session
    return session is not None and session.state is SessionState.CANCELLED and session.moving


def _last(draft: Draft) -> datetime | None:
    return cancel_until(draft.session, draft.case.terms) if draft.session else None


def not_changeable(draft: Draft, received_at: datetime, last: datetime | None) -> AnswerCode | None:
    """Why this session cannot be changed by its customer at that instant, or None; `last` is accepted still."""
    session = draft.session
    if session is None or session.booking is None:
        return AnswerCode.NO_SUCH_SESSION
    if session.state is SessionState.CANCELLED:
        return AnswerCode.ALREADY_CANCELLED
    if session.state is not SessionState.BOOKED or received_at >= session.starts_at:
        return AnswerCode.ALREADY_OVER
    return AnswerCode.TOO_LATE if last is not None and received_at > last else None


def refuse(draft: Draft, evidence: Evidence, code: AnswerCode, via: str, email: str | None) -> None:
    """C4: a change that was not accepted gets an answer that says so, why, and what can still be done."""
    session = draft.session
    until = cancel_until(session, draft.case.terms) if session and code is AnswerCode.TOO_LATE else None
    draft.found(
        "C5" if code is AnswerCode.TOO_LATE else "C4", f"not accepted: {code}", received_at=evidence.received_at
    )
    draft.answer(evidence, code, "C1", until)
    if session is None or session.booking is None or via in ON_THE_PAGE:
        return
    to: Attendee = next((a for a in session.booking.attendees if a.email == email), session.booking.booker)
    sent = sum(1 for e in draft.case.effects if e.letter == Letter.REFUSAL)
    cause = Cause.TOO_LATE if code is AnswerCode.TOO_LATE else Cause.NOT_POSSIBLE
    mail_customer(draft, Letter.REFUSAL, cause, to, expire_at=None, refused=code, ordinal=sent)
