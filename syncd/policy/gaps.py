"""Where does it still fit? Gaps on staff calendars for an emergency session and for a return call (O1, O3).

The slots' own arithmetic (policy/slots.py) with a finer grid, without a notice period, and for two days: today, then
tomorrow. Of every free stretch the first start alone is proposed, nearest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.domain.desk import Channel, Desk, SessionType, Slot
from syncd.domain.session import Session
from syncd.domain.terms import Terms
from syncd.policy.slots import InTheWay, free_slots

GRID = timedelta(minutes=5)
DAYS = 2
"""Today and tomorrow, in the zone that counts."""

RETURN_CALL = "return-call"


def call_type(desk: Desk, terms: Terms) -> SessionType:
    """A return call as the arithmetic sees it: any of the staff, no room, no buffer of its own: the session before
    keeps its buffer, the next begins on time."""
    staff = tuple(member.id for member in desk.staff)
    none = timedelta(0)
    return SessionType(RETURN_CALL, "", Channel.PHONE, staff, (), terms.call_length, GRID, none, terms.call_lead)


def type_of(session: Session, desk: Desk, terms: Terms) -> SessionType | None:
    """The session's type, a return call's included; None: no longer configured."""
    return call_type(desk, terms) if session.call is not None else desk.type(session.type_id)


def emergency_gaps(
    desk: Desk, kind: SessionType, ways: Mapping[str, InTheWay], terms: Terms, now: datetime
) -> tuple[Slot, ...]:
    """For a session of that kind, by whoever holds it and can be read (`ways`, by staff id); days are the desk's."""
    fitting = replace(kind, step=GRID, notice=terms.squeeze_lead, horizon=timedelta(days=DAYS))
    end = _end_of_days(now, desk.zone)
    return _nearest(slot for slot in _free(desk, fitting, ways, now) if slot.starts_at < end)


def call_gaps(desk: Desk, ways: Mapping[str, InTheWay], zone: str, terms: Terms, now: datetime) -> tuple[Slot, ...]:
    """For a return call: within the hours of the contact's `zone`, the call's end included; days are theirs, and a
    working week of theirs is not known: staff's hours stand for it."""
    end = _end_of_days(now, zone)
    found = _free(desk, call_type(desk, terms), ways, now)
    return _nearest(slot for slot in found if slot.starts_at < end and may_ring(slot, zone, terms))


def may_ring(slot: Slot, zone: str, terms: Terms) -> bool:
    """Does it lie between the hours at which one calls people? (O3)"""
    local = ZoneInfo(zone)
    first, last = slot.starts_at.astimezone(local), slot.ends_at.astimezone(local)
    minutes = last.hour * 60 + last.minute + (last.second > 0)
    same_day = first.date() == last.date()
    return same_day and first.hour >= terms.call_from_hour and minutes <= terms.call_until_hour * 60


def _free(desk: Desk, kind: SessionType, ways: Mapping[str, InTheWay], now: datetime) -> list[Slot]:
    found: list[Slot] = []
    for member in desk.staff:
        way = ways.get(member.id)
        if way is not None and member.id in kind.staff:
            today = now.astimezone(ZoneInfo(member.zone)).date()
            found += free_slots(desk, kind, member, way, today - timedelta(days=1), DAYS + 2, now)
    return found


def _nearest(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """The first start of every free stretch of each member."""
    former: dict[str, datetime] = {}
    firsts = []
    for slot in sorted(slots, key=lambda s: (s.starts_at, s.staff_id)):
        before = former.get(slot.staff_id)
        if before is None or slot.starts_at - before > GRID:
            firsts.append(slot)
        former[slot.staff_id] = slot.starts_at
    return tuple(firsts)


def _end_of_days(now: datetime, zone: str) -> datetime:
    local = ZoneInfo(zone)
    after = now.astimezone(local).date() + timedelta(days=DAYS)
    return datetime.combine(after, time(), local)
