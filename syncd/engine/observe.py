"""What has changed out there? One source, read to the end of its round, page by page, each page one transaction.

An error is never an empty batch: it is noted as an outage, told once, and the cursor stays (CAL-1 to CAL-8, CAL-26).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from syncd.domain.correspondence import MailPutAside
from syncd.domain.evidence import Evidence, SourceFailed, SourceRecovered
from syncd.domain.keys import calendar_key, derived_key
from syncd.engine.backoff import delay
from syncd.engine.correlate import correlate
from syncd.ports.clock import Clock
from syncd.ports.errors import CursorExpired, Misconfigured, Retryable, SyncdError
from syncd.ports.keys import Keys
from syncd.ports.mail import MailIn
from syncd.ports.source import Batch, Source
from syncd.ports.store import SourceState, Store
from syncd.ports.texts import Announced
from syncd.ports.views import Views

PAGES_MAX = 1000
ROUNDS_MAX = 3
"""Re-reads begun within one call, should the cursor expire again in the middle of one (CAL-4)."""


UNLISTED_AFTER = timedelta(minutes=1)
"""So long after its webhook a text stands in the carrier's list, if it ever will."""


class Outcome(StrEnum):
    """`news`: evidence that was not known, or busy times that changed; reading all of it again is none."""

    QUIET = "quiet"
    NEWS = "news"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Observer:
    """Reads sources into the store. `staff_emails`: normalised; staff are never taken for customers (K7)."""

    store: Store
    views: Views
    clock: Clock
    keys: Keys
    staff_emails: frozenset[str]
    mailboxes: frozenset[str] = frozenset()

    def observe(self, source: Source) -> Outcome:
        """One round of one source. Every error by what to do next; anything unforeseen passes through."""
        state = self.store.source(source.id)
        try:
            news = self._round(source, state)
        except Misconfigured as error:
            self._failed(source, error, paused=True)
            return Outcome.FAILED
        except SyncdError as error:
            self._failed(source, error, paused=False)
            return Outcome.FAILED
        if state.failing_since is not None:
            self._recovered(source, state)
        if isinstance(source, Announced):
            news += self._unlisted(source)
        return Outcome.NEWS if news else Outcome.QUIET

    def next_try(self, source: Source, outcome: Outcome, interval: timedelta, asked: timedelta | None) -> timedelta:
        """How long to wait before this source is read again."""
        if outcome is not Outcome.FAILED:
            return interval
        state = self.store.source(source.id)
        return max(delay(state.failures, source.id, asked), FAILED_PAUSE if state.paused else timedelta(0))

    def _round(self, source: Source, state: SourceState) -> int:
        cursor, rereading = state.cursor, state.cursor is None or state.rereading
        if cursor is None and not state.rereading:
            cursor = self.store.begin_round(source.id, self.clock.now()).cursor
        news = rounds = 0
        for _ in range(PAGES_MAX):
            try:
                batch = source.observe(cursor, self.clock.now())
            except CursorExpired:
                rounds += 1
                if rounds > ROUNDS_MAX:
                    raise Retryable("the cursor expires again and again") from None
                cursor, rereading = self.store.begin_round(source.id, self.clock.now()).cursor, True
                continue
            news += self.store.absorb(source.id, self._placed(source.id, batch), self.clock.now())
            news += 0 if rereading else len(batch.busy)
            if batch.last:
                return news
            cursor = batch.cursor
        raise Retryable(f"a round of more than {PAGES_MAX} pages", hint="Is this the right calendar?")

    def read_again(self, source: MailIn) -> tuple[int, int]:
        """What was put aside, read by this version: (understood now, put aside still)."""
        kept = self.store.unreadable(source.id)
        understood = 0
        for raw in kept:
            batch = source.translate(raw)
            if all(not each.unreadable for each in batch.raw):
                self.store.keep_read(source.id, self._placed(source.id, batch), self.clock.now())
                understood += 1
        return understood, len(kept) - understood

    def _unlisted(self, source: Announced) -> int:
        """What a webhook told of and a list read past it does not show: the kept words count (SMS-4), also where the
        process that heard them is gone."""
        upto = self.store.source(source.id).read_at
        news = 0
        for raw in self.store.unreadable(source.id):
            if upto is None or raw.received_at + UNLISTED_AFTER > upto:
                continue
            batch = source.recall(raw)
            if batch.evidence:
                news += self.store.keep_read(source.id, self._placed(source.id, batch), self.clock.now())
        return news

    def _placed(self, source_id: str, batch: Batch) -> Batch:
        """With subjects, and with a word to the operator about what was put aside."""
        placed = correlate(batch, self.store, self.views, self.keys, self.staff_emails, self.mailboxes)
        told = tuple(
            Evidence(
                derived_key(source_id, "put-aside", raw.key),
                source_id,
                raw.received_at,
                MailPutAside(source_id, raw.unreadable),
                calendar_key(source_id),
            )
            for raw in batch.raw
            if raw.unreadable
        )
        return replace(placed, evidence=(*placed.evidence, *told))

    def _failed(self, source: Source, error: SyncdError, *, paused: bool) -> None:
        """The first failure of an outage, and each new kind of it, is evidence; repetitions only count up.

        The evidence first: a kill between the two then records it again, where the other way round would lose it.
        """
        now = self.clock.now()
        before = self.store.source(source.id)
        if before.failing_since is None or before.error != str(error):
            since = before.failing_since or now
            payload = SourceFailed(source.id, str(error), error.hint, acts=paused)
            self._record(source, now, payload, derived_key("failed", since.isoformat(), str(error)))
        self.store.source_failed(source.id, now, str(error), error.hint, paused=paused)

    def _recovered(self, source: Source, before: SourceState) -> None:
        now = self.clock.now()
        since = before.failing_since or now
        self._record(source, now, SourceRecovered(source.id), derived_key("recovered", since.isoformat()))
        self.store.source_recovered(source.id, now)

    def _record(self, source: Source, now: datetime, payload: SourceFailed | SourceRecovered, key: str) -> None:
        evidence = Evidence(derived_key(source.id, key), source.id, now, payload, calendar_key(source.id))
        self.store.record((evidence,), now)


FAILED_PAUSE = timedelta(hours=1)
"""A paused connector is probed hourly: a wrong password tried more often locks the account (CAL-27, EWS-8)."""
