"""When is what read next? Calendars and directories, each at its own pace (CAL-29); kept in memory alone.

A reading that fails waits as its own back-off says; a restart reads everything at once, which is no news to the store.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

SPREAD = 0.1
"""By so much an interval is longer or shorter, so that many calendars are not asked in one moment."""


WOKEN_SECONDS = 2.0
"""A source that is woken again and again is read so often at most."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`read` does one reading, and answers how long to wait until the next."""

    id: str
    lane: str
    read: Callable[[], timedelta]


class Readings:
    """Used by the main loop, from the pool through `finished`, and by whoever calls a hook through `wake`."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._readings: dict[str, Reading] = {}
        self._next: dict[str, float] = {}
        self._woken: set[str] = set()
        self._ended: dict[str, float] = {}
        self._count = 0
        self._lock = threading.Lock()

    def set(self, readings: Iterable[Reading]) -> None:
        """These and no others, all due at once, save what is being read: a reload is how a person says that what was
        paused is mended."""
        with self._lock:
            self._readings = {reading.id: reading for reading in readings}
            now, never = self._monotonic(), float("inf")
            self._next = {name: never if self._next.get(name) == never else now for name in self._readings}
            self._ended = {name: at for name, at in self._ended.items() if name in self._readings}
            self._woken &= self._readings.keys()

    def due(self) -> list[Reading]:
        """The longest due first; of those due since the same moment, in the order in which they were set."""
        with self._lock:
            now = self._monotonic()
            waiting = sorted((name for name, at in self._next.items() if at <= now), key=self._next.__getitem__)
            return [self._readings[name] for name in waiting]

    def taken(self, reading: Reading) -> None:
        """It is being read: not due until `finished`."""
        self._put(reading, float("inf"))

    def finished(self, reading: Reading, wait: timedelta) -> None:
        with self._lock:
            if reading.id not in self._next:
                return
            self._count += 1
            woken = reading.id in self._woken
            self._woken.discard(reading.id)
            seconds = WOKEN_SECONDS if woken else wait.total_seconds() * spread(reading.id, self._count)
            self._ended[reading.id] = self._monotonic()
            self._next[reading.id] = self._ended[reading.id] + seconds

    def put_back(self, reading: Reading) -> None:
        """It could not be read now, since its lane is busy: still due."""
        self._put(reading, self._monotonic())

    def wake(self, name: str) -> None:
        """There is news of it: due at once, or, where it is being read, once more after that."""
        with self._lock:
            if name not in self._next:
                return
            if self._next[name] == float("inf"):
                self._woken.add(name)
            else:
                soonest = max(self._monotonic(), self._ended.get(name, 0.0) + WOKEN_SECONDS)
                self._next[name] = min(self._next[name], soonest)

    def hush(self, name: str) -> None:
        """It failed: its back-off holds, whoever woke it meanwhile (CAL-27)."""
        with self._lock:
            self._woken.discard(name)

    def _put(self, reading: Reading, at: float) -> None:
        with self._lock:
            if reading.id in self._next:
                self._next[reading.id] = at


def spread(name: str, count: int) -> float:
    """A factor within 1 ± SPREAD; derived, not drawn, so that a run can be repeated."""
    digest = hashlib.blake2b(f"{name}/{count}".encode(), digest_size=2).digest()
    return 1 - SPREAD + 2 * SPREAD * int.from_bytes(digest, "big") / 65_535
