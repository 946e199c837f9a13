"""What has changed out there? Sources, cursors and batches (spec/calendars.md CAL-1 to CAL-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syncd.domain.attendance import FeedReading
from syncd.domain.evidence import Evidence
from syncd.domain.spans import Span


@dataclass(frozen=True, slots=True)
class BusyTime:
    """One occurrence of a foreign event; `original_start` tells it from the others of its series. `away`: its entry
    says that the staff member is out of office (K12); that alone is kept (K5)."""

    span: Span
    original_start: datetime | None = None
    away: bool = False


@dataclass(frozen=True, slots=True)
class BusyItem:
    """What is kept of one foreign item: when it is busy or away, and nothing of what it says (CAL-10).

    Absorbing an item replaces all that was kept under its `item_id`. `times` is empty for an item that is not busy
    or is gone. An exception that the provider lists as an item of its own names its series and `original_start`: it
    replaces that one occurrence of the series, whether it is busy itself or not (CAL-24).
    """

    item_id: str
    version: str
    times: tuple[BusyTime, ...] = ()
    series_id: str | None = None
    original_start: datetime | None = None
    gone: bool = False
    unreadable: bool = False  # not understood; busy for the widest span it shows (CAL-9)


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of one item as they came (a mail, a webhook's body), kept so that a later version can read them again.
    `unreadable`: why it was put aside; empty: it was understood, and its evidence is in the same batch."""

    key: str
    received_at: datetime
    body: bytes
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """One page of changes.

    Evidence comes with keys (CAL-2); `subject` may be None, engine/correlate then finds it. `cursor` is the connector's
    own text, stored in the transaction that stores the page. `last` is true on the page that closes the round.
    `read_at` is the provider's time of the answer where it gives one. `readings`: what an attendance feed has covered
    (ATT-3). `raw`: bytes to be kept.
    """

    evidence: tuple[Evidence, ...] = ()
    busy: tuple[BusyItem, ...] = ()
    cursor: str | None = None
    last: bool = True
    read_at: datetime | None = None
    readings: tuple[FeedReading, ...] = ()
    raw: tuple[Raw, ...] = ()


class Source(Protocol):
    id: str
    """As in the store's cursor table; for a calendar its calendar id."""

    lane: str
    """Calls in one lane never overlap (CAL-29): reads and writes for one calendar share it."""

    def observe(self, cursor: str | None, now: datetime) -> Batch:
        """One page of what changed since `cursor`; None begins a full re-read.

        Reading twice from one cursor gives the same evidence keys. During a full re-read every own event and every
        foreign item in the window is reported; what is not is found by difference, by the store (CAL-4). A window that
        no longer reaches far enough is an expired cursor.

        Raises CursorExpired, Retryable, Misconfigured. An error is never an empty batch.
        """
        ...
