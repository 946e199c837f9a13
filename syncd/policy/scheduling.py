"""What did staff do in their calendar? Echoes, moves, and edits on both sides at once (K3, K4, C6, CAL-14, CAL-21)."""

from __future__ import annotations

from dataclasses import replace

from syncd.domain.effect import EffectKind
from syncd.domain.evidence import (
    CancelRequested,
    EffectDone,
    EffectParked,
    EffectStale,
    EntryGone,
    EntrySeen,
    Evidence,
)
from syncd.domain.letters import Cause, StaffLetter
from syncd.domain.people import Side, normal_email
from syncd.domain.session import CalendarEntry, Move, Session, SessionState
from syncd.domain.spans import Span
from syncd.policy.calls import on_call_tags
from syncd.policy.changes import on_cancel
from syncd.policy.deciding import on_tags
from syncd.policy.draft import Draft
from syncd.policy.gaps import type_of
from syncd.policy.publish import mail_staff, publish_change, remove_again, write_entry
from syncd.policy.slots import claims_for, room_for
from syncd.policy.strays import on_ghost, on_stray
from syncd.policy.vanished import on_gone

WRITTEN = (SessionState.BOOKED, SessionState.ENDED)
"""Whose event we write: agreed times, and what they came to (K8)."""
REWRITES_MAX = 10
"""How often one revision is written again after a conflict before a person is told."""


def on_entry_seen(draft: Draft, evidence: Evidence, seen: EntrySeen) -> None:
    """An own event as it stands: our own write come back, staff's edit, or an answer of the customer in it."""
    session = draft.session
    if session is None:
        _tell_of_stranger(draft, seen)
        return
    if session.state is SessionState.CANCELLED:
        on_ghost(draft, seen)
        return
    if not _is_its_entry(draft, session, seen):
        on_stray(draft, evidence, seen)
        return
    if session.call is not None:
        draft.change(entry=replace(session.entry or CalendarEntry(seen.ref), ref=seen.ref))
        on_call_tags(draft, seen)
    else:
        on_tags(draft, evidence, seen)
    session = draft.live
    if session.state is SessionState.ENDED and session.entry is not None:
        draft.change(entry=replace(session.entry, ref=seen.ref))
        draft.found("K8", "the session is over; of its event only tags are read")
        return
    if session.state is not SessionState.BOOKED:
        draft.found("CAL-14", f"the session is {session.state}; its event is not looked at")
        return
    if seen.signature.status == "cancelled":
        on_gone(draft, evidence, EntryGone(seen.ref, "tombstone"))
        return
    if session.missing is not None:
        draft.found("CAL-6", "the event is there after all")
        draft.change(missing=None)
    written = session.entry.written if session.entry else None
    known = draft.live.entry or CalendarEntry(seen.ref)
    draft.change(entry=replace(known, ref=seen.ref, written=seen.signature))
    before = (written.starts_at, written.ends_at) if written else (session.starts_at, session.ends_at)
    if (seen.signature.starts_at, seen.signature.ends_at) == before:
        draft.found("CAL-14", "no change of time: our own write, or staff's notes")
    elif (seen.signature.starts_at, seen.signature.ends_at) == (session.starts_at, session.ends_at):
        draft.found("CAL-14", "the event shows the time that is agreed")
    elif _customer_was_later(draft, seen):
        draft.found("K4", "the customer's later change stands; the event is written again")
        member = draft.case.desk.member(session.staff_id)
        if member and draft.tell_once(f"overruled:{session.revision}"):
            mail_staff(draft, StaffLetter.OVERRULED, member)
        _write_again(draft)
    else:
        _moved_by_staff(draft, evidence, seen)
    _customer_answered(draft, evidence, seen)


def on_written(draft: Draft, evidence: Evidence, done: EffectDone) -> None:
    """The receipt of a write: from now on the event's version and signature are known (CAL-14)."""
    session = draft.session
    if session is None or done.ref is None or done.effect_kind != EffectKind.CALENDAR_PUT:
        if session and done.effect_kind == EffectKind.CALENDAR_REMOVE and session.state is SessionState.CANCELLED:
            draft.change(entry=None)
        return
    member = draft.case.desk.member(session.staff_id)
    if session.state not in WRITTEN or member is None or done.ref.calendar_id != member.calendar_id:
        draft.found("K1", "a write was acknowledged that is no longer wanted there")
        return
    known = session.entry or CalendarEntry(done.ref)
    draft.change(
        entry=replace(
            known,
            ref=done.ref,
            written=done.signature or known.written,
            written_revision=done.revision,
            written_at=evidence.received_at,
        )
    )
    draft.found("K1", "the event stands on the staff calendar", revision=done.revision)


def on_stale(draft: Draft, evidence: Evidence, stale: EffectStale) -> None:
    """Our conditional write met another version: look at what is there, then decide again (CAL-15, K4)."""
    session = draft.session
    if session is None:
        return
    draft.found("CAL-15", "the event had changed since we read it", effect=stale.effect_kind)
    if session.state is SessionState.CANCELLED:
        if stale.effect_kind == EffectKind.CALENDAR_REMOVE and stale.seen is not None and session.entry is not None:
            draft.change(entry=replace(session.entry, ref=stale.seen.ref))
            if draft.emitted_before(EffectKind.CALENDAR_REMOVE, revision=session.revision) < REWRITES_MAX:
                remove_again(draft)
        return
    if session.state is SessionState.ENDED and stale.effect_kind == EffectKind.CALENDAR_PUT and stale.seen is not None:
        on_entry_seen(draft, evidence, stale.seen)
        if draft.emitted_before(EffectKind.CALENDAR_PUT, revision=session.revision) < REWRITES_MAX:
            write_entry(draft, lasting=True)
        return
    if session.call is not None and stale.effect_kind == EffectKind.CALENDAR_REMOVE and stale.seen is not None:
        draft.change(entry=replace(session.entry or CalendarEntry(stale.seen.ref), ref=stale.seen.ref))
        if draft.emitted_before(EffectKind.CALENDAR_REMOVE, revision=session.revision) < REWRITES_MAX:
            remove_again(draft)
        return
    if session.state is not SessionState.BOOKED or stale.effect_kind != EffectKind.CALENDAR_PUT:
        return
    revision = session.revision
    if stale.seen is not None:
        on_entry_seen(draft, evidence, stale.seen)
        if draft.live.state is SessionState.BOOKED and draft.live.revision == revision:
            _write_again(draft)
    elif session.entry is not None:
        on_gone(draft, evidence, EntryGone(session.entry.ref, "absent"))


def on_parked(draft: Draft, evidence: Evidence, parked: EffectParked) -> None:
    """An act was refused for good: nobody is told that it happened, and staff are told that it did not (CAL-19)."""
    draft.found("CAL-19", f"refused: {parked.reason}", effect=parked.effect_kind)
    session = draft.session
    member = draft.case.desk.member(session.staff_id) if session else None
    if session is None or member is None or parked.effect_kind == EffectKind.MAIL_STAFF:
        return
    mail = parked.effect_kind == EffectKind.MAIL_CUSTOMER
    letter = StaffLetter.MAIL_REFUSED if mail else StaffLetter.REFUSED_WRITE
    if draft.tell_once(f"refused:{parked.effect_key}"):
        mail_staff(draft, letter, member, detail=parked.reason, hint=parked.hint)


def watch_collisions(draft: Draft) -> None:
    """K6: a session that collides with something staff add later stays; they are told once for that time."""
    session = draft.session
    if session is None or session.state is not SessionState.BOOKED or draft.now >= session.starts_at:
        return
    busy = [span for who, span in draft.case.consulted.busy if who == session.staff_id]
    if not any(span.overlaps(session.span) for span in busy):
        return
    member = draft.case.desk.member(session.staff_id)
    fresh = draft.case.session is None or draft.case.session.span != session.span
    if member and draft.tell_once(f"collision:{session.starts_at.isoformat()}") and not fresh:
        draft.found("K6", "something else now stands at the same time; the session stays", starts_at=session.starts_at)
        mail_staff(draft, StaffLetter.COLLISION, member)


def _is_its_entry(draft: Draft, session: Session, seen: EntrySeen) -> bool:
    """The right calendar, and the event that we know (or the first that we see)."""
    if session.entry is not None:
        known = session.entry.ref
        return (known.calendar_id, known.event_id) == (seen.ref.calendar_id, seen.ref.event_id)
    member = draft.case.desk.member(session.staff_id)
    return member is not None and seen.ref.calendar_id == member.calendar_id


def _customer_was_later(draft: Draft, seen: EntrySeen) -> bool:
    """K4: with a change of ours on its way, the later deliberate one wins; a tie, or an unknown time, is staff's."""
    session = draft.live
    if session.changed_by is not Side.CUSTOMER or session.changed_at is None or seen.modified_at is None:
        return False
    entry = draft.case.session.entry if draft.case.session else None
    if entry is not None and entry.written_revision >= session.revision and not draft.writes_pending():
        return False
    return session.changed_at - seen.modified_at > draft.case.terms.edit_tie


def _moved_by_staff(draft: Draft, evidence: Evidence, seen: EntrySeen) -> None:
    """K3: the customer is told as for any change; nothing counts against them (C10, C11)."""
    former, desk = draft.live, draft.case.desk
    span = Span(seen.signature.starts_at, seen.signature.ends_at)
    kind = type_of(former, desk, draft.case.terms)
    others = tuple(n for n in draft.case.consulted.neighbours if n.session_id != former.id)
    room = (room_for(desk, kind, span, others) if kind else None) or desk.room(former.room_id)
    at = seen.modified_at or evidence.received_at
    draft.change(
        state=former.after(Move.RESCHEDULE),
        span=span,
        room_id=room.id if room else None,
        arranged_at=draft.now,
        staff_set_at=draft.now,
        changed_at=at,
        changed_by=Side.STAFF,
        questions=(),
    )
    if kind is not None:
        draft.claims = claims_for(kind, former.staff_id, room, span, may_overlap=True)
    draft.found("K3", "staff moved the event", from_=former.starts_at, to=span.starts_at)
    publish_change(draft, Cause.MOVED_BY_STAFF, former)


def _customer_answered(draft: Draft, evidence: Evidence, seen: EntrySeen) -> None:
    """Where the provider invited, the customer's answer stands in the attendee list (CAL-21, C6)."""
    session = draft.live
    if session.booking is None or session.entry is None or not session.entry.provider_invites:
        return
    customers = {normal_email(a.email): a.email for a in session.booking.attendees}
    answers = {normal_email(a.email): a.partstat for a in seen.attendees}
    old = {i.email: i.partstat for i in session.invited}
    invited = tuple(replace(i, partstat=answers.get(normal_email(i.email), i.partstat)) for i in session.invited)
    draft.change(invited=invited)
    booker = session.booking.booker.email
    declined = answers.get(normal_email(booker)) == "DECLINED" and old.get(booker) != "DECLINED"
    if declined and len(customers) == 1:
        on_cancel(draft, evidence, CancelRequested("calendar", Side.CUSTOMER, booker))
        draft.answers = [a for a in draft.answers if a.evidence_key != evidence.key]
    elif declined:
        draft.found("C6", "declined, but others are invited too: noted")


def _write_again(draft: Draft) -> None:
    revision = draft.live.revision
    if draft.emitted_before(EffectKind.CALENDAR_PUT, revision=revision) < REWRITES_MAX:
        write_entry(draft)
        return
    member = draft.case.desk.member(draft.live.staff_id)
    if member and draft.tell_once(f"unwritable:{revision}"):
        mail_staff(draft, StaffLetter.REFUSED_WRITE, member, detail="the event changed under every attempt to write it")


def _tell_of_stranger(draft: Draft, seen: EntrySeen) -> None:
    """An event that bears our mark and a session that we do not know goes before staff (CAL-12)."""
    member = draft.case.desk.holder_of(seen.ref.calendar_id)
    draft.found("CAL-12", "an event bears our mark, but its session is unknown here")
    if member and not draft.emitted_before(EffectKind.MAIL_STAFF, recipient=member.email):
        mail_staff(draft, StaffLetter.UNKNOWN_SESSION, member, detail=f"{seen.signature.starts_at:%Y-%m-%d %H:%M} UTC")
