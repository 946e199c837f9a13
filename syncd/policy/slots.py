"""Which times can be booked? Weekly hours less holidays, busy time, other sessions and taken rooms (B1, K2, K10).

Opening hours become instants, per day and zone, first (a clock change shifts nothing); then everything that is in the
way becomes a union of *forbidden starts*, and one sweep over the grid leaves the slots.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.domain.case import Neighbour
from syncd.domain.decision import Claim
from syncd.domain.desk import Desk, Room, SessionType, Slot
from syncd.domain.people import StaffMember
from syncd.domain.spans import Span

Seconds = tuple[int, int]


def staff_resource(staff_id: str) -> str:
    return f"staff:{staff_id}"


def room_resource(room_id: str) -> str:
    return f"room:{room_id}"


def claims_for(
    kind: SessionType, staff_id: str, room: Room | None, span: Span, *, may_overlap: bool
) -> tuple[Claim, ...]:
    """What a session takes: its staff member until the buffer after it is over (B1), its room with the room's gap
    (K10). Buffers stand behind a session only, so that two neighbours keep the earlier one's."""
    none = timedelta(0)
    staff = Claim(staff_resource(staff_id), span.widened(none, kind.buffer), may_overlap)
    if room is None:
        return (staff,)
    return (staff, Claim(room_resource(room.id), span.widened(none, room.gap), may_overlap))


def open_spans(member: StaffMember, first: date, days: int) -> list[Span]:
    """The member's working hours as instants, for `days` local days from `first`; holidays are closed.

    A time that a clock change skips begins when the clock has moved on; one that occurs twice opens at its first and
    closes at its second occurrence.
    """
    zone = ZoneInfo(member.zone)
    spans = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        if day in member.holidays:
            continue
        for hours in member.hours:
            if hours.weekday == day.weekday():
                opens = datetime.combine(day, hours.opens, zone).astimezone(UTC)
                closes = datetime.combine(day, hours.closes, zone).replace(fold=1).astimezone(UTC)
                if opens < closes:
                    spans.append(Span(opens, closes))
    return spans


@dataclass(frozen=True, slots=True)
class InTheWay:
    """What stands against a member's slots: foreign busy time, and other sessions with what they claim."""

    busy: tuple[Span, ...]
    neighbours: tuple[Neighbour, ...]

    def without(self, session_id: str) -> InTheWay:
        return InTheWay(self.busy, tuple(n for n in self.neighbours if n.session_id != session_id))


def free_slots(
    desk: Desk, kind: SessionType, member: StaffMember, way: InTheWay, first: date, days: int, now: datetime
) -> list[Slot]:
    """All slots of one member, sorted. `first` is a day in the member's own zone."""
    earliest, latest = _seconds(now + kind.notice), _seconds(now + kind.horizon)
    length, step = int(kind.length.total_seconds()), int(kind.step.total_seconds())
    forbidden = _forbidden_starts(desk, kind, member.id, way)
    slots: list[Slot] = []
    blocked = iter([*forbidden, (1 << 62, 1 << 62)])
    block = next(blocked)
    for opening in sorted(open_spans(member, first, days)):
        opens, closes = _seconds(opening.starts_at), _seconds(opening.ends_at)
        start = opens
        while start + length <= closes:
            while block[1] <= start:
                block = next(blocked)
            if block[0] < start:  # forbidden: go on with the grid behind it
                start += -((start - block[1]) // step) * step
                continue
            if earliest <= start <= latest:
                slots.append(Slot(_instant(start), _instant(start + length), member.id))
            start += step
    return slots


def room_for(desk: Desk, kind: SessionType, span: Span, neighbours: Iterable[Neighbour]) -> Room | None:
    """The first of the type's rooms that is free with its gap (K10), or None."""
    taken = [claim for n in neighbours for claim in n.claims]
    for room in _rooms(desk, kind):
        wanted = Claim(room_resource(room.id), span.widened(timedelta(0), room.gap))
        if not any(c.resource == wanted.resource and c.span.overlaps(wanted.span) for c in taken):
            return room
    return None


def is_offered(
    desk: Desk, kind: SessionType, member: StaffMember, way: InTheWay, starts_at: datetime, now: datetime
) -> bool:
    """Is exactly this a slot? The same judgement as the page's, for one start."""
    day = starts_at.astimezone(ZoneInfo(member.zone)).date()
    slots = free_slots(desk, kind, member, way, day - timedelta(days=1), 3, now)
    return any(slot.starts_at == starts_at for slot in slots)


def least_burdened(slots: Iterable[Slot], burden: dict[str, int]) -> list[Slot]:
    """One slot a start: that of the member with the fewest sessions to come (B3); equal burdens by id."""
    best: dict[datetime, Slot] = {}
    for slot in slots:
        held = best.get(slot.starts_at)
        rank = (burden.get(slot.staff_id, 0), slot.staff_id)
        if held is None or rank < (burden.get(held.staff_id, 0), held.staff_id):
            best[slot.starts_at] = slot
    return [best[start] for start in sorted(best)]


def _rooms(desk: Desk, kind: SessionType) -> Sequence[Room]:
    return [room for room in desk.rooms if room.id in kind.rooms]


def _forbidden_starts(desk: Desk, kind: SessionType, staff_id: str, way: InTheWay) -> list[Seconds]:
    """The union of open intervals in which no session of this kind can start: `start` is forbidden if a < start < b."""
    length = int(kind.length.total_seconds())
    own = length + int(kind.buffer.total_seconds())
    out = [(_seconds(b.starts_at) - length, _seconds(b.ends_at)) for b in way.busy]
    claims = [claim for n in way.neighbours for claim in n.claims]
    mine = staff_resource(staff_id)
    out += [(_seconds(c.span.starts_at) - own, _seconds(c.span.ends_at)) for c in claims if c.resource == mine]
    return _union(out + _no_room(_rooms(desk, kind), claims, length))


def _no_room(rooms: Sequence[Room], claims: Sequence[Claim], length: int) -> list[Seconds]:
    """When every room is taken: the intersection of each room's forbidden starts."""
    common: list[Seconds] | None = None
    for room in rooms:
        reach = length + int(room.gap.total_seconds())
        name = room_resource(room.id)
        taken = _union(
            [(_seconds(c.span.starts_at) - reach, _seconds(c.span.ends_at)) for c in claims if c.resource == name]
        )
        common = taken if common is None else _intersection(common, taken)
        if not common:
            return []
    return common or []


def _union(spans: list[Seconds]) -> list[Seconds]:
    out: list[Seconds] = []
    for start, end in sorted(spans):
        if out and start < out[-1][1]:
            if end > out[-1][1]:
                out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def _intersection(left: list[Seconds], right: list[Seconds]) -> list[Seconds]:
    out, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            out.append((start, end))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return out


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
