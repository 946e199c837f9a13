"""What staff's own calendar program writes: VEVENTs by hand, so that nothing under test makes its own input."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import icalendar

from syncd.domain.spans import Span
from syncd.testing.contracts.calendar_acts import Kind, StaffEntry
from syncd.testing.contracts.calendar_world import NOW, STAFF_EMAIL

HIDDEN = "X-STAFF-COLOUR"
CUSTOM_ZONE = "Customized Time Zone"  # as Outlook sends it
_CUSTOM = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0545
TZOFFSETTO:+0545
END:STANDARD
END:VTIMEZONE"""

_OTHERS = "ORGANIZER:mailto:boss@elsewhere.example\nATTENDEE;PARTSTAT={}:mailto:" + STAFF_EMAIL
KINDS = {
    Kind.PLAIN: "STATUS:CONFIRMED",
    Kind.FREE: "TRANSP:TRANSPARENT",
    Kind.CANCELLED: "STATUS:CANCELLED",
    Kind.DECLINED: _OTHERS.format("DECLINED"),
    Kind.TENTATIVE: "STATUS:TENTATIVE",
    Kind.UNANSWERED: _OTHERS.format("NEEDS-ACTION"),
    Kind.OUT_OF_OFFICE: "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
    Kind.PRIVATE: "CLASS:PRIVATE",
    Kind.UNKNOWN: "STATUS:X-UNSURE",
}
NOT_IN_CALDAV: Mapping[object, str] = {
    Kind.WORKING_LOCATION: "RFC 5545 knows no working location",
    Kind.FOCUS: "RFC 5545 knows no focus time",
}


def utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def local(at: datetime, zone: str) -> str:
    """As a value with its parameters: `:20260303T090000Z`, or `;TZID=…:…`."""
    if zone == "UTC":
        return f":{utc(at)}"
    return f";TZID={zone}:{at.astimezone(ZoneInfo(zone)):%Y%m%dT%H%M%S}"


def event(uid: str, entry: StaffEntry) -> str:
    when = [f"DTSTART{_when(entry, entry.starts_at)}", f"DTEND{_when(entry, entry.ends_at)}"]
    said = [f"SUMMARY:{escaped(entry.title)}"]
    said += [f"DESCRIPTION:{escaped(entry.notes)}"] if entry.notes else []
    said += [f"LOCATION:{escaped(entry.place)}"] if entry.place else []
    said += [f"CATEGORIES:{escaped(entry.category)}"] if entry.category else []
    if entry.attendees and entry.kind not in (Kind.DECLINED, Kind.UNANSWERED):
        said.append(f"ORGANIZER:mailto:{STAFF_EMAIL}")
    said += [f"ATTENDEE;CN=Guest;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT:mailto:{a}" for a in entry.attendees]
    rule = [f"RRULE:{entry.rule}"] if entry.rule else []
    inner = vevent(uid, [*when, *rule, *KINDS[entry.kind].splitlines(), *said])
    zones = [] if entry.zone == "UTC" or entry.all_day else [timezone(entry.zone)]
    return calendar(*zones, inner)


def _when(entry: StaffEntry, at: datetime) -> str:
    return f";VALUE=DATE:{at.astimezone(ZoneInfo(entry.zone)):%Y%m%d}" if entry.all_day else local(at, entry.zone)


def orphan(uid: str, original_start: datetime, span: Span) -> str:
    when = [f"RECURRENCE-ID:{utc(original_start)}", f"DTSTART:{utc(span.starts_at)}", f"DTEND:{utc(span.ends_at)}"]
    return calendar(vevent(uid, [*when, "SUMMARY:Somebody's series"]))


def custom_zone(uid: str, span: Span) -> str:
    wall = [at.astimezone(ZoneInfo("Asia/Kathmandu")) for at in (span.starts_at, span.ends_at)]  # +05:45 all year
    when = [f"DT{n};TZID={CUSTOM_ZONE}:{at:%Y%m%dT%H%M%S}" for n, at in zip(("START", "END"), wall, strict=True)]
    return calendar(_CUSTOM, vevent(uid, [*when, "SUMMARY:Odd zone"]))


def vevent(uid: str, lines: list[str]) -> str:
    stamp = utc(NOW)
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{stamp}", f"LAST-MODIFIED:{stamp}", *lines, "END:VEVENT"])


def calendar(*components: str) -> str:
    text = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//staff//their program//EN", *components])
    return f"{text}\nEND:VCALENDAR\n".replace("\n", "\r\n")


def timezone(name: str) -> str:
    zone = icalendar.Timezone.from_tzid(name)
    return str(zone.to_ical().decode()).replace("\r\n", "\n").strip()


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


# --- editing what stands ------------------------------------------------------------------------------------------


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "").strip().split("\n")


def edited(text: str, changes: dict[str, str | None], append: list[str] | None = None) -> str:
    """The first VEVENT with these properties replaced (by name; the value begins with its parameters or colon; None
    takes it away) and lines added at its end."""
    out: list[str] = []
    inside, first, left = False, True, dict(changes)
    for line in unfolded(text):
        name = line.split(":", 1)[0].split(";", 1)[0].upper()
        if line == "BEGIN:VEVENT":
            inside = first
        elif line == "END:VEVENT" and inside:
            out += [f"{n}{v}" for n, v in left.items() if v is not None] + (append or [])
            inside = first = False
        elif inside and name in changes:
            value = left.pop(name, None)
            if value is not None:
                out.append(f"{name}{value}")
            continue
        out.append(line)
    return "\r\n".join(out) + "\r\n"


def said(text: str, name: str) -> str:
    """The head and value after the property's name, of the first VEVENT; empty where it is not there."""
    inside = unfolded(text)
    inside = inside[inside.index("BEGIN:VEVENT") :]
    return next((line[len(name) :] for line in inside if line.upper().startswith((f"{name}:", f"{name};"))), "")


def with_component(text: str, component: str) -> str:
    return text.replace("END:VCALENDAR", component.replace("\n", "\r\n") + "\r\nEND:VCALENDAR")
