"""A calendar provider in memory: stateful, seeded, faulty; for the simulation (spec/reliability.md PRF-1).

`SimProvider` is the provider with one calendar; staff act on it directly. `SimCalendar` is the connector of it and
keeps the contract of ports/calendar.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syncd.domain.evidence import EntryGone, EntrySeen, Evidence, MarkedEntrySeen, SeenAttendee
from syncd.domain.keys import derived_key, session_key
from syncd.domain.session import EntryRef, Signature
from syncd.domain.spans import Span
from syncd.ports.calendar import BusyAnswer, CalendarBinding, EventDraft, Look, Written
from syncd.ports.errors import CursorExpired, OutcomeUnknown, Retryable, Stale
from syncd.ports.source import Batch, BusyItem, BusyTime
from syncd.testing.chaos import Chaos, Trouble

PAGE = 4
"""Items a page: small, so that rounds have several."""


@dataclass(frozen=True, slots=True)
class SimEvent:
    """An event as the provider holds it. `mark`: (session, installation, own id), as CAL-11 asks."""

    event_id: str
    version: int
    span: Span
    title: str = ""
    text: str = ""
    place: str = ""
    status: str = "confirmed"
    busy: bool = True
    away: bool = False  # out of office (K12)
    mark: tuple[str, str, str] | None = None
    wanted: bool = False  # carries the desk's mark (K7)
    emails: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    attendees: tuple[SeenAttendee, ...] = ()
    modified_at: datetime | None = None

    @property
    def signature(self) -> Signature:
        people = tuple(sorted(a.email for a in self.attendees))
        return Signature(self.span.starts_at, self.span.ends_at, self.status, self.place, people)


@dataclass(slots=True)
class SimProvider:
    """One calendar at its provider. Every change has a sequence number; cursors point into that log."""

    calendar_id: str
    now: Callable[[], datetime]
    invites: bool = False
    events: dict[str, SimEvent] = field(default_factory=dict)
    log: list[tuple[str, bool]] = field(default_factory=list)  # (event id, deleted)
    epoch: int = 0  # cursors of an older one are lost
    versions: int = 0
    down: bool = False
    emptied: bool = False
    mails: list[tuple[str, str]] = field(default_factory=list)  # (recipient, event id) that the provider sent

    # -- what staff do ---------------------------------------------------------------------------------------------

    def save(self, event: SimEvent) -> SimEvent:
        self.versions += 1
        saved = replace(event, version=self.versions, modified_at=self.now())
        self.events[event.event_id] = saved
        self.log.append((event.event_id, False))
        return saved

    def add(self, event_id: str, span: Span, **fields: object) -> SimEvent:
        return self.save(replace(SimEvent(event_id, 0, span), **fields))  # type: ignore[arg-type]

    def move(self, event_id: str, starts_at: datetime) -> None:
        event = self.events[event_id]
        self.save(replace(event, span=Span(starts_at, starts_at + event.span.length)))

    def delete(self, event_id: str) -> None:
        if self.events.pop(event_id, None) is not None:
            self.log.append((event_id, True))

    def lose_cursors(self) -> None:
        self.epoch += 1

    def event_of(self, session_id: str) -> SimEvent | None:
        return next((e for e in self.events.values() if e.mark and e.mark[0] == session_id), None)


@dataclass(slots=True)
class SimCalendar:
    """The connector's side: ports.calendar.Calendar over a SimProvider, through chaos."""

    binding: CalendarBinding
    provider: SimProvider
    chaos: Chaos
    id: str = field(init=False)
    lane: str = field(init=False)

    def __post_init__(self) -> None:
        self.id = self.lane = self.binding.calendar_id

    # -- reading ---------------------------------------------------------------------------------------------------

    def observe(self, cursor: str | None, now: datetime) -> Batch:
        self.chaos.cross(f"{self.id}.observe.before")
        trouble = self.chaos.draw(Trouble.LOST_REQUEST, Trouble.THROTTLED, Trouble.CURSOR_LOST, Trouble.PHANTOM)
        self._reachable(trouble)
        if trouble is Trouble.CURSOR_LOST:
            self.provider.lose_cursors()
        place = self._place(cursor, now)
        batch = self._listing(place, now) if place["full"] else self._changes(place, now, trouble)
        self.chaos.cross(f"{self.id}.observe.after")
        return batch

    def busy(self, span: Span) -> BusyAnswer:
        self.chaos.cross(f"{self.id}.busy.before")
        self._reachable(self.chaos.draw(Trouble.LOST_REQUEST, Trouble.THROTTLED))
        foreign = [e for e in self._visible() if e.busy and not self._own(e) and e.span.overlaps(span)]
        return BusyAnswer(tuple(sorted(e.span for e in foreign)))

    def look(self, session_id: str, ref: EntryRef) -> Look:
        self.chaos.cross(f"{self.id}.look.before")
        if self.provider.down or self.chaos.draw(Trouble.LOST_REQUEST) is not None:
            return Look("unknown")
        event = next((e for e in self._visible() if e.event_id == ref.event_id), None)
        event = event or next((e for e in self._visible() if self._own(e) and e.mark and e.mark[0] == session_id), None)
        self.chaos.cross(f"{self.id}.look.after")
        if event is None or event.status == "cancelled":
            return Look("gone")
        return Look("found", self._seen(event, session_id))

    def probe(self) -> tuple[str, ...]:
        self._reachable(None)
        return (f"{len(self.provider.events)} events",)

    # -- writing ---------------------------------------------------------------------------------------------------

    def put(self, draft: EventDraft, ref: EntryRef | None) -> Written:
        self.chaos.cross(f"{self.id}.put.before")
        trouble = self.chaos.draw(Trouble.LOST_REQUEST, Trouble.LOST_REPLY, Trouble.THROTTLED)
        self._reachable(trouble)
        event_id = ref.event_id if ref else self._own_id(draft.session_id, draft.generation)
        held = self.provider.events.get(event_id)
        if ref is not None and (held is None or str(held.version) != ref.version):
            if held is not None and self._shows(held, draft):
                return self._written(held)  # our own write, whose answer was lost
            raise Stale("the event has another version", seen=self._seen(held, draft.session_id) if held else None)
        base = held or SimEvent(event_id, 0, Span(draft.starts_at, draft.ends_at))
        saved = self.provider.save(
            replace(
                base,
                span=Span(draft.starts_at, draft.ends_at),
                title=base.title if draft.adopted else draft.title,
                text=draft.block,
                place=" ".join(draft.place.split()),
                status="tentative" if draft.tentative else "confirmed",
                mark=(draft.session_id, self.binding.keys.installation_id, event_id),
            )
        )
        if draft.notify:
            self.provider.mails += [(a.email, event_id) for a in saved.attendees]
        self.chaos.cross(f"{self.id}.put.after")
        if trouble is Trouble.LOST_REPLY:
            raise OutcomeUnknown("the answer was lost")
        return self._written(saved)

    def remove(self, session_id: str, ref: EntryRef | None, generation: int = 0, *, notify: bool = False) -> None:
        self.chaos.cross(f"{self.id}.remove.before")
        trouble = self.chaos.draw(Trouble.LOST_REQUEST, Trouble.LOST_REPLY, Trouble.THROTTLED)
        self._reachable(trouble)
        event_id = ref.event_id if ref else self._own_id(session_id, generation)
        held = self.provider.events.get(event_id)
        if held is not None and ref is not None and ref.version not in (None, str(held.version)):
            raise Stale("the event has another version", seen=self._seen(held, session_id))
        if held is not None and notify:
            self.provider.mails += [(a.email, event_id) for a in held.attendees]
        self.provider.delete(event_id)
        self.chaos.cross(f"{self.id}.remove.after")
        if trouble is Trouble.LOST_REPLY:
            raise OutcomeUnknown("the answer was lost")

    # -- inside ----------------------------------------------------------------------------------------------------

    def _reachable(self, trouble: Trouble | None) -> None:
        if self.provider.down:
            raise Retryable("no connection", hint="Is the calendar server running?")
        if trouble is Trouble.LOST_REQUEST:
            raise Retryable("the request was lost")
        if trouble is Trouble.THROTTLED:
            raise Retryable("too many requests", retry_after=timedelta(seconds=30))

    def _place(self, cursor: str | None, now: datetime) -> dict[str, int | bool | str]:
        if cursor is None:
            until = (now + timedelta(days=self.binding.horizon_days + 1)).isoformat()
            place: dict[str, int | bool | str] = {
                "epoch": self.provider.epoch,
                "at": len(self.provider.log),
                "page": 0,
                "full": True,
                "until": until,
                "calendar": self.id,
            }
            return place
        try:
            place = json.loads(cursor)
            until_at = datetime.fromisoformat(str(place["until"]))
            known = place["calendar"] == self.id and place["epoch"] == self.provider.epoch
        except (ValueError, KeyError, TypeError):
            raise CursorExpired("the cursor is not understood") from None
        if not known or until_at < now + timedelta(days=self.binding.horizon_days):
            raise CursorExpired("the cursor is no longer known")
        return place

    def _listing(self, place: dict[str, int | bool | str], now: datetime) -> Batch:
        events = sorted(self._visible(), key=lambda e: e.event_id)
        page = int(place["page"])
        part = events[page * PAGE : (page + 1) * PAGE]
        last = (page + 1) * PAGE >= len(events)
        follow = place | ({"page": 0, "full": False} if last else {"page": page + 1})
        evidence, busy = self._report(part)
        return Batch(evidence, busy, json.dumps(follow), last, self.provider.now())

    def _changes(self, place: dict[str, int | bool | str], now: datetime, trouble: Trouble | None) -> Batch:
        at = int(place["at"])
        part = self.provider.log[at : at + PAGE]
        living = [self.provider.events[i] for i, deleted in part if not deleted and i in self.provider.events]
        evidence, busy = self._report(list(dict.fromkeys(living)))
        gone = [i for i, deleted in dict.fromkeys(part) if deleted and i not in self.provider.events]
        if trouble is Trouble.PHANTOM and self.provider.events:
            gone.append(min(self.provider.events))
        evidence += tuple(self._gone(event_id, at) for event_id in dict.fromkeys(gone))
        busy += tuple(
            BusyItem(event_id, f"gone-{at}", gone=True) for event_id in dict.fromkeys(gone) if self._left(event_id)
        )
        last = at + len(part) >= len(self.provider.log)
        cursor = json.dumps(place | {"at": at + len(part)})
        return Batch(evidence, busy, cursor, last, self.provider.now())

    def _left(self, event_id: str) -> bool:
        return event_id not in self.provider.events

    def _report(self, events: list[SimEvent]) -> tuple[tuple[Evidence, ...], tuple[BusyItem, ...]]:
        evidence: list[Evidence] = []
        busy: list[BusyItem] = []
        for event in events:
            key = derived_key("entry", self.id, event.event_id, event.version)
            at = event.modified_at or self.provider.now()
            if self._own(event) and event.mark:
                seen = self._seen(event, event.mark[0])
                evidence.append(Evidence(key, self.id, at, seen, session_key(event.mark[0])))
                busy.append(BusyItem(event.event_id, str(event.version)))
                continue
            if event.wanted:
                evidence.append(Evidence(derived_key(key, "marked"), self.id, at, self._marked(event)))
            times = (BusyTime(event.span, away=event.away),) if event.busy else ()
            busy.append(BusyItem(event.event_id, str(event.version), times))
        return tuple(evidence), tuple(busy)

    def _gone(self, event_id: str, at: int) -> Evidence:
        ref = EntryRef(self.id, event_id)
        key = derived_key("gone", self.id, event_id, self.provider.epoch, at)
        return Evidence(key, self.id, self.provider.now(), EntryGone(ref, "tombstone"))

    def _seen(self, event: SimEvent, session_id: str) -> EntrySeen:
        ref = EntryRef(self.id, event.event_id, str(event.version))
        return EntrySeen(ref, session_id, event.signature, event.modified_at, event.attendees)

    def _marked(self, event: SimEvent) -> MarkedEntrySeen:
        ref = EntryRef(self.id, event.event_id, str(event.version))
        return MarkedEntrySeen(
            ref=ref,
            uid="",
            signature=event.signature,
            title=event.title,
            emails=event.emails,
            codes=event.codes,
            attendees=event.attendees,
            provider_invites=self.provider.invites and bool(event.attendees),
            modified_at=event.modified_at,
        )

    def _written(self, event: SimEvent) -> Written:
        return Written(EntryRef(self.id, event.event_id, str(event.version)), event.signature)

    def _visible(self) -> list[SimEvent]:
        return [] if self.provider.emptied else list(self.provider.events.values())

    def _own(self, event: SimEvent) -> bool:
        mark = event.mark
        return mark is not None and mark[1] == self.binding.keys.installation_id and mark[2] == event.event_id

    def _own_id(self, session_id: str, generation: int) -> str:
        return self.binding.keys.name("event", session_id, str(generation))

    @staticmethod
    def _shows(event: SimEvent, draft: EventDraft) -> bool:
        same_time = event.span == Span(draft.starts_at, draft.ends_at)
        return same_time and event.text == draft.block and event.place == " ".join(draft.place.split())
