"""Who is told, and what is written? The effects of every published change of a session (N1, N6, N7, K1, K3, INV-34)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncd.domain.effect import (
    CalendarPut,
    CalendarRemove,
    CustomerMail,
    CustomerText,
    EffectKind,
    SessionFacts,
)
from syncd.domain.letters import Cause, Letter, Method, StaffLetter
from syncd.domain.people import Attendee, StaffMember
from syncd.domain.session import EntryRef, Invited, Question, Session
from syncd.policy.draft import Draft
from syncd.policy.facts import disputed_zone, facts_of
from syncd.policy.staff_texts import staff_text

NEEDS_ACTION = "NEEDS-ACTION"
CALENDAR_LETTERS = {
    Letter.INVITATION: Method.REQUEST,
    Letter.UPDATE: Method.REQUEST,
    Letter.CANCELLATION: Method.CANCEL,
    Letter.COUNTER_DECLINED: Method.DECLINECOUNTER,
}


def publish_booking(draft: Draft, cause: Cause) -> None:
    """The first publication: SEQUENCE 0, invitations, the event on the staff calendar."""
    draft.published()
    _invite(draft, Letter.INVITATION, cause)
    write_entry(draft)


def publish_change(draft: Draft, cause: Cause, former: Session) -> None:
    """A change that the customer sees: an update to everyone, the event rewritten; SEQUENCE +1 if it is a change to a
    calendar too, which another staff member in the same room is not (INV-34)."""
    draft.published()
    if _rescheduled(draft, former):
        draft.change(sequence=draft.live.sequence + 1)
        _invite(draft, Letter.UPDATE, cause, former)
    else:
        _invite(draft, Letter.UPDATE, cause, former, ordinal=draft.live.revision)
    if former.staff_id != draft.live.staff_id:
        _remove_entry(draft, former, guarded=False)
        draft.change(entry=None)
    write_entry(draft)


def publish_cancellation(draft: Draft, cause: Cause, *, entry_is_gone: bool = False, restorable: bool = False) -> None:
    """SEQUENCE above all sent, a cancellation to everyone invited, the event removed (N7, INV-35)."""
    draft.published()
    draft.change(sequence=draft.live.sequence + 1)
    _invite(draft, Letter.CANCELLATION, cause, restorable=restorable)
    if entry_is_gone:
        draft.change(entry=None)
    else:
        _remove_entry(draft, draft.live, guarded=True)


def write_entry(draft: Draft, *, lasting: bool = False) -> None:
    """Write the session's event as it now is; again under a new ordinal if this revision was tried before (K4).
    `lasting`: also when the session is over (K8)."""
    session = draft.live
    member = draft.case.desk.member(session.staff_id)
    if member is None:
        draft.found("K1", "the staff member is no longer configured; no calendar to write", staff=session.staff_id)
        return
    entry = session.entry
    body = CalendarPut(
        calendar_id=member.calendar_id,
        session_id=session.id,
        facts=facts_of(session, draft.case.desk, draft.case.terms, draft.now),
        ref=entry.ref if entry else None,
        generation=entry.generation if entry else 0,
        adopted=entry.adopted if entry else False,
        with_attendees=entry.provider_invites if entry else False,
    )
    tries = draft.emitted_before(EffectKind.CALENDAR_PUT, revision=session.revision, recipient=member.calendar_id)
    draft.emit(
        EffectKind.CALENDAR_PUT,
        member.calendar_id,
        body,
        lane=member.calendar_id,
        expire_at=None if lasting else session.ends_at,
        guarded=True,
        ordinal=tries,
    )


def take_away(draft: Draft) -> None:
    """The event is removed though nothing is cancelled: a return call that is done before its time (O3)."""
    draft.published()
    _remove_entry(draft, draft.live, guarded=True)


def rewrite_entry(draft: Draft) -> None:
    """The event of what is over says what it came to (O3, K8)."""
    draft.published()
    write_entry(draft, lasting=True)


def remove_again(draft: Draft) -> None:
    """The event was edited while we removed it; the cancellation stands (K4)."""
    _remove_entry(draft, draft.live, guarded=True)


def remove_stray(draft: Draft, ref: EntryRef) -> None:
    """Remove one event that stands where none should, if it still is as it was seen."""
    tries = draft.emitted_before(EffectKind.CALENDAR_REMOVE, revision=draft.live.revision, recipient=ref.calendar_id)
    body = CalendarRemove(ref.calendar_id, draft.live.id, ref)
    draft.emit(EffectKind.CALENDAR_REMOVE, ref.calendar_id, body, lane=ref.calendar_id, ordinal=tries)


def mail_customer(
    draft: Draft,
    letter: Letter,
    cause: Cause,
    to: Attendee,
    *,
    expire_at: datetime | None,
    due_at: datetime | None = None,
    guarded: bool = False,
    former: Session | None = None,
    refused: str | None = None,
    restorable: bool = False,
    instead_of: CustomerText | None = None,
    partstat: str = NEEDS_ACTION,
    ordinal: int = 0,
    until: datetime | None = None,
    words: str = "",
) -> None:
    """One mail to one attendee, with the facts as of now."""
    session, desk = draft.live, draft.case.desk
    method = CALENDAR_LETTERS.get(letter)
    member = desk.member(former.staff_id) if former and former.staff_id != session.staff_id else None
    moved = former is not None and former.starts_at != session.starts_at
    body = CustomerMail(
        letter=letter,
        cause=cause,
        to=to,
        facts=facts_of(session, desk, draft.case.terms, draft.now, restorable=restorable),
        issued_at=draft.now,
        method=method,
        sequence=session.sequence if method else 0,
        dtstamp=session.dtstamp if method else None,
        partstat=partstat,
        ordinal=ordinal,
        former_starts_at=former.starts_at if former and moved else None,
        former_staff_name=member.name if member else None,
        refused=refused,
        other_zone=_in_doubt(session, to),
        instead_of=instead_of,
        until=until,
        words=words,
    )
    draft.emit(
        EffectKind.MAIL_CUSTOMER,
        to.email,
        body,
        name=letter,
        due_at=due_at,
        expire_at=expire_at,
        guarded=guarded,
        ordinal=ordinal,
    )


def letters_to(draft: Draft, email: str, letter: Letter) -> int:
    """How many of these they were sent, this decision's included; for ordinals."""
    known = {e.key for e in draft.case.effects if (e.letter, e.recipient) == (letter, email)}
    known |= {
        e.key
        for e in draft.effects
        if isinstance(e.body, CustomerMail) and (e.body.letter, e.recipient) == (letter, email)
    }
    return len(known)


def _in_doubt(session: Session, to: Attendee) -> str | None:
    """The zone that the booker may be in instead: both times are printed, and the message asks (N4)."""
    booking = session.booking
    return disputed_zone(booking, session.starts_at) if booking and to == booking.booker else None


def mail_staff(draft: Draft, letter: StaffLetter, to: StaffMember, *, detail: str = "", hint: str = "") -> None:
    """One notice to one staff member about this session."""
    session = draft.session
    has_facts = session is not None and session.booking is not None
    body = replace(draft.staff_mail(letter, to, detail), facts=_facts(draft) if has_facts else None, hint=hint)
    ordinal = draft.emitted_before(EffectKind.MAIL_STAFF, recipient=to.email)
    draft.emit(EffectKind.MAIL_STAFF, to.email, body, name=letter, ordinal=ordinal)


def ask_staff(
    draft: Draft,
    question: Question,
    to: StaffMember,
    *,
    detail: str = "",
    repeated: bool = False,
    by_mail: bool = True,
    by_text: bool = True,
    expire_at: datetime | None = None,
) -> None:
    """Put a question to staff, by mail with signed links, and by text where they want it (N8); `repeated` for the one
    repetition. `expire_at`: the text is of no use from then on."""
    if by_mail:
        _mail_question(draft, question, to, detail=detail, repeated=repeated)
    if by_text:
        text_staff(draft, question, to, repeated=repeated, expire_at=expire_at)


def text_staff(
    draft: Draft,
    question: Question,
    to: StaffMember,
    *,
    letter: StaffLetter = StaffLetter.QUESTION,
    repeated: bool = False,
    expire_at: datetime | None = None,
) -> None:
    """The question's link by text, to whom it is put, or to a colleague who may see to it as well (A8)."""
    draft.effects += staff_text(
        draft.case.desk,
        to,
        question,
        draft.case.key,
        draft.now,
        letter=letter,
        revision=draft.live.revision,
        facts=_facts(draft),
        repeated=repeated,
        ordinal=int(repeated),
        expire_at=expire_at,
    )


def _facts(draft: Draft) -> SessionFacts | None:
    session = draft.live
    return facts_of(session, draft.case.desk, draft.case.terms, draft.now) if session.booking else None


def _mail_question(draft: Draft, question: Question, to: StaffMember, *, detail: str, repeated: bool) -> None:
    mail = draft.staff_mail(StaffLetter.QUESTION, to, detail)
    body = replace(mail, facts=_facts(draft), question=question, repeated=repeated)
    draft.emit(EffectKind.MAIL_STAFF, to.email, body, name=f"question:{question.id}", ordinal=1 if repeated else 0)


def _rescheduled(draft: Draft, former: Session) -> bool:
    """Has one of the properties changed that raise SEQUENCE (INV-34): the times, LOCATION, STATUS?"""
    session, room = draft.live, draft.case.desk.room
    if (session.span, session.state) != (former.span, former.state):
        return True
    here, there = room(session.room_id), room(former.room_id)
    return session.room_id != former.room_id and (here is None or there is None or here.join != there.join)


def _invite(
    draft: Draft,
    letter: Letter,
    cause: Cause,
    former: Session | None = None,
    *,
    restorable: bool = False,
    ordinal: int = 0,
) -> None:
    """The calendar mail to each attendee, unless their provider already speaks to them (CAL-21). Whose time is new is
    asked anew; else each attendee's answer stands (INV-26)."""
    session = draft.live
    assert session.booking is not None
    if session.call is not None:
        _tell_of_call(draft, letter, cause, former)
        return
    if session.entry is not None and session.entry.provider_invites:
        draft.found("CAL-21", "the provider tells the customer; no mail of ours")
        return
    expire_at = None if letter is Letter.CANCELLATION else session.ends_at
    same_time = (
        letter is Letter.UPDATE and former is not None and (former.span, former.state) == (session.span, session.state)
    )
    before = {known.email: known for known in session.invited}
    invited = tuple(
        _asked(before.get(a.email), a.email, session, anew=not same_time) for a in session.booking.attendees
    )
    for attendee, known in zip(session.booking.attendees, invited, strict=True):
        mail_customer(
            draft,
            letter,
            cause,
            attendee,
            expire_at=expire_at,
            guarded=True,
            former=former,
            restorable=restorable,
            partstat=known.partstat,
            ordinal=ordinal,
        )
    draft.change(invited=invited)


def _tell_of_call(draft: Draft, letter: Letter, cause: Cause, former: Session | None) -> None:
    """O3: when we call and from which number, or that we do not; no calendar mail, and nothing to answer."""
    session = draft.live
    assert session.booking is not None
    over = letter is Letter.CANCELLATION
    mail_customer(
        draft,
        Letter.CALL_OVER if over else Letter.RETURN_CALL,
        cause,
        session.booking.booker,
        expire_at=None if over else session.starts_at,
        guarded=True,
        former=former,
    )


def _asked(known: Invited | None, email: str, session: Session, *, anew: bool) -> Invited:
    """What this attendee is sent now. That a mail to them came back is not forgotten (A7)."""
    if known is None:
        return Invited(email, session.sequence)
    if anew:
        return Invited(email, session.sequence, bounced_at=known.bounced_at)
    return replace(known, sequence=session.sequence)


def _remove_entry(draft: Draft, whose: Session, *, guarded: bool) -> None:
    member = draft.case.desk.member(whose.staff_id)
    if member is None:
        return
    entry = whose.entry
    calendar_id = entry.ref.calendar_id if entry else member.calendar_id
    body = CalendarRemove(
        calendar_id,
        draft.live.id,
        entry.ref if entry else None,
        generation=entry.generation if entry else 0,
        notify=entry.provider_invites if entry else False,
    )
    tries = draft.emitted_before(EffectKind.CALENDAR_REMOVE, revision=draft.live.revision, recipient=calendar_id)
    draft.emit(EffectKind.CALENDAR_REMOVE, calendar_id, body, lane=calendar_id, guarded=guarded, ordinal=tries)
