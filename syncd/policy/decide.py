"""What follows? `decide(case, now) -> Decision`: pure; the same case and instant give the same decision, byte for byte.

Fresh evidence is folded in the store's order, each kind by the rule that knows it; then what time alone does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from syncd.domain.attended import (
    AttendanceSeen,
    Attested,
    CustomerSaid,
    NoteWritten,
    Objected,
    OutcomeDecided,
    ShiftRequested,
)
from syncd.domain.calling import CallPlanned, CallResulted, SqueezedIn
from syncd.domain.case import (
    CalendarCase,
    Case,
    CatalogueCase,
    CompanyCase,
    ContactCase,
    RequestCase,
    SessionCase,
    StaffCase,
)
from syncd.domain.correspondence import (
    AutoReplyReceived,
    BounceReceived,
    CounterReceived,
    RefreshReceived,
    ReplyReceived,
    SeenByStaff,
    TextReceived,
    TextReported,
    WordsReceived,
)
from syncd.domain.decision import Decision
from syncd.domain.effect import EffectKind
from syncd.domain.evidence import (
    BookingRequested,
    CancelRequested,
    DeletionJudged,
    EffectDone,
    EffectParked,
    EffectStale,
    EntryGone,
    EntrySeen,
    Evidence,
    HoldRequested,
    LookAnswered,
    MarkedEntrySeen,
    ReassignRequested,
    RescheduleRequested,
    RestoreRequested,
    StaffAnswered,
)
from syncd.domain.paying import PaymentAbandoned, PaymentNudged, PaymentOpened, PaymentSeen
from syncd.domain.people import Side
from syncd.domain.session import Move, QuestionKind, SessionState
from syncd.policy.absences import decide_staff
from syncd.policy.adoption import on_marked
from syncd.policy.by_text import answer_said, on_text
from syncd.policy.calendars import decide_calendar
from syncd.policy.calls import on_call_planned, on_call_resulted, watch_call
from syncd.policy.catalogue import decide_catalogue
from syncd.policy.changes import on_cancel, on_reschedule, on_restore
from syncd.policy.closing import attend
from syncd.policy.consequences import prove_address
from syncd.policy.customers import decide_company, decide_contact
from syncd.policy.deciding import on_decided, on_objected
from syncd.policy.draft import Draft
from syncd.policy.handover import on_cancel_by_staff, on_note, on_reassign, on_seen
from syncd.policy.intake import on_booking, on_hold
from syncd.policy.payments import (
    is_being_paid,
    on_payment_abandoned,
    on_payment_nudged,
    on_payment_opened,
    on_payment_parked,
    on_payment_seen,
    watch_payment,
)
from syncd.policy.questions import on_staff_answered, repeat_questions
from syncd.policy.reminders import remind
from syncd.policy.replies import on_bounce, on_counter, on_refresh, on_reply, on_words
from syncd.policy.requests import decide_request
from syncd.policy.said import on_attested, on_said, on_shift
from syncd.policy.scheduling import on_entry_seen, on_parked, on_stale, on_written, watch_collisions
from syncd.policy.squeeze import on_squeezed_in
from syncd.policy.strays import remove_strays
from syncd.policy.texts_failed import on_staff_text_parked, on_text_parked, on_text_reported
from syncd.policy.vanished import on_gone, on_judged, on_looked, watch_missing


def decide(case: Case, now: datetime) -> Decision:
    """The decision about one subject; raises only on what cannot be (that case then waits and is reported)."""
    match case:
        case SessionCase():
            return decide_session(case, now)
        case ContactCase():
            return decide_contact(case, now)
        case CompanyCase():
            return decide_company(case, now)
        case CalendarCase():
            return decide_calendar(case, now)
        case CatalogueCase():
            return decide_catalogue(case, now)
        case RequestCase():
            return decide_request(case, now)
        case StaffCase():
            return decide_staff(case, now)


def decide_session(case: SessionCase, now: datetime) -> Decision:
    draft = Draft(case, now)
    _lapse(draft)
    for evidence in case.fresh:
        _fold(draft, evidence)
        prove_address(draft, evidence)
    is_call = draft.session is not None and draft.session.call is not None
    for rule in IN_TIME_OF_CALLS if is_call else IN_TIME:
        rule(draft)
    return draft.decision()


def _fold(draft: Draft, evidence: Evidence) -> None:
    """One piece of evidence to the rule that knows it."""
    match evidence.payload:
        case HoldRequested() as payload:
            on_hold(draft, evidence, payload)
        case BookingRequested() as payload:
            on_booking(draft, evidence, payload)
        case CancelRequested(by=Side.STAFF) as payload:
            on_cancel_by_staff(draft, evidence, payload)
        case CancelRequested() as payload:
            on_cancel(draft, evidence, payload)
        case RescheduleRequested() as payload:
            on_reschedule(draft, evidence, payload)
        case RestoreRequested() as payload:
            on_restore(draft, evidence, payload)
        case ReassignRequested() as payload:
            on_reassign(draft, evidence, payload)
        case SqueezedIn() as payload:
            on_squeezed_in(draft, evidence, payload)
        case CallPlanned() as payload:
            on_call_planned(draft, evidence, payload)
        case CallResulted() as payload:
            on_call_resulted(draft, evidence, payload)
        case NoteWritten() as payload:
            on_note(draft, evidence, payload)
        case SeenByStaff() as payload:
            on_seen(draft, evidence, payload)
        case StaffAnswered() as payload:
            on_staff_answered(draft, evidence, payload)
        case EntrySeen() as payload:
            on_entry_seen(draft, evidence, payload)
        case MarkedEntrySeen() as payload:
            on_marked(draft, evidence, payload)
        case EntryGone() as payload:
            on_gone(draft, evidence, payload)
        case LookAnswered() as payload:
            _on_look(draft, evidence, payload)
        case DeletionJudged() as payload:
            on_judged(draft, evidence, payload)
        case EffectDone() as payload:
            on_written(draft, evidence, payload)
        case EffectStale() as payload:
            on_stale(draft, evidence, payload)
        case EffectParked() as payload if payload.effect_kind == EffectKind.TEXT_CUSTOMER:
            on_text_parked(draft, evidence, payload)
        case EffectParked(effect_kind=EffectKind.TEXT_STAFF) as payload:
            on_staff_text_parked(draft, payload)
        case TextReceived() as payload:
            on_text(draft, evidence, payload)
        case TextReported() as payload:
            on_text_reported(draft, evidence, payload)
        case EffectParked(effect_kind=EffectKind.PAYMENT_OPEN) as payload:
            on_payment_parked(draft, payload)
        case EffectParked() as payload:
            on_parked(draft, evidence, payload)
        case Attested() as payload:
            on_attested(draft, evidence, payload)
        case CustomerSaid() as payload:
            on_said(draft, evidence, payload)
            answer_said(draft, evidence, payload)
        case OutcomeDecided() as payload:
            on_decided(draft, evidence, payload)
        case Objected() as payload:
            on_objected(draft, evidence, payload)
        case ShiftRequested() as payload:
            on_shift(draft, evidence, payload)
        case AttendanceSeen() as payload:
            draft.found("ATT-1", f"{payload.feed} saw somebody", stage=payload.stage, matched=payload.matched or "-")
        case ReplyReceived() as payload:
            on_reply(draft, evidence, payload)
        case CounterReceived() as payload:
            on_counter(draft, evidence, payload)
        case RefreshReceived() as payload:
            on_refresh(draft, evidence, payload)
        case BounceReceived() as payload:
            on_bounce(draft, evidence, payload)
        case WordsReceived() as payload:
            on_words(draft, evidence, payload)
        case AutoReplyReceived():
            draft.found("O2", "an automatic reply: listed, never acted on, never answered")
        case PaymentOpened() as payload:
            on_payment_opened(draft, payload)
        case PaymentNudged() as payload:
            on_payment_nudged(draft, payload)
        case PaymentSeen() as payload:
            on_payment_seen(draft, payload)
        case PaymentAbandoned() as payload:
            on_payment_abandoned(draft, evidence, payload)
        case _:
            draft.found("CAL-9", f"{evidence.payload.kind} says nothing about a session")


def _on_look(draft: Draft, evidence: Evidence, looked: LookAnswered) -> None:
    """What a look found is looked at like anything seen; it may stand in another place now. Where it stands in its
    own, others of this session are strays."""
    session = draft.session
    if looked.seen is not None and session is not None and session.entry is not None:
        in_place = session.entry.ref.event_id == looked.seen.ref.event_id
        draft.change(entry=replace(session.entry, ref=looked.seen.ref))
        on_entry_seen(draft, evidence, looked.seen)
        if in_place and session.missing is not None and draft.live.state is SessionState.BOOKED:
            remove_strays(draft, session.missing.reported_at)
    on_looked(draft, evidence, looked)


def _lapse(draft: Draft) -> None:
    """A hold that has run out is none any more (B2)."""
    session = draft.session
    if session is None or session.state is not SessionState.HELD or session.hold_until is None:
        return
    if is_being_paid(session.payment):
        return
    if draft.now >= session.hold_until:
        draft.found("B2", "the hold ran out", held_until=session.hold_until)
        draft.change(state=session.after(Move.LAPSE), hold_until=None)
        draft.claims = ()


def _await_hold(draft: Draft) -> None:
    session = draft.session
    if session is not None and session.state is SessionState.HELD:
        draft.review(session.hold_until)


def _end(draft: Draft) -> None:
    """Its time is over; nothing of it is due any more."""
    session = draft.session
    if session is None or session.state is not SessionState.BOOKED:
        return
    if draft.now >= session.ends_at:
        kept = tuple(q for q in session.questions if q.kind in LASTING)
        draft.change(state=session.after(Move.END), questions=kept, missing=None)
        draft.claims = ()
    else:
        draft.review(session.ends_at)


LASTING = frozenset(
    {
        QuestionKind.NOBODY_CAME,
        QuestionKind.WHAT_CAME_OF_IT,
        QuestionKind.STAFF_MISSING,
        QuestionKind.OBJECTION,
        QuestionKind.WORDS,
        QuestionKind.OPTED_OUT,
    }
)
"""Questions that outlast the session's time."""

IN_TIME: tuple[Callable[[Draft], None], ...] = (
    watch_missing,
    repeat_questions,
    watch_collisions,
    remind,
    watch_payment,
    _await_hold,
    attend,
    _end,
)
"""What time alone brings about, in this order, after every look at a session."""

IN_TIME_OF_CALLS: tuple[Callable[[Draft], None], ...] = (watch_missing, repeat_questions, watch_collisions, watch_call)
"""Of a return call: no reminder, no attendance, no payment (O3)."""
