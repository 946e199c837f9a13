"""When could it be, if it was not understood? The widest span that the lines of an unreadable object show (CAL-9).

RFC 5545 3.3.4, 3.3.5. What shows no time at all has none; the caller says what to do then.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from syncd.domain.spans import Span
from syncd.ical import zones

LINES_MAX = 20_000
YEAR_MIN, YEAR_MAX = 1900, 9000  # beyond them a day more or an hour less may be no date
_DAY = timedelta(days=1)
_TIME_LINE = re.compile(
    rb"^(?:DTSTART|DTEND|RECURRENCE-ID|RDATE)((?:;[^:\r\n]*)?):([^\r\n]*)", re.IGNORECASE | re.MULTILINE
)
_TZID = re.compile(rb'TZID="?([^";:,]+)', re.IGNORECASE)
_TIME = re.compile(rb"(?<!\d)(\d{8})(?:T(\d{6})(Z?))?(?!\d)")
_EVENT = re.compile(rb"^BEGIN:VEVENT\s*$", re.IGNORECASE | re.MULTILINE)
_OTHER = re.compile(rb"^BEGIN:(?:VTODO|VJOURNAL|VFREEBUSY|VPOLL|VAVAILABILITY)\s*$", re.IGNORECASE | re.MULTILINE)


def is_no_event(raw: bytes) -> bool:
    """Is it something else altogether: a task, a journal, free/busy time?"""
    return _EVENT.search(raw) is None and _OTHER.search(raw) is not None


def widest_span(raw: bytes, zone: ZoneInfo) -> Span | None:
    """From the earliest instant that it names to the latest; at least a day where only days are named, at least an
    hour otherwise. Times of zone definitions are left out. `zone` is the calendar's."""
    events = raw[m.start() :] if (m := _EVENT.search(raw)) else raw
    found: list[tuple[datetime, timedelta]] = []
    for parameters, values in _TIME_LINE.findall(events)[:LINES_MAX]:
        named = _TZID.search(parameters)
        known = zones.known(named[1].decode("utf-8", "replace")) if named else None
        for day, time, utc in _TIME.findall(values):
            at = _instant(day, time, UTC if utc else ZoneInfo(known) if known else zone)
            if at is not None:
                found.append((at, timedelta(hours=1) if time else _DAY))
    if not found:
        return None
    begins = min(at for at, _ in found)
    ends = max(at for at, _ in found)
    return Span(begins, max(ends, begins + max(least for _, least in found)))


def _instant(day: bytes, time: bytes, zone: tzinfo) -> datetime | None:
    try:
        at = datetime.strptime((day + (time or b"000000")).decode(), "%Y%m%d%H%M%S").replace(tzinfo=zone)
    except ValueError:
        return None
    return at.astimezone(UTC) if YEAR_MIN <= at.year <= YEAR_MAX else None
