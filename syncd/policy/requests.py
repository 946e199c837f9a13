"""What came without a booking: who is told, and what does its writer hear? (O1, N8; spec/invitations.md 4)

The dispatcher is told at once, the deputy if nobody has pressed by then; the writer gets a receipt, or, without a plan
that brings emergencies, the fees and the ways to a session. Nothing is booked; staff press what it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.domain.calling import ClearancePressed, RequestMissed, RequestServed
from syncd.domain.case import RequestCase
from syncd.domain.correspondence import (
    AutoReplyReceived,
    BounceReceived,
    RequestReceived,
    RequestSorted,
    SeenByStaff,
    TextReceived,
    WordsReceived,
)
from syncd.domain.decision import AnswerCode, Decision
from syncd.domain.effect import CustomerMail, EffectKind
from syncd.domain.evidence import Evidence, StaffAnswered
from syncd.domain.letters import Cause, Letter, StaffLetter
from syncd.domain.people import StaffMember
from syncd.domain.request import Request, RequestKind
from syncd.domain.session import Choice, Question, QuestionKind
from syncd.policy.calls import may_be_called
from syncd.policy.request_draft import (
    SHOWN_MAX,
    RequestDraft,
    deputy_of,
    dispatcher_of,
    summary_of,
    writer_of,
)
from syncd.policy.served import on_clearance, on_missed, on_served
from syncd.policy.staff_texts import staff_text
from syncd.policy.unplaced_texts import answer_unplaced

CHOICES = (Choice.EMERGENCY, Choice.CLEARANCE, Choice.RETURN_CALL, Choice.OTHER)
QUESTION = "sort"
HELD_WITHIN = timedelta(minutes=2)
"""So long after a form asked to be called, a person looks for a gap."""
PRESSED = ("form", "staff")
"""Channels on which somebody waits for the answer to a press."""


def decide_request(case: RequestCase, now: datetime) -> Decision:
    draft = RequestDraft(case, now, case.request)
    for evidence in case.fresh:
        _fold(draft, evidence)
    _tell_deputy(draft)
    return draft.made(draft.request if draft.request != case.request else None)


def _fold(draft: RequestDraft, evidence: Evidence) -> None:
    match evidence.payload:
        case RequestReceived() as received:
            _on_received(draft, evidence, received)
        case TextReceived() as text:
            _on_text(draft, evidence, text)
        case RequestSorted() as pressed:
            _sort(draft, evidence, pressed.as_kind, pressed.staff_id, pressed.session_id)
        case StaffAnswered() as answered:
            _on_answered(draft, evidence, answered)
        case RequestServed() as served:
            on_served(draft, evidence, served)
        case RequestMissed() as missed:
            on_missed(draft, missed)
        case ClearancePressed() as pressed_clear:
            on_clearance(draft, evidence, pressed_clear)
        case WordsReceived() as words:
            _on_words(draft, evidence, words)
        case SeenByStaff() as seen:
            draft.found("O2", f"{seen.staff_id} has seen these words")
            draft.answer(evidence, AnswerCode.RECORDED, "O2")
        case AutoReplyReceived() as automatic:
            _list(draft, evidence, automatic.email, automatic.subject)
            draft.found("O1", "an automatic mail: listed, never acted on, never answered")
        case BounceReceived() as bounce:
            _list(draft, evidence, bounce.email, bounce.detail)
            draft.found("O1", f"a mail of ours came back: {bounce.action} {bounce.status}".rstrip())
        case _:
            draft.found("O1", f"{evidence.payload.kind} says nothing about a request")


def _on_received(draft: RequestDraft, evidence: Evidence, received: RequestReceived) -> None:
    if draft.request is not None:
        draft.found("INV-44", "this request is known")
        if received.channel in PRESSED:
            draft.answer(evidence, AnswerCode.RECORDED, "O3")
        return
    case, at = draft.case, evidence.received_at
    if received.channel == "form" and not _may_ask(draft, evidence, received):
        return
    draft.request = Request(
        id=case.request_id,
        channel=received.channel,
        sender=received.sender,
        received_at=at,
        sender_name=received.sender_name,
        subject=received.subject,
        text=received.text,
        company_id=received.company_id,
        contact_id=received.contact_id,
        answer_by=at + case.terms.answer_by,
        kind=received.as_kind,
        phone=received.phone,
        zone=received.zone,
        locale=received.locale,
        sorted_at=at if received.as_kind is not RequestKind.UNSORTED else None,
        sorted_by=received.by or None,
    )
    if received.channel in PRESSED:
        draft.answer(evidence, AnswerCode.RECORDED, "O3")
    if received.as_kind is not RequestKind.UNSORTED:
        _watch(draft, received)
        return
    draft.found("O1", "a request without reference to a booking; nothing is booked")
    dispatcher = dispatcher_of(draft)
    if dispatcher is not None:
        question = Question(
            id=QUESTION,
            kind=QuestionKind.REQUEST,
            to=dispatcher.id,
            choices=CHOICES,
            asked_at=draft.now,
            repeat_at=draft.now + case.terms.deputy_after,
        )
        draft.request = replace(draft.live, told=(dispatcher.id,), questions=(question,))
        draft.found("O1", "the dispatcher is told at once")
        _ask(draft, question, dispatcher, repeated=False)
    if received.channel == "mail":
        _answer_writer(draft, received)


def _on_text(draft: RequestDraft, evidence: Evidence, text: TextReceived) -> None:
    """A text that fits no one session (SMS-8): it is answered, and stands before staff like any request. Texts of one
    number on one day are one request."""
    if draft.request is None:
        _on_received(draft, evidence, RequestReceived("text", text.sender, text=text.body, answerable=False))
    else:
        draft.request = replace(draft.live, text=f"{draft.live.text}\n{text.body}"[:SHOWN_MAX])
    draft.found("SMS-8", "it fits no one session: nothing changes")
    answer = answer_unplaced(draft.case, evidence, text, draft.now, draft.effects)
    draft.effects += [answer] if answer is not None else []


def _watch(draft: RequestDraft, received: RequestReceived) -> None:
    """What is sorted from the start: syncd looks for a gap at once; where none is held soon, the dispatcher is told."""
    dispatcher = dispatcher_of(draft)
    draft.found("O3", f"sorted from the start: {received.as_kind}")
    if dispatcher is not None:
        soon = draft.now + HELD_WITHIN
        question = Question(QUESTION, QuestionKind.REQUEST, dispatcher.id, CHOICES, draft.now, soon)
        draft.request = replace(draft.live, questions=(question,))


def _may_ask(draft: RequestDraft, evidence: Evidence, received: RequestReceived) -> bool:
    """A form asks to be called back: whose plan brings it (O3, E3)."""
    case = draft.case
    zone = (case.contact and case.contact.zone) or received.zone or case.desk.zone
    refused = may_be_called(case.company, case.terms, evidence.received_at, zone)
    if refused is not None:
        draft.found(refused.rule, refused.says)
        draft.answer(evidence, refused.code, refused.rule)
    return refused is None


def _answer_writer(draft: RequestDraft, received: RequestReceived) -> None:
    """The receipt with its answer-by time; without a plan that brings emergencies, what O1 says instead."""
    case = draft.case
    if not received.answerable or "@" not in received.sender:
        draft.found("O1", "no receipt: a machine, a list, or ourselves")
        return
    if case.lately >= case.terms.answers_per_day:
        draft.found("O1", "no receipt: this address has had enough of them today")
        return
    company, to = case.company, writer_of(draft, draft.live)
    plan = company.plan_on(draft.live.received_at.astimezone(ZoneInfo(to.zone)).date()) if company else None
    entitled = plan in case.terms.emergency_plans
    letter = Letter.RECEIPT if entitled else Letter.NO_MAINTENANCE
    draft.found("O1", "a receipt with an answer-by time" if entitled else "no plan brings emergencies: the other ways")
    mail = CustomerMail(
        letter,
        Cause.ASKED,
        to,
        None,
        draft.now,
        request_id=draft.live.id,
        about=received.subject,
        answer_by=draft.live.answer_by if entitled else None,
    )
    draft.put(EffectKind.MAIL_CUSTOMER, letter, to.email, mail)


def _on_answered(draft: RequestDraft, evidence: Evidence, answered: StaffAnswered) -> None:
    open_ids = {q.id for q in draft.request.questions} if draft.request else set()
    if answered.question_id not in open_ids or answered.choice not in CHOICES:
        draft.too_late(evidence)
        return
    _sort(draft, evidence, RequestKind(answered.choice.value), answered.staff_id, None)


def _sort(draft: RequestDraft, evidence: Evidence, kind: RequestKind, staff_id: str, session_id: str | None) -> None:
    """A press closes the waiting; a later one corrects it."""
    if draft.request is None:
        draft.found("O1", "there is no such request")
        draft.answer(evidence, AnswerCode.STALE_QUESTION, "O1")
        return
    request = draft.request
    draft.request = replace(
        request,
        kind=kind,
        sorted_at=evidence.received_at,
        sorted_by=staff_id,
        session_id=session_id or request.session_id,
        questions=(),
        closed_at=evidence.received_at if kind is RequestKind.OTHER or session_id else None,
    )
    draft.found("O1", f"staff say what it is: {kind}")
    draft.answer(evidence, AnswerCode.RECORDED, "O1")


def _on_words(draft: RequestDraft, evidence: Evidence, words: WordsReceived) -> None:
    """The writer adds something: staff see it; nothing follows by itself."""
    if draft.request is None:
        _list(draft, evidence, words.email, words.subject)
        return
    member = draft.case.desk.member(draft.live.sorted_by or "") or dispatcher_of(draft)
    if member is not None and draft.live.closed_at is None:
        said = sum(1 for e in draft.case.effects if e.letter == StaffLetter.WORDS) + len(draft.effects)
        text = "\n".join(part for part in (words.email, words.claim, words.subject, words.text) if part)
        body = draft.staff_mail(StaffLetter.WORDS, member, text[:SHOWN_MAX])
        draft.found("O2", "more words about a request; shown to staff")
        draft.put(EffectKind.MAIL_STAFF, StaffLetter.WORDS, member.email, body, said)


def _list(draft: RequestDraft, evidence: Evidence, email: str, subject: str) -> None:
    """What belongs to nothing is still to be seen, as a request that is closed already."""
    if draft.request is None:
        at = evidence.received_at
        kind = RequestKind.OTHER
        draft.request = Request(draft.case.request_id, "mail", email, at, kind, subject=subject, closed_at=at)


def _tell_deputy(draft: RequestDraft) -> None:
    """O1: once, when nobody has pressed by then. Without a deputy the dispatcher is asked again (N8)."""
    request = draft.request
    question = next((q for q in request.questions if q.repeat_at is not None), None) if request else None
    if request is None or question is None or question.repeat_at is None:
        return
    if draft.now < question.repeat_at:
        draft.reviews.append(question.repeat_at)
        return
    first = not request.told
    deputy = dispatcher_of(draft) if first else deputy_of(draft) or dispatcher_of(draft)
    asked = replace(question, repeat_at=draft.now + draft.case.terms.deputy_after if first else None)
    if asked.repeat_at is not None:
        draft.reviews.append(asked.repeat_at)
    told = request.told if deputy is None or deputy.id in request.told else (*request.told, deputy.id)
    draft.request = replace(request, questions=(asked,), told=told)
    if deputy is not None:
        draft.found("O1", "no gap is held yet: told" if first else "nobody has pressed yet: the deputy is told")
        _ask(draft, asked, deputy, repeated=not first)


def _ask(draft: RequestDraft, question: Question, to: StaffMember, *, repeated: bool) -> None:
    mail = draft.staff_mail(StaffLetter.QUESTION, to, summary_of(draft))
    body = replace(mail, question=question, repeated=repeated)
    draft.put(EffectKind.MAIL_STAFF, f"question:{question.id}", to.email, body, int(repeated))
    about, subject = draft.live.sender_name or draft.live.sender, draft.case.key
    draft.effects += staff_text(
        draft.case.desk, to, question, subject, draft.now, about=about, repeated=repeated, ordinal=int(repeated)
    )
