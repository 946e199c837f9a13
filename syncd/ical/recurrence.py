"""When does a calendar resource take time? Its occurrences over a window, each with whether it is busy.

RFC 5545 3.8.5, expanded by recurring-ical-events; spec/calendars.md, table Busy and CAL-22 to CAL-25. A rule that would
never come to an end is Unreadable, not a loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar
from icalendar.prop import vDDDLists, vDDDTypes

from syncd.domain.spans import Span
from syncd.ical.read import Resource, Unreadable, VEvent
from syncd.ical.values import ends_at, instant, many, partstat_of, text, times

OCCURRENCES_MAX = 5_000
STEPS_MAX = 200_000
_SECONDS = {"SECONDLY": 1, "MINUTELY": 60, "HOURLY": 3600, "DAILY": 86400, "WEEKLY": 604800}
_MOMENTS = ("DTSTART", "DTEND", "RECURRENCE-ID")
_LISTS = ("EXDATE", "RDATE")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence. `original_start` tells it from the others of its series (RECURRENCE-ID as an instant in UTC);
    None for an event that does not recur. `away`: it says that its owner is out of office (K12)."""

    original_start: datetime | None
    span: Span
    busy: bool
    recurring: bool
    away: bool = False


def occurrences(
    resource: Resource, window: Span, zone: ZoneInfo, owner_email: str | None = None
) -> tuple[Occurrence, ...]:
    """Occurrences that overlap the window, in order, cancelled and free ones included (`busy` false).

    `zone` is the calendar's: for whole days, floating times, and zones that nothing explains. `owner_email`: whose
    DECLINED frees the time (CAL-22). What takes no time (an end at its start) is left out. Raises Unreadable.
    """
    try:
        if resource.recurring:
            found = list(_expanded(resource, window, zone, owner_email))
        else:
            found = [_single(event, resource, zone, owner_email) for event in resource.events]
    except Unreadable:
        raise
    except Exception as error:  # the libraries raise whatever they meet on odd rules (INV-43)
        raise Unreadable(f"the recurrence was not understood: {type(error).__name__}") from error
    inside = [each for each in found if each is not None and each.span.overlaps(window)]
    return tuple(sorted(inside, key=lambda each: (each.span, each.original_start or each.span.starts_at)))


def is_busy(event: VEvent, owner_email: str | None = None) -> bool:
    """By the CAL table: free, cancelled and declined entries take no time; everything else does."""
    if text(event, "STATUS").upper() == "CANCELLED" or text(event, "TRANSP").upper() == "TRANSPARENT":
        return False
    return not (owner_email and partstat_of(event, owner_email) == "DECLINED")


def is_away(event: VEvent) -> bool:
    """RFC 5545 has no word for it. Outlook, and servers that speak its dialect, say OOF ([MS-OXCICAL]
    2.1.3.1.1.20.31); Nextcloud marks what its own out-of-office settings enter."""
    return text(event, "X-MICROSOFT-CDO-BUSYSTATUS").upper() == "OOF" or "X-NEXTCLOUD-OUT-OF-OFFICE" in event


def _single(event: VEvent, resource: Resource, zone: ZoneInfo, owner_email: str | None) -> Occurrence | None:
    span = _span(*times(event, resource, zone))
    return (
        None
        if span is None
        else Occurrence(None, span, is_busy(event, owner_email), recurring=False, away=is_away(event))
    )


def _span(starts_at: datetime, ends_at: datetime) -> Span | None:
    return Span(starts_at, ends_at) if ends_at > starts_at else None


def _expanded(resource: Resource, window: Span, zone: ZoneInfo, owner_email: str | None) -> Iterator[Occurrence | None]:
    calendar = Calendar()
    for event in resource.events:
        if "DTSTART" not in event:
            raise Unreadable("a VEVENT without a start")
        calendar.add_component(_walkable(_aware_copy(event, resource, zone), window, zone))
    masters = {str(e.get("UID", "")): e for e in calendar.events if "RECURRENCE-ID" not in e}
    overrides = {_key(e): e for e in calendar.events if "RECURRENCE-ID" in e}
    periods = dict(_periods(calendar.events, zone))
    query = recurring_ical_events.of(calendar)
    # Whole days are compared in UTC by the library, so it is asked for a day more on either side.
    found = query.between(window.starts_at - timedelta(days=1), window.ends_at + timedelta(days=1))
    if len(found) > OCCURRENCES_MAX:
        raise Unreadable(f"more than {OCCURRENCES_MAX} occurrences")
    for each in found:
        start = each["DTSTART"].dt
        source = overrides.get(_key(each)) or masters[str(each.get("UID", ""))]
        starts_at = instant(start, zone)
        ends = periods.get(starts_at) or _ends_at(source, start, zone)
        span = _span(starts_at, ends)
        original = starts_at - _shift(source, zone) if "RECURRENCE-ID" in source else starts_at
        yield (
            None
            if span is None
            else Occurrence(original, span, is_busy(each, owner_email), recurring=True, away=is_away(each))
        )


def _key(event: VEvent) -> tuple[str, str]:
    return str(event.get("UID", "")), str(event["RECURRENCE-ID"].dt)


def _ends_at(source: VEvent, start: date, zone: ZoneInfo) -> datetime:
    end, duration = (source[name].dt if name in source else None for name in ("DTEND", "DURATION"))
    return ends_at(start, source["DTSTART"].dt, end, duration, zone)


def _shift(override: VEvent, zone: ZoneInfo) -> timedelta:
    """How far an exception stands from its original start; those it moves along (THISANDFUTURE) stand as far."""
    return instant(override["DTSTART"].dt, zone) - instant(override["RECURRENCE-ID"].dt, zone)


def _periods(events: list[VEvent], zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """RDATE;VALUE=PERIOD gives an occurrence an end of its own."""
    for event in events:
        for each in (each.dt for listed in many(event, "RDATE") for each in listed.dts):
            if isinstance(each, tuple):
                start, end = instant(each[0], zone), each[1]
                yield start, start + end if isinstance(end, timedelta) else instant(end, zone)


def _aware_copy(event: VEvent, resource: Resource, zone: ZoneInfo) -> VEvent:
    """The event with every time made aware: the expansion must not meet a naive one beside them."""
    copy: VEvent = event.copy()
    for name in _MOMENTS:
        if name in event:
            value = vDDDTypes(resource.aware(event[name].dt, event[name].params, zone))
            if "RANGE" in event[name].params:
                value.params["RANGE"] = event[name].params["RANGE"]
            copy[name] = value
    for name in _LISTS:
        if name in event:
            copy[name] = [_aware_list(each, resource, zone) for each in many(event, name)]
    return copy


def _aware_list(listed: vDDDLists, resource: Resource, zone: ZoneInfo) -> vDDDLists:
    def aware(value: Any) -> Any:
        if isinstance(value, tuple):  # RDATE;VALUE=PERIOD
            return tuple(aware(v) if isinstance(v, date) else v for v in value)
        return resource.aware(value, listed.params, zone)

    return vDDDLists([aware(each.dt) for each in listed.dts])


def _walkable(event: VEvent, window: Span, zone: ZoneInfo) -> VEvent:
    """The event with rules that come to an end. Raises Unreadable where more than STEPS_MAX steps would be taken.

    The walk ends at the window only if something is found behind it. A rule whose day never comes would be walked to
    the year 9999, so it is taken away; others of that kind RFC 5545 forbids, or nobody writes.
    """
    for rule in many(event, "RRULE"):
        freq = str(next(iter(rule.get("FREQ", [])), "")).upper()
        interval = max(1, int(next(iter(rule.get("INTERVAL", [])), 1)))
        reach = window.ends_at - instant(event["DTSTART"].dt, zone)
        steps = reach.total_seconds() / (_SECONDS.get(freq, 604800) * interval)
        count = next(iter(rule.get("COUNT", [])), None)
        if min(steps, count if count is not None else steps) > STEPS_MAX:
            raise Unreadable(f"a recurrence of more than {STEPS_MAX} steps")
        if freq != "YEARLY" and ("BYWEEKNO" in rule or "BYYEARDAY" in rule):
            raise Unreadable("BYWEEKNO or BYYEARDAY in a rule that is not yearly")
        if freq not in ("YEARLY", "MONTHLY", "WEEKLY") and "BYSETPOS" in rule:
            raise Unreadable("BYSETPOS in a rule within the day")
        if not _has_a_day(rule):
            del event["RRULE"]
            break
    return event


def _has_a_day(rule: Any) -> bool:
    """Does any month of the rule have any day of it? (The 30th of February has none.)"""
    days, months = rule.get("BYMONTHDAY", []), rule.get("BYMONTH", [])
    return not days or not months or any(abs(int(d)) <= _DAYS[int(m) - 1] for d in days for m in months)
