"""When is that, for this reader? Instants in words: weekday, date, time, zone (N4, C9, PAGE-5).

Never relative to now: a mail may be late. The UTC offset stands with a time wherever the clock shows it twice, or where
the zone has no name of its own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from syncd.messages.catalogue import Locale

ZONES_REMEMBERED_MAX = 1024


@lru_cache(maxsize=ZONES_REMEMBERED_MAX)
def zone_of(name: str) -> ZoneInfo:
    """The IANA zone of that name; UTC for a name that is none, and then UTC is what is printed."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class When:
    """Instants for one reader. All methods take aware instants of any zone."""

    locale: Locale
    zone: ZoneInfo

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def date(self, at: datetime) -> str:
        """Tuesday, 1 December 2026."""
        return self._dated("time.date", at)

    def short_date(self, at: datetime) -> str:
        """Tue 1 Dec."""
        return self._dated("time.short_date", at)

    def time(self, at: datetime) -> str:
        """10:00, or 10:00 AM where the locale counts to twelve."""
        local = self.local(at)
        if self.locale.words["time.clock"] == "12":
            half = self.locale.words["time.am" if local.hour < 12 else "time.pm"]
            return f"{local.hour % 12 or 12}:{local.minute:02} {half}"
        return f"{local.hour:02}:{local.minute:02}"

    def zone_name(self, at: datetime) -> str:
        """EST; UTC−3 where there is no such name; EST (UTC−5) where the clock shows this time twice."""
        local = self.local(at)
        name = local.tzname() or ""
        if not name.isalpha():
            return self.offset(at)
        name = self.locale.get(f"zones.{name}", name)
        return f"{name} ({self.offset(at)})" if _doubled(local) else name

    def offset(self, at: datetime) -> str:
        """UTC−5, UTC+5:30, UTC."""
        minutes = int((self.local(at).utcoffset() or timedelta()).total_seconds() // 60)
        if minutes == 0:
            return "UTC"
        hours, rest = divmod(abs(minutes), 60)
        return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"

    def place(self, at: datetime) -> str:
        """Where the clock hangs: New York time (UTC−5)."""
        city = self.city
        offset = self.offset(at)
        return offset if city is None else self.locale.say("time.place", city=city, offset=offset)

    @property
    def city(self) -> str | None:
        """The zone's city as the locale calls it; None for zones that have none."""
        key = self.zone.key
        if "/" not in key or key.startswith("Etc/"):
            return None
        name = key.rsplit("/", 1)[1]
        return self.locale.get(f"cities.{name}", name.replace("_", " "))

    def moment(self, at: datetime) -> str:
        """Tuesday, 1 December 2026, 10:00 EST."""
        return self.locale.say("time.moment", date=self.date(at), time=self.time(at), zone=self.zone_name(at))

    def short_moment(self, at: datetime) -> str:
        """Tue 1 Dec, 10:00 EST: for subjects."""
        return self.locale.say("time.moment", date=self.short_date(at), time=self.time(at), zone=self.zone_name(at))

    def span(self, starts_at: datetime, ends_at: datetime) -> str:
        """10:00–10:30 EST. With the later date where it ends on another day, and both zones where they differ."""
        start, end = self.time(starts_at), self.time(ends_at)
        first, last = self.zone_name(starts_at), self.zone_name(ends_at)
        if self.local(starts_at).date() != self.local(ends_at).date():
            end = self.locale.say("time.dated_end", date=self.short_date(ends_at), time=end)
        if first != last:
            start = f"{start} {first}"
        return self.locale.say("time.span", start=start, end=end, zone=last)

    def deadline(self, at: datetime, session_at: datetime) -> str:
        """08:55 EDT; with its date where that is not the session's own day. An instant, never a length (C9)."""
        if self.local(at).date() == self.local(session_at).date():
            return self.locale.say("time.of_day", time=self.time(at), zone=self.zone_name(at))
        return self.short_moment(at)

    def day(self, day: dt.date) -> str:
        """A day of the calendar, whatever the zone; as `date`."""
        return self._worded("time.date", day)

    def _dated(self, key: str, at: datetime) -> str:
        return self._worded(key, self.local(at).date())

    def _worded(self, key: str, local: dt.date) -> str:
        lists = self.locale.lists
        return self.locale.say(
            key,
            weekday=lists["time.weekdays"][local.weekday()],
            short_weekday=lists["time.short_weekdays"][local.weekday()],
            day=self.locale.words["time.first"] if local.day == 1 else local.day,
            month=lists["time.months"][local.month - 1],
            short_month=lists["time.short_months"][local.month - 1],
            year=local.year,
        )


def _doubled(local: datetime) -> bool:
    """Does the clock show this time twice? (It comes from an instant, so it stands in no gap.)"""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
