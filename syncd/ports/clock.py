"""What time is it?"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The wall clock as an aware instant in UTC. It may step; order is by the store's sequence, not by it."""
        ...

    def monotonic(self) -> float:
        """Seconds that never step back; for the time limits of calls alone."""
        ...
