"""How does one get in? Permanent rooms and their join data, from a connector (K10, CON-11)."""

from __future__ import annotations

from typing import Protocol

from syncd.domain.desk import Room


class Rooms(Protocol):
    def rooms(self) -> tuple[Room, ...]:
        """The permanent rooms of this connector; validated, no I/O."""
        ...
