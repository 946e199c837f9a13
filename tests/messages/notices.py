"""Every mail to staff and to the operator, and the entry on the staff calendar, by a name that files can bear."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from syncd.domain.effect import CalendarPut, OperatorMail, StaffMail
from syncd.domain.keys import calendar_key, contact_key, request_key, session_key, staff_key
from syncd.domain.letters import StaffLetter
from syncd.domain.session import Choice, EntryRef, Question, QuestionKind
from syncd.domain.spans import Span
from tests.messages import samples

_CHOICES = {
    QuestionKind.VANISHED: (Choice.CANCEL, Choice.RESTORE),
    QuestionKind.HELD_DELETIONS: (Choice.CANCEL, Choice.RESTORE),
    QuestionKind.WHO_IS_IT: (Choice.LEAVE,),
    QuestionKind.BLOCKED_COMPANY: (Choice.BOOK, Choice.LEAVE),
    QuestionKind.WORDS: (Choice.LEAVE, Choice.CANCEL),
    QuestionKind.OPTED_OUT: (Choice.LEAVE, Choice.CANCEL),
    QuestionKind.NOBODY_CAME: (Choice.NOBODY, Choice.ONLINE, Choice.PHONE, Choice.UNPLACED),
    QuestionKind.WHAT_CAME_OF_IT: (Choice.ATTENDED, Choice.EXCUSED, Choice.NO_SHOW),
    QuestionKind.STAFF_MISSING: (Choice.TAKEN,),
    QuestionKind.OBJECTION: (Choice.UPHOLD, Choice.REJECT),
    QuestionKind.COUNTER: (Choice.MOVE, Choice.LEAVE),
    QuestionKind.CALL_OUTCOME: (Choice.DONE, Choice.SESSION, Choice.NOT_REACHED),
    QuestionKind.REQUEST: (Choice.EMERGENCY, Choice.CLEARANCE, Choice.RETURN_CALL, Choice.OTHER),
    QuestionKind.SECOND_NO_SHOW: (Choice.SUSPEND, Choice.LEAVE),
    QuestionKind.FEE: (Choice.REINSTATE, Choice.LEAVE),
    QuestionKind.REVIEW: (Choice.BLOCK, Choice.LEAVE),
    QuestionKind.ABSENCE: (Choice.CANCEL, Choice.LEAVE),
}
_DETAILS = {
    StaffLetter.UNKNOWN_SESSION: ("2026-12-01 15:00 UTC", ""),
    StaffLetter.MARK_UNCLEAR: ("the marked event names nobody that the directory knows", "Put an address into it."),
    StaffLetter.MAIL_REFUSED: ("550 5.1.1 no such user", "Ask the customer for another address."),
    StaffLetter.WORDS: ("ada@acme.example\nCan we start ten minutes later?", ""),
    StaffLetter.CLAIM: ("ada@acme.example\nDECLINED: not proved to come from them", ""),
    StaffLetter.NEW_FACE: ("Ben Bowler <ben@customer.example>", ""),
    StaffLetter.REQUEST_OPEN: ("Ada Lovelace <ada@acme.example>\nNothing starts", "declined"),
    StaffLetter.REFUSED_WRITE: ("403 Forbidden", "Give the service account the right to write."),
    StaffLetter.FEED_DOWN: ("16:00 CET Analytical Engines, Inc. (Dana Lee)", "503 Service Unavailable"),
    StaffLetter.FEED_BACK: ("16:00 CET Analytical Engines, Inc. (Dana Lee)", "503 Service Unavailable"),
}
_WITHOUT_SESSION = (
    StaffLetter.UNKNOWN_SESSION,
    StaffLetter.MARK_UNCLEAR,
    StaffLetter.FEED_DOWN,
    StaffLetter.FEED_BACK,
    StaffLetter.REQUEST_OPEN,
)
_ABOUT_STANDING = (StaffLetter.NEW_FACE, StaffLetter.OUTCOME_REVERSED)
_STANDING_QUESTIONS = (QuestionKind.SECOND_NO_SHOW, QuestionKind.FEE, QuestionKind.REVIEW)


def staff_mail(letter: StaffLetter, **values: Any) -> StaffMail:
    dana = samples.DANA
    detail, hint = _DETAILS.get(letter, ("", ""))
    mail = StaffMail(
        letter,
        dana.id,
        dana.name,
        dana.email,
        dana.zone,
        samples.ISSUED_AT,
        facts=None if letter in (*_WITHOUT_SESSION, *_ABOUT_STANDING) else samples.FACTS,
        person=samples.ADA if letter in _ABOUT_STANDING else None,
        subject_key=session_key("session-1"),
        detail=detail,
        hint=hint,
    )
    return replace(mail, **values)


def question(kind: QuestionKind) -> StaffMail:
    due = samples.STARTS_AT - timedelta(minutes=30) if kind is QuestionKind.VANISHED else None
    asked = Question(f"{kind}-1", kind, "dana", _CHOICES[kind], samples.ISSUED_AT, due_at=due)
    if kind is QuestionKind.HELD_DELETIONS:
        return staff_mail(
            StaffLetter.QUESTION, question=asked, facts=None, detail="dana-calendar", subject_key=calendar_key("dana")
        )
    if kind is QuestionKind.REQUEST:
        said = (
            "Ada Lovelace <ada@acme.example>\nAcme Ltd (maintenance)\nNothing starts\nThe server is down. Please call."
        )
        key = request_key("request-1")
        return staff_mail(StaffLetter.QUESTION, question=asked, facts=None, detail=said, subject_key=key)
    if kind is QuestionKind.COUNTER:
        later = Span(samples.STARTS_AT + timedelta(hours=2), samples.STARTS_AT + timedelta(hours=2, minutes=30))
        asked = replace(asked, proposed=later, by="ada@acme.example")
        return staff_mail(StaffLetter.QUESTION, question=asked, detail="Two hours later would suit us.")

    if kind is QuestionKind.ABSENCE:
        booked = tuple(replace(past, company_name=samples.FACTS.company_name) for past in samples.MISSED)
        return staff_mail(
            StaffLetter.QUESTION,
            question=asked,
            facts=None,
            detail="Emil Eck",
            sessions=booked,
            subject_key=staff_key("emil"),
        )
    if kind in _STANDING_QUESTIONS:
        return staff_mail(
            StaffLetter.QUESTION,
            question=asked,
            facts=None,
            person=samples.ADA,
            company_name=samples.FACTS.company_name if kind is QuestionKind.REVIEW else "",
            sessions=() if kind is QuestionKind.FEE else samples.MISSED,
            detail="100 USD, reference R-17: the suspension had ended" if kind is QuestionKind.FEE else "",
            subject_key=contact_key("contact-1"),
        )
    return staff_mail(StaffLetter.QUESTION, question=asked, repeated=kind is QuestionKind.BLOCKED_COMPANY)


def staff_mails() -> dict[str, StaffMail]:
    notices = {f"staff-{letter}": staff_mail(letter) for letter in StaffLetter if letter is not StaffLetter.QUESTION}
    return notices | {f"staff-question-{kind}": question(kind) for kind in QuestionKind}


def operator_mails() -> dict[str, OperatorMail]:
    hint = "The password of the service account has changed."
    alert = OperatorMail("ops@desk.example", "calendars", "401 Unauthorized", hint, samples.ISSUED_AT)
    aside = replace(alert, source="mailbox", error="more than 200 multiparts", hint="", put_aside=True)
    return {"operator-alert": alert, "operator-recovered": replace(alert, recovered=True), "operator-aside": aside}


def entries() -> dict[str, CalendarPut]:
    call = replace(samples.CALL_FACTS, outcome="")
    put = CalendarPut("dana-calendar", "session-1", samples.FACTS, None, 0)
    ref = EntryRef("dana-calendar", "event-1", '"1"')
    return {
        "entry": put,
        "entry-phone": replace(put, facts=samples.PHONE_FACTS),
        "entry-call": replace(put, facts=call),
        "entry-invited": replace(put, ref=ref, adopted=True, with_attendees=True),
    }
