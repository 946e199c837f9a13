"""What waits for a person? Requests to sort, open questions with their answers, plain words, and what nobody could read
(O1, O2, N8, A7, A15, S1, S7, C8, INV-43).

Any of the staff answers for a session, and whoever did stands in the record; what goes for or against a contact or a
company takes a lead.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.keys import (
    CaseKey,
    calendar_key,
    company_key,
    contact_key,
    session_key,
    split_key,
    staff_key,
)
from syncd.domain.people import Company, Contact
from syncd.domain.request import RequestKind
from syncd.domain.session import Choice, Question, QuestionKind, Session
from syncd.policy.account import question_of
from syncd.web.away import waiting_of
from syncd.web.desk_person import LEADS_ONLY, AtDesk
from syncd.web.desk_request import SORTS, sorted_as
from syncd.web.forms import Inspection
from syncd.web.questions import means
from syncd.web.visit import Foreign, see
from syncd.web.words import say

SHOWN_MAX = 100
REASON_MAX = 500
TOLD = {
    "sorted": "It is sorted.",
    "answered": "Your answer is recorded.",
    "seen": "It is done, and the record says by whom.",
}


@dataclass(frozen=True, slots=True)
class Open:
    """One open question, with its subject and what can be pressed: (choice, its label, what it means). `owner`: the
    contact or company that it is about, where it is about one."""

    key: CaseKey
    question: Question
    title: str
    sessions: tuple[Session, ...]
    choices: tuple[tuple[Choice, str, str], ...]
    asked_of: str
    detail: str = ""
    owner: Contact | Company | None = None

    @property
    def lead_only(self) -> bool:
        """What goes for or against a contact or a company (S1, S7, C8), and a colleague's day (K12)."""
        return self.owner is not None or self.question.kind is QuestionKind.ABSENCE

    @property
    def sheet(self) -> str:
        return f"/desk/absences?staff={split_key(self.key)[1]}" if self.question.kind is QuestionKind.ABSENCE else ""

    @property
    def where(self) -> str:
        """The owner's page at the desk."""
        kind = "companies" if isinstance(self.owner, Company) else "contacts"
        return f"/desk/{kind}/{self.owner.id}" if self.owner else ""


def inbox(at: AtDesk) -> Response:
    return _page(at)


def _page(at: AtDesk, status: int = 200, **values: object) -> Response:
    views = at.views
    shown: dict[str, object] = {"mistakes": (), "typed": {}} | values
    waiting = views.waiting(SHOWN_MAX)
    of_sessions = (one for session in waiting for one in _of_session(at, session))
    asked = [*_of_absences(at), *_of_calendars(at), *_of_owners(at), *of_sessions]
    silent = [session for session in waiting if not any(q.answered is None for q in session.questions)]
    words = views.words(SHOWN_MAX)
    return at.show(
        "desk_inbox.html",
        status,
        requests=views.requests_open(SHOWN_MAX),
        asked=sorted(
            asked, key=lambda one: (one.question.due_at is None, one.question.due_at or one.question.asked_at)
        ),
        silent=silent,
        words=[(one, split_key(one.subject)) for one in words if one.subject],
        unreadable=views.unreadable(SHOWN_MAX),
        sorts=SORTS,
        press=at.press("inbox"),
        told=TOLD.get(at.visit.query.get("told", ""), ""),
        **shown,
    )


def sort(at: AtDesk) -> Response:
    press, form = at.pressed("inbox"), at.visit.form
    request_id, _, kind = form.get("what", "").partition(" ")
    known = {request.id for request in at.views.requests_open(SHOWN_MAX)}
    if kind not in {each for each, _ in SORTS}:
        raise Foreign
    if request_id not in known:
        return _stale(at)
    return sorted_as(at, request_id, RequestKind(kind), press)


def seen(at: AtDesk) -> Response:
    """POST: done with plain words, or, with a reason, with what nobody could read."""
    at.pressed("inbox")
    about, found = at.visit.form.get("about", ""), Inspection()
    words = next((one for one in at.views.words(SHOWN_MAX) if one.key == about), None)
    unread = next((one for one in at.views.unreadable(SHOWN_MAX) if one.key == about), None)
    if words is not None and words.subject is not None:
        answer = at.door.seen(words.subject, about, at.by)
        return see("/desk/inbox", told="seen") if answer.accepted else _said(at, answer)
    if unread is None:
        return see("/desk/inbox", told="seen")  # somebody was quicker
    typed = at.visit.form.get("reason", "")
    reason = found.line("reason", typed, "The reason", REASON_MAX, "Say why it needs no reading: the record keeps it.")
    if found.mistakes:
        return _page(at, 422, mistakes=found.mistakes, typed={"about": about, "reason": typed})
    answer = at.door.seen(calendar_key(unread.source), about, at.by, reason)
    return see("/desk/inbox", told="seen") if answer.accepted else _said(at, answer)


def answer(at: AtDesk) -> Response:
    """Any of the staff may answer; the record names who did (N8)."""
    press, form = at.pressed("inbox"), at.visit.form
    key, _, rest = form.get("what", "").partition(" ")
    question_id, _, choice = rest.rpartition(" ")
    if choice not in list(Choice):
        raise Foreign
    meant = next((one for one in _all_open(at) if one.key == key and one.question.id == question_id), None)
    if meant is None:
        return _stale(at)
    if meant.lead_only and not at.is_lead:
        return at.show("desk_said.html", 403, said=LEADS_ONLY, back="/desk/inbox")
    door = at.visit.services.door
    answered = door.answer_question(CaseKey(key), question_id, Choice(choice), at.by, f"{press}~{choice}")
    if answered.code is AnswerCode.RECORDED:
        return see("/desk/inbox", told="answered")
    return _said(at, answered)


def _stale(at: AtDesk) -> Response:
    return _said(at, Answer("", AnswerCode.STALE_QUESTION, "N8"))


def _said(at: AtDesk, answer: Answer) -> Response:
    said = say(at.visit.desk, at.visit.when, answer.code, answer.until)
    return at.show("desk_said.html", said.status, said=said, back="/desk/inbox")


def _all_open(at: AtDesk) -> list[Open]:
    of_sessions = (one for session in at.views.waiting(SHOWN_MAX) for one in _of_session(at, session))
    return [*_of_absences(at), *_of_calendars(at), *_of_owners(at), *of_sessions]


def _of_session(at: AtDesk, session: Session) -> list[Open]:
    key = session_key(session.id)
    return [_open(at, key, question, (session,)) for question in session.questions if question.answered is None]


def _of_owners(at: AtDesk) -> list[Open]:
    """A second no-show (S1), a payment (S7), many same-day changes (C8): each is a matter of one ledger."""
    found = []
    for owner in at.views.with_matters(SHOWN_MAX):
        key = company_key(owner.id) if isinstance(owner, Company) else contact_key(owner.id)
        for matter in owner.matters:
            named = [at.views.session(session_id) for session_id in matter.sessions]
            sessions = tuple(session for session in named if session is not None)
            found.append(_open(at, key, question_of(matter), sessions, matter.detail, owner))
    return found


def _of_absences(at: AtDesk) -> list[Open]:
    """K12: sessions of who is out of office, of which nobody has said what becomes."""
    found = []
    for absence in at.views.absences([member.id for member in at.visit.desk.staff]):
        waiting = waiting_of(at.views, absence, at.visit.now)
        if absence.question is not None and waiting:
            member = at.visit.desk.member(absence.staff_id)
            detail = f"{member.name} is out of office." if member else ""
            found.append(_open(at, staff_key(absence.staff_id), absence.question, waiting, detail))
    return found


def _of_calendars(at: AtDesk) -> list[Open]:
    """CAL-7: deletions on hold."""
    found = []
    for state in at.views.calendars([member.calendar_id for member in at.visit.desk.staff]):
        if state.question is not None and state.question.answered is None:
            held = [at.views.session(session_id) for session_id in state.held]
            sessions = tuple(session for session in held if session is not None)
            found.append(_open(at, calendar_key(state.calendar_id), state.question, sessions))
    return found


def _open(
    at: AtDesk,
    key: CaseKey,
    question: Question,
    sessions: tuple[Session, ...],
    detail: str = "",
    owner: Contact | Company | None = None,
) -> Open:
    words, kind = at.visit.when.locale, question.kind
    member = at.visit.desk.member(question.to)
    return Open(
        key,
        question,
        words.say(f"staff_headline.question.{kind}"),
        sessions,
        tuple((choice, _label(at, kind, choice), means(question, choice)) for choice in question.choices),
        member.name if member else question.to,
        detail,
        owner,
    )


def _label(at: AtDesk, kind: str, choice: Choice) -> str:
    return at.visit.when.locale.first(f"choice.{kind}.{choice}", f"choice.{choice}")
