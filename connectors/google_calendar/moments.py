"""When is an event of Google's? Its start and end as instants, its place in a series, and when it takes time; pure.

EventDateTime of the Calendar API v3 (RFC 3339, or a day); CAL-9, CAL-23 to CAL-25.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncd.domain.spans import Span
from syncd.ical import rules
from syncd.ical.read import Unreadable
from syncd.ical.zones import known
from syncd.ports.source import BusyTime

Item = Mapping[str, Any]
AWAY = "outOfOffice"
"""The eventType by which staff say so (K12)."""

NOT_UNDERSTOOD = (Unreadable, ValueError, TypeError, OverflowError, AttributeError, LookupError)
"""What reading an item may raise, whatever Google sends."""


def times(item: Item, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end in UTC; days from midnight of the calendar's zone (CAL-23). Raises one of NOT_UNDERSTOOD."""
    starts_at, ends_at = _instant(_moment(item, "start", zone), zone), _instant(_moment(item, "end", zone), zone)
    if ends_at < starts_at:
        raise Unreadable("it ends before it starts")
    return starts_at, ends_at


def original_start(item: Item, zone: ZoneInfo) -> datetime | None:
    """Of an instance of a series, whether it was moved or not; None for all else. Raises one of NOT_UNDERSTOOD."""
    if not item.get("recurringEventId") or not item.get("originalStartTime"):
        return None
    return _instant(_moment(item, "originalStartTime", zone), zone)


def occurrences(item: Item, window: Span, zone: ZoneInfo) -> tuple[BusyTime, ...]:
    """Those that overlap the window; of a single event itself. Raises one of NOT_UNDERSTOOD."""
    starts_at, ends_at = times(item, zone)
    away = item.get("eventType") == AWAY
    lines = item.get("recurrence")
    if not lines:
        span = Span(starts_at, ends_at) if ends_at > starts_at else None
        inside = span is not None and span.overlaps(window)
        return (BusyTime(span, original_start(item, zone), away),) if span is not None and inside else ()
    first, last = _moment(item, "start", zone), _moment(item, "end", zone)
    wall = _zone_of(item, zone) if isinstance(first, datetime) else zone
    return tuple(
        BusyTime(each.span, each.original_start, away) for each in rules.occurrences(first, last, lines, window, wall)
    )


def widest(item: Item, read_at: datetime, zone: ZoneInfo) -> Span:
    """CAL-9: of an item that is not understood the widest span that it shows, else its day, else the day of reading."""
    shown: list[datetime] = []
    for name in ("start", "end"):
        try:
            shown.append(_instant(_moment(item, name, zone), zone))
        except NOT_UNDERSTOOD:
            continue
    if len(shown) == 2 and shown[0] != shown[1]:
        return Span(min(shown), max(shown))
    return _day_of(shown[0] if shown else read_at, zone)


def instant_of(text: object) -> datetime | None:
    """An RFC 3339 text in UTC; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
        return None if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _moment(item: Item, name: str, zone: ZoneInfo) -> date:
    """A day, or an aware instant. A time without an offset is one of its zone's wall clock."""
    field = item[name]
    if field.get("date"):
        return date.fromisoformat(field["date"])
    at = datetime.fromisoformat(field["dateTime"])
    return at if at.tzinfo is not None else at.replace(tzinfo=_zone(field.get("timeZone"), zone))


def _instant(at: date, zone: ZoneInfo) -> datetime:
    if not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day, tzinfo=zone)
    return at.astimezone(UTC)


def _zone_of(item: Item, zone: ZoneInfo) -> ZoneInfo:
    return _zone(item["start"].get("timeZone"), zone)


def _zone(name: object, zone: ZoneInfo) -> ZoneInfo:
    """The zone of that name; for one that nobody knows the calendar's (CAL-25)."""
    found = known(name) if isinstance(name, str) else None
    return zone if found is None else ZoneInfo(found)


def _day_of(at: datetime, zone: ZoneInfo) -> Span:
    day = at.astimezone(zone).date()
    return Span(_instant(day, zone), _instant(day + timedelta(days=1), zone))
