"""What can staff see and do about one session? Facts, who was there, the outcome and why; and what can be pressed.

Decide, excuse or take back an outcome with a reason, and a second press where it goes against the customer (A10); let
it begin later (K13), give it to a colleague (K11), cancel it, note something down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from syncd.domain.attendance import Outcome
from syncd.domain.attended import NoteWritten
from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.keys import session_key, short_code
from syncd.domain.session import Session, SessionState
from syncd.domain.terms import Terms
from syncd.policy.facts import facts_of
from syncd.policy.gaps import type_of
from syncd.web.desk_course import Course, course_of, outcome_words
from syncd.web.desk_person import AtDesk
from syncd.web.desk_story import chapters
from syncd.web.forms import Inspection
from syncd.web.visit import NotThere, see
from syncd.web.words import say

REASON_MAX = 500
NOTE_MAX = 2000
SHIFTS = (5, 10, 15, 20, 30)
STATES = (SessionState.BOOKED, SessionState.CANCELLED, SessionState.ENDED)
OUTCOMES = (
    (Outcome.ATTENDED, "Attended"),
    (Outcome.EXCUSED, "Excused: counts against nobody"),
    (Outcome.NO_SHOW, "No-show"),
)
TOLD = {
    "outcome": "The outcome is recorded.",
    "shift": "Recorded: it begins later. The customer is told.",
    "give": "It is given to your colleague. The customer is told.",
    "cancel": "It is cancelled. The customer is told, and nothing counts against them.",
    "note": "The note is kept.",
}


@dataclass(frozen=True)
class Sheet:
    """One session as staff see it."""

    at: AtDesk
    session: Session
    terms: Terms
    course: Course

    @staticmethod
    def of(at: AtDesk) -> Sheet:
        views = at.views
        session = views.session(at.visit.path["id"])
        if session is None or session.booking is None or session.state not in STATES:
            raise NotThere
        terms = views.terms(session.terms_id)
        evidence = views.seen_in([session.id]).get(session.id, ())
        return Sheet(at, session, terms, course_of(session, evidence, at.visit.desk, terms, at.visit.now))

    @property
    def path(self) -> str:
        return f"/desk/s/{self.session.id}"

    @property
    def may_decide(self) -> bool:
        opened = self.at.visit.now >= self.session.starts_at - self.terms.early
        if self.session.call is not None:
            return False  # what a call came to is said at its request (O3)
        return opened and self.session.state is not SessionState.CANCELLED and self.at.may_speak_for(self.session)

    @property
    def may_change(self) -> bool:
        return self.session.state is SessionState.BOOKED and self.at.visit.now < self.session.ends_at

    def press(self, act: str) -> str:
        return self.at.press(act, self.session.id)

    def pressed(self, act: str) -> str:
        return self.at.pressed(act, self.session.id)

    def refused(self, answer: Answer) -> Response:
        said = say(self.at.visit.desk, self.at.visit.when, answer.code, answer.until)
        return self.at.show("desk_said.html", said.status, said=said, back=self.path)

    def done(self, answer: Answer, act: str) -> Response:
        return see(self.path, told=act) if answer.accepted else self.refused(answer)


def session_page(at: AtDesk) -> Response:
    return _page(Sheet.of(at))


def decide(at: AtDesk) -> Response:
    """POST only. What goes against the customer is asked once more, with everything that was typed."""
    sheet = Sheet.of(at)
    press, form = sheet.pressed("outcome"), at.visit.form
    found = Inspection()
    reason = found.line("reason", form.get("reason", ""), "The reason", REASON_MAX, "Say why: the record keeps it.")
    chosen = form.get("outcome", "")
    if chosen not in list(Outcome):
        found.wrong("outcome", "Choose what it came to.")
    if found.mistakes:
        return _page(sheet, 422, mistakes=found.mistakes, typed=form)
    if not at.may_speak_for(sheet.session):
        return sheet.refused(Answer("", AnswerCode.NEEDS_LEAD, "A10"))
    outcome, confirmed = Outcome(chosen), form.get("confirmed") == "yes"
    act = f"{press}~{outcome}~{confirmed}"
    door = at.visit.services.door
    answer = door.decide_outcome(sheet.session.id, outcome, at.by, reason, act, lead=at.is_lead, confirmed=confirmed)
    if answer.code is AnswerCode.NEEDS_SECOND_PRESS:
        return at.show(
            "desk_outcome_sure.html", sheet=sheet, session=sheet.session, reason=reason, press=sheet.press("outcome")
        )
    return sheet.done(answer, "outcome")


def shift(at: AtDesk) -> Response:
    sheet = Sheet.of(at)
    press, minutes = sheet.pressed("shift"), at.visit.form.get("minutes", "")
    if minutes not in {str(each) for each in SHIFTS}:
        raise NotThere
    if not at.may_speak_for(sheet.session):
        return sheet.refused(Answer("", AnswerCode.NEEDS_LEAD, "K13"))
    answer = at.visit.services.door.shift(sheet.session.id, timedelta(minutes=int(minutes)), at.by, press)
    return sheet.done(answer, "shift")


def give(at: AtDesk) -> Response:
    """K11: whoever holds it, or a lead, gives it away; the engine asks the colleague's calendar first."""
    sheet = Sheet.of(at)
    press, staff_id = sheet.pressed("give"), at.visit.form.get("staff", "")
    return _changed(
        sheet, "give", lambda: at.door.reassign(sheet.session.id, f"{press}~{staff_id}", staff_id, None, at.by)
    )


def cancel(at: AtDesk) -> Response:
    sheet = Sheet.of(at)
    if not at.visit.posted:
        return at.show("desk_cancel.html", sheet=sheet, session=sheet.session, press=sheet.press("cancel"))
    press = sheet.pressed("cancel")
    return _changed(sheet, "cancel", lambda: at.door.cancel(sheet.session.id, press, at.by))


def note(at: AtDesk) -> Response:
    sheet = Sheet.of(at)
    press, found = sheet.pressed("note"), Inspection()
    text = found.paragraphs("note", at.visit.form.get("note", ""), "The note", NOTE_MAX)
    if not text and not found.mistakes:
        found.wrong("note", "Write something first.")
    if found.mistakes:
        return _page(sheet, 422, mistakes=found.mistakes, typed=at.visit.form)
    return sheet.done(at.door.note(sheet.session.id, press, at.by, text), "note")


def _changed(sheet: Sheet, act: str, change: Callable[[], Answer]) -> Response:
    if not sheet.at.may_speak_for(sheet.session):
        return sheet.refused(Answer("", AnswerCode.NEEDS_LEAD, "K11"))
    return sheet.done(change(), act)


def _page(sheet: Sheet, status: int = 200, **values: object) -> Response:
    at, session = sheet.at, sheet.session
    visit, attendance = at.visit, session.attendance
    story = at.views.explain(session_key(session.id))
    kind = type_of(session, visit.desk, visit.services.terms())
    notes = [e for e, _ in story.evidence if isinstance(e.payload, NoteWritten)] if story else []
    shown: dict[str, object] = {"mistakes": (), "typed": {}} | values
    return at.show(
        "desk_session.html",
        status,
        sheet=sheet,
        session=session,
        course=sheet.course,
        facts=facts_of(session, visit.desk, sheet.terms, visit.now),
        code=short_code(session.id),
        holder=visit.desk.member(session.staff_id),
        colleagues=[m for m in visit.desk.staff if kind and m.id in kind.staff and m.id != session.staff_id],
        verdict=attendance.verdict,
        verdict_words=outcome_words(attendance.verdict) if attendance.verdict else None,
        former=[(outcome_words(verdict), verdict) for verdict in attendance.former],
        notes=notes,
        chapters=chapters(story, visit.when),
        outcomes=OUTCOMES,
        presses=_presses(sheet),
        changes=at.views.changes(),
        shifts=SHIFTS,
        told=TOLD.get(visit.query.get("told", ""), ""),
        **shown,
    )


def _presses(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    """As on the board of the day."""
    since = sheet.at.visit.when.time(sheet.course.room_since)
    return (
        ("here", "I am in the room"),
        ("nobody-since", f"Nobody came, and I was in the room since {since}"),
        ("online", "They are here online"),
        ("phone", "They are here by phone"),
        ("unplaced", "Somebody I cannot place"),
        ("nobody", "Nobody here since I came"),
    )
