"""What is a session's decision about? The staff, rooms, times and people that its state and its fresh evidence name.

From this follows what is locked before the case is read, and what is consulted beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from syncd.domain.calling import CallPlanned, SqueezedIn
from syncd.domain.desk import Desk
from syncd.domain.evidence import (
    BookingRequested,
    EffectStale,
    EntrySeen,
    Evidence,
    HoldRequested,
    LookAnswered,
    MarkedEntrySeen,
    ReassignRequested,
    RescheduleRequested,
    RestoreRequested,
)
from syncd.domain.session import EntryRef, Session, Signature
from syncd.domain.spans import Span, merged

AT_MOST = timedelta(hours=1)  # a return call lasts less
AROUND = timedelta(days=1)
"""How far beside the spans in question busy time and neighbours are read."""


@dataclass(slots=True)
class Question:
    """What the session as it is, and its unsettled evidence, name: staff, types, spans, a network, and people."""

    staff: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    any_room: bool = False
    spans: list[Span] = field(default_factory=list)
    network: str | None = None
    company_id: str | None = None
    contact_id: str | None = None
    paying: bool = False

    def rooms(self, desk: Desk) -> tuple[str, ...]:
        if self.any_room:
            return tuple(room.id for room in desk.rooms)
        types = [kind for kind in desk.types if kind.id in self.types]
        return tuple(sorted({room for kind in types for room in kind.rooms}))

    def around(self) -> tuple[Span, ...]:
        return merged(span.widened(AROUND, AROUND) for span in self.spans)

    def resources(self, desk: Desk) -> list[str]:
        """What could be claimed, in the order in which it is locked."""
        return sorted([*(f"staff:{s}" for s in self.staff), *(f"room:{r}" for r in self.rooms(desk))])


def question_of(desk: Desk, state: Session | None, fresh: Sequence[Evidence]) -> Question:
    asked = Question()
    if state is not None:
        asked.staff.add(state.staff_id)
        asked.types.add(state.type_id)
        asked.any_room = state.room_id is not None
        asked.spans.append(state.span)
        asked.network = state.network
        if state.booking is not None:
            asked.company_id, asked.contact_id = state.booking.company_id, state.booking.contact_id
    for item in fresh:
        _ask(asked, desk, item.payload)
    return asked


def _ask(asked: Question, desk: Desk, payload: object) -> None:
    if isinstance(payload, SqueezedIn | CallPlanned):
        asked.staff.add(payload.staff_id)
        kind = desk.type(payload.type_id) if isinstance(payload, SqueezedIn) else None
        if kind is not None:
            asked.types.add(kind.id)
        asked.spans.append(Span(payload.starts_at, payload.starts_at + (kind.length if kind else AT_MOST)))
        _people(asked, payload.company_id, payload.contact_id)
    elif isinstance(payload, HoldRequested | BookingRequested):
        kind = desk.type(payload.type_id)
        asked.types.add(payload.type_id)
        asked.staff.add(payload.staff_id)
        if kind is not None:
            asked.spans.append(Span(payload.starts_at, payload.starts_at + kind.length))
        asked.network = payload.network or asked.network
        if isinstance(payload, BookingRequested):
            _people(asked, payload.company_id, payload.contact_id)
            asked.paying = asked.paying or payload.pays_by is not None
    elif isinstance(payload, RescheduleRequested | ReassignRequested):
        asked.staff.add(payload.staff_id)
        length = asked.spans[0].length if asked.spans else AROUND
        asked.spans.append(Span(payload.starts_at, payload.starts_at + length))
    elif isinstance(payload, RestoreRequested):
        asked.staff.add(payload.asked.staff_id)
        asked.spans.append(payload.asked.span)
    elif isinstance(payload, MarkedEntrySeen):
        asked.any_room = True
        for person in payload.people[:1]:
            _people(asked, person.company_id, person.contact_id)
        _event(asked, desk, payload.ref, payload.signature)
    elif isinstance(payload, EntrySeen):
        _event(asked, desk, payload.ref, payload.signature)
    elif isinstance(payload, EffectStale | LookAnswered) and payload.seen is not None:
        _event(asked, desk, payload.seen.ref, payload.seen.signature)


def _people(asked: Question, company_id: str | None, contact_id: str | None) -> None:
    """Those of the booking stand; without one, the first that are named."""
    if asked.company_id is None:
        asked.company_id, asked.contact_id = company_id, contact_id


def _event(asked: Question, desk: Desk, ref: EntryRef, signature: Signature) -> None:
    holder = desk.holder_of(ref.calendar_id)
    if holder is not None:
        asked.staff.add(holder.id)
    if signature.starts_at < signature.ends_at:
        asked.spans.append(Span(signature.starts_at, signature.ends_at))
