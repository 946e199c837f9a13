"""What do we ask of a staff calendar? Changes in, sessions out, live busy time, and direct looks.

The whole contract is spec/calendars.md; `syncd.testing.contracts.calendar` is its behaviour suite. A calendar reports;
policy concludes. An *own* event is one that syncd made or adopted (marked with session id, installation id and the
event's own id, CAL-11); all others are *foreign*.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from syncd.domain.desk import Marks
from syncd.domain.evidence import EntrySeen
from syncd.domain.session import EntryRef, Signature
from syncd.domain.spans import Span
from syncd.ports.keys import Keys
from syncd.ports.source import Source


@dataclass(frozen=True, slots=True)
class CalendarBinding:
    """One calendar of one staff member, as the configuration binds it to a connector.

    `address` is what the connector calls it (a URL path, a mailbox, a calendar id). `writable` false: only read
    for busy time (K2). `horizon_days`: how far ahead changes and busy time must reach. `zone`: the
    calendar's own (CAL-23).
    """

    calendar_id: str
    address: str
    zone: str
    staff_email: str
    marks: Marks
    keys: Keys
    writable: bool = True
    horizon_days: int = 45


@dataclass(frozen=True, slots=True)
class EventDraft:
    """What a session's event shall say; composed once and frozen.

    `block` is our text alone: the connector puts it between our markers and leaves the rest of the description as
    staff have it (CAL-16). `attendees` are only written for events that staff made and the provider invites for
    (CAL-21), and then none is added or removed. `tentative` for holds.
    """

    session_id: str
    title: str
    block: str
    place: str
    url: str | None
    starts_at: datetime
    ends_at: datetime
    generation: int = 0
    adopted: bool = False  # then the title stays as staff wrote it
    notify: bool = False  # CAL-21: let the provider send its update
    tentative: bool = False

    def signature(self, attendees: tuple[str, ...] = ()) -> Signature:
        status = "tentative" if self.tentative else "confirmed"
        return Signature(self.starts_at, self.ends_at, status, " ".join(self.place.split()), attendees)


@dataclass(frozen=True, slots=True)
class Written:
    """The receipt of a write: where the event stands, its version, and its signature as the provider now holds it."""

    ref: EntryRef
    signature: Signature | None


@dataclass(frozen=True, slots=True)
class Look:
    """The answer to a direct look: `found` comes with the entry as it stands; any doubt is `unknown` (CAL-6)."""

    answer: Literal["found", "gone", "unknown"]
    seen: EntrySeen | None = None


@dataclass(frozen=True, slots=True)
class BusyAnswer:
    """Live busy time. `includes_own`: the provider counts our own events in and cannot tell them apart."""

    spans: tuple[Span, ...]
    includes_own: bool = False


class Calendar(Source, Protocol):
    """A Source whose evidence is EntrySeen, EntryGone and MarkedEntrySeen, and whose foreign events are BusyItems."""

    def put(self, draft: EventDraft, ref: EntryRef | None) -> Written:
        """Create (`ref` None) or change the session's event; idempotent in (installation, session, generation).

        Creating what already stands as ours, or stood and was deleted, brings it to the draft (CAL-17, GOO-5).

        A change is conditional on `ref.version` and touches only what differs (CAL-15, 16); notifications off unless
        `draft.notify` (CAL-20, 21).

        Raises Stale (with the entry as re-read), OutcomeUnknown, Retryable, Permanent, Misconfigured.
        """
        ...

    def remove(self, session_id: str, ref: EntryRef | None, generation: int = 0, *, notify: bool = False) -> None:
        """Delete the session's event, under the condition of `ref.version`; what is gone already is done (CAL-19).

        `ref` None: a create of ours may have happened unacknowledged; find it by its own id (session, generation) and
        mark. `notify`: the provider invited the customer and sends its cancellation (CAL-21).

        Raises Stale, OutcomeUnknown, Retryable, Misconfigured.
        """
        ...

    def look(self, session_id: str, ref: EntryRef) -> Look:
        """Is it there? In its place first, then by session id over this person's calendars that we may see (CAL-6).

        Never raises for a calendar that cannot be read: that is `unknown`. Raises Misconfigured.
        """
        ...

    def busy(self, span: Span) -> BusyAnswer:
        """Foreign busy time now, asked live (CAL-26); our own marked events are left out where they can be told.

        Raises Retryable, Misconfigured: unreadable is never free.
        """
        ...

    def probe(self) -> tuple[str, ...]:
        """For `syncd doctor`: reach it, sign in, find the calendar, check rights; short facts and quirks found.

        Raises Misconfigured with the hint that fits the cause, Retryable if it cannot be reached.
        """
        ...


class CalendarConnector(Protocol):
    """What `build` of a connector with the role `calendar` returns: one account or service."""

    def open(self, binding: CalendarBinding) -> Calendar:
        """One calendar of this account. No I/O."""
        ...
