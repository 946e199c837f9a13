"""How are months, days and no-shows counted? The arithmetic of the ledgers (S1, S3, S8, C8); no opinion beyond it.

Days are days of a zone's calendar. Months are counted back: a day that the month lacks is its last, and the day reached
still counts (S3).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.domain.people import NoShow, SameDayChange, Strike
from syncd.domain.terms import Terms


def day_of(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def months_back(day: date, months: int) -> date:
    """The same day so many months earlier, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def end_of_day(instant: datetime, zone: str, days: int) -> datetime:
    """The end of the `days`-th day after the day of that instant, in that zone: the next day's first instant (S1)."""
    following = day_of(instant, zone) + timedelta(days=days + 1)
    return datetime.combine(following, time(), ZoneInfo(zone)).astimezone(UTC)


def completed_by(new: NoShow, no_shows: Iterable[NoShow], terms: Terms) -> tuple[NoShow, ...]:
    """The no-shows that suspend together with `new`, oldest first: the latest `terms.no_shows` within the months
    before the start of the latest of them, in that one's zone (S1, S3). Empty: there are not enough."""
    still_open = sorted((n for n in no_shows if n.open), key=lambda n: (n.starts_at, n.session_id))
    for latest in still_open:
        if latest.starts_at < new.starts_at:
            continue
        reach = months_back(day_of(latest.starts_at, latest.zone), terms.no_show_months)
        within = [
            n for n in still_open if n.starts_at <= latest.starts_at and day_of(n.starts_at, latest.zone) >= reach
        ]
        if new in within and len(within) >= terms.no_shows:
            others = [n for n in within if n != new][len(within) - terms.no_shows :]
            return tuple(sorted((*others, new), key=lambda n: (n.starts_at, n.session_id)))
    return ()


def counting_strikes(strikes: Iterable[Strike], now: datetime, zone: str, terms: Terms) -> tuple[Strike, ...]:
    """Those that still count: neither withdrawn nor older than the terms' months (S8). All stay on the record."""
    reach = months_back(day_of(now, zone), terms.strike_months)
    return tuple(s for s in strikes if s.withdrawn_at is None and day_of(s.struck_at, zone) >= reach)


def lately(changes: Iterable[SameDayChange], at: datetime, terms: Terms) -> tuple[SameDayChange, ...]:
    """The same-day changes of the days before `at`, that instant included (C8)."""
    since = at - timedelta(days=terms.same_day_days)
    return tuple(c for c in changes if since < c.changed_at <= at)
