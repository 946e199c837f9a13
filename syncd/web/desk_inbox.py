"""What waits for a person? Requests to sort, open questions with their answers, plain words, and what nobody could read
(O1, O2, N8, A7, A15)."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from syncd.domain.decision import AnswerCode
from syncd.domain.keys import CaseKey, calendar_key, session_key
from syncd.domain.request import RequestKind
from syncd.domain.session import Choice, Question, Session
from syncd.web.desk_person import AtDesk
from syncd.web.desk_request import SORTS, sorted_as
from syncd.web.visit import Foreign, see
from syncd.web.words import say

SHOWN_MAX = 100
TOLD = {"sorted": "It is sorted.", "answered": "Your answer is recorded."}


@dataclass(frozen=True, slots=True)
class Open:
    """One open question, with its subject and what can be pressed."""

    key: CaseKey
    question: Question
    title: str
    sessions: tuple[Session, ...]
    choices: tuple[tuple[Choice, str], ...]


def inbox(at: AtDesk) -> Response:
    views = at.views
    waiting = views.waiting(SHOWN_MAX)
    asked = [*_of_calendars(at), *(open_ for session in waiting for open_ in _of_session(at, session))]
    silent = [session for session in waiting if not any(q.answered is None for q in session.questions)]
    words = views.words(SHOWN_MAX)
    return at.show(
        "desk_inbox.html",
        requests=views.requests_open(SHOWN_MAX),
        asked=sorted(
            asked, key=lambda one: (one.question.due_at is None, one.question.due_at or one.question.asked_at)
        ),
        silent=silent,
        words=words,
        unreadable=views.unreadable(SHOWN_MAX),
        sorts=SORTS,
        press=at.press("inbox"),
        told=TOLD.get(at.visit.query.get("told", ""), ""),
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


def answer(at: AtDesk) -> Response:
    """Any of the staff may answer; the record names who did (N8)."""
    press, form = at.pressed("inbox"), at.visit.form
    key, _, rest = form.get("what", "").partition(" ")
    question_id, _, choice = rest.rpartition(" ")
    if choice not in list(Choice):
        raise Foreign
    if not any(open_.key == key and open_.question.id == question_id for open_ in _all_open(at)):
        return _stale(at)
    door = at.visit.services.door
    answered = door.answer_question(CaseKey(key), question_id, Choice(choice), at.by, f"{press}~{choice}")
    if answered.code is AnswerCode.RECORDED:
        return see("/desk/inbox", told="answered")
    said = say(at.visit.desk, at.visit.when, answered.code, answered.until)
    return at.show("desk_said.html", said.status, said=said, back="/desk/inbox")


def _stale(at: AtDesk) -> Response:
    said = say(at.visit.desk, at.visit.when, AnswerCode.STALE_QUESTION)
    return at.show("desk_said.html", said.status, said=said, back="/desk/inbox")


def _all_open(at: AtDesk) -> list[Open]:
    return [*_of_calendars(at), *(one for session in at.views.waiting(SHOWN_MAX) for one in _of_session(at, session))]


def _of_session(at: AtDesk, session: Session) -> list[Open]:
    key = session_key(session.id)
    return [_open(at, key, question, (session,)) for question in session.questions if question.answered is None]


def _of_calendars(at: AtDesk) -> list[Open]:
    """CAL-7: deletions on hold."""
    found = []
    for state in at.views.calendars([member.calendar_id for member in at.visit.desk.staff]):
        if state.question is not None and state.question.answered is None:
            held = [at.views.session(session_id) for session_id in state.held]
            sessions = tuple(session for session in held if session is not None)
            found.append(_open(at, calendar_key(state.calendar_id), state.question, sessions))
    return found


def _open(at: AtDesk, key: CaseKey, question: Question, sessions: tuple[Session, ...]) -> Open:
    words, kind = at.visit.when.locale, question.kind
    return Open(
        key,
        question,
        words.get(f"staff_headline.question.{kind}", f"A question about {kind.replace('-', ' ')}"),
        sessions,
        tuple((choice, _label(at, kind, choice)) for choice in question.choices),
    )


def _label(at: AtDesk, kind: str, choice: Choice) -> str:
    words = at.visit.when.locale
    plain = choice.replace("-", " ").capitalize()
    return words.get(f"choice.{kind}.{choice}", words.get(f"choice.{choice}", plain))
