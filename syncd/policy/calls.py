"""What becomes of a return call? Held in a gap, told, called once, and its outcome recorded (O3).

It is a session without a room, an invitation or attendance: so its event on the staff calendar, its claim, a move or a
deletion by staff are those of every session, and of nothing a second kind exists. What it is not is left out here: a
call has rules of its own for what time brings about (`IN_TIME_OF_CALLS` in policy/decide.py).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.domain.calling import CallPlanned, CallResulted, RequestMissed, RequestServed
from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Slot
from syncd.domain.evidence import EntrySeen, Evidence, StaffAnswered
from syncd.domain.keys import request_key
from syncd.domain.letters import Cause, Letter
from syncd.domain.people import Attendee, Company, Entitlement, Side
from syncd.domain.session import (
    Booking,
    CallOutcome,
    Choice,
    Door,
    Move,
    Question,
    QuestionKind,
    ReturnCall,
    Session,
    SessionState,
)
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.policy.draft import Draft
from syncd.policy.eligibility import Refused
from syncd.policy.gaps import RETURN_CALL, call_type, may_ring
from syncd.policy.intake import in_the_way
from syncd.policy.publish import ask_staff, mail_customer, publish_booking, rewrite_entry, take_away
from syncd.policy.slots import claims_for, is_offered
from syncd.policy.squeeze import attendee_by_file, people_of_booking

TAGS = {
    "#done": CallOutcome.DONE,
    "#session": CallOutcome.SESSION,
    "#needssession": CallOutcome.SESSION,  # as the entry teaches it: the other is the desk's own mark (K7)
    "#notreached": CallOutcome.NOT_REACHED,
}
CHOICES = (Choice.DONE, Choice.SESSION, Choice.NOT_REACHED)
CAUSES = {CallOutcome.NOT_REACHED: Cause.NOT_REACHED, CallOutcome.SESSION: Cause.NEEDS_SESSION}
QUESTION = "call-outcome"


def may_be_called(company: Company | None, terms: Terms, now: datetime, zone: str) -> Refused | None:
    """Whose plan brings return calls, today in the contact's zone (E1, O3). Unknown and lapsed are told apart for the
    record; the visitor hears one and the same (E3)."""
    if company is None or not company.listed:
        return Refused(AnswerCode.UNKNOWN_CODE, "E3", "no company has this code")
    if company.barred:
        return Refused(AnswerCode.BLOCKED, "E6", "the company is blocked")
    if company.plan_on(now.astimezone(ZoneInfo(zone)).date()) not in terms.call_plans:
        return Refused(AnswerCode.PLAN_LAPSED, "E3", "no plan that brings return calls is active")
    return None


def on_call_planned(draft: Draft, evidence: Evidence, wanted: CallPlanned) -> None:
    """O3: hold the gap with the number to call, and tell the customer when, and from which number."""
    case = draft.case
    member = case.desk.member(wanted.staff_id)
    booker = attendee_by_file(draft, wanted.name, wanted.email, wanted.zone, wanted.locale)
    kind = call_type(case.desk, case.terms)
    span = Span(wanted.starts_at, wanted.starts_at + kind.length)
    code = _not_possible(draft, wanted, booker, span)
    if code is not None or member is None:
        draft.found("O3", f"not held: {code}", starts_at=wanted.starts_at, staff=wanted.staff_id)
        draft.answer(evidence, code or AnswerCode.NOT_OFFERED, "O3")
        return
    draft.session = Session(
        id=case.session_id,
        uid=wanted.uid,
        state=SessionState.BOOKED,
        type_id=RETURN_CALL,
        channel=kind.channel,
        staff_id=member.id,
        span=span,
        door=Door.RETURN_CALL,
        terms_id=case.terms.id,
        booking=_booking(draft, wanted, booker),
        arranged_at=draft.now,
        staff_set_at=draft.now,
        changed_at=evidence.received_at,
        changed_by=Side.STAFF,
        request_id=wanted.request_id,
        call=ReturnCall(wanted.number, case.desk.calling_number or ""),
    )
    draft.claims = claims_for(kind, member.id, None, span, may_overlap=False)
    draft.found(
        "O3", "held between sessions, with the number to call", by=wanted.by or "syncd", starts_at=span.starts_at
    )
    people_of_booking(draft)
    publish_booking(draft, Cause.BOOKED)
    draft.tell_other(request_key(wanted.request_id), RequestServed(case.session_id, wanted.by), case.session_id)
    draft.answer(evidence, AnswerCode.BOOKED, "O3")


def on_call_resulted(draft: Draft, evidence: Evidence, said: CallResulted) -> None:
    """Staff press what it came to."""
    session = draft.session
    if session is None or session.call is None:
        draft.answer(evidence, AnswerCode.NO_SUCH_SESSION, "O3")
        return
    if session.state is SessionState.CANCELLED:
        draft.answer(evidence, AnswerCode.ALREADY_CANCELLED, "O3")
        return
    if session.call.outcome is not None:
        same = session.call.outcome is said.outcome
        draft.found("O3", "the outcome was recorded before")
        draft.answer(evidence, AnswerCode.RECORDED if same else AnswerCode.ALREADY_OVER, "O3")
        return
    _conclude(draft, said.outcome, said.by)
    draft.answer(evidence, AnswerCode.RECORDED, "O3")


def on_call_tags(draft: Draft, seen: EntrySeen) -> None:
    """The same, by a tag in the event (O3, K8)."""
    session = draft.live
    outcome = next((TAGS[tag] for tag in seen.tags if tag in TAGS), None)
    if outcome is None or session.call is None or session.call.outcome is not None:
        return
    draft.found("K8", f"staff's tag in the event: {outcome}")
    _conclude(draft, outcome, session.staff_id)


def on_call_answer(draft: Draft, answered: StaffAnswered) -> None:
    """The same, by the link of the question (N8)."""
    if draft.live.call is not None and draft.live.call.outcome is None:
        _conclude(draft, CallOutcome(answered.choice.value), answered.staff_id)


def watch_call(draft: Draft) -> None:
    """When its time is over it is asked for, once it is late; without an answer nothing follows for the customer."""
    session = draft.session
    if session is None or session.call is None or session.call.outcome is not None:
        return
    if session.state is SessionState.BOOKED:
        if draft.now < session.ends_at:
            draft.review(session.ends_at)
            return
        draft.change(state=session.after(Move.END), missing=None, questions=())
        draft.claims = ()
    if draft.live.state is not SessionState.ENDED:
        return
    due = session.ends_at + draft.case.terms.call_asked_after
    if draft.now < due:
        draft.review(due)
    elif draft.tell_once(QUESTION):
        _ask(draft)


def _ask(draft: Draft) -> None:
    member = draft.case.desk.member(draft.live.staff_id)
    if member is None:
        return
    repeat_at = draft.now + draft.case.terms.question_repeat
    question = Question(QUESTION, QuestionKind.CALL_OUTCOME, member.id, CHOICES, draft.now, repeat_at)
    draft.change(questions=(question,))
    draft.review(repeat_at)
    draft.found("O3", "nobody has said what the call came to: asked")
    ask_staff(draft, question, member)


def _not_possible(draft: Draft, wanted: CallPlanned, booker: Attendee, span: Span) -> AnswerCode | None:
    """One call for a request; in a gap that is free by what calendars and tables say now (CAL-26)."""
    case, desk = draft.case, draft.case.desk
    member, kind = desk.member(wanted.staff_id), call_type(desk, case.terms)
    if draft.session is not None:
        return AnswerCode.ALREADY_BOOKED
    if member is None or not may_ring(Slot(span.starts_at, span.ends_at, wanted.staff_id), booker.zone, case.terms):
        return AnswerCode.NOT_OFFERED
    if wanted.starts_at <= draft.now:
        return AnswerCode.SLOT_PAST
    if wanted.asked.staff_id != wanted.staff_id or wanted.asked.unreadable:
        return AnswerCode.UNREADABLE
    free = is_offered(desk, kind, member, in_the_way(case, member.id, wanted.asked), wanted.starts_at, draft.now)
    return None if free else AnswerCode.SLOT_TAKEN


def _booking(draft: Draft, wanted: CallPlanned, booker: Attendee) -> Booking:
    company = draft.case.consulted.company
    day = wanted.starts_at.astimezone(ZoneInfo(booker.zone)).date()
    free = company is not None and company.plan_on(day) in draft.case.terms.call_plans
    return Booking(
        company_id=wanted.company_id,
        company_name=company.name if company is not None else wanted.company_name,
        contact_id=wanted.contact_id,
        booker=booker,
        booked_at=draft.now,
        entitlement=Entitlement.PLAN if free else Entitlement.COURTESY,
        issue=wanted.issue,
        country=company.country if company is not None else None,
        organizer=draft.case.desk.organizer,
    )


def _conclude(draft: Draft, outcome: CallOutcome, by: str) -> None:
    """Recorded once; the time is free again. After the one attempt the customer is sent to the booking page."""
    session = draft.live
    call, booking = session.call, session.booking
    assert call is not None
    assert booking is not None
    begun = draft.now >= session.starts_at
    state = session.after(Move.END) if session.state is SessionState.BOOKED else session.state
    draft.change(
        state=state,
        call=replace(call, outcome=outcome, outcome_at=draft.now, by=by),
        missing=None,
        questions=(),
    )
    draft.claims = ()
    draft.found("O3", f"the call came to: {outcome}", by=by)
    if begun:
        rewrite_entry(draft)
    else:
        take_away(draft)
    cause = CAUSES.get(outcome)
    if cause is not None and booking.booker.email:
        mail_customer(draft, Letter.CALL_OVER, cause, booking.booker, expire_at=None)
    if outcome is CallOutcome.SESSION and session.request_id is not None:
        draft.tell_other(request_key(session.request_id), RequestMissed(session.id, "needs-session"), "outcome")
