"""What do people say of a session that is due? Staff attest, the customer answers, a session is shifted (A4, A11, A13,
CON-5, K8, K13). Each is judged by the instant of its receipt (C4).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from syncd.domain.attendance import Attendance
from syncd.domain.attended import Attested, CustomerSaid, ShiftRequested
from syncd.domain.decision import AnswerCode
from syncd.domain.evidence import Evidence
from syncd.domain.letters import Cause, Letter, TextLetter
from syncd.domain.session import SessionState
from syncd.policy.closing import course
from syncd.policy.draft import Draft
from syncd.policy.publish import mail_customer
from syncd.policy.texting import text_customer
from syncd.policy.watching import close_of, refusal_of, usable_mobile

SHIFT_MAX = timedelta(hours=1)


def no_course(draft: Draft) -> AnswerCode:
    """Why nothing can be said of this session's attendance."""
    session = draft.session
    if session is None or session.booking is None:
        return AnswerCode.NO_SUCH_SESSION
    return AnswerCode.ALREADY_CANCELLED if session.state is SessionState.CANCELLED else AnswerCode.NO_SUCH_SESSION


def not_open(draft: Draft, attendance: Attendance, at: datetime, grace: timedelta = timedelta(0)) -> AnswerCode | None:
    """Does `at` lie before T - 15, or after the close (and a grace)? The close itself still counts, in the customer's
    favour."""
    session, terms = draft.live, draft.case.terms
    if at < session.starts_at - terms.early:
        return AnswerCode.NOT_YET
    close = attendance.closed_at or close_of(draft.case, session, attendance)
    return AnswerCode.ALREADY_OVER if at > close + grace else None


def on_attested(draft: Draft, evidence: Evidence, said: Attested) -> None:
    """CON-5: taken until ten minutes after the close; what somebody found there, until the scheduled end too (A14)."""
    attendance = course(draft)
    if attendance is None:
        draft.answer(evidence, no_course(draft), "CON-5")
        return
    grace = draft.case.terms.attest_within
    late = not_open(draft, attendance, evidence.received_at, grace)
    met = said.says in ("online", "phone") and evidence.received_at <= draft.live.ends_at + grace
    if late is not None and not (met and late is AnswerCode.ALREADY_OVER):
        draft.found("CON-5", f"staff's word is not taken: {late}", word=said.says, at=evidence.received_at)
        draft.answer(evidence, late, "CON-5")
        return
    draft.change(attendance=attendance)
    draft.found("CON-5", f"{said.staff_id} says: {said.says}", since=said.since, via=said.via)
    draft.answer(evidence, AnswerCode.RECORDED, "CON-5")


def on_said(draft: Draft, evidence: Evidence, said: CustomerSaid) -> None:
    """From the session's page or by text: "I am here" (A11), "I am late", "not coming" (A4)."""
    customer_said(draft, evidence, said.says)


def customer_said(
    draft: Draft, evidence: Evidence, says: Literal["here", "late", "keep", "not-coming", "other"]
) -> AnswerCode:
    """What a customer says between T - 15 and the close, whatever the way it came; the answer that it was given.

    "late", "keep" and words that only staff can read move the close, once (A4); a text that is read late still counts
    by its receipt.
    """
    attendance = course(draft)
    if attendance is None:
        code = no_course(draft)
        draft.answer(evidence, code, "A4")
        return code
    at = evidence.received_at
    code_or_none = not_open(draft, attendance, at)
    if code_or_none is not None:
        draft.found("A4", f"the customer says “{says}”, and it is {code_or_none}", at=at)
        draft.answer(evidence, code_or_none, "A4")
        return code_or_none
    if says == "here":
        attendance = replace(attendance, here_at=attendance.here_at or at)
        draft.found("A11", "the customer is here, by their own word", at=at)
    elif says == "not-coming":
        attendance = replace(attendance, not_coming_at=attendance.not_coming_at or at)
        draft.found("A4", "the customer is not coming", at=at)
    else:
        attendance = replace(attendance, kept_open_at=attendance.kept_open_at or at)
        draft.found("A4", f"the customer answers “{says}”: the close moves, once", at=at)
    close = close_of(draft.case, draft.live, attendance)
    draft.change(attendance=replace(attendance, close_at=attendance.closed_at or close))
    draft.answer(evidence, AnswerCode.RECORDED, "A11" if says == "here" else "A4", close)
    return AnswerCode.RECORDED


def on_shift(draft: Draft, evidence: Evidence, wanted: ShiftRequested) -> None:
    """K13: the session before runs over. The customer is told; question and close move by as much."""
    attendance = course(draft)
    if attendance is None:
        draft.answer(evidence, no_course(draft), "K13")
        return
    session = draft.live
    if not timedelta(0) < wanted.by <= SHIFT_MAX:
        draft.answer(evidence, AnswerCode.NOT_OFFERED, "K13")
        return
    if attendance.closed_at is not None or evidence.received_at >= session.ends_at:
        draft.answer(evidence, AnswerCode.ALREADY_OVER, "K13")
        return
    if attendance.late_by == wanted.by:
        draft.answer(evidence, AnswerCode.UNCHANGED, "K13")
        return
    attendance = replace(attendance, late_by=wanted.by)
    draft.change(attendance=replace(attendance, close_at=close_of(draft.case, session, attendance)))
    until = session.starts_at + wanted.by
    draft.found("K13", "it starts later; the customer is told", starts_at=until)
    assert session.booking is not None
    minutes = int(wanted.by.total_seconds() // 60)
    for attendee in session.booking.attendees:
        mail_customer(
            draft, Letter.SHIFTED, Cause.DUE, attendee, expire_at=session.ends_at, until=until, ordinal=minutes
        )
    number = usable_mobile(draft.case, session)
    if number is not None and refusal_of(draft.case, number) is None:
        text_customer(draft, TextLetter.SHIFTED, number, until=until, expire_at=session.ends_at)
    draft.answer(evidence, AnswerCode.RECORDED, "K13", until)
