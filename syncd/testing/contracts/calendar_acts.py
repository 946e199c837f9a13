"""What can staff do in a calendar, and what can go wrong at its provider? Acts and faults, as values.

An event is named by the event id that the connector reports for it (`EntryRef.event_id`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syncd.domain.spans import Span


class Kind(StrEnum):
    """What an entry says about its time: the rows of the busy table (CAL-22)."""

    PLAIN = "plain"
    FREE = "free"
    CANCELLED = "cancelled"
    DECLINED = "declined"  # by the staff member, on somebody else's invitation
    WORKING_LOCATION = "working-location"
    TENTATIVE = "tentative"
    UNANSWERED = "unanswered"
    OUT_OF_OFFICE = "out-of-office"
    FOCUS = "focus"
    PRIVATE = "private"
    UNKNOWN = "unknown"  # a status that the provider itself does not know


BUSY_BY_KIND: dict[Kind, bool] = {
    Kind.PLAIN: True,
    Kind.FREE: False,
    Kind.CANCELLED: False,
    Kind.DECLINED: False,
    Kind.WORKING_LOCATION: False,
    Kind.TENTATIVE: True,
    Kind.UNANSWERED: True,
    Kind.OUT_OF_OFFICE: True,
    Kind.FOCUS: True,
    Kind.PRIVATE: True,
    Kind.UNKNOWN: True,
}


@dataclass(frozen=True, slots=True)
class StaffEntry:
    """An event as staff enter it. A series (`rule`: an RRULE value) keeps the wall clock of `zone`. `all_day`: from the
    local date of `starts_at` up to, not including, that of `ends_at`. Every text field may hold the canary."""

    starts_at: datetime
    ends_at: datetime
    kind: Kind = Kind.PLAIN
    zone: str = "UTC"
    all_day: bool = False
    rule: str | None = None
    title: str = "Dentist"
    notes: str = ""
    place: str = ""
    category: str | None = None
    attendees: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)


# --- what staff do ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Adds:
    entry: StaffEntry


@dataclass(frozen=True, slots=True)
class Moves:
    """Drags a single event (or a whole series' master, keeping its rule) to another time."""

    event_id: str
    span: Span


@dataclass(frozen=True, slots=True)
class Writes:
    """Appends a note to what the event's text says, as their program does: leaving a property of its own behind
    (`Standing.hidden`), and changing nothing else."""

    event_id: str
    note: str


@dataclass(frozen=True, slots=True)
class Deletes:
    event_id: str


@dataclass(frozen=True, slots=True)
class Cancels:
    """Sets an event to cancelled without deleting it."""

    event_id: str


@dataclass(frozen=True, slots=True)
class MovesInstance:
    event_id: str
    original_start: datetime
    span: Span


@dataclass(frozen=True, slots=True)
class CancelsInstance:
    event_id: str
    original_start: datetime


@dataclass(frozen=True, slots=True)
class AddsOrphan:
    """Is invited to one instance of somebody's series: the master is not in this calendar (CAL-24)."""

    original_start: datetime
    span: Span


@dataclass(frozen=True, slots=True)
class AddsCustomZone:
    """An event in a zone that no database knows, with its rules or its UTC value sent along; its real instants."""

    span: Span


@dataclass(frozen=True, slots=True)
class AddsUnreadable:
    """An item that no sound reader can take in, which shows this span all the same where it shows anything (CAL-9)."""

    span: Span


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Copies an event, hidden properties and our mark included, to another time."""

    event_id: str
    span: Span


@dataclass(frozen=True, slots=True)
class MovesToOtherCalendar:
    """Drags it into another calendar of the same person."""

    event_id: str


Act = (
    Adds
    | Moves
    | Writes
    | Deletes
    | Cancels
    | MovesInstance
    | CancelsInstance
    | AddsOrphan
    | AddsCustomZone
    | AddsUnreadable
    | Duplicates
    | MovesToOtherCalendar
)


# --- what goes wrong ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Down:
    """No connection can be made."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The next `times` requests (None: all) are answered with this status and nothing is done; `writes_only` lets
    reads through. `retry_after`: the header's text."""

    status: int
    retry_after: str | None = None
    times: int | None = None
    writes_only: bool = False


@dataclass(frozen=True, slots=True)
class LosesCursors:
    """Whatever cursor was given out is no longer known."""


@dataclass(frozen=True, slots=True)
class LosesCursorMidPaging:
    """The next page that continues a round is refused as expired; the first pages of rounds are served."""


@dataclass(frozen=True, slots=True)
class SmallPages:
    """At most `items` a page."""

    items: int


@dataclass(frozen=True, slots=True)
class CutsAnswers:
    """Answers break off in the middle, though their status says success."""


@dataclass(frozen=True, slots=True)
class RepeatsPage:
    """The items of an answer stand in it twice."""


@dataclass(frozen=True, slots=True)
class PhantomDeletion:
    """The next incremental answer reports this living event as deleted."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Emptied:
    """The calendar answers well, and as if nothing were in it; looks included."""


@dataclass(frozen=True, slots=True)
class DropsNextWriteAnswer:
    """The next write is done, and the connection lost before its answer."""


@dataclass(frozen=True, slots=True)
class Lags:
    """Reads answer from a replica that knows nothing after this instant."""


@dataclass(frozen=True, slots=True)
class Skewed:
    """The provider's clock is off by this much."""

    by: timedelta


@dataclass(frozen=True, slots=True)
class SendsElsewhere:
    """Answers point off the configured host: a redirect, a page link, an address of a token or an event."""


Fault = (
    Down
    | Answers
    | LosesCursors
    | LosesCursorMidPaging
    | SmallPages
    | CutsAnswers
    | RepeatsPage
    | PhantomDeletion
    | Emptied
    | DropsNextWriteAnswer
    | Lags
    | Skewed
    | SendsElsewhere
)

PROVIDER_INVITES = "the provider mails attendees itself"
"""In `cannot` for a provider that invites nobody (CAL-21)."""

CATEGORIES = "the provider keeps categories"
"""In `cannot` for a provider whose events have none (K7)."""

SERVER_TIME = "the provider tells its time"
"""In `cannot` for a provider whose answers carry no time (`Batch.read_at`)."""
