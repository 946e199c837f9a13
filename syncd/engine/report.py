"""How is the desk doing? No-shows, what stayed undetermined, and time given back: by week, company, staff, hour.

Counted from the sessions as they stand now (ATT-15). Weeks, weekdays and hours are those of the desk's zone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.domain.attendance import Outcome
from syncd.domain.session import Session, SessionState


@dataclass(slots=True)
class Count:
    """Sessions that came to an end, by what they came to; `cancelled` did not take place and are in no share.

    `presumed`: attended because nobody said otherwise (A13); `by_staff`: a person decided; `reversed`: a no-show that
    was overturned (A9, A10). `saved`: scheduled time that consultants were let go of, as nobody was there (A4 to A6).
    """

    attended: int = 0
    no_show: int = 0
    excused: int = 0
    undetermined: int = 0
    cancelled: int = 0
    presumed: int = 0
    by_staff: int = 0
    reversed: int = 0
    saved: timedelta = timedelta(0)

    @property
    def judged(self) -> int:
        return self.attended + self.no_show + self.excused + self.undetermined

    @property
    def no_show_rate(self) -> float:
        """Of the sessions of which it is known what they came to."""
        return _share(self.no_show, self.judged - self.undetermined)

    @property
    def undetermined_share(self) -> float:
        return _share(self.undetermined, self.judged)

    @property
    def attested_share(self) -> float:
        """How much rests on the word, or the silence, of staff (ATT-15)."""
        return _share(self.presumed + self.by_staff, self.judged)

    def add(self, session: Session) -> None:
        if session.state is SessionState.CANCELLED:
            self.cancelled += 1
            return
        attendance = session.attendance
        verdict = attendance.verdict
        if verdict is None:
            return
        name = verdict.outcome.value.replace("-", "_")
        setattr(self, name, getattr(self, name) + 1)
        self.presumed += verdict.presumed
        self.by_staff += verdict.staff_id is not None
        self.reversed += attendance.overturned
        self.saved += given_back(session)


def given_back(session: Session) -> timedelta:
    """From the moment at which the consultant was let go, absence being known (A4 to A6), to the scheduled end. A close
    at which it was not known lets nobody go (A13), and where somebody came after all nothing was gained (A9, A14)."""
    attendance, verdict = session.attendance, session.attendance.verdict
    if attendance.released_at is None or verdict is None or verdict.outcome is Outcome.ATTENDED:
        return timedelta(0)
    return max(session.ends_at - max(attendance.released_at, session.starts_at), timedelta(0))


@dataclass(frozen=True, slots=True)
class Report:
    """`hours`: by (weekday, hour), Monday is 0. `causes`: which condition of ATT-7 was not proved, most often first."""

    since: datetime
    until: datetime
    zone: str
    total: Count
    weeks: tuple[tuple[str, Count], ...]
    companies: tuple[tuple[str, Count], ...]
    staff: tuple[tuple[str, Count], ...]
    hours: tuple[tuple[tuple[int, int], Count], ...]
    causes: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class _Tables:
    total: Count = field(default_factory=Count)
    weeks: dict[str, Count] = field(default_factory=dict)
    companies: dict[str, Count] = field(default_factory=dict)
    staff: dict[str, Count] = field(default_factory=dict)
    hours: dict[tuple[int, int], Count] = field(default_factory=dict)
    causes: Counter[str] = field(default_factory=Counter)


def report(
    sessions: Iterable[Session], since: datetime, until: datetime, zone: str, staff_name: Callable[[str], str]
) -> Report:
    """Over sessions that start in [since, until). Companies and staff with the most no-shows first."""
    tables, local = _Tables(), ZoneInfo(zone)
    for session in sessions:
        if session.booking is None:
            continue
        start = session.starts_at.astimezone(local)
        monday = (start - timedelta(days=start.weekday())).date().isoformat()
        for count in (
            tables.total,
            tables.weeks.setdefault(monday, Count()),
            tables.companies.setdefault(session.booking.company_name, Count()),
            tables.staff.setdefault(staff_name(session.staff_id), Count()),
            tables.hours.setdefault((start.weekday(), start.hour), Count()),
        ):
            count.add(session)
        verdict = session.attendance.verdict
        if verdict is not None and verdict.outcome is Outcome.UNDETERMINED:
            tables.causes.update({failed.partition(":")[0] for failed in verdict.failed})
    return Report(
        since,
        until,
        zone,
        tables.total,
        tuple(sorted(tables.weeks.items())),
        _ranked(tables.companies),
        _ranked(tables.staff),
        tuple(sorted(tables.hours.items())),
        tuple(tables.causes.most_common()),
    )


def _ranked(counts: dict[str, Count]) -> tuple[tuple[str, Count], ...]:
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1].no_show, -pair[1].judged, pair[0])))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
