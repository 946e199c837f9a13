"""What do people make of an outcome? Staff decide, the contact objects (A10, A15, K8).

A person's word stands beside the machine's; the record keeps both. Against the customer it takes a reason and a second
press, and over their own "I am here" a lead.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from syncd.domain.attendance import Attendance, Objection, Outcome, Verdict
from syncd.domain.attended import Objected, OutcomeDecided, ShiftRequested
from syncd.domain.decision import AnswerCode
from syncd.domain.evidence import EntrySeen, Evidence, StaffAnswered
from syncd.domain.keys import contact_key, session_key
from syncd.domain.letters import Cause, Letter
from syncd.domain.people import Side
from syncd.domain.session import Choice, QuestionKind
from syncd.domain.standing import NoShowContested
from syncd.policy.closing import course
from syncd.policy.draft import Draft
from syncd.policy.outcomes import CAUSES, ask, close_questions, record, told_by_ledger
from syncd.policy.publish import mail_customer
from syncd.policy.said import SHIFT_MAX, no_course, on_shift
from syncd.policy.watching import NO_SHOW_TAG

BY_TAG = {"#attended": Outcome.ATTENDED, "#excused": Outcome.EXCUSED}
KEEP, LATE = "#keep", "#late15"
LATE_BY = timedelta(minutes=15)
TAGS = frozenset({*BY_TAG, KEEP, LATE, NO_SHOW_TAG})
BY_CLICK = {Choice.ATTENDED: Outcome.ATTENDED, Choice.EXCUSED: Outcome.EXCUSED, Choice.NO_SHOW: Outcome.NO_SHOW}


def on_decided(draft: Draft, evidence: Evidence, decided: OutcomeDecided) -> None:
    """A10, from the desk."""
    attendance = course(draft)
    if attendance is None:
        draft.answer(evidence, no_course(draft), "A10")
        return
    refused = _not_to_be_decided(draft, evidence, attendance, decided)
    if refused is not None:
        draft.found("A10", f"not decided: {refused}", by=decided.staff_id)
        draft.answer(evidence, refused, "A10")
        return
    draft.change(attendance=attendance)
    decide_by_staff(draft, decided.outcome, decided.staff_id, decided.reason)
    draft.answer(evidence, AnswerCode.RECORDED, "A10")


def _not_to_be_decided(
    draft: Draft, evidence: Evidence, attendance: Attendance, decided: OutcomeDecided
) -> AnswerCode | None:
    if evidence.received_at < draft.live.starts_at - draft.case.terms.early:
        return AnswerCode.NOT_YET
    if decided.outcome is Outcome.UNDETERMINED:
        return AnswerCode.NOT_OFFERED
    if not decided.reason:
        return AnswerCode.NEEDS_REASON
    if decided.outcome is not Outcome.NO_SHOW:
        return None
    if attendance.here_at is not None and not decided.lead:
        return AnswerCode.NEEDS_LEAD
    return None if decided.confirmed else AnswerCode.NEEDS_SECOND_PRESS


def decide_by_staff(draft: Draft, outcome: Outcome, staff_id: str, reason: str = "", rule: str = "A10") -> None:
    """A person's decision, recorded with all that follows. `reason`: in their own words, which the customer reads; none
    where they decided by one press, whose evidence says which."""
    _answer_objection(draft, outcome, reason)
    record(draft, Verdict(outcome, draft.now, Side.STAFF, rule, staff_id=staff_id, reason=reason))


def on_outcome_answered(draft: Draft, answered: StaffAnswered) -> None:
    """One click on the question what it came to; its page is the second press (A7, A10, N8)."""
    outcome = BY_CLICK.get(answered.choice)
    attendance = course(draft)
    if outcome is None or attendance is None:
        return
    if outcome is Outcome.NO_SHOW and attendance.here_at is not None:
        draft.found("A10", "the customer said “I am here”: only a lead decides otherwise, on the desk")
        return
    decide_by_staff(draft, outcome, answered.staff_id)


def on_tags(draft: Draft, evidence: Evidence, seen: EntrySeen) -> None:
    """K8: staff state an outcome in the event itself; each tag is heeded once for a start. `#noshow` is their statement
    "nobody came, and I was in the room since T - 15", taken until ten minutes after the close (CON-5); alone it goes
    against nobody."""
    attendance = course(draft)
    if attendance is None or not seen.tags or evidence.received_at < draft.live.starts_at - draft.case.terms.early:
        return
    session = draft.live
    staff_id = _holder(draft, seen)
    for tag in sorted({t.casefold() for t in seen.tags} & TAGS):
        if not draft.tell_once(f"tag:{tag}:{session.starts_at.isoformat()}"):
            continue
        draft.found("K8", f"{tag} stands in the event", by=staff_id)
        if tag == KEEP and attendance.closed_at is None:
            kept = replace(course(draft) or attendance, kept_open_at=attendance.kept_open_at or evidence.received_at)
            draft.change(attendance=kept)
        elif tag == LATE and evidence.received_at >= session.starts_at:
            _shift_the_next(draft, staff_id)
        elif tag == LATE:
            on_shift(draft, evidence, ShiftRequested(LATE_BY, staff_id))
            draft.answers = [a for a in draft.answers if a.evidence_key != evidence.key]
        elif tag in BY_TAG:
            draft.change(attendance=course(draft) or attendance)
            decide_by_staff(draft, BY_TAG[tag], staff_id, rule="K8")


def _shift_the_next(draft: Draft, staff_id: str) -> None:
    """K13: on the session that runs the tag speaks of the one that follows it: its customer is told. What begins so
    much later that no overrun reaches it follows nothing."""
    session = draft.live
    until = session.ends_at + SHIFT_MAX
    following = sorted(
        (neighbour.span.starts_at, neighbour.session_id)
        for neighbour in draft.case.consulted.neighbours
        if neighbour.staff_id == session.staff_id
        and not neighbour.held
        and session.starts_at < neighbour.span.starts_at < until
    )
    if not following:
        draft.found("K13", "no session of theirs follows soon: nobody is told", by=staff_id)
        return
    draft.found("K13", "the session that follows begins later", session=following[0][1], by=staff_id)
    payload = ShiftRequested(LATE_BY, staff_id)
    draft.tell_other(session_key(following[0][1]), payload, session.starts_at.isoformat())


def _holder(draft: Draft, seen: EntrySeen) -> str:
    holder = draft.case.desk.holder_of(seen.ref.calendar_id)
    return holder.id if holder is not None else draft.live.staff_id


def on_objected(draft: Draft, evidence: Evidence, objected: Objected) -> None:
    """A15: one press; it goes before staff, and penalties wait."""
    attendance = course(draft)
    if attendance is None:
        draft.answer(evidence, no_course(draft), "A15")
        return
    verdict = attendance.verdict
    against = verdict is not None and verdict.outcome in (Outcome.NO_SHOW, Outcome.UNDETERMINED)
    waiting = verdict is None and attendance.closed_at is not None
    standing = attendance.objection
    if not (against or waiting) or (standing is not None and standing.answered_at is None):
        draft.found("A15", "nothing to object to, or an objection stands already")
        draft.answer(evidence, AnswerCode.UNCHANGED, "A15")
        return
    draft.change(attendance=replace(attendance, objection=Objection(evidence.received_at, objected.words)))
    draft.found("A15", "the contact objects; penalties wait", at=evidence.received_at)
    lead = next(iter(draft.case.desk.leads()), None)
    if lead is not None:
        ask(draft, QuestionKind.OBJECTION, lead, (Choice.UPHOLD, Choice.REJECT), detail=objected.words)
    _contest(draft, settled=False)
    draft.answer(evidence, AnswerCode.RECORDED, "A15")


def on_objection_answered(draft: Draft, answered: StaffAnswered) -> None:
    """Upheld: excused. Rejected: the outcome stands, and the machine may go on to confirm it."""
    attendance = course(draft)
    if attendance is None or attendance.objection is None or attendance.objection.answered_at is not None:
        return
    if answered.choice is Choice.UPHOLD:
        decide_by_staff(draft, Outcome.EXCUSED, answered.staff_id, rule="A15")
        return
    outcome = attendance.verdict.outcome if attendance.verdict else Outcome.UNDETERMINED
    _answer_objection(draft, outcome, "", rejected=True)
    draft.found("A15", "the objection was rejected; the outcome stands", by=answered.staff_id)


def _answer_objection(draft: Draft, outcome: Outcome, reason: str, *, rejected: bool = False) -> None:
    """An objection is answered, whichever way staff settled the matter; where the contact's ledger takes back what it
    wrote, by that letter alone."""
    session = draft.live
    objection = session.attendance.objection
    if objection is None or objection.answered_at is not None:
        return
    upheld = not rejected and outcome is not Outcome.NO_SHOW
    answered = replace(objection, answered_at=draft.now, upheld=upheld, reason=reason)
    draft.change(attendance=replace(session.attendance, objection=answered))
    close_questions(draft, QuestionKind.OBJECTION)
    if not upheld:
        _contest(draft, settled=True)
    assert session.booking is not None
    if upheld and session.attendance.in_ledger and told_by_ledger(draft):
        return
    cause: Cause = CAUSES[outcome]
    ordinal = sum(1 for e in draft.case.effects if e.letter == Letter.OBJECTION_ANSWER)
    mail_customer(
        draft,
        Letter.OBJECTION_ANSWER,
        cause,
        session.booking.booker,
        expire_at=None,
        words=reason if not upheld else "",
        ordinal=ordinal,
    )


def _contest(draft: Draft, *, settled: bool) -> None:
    """The contact's ledger keeps its penalties waiting, and goes on when the objection is rejected."""
    session = draft.live
    booking = session.booking
    if booking is None or not booking.contact_id or not session.attendance.in_ledger:
        return
    objections = sum(1 for q in session.told if q.startswith("asked:objection"))
    payload = NoShowContested(session.id, settled)
    draft.tell_other(contact_key(booking.contact_id), payload, str(objections), str(settled))
