"""Which zone does a TZID mean? (CAL-25, RFC 5545 3.2.19 and 3.6.5)

In this order: the IANA name, Windows' name for it, an IANA name behind a vendor's prefix, the VTIMEZONE sent along;
what is left is unknown, and whoever asks takes the calendar's zone and says so. VTIMEZONEs are built here and kept
with their own resource: icalendar would remember the first of a name for the whole process, and mailboxes call very
different zones "Customized Time Zone".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from syncd.ical import lines
from syncd.ical.lines import Line

NAMES_REMEMBERED_MAX = 2048
_UTC_NAMES = frozenset({"UTC", "GMT", "Z", "ETC/UTC", "ETC/GMT", "UNIVERSAL", "ZULU", "TZONE://MICROSOFT/UTC"})


@lru_cache(maxsize=NAMES_REMEMBERED_MAX)
def known(tzid: str) -> str | None:
    """The IANA name that a TZID stands for, or None."""
    name = tzid.strip().strip('"').strip("/")
    if name.upper() in _UTC_NAMES:
        return "UTC"
    parts = name.split("/")
    tails = ["/".join(parts[start:]) for start in range(1, len(parts))] if tzid.strip().startswith("/") else []
    for candidate in (name, WINDOWS_TO_OLSON.get(name, ""), name.replace(" ", "_"), *tails):
        if candidate and _exists(candidate):
            return candidate
    return None


def _exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a key at all; a folder of zones
        return False
    return True


def custom(block: Sequence[Line]) -> tzinfo | None:
    """The zone that a VTIMEZONE block defines; None where it cannot be used.

    Onsets that recur other than yearly are refused: no real zone has them, and walking them would not end.
    """
    content: list[Line] = []
    for each in block:
        if each.name == "RRULE" and "FREQ=YEARLY" not in each.value.upper():
            return None
        if each.name == "TZID":
            content.append(lines.line("TZID", "UTC"))  # a known name is not remembered by icalendar
        elif each.name and not each.name.startswith("X-") and each.name not in ("LAST-MODIFIED", "TZURL", "COMMENT"):
            content.append(each)
    try:
        component: Any = Timezone.from_ical(lines.write(content))
        zone: tzinfo = component.to_tz(lookup_tzid=False)
    except Exception:  # noqa: BLE001 - the parser raises whatever it meets (INV-43); without it the zone is unknown
        return None
    return zone
