"""What goes wrong, and when? One seed for everything: crashes at counted boundaries, and faults drawn in order.

A crash is a BaseException, as a kill is no error that anyone may catch. Every place where syncd touches the world calls
`cross` before and after it; counting them makes each a crash point of its own (PRF-1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from random import Random


class Crash(BaseException):
    """The process is gone, here and now."""


class Trouble(StrEnum):
    LOST_REQUEST = "lost-request"
    LOST_REPLY = "lost-reply"
    THROTTLED = "throttled"
    CURSOR_LOST = "cursor-lost"
    REPEATED = "repeated"
    PHANTOM = "phantom"


@dataclass(slots=True)
class Chaos:
    """`crash_at`: the n-th crossing crashes, once. `rate`: how often a call goes wrong, until `calm`."""

    seed: int = 0
    rate: float = 0.0
    crash_at: int | None = None
    crossings: int = 0
    trace: list[str] = field(default_factory=list)
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311 -- a seeded simulation, no secret

    def cross(self, name: str) -> None:
        self.crossings += 1
        self.trace.append(name)
        if self.crossings == self.crash_at:
            self.crash_at = None
            raise Crash(name)

    def draw(self, *troubles: Trouble) -> Trouble | None:
        """One of these, or nothing; always the same for the same seed and the same calls before."""
        if not self.rate or self._random.random() >= self.rate:
            return None
        return self._random.choice(troubles)

    def calm(self) -> None:
        self.rate = 0.0
