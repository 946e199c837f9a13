"""What time is it in a test? A clock that stands until it is moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.domain.spans import as_utc


@dataclass(slots=True)
class VirtualClock:
    """Implements ports.clock.Clock. `step` moves the wall clock alone, as an administrator would."""

    wall: datetime
    elapsed: timedelta = timedelta(0)

    def now(self) -> datetime:
        return as_utc(self.wall)

    def monotonic(self) -> float:
        return self.elapsed.total_seconds()

    def advance(self, by: timedelta) -> None:
        assert by >= timedelta(0), "time does not run backwards; `step` is for clocks that are set"
        self.wall += by
        self.elapsed += by

    def advance_to(self, instant: datetime) -> None:
        self.advance(max(instant - self.now(), timedelta(0)))

    def step(self, by: timedelta) -> None:
        self.wall += by
