"""How far has this folder been read? UIDVALIDITY, the last UID, and when that was (RFC 3501 2.3.1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.ports.errors import CursorExpired


@dataclass(frozen=True, slots=True)
class Cursor:
    """`read_at`: when mail was last found, for the day that the server numbers anew."""

    validity: int
    last: int
    read_at: datetime

    def __str__(self) -> str:
        return f"1 {self.validity} {self.last} {self.read_at.isoformat()}"


def parse(text: str | None) -> Cursor | None:
    """Raises CursorExpired for a text of another version."""
    if text is None:
        return None
    try:
        version, validity, last, read_at = text.split(" ")
        if version != "1":
            raise ValueError(version)
        return Cursor(int(validity), int(last), datetime.fromisoformat(read_at))
    except ValueError:
        raise CursorExpired("the cursor is of another version") from None
