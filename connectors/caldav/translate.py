"""What does a resource of a calendar mean to us? Bytes and ETag in, evidence and busy time out; pure.

Own or foreign by mark or derived name, never by time or title (CAL-11 to CAL-13); busy by the CAL table; foreign text
is looked at for the desk's mark and dropped (K7, CAL-10).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from syncd.domain.desk import Marks
from syncd.domain.evidence import EntryGone, EntrySeen, Evidence, MarkedEntrySeen
from syncd.domain.keys import derived_key, session_key
from syncd.domain.people import normal_email
from syncd.domain.session import EntryRef
from syncd.domain.spans import Span
from syncd.ical import read, recurrence, salvage, scheduling, staff_event
from syncd.ical.read import Resource
from syncd.ical.staff_event import SeenEvent
from syncd.ports.calendar import CalendarBinding
from syncd.ports.source import BusyItem, BusyTime

SUFFIX = ".ics"
CLOCKS_APART = timedelta(minutes=5)
EMAILS_MAX = 20
CODES_MAX = 40
TITLE_MAX = 200

_EMAIL = re.compile(r"[A-Z0-9][A-Z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@(?:[A-Z0-9-]{1,63}\.){1,8}[A-Z]{2,63}", re.IGNORECASE)
_WORD = re.compile(r"[^\W_](?:[^\W_]|-(?=[^\W_])){2,39}")
_GENERATION = re.compile(r"(.+)-(\d{1,9})-([a-z2-7]{26})")


@dataclass(frozen=True, slots=True)
class Moment:
    """When we read: `window` is what busy time is expanded over; what is seen now was changed after `since`."""

    read_at: datetime
    window: Span
    since: datetime | None = None
    server_invites: bool = False
    full: bool = False


@dataclass(frozen=True, slots=True)
class Understood:
    evidence: tuple[Evidence, ...] = ()
    busy: BusyItem | None = None


# --- whose it is --------------------------------------------------------------------------------------------------


def own_id(binding: CalendarBinding, session_id: str, generation: int) -> str:
    """The id of the event that we make for a session: its UID, and with the suffix the resource's name (CAL-17)."""
    named = binding.keys.name("caldav-event", binding.calendar_id, session_id, str(generation))
    return f"{session_id}-{generation}-{named}"


def own_name(binding: CalendarBinding, session_id: str, generation: int) -> str:
    return own_id(binding, session_id, generation) + SUFFIX


def event_mark(binding: CalendarBinding, uid: str) -> str:
    """An event's own id, as its mark repeats it: the UID of one that we made; of an adopted one a name for its UID in
    this calendar, since a colleague who is invited may get a copy with the same UID, marks and all (CAL-12)."""
    if session_named(binding, uid) is not None:
        return uid
    return binding.keys.name("caldav-mark", binding.calendar_id, uid)


def session_named(binding: CalendarBinding, event_id: str) -> str | None:
    """The session that a UID or a resource's name was derived from in this calendar; nobody else can derive one."""
    plain = event_id.removesuffix(SUFFIX)
    made = _GENERATION.fullmatch(plain)
    return made[1] if made is not None and plain == own_id(binding, made[1], int(made[2])) else None


def session_of(binding: CalendarBinding, seen: SeenEvent) -> str | None:
    """The session whose event this is, by the UID that only we can have given, or by a mark of ours that names this
    very event; a copy has neither (CAL-12). Both outlive a program that renames the resource. None: foreign."""
    named = session_named(binding, seen.uid)
    if named is not None:
        return named
    if not seen.session_id or seen.installation_id != binding.keys.installation_id:
        return None
    return seen.session_id if seen.event_id_mark == event_mark(binding, seen.uid) else None


# --- what it says -------------------------------------------------------------------------------------------------


def understand(binding: CalendarBinding, name: str, etag: str | None, raw: bytes, moment: Moment) -> Understood:
    """One resource as it stands. Never raises: what is not understood is busy (CAL-9)."""
    version = etag or sha256(raw).hexdigest()
    zone = ZoneInfo(binding.zone)
    try:
        resource = read.parse(raw)
        seen = staff_event.seen_in(resource, zone)
        session_id = session_of(binding, seen)
        if session_id is not None:
            return _own(binding, name, version, seen, session_id, moment)
        times = busy_times(resource, moment.window, zone, binding.staff_email)
    except Exception:  # noqa: BLE001 - Unreadable, or whatever the parser raises on one odd property (INV-43)
        if session_named(binding, name) is not None:
            return Understood(busy=BusyItem(name, version, unreadable=True))  # own time is claimed by the session
        return Understood(busy=_unreadable(name, version, raw, zone, moment))
    invited = moment.server_invites and scheduling.server_invited(resource, binding.staff_email)
    return Understood(_marked(binding, name, version, seen, moment, invited), BusyItem(name, version, times))


def not_served(binding: CalendarBinding, name: str, etag: str | None, moment: Moment) -> Understood:
    """A resource that the server lists and cannot serve: it shows no time, so it is busy today (CAL-9)."""
    day = BusyTime(day_of(moment.read_at, ZoneInfo(binding.zone)))
    return Understood(busy=BusyItem(name, etag or "", (day,), unreadable=True))


def may_be_invited(found: Understood) -> bool:
    """Is there a marked event with guests? Only then it matters whether the server has invited them (CAL-21)."""
    return any(isinstance(e.payload, MarkedEntrySeen) and e.payload.attendees for e in found.evidence)


def vanished(binding: CalendarBinding, name: str, since: str, read_at: datetime) -> Understood:
    """The server says that it is gone: a hint for what is ours, the end of it for what is not. The engine knows whose
    it was. `since` is the token (or ETag) that the report followed: it tells this report from later ones."""
    ref = EntryRef(binding.calendar_id, name)
    key = derived_key("entry-gone", binding.calendar_id, name, "", sha256(since.encode()).hexdigest()[:16])
    gone = Evidence(key, binding.calendar_id, read_at, EntryGone(ref, "tombstone"))
    return Understood((gone,), BusyItem(name, "", gone=True))


def busy_times(resource: Resource, window: Span, zone: ZoneInfo, staff_email: str) -> tuple[BusyTime, ...]:
    """CAL-22 to CAL-25. Raises Unreadable."""
    return tuple(
        BusyTime(each.span, each.original_start, each.away)
        for each in recurrence.occurrences(resource, window, zone, staff_email)
        if each.busy
    )


def busy_spans(binding: CalendarBinding, name: str, raw: bytes, asked: Span) -> tuple[Span, ...]:
    """When one resource takes foreign time within the span that was asked. What is not understood takes the widest
    span that it shows, and where it shows none, all that was asked (CAL-26)."""
    zone = ZoneInfo(binding.zone)
    try:
        resource = read.parse(raw)
        if session_of(binding, staff_event.seen_in(resource, zone)) is not None:
            return ()
        return tuple(each.span for each in busy_times(resource, asked, zone, binding.staff_email))
    except Exception:  # noqa: BLE001 - as in `understand`
        if salvage.is_no_event(raw) or session_named(binding, name) is not None:
            return ()
        span = salvage.widest_span(raw, zone) or asked
        return (span,) if span.overlaps(asked) else ()


def entry_seen(
    binding: CalendarBinding, name: str, version: str, seen: SeenEvent, session_id: str, moment: Moment
) -> EntrySeen:
    return EntrySeen(
        ref=EntryRef(binding.calendar_id, name, version),
        session_id=session_id,
        signature=seen.signature,
        modified_at=_modified_at(seen, moment),
        attendees=seen.attendees,
        tags=seen.tags,
    )


def _own(
    binding: CalendarBinding, name: str, version: str, seen: SeenEvent, session_id: str, moment: Moment
) -> Understood:
    """An own event takes no foreign time; what was kept of it before it was adopted is replaced."""
    busy = BusyItem(name, version)
    if moment.full and seen.signature.ends_at < moment.window.starts_at:
        return Understood(busy=busy)  # long over: a full re-read is no reason to tell it again
    entry = entry_seen(binding, name, version, seen, session_id, moment)
    key = derived_key("entry", binding.calendar_id, name, "", version)
    received_at = entry.modified_at or moment.read_at
    evidence = Evidence(key, binding.calendar_id, received_at, entry, session_key(session_id))
    return Understood((evidence,), busy)


def _modified_at(seen: SeenEvent, moment: Moment) -> datetime | None:
    """Where it is plausible: not in the future, and not before the reading that did not have it yet. Many programs
    leave LAST-MODIFIED as they found it, and ours would then date staff's change."""
    at = seen.last_modified
    if at is None or at > moment.read_at + CLOCKS_APART:
        return None
    return None if moment.since is not None and at < moment.since - CLOCKS_APART else min(at, moment.read_at)


def _unreadable(name: str, version: str, raw: bytes, zone: ZoneInfo, moment: Moment) -> BusyItem:
    if salvage.is_no_event(raw):
        return BusyItem(name, version)
    span = salvage.widest_span(raw, zone) or day_of(moment.read_at, zone)
    return BusyItem(name, version, (BusyTime(span),), unreadable=True)


def day_of(instant: datetime, zone: ZoneInfo) -> Span:
    """The whole local day (CAL-23)."""
    day = instant.astimezone(zone).date()
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    after = day + timedelta(days=1)
    return Span(midnight.astimezone(UTC), datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC))


# --- what staff mark (K7) -----------------------------------------------------------------------------------------


def _marked(
    binding: CalendarBinding, name: str, version: str, seen: SeenEvent, moment: Moment, invited: bool
) -> tuple[Evidence, ...]:
    title = marked_title(binding.marks, seen)
    if title is None or not binding.writable or seen.signature.status == "cancelled":
        return ()
    if not seen.recurring and seen.signature.ends_at < moment.window.starts_at:
        return ()
    staff = normal_email(binding.staff_email)
    guests = tuple(each for each in seen.attendees if each.email != staff)
    original = seen.original_start.isoformat() if seen.original_start else ""
    session_id = binding.keys.name("session", binding.calendar_id, name, original)
    modified_at = _modified_at(seen, moment)
    marked = MarkedEntrySeen(
        ref=EntryRef(binding.calendar_id, name, version, seen.original_start),
        uid=binding.keys.uid(session_id),
        signature=seen.signature,
        title=title[:TITLE_MAX],
        emails=_emails(seen, staff, tuple(each.email for each in guests)),
        codes=_codes(f"{title}\n{seen.notes}"),
        attendees=guests,
        provider_invites=invited,
        recurring=seen.recurring,
        modified_at=modified_at,
    )
    key = derived_key("marked", binding.calendar_id, name, original, version)
    return (Evidence(key, binding.calendar_id, modified_at or moment.read_at, marked),)


def marked_title(marks: Marks, seen: SeenEvent) -> str | None:
    """The title without the mark; None where the event carries none. Any one suffices; compared without case."""
    title = " ".join(seen.summary.split())
    prefix, tag, category = marks.title_prefix.casefold(), marks.tag.casefold(), marks.category.casefold()
    if prefix and title.casefold().startswith(prefix):
        return _without_tag(title[len(prefix) :], tag)
    words = f"{seen.summary}\n{seen.notes}".casefold().split()
    if (tag and tag in (word.strip(".,;:!?()[]") for word in words)) or (
        category and category in (" ".join(each.split()).casefold() for each in seen.categories)
    ):
        return _without_tag(title, tag)
    return None


def _without_tag(title: str, tag: str) -> str:
    return " ".join(word for word in title.split() if not tag or word.casefold().strip(".,;:!?()[]") != tag)


def _emails(seen: SeenEvent, staff: str, guests: tuple[str, ...]) -> tuple[str, ...]:
    """In the order in which they are named: title, notes, guests; the first is the booker (CAL-13)."""
    named = (normal_email(each) for each in _EMAIL.findall(f"{seen.summary}\n{seen.notes}"))
    return tuple(dict.fromkeys(each for each in (*named, *guests) if each != staff))[:EMAILS_MAX]


def _codes(text: str) -> tuple[str, ...]:
    """Words that may be company codes: with a digit, or all in capitals. Addresses are taken out first."""
    words = _WORD.findall(_EMAIL.sub(" ", text))
    return tuple(dict.fromkeys(w for w in words if any(c.isdigit() for c in w) or w.isupper()))[:CODES_MAX]
