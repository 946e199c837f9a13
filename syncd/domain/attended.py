"""What do we see of who came? Evidence of feeds, of staff and of the customer (spec/attendance.md; A1-A16, K13)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from syncd.domain.attendance import Hints, Outcome, Presence, Stage
from syncd.domain.desk import Channel


@dataclass(frozen=True, slots=True)
class AttendanceSeen:
    """ATT-1, an AttendanceRecord: somebody in a room, or on its line, as one feed tells it. `room_id` is ours. The
    evidence's key holds feed, room, participant, `joined_at` and `left_at`, so that a snapshot read again is no news;
    engine/correlate gives one evidence to each session whose time it falls into (ATT-10)."""

    feed: str
    room_id: str
    channel: Channel
    stage: Stage
    presence: Presence
    joined_at: datetime
    observed_at: datetime
    left_at: datetime | None = None
    hints: Hints = field(default_factory=Hints)
    staff_id: str | None = None  # filled in by engine/correlate: one of the desk's own (A2)
    matched: str = ""  # filled in by engine/correlate: by what it is the session's customer; "" : unexplained (ATT-12)
    kind: Literal["attendance-seen"] = "attendance-seen"


@dataclass(frozen=True, slots=True)
class Attested:
    """A staff member's own word (CON-5): "I am in the room" (`presence`), or what they found. `since`: they were there
    from then on; T - 15 only by an explicit tick. `channels` that they watched."""

    staff_id: str
    says: Literal["here", "nobody", "online", "phone", "unplaced"]
    since: datetime
    channels: tuple[Channel, ...] = (Channel.ONLINE, Channel.PHONE)
    via: str = "desk"
    kind: Literal["attested"] = "attested"


@dataclass(frozen=True, slots=True)
class CustomerSaid:
    """What the customer says of a session that is due: on its page, or by text (A4, A11). "other": words that only
    staff can read; they keep the session open (SMS-7)."""

    says: Literal["here", "late", "keep", "not-coming", "other"]
    via: str
    email: str | None = None
    number: str | None = None
    kind: Literal["customer-said"] = "customer-said"


@dataclass(frozen=True, slots=True)
class OutcomeDecided:
    """Staff decide, excuse, waive or restore (A10). `confirmed`: the second press, needed against the customer. `lead`:
    the one who decides is a lead."""

    outcome: Outcome
    staff_id: str
    reason: str
    lead: bool = False
    confirmed: bool = False
    via: str = "desk"
    kind: Literal["outcome-decided"] = "outcome-decided"


@dataclass(frozen=True, slots=True)
class ShiftRequested:
    """The session before runs over: this one starts later for the customer (K13)."""

    by: timedelta
    staff_id: str
    kind: Literal["shift-requested"] = "shift-requested"


@dataclass(frozen=True, slots=True)
class Objected:
    """A contact objects to an outcome (A15)."""

    email: str
    words: str = ""
    kind: Literal["objected"] = "objected"


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """A note of staff about a session, for staff; nothing follows from it."""

    staff_id: str
    text: str
    kind: Literal["note-written"] = "note-written"


AttendanceEvidence = AttendanceSeen | Attested | CustomerSaid | OutcomeDecided | ShiftRequested | Objected | NoteWritten
