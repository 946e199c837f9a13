"""What does a text bring about? Cancel and MOVE until the cutoff, consent, words for staff; and always an answer (C2,
C4, SMS-4 to SMS-9).

A text is judged by the instant of its receipt. What it says of a session that is due (coming, not coming) becomes
evidence of its own, CustomerSaid, as if it had been pressed on the page.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from syncd.domain.attended import CustomerSaid
from syncd.domain.correspondence import ConsentChanged, TextReceived
from syncd.domain.decision import AnswerCode
from syncd.domain.evidence import Evidence
from syncd.domain.keys import contact_key, derived_key
from syncd.domain.letters import Cause, TextLetter
from syncd.domain.people import Side, StaffMember
from syncd.domain.phrases import Wish, read_words
from syncd.domain.session import Choice, Question, QuestionKind, Session, SessionState
from syncd.policy.changes import cancel, not_changeable
from syncd.policy.deadlines import cancel_until, set_at_short_notice, text_until
from syncd.policy.draft import Draft
from syncd.policy.publish import ask_staff
from syncd.policy.texting import mail_instead, reply

SHOWN_MAX = 500
"""Characters of a customer's words that a question shows."""

OPEN_WORDS_MAX = 5
"""Questions about one session's words that stand open at once; what comes then is on the desk's page only."""


def on_text(draft: Draft, evidence: Evidence, text: TextReceived) -> None:
    """One text about this session, from its number or by its code."""
    if draft.session is None or draft.session.booking is None:
        draft.found("SMS-8", "a text about a session that was never booked")
        return
    wish = read_words(text.body, text.media).wish
    if text.carrier in ("in", "out"):
        draft.found("SMS-5", f"the carrier opted the number {text.carrier}")
        consent = ConsentChanged(text.sender, "out" if text.carrier == "out" else "in", "text")
        _tell_contact(draft, consent, evidence.key, evidence.received_at)
    if text.candidates:
        draft.found("SMS-8", "several sessions of this number: nothing changes until one is named")
        _stop(draft, text)
    elif wish in (Wish.CANCEL, Wish.MOVE):
        _change(draft, evidence, text, moving=wish is Wish.MOVE)
    elif text.carrier == "out":
        _stop(draft, text)
    elif text.carrier == "in" and not (wish is Wish.KEEP and _is_asked(draft.live)):
        reply(draft, TextLetter.WELCOME_BACK, text.sender, opted_in=True)
    elif text.carrier == "help":
        draft.found("SMS-5", "the carrier answers HELP itself; staff are shown it")
        _to_staff(draft, QuestionKind.WORDS, text)
    else:
        _say(draft, evidence, text, wish)


def by_text_until(session: Session, draft: Draft) -> datetime:
    """The last instant for a change by text, that instant included; what staff set at short notice can be declined
    until its start by any way (C2, C11)."""
    terms = draft.case.terms
    return cancel_until(session, terms) if set_at_short_notice(session, terms) else text_until(session, terms)


def _change(draft: Draft, evidence: Evidence, text: TextReceived, *, moving: bool) -> None:
    """C2. A number that has just opted out is answered by mail; the calendar mail says that it is cancelled."""
    last = by_text_until(draft.live, draft)
    refused = not_changeable(draft, evidence.received_at, last)
    if refused is not None:
        draft.found("C5" if refused is AnswerCode.TOO_LATE else "C4", f"not accepted: {refused}", until=last)
        draft.answer(evidence, refused, "C2", last if refused is AnswerCode.TOO_LATE else None)
        late = refused is AnswerCode.TOO_LATE
        _answer(draft, text, TextLetter.TOO_LATE if late else TextLetter.NOT_POSSIBLE, last if late else None)
        return
    draft.found("C2", "cancelled in time by text", received_at=evidence.received_at, until=last, by_code=text.by_code)
    cause = Cause.MOVING if moving else Cause.CANCELLED_BY_CUSTOMER
    cancel(draft, evidence.received_at, Side.CUSTOMER, cause, moving=moving)
    draft.answer(evidence, AnswerCode.CANCELLED, "C2", last)
    _answer(draft, text, TextLetter.MOVE if moving else TextLetter.CANCELLED, None)


def _answer(draft: Draft, text: TextReceived, letter: TextLetter, until: datetime | None) -> None:
    if text.carrier == "out":
        mail_instead(draft, letter, text.sender, until=until)
    else:
        reply(draft, letter, text.sender, until=until)


def _stop(draft: Draft, text: TextReceived) -> None:
    """SMS-5: the session stands, and a mail says so and how to cancel it; staff are asked, and until then nobody is
    struck."""
    live = draft.live.state is SessionState.BOOKED
    mail_instead(draft, TextLetter.OPTED_OUT if live else TextLetter.NOT_POSSIBLE, text.sender)
    if live:
        _to_staff(draft, QuestionKind.OPTED_OUT, text)


def _is_asked(session: Session) -> bool:
    return session.attendance.asked_at is not None and session.state is SessionState.BOOKED


def _say(draft: Draft, evidence: Evidence, text: TextReceived, wish: Wish) -> None:
    """Coming or not, when the session is due; before that, "not coming" in other words than C is for a person."""
    session = draft.live
    due = session.state is SessionState.BOOKED and (
        _is_asked(session) or evidence.received_at >= session.starts_at - draft.case.terms.early
    )
    if due:
        _derive_said(draft, evidence, text, wish)
    elif wish is Wish.KEEP and session.state is SessionState.BOOKED:
        draft.found("SMS-7", "they mean to come; it is not due yet")
        reply(draft, TextLetter.KEPT, text.sender)
        return
    if wish in (Wish.OTHER, Wish.LATE, Wish.SKIP) and not (due and wish is not Wish.OTHER):
        _to_staff(draft, QuestionKind.WORDS, text)
        if not due:
            reply(draft, TextLetter.PASSED_ON, text.sender)


def _derive_said(draft: Draft, evidence: Evidence, text: TextReceived, wish: Wish) -> None:
    """The same as a press on the session's page, judged by the same instant (A4)."""
    says = {Wish.KEEP: "keep", Wish.LATE: "late", Wish.SKIP: "not-coming"}.get(wish, "other")
    said = CustomerSaid(says, via="text", number=text.sender)  # type: ignore[arg-type]
    key = derived_key("text", "said", evidence.key)
    draft.derived.append(Evidence(key, "decision", evidence.received_at, said, draft.case.key))
    draft.found("A4", f"the text says: {says}")


def answer_said(draft: Draft, evidence: Evidence, said: CustomerSaid) -> None:
    """The answer to what was said by text, once the rules of attendance have judged it (C4, A4)."""
    session = draft.session
    if said.via != "text" or not said.number or session is None or session.booking is None:
        return
    course = session.attendance
    open_until = course.close_at if course.closed_at is None else None
    refused = any(a.evidence_key == evidence.key and not a.accepted for a in draft.answers)
    if session.state is not SessionState.BOOKED or (refused and said.says != "other"):
        reply(draft, TextLetter.NOT_POSSIBLE, said.number)
    elif said.says == "not-coming":
        reply(draft, TextLetter.FREED, said.number)
    elif said.says == "other":
        reply(draft, TextLetter.PASSED_ON, said.number, until=open_until)
    else:
        reply(draft, TextLetter.KEPT, said.number, until=open_until)


# -- staff -------------------------------------------------------------------------------------------------------------


def _to_staff(draft: Draft, kind: QuestionKind, text: TextReceived) -> None:
    """The customer's words, before whoever holds the session; one press cancels (N8)."""
    session = draft.live
    if sum(1 for q in session.questions if q.kind is kind) >= OPEN_WORDS_MAX:
        draft.found("SMS-7", "several of their texts wait for staff already")
        return
    member = _holder(draft)
    live = session.state is SessionState.BOOKED
    question = Question(
        id=f"{kind}-{draft.now:%Y%m%dT%H%M%S}-{len(session.questions)}",
        kind=kind,
        to=member.id,
        choices=(Choice.LEAVE, Choice.CANCEL) if live else (Choice.LEAVE,),
        asked_at=draft.now,
        repeat_at=draft.now + _repeat_after(draft),
    )
    draft.change(questions=(*session.questions, question))
    shown = text.body[:SHOWN_MAX] + (f" (+{text.media})" if text.media else "")
    ask_staff(draft, question, member, detail=shown)
    draft.found("SMS-5" if kind is QuestionKind.OPTED_OUT else "SMS-7", "staff are asked", to=member.id)


def _repeat_after(draft: Draft) -> timedelta:
    """Near the start the repetition comes in time."""
    near = draft.live.starts_at - draft.now < draft.case.terms.near_start
    return draft.case.terms.near_answer if near else draft.case.terms.question_repeat


def _holder(draft: Draft) -> StaffMember:
    return draft.case.desk.member(draft.live.staff_id) or draft.case.desk.leads()[0]


def on_words_answered(draft: Draft, choice: Choice) -> None:
    """Staff read the words and pressed. What they cancel counts for nobody."""
    if choice is Choice.CANCEL and draft.live.state is SessionState.BOOKED:
        draft.found("SMS-7", "staff took the words for a cancellation")
        cancel(draft, draft.now, Side.STAFF, Cause.CANCELLED_BY_STAFF)


# -- contact -----------------------------------------------------------------------------------------------------------


def _tell_contact(draft: Draft, consent: ConsentChanged, about: str, since: datetime) -> None:
    assert draft.live.booking is not None
    key = derived_key("decision", draft.case.key, consent.kind, consent.consent, about)
    subject = contact_key(draft.live.booking.contact_id)
    draft.derived.append(Evidence(key, "decision", since, consent, subject))
