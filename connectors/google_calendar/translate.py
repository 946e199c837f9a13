"""What does an event of Google's mean to us? One item of a listing in, evidence and busy time out; pure.

Events resource of the Calendar API v3; own or foreign by mark (CAL-11 to CAL-13), busy by the CAL table (CAL-22),
foreign words looked at for the desk's mark and dropped (K7, CAL-10), GOO-5, GOO-8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.google_calendar import moments, words
from connectors.google_calendar.moments import NOT_UNDERSTOOD, Item
from syncd.domain.evidence import EntryGone, EntrySeen, Evidence, MarkedEntrySeen, SeenAttendee
from syncd.domain.keys import derived_key, session_key
from syncd.domain.people import normal_email
from syncd.domain.session import EntryRef, Signature
from syncd.domain.spans import Span
from syncd.ical import marks
from syncd.ports.calendar import CalendarBinding
from syncd.ports.keys import Keys
from syncd.ports.source import BusyItem, BusyTime

SESSION, INSTALLATION, EVENT = "syncd-session", "syncd-installation", "syncd-event"
TITLE_MAX = 200

_BASE32HEX = str.maketrans("abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdefghijklmnopqrstuv")
_PARTSTAT = {"accepted": "ACCEPTED", "declined": "DECLINED", "tentative": "TENTATIVE"}


@dataclass(frozen=True, slots=True)
class Moment:
    """When we read: `window` is what busy time is expanded over; `full`: what is far from it need not be told."""

    read_at: datetime
    window: Span
    full: bool = False


@dataclass(frozen=True, slots=True)
class Understood:
    evidence: tuple[Evidence, ...] = ()
    busy: BusyItem | None = None


# --- whose it is --------------------------------------------------------------------------------------------------


def own_event_id(keys: Keys, session_id: str, generation: int) -> str:
    """The id of the event that we make for a session: base32hex, as Google asks (GOO-4, CAL-17)."""
    return keys.name("google-event", session_id, str(generation)).translate(_BASE32HEX)


def mark_of(keys: Keys, session_id: str, event_id: str) -> dict[str, str]:
    """The private extended properties by which an own event is known (CAL-11)."""
    return {SESSION: session_id, INSTALLATION: keys.installation_id, EVENT: event_id}


def private_of(item: Item) -> Mapping[str, Any]:
    extended = item.get("extendedProperties")
    private = extended.get("private") if isinstance(extended, Mapping) else None
    return private if isinstance(private, Mapping) else {}


def session_of(keys: Keys, item: Item) -> str | None:
    """The session whose event this is. Another installation's mark, or one copied from another event, does not count
    (CAL-12). None: foreign."""
    mark = private_of(item)
    session_id = mark.get(SESSION)
    ours = mark.get(INSTALLATION) == keys.installation_id and mark.get(EVENT) == item.get("id")
    return session_id if ours and isinstance(session_id, str) and session_id else None


# --- what it says -------------------------------------------------------------------------------------------------


def understand(binding: CalendarBinding, item: Item, moment: Moment) -> Understood:
    """One item, which has an id, as it stands. Never raises: what is not understood is busy (CAL-9)."""
    try:
        if item.get("status") == "cancelled":
            return _gone(binding, item, moment)
        session_id = session_of(binding.keys, item)
        if session_id is not None:
            return _own(binding, item, session_id, moment)
        return Understood(_marked(binding, item, moment), _busy(binding, item, moment))
    except NOT_UNDERSTOOD:
        shown = BusyTime(moments.widest(item, moment.read_at, ZoneInfo(binding.zone)))
        times = () if session_of(binding.keys, item) else (shown,)  # own time is claimed by the session
        return Understood(busy=BusyItem(item["id"], text_of(item, "etag"), times, unreadable=True))


def entry_seen(binding: CalendarBinding, item: Item, session_id: str) -> EntrySeen:
    """Raises one of NOT_UNDERSTOOD."""
    return EntrySeen(
        ref=ref_of(binding, item),
        session_id=session_id,
        signature=signature_of(binding, item),
        modified_at=moments.instant_of(item.get("updated")),
        attendees=guests_of(item, binding.staff_email),
        tags=marks.tags_in(f"{text_of(item, 'summary')}\n{words.notes_of(text_of(item, 'description'))}"),
    )


def ref_of(binding: CalendarBinding, item: Item) -> EntryRef:
    """Raises one of NOT_UNDERSTOOD."""
    original = moments.original_start(item, ZoneInfo(binding.zone))
    return EntryRef(binding.calendar_id, item["id"], text_of(item, "etag") or None, original)


def signature_of(binding: CalendarBinding, item: Item) -> Signature:
    """CAL-14. Raises one of NOT_UNDERSTOOD."""
    starts_at, ends_at = moments.times(item, ZoneInfo(binding.zone))
    status = item.get("status")
    return Signature(
        starts_at,
        ends_at,
        status if status in ("tentative", "cancelled") else "confirmed",
        " ".join(text_of(item, "location").split()),
        tuple(sorted(each.email for each in guests_of(item, binding.staff_email))),
    )


def guests_of(item: Item, staff_email: str) -> tuple[SeenAttendee, ...]:
    """Whom the event invites, each address once, without the staff member and without rooms."""
    found: dict[str, SeenAttendee] = {}
    for who in item.get("attendees") or ():
        email = normal_email(text_of(who, "email"))
        if email and not who.get("self") and not who.get("resource") and email != normal_email(staff_email):
            partstat = _PARTSTAT.get(text_of(who, "responseStatus"), "NEEDS-ACTION")
            found.setdefault(email, SeenAttendee(email, text_of(who, "displayName").strip(), partstat))
    return tuple(found.values())


def is_busy(item: Item, staff_email: str) -> bool:
    """By the CAL table (CAL-22). A status that nobody knows is busy."""
    if item.get("status") == "cancelled" or item.get("transparency") == "transparent":
        return False
    if item.get("eventType") == "workingLocation":
        return False
    staff = normal_email(staff_email)
    mine = (a for a in item.get("attendees") or () if a.get("self") or normal_email(text_of(a, "email")) == staff)
    return all(each.get("responseStatus") != "declined" for each in mine)


def text_of(item: Item, name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


# --- one kind of item each ----------------------------------------------------------------------------------------


def _own(binding: CalendarBinding, item: Item, session_id: str, moment: Moment) -> Understood:
    """An own event takes no foreign time; what was kept of it before it was adopted goes."""
    entry = entry_seen(binding, item, session_id)
    key = derived_key("entry", binding.calendar_id, item["id"], _stamp(entry.ref.original_start), entry.ref.version)
    received_at = entry.modified_at or moment.read_at
    evidence = Evidence(key, binding.calendar_id, received_at, entry, session_key(session_id))
    return Understood((evidence,), BusyItem(item["id"], entry.ref.version or "", gone=True))


def _gone(binding: CalendarBinding, item: Item, moment: Moment) -> Understood:
    """A tombstone, of which only the id is sure: a hint for what is ours, the end of it for what is not. A cancelled
    instance stays known, since it frees its place in the series (GOO-8)."""
    event_id, version = item["id"], text_of(item, "etag")
    try:
        original = moments.original_start(item, ZoneInfo(binding.zone))
    except NOT_UNDERSTOOD:
        original = None
    ref = EntryRef(binding.calendar_id, event_id, None, original)
    key = derived_key("entry-gone", binding.calendar_id, event_id, _stamp(original), version)
    received_at = moments.instant_of(item.get("updated")) or moment.read_at
    gone = Evidence(key, binding.calendar_id, received_at, EntryGone(ref, "tombstone"))
    if original is None:
        return Understood((gone,), BusyItem(event_id, version, gone=True))
    return Understood((gone,), BusyItem(event_id, version, (), item["recurringEventId"], original))


def _busy(binding: CalendarBinding, item: Item, moment: Moment) -> BusyItem | None:
    """None: it takes no time in the window, and a full re-read need not tell so."""
    zone = ZoneInfo(binding.zone)
    found = moments.occurrences(item, moment.window, zone)
    taken = found if is_busy(item, binding.staff_email) else ()
    original = moments.original_start(item, zone)
    if original is not None:
        return BusyItem(item["id"], text_of(item, "etag"), taken, item["recurringEventId"], original)
    return None if moment.full and not taken else BusyItem(item["id"], text_of(item, "etag"), taken)


def _marked(binding: CalendarBinding, item: Item, moment: Moment) -> tuple[Evidence, ...]:
    """An instance counts as recurring too: whether it carries the mark alone or with its whole series is not to be seen
    from it, and only staff know (CAL-13)."""
    summary, notes = text_of(item, "summary"), words.notes_of(text_of(item, "description"))
    title = marks.marked_title(binding.marks, summary, notes) if binding.writable else None
    signature = signature_of(binding, item)
    recurring = bool(item.get("recurrence") or item.get("recurringEventId"))
    if title is None or (not recurring and signature.ends_at < moment.window.starts_at):
        return ()
    ref, guests = ref_of(binding, item), guests_of(item, binding.staff_email)
    named = (*marks.emails_in(f"{summary}\n{notes}"), *(each.email for each in guests))
    staff = normal_email(binding.staff_email)
    modified_at = moments.instant_of(item.get("updated"))
    session_id = binding.keys.name("session", binding.calendar_id, item["id"], _stamp(ref.original_start))
    marked = MarkedEntrySeen(
        ref=ref,
        uid=binding.keys.uid(session_id),
        signature=signature,
        title=title[:TITLE_MAX],
        emails=tuple(dict.fromkeys(each for each in named if each != staff))[: marks.EMAILS_MAX],
        codes=marks.codes_in(f"{title}\n{notes}"),
        attendees=guests,
        provider_invites=bool(guests),
        recurring=recurring,
        modified_at=modified_at,
    )
    key = derived_key("marked", binding.calendar_id, item["id"], _stamp(ref.original_start), ref.version)
    return (Evidence(key, binding.calendar_id, modified_at or moment.read_at, marked),)


def _stamp(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
