"""Who is in the room? Attendance feeds: records in, and what they covered (spec/attendance.md ATT-1 to ATT-5, CON-1).

A feed reports; policy concludes. An error is never an empty room: it raises, and nothing is covered meanwhile. All
instants of a record and of a reading are the provider's; `Batch.read_at` is its time of the answer, so that the skew
of its clock can be told.

Some feeds are told rather than asked: their connector offers a hook (ports/hook.py), whose batches hold evidence and
readings as a poll's would, and `poll` brings nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from syncd.domain.attendance import OpenWindow
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import FeedAbilities, JoinData
from syncd.domain.evidence import Evidence
from syncd.domain.keys import derived_key
from syncd.domain.spans import Span
from syncd.ports.source import Batch


def sighting(seen: AttendanceSeen, epoch: str, who: str) -> Evidence:
    """The evidence of one record, by the key that a feed promises. `who`: the provider's id of this participant in
    this epoch, or a digest where it has none; never a name or an address, since keys are logged."""
    left = "" if seen.left_at is None else seen.left_at.isoformat()
    key = derived_key(seen.feed, seen.room_id, epoch, who, seen.joined_at.isoformat(), seen.stage, left)
    return Evidence(key, seen.feed, seen.left_at or seen.joined_at, seen)


class Feed(Protocol):
    id: str
    """The connector's name; the feed's in every record."""

    lane: str
    """Calls in one lane never overlap."""

    rooms: Mapping[str, str]
    """Our room ids to what the provider calls them (a meeting id, a conference name), from the configuration."""

    def poll(self, windows: Sequence[OpenWindow], cursor: str | None, now: datetime) -> Batch:
        """Who is, and as far as the provider tells was, in the rooms of these windows; none of other rooms.

        `windows`: those that are open, and, after the close, those that are not older than the feed's `settle`: reports
        come late. Evidence is AttendanceSeen without a subject (engine/correlate finds the sessions, staff and
        customers), keyed as `sighting` does: the same answer read again is no news. One FeedReading for each room whose
        answer was complete: authenticated, schema-valid, all pages (ATT-3); a room that was not found, or is not the
        one that customers are sent, gives none (ATT-5). A report of the past gives one for each meeting, `upto` its
        end. `cursor`: the feed's own text, stored in the transaction of the batch; it remembers the rooms asked for.

        Raises Retryable, Misconfigured for what concerns the whole feed; one room's trouble leaves out that room.
        """
        ...

    def probe(self) -> tuple[str, ...]:
        """For `syncd doctor`: reach it, sign in, find each room, check rights. Raises Misconfigured, Retryable."""
        ...


@runtime_checkable
class Importing(Protocol):
    """What a feed whose lists are brought in files offers besides; `syncd feed import` calls it."""

    def bring(self, file: str, raw: bytes, room_id: str, covered: Span, now: datetime) -> Batch:
        """The evidence and the one reading of a list about that room, which tells of everybody who was there within
        `covered`. `file`: its name, for messages. The same list again gives the same keys.

        Raises Misconfigured: nothing of it is taken, and the hint names every mistake, one a line.
        """
        ...


@runtime_checkable
class Doors(Protocol):
    """What a feed offers besides where each attendee can have a way of their own into the room (CON-11, ATT-12)."""

    opens: frozenset[str]
    """The rooms in which they have one; empty where the operator did not ask for it."""

    def join_url(self, room_id: str, token: str, name: str) -> str:
        """Whoever comes by it is told with `token` among their hints. The provider is not asked; the same arguments
        give the same address, which holds no secret. Raises Misconfigured: its credential cannot be read."""
        ...


@runtime_checkable
class Registering(Protocol):
    """What a feed offers besides where the provider registers attendees by name (CON-9, CON-11)."""

    registers: frozenset[str]
    """The rooms in which it does; empty where the operator did not ask for it."""

    def register(self, room_id: str, email: str, name: str) -> str:
        """That attendee's own join URL: whoever comes by it is told with this address among their hints. Repeating is
        harmless, since one address is one registrant of a room.

        Raises Retryable; Permanent (that address is refused), Misconfigured (nobody can be registered).
        """
        ...


@runtime_checkable
class Describing(Protocol):
    """What a feed offers besides where the provider tells how one gets in; the doctor compares it with what customers
    are sent (CON-11)."""

    def join_data(self) -> Mapping[str, JoinData]:
        """By room id; empty where the provider says nothing. Raises as `probe`."""
        ...


class FeedOffer(Protocol):
    def __call__(self, name: str, settings: object) -> Mapping[str, FeedAbilities]:
        """What a feed connector of these settings can prove, by room id; no I/O, no vendor library (CON-1, CON-2)."""
        ...
