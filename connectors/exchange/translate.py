"""What does an item mean to us? Values in, evidence and busy time out; pure.

Own or foreign by the mark, never by time or title (CAL-11 to CAL-13); busy by the CAL table; foreign words are looked
at for the desk's mark and dropped (K7, CAL-10).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.exchange.body import notes_in
from connectors.exchange.items import Guest, Item
from syncd.domain.evidence import EntryGone, EntrySeen, Evidence, MarkedEntrySeen, SeenAttendee
from syncd.domain.keys import derived_key, session_key
from syncd.domain.people import normal_email
from syncd.domain.session import EntryRef, Signature
from syncd.domain.spans import Span
from syncd.ical import marks as words
from syncd.ical import zones
from syncd.ports.calendar import CalendarBinding
from syncd.ports.keys import Keys

FREE = frozenset({"Free", "WorkingElsewhere"})
TITLE_MAX = 200
DAY = timedelta(days=1)
_MARK_SEPARATOR = ":"


# --- whose it is --------------------------------------------------------------------------------------------------


def session_mark(keys: Keys, session_id: str) -> str:
    """What the property of an own event says: whose installation, and which session (CAL-11)."""
    return f"{keys.installation_id}{_MARK_SEPARATOR}{session_id}"


def claims_ours(keys: Keys, item: Item) -> bool:
    """Does it bear a mark of this installation that names this very event? Its copies may, too (CAL-12). A mark that
    names no event yet is that of a create that was not completed."""
    ours = item.session_mark.startswith(f"{keys.installation_id}{_MARK_SEPARATOR}")
    return ours and item.event_mark in ("", item.global_id, item.uid)


def originals(keys: Keys, bearers: Iterable[Item]) -> dict[str, str]:
    """Which item each mark belongs to: of those that claim it, the one that was made first. A copy made within the
    server keeps even the UID."""
    latest = datetime.max.replace(tzinfo=UTC)
    first: dict[str, tuple[datetime, str]] = {}
    for item in bearers:
        if claims_ours(keys, item):
            age = (item.created_at or latest, item.item_id)
            first[item.session_mark] = min(age, first.get(item.session_mark, age))
    return {mark: item_id for mark, (_, item_id) in first.items()}


def session_of(keys: Keys, item: Item, known: Mapping[str, str]) -> str | None:
    """The session whose event this is; None: foreign. `known` is `originals` of what bears its mark. An instance of
    a series is found by no search, so its mark alone counts."""
    if not claims_ours(keys, item):
        return None
    if not item.in_series and known.get(item.session_mark, item.item_id) != item.item_id:
        return None
    return item.session_mark.partition(_MARK_SEPARATOR)[2] or None


# --- when it takes time -------------------------------------------------------------------------------------------


def is_busy(item: Item) -> bool:
    """The CAL table: free, cancelled, declined and working elsewhere take no time; all else does, unknown included."""
    return not item.cancelled and item.response != "Decline" and item.free_busy not in FREE


def span_of(item: Item, zone: ZoneInfo, asked: Span) -> Span | None:
    """When it takes place; None for no length. Where its times are not understood: the widest that it shows, a day by
    its start or end, else all that was asked, since the server says that it touches it (CAL-9, CAL-26)."""
    if item.starts_at is not None and item.ends_at is not None and item.starts_at <= item.ends_at:
        starts_at, ends_at = _days(item, zone) if item.all_day else (item.starts_at, item.ends_at)
        return Span(starts_at, ends_at) if starts_at < ends_at else None
    if item.starts_at is not None and item.ends_at is not None:
        return Span(item.ends_at, item.starts_at)
    shown = item.starts_at or item.ends_at
    return asked if shown is None else day_of(shown, zone)


def day_of(at: datetime, zone: ZoneInfo) -> Span:
    """The whole local day (CAL-23)."""
    midnight = at.astimezone(zone).replace(tzinfo=None)
    return Span(_midnight(midnight, zone), _midnight(midnight + DAY, zone))


def _days(item: Item, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Midnight to midnight in the calendar's zone (CAL-23). The days are those of the zone in which its bounds are
    midnights: the calendar's, else the item's own. Else the bounds stand as the server gave them (EWS-8)."""
    assert item.starts_at is not None
    assert item.ends_at is not None
    known = zones.known(item.zone_name) if item.zone_name else None
    for where in (zone, ZoneInfo(known) if known else zone):
        starts, ends = item.starts_at.astimezone(where), item.ends_at.astimezone(where)
        if _is_midnight(starts) and _is_midnight(ends):
            return _midnight(starts.replace(tzinfo=None), zone), _midnight(ends.replace(tzinfo=None), zone)
    return item.starts_at, item.ends_at


def _is_midnight(local: datetime) -> bool:
    """The first moment of its day: where clocks change at midnight, that is one o'clock."""
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return local == day.astimezone(UTC).astimezone(local.tzinfo)


def _midnight(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone, fold=0).astimezone(UTC)


# --- what it tells ------------------------------------------------------------------------------------------------


def ref_of(binding: CalendarBinding, item: Item) -> EntryRef:
    return EntryRef(binding.calendar_id, item.item_id, item.change_key or None, _instance(item))


def _instance(item: Item) -> datetime | None:
    return item.original_start if item.in_series else None


def guests_of(binding: CalendarBinding, item: Item) -> tuple[Guest, ...]:
    staff = normal_email(binding.staff_email)
    return tuple(guest for guest in item.guests if guest.email != staff)


def one_line(text: str) -> str:
    return " ".join(text.split())


def signature_of(binding: CalendarBinding, item: Item) -> Signature:
    """The scheduling signature (CAL-14). Raises ValueError for an item without times."""
    if item.starts_at is None or item.ends_at is None:
        raise ValueError("an item without times")
    return Signature(item.starts_at, item.ends_at, item.status, one_line(item.place), addresses(binding, item))


def addresses(binding: CalendarBinding, item: Item) -> tuple[str, ...]:
    return tuple(sorted(guest.email for guest in guests_of(binding, item)))


def entry_seen(binding: CalendarBinding, item: Item, session_id: str) -> EntrySeen:
    """Raises ValueError for an item without times."""
    return EntrySeen(
        ref=ref_of(binding, item),
        session_id=session_id,
        signature=signature_of(binding, item),
        modified_at=item.modified_at,
        attendees=_attendees(binding, item),
        tags=words.tags_in(f"{item.subject}\n{notes_in(item.text)}"),
    )


def _attendees(binding: CalendarBinding, item: Item) -> tuple[SeenAttendee, ...]:
    return tuple(SeenAttendee(each.email, each.name, each.partstat) for each in guests_of(binding, item))


def own_evidence(binding: CalendarBinding, item: Item, session_id: str, read_at: datetime) -> Evidence:
    seen = entry_seen(binding, item, session_id)
    key = derived_key("entry", binding.calendar_id, item.item_id, _original(item), item.change_key)
    return Evidence(key, binding.calendar_id, item.modified_at or read_at, seen, session_key(session_id))


def marked_evidence(binding: CalendarBinding, item: Item, read_at: datetime) -> Evidence | None:
    """A foreign event that staff marked (K7); None where it bears no mark, is over or cancelled."""
    if not binding.writable or item.cancelled or not item.readable:
        return None
    notes = notes_in(item.text)
    title = words.marked_title(binding.marks, item.subject, notes, item.categories)
    if title is None:
        return None
    staff, guests = normal_email(binding.staff_email), _attendees(binding, item)
    named = (*words.emails_in(f"{item.subject}\n{notes}"), *(guest.email for guest in guests))
    marked = MarkedEntrySeen(
        ref=ref_of(binding, item),
        uid=item.uid,
        signature=signature_of(binding, item),
        title=title[:TITLE_MAX],
        emails=tuple(dict.fromkeys(each for each in named if each != staff))[: words.EMAILS_MAX],
        codes=words.codes_in(f"{title}\n{notes}"),
        attendees=guests,
        provider_invites=bool(guests) and item.request_sent and item.response in ("Organizer", ""),
        recurring=item.kind == "RecurringMaster",
        modified_at=item.modified_at,
    )
    key = derived_key("marked", binding.calendar_id, item.item_id, _original(item), item.change_key)
    return Evidence(key, binding.calendar_id, item.modified_at or read_at, marked)


def gone_evidence(binding: CalendarBinding, item_id: str, state: str, read_at: datetime) -> Evidence:
    """A tombstone: a hint (CAL-6). `state` tells this report from a later one."""
    since = binding.keys.name("exchange-state", state)
    key = derived_key("entry-gone", binding.calendar_id, item_id, "", since)
    return Evidence(key, binding.calendar_id, read_at, EntryGone(EntryRef(binding.calendar_id, item_id), "tombstone"))


def missing_evidence(
    binding: CalendarBinding, item_id: str, original_start: datetime, state: str, read_at: datetime
) -> Evidence:
    """An own instance that its series no longer shows. Instances leave no tombstones, so this is all there is."""
    since = binding.keys.name("exchange-state", state)
    key = derived_key("entry-gone", binding.calendar_id, item_id, original_start.isoformat(), since)
    ref = EntryRef(binding.calendar_id, item_id, None, original_start)
    return Evidence(key, binding.calendar_id, read_at, EntryGone(ref, "absent"))


def _original(item: Item) -> str:
    original = _instance(item)
    return original.isoformat() if original else ""
