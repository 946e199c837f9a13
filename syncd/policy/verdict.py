"""What may be concluded? The six conditions of a no-show, each by name (A7, ATT-7): all proved, or it is none.

Nobody is struck for our own blindness: what is not known, not read, not handed over or not understood is a condition
that failed, and the verdict then is *undetermined*.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from syncd.domain.attendance import Outcome, Verdict
from syncd.domain.case import SessionCase
from syncd.domain.correspondence import BounceReceived, TextReported, WordsReceived
from syncd.domain.effect import EffectKind, EffectState, EffectStatus
from syncd.domain.letters import Letter, TextLetter
from syncd.domain.people import Side, normal_email
from syncd.domain.session import QuestionKind, Session
from syncd.policy.deadlines import set_at_short_notice
from syncd.policy.facts import disputed_zone
from syncd.policy.watching import Watch, usable_mobile

OURS = frozenset({QuestionKind.NOBODY_CAME, QuestionKind.WHAT_CAME_OF_IT, QuestionKind.STAFF_MISSING})
"""Questions about attendance itself; every other open one may concern what the customer wrote (ATT-7.6)."""
CALENDAR_LETTERS = frozenset({Letter.INVITATION, Letter.UPDATE})
TEXT_LOST = frozenset({"failed", "undelivered"})
RECENT = timedelta(hours=24)
"""Words of the customer's from so long before the start on may concern whether they come."""


def attended(watch: Watch, now: datetime) -> Verdict | None:
    """ATTENDED, at the first evidence that a customer was there, from whatever source (A1, A11, A14)."""
    if watch.attendance.here_at is not None:
        return Verdict(Outcome.ATTENDED, now, Side.CUSTOMER, "A11")
    if watch.customers():
        return Verdict(Outcome.ATTENDED, now, Side.SYNCD, "A1")
    if watch.met_at() is not None:
        return Verdict(Outcome.ATTENDED, now, Side.SYNCD, "A14")
    found = watch.found()
    if found is not None:
        at, said = found
        rule = "A1" if at <= watch.window.ends_at else "A14"
        return Verdict(Outcome.ATTENDED, now, Side.STAFF, rule, staff_id=said.staff_id)
    return None


def conclude(watch: Watch, now: datetime) -> Verdict:
    """The verdict once every feed has settled (ATT-6, ATT-7, A13)."""
    came = attended(watch, now)
    if came is not None:
        return came
    if presumed(watch):
        return Verdict(Outcome.ATTENDED, now, Side.SYNCD, "A13", presumed=True)
    failed = tuple(failing(watch))
    if failed:
        rule = "A12" if watch.attendance.kept_open_at is not None else "A7"
        return Verdict(Outcome.UNDETERMINED, now, Side.SYNCD, rule, failed)
    return Verdict(Outcome.NO_SHOW, now, Side.SYNCD, "A7")


def presumed(watch: Watch) -> bool:
    """A13: where staff attest by hand, a session that nobody reports empty was attended. By hand is where no live feed
    watches all that was offered, and where one should have, but was down (ATT-14)."""
    attendance = watch.attendance
    if not watch.case.desk.attestation or attendance.not_coming_at is not None:
        return False
    if watch.reported_empty() or watch.unplaced() or attendance.absent_at is not None:
        return False
    if not watch.live_everywhere():
        return True
    close = watch.window.ends_at
    return not watch.in_doubt() and not all(watch.seen_through(c, close) for c in watch.channels)


def settles_at(watch: Watch) -> datetime:
    """When the verdict is due: after the settle time of every feed involved (ATT-6, CON-3). After-the-fact feeds until
    their report exists, at most the terms' `settle_max`; where staff attest and nobody reported it empty, as soon as
    nobody can any more (A13)."""
    close, terms = watch.window.ends_at, watch.case.terms
    by_hand = close + terms.attest_within if watch.case.desk.attestation else close
    if presumed(watch) and not watch.live_everywhere():
        return by_hand
    waits = [by_hand]
    for ability in watch.room.feeds if watch.room else ():
        if ability.live:
            waits.append(close + ability.settle)
        elif not any(span.ends_at >= close for span in watch.spans_of(ability.feed, close)):
            waits.append(close + terms.settle_max)
    return max(waits)


def failing(watch: Watch) -> Iterator[str]:
    """The conditions of ATT-7 that are not proved, in words for an operator."""
    yield from standing(watch)
    yield from present(watch, watch.window.ends_at)
    yield from informed(watch)
    yield from heard(watch)


def standing(watch: Watch) -> Iterator[str]:
    """Condition 1: it took place as agreed, and nothing speaks against judging it by machine."""
    session, attendance = watch.session, watch.attendance
    if attendance.kept_open_at is not None:
        yield "ATT-7.1: kept open by the customer's answer (A4, A12)"
    if attendance.objection is not None and attendance.objection.answered_at is None:
        yield "ATT-7.1: the contact objects (A15)"
    if set_at_short_notice(session, watch.case.terms) and not acknowledged(session):
        yield "ATT-7.1: staff set the time less than a day ahead, and the contact did not acknowledge it (A16)"
    if session.booking is not None and disputed_zone(session.booking, session.starts_at) is not None:
        yield "ATT-7.1: the zone in which the time was shown was in question (A16, N4)"
    if session.missing is not None:
        yield "ATT-7.1: its event was gone from the staff calendar"


def acknowledged(session: Session) -> bool:
    """Did the booker accept the invitation as it stands?"""
    booker = normal_email(session.booking.booker.email) if session.booking else ""
    return any(i.partstat == "ACCEPTED" and normal_email(i.email) == booker for i in session.invited)


def present(watch: Watch, upto: datetime) -> Iterator[str]:
    """Conditions 2 to 4 up to an instant: somebody looked all the time, could have seen, and saw nobody."""
    span = f"from {watch.window.starts_at:%H:%M:%S} to {upto:%H:%M:%S} UTC"
    for channel in watch.channels:
        if watch.is_covered(channel, upto):
            continue
        if watch.seen_through(channel, upto):
            yield f"ATT-7.3: no consultant was seen by the feed that watched {channel} (A8)"
        else:
            yield f"ATT-7.2: {channel} was not covered without a gap {span}"
    for stay in watch.in_doubt():
        who = "a customer at the edge of the window" if stay.matched else "somebody unexplained"
        yield f"ATT-7.4: {who}, {stay.channel} ({stay.stage}), at {stay.since:%H:%M:%S} UTC"
    if watch.unplaced():
        yield "ATT-7.4: staff saw somebody whom they could not place"


def informed(watch: Watch) -> Iterator[str]:
    """Condition 5: the customer was told, in time, and nothing came back."""
    session, case = watch.session, watch.case
    booking = session.booking
    if booking is None:
        yield "ATT-7.5: nobody was invited"
        return
    booker = normal_email(booking.booker.email)
    mails = [e for e in case.effects if e.kind is EffectKind.MAIL_CUSTOMER and normal_email(e.recipient) == booker]
    if session.entry is None or not session.entry.provider_invites:
        calendar = [e for e in mails if e.letter in CALENDAR_LETTERS]
        if not calendar or calendar[-1].state is not EffectState.DONE:
            yield "ATT-7.5: the invitation was not handed over"
    for letter in sorted(reminders_due(case, session)):
        if not _handed_over(mails, letter, session):
            yield f"ATT-7.5: the {letter} was not handed over"
    for item in case.evidence:
        came_back = item.payload
        if not isinstance(came_back, BounceReceived) or came_back.action == "delayed":
            continue
        if normal_email(came_back.email) == booker:
            yield "ATT-7.5: mail to the booker came back"
            break
    yield from _texted(watch)


def reminders_due(case: SessionCase, session: Session) -> set[Letter]:
    """Those whose moment came after the time was set (N2)."""
    leads = sorted(case.terms.reminders, reverse=True)
    return {
        Letter.REMINDER_LAST if place == len(leads) - 1 else Letter.REMINDER_FIRST
        for place, lead in enumerate(leads)
        if session.arranged_at is None or session.starts_at - lead > session.arranged_at
    }


def _handed_over(mails: list[EffectStatus], letter: str, session: Session) -> bool:
    return any(e.letter == letter and e.starts_at == session.starts_at and e.state is EffectState.DONE for e in mails)


def _texted(watch: Watch) -> Iterator[str]:
    """The T + 5 text, where it was due: accepted, and not reported lost (A4: a failure learned then protects)."""
    session, case = watch.session, watch.case
    if watch.attendance.asked_at is None or usable_mobile(case, session) is None:
        return
    texts = [
        e
        for e in case.effects
        if e.kind is EffectKind.TEXT_CUSTOMER
        and e.letter == TextLetter.ARE_YOU_COMING
        and e.starts_at == session.starts_at
    ]
    if not any(e.state is EffectState.DONE for e in texts):
        yield "ATT-7.5: the text that asks was not accepted"
    keys = {e.key for e in texts}
    reports = [e.payload for e in case.evidence if isinstance(e.payload, TextReported)]
    if any(r.effect_key in keys and r.status in TEXT_LOST for r in reports):
        yield "ATT-7.5: the text that asks was not delivered"


def heard(watch: Watch) -> Iterator[str]:
    """Condition 6: whatever the customer sent before a cutoff has been read and dealt with."""
    close, case = watch.window.ends_at, watch.case
    known = {inbox.source: inbox for inbox in case.consulted.inboxes}
    for name in case.desk.inboxes:
        inbox = known.get(name)
        if inbox is None or inbox.read_upto is None or inbox.read_upto <= close:
            yield f"ATT-7.6: {name} has not been read past the close"
        elif inbox.unread:
            yield f"ATT-7.6: {inbox.unread} in {name} could not be understood and wait for a person"
    if any(q.kind not in OURS and q.kind is not QuestionKind.OBJECTION for q in watch.session.questions):
        yield "ATT-7.6: a question to staff about this session is open"
    since = watch.session.starts_at - RECENT
    words = [e for e in case.evidence if isinstance(e.payload, WordsReceived) and since <= e.received_at <= close]
    if words:
        yield "ATT-7.6: the customer wrote shortly before"
