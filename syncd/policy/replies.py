"""What follows from a calendar's answer, a bounce, or plain words by mail? (C6, O2, E11, A7; spec/invitations.md 4)

A reply counts by INV-41 and is judged by its receipt (C4); a COUNTER moves nothing; what is not proved, or not
understood, is shown to staff and nobody acts on it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from syncd.domain.correspondence import (
    BounceReceived,
    CounterReceived,
    RefreshReceived,
    ReplyReceived,
    WordsReceived,
)
from syncd.domain.decision import AnswerCode
from syncd.domain.effect import CustomerMail
from syncd.domain.evidence import CancelRequested, Evidence
from syncd.domain.letters import Cause, Letter, StaffLetter
from syncd.domain.people import Attendee, Side, normal_email
from syncd.domain.session import Invited, SessionState
from syncd.policy.changes import on_cancel, refuse
from syncd.policy.counters import propose
from syncd.policy.draft import Draft
from syncd.policy.publish import letters_to, mail_customer, mail_staff

DAY = timedelta(days=1)
SHOWN_MAX = 2_000
"""Characters of a customer's words in a mail to staff; the whole is kept with the evidence."""


def on_reply(draft: Draft, evidence: Evidence, reply: ReplyReceived) -> None:
    """INV-41: known UID, one invited attendee, proved, not older than the invitation or than what counted before."""
    invited = _invited(draft, reply.email)
    if invited is None or not reply.authentic:
        why = "not proved to come from them" if invited else "that address is not invited"
        _claim(draft, evidence, reply.email, f"{reply.partstat}: {why}", reply.comment)
        return
    at = min(reply.dtstamp or evidence.received_at, evidence.received_at)
    if invited.counted_at == at and (invited.counted_sequence, invited.partstat) == (reply.sequence, reply.partstat):
        draft.found("INV-44", "this reply was counted before")
        return
    before = (invited.counted_sequence, invited.counted_at or at - DAY)
    if reply.sequence < invited.sequence or (reply.sequence, at) <= before:
        _stale(draft, evidence, reply)
        return
    _record(draft, replace(invited, partstat=reply.partstat, counted_sequence=reply.sequence, counted_at=at))
    if reply.delegated or reply.partstat == "DELEGATED":
        _claim(draft, evidence, reply.email, f"{reply.partstat}, by a delegate; it is recorded", reply.comment)
    elif reply.partstat == "DECLINED":
        _declined(draft, evidence, reply)
    else:
        draft.found("C6", f"{reply.partstat}: recorded", received_at=evidence.received_at)
        if reply.partstat not in ("ACCEPTED", "TENTATIVE"):
            _claim(draft, evidence, reply.email, f"{reply.partstat}: recorded, and nothing else", reply.comment)
    if reply.comment and reply.partstat in ("ACCEPTED", "TENTATIVE", "DECLINED") and not reply.delegated:
        _show(draft, evidence, StaffLetter.WORDS, reply.email, reply.comment)


def on_counter(draft: Draft, evidence: Evidence, counter: CounterReceived) -> None:
    """C6, INV-42: staff are asked; until they answer the session stands as it is."""
    invited = _invited(draft, counter.email)
    if invited is None or not counter.authentic:
        why = "not proved to come from them" if invited else "that address is not invited"
        _claim(draft, evidence, counter.email, f"another time proposed: {why}", counter.comment)
    elif draft.live.state is not SessionState.BOOKED or evidence.received_at >= draft.live.starts_at:
        _claim(draft, evidence, counter.email, "another time proposed, but the session is over or off", counter.comment)
    elif counter.sequence < invited.sequence or counter.starts_at is None or counter.ends_at is None:
        _claim(draft, evidence, counter.email, "another time proposed for an earlier invitation", counter.comment)
    else:
        propose(draft, evidence, counter)


def on_refresh(draft: Draft, evidence: Evidence, wanted: RefreshReceived) -> None:
    """The current REQUEST or CANCEL again, to the invited address alone, not more often than the terms say."""
    session, invited = draft.session, _invited(draft, wanted.email)
    if session is None or session.booking is None or invited is None:
        draft.found("INV-41", "a copy was asked for by one who is not invited")
        return
    recent = evidence.received_at - draft.case.terms.resend_after
    earlier = (
        e
        for e in draft.case.evidence
        if isinstance(e.payload, RefreshReceived)
        and e.key != evidence.key
        and normal_email(e.payload.email) == normal_email(wanted.email)
    )
    if any(recent < e.received_at <= evidence.received_at for e in earlier):
        draft.found("INV-38", "a copy was asked for again too soon")
        return
    attendee = next(a for a in session.booking.attendees if a.email == invited.email)
    resend(draft, attendee, invited)


def resend(draft: Draft, to: Attendee, invited: Invited) -> None:
    """Unchanged state once more: same SEQUENCE, new DTSTAMP (INV-38), the answer that is known (INV-26)."""
    session = draft.live
    if session.entry is not None and session.entry.provider_invites:
        draft.found("CAL-21", "the provider tells the customer; no mail of ours")
        return
    if session.state is SessionState.BOOKED:
        letter, cause = Letter.INVITATION, Cause.ASKED
    elif session.state is SessionState.CANCELLED:
        letter = Letter.CANCELLATION
        customer = session.cancelled_by is Side.CUSTOMER
        cause = Cause.CANCELLED_BY_CUSTOMER if customer else Cause.CANCELLED_BY_STAFF
    else:
        draft.found("INV-38", "the session is over: no copy is of use")
        return
    draft.restamp()
    draft.found("INV-38", "a copy is sent again", to=session.sequence)
    ordinal = 1 + letters_to(draft, to.email, letter)
    until = session.ends_at if letter is Letter.INVITATION else None
    partstat = invited.partstat if letter is Letter.INVITATION else "NEEDS-ACTION"
    mail_customer(draft, letter, cause, to, expire_at=until, guarded=True, partstat=partstat, ordinal=ordinal)


def on_bounce(draft: Draft, evidence: Evidence, bounce: BounceReceived) -> None:
    """`failed` marks the address and tells staff, an unstructured one too; `delayed` is noted (A7)."""
    invited = _invited(draft, bounce.email)
    told = " ".join(part for part in (bounce.email, bounce.status, bounce.detail) if part)
    if bounce.action == "delayed":
        draft.found("A7", "a mail to the customer is delayed", status=bounce.status)
        return
    if invited is None:
        _claim(draft, evidence, bounce.email, "a mail of ours came back", told)
        return
    draft.found("A7", "a mail to the customer came back", status=bounce.status or bounce.action)
    first = invited.bounced_at is None
    _record(draft, replace(invited, bounced_at=min(invited.bounced_at or evidence.received_at, evidence.received_at)))
    member = draft.case.desk.member(draft.live.staff_id)
    if member is not None and (first or draft.tell_once(f"bounced:{bounce.email}:{draft.live.revision}")):
        mail_staff(draft, StaffLetter.MAIL_REFUSED, member, detail=told[:SHOWN_MAX])


def on_words(draft: Draft, evidence: Evidence, words: WordsReceived) -> None:
    """O2: shown to staff, never acted on."""
    if normal_email(words.email) in {normal_email(member.email) for member in draft.case.desk.staff}:
        draft.found("O2", "words of staff; kept with the session")
        return
    letter = StaffLetter.CLAIM if words.claim else StaffLetter.WORDS
    text = "\n".join(part for part in (words.claim, words.subject, words.text) if part)
    _show(draft, evidence, letter, words.email, text)


def _declined(draft: Draft, evidence: Evidence, reply: ReplyReceived) -> None:
    """C6: a cancel request (C1, C11) if they are the only one invited, else recorded."""
    session = draft.live
    assert session.booking is not None
    if len(session.booking.attendees) > 1:
        draft.found("C6", "declined, but others are invited too: recorded")
        return
    if session.state is SessionState.CANCELLED:
        draft.found("C6", "declined what is cancelled already")
        return
    on_cancel(draft, evidence, CancelRequested("calendar", Side.CUSTOMER, reply.email))
    _drop_answers_over_cap(draft, evidence, reply.email)


def _stale(draft: Draft, evidence: Evidence, reply: ReplyReceived) -> None:
    """Not counted; a DECLINED is answered so, with what can still be done (C4)."""
    draft.found("INV-41", "the reply is older than the invitation, or than what was counted", sequence=reply.sequence)
    if reply.partstat == "DECLINED" and draft.live.state is SessionState.BOOKED:
        refuse(draft, evidence, AnswerCode.UNCHANGED, "calendar", reply.email)
        _drop_answers_over_cap(draft, evidence, reply.email)


def _drop_answers_over_cap(draft: Draft, evidence: Evidence, email: str) -> None:
    """Loops: so many answers to one address in a day; what is published to calendars is no answer."""
    if _heard_today(draft, evidence, email) > draft.case.terms.answers_per_day:
        draft.found("C4", "no more answers to this address today")
        draft.effects = [
            e for e in draft.effects if not (isinstance(e.body, CustomerMail) and e.body.letter is Letter.REFUSAL)
        ]


def _heard_today(draft: Draft, evidence: Evidence, email: str) -> int:
    """Mails of that address in the day up to this one, itself included."""
    since = evidence.received_at - DAY
    return sum(
        1
        for e in draft.case.evidence
        if isinstance(e.payload, ReplyReceived | CounterReceived | WordsReceived)
        and normal_email(e.payload.email) == normal_email(email)
        and since < e.received_at <= evidence.received_at
    )


def _claim(draft: Draft, evidence: Evidence, email: str, why: str, text: str = "") -> None:
    """Nobody acts on it; staff see it as what it is."""
    draft.found("INV-41", f"shown to staff, not acted on: {why}")
    _show(draft, evidence, StaffLetter.CLAIM, email, "\n".join(part for part in (why, text) if part))


def _show(draft: Draft, evidence: Evidence, letter: StaffLetter, email: str, text: str) -> None:
    session = draft.session
    member = draft.case.desk.member(session.staff_id) if session else None
    member = member or next(iter(draft.case.desk.leads()), None)
    if member is None:
        return
    if _heard_today(draft, evidence, email) > draft.case.terms.answers_per_day:
        draft.found("O2", "listed; staff have had enough mails about this address today")
        return
    draft.found("O2", "shown to staff; nothing follows from it")
    mail_staff(draft, letter, member, detail=f"{email}\n{text}"[:SHOWN_MAX])


def _record(draft: Draft, changed: Invited) -> None:
    draft.change(invited=tuple(changed if i.email == changed.email else i for i in draft.live.invited))


def _invited(draft: Draft, email: str) -> Invited | None:
    session = draft.session
    if session is None or session.booking is None:
        return None
    return next((i for i in session.invited if normal_email(i.email) == normal_email(email)), None)
