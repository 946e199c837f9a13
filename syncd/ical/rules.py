"""When does a series take time, given as a start, an end and recurrence lines? For providers that speak RFC 5545 in
pieces (a first instance beside RRULE, RDATE and EXDATE lines), expanded as any calendar resource is.

RFC 5545 3.8.5; CAL-23 to CAL-25.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from syncd.domain.spans import Span
from syncd.ical import lines, read, recurrence, wire
from syncd.ical.read import Unreadable
from syncd.ical.recurrence import Occurrence

LINES_MAX = 200
LINE_MAX = 20_000
_LINE = re.compile(r"(RRULE|RDATE|EXDATE)((?:;[A-Z-]+=[^;:\r\n]+)*):([^\r\n]+)", re.IGNORECASE)


def occurrences(
    starts_at: date, ends_at: date, recurring: Iterable[str], window: Span, zone: ZoneInfo
) -> tuple[Occurrence, ...]:
    """Those that overlap the window, in order. `starts_at` and `ends_at` of the first instance: both days (the end not
    included), or both aware instants; then `zone` is whose wall clock the series keeps, for days whose midnight it is.

    Raises Unreadable: a line that is none of the three, a rule that is not understood or does not end in bounded time.
    """
    content = [
        lines.line("BEGIN", "VCALENDAR"),
        lines.line("BEGIN", "VEVENT"),
        lines.line("UID", "series"),
        _moment("DTSTART", starts_at, zone),
        _moment("DTEND", ends_at, zone),
        *_recurring(recurring),
        lines.line("END", "VEVENT"),
        lines.line("END", "VCALENDAR"),
    ]
    resource = read.parse(lines.write(content))
    if resource.faults:
        raise Unreadable("a recurrence line was not understood")
    return recurrence.occurrences(resource, window, zone)


def _moment(name: str, at: date, zone: ZoneInfo) -> lines.Line:
    if not isinstance(at, datetime):
        return lines.line(f"{name};VALUE=DATE", f"{at:%Y%m%d}")
    if zone.key == "UTC":
        return lines.line(name, wire.utc(at))
    return lines.line(f"{name};TZID={zone.key}", f"{at.astimezone(zone):%Y%m%dT%H%M%S}")


def _recurring(given: Iterable[str]) -> list[lines.Line]:
    found: list[lines.Line] = []
    for text in given:
        matched = _LINE.fullmatch(text.strip()) if len(text) <= LINE_MAX else None
        if matched is None or len(found) >= LINES_MAX:
            raise Unreadable("a recurrence line was not understood")
        found.append(lines.line(f"{matched[1].upper()}{matched[2]}", matched[3]))
    return found
