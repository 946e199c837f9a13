"""What may staff do with a booked session from the desk? Hand it over, set another time, cancel it (K11, K12).

Nothing of it ever counts against the customer (C10): the change is staff's, and says so.
"""

from __future__ import annotations

from syncd.domain.attended import NoteWritten
from syncd.domain.correspondence import SeenByStaff
from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Room, SessionType
from syncd.domain.evidence import CancelRequested, Evidence, ReassignRequested
from syncd.domain.letters import Cause
from syncd.domain.people import Side
from syncd.domain.session import Move, Session, SessionState
from syncd.domain.spans import Span
from syncd.policy.changes import cancel
from syncd.policy.draft import Draft
from syncd.policy.gaps import type_of
from syncd.policy.intake import in_the_way
from syncd.policy.publish import publish_change
from syncd.policy.slots import InTheWay, claims_for, room_for


def on_reassign(draft: Draft, evidence: Evidence, wanted: ReassignRequested) -> None:
    """Same UID, another colleague or time. A session that runs already can change hands, and no longer its time."""
    closed = _not_open(draft, wanted.starts_at)
    if closed is not None:
        draft.found("K11", f"not given away: {closed}")
        draft.answer(evidence, closed, "K11")
        return
    former = draft.live
    if (wanted.staff_id, wanted.starts_at) == (former.staff_id, former.starts_at):
        draft.found("K11", "that is how it is already")
        draft.answer(evidence, AnswerCode.UNCHANGED, "K11")
        return
    place = _place(draft, wanted, former)
    if isinstance(place, AnswerCode):
        draft.found("K11", f"not given away: {place}", to=wanted.staff_id, starts_at=wanted.starts_at)
        draft.answer(evidence, place, "K11")
        return
    kind, span, room = place
    moved = span != former.span
    draft.change(
        state=former.after(Move.RESCHEDULE),
        staff_id=wanted.staff_id,
        span=span,
        room_id=room.id if room else None,
        arranged_at=draft.now if moved else former.arranged_at,
        staff_set_at=draft.now if moved else former.staff_set_at,
        changed_at=evidence.received_at,
        changed_by=Side.STAFF,
        entry=None if former.missing else former.entry,
        missing=None,
        questions=(),
    )
    draft.claims = claims_for(kind, wanted.staff_id, room, span, may_overlap=True)
    draft.found("K11", "given to a colleague" if not moved else "set anew by staff", by=wanted.by, to=wanted.staff_id)
    publish_change(draft, Cause.MOVED_BY_STAFF if moved else Cause.GIVEN_TO_COLLEAGUE, former)
    draft.answer(evidence, AnswerCode.RESCHEDULED, "K11")


def on_cancel_by_staff(draft: Draft, evidence: Evidence, wanted: CancelRequested) -> None:
    """Until its end, without a cutoff: the customer is told, and nothing counts against them (K3, C10)."""
    session = draft.session
    code = AnswerCode.CANCELLED
    if session is None or session.booking is None:
        code = AnswerCode.NO_SUCH_SESSION
    elif session.state is SessionState.CANCELLED:
        code = AnswerCode.ALREADY_CANCELLED
    elif session.state is not SessionState.BOOKED or evidence.received_at >= session.ends_at:
        code = AnswerCode.ALREADY_OVER
    if code is AnswerCode.CANCELLED:
        draft.found("K3", "cancelled by staff", by=wanted.email or "")
        cancel(draft, evidence.received_at, Side.STAFF, Cause.CANCELLED_BY_STAFF)
    draft.answer(evidence, code, "K3")


def on_note(draft: Draft, evidence: Evidence, note: NoteWritten) -> None:
    draft.found("K4", "a note of staff, for staff", by=note.staff_id)
    draft.answer(evidence, AnswerCode.RECORDED, "K4")


def on_seen(draft: Draft, evidence: Evidence, seen: SeenByStaff) -> None:
    """Plain words change nothing, and need not be looked at again."""
    draft.found("O2", "staff have seen these words", by=seen.staff_id)
    draft.answer(evidence, AnswerCode.RECORDED, "O2")


def _not_open(draft: Draft, starts_at: object) -> AnswerCode | None:
    """Why it cannot change hands or time any more, or None."""
    session = draft.session
    if session is None or session.booking is None:
        return AnswerCode.NO_SUCH_SESSION
    if session.state is SessionState.CANCELLED:
        return AnswerCode.ALREADY_CANCELLED
    if session.state is not SessionState.BOOKED or draft.now >= session.ends_at:
        return AnswerCode.ALREADY_OVER
    if draft.now >= session.starts_at and starts_at != session.starts_at:
        return AnswerCode.ALREADY_OVER
    return None


def _place(
    draft: Draft, wanted: ReassignRequested, former: Session
) -> tuple[SessionType, Span, Room | None] | AnswerCode:
    """Staff may set a time outside of the hours and at short notice, but not over what is there (K2, K6)."""
    desk, moved = draft.case.desk, wanted.starts_at != former.starts_at
    kind, member = type_of(former, desk, draft.case.terms), desk.member(wanted.staff_id)
    if kind is None or member is None or wanted.staff_id not in kind.staff:
        return AnswerCode.NOT_OFFERED
    if moved and wanted.starts_at <= draft.now:
        return AnswerCode.SLOT_PAST
    if wanted.asked.staff_id != wanted.staff_id or wanted.asked.unreadable:
        return AnswerCode.UNREADABLE
    span = Span(wanted.starts_at, wanted.starts_at + former.span.length)
    way = in_the_way(draft.case, wanted.staff_id, wanted.asked)
    if _is_taken(way, wanted.staff_id, span):
        return AnswerCode.SLOT_TAKEN
    room = room_for(desk, kind, span, way.neighbours) if moved else desk.room(former.room_id)
    return AnswerCode.SLOT_TAKEN if room is None and kind.rooms else (kind, span, room)


def _is_taken(way: InTheWay, staff_id: str, span: Span) -> bool:
    theirs = (n.span for n in way.neighbours if n.staff_id == staff_id)
    return any(other.overlaps(span) for other in (*way.busy, *theirs))
