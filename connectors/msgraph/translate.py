"""What does an event of Graph's mean to us? Rows in, evidence and busy time out; pure.

Own or foreign by the mark, never by time or title (CAL-11 to CAL-13); busy by the CAL table; foreign text is looked at
for the desk's mark and dropped (K7, CAL-10).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from connectors.msgraph import body, rows
from connectors.msgraph.rows import Row, Unreadable
from syncd.domain.evidence import EntryGone, EntrySeen, Evidence, MarkedEntrySeen, SeenAttendee
from syncd.domain.keys import derived_key, session_key
from syncd.domain.people import normal_email
from syncd.domain.session import EntryRef, Signature
from syncd.domain.spans import Span
from syncd.ical import marks
from syncd.ports.calendar import CalendarBinding
from syncd.ports.source import BusyItem, BusyTime

TITLE_MAX = 200
CLOCKS_APART = timedelta(minutes=5)
_PARTSTATS = {
    "accepted": "ACCEPTED",
    "declined": "DECLINED",
    "tentativelyAccepted": "TENTATIVE",
    "organizer": "ACCEPTED",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a person has written on an event."""

    subject: str
    notes: str
    categories: tuple[str, ...]

    @property
    def both(self) -> str:
        return f"{self.subject}\n{self.notes}"


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom and by which settings rows are read. `read_at`: now."""

    binding: CalendarBinding
    zone: ZoneInfo
    tentative_is_busy: bool
    read_at: datetime

    @property
    def calendar_id(self) -> str:
        return self.binding.calendar_id

    # -- busy time -------------------------------------------------------------------------------------------------

    def busy_item(self, row: Row) -> BusyItem:
        """A foreign event that stands by itself."""
        event_id, version = rows.text(row, "id"), rows.version(row)
        span, readable = self.busy_span(row)
        return BusyItem(
            event_id,
            version,
            () if span is None else (BusyTime(span, away=rows.is_away(row)),),
            unreadable=not readable,
        )

    def busy_span(self, row: Row) -> tuple[Span | None, bool]:
        """When this row takes time, and whether it was understood; what was not is busy (CAL-9)."""
        if not rows.is_busy(row, tentative_is_busy=self.tentative_is_busy):
            return None, True
        try:
            return rows.span(row, self.zone), True
        except Unreadable:
            return rows.widest_span(row, self.zone, self.read_at), False

    def series_item(self, series_id: str, version: str, instances: Iterable[Row]) -> BusyItem:
        """A whole series, by its occurrences in the window: they replace whatever was kept of it, since Graph does not
        say which of them are gone."""
        times, readable = [], True
        for row in instances:
            span, understood = self.busy_span(row)
            readable = readable and understood
            if span is not None:
                times.append(BusyTime(span, span.starts_at, rows.is_away(row)))
        unique = {time.span: time for time in times}
        return BusyItem(series_id, version, tuple(unique[s] for s in sorted(unique)), unreadable=not readable)

    def nameless(self, row: Row) -> BusyItem:
        """Something without an id: it cannot be asked for again, so it is busy as it shows (CAL-9)."""
        digest = sha256(repr(sorted(map(str, row.items()))).encode()).hexdigest()[:16]
        times = (BusyTime(rows.widest_span(row, self.zone, self.read_at)),)
        return BusyItem(f"nameless-{digest}", "", times, unreadable=True)

    def own_item(self, row: Row) -> BusyItem:
        """An own event takes no foreign time; what was kept of it before it was adopted is replaced."""
        return BusyItem(rows.text(row, "id"), rows.version(row))

    # -- evidence --------------------------------------------------------------------------------------------------

    def seen(self, row: Row, session_id: str) -> Evidence:
        """An own event as it stands. Raises Unreadable."""
        entry = self.entry(row, session_id)
        key = derived_key("entry", self.calendar_id, entry.ref.event_id, "", entry.ref.version)
        received_at = entry.modified_at or self.read_at
        return Evidence(key, self.calendar_id, received_at, entry, session_key(session_id))

    def entry(self, row: Row, session_id: str) -> EntrySeen:
        """Raises Unreadable."""
        guests = self._guests(row)
        return EntrySeen(
            ref=EntryRef(self.calendar_id, rows.text(row, "id"), rows.version(row)),
            session_id=session_id,
            signature=self.signature(row),
            modified_at=self._modified_at(row),
            attendees=guests,
            tags=marks.tags_in(words_of(row).both),
        )

    def signature(self, row: Row) -> Signature:
        """The scheduling signature (CAL-14). Raises Unreadable."""
        starts_at, ends_at = rows.times(row, self.zone)
        status = "tentative" if rows.text(row, "showAs") == "tentative" else "confirmed"
        return Signature(
            starts_at,
            ends_at,
            "cancelled" if rows.is_cancelled(row) else status,
            place_of(row),
            tuple(sorted({each.email for each in self._guests(row)})),
        )

    def gone(self, event_id: str, since: str) -> Evidence:
        """Graph says that it is gone: a hint (GRA-4). `since`: the cursor's link that the report followed; it tells
        this report from later ones."""
        digest = sha256(since.encode()).hexdigest()[:16]
        key = derived_key("entry-gone", self.calendar_id, event_id, "", digest)
        return Evidence(
            key, self.calendar_id, self.read_at, EntryGone(EntryRef(self.calendar_id, event_id), "tombstone")
        )

    def marked(self, row: Row) -> Evidence | None:
        """What staff have marked to become a session (K7); None for all else, which is dropped unread.

        An instance of a series stands for its series: sessions do not recur (CAL-13)."""
        words = words_of(row)
        title = marks.marked_title(self.binding.marks, words.subject, words.notes, words.categories)
        if title is None or not self.binding.writable or rows.is_cancelled(row):
            return None
        try:
            signature = self.signature(row)
        except Unreadable:
            return None
        guests = self._guests(row)
        recurring = rows.kind(row) != "singleInstance"
        event_id = rows.text(row, "seriesMasterId") or rows.text(row, "id")
        modified_at = self._modified_at(row)
        marked = MarkedEntrySeen(
            ref=EntryRef(self.calendar_id, event_id, rows.version(row)),
            uid=self.binding.keys.uid(self.binding.keys.name("session", self.calendar_id, event_id, "")),
            signature=signature,
            title=title[:TITLE_MAX],
            emails=self._named(words, guests),
            codes=marks.codes_in(f"{title}\n{words.notes}"),
            attendees=guests,
            provider_invites=bool(guests) and row.get("isOrganizer") is True,
            recurring=recurring,
            modified_at=modified_at,
        )
        key = derived_key("marked", self.calendar_id, event_id, "", rows.version(row))
        return Evidence(key, self.calendar_id, modified_at or self.read_at, marked)

    def _named(self, words: Words, guests: tuple[SeenAttendee, ...]) -> tuple[str, ...]:
        """In the order in which they are named: title, notes, guests; the first is the booker (CAL-13)."""
        named = dict.fromkeys((*marks.emails_in(words.both), *(each.email for each in guests)))
        return tuple(each for each in named if each != normal_email(self.binding.staff_email))[: marks.EMAILS_MAX]

    def _guests(self, row: Row) -> tuple[SeenAttendee, ...]:
        staff = normal_email(self.binding.staff_email)
        return tuple(each for each in attendees_of(row) if each.email != staff)

    def _modified_at(self, row: Row) -> datetime | None:
        """Graph's own time of the change, where it is plausible (K4)."""
        at = rows.stamp(row, "lastModifiedDateTime")
        return None if at is None or at > self.read_at + CLOCKS_APART else min(at, self.read_at)


def words_of(row: Row) -> Words:
    """What a person has written on it, our block left out."""
    content, content_type = body_of(row)
    listed = row.get("categories")
    return Words(
        subject=rows.text(row, "subject"),
        notes=body.notes_in(body.text_of(content, content_type)),
        categories=tuple(str(each) for each in listed) if isinstance(listed, list) else (),
    )


def body_of(row: Row) -> tuple[str, str]:
    """Content and content type; an event without a body has an empty one."""
    held = row.get("body")
    if not isinstance(held, Mapping):
        return "", "html"
    return rows.text(held, "content"), rows.text(held, "contentType") or "html"


def place_of(row: Row) -> str:
    held = row.get("location")
    return " ".join(rows.text(held, "displayName").split()) if isinstance(held, Mapping) else ""


def attendees_of(row: Row) -> tuple[SeenAttendee, ...]:
    """Whom the event invites, in its order, each address once."""
    found: dict[str, SeenAttendee] = {}
    listed = row.get("attendees")
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, Mapping):
            continue
        who, status = each.get("emailAddress"), each.get("status")
        email = normal_email(rows.text(who, "address")) if isinstance(who, Mapping) else ""
        if email:
            said = rows.text(status, "response") if isinstance(status, Mapping) else ""
            name = rows.text(who, "name").strip() if isinstance(who, Mapping) else ""
            found.setdefault(email, SeenAttendee(email, name, _PARTSTATS.get(said, "NEEDS-ACTION")))
    return tuple(found.values())


def has_attendees(row: Row) -> bool:
    """Would a write make Graph mail somebody? (GRA-10)"""
    return bool(row.get("attendees"))
