"""When does a series of the simulator take place? RRULE values expanded by dateutil on the wall clock of their zone.

dateutil is not what the code under test expands with: it leaves that to Graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

OCCURRENCES_MAX = 5000


def starts(first: datetime, rule: str, zone: str, until: datetime) -> Iterator[datetime]:
    """Every start up to `until`, in UTC; the wall clock of `zone` is kept over clock changes."""
    wall = first.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    for number, at in enumerate(rrulestr(rule, dtstart=wall)):
        start = at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        if start >= until or number >= OCCURRENCES_MAX:
            return
        yield start


def pattern(first: datetime, rule: str, zone: str) -> dict[str, object]:
    """The rule as a patternedRecurrence of Graph's, as far as the tests' rules go."""
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    local = first.astimezone(ZoneInfo(zone))
    kind = {"DAILY": "daily", "WEEKLY": "weekly"}[parts["FREQ"]]
    what: dict[str, object] = {"type": kind, "interval": int(parts.get("INTERVAL", "1"))}
    if kind == "weekly":
        what["daysOfWeek"] = [local.strftime("%A").lower()]
    span: dict[str, object] = {"type": "noEnd", "startDate": f"{local:%Y-%m-%d}", "recurrenceTimeZone": zone}
    if "COUNT" in parts:
        span |= {"type": "numbered", "numberOfOccurrences": int(parts["COUNT"])}
    return {"pattern": what, "range": span}


def whole_days(first: datetime, last: datetime, zone: str) -> int:
    """How many local days lie between two midnights."""
    days = last.astimezone(ZoneInfo(zone)).date() - first.astimezone(ZoneInfo(zone)).date()
    return max(1, days // timedelta(days=1))
