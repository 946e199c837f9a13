"""How does a reader take in what a calendar reports? Rounds read to their end and merged as the port says (CAL-3, 5).

It does with batches what the store does, in memory and for tests: busy items replace each other by id, and a full
re-read ends in the difference (CAL-4).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncd.domain.evidence import EntryGone, EntrySeen, Evidence, MarkedEntrySeen
from syncd.domain.spans import Span, merged
from syncd.ports.calendar import Calendar
from syncd.ports.source import Batch, BusyItem, BusyTime
from syncd.testing.contracts.calendar_world import NOW

PAGES_MAX = 200


def window(days: int = 45, now: datetime = NOW) -> Span:
    return Span(now, now + timedelta(days=days))


@dataclass
class Reader:
    """`batches` holds every page as it came; `items` the busy items that stand, by id."""

    calendar: Calendar
    now: datetime = NOW
    cursor: str | None = None
    items: dict[str, BusyItem] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)

    def reads(self) -> tuple[Evidence, ...]:
        """One whole round from the cursor; its evidence. What was read before an error stands, as in the store."""
        full = self.cursor is None
        seen: set[str] = set()
        evidence: list[Evidence] = []
        for _ in range(PAGES_MAX):
            batch = self.reads_page()
            evidence += batch.evidence
            seen |= {item.item_id for item in batch.busy}
            if batch.last:
                if full:
                    self.items = {k: v for k, v in self.items.items() if k in seen}
                return tuple(evidence)
        raise AssertionError(f"a round did not end within {PAGES_MAX} pages (CAL-3)")

    def reads_page(self) -> Batch:
        batch = self.calendar.observe(self.cursor, self.now)
        assert batch.last or batch.cursor != self.cursor, "a page that leads back to itself never ends (CAL-3)"
        assert batch.cursor is not None, "every page carries the cursor that covers it (CAL-1)"
        self.batches.append(batch)
        self.cursor = batch.cursor
        for item in batch.busy:
            if item.gone:
                self.items.pop(item.item_id, None)
            else:
                self.items[item.item_id] = item
        return batch

    def busy(self, within: Span | None = None) -> tuple[Span, ...]:
        """The union of foreign busy time."""
        return merged(t.span for t in self._times() if within is None or t.span.overlaps(within))

    def away(self) -> tuple[Span, ...]:
        """The union of out-of-office time (K12)."""
        return merged(time.span for time in self._times() if time.away)

    def _times(self) -> list[BusyTime]:
        """An exception listed by itself replaces its occurrence (CAL-24)."""
        replaced = {(i.series_id, i.original_start) for i in self.items.values() if i.series_id is not None}
        return [
            time
            for item in self.items.values()
            for time in item.times
            if item.series_id is not None or (item.item_id, time.original_start) not in replaced
        ]


def seen_in(evidence: tuple[Evidence, ...]) -> tuple[EntrySeen, ...]:
    return tuple(e.payload for e in evidence if isinstance(e.payload, EntrySeen))


def gone_in(evidence: tuple[Evidence, ...]) -> tuple[EntryGone, ...]:
    return tuple(e.payload for e in evidence if isinstance(e.payload, EntryGone))


def marked_in(evidence: tuple[Evidence, ...]) -> tuple[MarkedEntrySeen, ...]:
    return tuple(e.payload for e in evidence if isinstance(e.payload, MarkedEntrySeen))


def keys_of(evidence: tuple[Evidence, ...]) -> list[str]:
    return sorted(e.key for e in evidence)
