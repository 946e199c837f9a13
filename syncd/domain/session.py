"""What is a session, and how may it change? The session, its booking, its entry on the staff calendar, and the one
table of all transitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from syncd.domain.attendance import Attendance
from syncd.domain.desk import Channel
from syncd.domain.money import Amount, Payment
from syncd.domain.people import Attendee, Entitlement, Side
from syncd.domain.spans import Span


class SessionState(StrEnum):
    HELD = "held"  # kept while a form is filled in (B2)
    LAPSED = "lapsed"  # the hold ran out, or the form was refused
    BOOKED = "booked"
    CANCELLED = "cancelled"
    ENDED = "ended"  # its time is over; what it came to is the verdict's business


class Move(StrEnum):
    HOLD = "hold"
    LAPSE = "lapse"
    BOOK = "book"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    RESTORE = "restore"
    END = "end"


TRANSITIONS: dict[tuple[SessionState | None, Move], SessionState] = {
    (None, Move.HOLD): SessionState.HELD,
    (None, Move.BOOK): SessionState.BOOKED,
    (SessionState.HELD, Move.HOLD): SessionState.HELD,
    (SessionState.HELD, Move.LAPSE): SessionState.LAPSED,
    (SessionState.HELD, Move.BOOK): SessionState.BOOKED,
    (SessionState.LAPSED, Move.HOLD): SessionState.HELD,
    (SessionState.LAPSED, Move.BOOK): SessionState.BOOKED,
    (SessionState.BOOKED, Move.RESCHEDULE): SessionState.BOOKED,
    (SessionState.BOOKED, Move.CANCEL): SessionState.CANCELLED,
    (SessionState.BOOKED, Move.END): SessionState.ENDED,
    (SessionState.CANCELLED, Move.RESTORE): SessionState.BOOKED,
}
"""Every change of state that exists. ARCHITECTURE.md's picture is drawn from it; what is not here cannot happen."""


class Door(StrEnum):
    """Where a session came from (O4)."""

    PAGE = "page"
    API = "api"
    CALENDAR = "calendar"
    EMERGENCY = "emergency"  # squeezed in by staff (O1)
    RETURN_CALL = "return-call"  # O3


class CallOutcome(StrEnum):
    """What a return call came to, as staff say it (O3): it is done, it takes a session, or nobody answered."""

    DONE = "done"
    SESSION = "session"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True)
class ReturnCall:
    """What makes a session a return call: `number` is called, from `calls_from` (both E.164; empty: not known).
    `by`: who said the outcome."""

    number: str
    calls_from: str = ""
    outcome: CallOutcome | None = None
    outcome_at: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """A contact's claim to a session. `booker` first among the attendees; colleagues each get an invitation (E10).

    `profile_zone`: the zone on the contact's file, where the form was filled in under another (N4).
    `country`: the company's, as an ISO region. `organizer`: the desk's mailbox when the booking was made, which a
    calendar must never see change (INV-34); empty in bookings of versions that did not keep it: the desk's present one.
    `own_organizer`: the booking's reply address stands in ORGANIZER instead (spec/invitations.md 1).
    """

    company_id: str
    company_name: str
    contact_id: str
    booker: Attendee
    booked_at: datetime
    entitlement: Entitlement
    colleagues: tuple[Attendee, ...] = ()
    issue: str = ""
    release: str = ""
    profile_zone: str | None = None
    country: str | None = None
    organizer: str = ""
    own_organizer: bool = False
    fee: Amount | None = None  # E7: as shown when booking; None where it was free

    @property
    def attendees(self) -> tuple[Attendee, ...]:
        return (self.booker, *self.colleagues)


@dataclass(frozen=True, slots=True)
class Signature:
    """The scheduling signature: what makes a change a change (CAL-14). `place` is stripped of white space; `attendees`
    are normalised addresses, sorted."""

    starts_at: datetime
    ends_at: datetime
    status: str  # confirmed | tentative | cancelled
    place: str
    attendees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryRef:
    """Where an event stands at the provider. `version` is its ETag or change key as last known; `original_start`
    tells an instance of a series (CAL-13)."""

    calendar_id: str
    event_id: str
    version: str | None = None
    original_start: datetime | None = None


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """The session's event on the staff calendar, as last written or seen.

    `written`: the signature that we last wrote or accepted; None until our first write is acknowledged.
    `written_revision`: the session's revision that the event shows. `written_at`: our receipt's instant.
    `adopted`: staff made it (K7). `provider_invites`: staff put the customer on it and the provider invited them
    (CAL-21). `generation` rises when a deleted event must be made anew (GOO-5).
    """

    ref: EntryRef
    generation: int = 0
    written: Signature | None = None
    written_revision: int = -1
    written_at: datetime | None = None
    adopted: bool = False
    provider_invites: bool = False


class QuestionKind(StrEnum):
    """What syncd asks staff (N8)."""

    VANISHED = "vanished"  # K9: the event is gone shortly before the start
    HELD_DELETIONS = "held-deletions"  # CAL-7: many at once
    WHO_IS_IT = "who-is-it"  # K7: a marked event that names nobody, or two companies
    BLOCKED_COMPANY = "blocked-company"  # O4
    COUNTER = "counter"  # C6: the customer proposes another time
    WORDS = "words"  # SMS-7: a text that only a person can read
    OPTED_OUT = "opted-out"  # SMS-5: STOP; until it is handled there is no no-show
    NOBODY_CAME = "nobody-came"  # A3: the consultant is offered the press
    WHAT_CAME_OF_IT = "what-came-of-it"  # A7, A12: undetermined, one click
    STAFF_MISSING = "staff-missing"  # A8
    OBJECTION = "objection"  # A15
    REQUEST = "request"  # O1: what is it that came to the support address?
    SECOND_NO_SHOW = "second-no-show"  # S1: the first warning had not reached them in time
    FEE = "fee"  # S7, PAY-6: a reinstatement fee that lifted nothing, or whose suspension was reversed
    REVIEW = "review"  # C8: more same-day changes than may be
    ABSENCE = "absence"  # K12: what becomes of the sessions of who is out of office?
    CALL_OUTCOME = "call-outcome"  # O3: what did the return call come to?


class Choice(StrEnum):
    """What staff can answer."""

    CANCEL = "cancel"
    RESTORE = "restore"
    BOOK = "book"
    LEAVE = "leave"
    NOBODY = "nobody"  # nobody came, and I was in the room since T - 15 (A13)
    ONLINE = "online"
    PHONE = "phone"
    UNPLACED = "unplaced"  # somebody I cannot place
    ATTENDED = "attended"
    EXCUSED = "excused"
    NO_SHOW = "no-show"
    TAKEN = "taken"  # somebody sees to it
    UPHOLD = "uphold"
    REJECT = "reject"
    MOVE = "move"  # C6: to the time that the customer proposes
    EMERGENCY = "emergency"  # O1, this and the next three
    CLEARANCE = "clearance"
    RETURN_CALL = "return-call"
    OTHER = "other"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    BLOCK = "block"
    DONE = "done"  # O3, this and the next two
    SESSION = "session"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True)
class Question:
    """An open question to staff: asked once, repeated once, and never at the customer's expense (N8). `proposed`, `by`:
    the time that a customer proposes, and that attendee's address (C6)."""

    id: str
    kind: QuestionKind
    to: str  # staff id
    choices: tuple[Choice, ...]
    asked_at: datetime
    repeat_at: datetime | None = None
    due_at: datetime | None = None  # when syncd decides without an answer (K9), None: never
    answered: Choice | None = None
    proposed: Span | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """The event was reported gone, or was not in a full listing, and no one has said why yet (CAL-6, K9)."""

    reported_at: datetime
    look_at: datetime | None  # when to look (again); None: a look is under way or has answered
    looks: int = 0
    absent: bool = False  # not in a whole listing, without a tombstone
    confirmed_at: datetime | None = None  # a direct look said "gone"
    held: bool = False  # CAL-7


@dataclass(frozen=True, slots=True)
class Invited:
    """What one attendee was last sent: the recipient's own life cycle (INV-26, 34, 41).

    `counted_sequence`, `counted_at`: SEQUENCE and DTSTAMP of the last reply that counted; -1 and None: none yet.
    `bounced_at`: a mail to this address came back (A7), and when that was first received.
    """

    email: str
    sequence: int
    partstat: str = "NEEDS-ACTION"
    counted_sequence: int = -1
    counted_at: datetime | None = None
    bounced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One scheduled support appointment.

    `revision` rises with every published change (staff calendar or mail); `sequence` only by INV-34. `dtstamp` is the
    instant of the last published change, strictly rising by a second at least. `arranged_at` is when the present time
    was set (N2); `staff_set_at` when staff set it, if they did (C11). `told` holds the keys of notices that are to be
    given once.
    """

    id: str
    uid: str
    state: SessionState
    type_id: str
    channel: Channel
    staff_id: str
    span: Span
    door: Door
    terms_id: str
    room_id: str | None = None
    topic_id: str | None = None
    hold_until: datetime | None = None
    network: str | None = None
    booking: Booking | None = None
    revision: int = 0
    sequence: int = 0
    dtstamp: datetime | None = None
    arranged_at: datetime | None = None
    staff_set_at: datetime | None = None
    changed_at: datetime | None = None
    changed_by: Side | None = None
    cancelled_at: datetime | None = None
    cancelled_by: Side | None = None
    moving: bool = False  # cancelled by MOVE: its link rebooks it under its UID and fee (C2, C12)
    entry: CalendarEntry | None = None
    missing: Missing | None = None
    questions: tuple[Question, ...] = ()
    invited: tuple[Invited, ...] = ()
    told: tuple[str, ...] = field(default=())
    attendance: Attendance = field(default_factory=Attendance)
    owed_at: datetime | None = None  # B4, S11: a paid one that was undone or failed; one session is owed, never money
    payment: Payment | None = None
    unpaid: Booking | None = None  # what is booked once the payment is seen (B2, PAY-5)
    request_id: str | None = None  # what it was squeezed in for, or called back for (O1, O3)
    call: ReturnCall | None = None  # a return call: no invitation, no room, no attendance (O3)

    @property
    def starts_at(self) -> datetime:
        return self.span.starts_at

    @property
    def ends_at(self) -> datetime:
        return self.span.ends_at

    @property
    def live(self) -> bool:
        """Does it take its staff member's time? (A hold does until it lapses.)"""
        return self.state in (SessionState.HELD, SessionState.BOOKED)

    def after(self, move: Move) -> SessionState:
        """The state that `move` leads to; ValueError where the table has no such transition."""
        try:
            return TRANSITIONS[self.state, move]
        except KeyError:
            raise ValueError(f"a session that is {self.state} cannot {move}") from None
