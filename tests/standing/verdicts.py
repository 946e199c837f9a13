"""A court for tests of what follows: the real policy, and beside it the plainest verdict that attendance can give.

Attended: a customer was seen between T - 15 min and the close. No-show: the consultant says that nobody came. Neither:
undetermined. It is given once the feeds have settled, and late evidence overturns it (A1, A6, A7, A9, CON-3).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from syncd.domain.attendance import Attendance, Outcome, Verdict
from syncd.domain.attended import AttendanceSeen, Attested, OutcomeDecided
from syncd.domain.case import Case, SessionCase
from syncd.domain.decision import Answer, AnswerCode, Decision, Finding
from syncd.domain.evidence import Evidence, Payload
from syncd.domain.keys import contact_key, derived_key
from syncd.domain.people import Side
from syncd.domain.session import Session, SessionState
from syncd.domain.standing import NoShowConfirmed, NoShowReversed
from syncd.policy.decide import decide as by_policy

SETTLE = timedelta(minutes=90)


def decide(case: Case, now: datetime) -> Decision:
    made = by_policy(case, now)
    if not isinstance(case, SessionCase) or case.session is None or case.session.booking is None:
        return made
    session = made.state if isinstance(made.state, Session) else case.session
    if session.state not in (SessionState.BOOKED, SessionState.ENDED) or session.booking is None:
        return made
    close = session.starts_at + case.terms.close_with_mobile
    before, due = session.attendance.verdict, close + SETTLE
    if now < due:
        return replace(made, review_at=min((at for at in (made.review_at, due) if at is not None), default=due))
    verdict = _verdict(case, session, close, now)
    if before is not None and verdict.outcome is before.outcome:
        return made
    former = session.attendance.former if before is None else (*session.attendance.former, before)
    kept = replace(session.attendance, closed_at=close, confirm_at=due, verdict=verdict, former=former)
    finding = Finding(verdict.rule, f"the session came to {verdict.outcome}")
    return replace(
        made,
        state=replace(session, attendance=kept),
        findings=(*made.findings, finding),
        derived=(*made.derived, *_derived(case, session, kept, now)),
        answers=(*made.answers, *_answers(case)),
    )


def _verdict(case: SessionCase, session: Session, close: datetime, now: datetime) -> Verdict:
    by_staff = [e.payload for e in case.evidence if isinstance(e.payload, OutcomeDecided)]
    if by_staff:
        last = by_staff[-1]
        return Verdict(last.outcome, now, Side.STAFF, "A10", staff_id=last.staff_id, reason=last.reason)
    opens = session.starts_at - case.terms.early
    payloads = [e.payload for e in case.evidence]
    if any(isinstance(p, AttendanceSeen) and p.matched and opens <= p.joined_at <= close for p in payloads):
        return Verdict(Outcome.ATTENDED, now, Side.SYNCD, "A1")
    if any(isinstance(p, Attested) and p.says == "nobody" for p in payloads):
        return Verdict(Outcome.NO_SHOW, now, Side.SYNCD, "A7")
    return Verdict(Outcome.UNDETERMINED, now, Side.SYNCD, "A7", failed=("ATT-7.2: no feed covered the room",))


def _derived(case: SessionCase, session: Session, kept: Attendance, now: datetime) -> tuple[Evidence, ...]:
    booking, verdict = session.booking, kept.verdict
    assert booking is not None
    assert verdict is not None
    payload: Payload
    if verdict.outcome is Outcome.NO_SHOW:
        counts = booking.entitlement in case.terms.counting
        payload = NoShowConfirmed(
            session.id, booking.company_id, session.starts_at, booking.booker.zone, counts, case.terms.id
        )
    elif kept.former and kept.former[-1].outcome is Outcome.NO_SHOW:
        payload = NoShowReversed(session.id, f"{verdict.outcome}")
    else:
        return ()
    key = derived_key("decision", case.key, payload.kind, str(len(kept.former)))
    return (Evidence(key, "decision", now, payload, contact_key(booking.contact_id)),)


def _answers(case: SessionCase) -> tuple[Answer, ...]:
    return tuple(Answer(e.key, AnswerCode.RECORDED, "A10") for e in case.fresh if isinstance(e.payload, OutcomeDecided))
