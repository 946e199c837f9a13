"""What did somebody tell us? One call of a webhook: understood by its connector, stored, then answered.

The one door in for vendors. What is acknowledged is stored (spec/reliability.md 1): where the store cannot write, this
raises, the vendor gets 503 and comes again. What a call wakes is only read sooner; losing that costs time alone.

A call's bytes are kept with its evidence, in the same transaction, and also where there is no evidence yet: what was
acknowledged and waits for a reading is kept as put aside, and stands against a no-show until that reading (ATT-7.6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncd.domain.attended import AttendanceSeen
from syncd.engine.correlate import correlate
from syncd.ports.clock import Clock
from syncd.ports.hook import Answer, Call, Hook
from syncd.ports.keys import Keys
from syncd.ports.source import Batch
from syncd.ports.store import Store
from syncd.ports.views import Views


class Fate(StrEnum):
    """What became of a call; counted in the metrics."""

    TAKEN = "taken"
    REPEATED = "repeated"  # all that it said was stored before
    REFUSED = "refused"  # forged, or not understood: an answer of 400 or more
    UNKNOWN = "unknown"  # nobody listens at that address


NOBODY = Answer(404)


@dataclass(slots=True)
class Hooks:
    """Any thread may call `receive`. `hooks` by id and `staff_emails` are renewed by a reload; `wake` is told which
    sources shall be read now, and that there may be something to settle. `feed_told` takes what attendance feeds tell,
    by the hook's id (engine/feeds)."""

    store: Store
    views: Views
    clock: Clock
    keys: Keys
    hooks: Mapping[str, Hook]
    staff_emails: frozenset[str]
    wake: Callable[[tuple[str, ...]], None] = field(default=lambda sources: None)
    feed_told: Callable[[str, Batch], int] | None = None

    def receive(self, hook_id: str, call: Call) -> tuple[Answer, Fate]:
        """The answer to send, once all that the call brought is stored. Raises Unavailable."""
        hook = self.hooks.get(hook_id)
        if hook is None:
            return NOBODY, Fate.UNKNOWN
        answer = hook.receive(call)
        if answer.status >= 400:
            return answer, Fate.REFUSED
        news = self._store(hook_id, answer)
        if news or answer.wakes:
            self.wake(answer.wakes)
        return answer, Fate.REPEATED if news == 0 else Fate.TAKEN

    def _store(self, hook_id: str, answer: Answer) -> int | None:
        """How much was news; None where nothing was said that is stored."""
        if answer.batch is None:
            return None
        if self.feed_told is not None and _of_a_feed(answer.batch):
            news = self.feed_told(hook_id, answer.batch)
            return news if news or not answer.batch.readings else None  # coverage alone is told anew each time
        placed = correlate(answer.batch, self.store, self.views, self.keys, self.staff_emails)
        if not placed.evidence and not placed.raw:
            return None
        news = self.store.keep_read(hook_id, placed, self.clock.now())
        return news if placed.evidence else None


def _of_a_feed(batch: Batch) -> bool:
    return bool(batch.readings) or any(isinstance(item.payload, AttendanceSeen) for item in batch.evidence)
