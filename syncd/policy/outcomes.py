"""What follows from a verdict? It is recorded beside the former ones, told to whom it concerns, and written into the
calendar; a no-show goes into the contact's ledger once, and is taken out again (A9, A10, ATT-6, ATT-9, K8, S1).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncd.domain.attendance import Outcome, Verdict
from syncd.domain.keys import contact_key
from syncd.domain.letters import Cause, Letter, StaffLetter
from syncd.domain.people import Side, StaffMember
from syncd.domain.session import Choice, Question, QuestionKind, SessionState
from syncd.domain.standing import NoShowConfirmed, NoShowReversed
from syncd.policy.draft import Draft
from syncd.policy.facts import counts_toward_suspension
from syncd.policy.publish import ask_staff, mail_customer, mail_staff, write_entry

CAUSES = {
    Outcome.ATTENDED: Cause.ATTENDED,
    Outcome.NO_SHOW: Cause.NO_SHOW,
    Outcome.EXCUSED: Cause.EXCUSED,
    Outcome.UNDETERMINED: Cause.UNDETERMINED,
}


def record(draft: Draft, verdict: Verdict) -> None:
    """Make this the verdict in force, with all that follows. The former one stays on the record (A10)."""
    session = draft.live
    attendance = session.attendance
    former = attendance.verdict
    kept = (*attendance.former, former) if former is not None else attendance.former
    draft.change(attendance=replace(attendance, verdict=verdict, former=kept))
    draft.found(verdict.rule, _in_words(verdict), **{f"failed_{n}": f for n, f in enumerate(verdict.failed, 1)})
    close_questions(draft, QuestionKind.NOBODY_CAME, QuestionKind.WHAT_CAME_OF_IT)
    _tell_ledger(draft, verdict)
    if verdict.outcome is Outcome.UNDETERMINED:
        ask_what_came_of_it(draft, verdict)
    elif former is not None and former.outcome is Outcome.NO_SHOW:
        _tell_overturned(draft, verdict)
    elif verdict.outcome is Outcome.NO_SHOW and not told_by_ledger(draft):
        _tell_booker(draft, verdict)
    if former is None or former.outcome is not verdict.outcome:
        _write_back(draft)


def _in_words(verdict: Verdict) -> str:
    presumed = " (presumed: nobody reported otherwise)" if verdict.presumed else ""
    by = f", decided by {verdict.staff_id}" if verdict.staff_id else ""
    reason = f": {verdict.reason}" if by and verdict.reason else ""
    return f"the session is {verdict.outcome}{presumed}{by}{reason}"


def _tell_ledger(draft: Draft, verdict: Verdict) -> None:
    """The contact's ledger hears of a confirmed no-show once, and once that it is none any more (A9, S1)."""
    session = draft.live
    attendance, booking = session.attendance, session.booking
    assert booking is not None
    if not booking.contact_id:
        return
    contact = contact_key(booking.contact_id)
    if verdict.outcome is Outcome.NO_SHOW and not attendance.in_ledger:
        times = attendance.no_shows + 1
        payload = NoShowConfirmed(
            session.id, booking.company_id, session.starts_at, booking.booker.zone, counts(draft), session.terms_id
        )
        draft.tell_other(contact, payload, str(times))
        draft.change(attendance=replace(attendance, in_ledger=True, no_shows=times))
        draft.found("S1", "told to the contact's ledger", counts=counts(draft))
    elif verdict.outcome is not Outcome.NO_SHOW and attendance.in_ledger:
        answers = upheld_now(draft) and told_by_ledger(draft)
        draft.tell_other(contact, NoShowReversed(session.id, verdict.rule, answers), str(attendance.no_shows))
        draft.change(attendance=replace(attendance, in_ledger=False))
        draft.found("A9", "the no-show and all that came of it is reversed")


def counts(draft: Draft) -> bool:
    """May it lead to a suspension, by what the session is (S9)?"""
    booking = draft.live.booking
    return (
        booking is not None
        and bool(booking.contact_id)
        and counts_toward_suspension(draft.live, booking, draft.case.terms)
    )


def told_by_ledger(draft: Draft) -> bool:
    """Does the contact's ledger write to them of this no-show, with what a second one means (S6), and of its reversal?
    Else the session does: one letter about one thing. Once the session has told, it goes on telling."""
    if not counts(draft) or any(e.letter == Letter.OUTCOME for e in draft.case.effects):
        return False
    contact = draft.case.consulted.contact
    return contact is None or contact.address_proved


def upheld_now(draft: Draft) -> bool:
    """Was an objection upheld in this very decision (A15)?"""
    objection = draft.live.attendance.objection
    return objection is not None and objection.answered_at == draft.now and bool(objection.upheld)


def _tell_booker(draft: Draft, verdict: Verdict) -> None:
    """What it came to, where that goes against them, with the way to object (A15)."""
    session = draft.live
    assert session.booking is not None
    told = len(session.attendance.former)
    mail_customer(
        draft,
        Letter.OUTCOME,
        CAUSES[verdict.outcome],
        session.booking.booker,
        expire_at=None,
        ordinal=told,
        words=verdict.reason,
    )


def _tell_overturned(draft: Draft, verdict: Verdict) -> None:
    """Who was told of the no-show is told that it is none (A9): the booker here or by their own ledger, which sent the
    warning, or by the answer to their objection; and the consultant."""
    if not told_by_ledger(draft) and not upheld_now(draft):
        _tell_booker(draft, verdict)
    member = draft.case.desk.member(draft.live.staff_id)
    if member is not None and verdict.by is not Side.STAFF:
        mail_staff(draft, StaffLetter.OVERTURNED, member)


def ask_what_came_of_it(draft: Draft, verdict: Verdict) -> None:
    """UNDETERMINED: one click settles it (A7); where the consultant was not seen either, it is the lead's (A8)."""
    session, desk = draft.live, draft.case.desk
    ours = any("ATT-7.3" in failed for failed in verdict.failed)
    holder = desk.member(session.staff_id)
    to = next(iter(desk.leads()), None) if ours or holder is None else holder
    if to is None:
        return
    against = () if session.attendance.here_at is not None else (Choice.NO_SHOW,)
    choices = (Choice.ATTENDED, Choice.EXCUSED, *against)
    ask(draft, QuestionKind.WHAT_CAME_OF_IT, to, choices, detail="; ".join(verdict.failed))


def ask(
    draft: Draft,
    kind: QuestionKind,
    to: StaffMember,
    choices: tuple[Choice, ...],
    *,
    detail: str,
    repeat: bool = True,
    by_mail: bool = True,
    by_text: bool = True,
    expire_at: datetime | None = None,
) -> Question:
    """Put a question about attendance to staff, and keep it open in the session (N8)."""
    session, terms = draft.live, draft.case.terms
    asked = sum(1 for q in session.told if q.startswith(f"asked:{kind}"))
    question = Question(
        id=f"{kind}-{asked + 1}",
        kind=kind,
        to=to.id,
        choices=choices,
        asked_at=draft.now,
        repeat_at=draft.now + terms.question_repeat if repeat else None,
    )
    draft.change(questions=(*session.questions, question), told=(*session.told, f"asked:{kind}-{asked + 1}"))
    ask_staff(draft, question, to, detail=detail, by_mail=by_mail, by_text=by_text, expire_at=expire_at)
    return question


def close_questions(draft: Draft, *kinds: QuestionKind) -> None:
    left = tuple(q for q in draft.live.questions if q.kind not in kinds)
    if left != draft.live.questions:
        draft.change(questions=left)


def _write_back(draft: Draft) -> None:
    """K8: staff read in the event what syncd concluded."""
    session = draft.live
    if session.state in (SessionState.BOOKED, SessionState.ENDED) and session.entry is not None:
        write_entry(draft, lasting=True)
