"""When does a series take place? The simulator's own expansion, by dateutil and not by what it is to test."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rruleset, rrulestr

Item = dict[str, Any]


def instant(moment: Item, zone: ZoneInfo) -> datetime:
    """Of an EventDateTime; a day begins at midnight of the calendar's zone."""
    if "date" in moment:
        day = date.fromisoformat(moment["date"])
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    return datetime.fromisoformat(moment["dateTime"]).astimezone(UTC)


def span(item: Item, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return instant(item["start"], zone), instant(item["end"], zone)


def instances(item: Item, zone: ZoneInfo, until: datetime) -> list[tuple[datetime, datetime]]:
    """All that start before `until`, exceptions not considered. A rule that cannot be read has one instance."""
    starts_at, ends_at = span(item, zone)
    lines = item.get("recurrence")
    if not lines:
        return [(starts_at, ends_at)]
    wall = zone if "date" in item["start"] else _zone(item["start"].get("timeZone"), zone)
    first = starts_at.astimezone(wall).replace(tzinfo=None)
    try:
        rules = _rules(lines, first, wall)
    except (ValueError, KeyError, TypeError):
        return [(starts_at, ends_at)]
    days = (
        (date.fromisoformat(item["end"]["date"]) - date.fromisoformat(item["start"]["date"])).days
        if "date" in item["start"]
        else 0
    )
    found = []
    for local in rules.xafter(first - timedelta(seconds=1)):
        begins = local.replace(tzinfo=wall).astimezone(UTC)
        if begins >= until:
            break
        ends = (
            (local + timedelta(days=days)).replace(tzinfo=wall).astimezone(UTC)
            if days
            else begins + (ends_at - starts_at)
        )
        found.append((begins, ends))
    return found


def _rules(lines: list[str], first: datetime, wall: ZoneInfo) -> rruleset:
    rules = rruleset()
    for line in lines:
        head, _, value = line.partition(":")
        name = head.split(";")[0]
        if name == "RRULE":
            rule = rrulestr(_local_until(value, wall), dtstart=first)
            assert isinstance(rule, rrule)
            rules.rrule(rule)
        elif name in ("EXDATE", "RDATE"):
            for each in value.split(","):
                (rules.exdate if name == "EXDATE" else rules.rdate)(_local(each, wall, first))
    rules.rdate(first)
    return rules


def _local_until(rule: str, wall: ZoneInfo) -> str:
    """dateutil wants UNTIL as naive as the start."""
    parts = []
    for part in rule.split(";"):
        if part.startswith("UNTIL=") and part.endswith("Z"):
            at = datetime.strptime(part[6:], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            part = f"UNTIL={at.astimezone(wall):%Y%m%dT%H%M%S}"
        parts.append(part)
    return ";".join(parts)


def _local(text: str, wall: ZoneInfo, first: datetime) -> datetime:
    if text.endswith("Z"):
        at = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return at.astimezone(wall).replace(tzinfo=None)
    if "T" not in text:
        return datetime.combine(date.fromisoformat(text), first.time())
    return datetime.fromisoformat(text)


def _zone(name: str | None, zone: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else zone
    except (KeyError, ValueError):
        return zone
