"""Who talks to the world? A bounded pool of threads; calls of one lane never overlap (CAL-29).

Its threads are daemons: whoever hangs in a call when the time to stop is over does not hold the process back. What was
in flight then is a lost lease (REL-4).
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable

Call = Callable[[], None]


class Pool:
    """`done` is called after each call, from its thread; `broke` with what a call raised, which is our fault."""

    def __init__(self, size: int, done: Call, broke: Callable[[Exception], None]) -> None:
        self.size = size
        self._done = done
        self._broke = broke
        self._changed = threading.Condition()
        self._waiting: deque[tuple[str, str, Call]] = deque()
        self._lanes: set[str] = set()
        self._kinds: Counter[str] = Counter()
        self._closed = False
        for number in range(size):
            threading.Thread(target=self._work, name=f"syncd-io-{number}", daemon=True).start()

    def submit(self, kind: str, lane: str, call: Call) -> bool:
        """Take a call, to be made when a thread is free. False: its lane is busy, or the pool is closed.

        `kind` is counted alone; a lane without a name holds nobody up.
        """
        with self._changed:
            if self._closed or (lane and lane in self._lanes):
                return False
            if lane:
                self._lanes.add(lane)
            self._kinds[kind] += 1
            self._waiting.append((kind, lane, call))
            self._changed.notify()
            return True

    def held(self, kind: str | None = None) -> int:
        """Calls that were taken and are not over: of one kind, or all."""
        with self._changed:
            return self._kinds[kind] if kind is not None else self._kinds.total()

    def busy_lanes(self) -> tuple[str, ...]:
        with self._changed:
            return tuple(sorted(self._lanes))

    def close(self, wait_seconds: float) -> int:
        """Take no more, finish what was taken, and wait for it so long; how many calls were not over by then."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._kinds.total() == 0, max(0.0, wait_seconds))
            return self._kinds.total()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                kind, lane, call = self._waiting.popleft()
            try:
                call()
            except Exception as error:  # noqa: BLE001 -- a thread that dies would shrink the pool for good
                self._broke(error)
            finally:
                with self._changed:
                    self._lanes.discard(lane)
                    self._kinds[kind] -= 1
                    self._changed.notify_all()
            self._done()
