"""Calendar objects for the tests, written by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from syncd.domain.spans import Span
from syncd.ical import read, recurrence
from syncd.ical.recurrence import Occurrence

BERLIN = ZoneInfo("Europe/Berlin")


def calendar(*events: str, zones: str = "") -> bytes:
    whole = "\n".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{zones.strip()}\n{whole}\nEND:VCALENDAR\n"
    return (
        "\n".join(line.strip() for line in text.splitlines() if line.strip()).replace("\n", "\r\n").encode() + b"\r\n"
    )


def window(first: str, last: str) -> Span:
    return Span(datetime.fromisoformat(first).replace(tzinfo=UTC), datetime.fromisoformat(last).replace(tzinfo=UTC))


NOVEMBER = window("2026-10-01", "2026-12-01")


def expanded(raw: bytes, over: Span = NOVEMBER, owner: str | None = None) -> tuple[Occurrence, ...]:
    return recurrence.occurrences(read.parse(raw), over, BERLIN, owner)


def told(found: tuple[Occurrence, ...]) -> list[str]:
    """`start/end` in UTC, with what the occurrence replaces where it stands elsewhere, and whether it is free."""
    out = []
    for each in found:
        moved = each.original_start not in (None, each.span.starts_at)
        said = f"{each.span.starts_at:%m-%dT%H:%M}/{each.span.ends_at:%m-%dT%H:%M}"
        out.append(said + (f" for {each.original_start:%m-%dT%H:%M}" if moved else "") + ("" if each.busy else " free"))
    return out


VTIMEZONE = """
BEGIN:VTIMEZONE
TZID:{tzid}
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:{summer}
TZOFFSETTO:{winter}
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:{winter}
TZOFFSETTO:{summer}
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def custom_zone(tzid: str, winter: str = "+0300", summer: str = "+0400") -> str:
    return VTIMEZONE.format(tzid=tzid, winter=winter, summer=summer)
