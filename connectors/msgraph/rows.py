"""When is an event of Graph's, and does it take time? Its times and flags read from the JSON; pure.

The resource type `event` of Graph v1.0; the busy table of CAL-22, CAL-23, CAL-25, GRA-5. Nothing here reads a text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncd.domain.spans import Span
from syncd.ical import zones
from syncd.ical.values import instant

Row = Mapping[str, Any]
"""A JSON object of Graph's, as it came."""

SELECT = (
    "id,iCalUId,type,seriesMasterId,start,end,isAllDay,isCancelled,showAs,responseStatus,"
    "originalStartTimeZone,transactionId,createdDateTime"
)
"""What is asked for where no text is needed."""

INHERITED = ("showAs", "isCancelled", "responseStatus", "isAllDay", "originalStartTimeZone")
"""What a bare occurrence takes from its master (GRA-5)."""

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""What lies beyond is taken for these: Exchange writes "never" as some year from 1601 to 9999."""

_NOT_BUSY = frozenset({"free", "workingElsewhere"})
_UNSURE = frozenset({"notResponded", "tentativelyAccepted"})
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?")


class Unreadable(ValueError):
    """The row's times were not understood. Its reason holds no text of the event."""


def text(row: Row, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def kind(row: Row) -> str:
    """singleInstance, seriesMaster, occurrence or exception; whatever else is taken for a single one."""
    said = text(row, "type")
    return said if said in ("seriesMaster", "occurrence", "exception") else "singleInstance"


def version(row: Row) -> str:
    return text(row, "@odata.etag")


def is_removed(row: Row) -> bool:
    return "@removed" in row


def hydrated(row: Row, master: Row | None) -> Row:
    """A bare occurrence with its master's state (GRA-5); its own, where it says any, wins."""
    if master is None:
        return row
    return {**{name: master[name] for name in INHERITED if name in master}, **row}


def is_cancelled(row: Row) -> bool:
    return row.get("isCancelled") is True


def response(row: Row) -> str:
    status = row.get("responseStatus")
    return text(status, "response") if isinstance(status, Mapping) else ""


def is_busy(row: Row, *, tentative_is_busy: bool) -> bool:
    """By the busy table of CAL-22; what says nothing is busy."""
    if is_cancelled(row) or text(row, "showAs") in _NOT_BUSY or response(row) == "declined":
        return False
    return tentative_is_busy or not (text(row, "showAs") == "tentative" or response(row) in _UNSURE)


def is_away(row: Row) -> bool:
    """Does it say that the staff member is out of office (K12)?"""
    return text(row, "showAs") == "oof"


def times(row: Row, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end in UTC, the end possibly at the start. `zone` is the calendar's: an all-day event runs from its
    midnight to its midnight (CAL-23). Raises Unreadable."""
    if row.get("isAllDay") is True:
        first, last = _day(row, "start", zone), _day(row, "end", zone)
        last = max(last, first + timedelta(days=1))
        return instant(first, zone), instant(last, zone)
    starts_at, ends_at = _moment(row.get("start"), None), _moment(row.get("end"), None)
    if ends_at < starts_at:
        raise Unreadable("it ends before it starts")
    return starts_at, ends_at


def span(row: Row, zone: ZoneInfo) -> Span | None:
    """As `times`; None for what takes no time. Raises Unreadable."""
    starts_at, ends_at = times(row, zone)
    return Span(starts_at, ends_at) if ends_at > starts_at else None


def widest_span(row: Row, zone: ZoneInfo, read_at: datetime) -> Span:
    """What an event that was not understood shows of its time, at the most; else the day it was read on (CAL-9)."""
    shown: list[datetime] = []
    for name in ("start", "end"):
        try:
            shown.append(_moment(row.get(name), zone))
        except Unreadable:
            continue
    if len(shown) == 2 and shown[0] != shown[1] and row.get("isAllDay") is not True:
        return Span(min(shown), max(shown))
    first = min(shown, default=read_at).astimezone(zone).date()
    last = max(shown, default=read_at).astimezone(zone).date()
    return Span(instant(first, zone), instant(last + timedelta(days=1), zone))


def stamp(row: Row, name: str) -> datetime | None:
    """A DateTimeOffset such as lastModifiedDateTime; None where there is none."""
    try:
        return _parsed(text(row, name), UTC)
    except Unreadable:
        return None


def _day(row: Row, name: str, zone: ZoneInfo) -> date:
    """The date that an all-day event means. Graph gives midnight in the zone that was asked for; where it was moved
    there from the zone it was made in, the nearest midnight of that one is meant."""
    said = row.get(name)
    moment = _moment(said, zone)
    shown = text(said, "dateTime") if isinstance(said, Mapping) else ""
    if "T00:00:00" in shown:
        return date.fromisoformat(shown[:10])
    known = zones.known(text(row, "originalStartTimeZone"))
    local = moment.astimezone(ZoneInfo(known) if known else zone)
    return (local + timedelta(hours=12)).date()


def _moment(value: object, zone: ZoneInfo | None) -> datetime:
    """A dateTimeTimeZone in UTC. `zone`: for a time whose own is not known; None: then it is Unreadable (CAL-25)."""
    if not isinstance(value, Mapping):
        raise Unreadable("a time is missing")
    name = text(value, "timeZone")
    known = zones.known(name) if name else None
    meant = ZoneInfo(known) if known else zone
    return _parsed(text(value, "dateTime"), meant)


def _parsed(said: str, zone: ZoneInfo | Any | None) -> datetime:
    found = _STAMP.fullmatch(said)
    if found is None:
        raise Unreadable("a time has no form that is known")
    offset = (found[4] or "").replace("Z", "+00:00")
    if not offset and zone is None:
        raise Unreadable("a time is in no zone that is known")
    micros = (found[3] or "0")[:6].ljust(6, "0")
    try:
        at = datetime.fromisoformat(f"{found[1]}T{found[2]}.{micros}{offset}")
        return min(max((at if offset else at.replace(tzinfo=zone)).astimezone(UTC), EARLIEST), LATEST)
    except (ValueError, OverflowError):
        pass
    raise Unreadable("a time that is none")
