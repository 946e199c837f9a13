"""What does one property say? Texts, addresses and instants of an event that was read.

RFC 5545 3.3.4 to 3.3.6, 3.8.4.1; CAL-23, CAL-25.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncd.domain.evidence import SeenAttendee
from syncd.domain.people import normal_email
from syncd.ical.read import Resource, Unreadable, VEvent


def many(event: VEvent, name: str) -> list[Any]:
    """All values of a property, none, one or more."""
    value = event.get(name)
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def text(event: VEvent, name: str) -> str:
    """The first value as text, trimmed; empty where there is none."""
    return str(next(iter(many(event, name)), "")).strip()


def address_of(who: Any) -> str:
    """The address of an ATTENDEE or ORGANIZER as addresses are compared; its EMAIL parameter where it is no mailto."""
    scheme, _, address = str(who).strip().partition(":")
    if scheme.casefold() != "mailto":
        address = str(who.params.get("EMAIL", "")) or (str(who) if "@" in scheme else "")
    return normal_email(address)


def attendees(event: VEvent) -> tuple[SeenAttendee, ...]:
    """Whom the event invites, in its order, each address once."""
    found: dict[str, SeenAttendee] = {}
    for who in many(event, "ATTENDEE"):
        if email := address_of(who):
            partstat = str(who.params.get("PARTSTAT", "NEEDS-ACTION")).upper()
            found.setdefault(email, SeenAttendee(email, str(who.params.get("CN", "")).strip(), partstat))
    return tuple(found.values())


def partstat_of(event: VEvent, email: str) -> str | None:
    """The PARTSTAT of that attendee in capitals; None: not on the list."""
    return next((each.partstat for each in attendees(event) if each.email == normal_email(email)), None)


def instant(when: date, zone: ZoneInfo) -> datetime:
    """In UTC. A day begins at midnight of the calendar's zone (CAL-23); skipped and doubled times by RFC 5545 3.3.5."""
    if not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day, tzinfo=zone)
    return when.astimezone(UTC)


def times(event: VEvent, resource: Resource, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end in UTC, the end possibly at the start. `zone` is the calendar's. Raises Unreadable where no start
    is given (some iTIP objects have none)."""
    if "DTSTART" not in event:
        raise Unreadable("a VEVENT without a start")
    start = resource.aware(event["DTSTART"].dt, event["DTSTART"].params, zone)
    end = resource.aware(event["DTEND"].dt, event["DTEND"].params, zone) if "DTEND" in event else None
    duration = event["DURATION"].dt if "DURATION" in event else None
    return instant(start, zone), ends_at(start, start, end, duration, zone)


def ends_at(start: date, first: date, end: date | None, duration: timedelta | None, zone: ZoneInfo) -> datetime:
    """When the occurrence that begins at `start` ends; the event itself lasts from `first` to `end`, or for `duration`.

    Given an end, every occurrence lasts as long as the first, also over a clock change (RFC 5545 3.8.5.3); of a
    duration the days are days of the clock and the rest has elapsed (3.3.6); a day alone is one day.
    """
    if end is not None and isinstance(first, datetime):
        return instant(start, zone) + (instant(end, zone) - instant(first, zone))
    if end is not None:
        day = end.date() if isinstance(end, datetime) else end
        return instant(start + (day - first), zone)
    if duration is not None:
        days = timedelta(days=duration.days)
        return instant(start + days, zone) + (duration - days)
    return instant(start if isinstance(start, datetime) else start + timedelta(days=1), zone)
