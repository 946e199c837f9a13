"""What must not be lost? The Store: every method is one transaction, durable when it returns (REL-2, REL-3).

Evidence is stored once by its key. Effects are claimed under a lease with a fence. Nothing outside the store sees SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from syncd.domain.case import Case
from syncd.domain.decision import Answer, Decision
from syncd.domain.desk import Desk
from syncd.domain.effect import Effect
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey
from syncd.domain.session import EntryRef
from syncd.domain.terms import Terms
from syncd.ports.source import Batch, Raw

Decide = Callable[[Case, datetime], Decision]


@dataclass(frozen=True, slots=True)
class Settled:
    """What one settle did. `decision` is None where there was nothing to decide. `answers` holds the answers to the
    evidence that was submitted, also when an earlier decision had already given them (a double submit is one act)."""

    decision: Decision | None
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """Where we are with a source. `generation` rises with each full re-read; `failing_since` and `error` describe
    the present outage."""

    source: str
    cursor: str | None = None
    generation: int = 0
    rereading: bool = False
    read_at: datetime | None = None
    failing_since: datetime | None = None
    error: str = ""
    hint: str = ""
    failures: int = 0
    paused: bool = False  # Misconfigured: until a person acts, or a probe succeeds


@dataclass(frozen=True, slots=True)
class Claimed:
    """An effect under a lease. `frozen` is what was composed for it, None before the first attempt. `lost_lease`: an
    earlier attempt ended unknown (REL-4). `ref` is the session's present entry, for conditional writes (K4)."""

    effect: Effect
    fence: int
    attempts: int
    lease_until: datetime
    frozen: bytes | None = None
    lost_lease: bool = False
    ref: EntryRef | None = None


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail of ours, found by a name of it: whose it was about, and to whom it went."""

    name: str
    subject: CaseKey
    recipient: str


class Store(Protocol):
    # -- the desk and its rules ------------------------------------------------------------------------------------

    def adopt(self, desk: Desk, terms: Terms, now: datetime) -> None:
        """Make these the ones in force; each version is kept by its id (S10, replay)."""
        ...

    # -- the door and the settle loop ------------------------------------------------------------------------------

    def settle(self, key: CaseKey, decide: Decide, now: datetime, evidence: Sequence[Evidence] = ()) -> Settled:
        """Add the evidence, load the case, decide, write: one transaction, the only way to record a decision.

        Locks what the case could claim before it reads it, so that `decide` sees the truth. Evidence whose key is known
        is not added again. Pending guarded effects of the subject's earlier revisions are dropped as superseded.
        `decide` is pure and may be called again on a serialisation conflict.

        Raises SlotTaken (a claim overlaps another's after all: nothing was written), Unavailable; whatever `decide`
        raises passes through and nothing was written.
        """
        ...

    def due(self, now: datetime, limit: int) -> list[CaseKey]:
        """Cases with unsettled evidence, or whose review is due, oldest first."""
        ...

    def set_aside(self, key: CaseKey, until: datetime, reason: str) -> None:
        """That case is our fault: it waits and is reported; the rest go on (REL-7)."""
        ...

    # -- sources ---------------------------------------------------------------------------------------------------

    def source(self, source: str) -> SourceState: ...

    def begin_round(self, source: str, now: datetime) -> SourceState:
        """Start a full re-read under a new generation; the cursor is None (CAL-4)."""
        ...

    def absorb(self, source: str, batch: Batch, now: datetime) -> int:
        """One page: evidence, busy rows and cursor in one transaction (CAL-1, REL-2); returns how many were news.

        An empty page whose cursor is unchanged commits nothing. On the last page of a full re-read, foreign items of
        older generations stop being busy, and for live own entries that were not seen an EntryGone(absent) is recorded
        (CAL-4, CAL-6). Live sessions that newly collide with busy time become due (K6).
        """
        ...

    def source_failed(self, source: str, now: datetime, error: str, hint: str, *, paused: bool) -> SourceState:
        """Note an outage (its first instant stays); the state after it."""
        ...

    def source_recovered(self, source: str, now: datetime) -> None: ...

    def record(self, evidence: Sequence[Evidence], now: datetime) -> int:
        """Add evidence without deciding (receipts of polls, commands); its cases become due. How many were news."""
        ...

    def session_of_entry(self, ref: EntryRef) -> str | None:
        """Whose event is it? By (calendar, event id, original start), adopted ones included (CAL-13)."""
        ...

    def session_of_uid(self, uid: str) -> str | None:
        """Whose iCalendar UID is it?"""
        ...

    def sent_under(self, names: Sequence[str]) -> tuple[SentMail, ...]:
        """The mails of ours with these names (see `freeze`), in the order asked; unknown ones are left out."""
        ...

    def unreadable(self, source: str) -> tuple[Raw, ...]:
        """Mails of that source that were put aside, oldest first (INV-43)."""
        ...

    def keep_read(self, source: str, batch: Batch, now: datetime) -> int:
        """What a webhook brought, or a later reading of kept bytes made of them: evidence and bytes in one transaction,
        the cursor as it is.
        How many pieces of evidence were news."""
        ...

    # -- the outbox ------------------------------------------------------------------------------------------------

    def claim(self, now: datetime, lease: timedelta, limit: int, busy_lanes: Sequence[str] = ()) -> list[Claimed]:
        """Take due effects, at most one of a named lane and none of `busy_lanes`.

        Effects of one subject in one lane keep their order, and wait while their subject has unsettled evidence.
        State is re-read in the same transaction: what expired or was superseded is dropped with its reason, visibly
        (REL-6). A lease that ran out is claimed again with `lost_lease` set.
        """
        ...

    def freeze(self, claimed: Claimed, composed: bytes, names: Sequence[str] = ()) -> None:
        """Keep what every attempt will send, before the first; what was kept first stays. `names`: those by which an
        answer to it is known; whose name it is once, it is for ever.

        Raises Retryable where the lease was lost: another may be at it, and what this one does next changes nothing.
        """
        ...

    def finish(self, claimed: Claimed, receipt: Evidence, now: datetime) -> bool:
        """Done: state and receipt in one transaction. False: the fence had moved on; only the receipt is kept."""
        ...

    def postpone(self, claimed: Claimed, until: datetime, error: str, *, unknown: bool, now: datetime) -> None:
        """Try again at `until`. `unknown`: it may have happened (REL-4)."""
        ...

    def park(self, claimed: Claimed, reason: str, hint: str, receipt: Evidence, now: datetime) -> None:
        """Set aside for a person; the subject learns of it by the receipt."""
        ...

    def texts_sent(self, number: str, subject: CaseKey, since: datetime) -> tuple[int, int]:
        """How many texts went to this number, and to all of the company whose subject it is, since then: what the
        daily caps look at (reliability.md 5)."""
        ...

    def retry_parked(self, effect_key: str, now: datetime) -> bool: ...

    def discard(self, effect_key: str, reason: str, now: datetime) -> bool: ...

    def next_due(self, now: datetime) -> datetime | None:
        """When the next effect or review is due; for the daemon's waiting."""
        ...

    def close(self) -> None: ...
