"""What came without a booking: who is told, and what does its writer hear? (O1, N8; spec/invitations.md 4)

The dispatcher is told at once, the deputy if nobody has pressed by then; the writer gets a receipt, or, without a plan
that brings emergencies, the fees and the ways to a session. Nothing is booked; staff press what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

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
from syncd.domain.decision import Answer, AnswerCode, Decision, Finding
from syncd.domain.effect import CustomerMail, Effect, EffectBody, EffectKind, StaffMail, effect_key
from syncd.domain.evidence import Evidence, StaffAnswered
from syncd.domain.letters import Cause, Letter, StaffLetter
from syncd.domain.people import Attendee, StaffMember
from syncd.domain.request import Request, RequestKind
from syncd.domain.session import Choice, Question, QuestionKind
from syncd.policy.unplaced_texts import answer_unplaced

CHOICES = (Choice.EMERGENCY, Choice.CLEARANCE, Choice.RETURN_CALL, Choice.OTHER)
QUESTION = "sort"
SHOWN_MAX = 4_000
"""Characters of the request in the mail to staff; the whole is kept with it."""


@dataclass(slots=True)
class _Draft:
    case: RequestCase
    now: datetime
    request: Request | None
    findings: list[Finding] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    reviews: list[datetime] = field(default_factory=list)

    @property
    def live(self) -> Request:
        assert self.request is not None
        return self.request

    def found(self, rule: str, says: str) -> None:
        self.findings.append(Finding(rule, says))

    def emit(self, kind: EffectKind, name: str, to: str, body: EffectBody, ordinal: int = 0) -> None:
        key = effect_key(f"{kind}:{name}", self.case.key, 0, to, ordinal)
        self.effects.append(Effect(key, kind, self.case.key, 0, "", to, body, self.now, None))


def decide_request(case: RequestCase, now: datetime) -> Decision:
    draft = _Draft(case, now, case.request)
    for evidence in case.fresh:
        _fold(draft, evidence)
    _tell_deputy(draft)
    changed = draft.request if draft.request != case.request else None
    return Decision(
        case.key,
        now,
        tuple(draft.findings),
        changed,
        effects=tuple(draft.effects),
        answers=tuple(draft.answers),
        review_at=min(draft.reviews, default=None),
    )


def _fold(draft: _Draft, evidence: Evidence) -> None:
    match evidence.payload:
        case RequestReceived() as received:
            _on_received(draft, evidence, received)
        case TextReceived() as text:
            _on_text(draft, evidence, text)
        case RequestSorted() as pressed:
            _sort(draft, evidence, pressed.as_kind, pressed.staff_id, pressed.session_id)
        case StaffAnswered() as answered:
            _on_answered(draft, evidence, answered)
        case WordsReceived() as words:
            _on_words(draft, evidence, words)
        case SeenByStaff() as seen:
            draft.found("O2", f"{seen.staff_id} has seen these words")
            draft.answers.append(Answer(evidence.key, AnswerCode.RECORDED, "O2"))
        case AutoReplyReceived() as automatic:
            _list(draft, evidence, automatic.email, automatic.subject)
            draft.found("O1", "an automatic mail: listed, never acted on, never answered")
        case BounceReceived() as bounce:
            _list(draft, evidence, bounce.email, bounce.detail)
            draft.found("O1", f"a mail of ours came back: {bounce.action} {bounce.status}".rstrip())
        case _:
            draft.found("O1", f"{evidence.payload.kind} says nothing about a request")


def _on_received(draft: _Draft, evidence: Evidence, received: RequestReceived) -> None:
    if draft.request is not None:
        draft.found("INV-44", "this request is known")
        return
    case, at = draft.case, evidence.received_at
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
    )
    draft.found("O1", "a request without reference to a booking; nothing is booked")
    dispatcher = _dispatcher(draft)
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


def _on_text(draft: _Draft, evidence: Evidence, text: TextReceived) -> None:
    """A text that fits no one session (SMS-8): it is answered, and stands before staff like any request. Texts of one
    number on one day are one request."""
    if draft.request is None:
        _on_received(draft, evidence, RequestReceived("text", text.sender, text=text.body, answerable=False))
    else:
        draft.request = replace(draft.live, text=f"{draft.live.text}\n{text.body}"[:SHOWN_MAX])
    draft.found("SMS-8", "it fits no one session: nothing changes")
    answer = answer_unplaced(draft.case, evidence, text, draft.now, draft.effects)
    draft.effects += [answer] if answer is not None else []


def _answer_writer(draft: _Draft, received: RequestReceived) -> None:
    """The receipt with its answer-by time; without a plan that brings emergencies, what O1 says instead."""
    case = draft.case
    if not received.answerable or "@" not in received.sender:
        draft.found("O1", "no receipt: a machine, a list, or ourselves")
        return
    if case.lately >= case.terms.answers_per_day:
        draft.found("O1", "no receipt: this address has had enough of them today")
        return
    contact, company = case.contact, case.company
    zone = (contact and contact.zone) or (company and company.zone) or case.desk.zone
    plan = company.plan_on(draft.live.received_at.astimezone(ZoneInfo(zone)).date()) if company else None
    entitled = plan in case.terms.emergency_plans
    letter = Letter.RECEIPT if entitled else Letter.NO_MAINTENANCE
    draft.found("O1", "a receipt with an answer-by time" if entitled else "no plan brings emergencies: the other ways")
    locale = (contact and contact.locale) or case.desk.locale
    to = Attendee(received.sender_name or (contact.name if contact else ""), received.sender, zone, locale)
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
    draft.emit(EffectKind.MAIL_CUSTOMER, letter, to.email, mail)


def _on_answered(draft: _Draft, evidence: Evidence, answered: StaffAnswered) -> None:
    open_ids = {q.id for q in draft.request.questions} if draft.request else set()
    if answered.question_id not in open_ids or answered.choice not in CHOICES:
        draft.found("N8", "the question is no longer open")
        draft.answers.append(Answer(evidence.key, AnswerCode.STALE_QUESTION, "N8"))
        return
    _sort(draft, evidence, RequestKind(answered.choice.value), answered.staff_id, None)


def _sort(draft: _Draft, evidence: Evidence, kind: RequestKind, staff_id: str, session_id: str | None) -> None:
    """A press closes the waiting; a later one corrects it."""
    if draft.request is None:
        draft.found("O1", "there is no such request")
        draft.answers.append(Answer(evidence.key, AnswerCode.STALE_QUESTION, "O1"))
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
    draft.answers.append(Answer(evidence.key, AnswerCode.RECORDED, "O1"))


def _on_words(draft: _Draft, evidence: Evidence, words: WordsReceived) -> None:
    """The writer adds something: staff see it; nothing follows by itself."""
    if draft.request is None:
        _list(draft, evidence, words.email, words.subject)
        return
    member = draft.case.desk.member(draft.live.sorted_by or "") or _dispatcher(draft)
    if member is not None and draft.live.closed_at is None:
        said = sum(1 for e in draft.case.effects if e.letter == StaffLetter.WORDS) + len(draft.effects)
        text = "\n".join(part for part in (words.email, words.claim, words.subject, words.text) if part)
        body = _staff_mail(draft, StaffLetter.WORDS, member, text)
        draft.found("O2", "more words about a request; shown to staff")
        draft.emit(EffectKind.MAIL_STAFF, StaffLetter.WORDS, member.email, body, said)


def _list(draft: _Draft, evidence: Evidence, email: str, subject: str) -> None:
    """What belongs to nothing is still to be seen, as a request that is closed already."""
    if draft.request is None:
        at = evidence.received_at
        kind = RequestKind.OTHER
        draft.request = Request(draft.case.request_id, "mail", email, at, kind, subject=subject, closed_at=at)


def _tell_deputy(draft: _Draft) -> None:
    """O1: once, when nobody has pressed by then. Without a deputy the dispatcher is asked again (N8)."""
    request = draft.request
    question = next((q for q in request.questions if q.repeat_at is not None), None) if request else None
    if request is None or question is None or question.repeat_at is None:
        return
    if draft.now < question.repeat_at:
        draft.reviews.append(question.repeat_at)
        return
    deputy = _deputy(draft) or _dispatcher(draft)
    asked = replace(question, repeat_at=None)
    told = request.told if deputy is None or deputy.id in request.told else (*request.told, deputy.id)
    draft.request = replace(request, questions=(asked,), told=told)
    if deputy is not None:
        draft.found("O1", "nobody has pressed yet: the deputy is told")
        _ask(draft, asked, deputy, repeated=True)


def _dispatcher(draft: _Draft) -> StaffMember | None:
    desk = draft.case.desk
    return desk.member(desk.dispatcher or "") or next(iter(desk.leads()), None)


def _deputy(draft: _Draft) -> StaffMember | None:
    """As configured, else another lead."""
    desk, dispatcher = draft.case.desk, _dispatcher(draft)
    named = desk.member(desk.deputy or "")
    return named or next((lead for lead in desk.leads() if lead != dispatcher), None)


def _ask(draft: _Draft, question: Question, to: StaffMember, *, repeated: bool) -> None:
    request, company = draft.live, draft.case.company
    who = f"{request.sender_name} <{request.sender}>" if request.sender_name else request.sender
    plan = company.plan.value if company and company.plan else "-"
    text = "\n".join(
        p for p in (who, f"{company.name} ({plan})" if company else "", request.subject, request.text) if p
    )
    body = replace(_staff_mail(draft, StaffLetter.QUESTION, to, text), question=question, repeated=repeated)
    draft.emit(EffectKind.MAIL_STAFF, f"question:{question.id}", to.email, body, int(repeated))


def _staff_mail(draft: _Draft, letter: StaffLetter, to: StaffMember, text: str) -> StaffMail:
    return StaffMail(
        letter, to.id, to.name, to.email, to.zone, draft.now, subject_key=draft.case.key, detail=text[:SHOWN_MAX]
    )
