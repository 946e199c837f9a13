"""What does a calendar object say? Lenient reading of one resource or iTIP object: a value, or Unreadable (INV-43).

Only the properties that syncd reads are given to icalendar, each VEVENT without its alarms; VTIMEZONEs are read apart,
so that a bad one costs its zone and not the calendar. A time is aware, or it is floating and stays so: it is never
taken for UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from icalendar import Event

from syncd.ical import lines, zones
from syncd.ical.lines import Line

RESOURCE_BYTES_MAX = 4_000_000
EVENTS_MAX = 5_000
ZONES_MAX = 100

_SCHEDULING = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
_READ = _SCHEDULING | frozenset(
    {"UID", "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "STATUS", "TRANSP", "CLASS", "SUMMARY", "DESCRIPTION"}
    | {"LOCATION", "URL", "ORGANIZER", "ATTENDEE", "CATEGORIES", "CONFERENCE", "COMMENT"}
    | {"X-MICROSOFT-CDO-BUSYSTATUS", "X-NEXTCLOUD-OUT-OF-OFFICE"}
)
_TZID = re.compile(r';TZID=("[^"]*"|[^;:]*)', re.IGNORECASE)
_OWN_ZONE = "X-SYNCD-ZONE-"

VEvent: TypeAlias = Any
"""An icalendar.Event. Its values are typed as unions of thirty classes, of which only the property's name tells."""


class Unreadable(ValueError):
    """The object was not understood. `reason` holds no text of the object."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Resource:
    """One calendar resource. `events` are icalendar components, for use inside syncd/ical alone.

    `zones`: what the TZIDs mean that are no IANA names; `unknown_zones`: those that nothing explains (CAL-25).
    `faults`: properties that were left out because they could not be read; none of them says when something is.
    """

    method: str | None
    events: tuple[VEvent, ...]
    zones: Mapping[str, tzinfo]
    unknown_zones: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def uid(self) -> str:
        found = self.events[0].get("UID", "")
        return str(found[0] if isinstance(found, list) else found).strip()

    @property
    def master(self) -> VEvent | None:
        """The event that no RECURRENCE-ID makes an exception; None where only exceptions came."""
        return next((e for e in self.events if "RECURRENCE-ID" not in e), None)

    @property
    def overrides(self) -> tuple[VEvent, ...]:
        return tuple(e for e in self.events if "RECURRENCE-ID" in e)

    @property
    def recurring(self) -> bool:
        return any(name in event for event in self.events for name in ("RRULE", "RDATE", "RECURRENCE-ID"))

    def aware(self, when: date, parameters: Mapping[str, Any], zone: ZoneInfo) -> date:
        """A DATE as it is; a DATE-TIME with its zone, a floating one in `zone` (the calendar's own)."""
        if not isinstance(when, datetime) or when.tzinfo is not None:
            return when
        return when.replace(tzinfo=self.zones.get(str(parameters.get("TZID", "")), zone))


def parse(raw: bytes) -> Resource:
    """One calendar object. Raises Unreadable for whatever is none, or whose times were not understood."""
    if len(raw) > RESOURCE_BYTES_MAX:
        raise Unreadable(f"more than {RESOURCE_BYTES_MAX} bytes")
    content = lines.read(raw)
    begin = next((i for i, each in enumerate(content) if _begins(each, "VCALENDAR")), None)
    if begin is None:
        raise Unreadable("no VCALENDAR")
    end = lines.block_end(content, begin)
    if end is None:
        raise Unreadable("BEGIN and END do not match, or the end is missing")
    return _resource(content[begin : end + 1])


def _resource(content: list[Line]) -> Resource:
    method: str | None = None
    blocks: list[list[Line]] = []
    defined: dict[str, list[Line]] = {}
    for each, block in _top_level(content):
        if block is None:
            method = each.value.strip().upper() if each.name == "METHOD" else method
        elif _begins(each, "VEVENT"):
            blocks.append(block)
        elif _begins(each, "VTIMEZONE"):
            tzid = next((b.value.strip() for b in block if b.name == "TZID"), None)
            if tzid is not None:
                defined.setdefault(tzid, block)
    if not blocks:
        raise Unreadable("no VEVENT")
    if len(blocks) > EVENTS_MAX or len(defined) > ZONES_MAX:
        raise Unreadable(f"more than {EVENTS_MAX} events or {ZONES_MAX} zones")
    names = _Zones(defined)
    events = [_event(block, names) for block in blocks]
    faults = tuple(sorted({fault for _, found in events for fault in found}))
    return Resource(method, tuple(e for e, _ in events), names.custom, tuple(names.unknown), faults)


def _top_level(content: list[Line]) -> Iterator[tuple[Line, list[Line] | None]]:
    """The calendar's own lines, and its components each with all its lines."""
    index = 1
    while index < len(content) - 1:
        each = content[index]
        if each.name == "BEGIN":
            end = lines.block_end(content, index)
            if end is None:
                raise Unreadable("BEGIN and END do not match")
            yield each, content[index : end + 1]
            index = end
        else:
            yield each, None
        index += 1


class _Zones:
    """The TZIDs of one resource, given names under which icalendar knows them, or certainly does not."""

    def __init__(self, defined: dict[str, list[Line]]) -> None:
        self.defined = defined
        self.custom: dict[str, tzinfo] = {}
        self.unknown: list[str] = []
        self._names: dict[str, str] = {}

    def name(self, tzid: str) -> str:
        if tzid not in self._names:
            self._names[tzid] = zones.known(tzid) or self._own(tzid)
        return self._names[tzid]

    def _own(self, tzid: str) -> str:
        name = f"{_OWN_ZONE}{len(self._names)}"
        zone = zones.custom(self.defined[tzid]) if tzid in self.defined else None
        if zone is None:
            self.unknown.append(tzid)
        else:
            self.custom[name] = zone
        return name


def _event(block: list[Line], names: _Zones) -> tuple[VEvent, list[str]]:
    kept = [block[0], *_kept(block, names), block[-1]]
    try:
        event: VEvent = Event.from_ical(lines.write(kept))
    except Exception as error:  # the parser raises whatever it meets (INV-43)
        raise Unreadable(f"a VEVENT was not understood: {type(error).__name__}") from error
    faults = [str(name or "a line") for name, _ in event.errors]
    if _SCHEDULING.intersection(faults):
        raise Unreadable("a VEVENT whose time was not understood")
    for name in ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"):
        if isinstance(event.get(name), list):
            raise Unreadable(f"{name} stands more than once")
    return event, faults


def _kept(block: list[Line], names: _Zones) -> Iterator[Line]:
    """The lines of the event itself that syncd reads, their TZIDs replaced."""
    depth = 0
    for each in block[1:-1]:
        depth += (each.name == "BEGIN") - (each.name == "END")
        if depth or (each.name not in _READ and not each.name.startswith("X-SYNCD-")):
            continue
        found = _TZID.search(each.head) if each.name in _SCHEDULING else None
        if found is None:
            yield each
            continue
        name = names.name(found[1].strip('"'))
        yield lines.line(each.head[: found.start()] + f";TZID={name}" + each.head[found.end() :], each.value)


def _begins(each: Line, component: str) -> bool:
    return each.name == "BEGIN" and each.value.strip().upper() == component
