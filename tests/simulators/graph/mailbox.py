"""What is in the simulator's mailboxes? Events in calendars, their versions, and a log of what changed.

Everything is plain data, so that a copy of it is a replica that lags.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from tests.simulators.graph import series

DELETED_ITEMS = "deleted-items"


@dataclass
class Attendee:
    address: str
    name: str = ""
    response: str = "none"


@dataclass
class Event:
    """One item. Times are instants; `zone` is the one it was made in. `properties`: extended ones, by id.

    `series`: of an exception, its master's id; of an orphan, an id that this mailbox does not know. `raw`: fields of
    the JSON that are overruled, for what no sound reader understands.
    """

    id: str
    uid: str
    calendar: str
    starts_at: datetime
    ends_at: datetime
    zone: str = "UTC"
    subject: str = ""
    html: str = ""
    place: str = ""
    all_day: bool = False
    show_as: str = "busy"
    sensitivity: str = "normal"
    cancelled: bool = False
    response: str = "organizer"
    organizer: bool = True
    categories: list[str] = field(default_factory=list)
    attendees: list[Attendee] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    transaction: str | None = None
    rule: str | None = None
    series: str | None = None
    original_start: datetime | None = None
    dropped: set[datetime] = field(default_factory=set)
    raw: dict[str, object] = field(default_factory=dict)
    made_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    changed_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    version: int = 0

    @property
    def etag(self) -> str:
        return f'W/"{self.version:08x}{crc32(self.id.encode()) % 0xFFFF:04x}=="'

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        return self.starts_at < ends_at and self.ends_at > starts_at


@dataclass(frozen=True)
class Instance:
    """One occurrence in a view: `exception` None for one that only follows the rule."""

    id: str
    master: Event
    starts_at: datetime
    ends_at: datetime
    exception: Event | None = None


@dataclass
class Calendar:
    id: str
    name: str
    can_edit: bool = True


@dataclass
class Mailbox:
    """One person's. `log`: (number, event id) of every change, in order."""

    address: str
    calendars: dict[str, Calendar] = field(default_factory=dict)
    default: str = ""
    events: dict[str, Event] = field(default_factory=dict)
    log: list[tuple[int, str]] = field(default_factory=list)
    number: int = 0

    def touched(self, event: Event, now: datetime) -> None:
        """Its version rises; the change is in the log. An exception's change is its series' too."""
        self.number += 1
        event.version = self.number
        event.changed_at = now
        self.log.append((self.number, event.series if event.series in self.events else event.id))

    def trashed(self, event: Event, now: datetime) -> None:
        """As Outlook deletes: the item moves to Deleted Items and keeps its immutable id."""
        event.calendar = DELETED_ITEMS
        self.touched(event, now)

    def changed_since(self, number: int) -> list[str]:
        return list(dict.fromkeys(event_id for n, event_id in self.log if n > number))

    def in_calendar(self, calendar: str) -> list[Event]:
        """What stands there by itself: exceptions come with their series."""
        return [e for e in self.events.values() if e.calendar == calendar and not self.is_exception(e)]

    def is_exception(self, event: Event) -> bool:
        return event.series is not None and event.series in self.events

    def instances(self, master: Event, starts_at: datetime, ends_at: datetime) -> Iterator[Instance]:
        """The occurrences and exceptions of a series that overlap, wherever their original place is."""
        length = master.ends_at - master.starts_at
        exceptions = {e.original_start: e for e in self.events.values() if e.series == master.id}
        for exception in exceptions.values():
            if exception.calendar == master.calendar and exception.overlaps(starts_at, ends_at):
                yield Instance(exception.id, master, exception.starts_at, exception.ends_at, exception)
        for start in series.starts(master.starts_at, master.rule or "", master.zone, ends_at):
            end = start + length
            if master.all_day:
                end = self._midnight_after(start, master)
            if end > starts_at and start not in master.dropped and start not in exceptions:
                yield Instance(occurrence_id(master, start), master, start, end)

    @staticmethod
    def _midnight_after(start: datetime, master: Event) -> datetime:
        days = series.whole_days(master.starts_at, master.ends_at, master.zone)
        zone = ZoneInfo(master.zone)
        day = start.astimezone(zone).date() + timedelta(days=days)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

    def occurrence(self, event_id: str) -> Instance | None:
        """The occurrence that this id names, should its series still have it."""
        master_id, _, start = event_id.rpartition(".")
        master = self.events.get(master_id)
        if master is None or master.rule is None:
            return None
        at = datetime.strptime(start, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        found = self.instances(master, at, at + timedelta(minutes=1))
        return next((each for each in found if each.id == event_id), None)


def occurrence_id(master: Event, start: datetime) -> str:
    return f"{master.id}.{start:%Y%m%dT%H%M%SZ}"
