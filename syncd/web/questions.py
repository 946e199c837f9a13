"""What do staff answer? The question behind a signed link: GET shows it, POST answers it (N8, K9, CAL-7, O4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from syncd.domain.decision import AnswerCode, CalendarState
from syncd.domain.keys import CaseKey, CaseKind, split_key
from syncd.domain.people import Company, Contact, StaffMember
from syncd.domain.request import Request
from syncd.domain.session import Choice, Question, QuestionKind, Session
from syncd.engine.requests import RequestDoor
from syncd.policy.account import question_of
from syncd.ports.views import Views
from syncd.web.away import waiting_of
from syncd.web.tokens import TOKEN_CHARS_MAX, new_press, open_press
from syncd.web.visit import Foreign, NotThere, Visit, link, see

MEANS = {
    Choice.CANCEL: "The customer is told, and the time is free again. Nothing counts against them.",
    Choice.RESTORE: "It goes back into the calendar. The customer notices nothing.",
    Choice.BOOK: "The session is booked as a courtesy, and the customer is invited.",
    Choice.LEAVE: "Nothing changes, and nobody is told.",
    Choice.MOVE: "The session moves, and everyone invited is told. Nothing counts against them.",
    Choice.EMERGENCY: "Put a session on your calendar, or pick a gap at the desk.",
    Choice.CLEARANCE: "Someone judges whether this release can be supported.",
    Choice.RETURN_CALL: "They get one call back: the nearest gap is held, and they are told when.",
    Choice.OTHER: "It is closed here; answer it by mail if it needs an answer.",
    Choice.NOBODY: "The customer is asked whether they are coming. The session closes in time; it may count as missed.",
    Choice.ONLINE: "The session counts as attended.",
    Choice.PHONE: "The session counts as attended.",
    Choice.UNPLACED: "Nothing counts against anybody; what it came to is asked afterwards.",
    Choice.ATTENDED: "It is recorded so, and whatever followed from another outcome is withdrawn and told.",
    Choice.EXCUSED: "It is recorded so; nothing counts against the customer.",
    Choice.NO_SHOW: "It is recorded as missed, with all that follows from it. The customer is told, and can object.",
    Choice.DONE: "It is recorded, and nothing follows.",
    Choice.SESSION: "The customer is sent to the booking page, and the request waits at the desk again.",
    Choice.NOT_REACHED: "The customer is sent to the booking page: a return call is tried once.",
    Choice.TAKEN: "The others see that somebody is on it.",
    Choice.UPHOLD: "The session is excused, and whatever followed from it is withdrawn and told.",
    Choice.REJECT: "What was recorded stands, and the customer is told so.",
    Choice.SUSPEND: "The contact is told until when, and how to lift it. The company gets one strike.",
    Choice.REINSTATE: "The contact is told, and can book free sessions again at once.",
    Choice.BLOCK: "The company books nothing until a person lifts the block.",
}

MEANS_HERE = {
    (QuestionKind.SECOND_NO_SHOW, Choice.LEAVE): "The contact is told what a further missed session means.",
    (
        QuestionKind.COUNTER,
        Choice.LEAVE,
    ): "The session stands, and the customer's calendar is told that the proposal is declined.",
    (QuestionKind.ABSENCE, Choice.CANCEL): "Each customer is told, and nothing counts against them.",
    (QuestionKind.ABSENCE, Choice.LEAVE): "The sessions stand with who is away. You are not asked about them again.",
    (QuestionKind.FEE, Choice.LEAVE): "Nothing changes here. What becomes of the money you settle with the customer.",
}


@dataclass(frozen=True)
class Asked:
    """One question as its link names it. `question` is None once it is no longer open; `sessions` it is about."""

    visit: Visit
    key: CaseKey
    question_id: str
    member: StaffMember
    question: Question | None
    sessions: tuple[Session, ...]
    request: Request | None = None

    @staticmethod
    def of(visit: Visit) -> Asked:
        token = visit.path["token"]
        parts = visit.services.keys.open("question", token) if len(token) <= TOKEN_CHARS_MAX else None
        if parts is None or len(parts) != 3:
            raise NotThere
        key, question_id, staff_id = CaseKey(parts[0]), parts[1], parts[2]
        member = visit.desk.member(staff_id)
        if member is None:
            raise NotThere
        questions, sessions = _what_is_open(visit.services.views, key, visit.now)
        question = next((q for q in questions if q.id == question_id and q.answered is None), None)
        request = _request(visit.services.views, key)
        if request is not None:
            question = next((q for q in request.questions if q.id == question_id), None)
        return Asked(visit.in_zone(member.zone), key, question_id, member, question, sessions, request)

    @property
    def subject(self) -> str:
        return f"{self.key} {self.question_id} {self.member.id}"

    @property
    def choices(self) -> list[Choice]:
        """What can be answered; the one whose link in the mail was followed comes first."""
        found = list(self.question.choices) if self.question else []
        return sorted(found, key=lambda choice: choice != self.visit.query.get("choice"))

    @property
    def said(self) -> list[str]:
        """The request that it is about, as its writer put it; or the time that a customer proposes."""
        request, question, when = self.request, self.question, self.visit.when
        if request is not None:
            who = f"{request.sender_name} <{request.sender}>" if request.sender_name else request.sender
            return [who, *([request.subject] if request.subject else []), request.text]
        if question is not None and question.proposed is not None:
            span = question.proposed
            return [f"{question.by}: {when.date(span.starts_at)}, {when.span(span.starts_at, span.ends_at)}"]
        return []

    @property
    def sheet(self) -> str:
        """Where each of the sessions can be given away or moved, behind the sign-in (K12)."""
        if self.question is None or self.question.kind is not QuestionKind.ABSENCE:
            return ""
        return link("/desk/absences", staff=split_key(self.key)[1])

    def label(self, choice: Choice) -> str:
        """As the mail words it."""
        kind = self.question.kind if self.question else ""
        return self.visit.when.locale.first(f"choice.{kind}.{choice}", f"choice.{choice}")

    def show(self, template: str, status: int = 200, **values: object) -> Response:
        return self.visit.show(template, status, asked=self, question=self.question, sessions=self.sessions, **values)


def question_page(visit: Visit) -> Response:
    asked = Asked.of(visit)
    if visit.posted:
        return _answer(asked)
    if asked.question is None:
        return asked.show("question_settled.html", chosen=_chosen(asked))
    kind, words = asked.question.kind, asked.visit.when.locale
    return asked.show(
        "question.html",
        title=words.say(f"staff_headline.question.{kind}"),
        lead=words.say(f"staff_lead.question.{kind}"),
        choices=[(choice, asked.label(choice), means(asked.question, choice)) for choice in asked.choices],
        said=asked.said,
        press=new_press(visit.services.keys, "answer", asked.subject),
    )


def means(question: Question, choice: Choice) -> str:
    """What follows from that answer, in words for staff."""
    return MEANS_HERE.get((question.kind, choice), MEANS[choice])


def _answer(asked: Asked) -> Response:
    visit = asked.visit
    press = open_press(visit.services.keys, visit.form.get("press", ""), "answer", asked.subject)
    choice = visit.form.get("choice", "")
    if press is None or choice not in list(Choice):
        raise Foreign
    door = visit.services.door
    answer = door.answer_question(asked.key, asked.question_id, Choice(choice), asked.member.id, press)
    if answer.code is AnswerCode.RECORDED:
        if asked.request is not None and choice == Choice.RETURN_CALL:
            # The nearest gap; where there is none, the request stays open at the desk.
            RequestDoor(door).plan_call(asked.request.id, press, asked.member.id)
        return see(visit.here, answered=choice)
    return asked.show("question_settled.html", 409, chosen=None)


def _chosen(asked: Asked) -> str | None:
    """What the visitor has just answered, to say so after the redirect."""
    choice = asked.visit.query.get("answered", "")
    return asked.visit.when.locale.say(f"choice.{choice}") if choice in list(Choice) else None


def _what_is_open(views: Views, key: CaseKey, now: datetime) -> tuple[tuple[Question, ...], tuple[Session, ...]]:
    """The open questions of a subject, and the sessions they are about."""
    try:
        kind, subject_id = split_key(key)
    except ValueError:
        return (), ()
    if kind is CaseKind.SESSION:
        session = views.session(subject_id)
        return (session.questions, (session,)) if session else ((), ())
    if kind is CaseKind.STAFF:
        return _sheet(views, subject_id, now)
    if kind is CaseKind.CALENDAR:
        state = _calendar_state(views, key)
        held = [views.session(session_id) for session_id in state.held] if state else []
        return (state.question,) if state and state.question else (), tuple(s for s in held if s is not None)
    owner: Contact | Company | None = None
    if kind is CaseKind.CONTACT:
        owner = views.contact(subject_id)
    elif kind is CaseKind.COMPANY:
        owner = views.company(subject_id)
    matters = owner.matters if owner is not None else ()
    named = [views.session(session_id) for matter in matters for session_id in matter.sessions]
    return tuple(question_of(matter) for matter in matters), tuple(s for s in named if s is not None)


def _sheet(views: Views, staff_id: str, now: datetime) -> tuple[tuple[Question, ...], tuple[Session, ...]]:
    """K12: those of which nobody has said what becomes."""
    absence = next(iter(views.absences([staff_id])), None)
    if absence is None or absence.question is None:
        return (), ()
    waiting = waiting_of(views, absence, now)
    return (absence.question,) if waiting else (), waiting


def _request(views: Views, key: CaseKey) -> Request | None:
    """The request of that key; None for a key of another kind."""
    kind, _, subject_id = key.partition(":")
    return views.request(subject_id) if kind == CaseKind.REQUEST and subject_id else None


def _calendar_state(views: Views, key: CaseKey) -> CalendarState | None:
    """The calendar's latest state, as its decisions tell it."""
    story = views.explain(key)
    states = (row.decision.state for row in reversed(story.decisions)) if story else iter(())
    return next((state for state in states if isinstance(state, CalendarState)), None)
