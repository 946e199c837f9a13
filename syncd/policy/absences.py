"""A staff member is out of office over booked sessions: what does the lead hear, and when? (K12, N8)

All of them are one sheet and one question. It is put at once, to a lead who is not away too; anew where the absence
takes in further sessions; and once more before the first session of those that still wait. What was given away, moved
or cancelled, and what the absence no longer covers, is off the sheet; with the last of them the question is closed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from syncd.domain.absence import Absence, AwaySeen, LeftAlone
from syncd.domain.case import StaffCase
from syncd.domain.decision import AnswerCode, Decision
from syncd.domain.effect import EffectKind, PastSession
from syncd.domain.evidence import CancelRequested, Evidence, StaffAnswered
from syncd.domain.keys import derived_key, session_key
from syncd.domain.letters import StaffLetter
from syncd.domain.people import Side, StaffMember
from syncd.domain.session import Choice, Question, QuestionKind, Session, SessionState
from syncd.policy.making import Making
from syncd.policy.staff_texts import staff_text

LISTED_MAX = 50
"""Sessions that one mail lists; the sheet at the desk has all of them."""


@dataclass(slots=True)
class _Draft(Making[StaffCase]):
    state: Absence


def decide_staff(case: StaffCase, now: datetime) -> Decision:
    """Fold what calendars and the lead say of one staff member, then what follows for the sheet."""
    draft = _Draft(case, now, case.absence or Absence(case.staff_id))
    for evidence in case.fresh:
        match evidence.payload:
            case AwaySeen() as seen:
                _on_away(draft, seen)
            case StaffAnswered() as answered:
                _on_answered(draft, evidence, answered)
            case _:
                draft.found("K12", f"{evidence.payload.kind} says nothing about a staff member")
    _put_before_the_lead(draft)
    return draft.made(draft.state if draft.state != (case.absence or Absence(case.staff_id)) else None)


def open_sessions(absence: Absence, sessions: tuple[Session, ...], now: datetime) -> tuple[Session, ...]:
    """Booked with them, still to begin, within the absence, and not decided about; by start."""
    decided = set(absence.decided)
    return tuple(
        session
        for session in sorted(sessions, key=lambda one: (one.starts_at, one.id))
        if session.state is SessionState.BOOKED
        and session.booking is not None
        and session.staff_id == absence.staff_id
        and session.starts_at > now
        and any(span.overlaps(session.span) for _, span in absence.away)
        and LeftAlone(session.id, session.starts_at) not in decided
    )


def _on_away(draft: _Draft, seen: AwaySeen) -> None:
    others = [(calendar, span) for calendar, span in draft.state.away if calendar != seen.calendar_id]
    draft.state = replace(draft.state, away=(*others, *((seen.calendar_id, span) for span in seen.away)))
    draft.found("K12", f"out of office {len(seen.away)} times by {seen.calendar_id}")


def _on_answered(draft: _Draft, evidence: Evidence, answered: StaffAnswered) -> None:
    question = draft.state.question
    if question is None or question.id != answered.question_id or answered.choice not in question.choices:
        draft.too_late(evidence)
        return
    waiting = _waiting(draft)
    draft.found("K12", f"the lead says of {len(waiting)} sessions: {answered.choice}", by=answered.staff_id)
    if answered.choice is Choice.CANCEL:
        for session in waiting:
            key = derived_key("decision", draft.case.key, question.id, session.id)
            payload = CancelRequested("staff", Side.STAFF, answered.staff_id)
            draft.derived.append(Evidence(key, "decision", draft.now, payload, session_key(session.id)))
    decided = (*draft.state.decided, *(LeftAlone(s.id, s.starts_at) for s in waiting))
    draft.state = replace(draft.state, question=None, decided=decided)
    draft.answer(evidence, AnswerCode.RECORDED, "N8")


def _waiting(draft: _Draft) -> tuple[Session, ...]:
    """Calendars of theirs that are configured no more say nothing of them any more."""
    member = draft.case.desk.member(draft.state.staff_id)
    known = member.calendars if member else ()
    absence = replace(draft.state, away=tuple(each for each in draft.state.away if each[0] in known))
    return open_sessions(absence, draft.case.sessions, draft.now)


def _put_before_the_lead(draft: _Draft) -> None:
    """Asks, reminds, closes."""
    still = {session.id for session in draft.case.sessions}
    draft.state = replace(draft.state, decided=tuple(d for d in draft.state.decided if d.session_id in still))
    waiting = _waiting(draft)
    if not waiting:
        if draft.state.question is not None:
            draft.found("K12", "nothing is left on the sheet")
        draft.state = replace(draft.state, sheet=(), question=None)
        return
    draft.reviews.append(waiting[0].starts_at)
    if draft.state.question is None or not {s.id for s in waiting} <= set(draft.state.sheet):
        _ask(draft, waiting)
    _remind(draft, waiting)


def _ask(draft: _Draft, waiting: tuple[Session, ...]) -> None:
    lead = _lead(draft)
    if lead is None:
        return
    asked = draft.state.asked + 1
    at = _reminder_at(draft, waiting)
    question = Question(
        id=f"absence-{asked}",
        kind=QuestionKind.ABSENCE,
        to=lead.id,
        choices=(Choice.CANCEL, Choice.LEAVE),
        asked_at=draft.now,
        repeat_at=at if at > draft.now else None,  # a moment that has passed reminds nobody
    )
    sheet = tuple(session.id for session in waiting)
    draft.state = replace(draft.state, question=question, asked=asked, sheet=sheet)
    draft.found("K12", f"out of office over {len(waiting)} booked sessions: one sheet before the lead", to=lead.id)
    _tell(draft, question, lead, waiting, repeated=False)


def _reminder_at(draft: _Draft, waiting: tuple[Session, ...]) -> datetime:
    """So long before the first that still waits."""
    return waiting[0].starts_at - draft.case.terms.absence_reminder


def _remind(draft: _Draft, waiting: tuple[Session, ...]) -> None:
    """Once. The first may have been seen to since: then the next one's moment counts."""
    question = draft.state.question
    if question is None or question.repeat_at is None:
        return
    at = _reminder_at(draft, waiting)
    if draft.now < at:
        draft.state = replace(draft.state, question=replace(question, repeat_at=at))
        draft.reviews.append(at)
        return
    asked = replace(question, repeat_at=None)
    draft.state = replace(draft.state, question=asked)
    lead = draft.case.desk.member(question.to)
    if lead is not None:
        draft.found("K12", "the first of the sheet begins soon: the lead is reminded", first=waiting[0].id)
        _tell(draft, asked, lead, waiting, repeated=True)


def _lead(draft: _Draft) -> StaffMember | None:
    """A lead, and not the one who is away where there is another."""
    leads = draft.case.desk.leads()
    return next((lead for lead in leads if lead.id != draft.state.staff_id), next(iter(leads), None))


def _tell(
    draft: _Draft, question: Question, lead: StaffMember, waiting: tuple[Session, ...], *, repeated: bool
) -> None:
    """By mail, and by text where they want it; a reminder is of use until the first begins."""
    member = draft.case.desk.member(draft.state.staff_id)
    name = member.name if member else draft.state.staff_id
    expire_at = waiting[0].starts_at if repeated else None
    body = replace(
        draft.staff_mail(StaffLetter.QUESTION, lead, name),
        question=question,
        repeated=repeated,
        sessions=tuple(
            PastSession(s.id, s.starts_at, s.booking.company_name if s.booking else "") for s in waiting[:LISTED_MAX]
        ),
    )
    draft.put(EffectKind.MAIL_STAFF, f"question:{question.id}", lead.email, body, int(repeated), expire_at=expire_at)
    draft.effects += staff_text(
        draft.case.desk,
        lead,
        question,
        draft.case.key,
        draft.now,
        about=name,
        repeated=repeated,
        ordinal=int(repeated),
        expire_at=waiting[0].starts_at,
    )
