"""Another time is proposed: what do staff answer? A REQUEST with the new time, or DECLINECOUNTER (C6, INV-42)."""

from __future__ import annotations

from syncd.domain.correspondence import CounterReceived
from syncd.domain.evidence import Evidence
from syncd.domain.letters import Cause, Letter
from syncd.domain.people import Side, normal_email
from syncd.domain.session import Choice, Move, Question, QuestionKind, SessionState
from syncd.domain.spans import Span
from syncd.policy.draft import Draft
from syncd.policy.publish import ask_staff, letters_to, mail_customer, publish_change
from syncd.policy.slots import claims_for, room_for


def propose(draft: Draft, evidence: Evidence, counter: CounterReceived) -> None:
    """Ask the one who holds the session; a later proposal of the same attendee takes the place of an earlier one."""
    session, desk = draft.live, draft.case.desk
    assert counter.starts_at is not None
    assert counter.ends_at is not None
    member = desk.member(session.staff_id) or next(iter(desk.leads()), None)
    if counter.starts_at >= counter.ends_at or member is None:
        draft.found("C6", "a proposal that names no time, or nobody to ask")
        return
    number = sum(1 for e in draft.case.evidence if isinstance(e.payload, CounterReceived) and e.seq <= evidence.seq)
    past = counter.starts_at <= draft.now
    question = Question(
        id=f"counter-{number}",
        kind=QuestionKind.COUNTER,
        to=member.id,
        choices=(Choice.LEAVE,) if past else (Choice.MOVE, Choice.LEAVE),
        asked_at=draft.now,
        repeat_at=draft.now + draft.case.terms.question_repeat,
        proposed=Span(counter.starts_at, counter.ends_at),
        by=counter.email,
    )
    others = tuple(
        q
        for q in session.questions
        if not (q.kind is QuestionKind.COUNTER and normal_email(q.by) == normal_email(counter.email))
    )
    draft.change(questions=(*others, question))
    draft.found("C6", "another time is proposed; staff are asked, and nothing moves", starts_at=counter.starts_at)
    ask_staff(draft, question, member, detail=counter.comment)


def on_counter_answer(draft: Draft, question: Question, choice: Choice) -> None:
    """INV-42: the customer's calendar hears either way."""
    session = draft.live
    if session.state is not SessionState.BOOKED or session.booking is None or question.proposed is None:
        draft.found("C6", "the session was changed or cancelled meanwhile")
        return
    if choice is Choice.MOVE and question.proposed.starts_at > draft.now:
        _move(draft, question.proposed)
        return
    to = next((a for a in session.booking.attendees if normal_email(a.email) == normal_email(question.by)), None)
    if to is None:
        return
    draft.restamp()
    draft.found("C6", "the time stays; the proposal is declined")
    mail_customer(
        draft,
        Letter.COUNTER_DECLINED,
        Cause.NOT_POSSIBLE,
        to,
        expire_at=session.ends_at,
        ordinal=1 + letters_to(draft, to.email, Letter.COUNTER_DECLINED),
    )


def _move(draft: Draft, span: Span) -> None:
    """Staff take up the customer's proposal: theirs is the decision, so it may overlap (K6), and it counts as a time
    that staff set (C10, C11)."""
    former, desk = draft.live, draft.case.desk
    kind = desk.type(former.type_id)
    others = tuple(n for n in draft.case.consulted.neighbours if n.session_id != former.id)
    room = (room_for(desk, kind, span, others) if kind else None) or desk.room(former.room_id)
    draft.change(
        state=former.after(Move.RESCHEDULE),
        span=span,
        room_id=room.id if room else None,
        arranged_at=draft.now,
        staff_set_at=draft.now,
        changed_at=draft.now,
        changed_by=Side.STAFF,
        questions=(),
    )
    if kind is not None:
        draft.claims = claims_for(kind, former.staff_id, room, span, may_overlap=True)
    draft.found("C6", "staff took up the proposed time", starts_at=span.starts_at)
    publish_change(draft, Cause.MOVED_BY_STAFF, former)
