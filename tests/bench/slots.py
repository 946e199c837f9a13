"""`slots_vs_sweep`, `slots_vs_naive`: 100 staff, 60 days, 8 events a day, 30-minute slots every 15 minutes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from syncd.domain.desk import Channel, Desk, SessionType
from syncd.domain.people import OpenHours, StaffMember
from syncd.domain.spans import Span
from syncd.policy.slots import InTheWay, free_slots, open_spans
from tests.bench.harness import Goal

NOW = datetime(2026, 3, 2, tzinfo=UTC)
FIRST = date(2026, 3, 3)
DAYS = 60
HALF_HOUR = timedelta(minutes=30)
WEEK = tuple(OpenHours(day, time(9), time(17)) for day in range(7))
KIND = SessionType("online", "Session", Channel.ONLINE, (), (), horizon=timedelta(days=90), buffer=timedelta(0))
DESK = Desk("d", "D", "d@d.example", "D", "https://d.example", "UTC", (), (KIND,), ())


def member(n: int) -> StaffMember:
    return StaffMember(f"m{n}", "M", "m@d.example", ("Europe/Berlin", "America/New_York")[n % 2], "c", hours=WEEK)


def busy_of(n: int) -> tuple[Span, ...]:
    """Eight events a day, scattered by arithmetic."""
    spans = []
    for day in range(DAYS):
        for event in range(8):
            minute = (n * 37 + day * 101 + event * 173) % 1380
            start = datetime(2026, 3, 3, tzinfo=UTC) + timedelta(days=day, minutes=minute)
            spans.append(Span(start, start + timedelta(minutes=20 + (n + event) % 40)))
    return tuple(spans)


def digest(starts: list[list[int]]) -> str:
    return hashlib.sha256(repr(starts).encode()).hexdigest()


def ours(size: int) -> tuple[str, Callable[[], object]]:
    people = [(member(n), InTheWay(busy_of(n), ())) for n in range(size)]

    def work() -> list[list[int]]:
        return [
            [int(slot.starts_at.timestamp()) for slot in free_slots(DESK, KIND, who, way, FIRST, DAYS, NOW)]
            for who, way in people
        ]

    return digest(work()), work


def _prepared(size: int) -> list[tuple[StaffMember, list[tuple[int, int]]]]:
    return [
        (member(n), [(int(s.starts_at.timestamp()), int(s.ends_at.timestamp())) for s in busy_of(n)])
        for n in range(size)
    ]


def _grid(who: StaffMember) -> list[tuple[int, int]]:
    return [(int(s.starts_at.timestamp()), int(s.ends_at.timestamp())) for s in open_spans(who, FIRST, DAYS)]


def sweep(size: int) -> tuple[str, Callable[[], object]]:
    """The bare limit: integers in, integers out, one sweep, building the same slots."""
    from syncd.domain.desk import Slot

    people = _prepared(size)

    def one(who: StaffMember, busy: list[tuple[int, int]]) -> list[int]:
        merged = sorted(busy)
        at, out, starts = 0, [], []
        for opens, closes in _grid(who):
            start = opens
            while start + 1800 <= closes:
                while at < len(merged) and merged[at][1] <= start:
                    at += 1
                near = at
                while near < len(merged) and merged[near][0] < start + 1800 and merged[near][1] <= start:
                    near += 1
                if not any(b < start + 1800 and start < e for b, e in merged[at : at + 4]):
                    begins = datetime.fromtimestamp(start, UTC)
                    out.append(Slot(begins, begins + HALF_HOUR, who.id))
                    starts.append(start)
                start += 900
        return starts

    def work() -> list[list[int]]:
        return [one(who, busy) for who, busy in people]

    return digest(work()), work


def naive(size: int) -> tuple[str, Callable[[], object]]:
    """As one would write it first: every slot, a span of instants, tested against every busy span."""
    people = [(member(n), busy_of(n)) for n in range(size)]

    def one(who: StaffMember, busy: tuple[Span, ...]) -> list[int]:
        starts = []
        for opening in open_spans(who, FIRST, DAYS):
            slot = Span(opening.starts_at, opening.starts_at + HALF_HOUR)
            while slot.ends_at <= opening.ends_at:
                if not any(slot.overlaps(span) for span in busy):
                    starts.append(int(slot.starts_at.timestamp()))
                slot = Span(slot.starts_at + KIND.step, slot.ends_at + KIND.step)
        return starts

    def work() -> list[list[int]]:
        return [one(who, busy) for who, busy in people]

    return digest(work()), work


GOALS = {
    "slots_vs_sweep": Goal(ours, sweep, size=100, smoke=2, target=1.5, unit="x CPU"),
    "slots_vs_naive": Goal(ours, naive, size=20, smoke=1, target=100, unit="x faster", at_most=False),
}
