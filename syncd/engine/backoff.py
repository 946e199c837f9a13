"""How long until the next try? Exponential, capped, with jitter that is derived, not drawn (CAL-28, REL-7)."""

from __future__ import annotations

import hashlib
from datetime import timedelta

FIRST = timedelta(seconds=5)
LONGEST = timedelta(minutes=15)


def delay(attempts: int, key: str, asked: timedelta | None = None) -> timedelta:
    """5 s doubling to 15 min, spread by up to a fifth so that a crowd does not return together. What the vendor asked
    for is kept to, and never shortened. The same attempt of the same act always waits the same time."""
    if asked is not None:
        return asked
    doublings = min(max(attempts - 1, 0), 16)
    plain = min(FIRST * float(2**doublings), LONGEST)
    spread = hashlib.blake2b(f"{key}/{attempts}".encode(), digest_size=2).digest()
    return plain + plain * (int.from_bytes(spread, "big") / 65535 / 5)
