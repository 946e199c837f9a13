"""Whose attendance is it? Records of a room become evidence of the sessions whose time they fall into, with what they
are to each: a customer, one of ours, or somebody unexplained (ATT-8, ATT-10, ATT-12, A2).

Strong identity (our token, an address, a full number) decides between sessions; the rest supports and excludes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from syncd.domain.attendance import Hints, Presence
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Desk
from syncd.domain.evidence import Evidence
from syncd.domain.keys import session_key
from syncd.domain.people import Contact, StaffMember, normal_email
from syncd.domain.session import Session
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.engine.freemail import FREE_MAIL
from syncd.engine.links import attendee_of, open_attendee_token
from syncd.ports.keys import Keys
from syncd.ports.source import Batch

STRONG = frozenset({"token", "email", "domain", "phone"})
"""What decides: whoever is one session's customer by these is nobody unexplained in another's (ATT-10)."""
MASKED_DIGITS_MIN = 4
"""Fewer visible digits of a masked number say nothing."""
INSTANT = timedelta(microseconds=1)


class Known(Protocol):
    """What is asked of the Views."""

    def sessions_in_room(self, room_id: str, span: Span) -> tuple[Session, ...]: ...

    def terms(self, terms_id: str) -> Terms: ...

    def contacts(self, company_id: str | None = None) -> tuple[Contact, ...]: ...


@dataclass(frozen=True, slots=True)
class People:
    """What is known of one session's company: addresses, domains, numbers, names; colleagues count (A1)."""

    session: Session
    emails: frozenset[str]
    domains: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]


def attribute(batch: Batch, views: Known, keys: Keys, desk: Desk) -> Batch:
    """The batch with each AttendanceSeen as one evidence for each session that it concerns; what falls into no
    session's time is dropped, other evidence is left as it is. A record read again gives the same keys."""
    attendance = [item for item in batch.evidence if isinstance(item.payload, AttendanceSeen)]
    if not attendance:
        return batch
    found = [item for item in batch.evidence if not isinstance(item.payload, AttendanceSeen)]
    known: dict[str, People] = {}
    for item in attendance:
        assert isinstance(item.payload, AttendanceSeen)
        found += _placed(item, item.payload, views, keys, desk, known)
    return replace(batch, evidence=tuple(found))


def _placed(
    item: Evidence, seen: AttendanceSeen, views: Known, keys: Keys, desk: Desk, known: dict[str, People]
) -> list[Evidence]:
    staff, seen = _ours(seen, desk)
    sessions = [s for s in _in_time(seen, views) if s.booking is not None]
    matches: dict[str, str] = {}
    if not staff:
        for session in sessions:
            people = known.get(session.id) or _people(session, views)
            known[session.id] = people
            matches[session.id] = _matched(seen.hints, people, keys)
    decided = {session_id for session_id, how in matches.items() if how in STRONG}
    return [
        replace(
            item,
            key=f"{item.key}@{session.id}",
            subject=session_key(session.id),
            payload=replace(seen, matched=matches.get(session.id, "")),
        )
        for session in sessions
        if staff or not decided or session.id in decided
    ]


def _in_time(seen: AttendanceSeen, views: Known) -> tuple[Session, ...]:
    """Sessions of that room whose window, or what follows it until their end, the stay falls into (ATT-10). Generous at
    the edges: what counts is judged with the session's own terms."""
    last = max(seen.left_at or seen.observed_at, seen.joined_at)
    stay = Span(seen.joined_at, last + INSTANT)
    near = views.sessions_in_room(seen.room_id, stay.widened(AFTER, BEFORE))
    return tuple(s for s in near if _span_of(s, views).overlaps(stay))


BEFORE = timedelta(hours=1)
AFTER = timedelta(hours=2)
"""How far beside a stay sessions are looked for, before their own windows decide."""


def _span_of(session: Session, views: Known) -> Span:
    terms = views.terms(session.terms_id)
    around = terms.around_window + terms.skew_max
    attendance = session.attendance
    close = attendance.closed_at or attendance.close_at
    if close is None or attendance.starts_at != session.starts_at:
        close = session.starts_at + terms.close_with_mobile
    return Span(session.starts_at - terms.early - around, max(close, session.ends_at) + around)


def _ours(seen: AttendanceSeen, desk: Desk) -> tuple[bool, AttendanceSeen]:
    """Staff by address, number or the names they gave for conferences; bots by name (A2, ATT-12). A name is only heeded
    where no address or number says otherwise."""
    member = staff_member(seen.hints, desk)
    if member is not None:
        return True, replace(seen, staff_id=member.id)
    if seen.presence is Presence.BOT or _is_bot(seen.hints, desk):
        return True, replace(seen, presence=Presence.BOT)
    return False, seen


def staff_member(hints: Hints, desk: Desk) -> StaffMember | None:
    email, name = normal_email(hints.email), _plain(hints.name)
    for member in desk.staff:
        accounts = {normal_email(account) for account in member.accounts}
        if email and (email == normal_email(member.email) or email in accounts):
            return member
        if hints.phone_e164 and (hints.phone_e164 == member.mobile or hints.phone_e164 in accounts):
            return member
        nothing_else = not (email or hints.phone_e164 or hints.token)
        if name and nothing_else and name in {_plain(account) for account in member.accounts}:
            return member
    return None


def _is_bot(hints: Hints, desk: Desk) -> bool:
    name = _plain(hints.name)
    return bool(name) and not hints.token and name in {_plain(bot) for bot in desk.bots}


def _people(session: Session, views: Known) -> People:
    booking = session.booking
    assert booking is not None
    contacts = views.contacts(booking.company_id)
    emails = {normal_email(a.email) for a in booking.attendees} | {normal_email(c.email) for c in contacts}
    numbers = {a.mobile for a in booking.attendees if a.mobile} | {c.mobile for c in contacts if c.mobile}
    names = {_plain(a.name) for a in booking.attendees} | {_plain(c.name) for c in contacts}
    domains = {email.rpartition("@")[2] for email in emails} - FREE_MAIL
    return People(session, frozenset(emails), frozenset(domains), frozenset(numbers), frozenset(names - {""}))


def _matched(hints: Hints, people: People, keys: Keys) -> str:
    """By what this is the session's customer, strongest first (ATT-12); empty: it is not known who it is."""
    if hints.token:
        opened = open_attendee_token(keys, hints.token)
        if opened is not None and opened[0] == people.session.id and attendee_of(keys, people.session, opened[1]):
            return "token"
    email = normal_email(hints.email)
    if email and email in people.emails:
        return "email"
    if email and email.rpartition("@")[2] in people.domains:
        return "domain"
    if hints.phone_e164 and hints.phone_e164 in people.numbers:
        return "phone"
    if hints.phone_masked and any(_shows(hints.phone_masked, number) for number in people.numbers):
        return "masked"
    return "name" if _plain(hints.name) in people.names else ""


def _shows(masked: str, number: str) -> bool:
    """Do the visible digits of a masked number fit this one? Compared from the end, where formats agree."""
    shown = [c for c in masked if c.isdigit() or c in "*xX•"]
    digits = [c for c in number if c.isdigit()]
    if sum(c.isdigit() for c in shown) < MASKED_DIGITS_MIN or len(shown) > len(digits):
        return False
    return all(not a.isdigit() or a == b for a, b in zip(reversed(shown), reversed(digits), strict=False))


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def rooms_of(batch: Batch) -> Sequence[str]:
    """Which rooms a batch speaks of."""
    return sorted({reading.room_id for reading in batch.readings})
