"""What does the day look like? All staff in columns, quarter hours in rows, each session where it begins.

A table, so that columns keep step whatever stands in a cell; on a narrow screen the same cells read from top to bottom
are the day's agenda. It names no viewer, so that one rendering serves all who look at the same day in the same zone.
Only hours in which something is are drawn: a session, or a shift that begins on this day. What is left after midnight
of yesterday's shift, as colleagues in far zones have it, opens no hours by itself.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from syncd.domain.people import StaffMember
from syncd.domain.session import Session, SessionState
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.policy.slots import open_spans
from syncd.web.desk_course import Course, course_of
from syncd.web.visit import Visit

STEP = timedelta(minutes=15)
HOUR = timedelta(hours=1)
HOUR_ROWS = HOUR // STEP
BOARDS_MAX = 64
FRESH = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Cell:
    """`rows` quarter hours of one column: sessions, or nothing."""

    rows: int
    courses: tuple[Course, ...] = ()
    member: StaffMember | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One quarter hour. `hour`: its name, on full hours. `now`: which third of it the present is in, else None.
    `later`: hours in which nothing is were left out before it."""

    hour: str
    cells: tuple[Cell, ...]
    now: int | None = None
    later: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    day: date
    staff: tuple[StaffMember, ...]
    lines: tuple[Line, ...]
    count: int
    unsettled: int
    changes: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A board as bytes. `digest` tells whether it shows something new."""

    html: str
    digest: str
    changes: int
    drawn_at: datetime


def board_of(visit: Visit, day: date, who: str) -> Board:
    """`who`: one staff id, or empty for all who hold a session or have hours on that day."""
    services, zone = visit.services, ZoneInfo(visit.zone)
    span = day_span(day, zone)
    changes = services.views.changes()  # before what it counts: what comes meanwhile is drawn again
    sessions = [s for s in services.views.sessions_starting(span) if who in ("", s.staff_id)]
    seen = services.views.seen_in([s.id for s in sessions])
    terms: dict[str, Terms] = {t: services.views.terms(t) for t in {s.terms_id for s in sessions}}
    courses = [course_of(s, seen.get(s.id, ()), visit.desk, terms[s.terms_id], visit.now) for s in sessions]
    working = {m.id: _hours(m, day, span) for m in visit.desk.staff}
    busy = {s.staff_id for s in sessions}
    staff = tuple(m for m in visit.desk.staff if who in ("", m.id) and (m.id in busy or working[m.id] or who))
    begun = [shift for m in staff for shift in working[m.id] if shift.starts_at >= span.starts_at]
    rows = _rows_of([s.span for s in sessions] + begun, span.starts_at)
    return Board(
        day=day,
        staff=staff,
        lines=_lines(visit, staff, courses, span.starts_at, rows),
        count=sum(1 for s in sessions if s.state is not SessionState.CANCELLED),
        unsettled=sum(1 for c in courses if c.state.tone == "warn" and c.attendance.verdict is not None),
        changes=changes,
    )


def day_span(day: date, zone: ZoneInfo) -> Span:
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    return Span(start, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC))


def _hours(member: StaffMember, day: date, span: Span) -> list[Span]:
    """Their shifts that lie in the day, or reach into it."""
    near = open_spans(member, day - timedelta(days=1), 3)
    return [Span(w.starts_at, min(w.ends_at, span.ends_at)) for w in near if w.overlaps(span)]


def _rows_of(spans: list[Span], midnight: datetime) -> list[int]:
    """The quarter hours to draw, counted from midnight: whole hours in which one of them is."""
    hours = {
        hour
        for each in spans
        for hour in range((each.starts_at - midnight) // HOUR, _up(each.ends_at - midnight, HOUR))
    }
    return [hour * HOUR_ROWS + quarter for hour in sorted(hours) for quarter in range(HOUR_ROWS)]


def _lines(
    visit: Visit, staff: tuple[StaffMember, ...], courses: list[Course], midnight: datetime, rows: list[int]
) -> tuple[Line, ...]:
    if not staff:
        return ()
    places = {row: place for place, row in enumerate(rows)}
    columns = [_column(m, [c for c in courses if c.session.staff_id == m.id], midnight, places) for m in staff]
    past = visit.now - midnight
    present = next((row for row in rows if row >= past // STEP), None) if rows and past >= rows[0] * STEP else None
    return tuple(
        Line(
            hour=visit.when.time(midnight + row * STEP) if row % HOUR_ROWS == 0 else "",
            cells=tuple(column[place] for column in columns if place in column),
            now=int(max(past - row * STEP, timedelta()) / STEP * 3) if row == present else None,
            later=place > 0 and rows[place - 1] != row - 1,
        )
        for row, place in places.items()
    )


def _column(member: StaffMember, courses: list[Course], midnight: datetime, places: dict[int, int]) -> dict[int, Cell]:
    """Cells by the place of the row in which they begin; sessions that overlap share one (K6)."""
    blocks: list[tuple[int, int, list[Course]]] = []
    for course in courses:
        first = (course.session.starts_at - midnight) // STEP
        last = max(first, _up(course.session.ends_at - midnight, STEP) - 1)
        start, end = places[first], places[last] + 1
        if blocks and start < blocks[-1][1]:
            begun, until, members = blocks[-1]
            blocks[-1] = (begun, max(until, end), [*members, course])
        else:
            blocks.append((start, end, [course]))
    cells: dict[int, Cell] = {}
    reached = 0
    for start, end, members in blocks:
        if start > reached:
            cells[reached] = Cell(start - reached)
        cells[start] = Cell(end - start, tuple(members), member)
        reached = end
    if reached < len(places):
        cells[reached] = Cell(len(places) - reached)
    return cells


def _up(since: timedelta, unit: timedelta) -> int:
    """In how many units it lies, the last one begun counted."""
    return -(-since // unit)


class Boards:
    """Boards that were drawn lately, for all viewers: drawn anew after a change, and as time goes on."""

    def __init__(self) -> None:
        self._drawn: OrderedDict[tuple[str, ...], Drawn] = OrderedDict()
        self._lock = threading.Lock()

    def drawn(self, visit: Visit, day: date, who: str) -> Drawn:
        key = (day.isoformat(), visit.zone, visit.when.locale.tag, who, visit.desk.id)
        with self._lock:  # one draws, the others wait for it and take what it drew
            kept = self._drawn.get(key)
            if kept is not None and visit.now - kept.drawn_at < FRESH and self._is_current(visit, kept):
                return kept
            board = board_of(visit, day, who)
            html = visit.house.pages.render("desk_board.html", visit, {"board": board})
            drawn = Drawn(html, sha256(html.encode()).hexdigest()[:16], board.changes, visit.now)
            self._drawn[key] = drawn
            self._drawn.move_to_end(key)
            while len(self._drawn) > BOARDS_MAX:
                self._drawn.popitem(last=False)
            return drawn

    @staticmethod
    def _is_current(visit: Visit, kept: Drawn) -> bool:
        return visit.services.views.changes() == kept.changes


def sessions_of(visit: Visit, day: date) -> tuple[Session, ...]:
    return visit.services.views.sessions_starting(day_span(day, ZoneInfo(visit.zone)))
