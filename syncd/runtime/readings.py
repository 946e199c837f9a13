"""When is what read next? Calendars and directories, each at its own pace (CAL-29); kept in memory alone.

A reading that fails waits as its own back-off says; a restart reads everything at once, which is no news to the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

SPREAD = 0.1
"""By so much an interval is longer or shorter, so that many calendars are not asked in one moment."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`read` does one reading, and answers how long to wait until the next."""

    id: str
    lane: str
    read: Callable[[], timedelta]


class Readings:
    """Used by the main loop, and from the pool through `finished`; a float is put in one step."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._readings: dict[str, Reading] = {}
        self._next: dict[str, float] = {}
        self._count = 0
        self._again: set[str] = set()

    def set(self, readings: Iterable[Reading]) -> None:
        """These and no others, all due at once, save what is being read: a reload is how a person says that what was
        paused is mended."""
        self._readings = {reading.id: reading for reading in readings}
        now, never = self._monotonic(), float("inf")
        self._next = {name: never if self._next.get(name) == never else now for name in self._readings}

    def due(self) -> list[Reading]:
        """The longest due first; of those due since the same moment, in the order in which they were set."""
        now = self._monotonic()
        waiting = sorted((name for name, at in self._next.items() if at <= now), key=self._next.__getitem__)
        return [self._readings[name] for name in waiting]

    def taken(self, reading: Reading) -> None:
        """It is being read: not due until `finished`."""
        if reading.id in self._next:
            self._next[reading.id] = float("inf")

    def finished(self, reading: Reading, wait: timedelta) -> None:
        if reading.id in self._next:
            self._count += 1
            again = reading.id in self._again
            self._again.discard(reading.id)
            pause = 0.0 if again else wait.total_seconds() * spread(reading.id, self._count)
            self._next[reading.id] = self._monotonic() + pause

    def hasten(self, reading_id: str) -> None:
        """There is news: due now, unless it is being read; then as soon as that is over."""
        at = self._next.get(reading_id)
        if at == float("inf"):
            self._again.add(reading_id)
        elif at is not None:
            self._next[reading_id] = self._monotonic()

    def put_back(self, reading: Reading) -> None:
        """It could not be read now, since its lane is busy: still due."""
        if reading.id in self._next:
            self._next[reading.id] = self._monotonic()


def spread(name: str, count: int) -> float:
    """A factor within 1 ± SPREAD; derived, not drawn, so that a run can be repeated."""
    digest = hashlib.blake2b(f"{name}/{count}".encode(), digest_size=2).digest()
    return 1 - SPREAD + 2 * SPREAD * int.from_bytes(digest, "big") / 65_535
