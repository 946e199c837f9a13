"""Who came, and what may be concluded? What a feed can prove, what a session came to (spec/attendance.md 1, A1-A16).

The one law: nobody is struck for our own blindness. `closed` is a fact of the clock, `confirmed` a finding (ATT-6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syncd.domain.people import Side
from syncd.domain.spans import Span


class Stage(StrEnum):
    """How far somebody came: into the room, into the lobby or hold music, to the PIN prompt (a wrong PIN too)."""

    JOINED = "joined"
    WAITING = "waiting"
    DIALED = "dialed"


class Presence(StrEnum):
    """What the provider takes somebody for (ATT-1, `role`)."""

    HOST = "host"
    GUEST = "guest"
    BOT = "bot"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hints:
    """By what somebody may be known, strongest first (ATT-12). `token`: our own, an attendee's (engine/links). Empty
    where the provider says nothing; `phone_masked` as the provider shows it, with `*` for what it hides."""

    token: str = ""
    email: str = ""
    phone_e164: str = ""
    phone_masked: str = ""
    name: str = ""
    participant_id: str = ""


@dataclass(frozen=True, slots=True)
class FeedReading:
    """One complete, authenticated, schema-valid answer of a feed about one room, all pages of it (ATT-3).

    `upto` is the provider's time of the answer less the feed's lag. `since`: the answer lists who left since then too
    (history); None: it is a snapshot, which covers the time back to the previous one if that is at most `max_gap` away
    (ATT-4). Another `epoch` breaks continuity. `bound`: the room was found at the provider, and is the one that the
    customer was sent. What is not complete is no reading at all. `skew`: our clock less the provider's, where the
    answer told its own time; engine/feeds fills it in for live feeds that are polled.
    """

    feed: str
    room_id: str
    upto: datetime
    max_gap: timedelta
    since: datetime | None = None
    epoch: str = ""
    bound: bool = True
    skew: timedelta | None = None


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """What one feed has covered of one room around a session, as the store merged its readings (ATT-2). `covered`:
    without gap each; `epochs`: of which epoch each of them is, in the same order. More than one epoch within a window
    is a break. `failing_since`: its present outage. `skew`: our clock less the provider's, where it was known to be
    farthest from nothing."""

    feed: str
    room_id: str
    covered: tuple[Span, ...] = ()
    epochs: tuple[str, ...] = ()
    upto: datetime | None = None
    failing_since: datetime | None = None
    skew: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class InboxHealth:
    """How far a source of customers' words (mail, texts) has been read, for ATT-7, condition 6: everything that was
    received before `read_upto` has been seen. `unread`: what could not be understood and waits for a person."""

    source: str
    read_upto: datetime | None = None
    unread: int = 0


class Outcome(StrEnum):
    """What a session came to (ATT-7)."""

    ATTENDED = "attended"
    NO_SHOW = "no-show"
    EXCUSED = "excused"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`rule`: the rule that gave it (A1, A7, A10, A13, A14 …). `failed`: for UNDETERMINED, which conditions of ATT-7
    were not proved, as `ATT-7.2: …` in words for an operator. `presumed`: nobody reported otherwise (A13). `staff_id`
    and `reason` where a person decided (A10)."""

    outcome: Outcome
    decided_at: datetime
    by: Side
    rule: str
    failed: tuple[str, ...] = ()
    presumed: bool = False
    staff_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """A contact's objection to an outcome (A15). Open until `answered_at`; penalties wait meanwhile."""

    made_at: datetime
    words: str = ""
    answered_at: datetime | None = None
    upheld: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Attendance:
    """The course of one session from T - 15 min on. All instants are ours unless a feed is named; None: not (yet).

    `starts_at`: the start that it is about; a session that moves begins it anew. `offered_at`: the consultant was
    offered the press "nobody is there" (A3). `absent_at`: since when absence is known.
    `asked_at`, `asked_again_at`: the customer was asked (A3, A4). `kept_open_at`: the answer that moved the close (A4).
    `not_coming_at`: "not coming" was received. `here_at`: "I am here" (A11). `late_by`: #late15 (K13). `close_at`: when
    the session will close as things stand; `closed_at`: it has, a fact. `confirm_at`: when the verdict is due, once the
    feeds have settled (CON-3). `verdict` is the one in force, `former` those before it, oldest first (A10: the record
    keeps both). `staff_missing_at`: the lead was told that no consultant is there (A8). `released_at`: at the close
    absence was known, so the consultant was let go. `no_shows`: how often a no-show was derived to the contact's
    ledger, and `in_ledger`: it stands there now.
    """

    starts_at: datetime | None = None
    offered_at: datetime | None = None
    absent_at: datetime | None = None
    asked_at: datetime | None = None
    asked_again_at: datetime | None = None
    kept_open_at: datetime | None = None
    not_coming_at: datetime | None = None
    here_at: datetime | None = None
    late_by: timedelta = timedelta(0)
    close_at: datetime | None = None
    closed_at: datetime | None = None
    released_at: datetime | None = None
    staff_missing_at: datetime | None = None
    confirm_at: datetime | None = None
    verdict: Verdict | None = None
    former: tuple[Verdict, ...] = ()
    objection: Objection | None = None
    no_shows: int = 0
    in_ledger: bool = False

    @property
    def overturned(self) -> bool:
        """It was a no-show once, and is none any more (A9, A10)."""
        missed = any(one.outcome is Outcome.NO_SHOW for one in self.former)
        return missed and self.verdict is not None and self.verdict.outcome is not Outcome.NO_SHOW


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A session whose room is to be watched: `span` from a minute before T - 15 to the close, or to its end if that is
    later (A1, A14). After it the room is read again until the verdict (CON-3). `staff_id` holds it."""

    session_id: str
    room_id: str
    staff_id: str
    span: Span
