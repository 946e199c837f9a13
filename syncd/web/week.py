"""What does a week of free times look like? The days from one day on, each with its slots, in the visitor's zone (B1).

Only what is asked for is searched: the next free day is looked up where the week itself has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

from syncd.domain.desk import SessionType, Slot
from syncd.domain.session import Session
from syncd.engine.door import OFFER_DAYS_MAX
from syncd.messages.when import When
from syncd.web.forms import Inspection
from syncd.web.tokens import slot_value
from syncd.web.visit import Visit

WEEK_DAYS = 7
NEAREST = 3
NOON = time(12)


@dataclass(frozen=True, slots=True)
class Choice:
    """One time that can be pressed. `label` is the clock time; with its zone where that time comes twice (C9). `own`:
    what the visitor has already."""

    value: str
    label: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """`name` and `short`: Tue, 1 Dec. None among the slots: a time of another day that this one does not have, so that
    equal times stand in one line."""

    name: str
    short: str
    slots: tuple[Choice | None, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """`before`, `after`: where the neighbouring weeks begin, None where nothing can be booked. `next_free`: the first
    day with a free time after a week that has none; None if there is none up to the horizon."""

    title: str
    days: tuple[Day, ...]
    before: date | None
    after: date | None
    next_free: date | None
    next_free_name: str
    last_name: str

    @property
    def is_full(self) -> bool:
        return not any(day.slots for day in self.days)


def week_of(visit: Visit, kind: SessionType, staff_id: str | None, own: Session | None) -> Week:
    """The week that the visit asks for by `from`; the present one for a day that cannot be shown. `own`: the session,
    or the hold, that is to be moved and is not in its own way."""
    today = visit.today
    last = visit.when.local(visit.now + kind.horizon).date()
    first = min(max(_asked_day(visit, today), today), last)
    moving = own.id if own else None
    offers = visit.services.door.offers
    slots = offers(kind.id, first, WEEK_DAYS, visit.zone, staff_id, moving)
    after = first + timedelta(days=WEEK_DAYS)
    next_free = None
    if not slots and after <= last:
        days = min((last - after).days + 1, OFFER_DAYS_MAX)
        later = offers(kind.id, after, days, visit.zone, staff_id, moving)
        next_free = visit.when.local(later[0].starts_at).date() if later else None
    name = partial(_day_name, visit.when)
    return Week(
        title=f"{name(first)} – {name(first + timedelta(days=WEEK_DAYS - 1))}",
        days=_days(visit, first, slots, own),
        before=max(first - timedelta(days=WEEK_DAYS), today) if first > today else None,
        after=after if after <= last else None,
        next_free=next_free,
        next_free_name=name(next_free) if next_free else "",
        last_name=name(last),
    )


def nearest(visit: Visit, type_id: str, lost: tuple[datetime, str], moving: str | None) -> tuple[Slot, ...]:
    """The free slots closest to one that was lost (B2), without it: the pages may not know yet why it is gone."""
    near = visit.services.door.nearest(type_id, lost[0], visit.zone, NEAREST + 1, moving)
    others = [slot for slot in near if (slot.starts_at, slot.staff_id) != lost]
    closest = sorted(others, key=lambda slot: abs(slot.starts_at - lost[0]))[:NEAREST]
    return tuple(sorted(closest, key=lambda slot: slot.starts_at))


def choices(visit: Visit, slots: tuple[Slot, ...]) -> tuple[Choice, ...]:
    """The same for a short list: each with its day, since they may lie on several (B2)."""
    return tuple(Choice(slot_value(s.starts_at, s.staff_id), visit.when.short_moment(s.starts_at)) for s in slots)


def _days(visit: Visit, first: date, slots: tuple[Slot, ...], own: Session | None) -> tuple[Day, ...]:
    found: dict[date, list[Slot]] = {first + timedelta(days=n): [] for n in range(WEEK_DAYS)}
    for slot in slots:
        found[visit.when.local(slot.starts_at).date()].append(slot)
    weekdays = visit.when.locale.lists["time.short_weekdays"]
    times = sorted({visit.when.local(slot.starts_at).time() for slot in slots})
    lines = {at: line for line, at in enumerate(times)}
    return tuple(
        Day(
            name=weekdays[day.weekday()],
            short=_day_name(visit.when, day).removeprefix(weekdays[day.weekday()]).lstrip(", "),
            slots=_in_lines(visit.when, made, lines, own),
        )
        for day, made in found.items()
    )


def _in_lines(when: When, slots: list[Slot], lines: dict[time, int], own: Session | None) -> tuple[Choice | None, ...]:
    """A day's slots with gaps before each, as far as other days have times there."""
    out: list[Choice | None] = []
    reached = 0
    twice = len({when.time(slot.starts_at) for slot in slots}) < len(slots)
    for slot in slots:
        line = lines[when.local(slot.starts_at).time()]
        out += [None] * (line - reached)
        reached = max(reached, line + 1)
        zone = f" {when.zone_name(slot.starts_at)}" if twice else ""
        has = own is not None and (own.starts_at, own.staff_id) == (slot.starts_at, slot.staff_id)
        out.append(Choice(slot_value(slot.starts_at, slot.staff_id), when.time(slot.starts_at) + zone, has))
    return tuple(out)


def _day_name(when: When, day: date) -> str:
    """Tue 1 Dec."""
    return when.short_date(datetime.combine(day, NOON, when.zone))


def _labelled(when: When, slots: list[Slot]) -> tuple[Choice, ...]:
    labels = [when.time(slot.starts_at) for slot in slots]
    twice = len(set(labels)) < len(labels)
    return tuple(
        Choice(slot_value(s.starts_at, s.staff_id), f"{label} {when.zone_name(s.starts_at)}" if twice else label)
        for s, label in zip(slots, labels, strict=True)
    )


def _asked_day(visit: Visit, today: date) -> date:
    asked = visit.form.get("from") or visit.query.get("from", "")
    return Inspection().day("from", asked, today) if asked else today
