"""What does time do to a session that is due? From T - 15 to the verdict: told, asked, closed, confirmed (A3 to A8, A12
to A14, ATT-6, ATT-13).

All that is operational hangs on the clock and on known absence; all that is judicial waits until feeds have settled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from syncd.domain.attendance import Attendance, Outcome, Verdict
from syncd.domain.letters import Cause, Letter, StaffLetter, TextLetter
from syncd.domain.people import Side, StaffMember
from syncd.domain.session import Choice, QuestionKind, Session, SessionState
from syncd.policy.draft import Draft
from syncd.policy.outcomes import ask, close_questions, record
from syncd.policy.publish import mail_customer, mail_staff, text_staff
from syncd.policy.texting import text_customer
from syncd.policy.verdict import attended, conclude, settles_at, standing
from syncd.policy.watching import Watch, first_close, holds, refusal_of, usable_mobile, watch

JUDGED = (SessionState.BOOKED, SessionState.ENDED)
COLLEAGUES_MAX = 5
"""So many free colleagues are told that a consultant is missing."""


def course(draft: Draft) -> Attendance | None:
    """The attendance of the session as it now stands, begun anew where its time was moved; None for one that comes to
    nothing: a hold, a cancelled one, one without a booking, a return call."""
    session = draft.session
    if session is None or session.booking is None or session.state not in JUDGED or session.call is not None:
        return None
    if session.attendance.starts_at != session.starts_at:
        return Attendance(starts_at=session.starts_at)
    return session.attendance


def look(draft: Draft) -> Watch | None:
    attendance = course(draft)
    return None if attendance is None else watch(draft.case, draft.live, attendance)


def attend(draft: Draft) -> None:
    """Everything that is due at this look. Each step leaves the attendance as it then is."""
    seen = look(draft)
    if seen is None:
        return
    session, now = seen.session, draft.now
    if now < seen.window.starts_at and not seen.stays:
        draft.review(_first_step(draft, session))
        return
    for step in STEPS:
        before = draft.session
        step(draft, seen)
        if draft.session is not before:
            seen = watch(draft.case, draft.live, draft.live.attendance)


def _first_step(draft: Draft, session: Session) -> datetime:
    terms = draft.case.terms
    return session.starts_at + min(terms.staff_missing_after, terms.offer_press_after, terms.ask_after)


def set_course(draft: Draft, seen: Watch, **fields: object) -> None:
    draft.change(attendance=replace(seen.attendance, **fields))  # type: ignore[arg-type]


def _came(draft: Draft, seen: Watch) -> None:
    """ATTENDED at the first customer evidence, also late: it overturns what was concluded without it (A9, ATT-9). What
    staff decided stands, save a no-show that evidence of a later date contradicts."""
    verdict, came = seen.attendance.verdict, attended(seen, draft.now)
    if came is None:
        return
    if verdict is None or (verdict.by is not Side.STAFF and verdict.outcome is not Outcome.ATTENDED):
        record_in(draft, seen, came)
    elif verdict.by is Side.STAFF and verdict.outcome is Outcome.NO_SHOW and not _known_before(draft, seen):
        record_in(draft, seen, replace(came, rule="A9"))


def _known_before(draft: Draft, seen: Watch) -> bool:
    """Did staff decide knowing of attendance? Then they did so knowingly; "I am here" a lead alone overrides (A10)."""
    fresh = {item.key for item in draft.case.fresh}
    settled = tuple(item for item in draft.case.evidence if item.key not in fresh)
    before = watch(replace(draft.case, evidence=settled), seen.session, seen.attendance)
    return attended(before, draft.now) is not None


def record_in(draft: Draft, seen: Watch, verdict: Verdict) -> None:
    """Record a verdict on the course that was looked at."""
    draft.change(attendance=seen.attendance)
    record(draft, verdict)


def _missing_staff(draft: Draft, seen: Watch) -> None:
    """A8: at T + 2 a live feed covers the room and shows no consultant: lead, free colleagues and customer are told."""
    attendance, terms, now = seen.attendance, draft.case.terms, draft.now
    since = seen.session.starts_at + attendance.late_by + terms.staff_missing_after
    if attendance.staff_missing_at is not None or attendance.closed_at is not None:
        return
    if now < since:
        draft.review(since)
        return
    if any(said.says != "unplaced" for _, said in seen.statements) or now >= seen.window.ends_at:
        return
    for ability in seen.room.feeds if seen.room else ():
        upto = seen.watermark(ability, now)
        if upto is None or upto < since or seen.canary(ability.feed, now):
            continue
        if holds(seen.spans_of(ability.feed, now), seen.window.starts_at, since):
            _tell_missing(draft, seen)
            return


def _tell_missing(draft: Draft, seen: Watch) -> None:
    session, desk = seen.session, draft.case.desk
    if any(seen.canary(a.feed, draft.now) for a in (seen.room.feeds if seen.room else ())):
        return
    set_course(draft, seen, staff_missing_at=draft.now)
    draft.found("A8", "a live feed shows no consultant in the room")
    holder, leads = desk.member(session.staff_id), desk.leads()
    name, until = holder.name if holder is not None else "", session.ends_at
    asked = [
        ask(draft, QuestionKind.STAFF_MISSING, lead, (Choice.TAKEN,), detail=name, repeat=False, expire_at=until)
        for lead in leads[:1]
    ]
    told = {question.to for question in asked}
    for member in (m for m in (holder, *_free(draft, session)) if m is not None and m.id not in told):
        told.add(member.id)
        mail_staff(draft, StaffLetter.STAFF_MISSING, member)
        for question in asked:
            text_staff(draft, question, member, letter=StaffLetter.STAFF_MISSING, expire_at=until)
    assert session.booking is not None
    for attendee in session.booking.attendees:
        mail_customer(draft, Letter.STAFF_LATE, Cause.DUE, attendee, expire_at=session.ends_at)


def _free(draft: Draft, session: Session) -> list[StaffMember]:
    """Colleagues of this type of session who hold none at this time, as far as is known."""
    desk, kind = draft.case.desk, draft.case.desk.type(session.type_id)
    taken = {n.staff_id for n in draft.case.consulted.neighbours if n.span.overlaps(session.span)}
    able = set(kind.staff) if kind else set()
    return [m for m in desk.staff if m.id in able and m.id not in taken and m.id != session.staff_id][:COLLEAGUES_MAX]


def _offer(draft: Draft, seen: Watch) -> None:
    """A3: from T + 4 the consultant is offered the press where no live feed knows; they need not answer (A13)."""
    attendance, terms, now = seen.attendance, draft.case.terms, draft.now
    at = seen.session.starts_at + attendance.late_by + terms.offer_press_after
    if not draft.case.desk.attestation or attendance.offered_at is not None or _is_over(seen):
        return
    if now < at:
        draft.review(at)
        return
    if seen.statements or now >= seen.window.ends_at or _known_by_feeds(seen, now, absent=False):
        return
    set_course(draft, seen, offered_at=now)
    draft.found("A3", "the consultant is offered the press: no live feed covers the room")
    member = draft.case.desk.member(seen.session.staff_id)
    if member is not None and (member.asked_by_mail or member.asked_by_text):
        ask(
            draft,
            QuestionKind.NOBODY_CAME,
            member,
            (Choice.NOBODY, Choice.ONLINE, Choice.PHONE, Choice.UNPLACED),
            detail="",
            repeat=False,
            by_mail=member.asked_by_mail,
            by_text=member.asked_by_text,
            expire_at=seen.window.ends_at,
        )


def _is_over(seen: Watch) -> bool:
    """Nothing more is asked or offered of a session that was attended, decided, or closed."""
    return seen.attendance.verdict is not None or seen.attendance.closed_at is not None


def _known_by_feeds(seen: Watch, now: datetime, *, absent: bool = True) -> bool:
    """Do live feeds know every offered channel up to now, less lag and one poll (ATT-13)? `absent`: and with the
    positive control."""
    for channel in seen.channels:
        upto = max((w for a in seen.abilities(channel) if (w := seen.watermark(a, now)) is not None), default=None)
        if upto is None or upto <= seen.window.starts_at:
            return False
        if not (seen.is_covered(channel, upto) if absent else seen.seen_through(channel, upto)):
            return False
    return True


def known_absent(seen: Watch, now: datetime) -> str | None:
    """By whom absence is known now (ATT-13): live feeds, or the consultant's word; None: it is not."""
    if seen.attendance.here_at is not None or seen.in_doubt() or seen.unplaced() or seen.found() is not None:
        return None
    if _known_by_feeds(seen, now):
        return "feed"
    offered = seen.session.starts_at + seen.attendance.late_by + seen.case.terms.offer_press_after
    said = any(s.says == "nobody" and offered <= at <= now for at, s in seen.statements)
    return "staff" if said else None


def _ask(draft: Draft, seen: Watch) -> None:
    """A3: at T + 5, or later but before the close, as soon as absence is known."""
    attendance, session, now = seen.attendance, seen.session, draft.now
    at = session.starts_at + attendance.late_by + draft.case.terms.ask_after
    if attendance.asked_at is not None or attendance.kept_open_at is not None or _is_over(seen):
        return
    if now < at:
        draft.review(at)
        return
    if now >= seen.window.ends_at or any(standing(seen)) or (by := known_absent(seen, now)) is None:
        return
    set_course(draft, seen, asked_at=now, absent_at=now)
    close = first_close(draft.case, session, draft.live.attendance)
    draft.found("A3", f"nobody is there, known by {by}: the customer is asked", close=close)
    _put_question(draft, Cause.DUE, TextLetter.ARE_YOU_COMING, close)


def _put_question(draft: Draft, cause: Cause, text: TextLetter, close: datetime) -> None:
    session = draft.live
    assert session.booking is not None
    ordinal = int(cause is Cause.ONCE_MORE)
    for attendee in session.booking.attendees:
        mail_customer(draft, Letter.ARE_YOU_COMING, cause, attendee, expire_at=close, until=close, ordinal=ordinal)
    number = usable_mobile(draft.case, session)
    if number is not None and refusal_of(draft.case, number) is None:
        text_customer(draft, text, number, until=close, expire_at=close)


def _ask_again(draft: Draft, seen: Watch) -> None:
    """A4: kept open, asked once more at the old close, if absence is known then."""
    attendance = seen.attendance
    if attendance.kept_open_at is None or attendance.asked_again_at is not None or _is_over(seen):
        return
    at = first_close(draft.case, seen.session, attendance)
    if draft.now < at:
        draft.review(at)
    elif draft.now < seen.window.ends_at and known_absent(seen, draft.now) is not None:
        set_course(draft, seen, asked_again_at=draft.now)
        draft.found("A4", "still nobody at the old close: asked once more", close=seen.window.ends_at)
        _put_question(draft, Cause.ONCE_MORE, TextLetter.STILL_THERE, seen.window.ends_at)


def _close(draft: Draft, seen: Watch) -> None:
    """A4 to A6: the close, to the second. A fact of the clock; the consultant is let go only where absence is known."""
    attendance, close = seen.attendance, seen.window.ends_at
    if attendance.closed_at is not None or attendance.verdict is not None:
        return
    if draft.now < close:
        if attendance.close_at != close and draft.now >= seen.session.starts_at:
            set_course(draft, seen, close_at=close)
        draft.review(close)
        return
    known = known_absent(seen, draft.now) if attendance.not_coming_at is None else "customer"
    set_course(draft, seen, close_at=close, closed_at=close, released_at=draft.now if known else None)
    rule = "A4" if attendance.not_coming_at or attendance.kept_open_at else "A6"
    if rule == "A6" and usable_mobile(draft.case, seen.session) is not None:
        rule = "A5"
    draft.found(rule, "the session closes", closed_at=close, absence=known or "not known: nobody is let go (A13)")
    member = draft.case.desk.member(seen.session.staff_id)
    if known and member is not None:
        mail_staff(draft, StaffLetter.RELEASED, member)


def _confirm(draft: Draft, seen: Watch) -> None:
    """ATT-6: the verdict, once, after the feeds have settled; an open objection is answered first (A15)."""
    attendance = seen.attendance
    if attendance.verdict is not None or attendance.closed_at is None:
        return
    at = settles_at(seen)
    if draft.now < at:
        if attendance.confirm_at != at:
            set_course(draft, seen, confirm_at=at)
        draft.review(at)
        return
    objection = attendance.objection
    if objection is not None and objection.answered_at is None:
        draft.found("A15", "the contact objects: no verdict before that is answered")
        return
    close_questions(draft, QuestionKind.NOBODY_CAME, QuestionKind.STAFF_MISSING)
    record_in(draft, seen, conclude(seen, draft.now))


STEPS: tuple[Callable[[Draft, Watch], None], ...] = (
    _came,
    _missing_staff,
    _offer,
    _ask,
    _ask_again,
    _close,
    _confirm,
)
"""In this order, each on what the one before left."""
