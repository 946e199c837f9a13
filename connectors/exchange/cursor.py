"""Where are we in a calendar's changes? The cursor's text and what it may hold (CAL-1).

It holds the server's sync state, the place in the round, the window that busy time was read over and when, and a
print of every foreign entry in it: the next view is told by its difference (EWS-5). Another fingerprint, or a text
not understood, is an expired cursor.
"""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.domain.keys import derived_key
from syncd.domain.spans import Span
from syncd.ports.calendar import CalendarBinding
from syncd.ports.errors import CursorExpired

FORMAT = 1
BACK = timedelta(days=1)  # what ended earlier takes nobody's time
SLACK = timedelta(days=3)  # how much further than asked each view looks; a view is read every hour
VIEW_AGE_MAX = timedelta(hours=1)
ROUND_AGE_MAX = timedelta(hours=6)
"""After this a full re-read is due: what we made and staff deleted between two polls, the sync never tells of."""
UNPACKED_BYTES_MAX = 50_000_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """`state`: the sync state to go on from. `full`: this round is a full re-read. `changed`: an earlier page of this
    round has told of changes. `pages`: how many this round has had. `began_at`: when the last full re-read did.
    `viewed_at`: when `known` was read, over `window`.
    """

    window: Span
    began_at: datetime
    state: str | None = None
    full: bool = True
    changed: bool = False
    pages: int = 0
    viewed_at: datetime | None = None
    known: dict[str, str] = field(default_factory=dict)

    def wants_view(self, now: datetime, zone: ZoneInfo) -> bool:
        """After an hour and at midnight, whatever the sync says: days pass, and rules of zones change (EWS-5)."""
        if self.viewed_at is None:
            return True
        midnight_passed = now.astimezone(zone).date() != self.viewed_at.astimezone(zone).date()
        return midnight_passed or not timedelta(0) <= now - self.viewed_at < VIEW_AGE_MAX


def window_from(now: datetime, horizon_days: int) -> Span:
    return Span(now - BACK, now + timedelta(days=horizon_days) + SLACK)


def fingerprint(binding: CalendarBinding) -> str:
    """Of everything that shapes what a round reports: a change of the settings starts a full re-read."""
    m = binding.marks
    parts = (binding.calendar_id, binding.address, binding.zone, binding.staff_email, binding.writable)
    key = derived_key(FORMAT, *parts, m.category, m.title_prefix, m.tag)
    return binding.keys.digest("exchange-cursor", key)[:16]


def write(cursor: Cursor, print_: str) -> str:
    """Compact JSON; the same cursor gives the same text, so that a quiet poll changes nothing."""
    packed = zlib.compress(json.dumps(cursor.known, sort_keys=True).encode(), 6) if cursor.known else b""
    return json.dumps(
        {
            "f": print_,
            "w": [_stamp(cursor.window.starts_at), _stamp(cursor.window.ends_at)],
            "b": _stamp(cursor.began_at),
            "s": cursor.state,
            "u": cursor.full,
            "c": cursor.changed,
            "p": cursor.pages,
            "v": _stamp(cursor.viewed_at) if cursor.viewed_at else None,
            "k": urlsafe_b64encode(packed).decode(),
        },
        separators=(",", ":"),
    )


def read(text: str, print_: str, now: datetime, horizon_days: int) -> Cursor:
    """Raises CursorExpired for another fingerprint, an unknown text, a window that no longer reaches `horizon`, and
    when a full re-read is due."""
    try:
        cursor = _read(text, print_)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, zlib.error) as error:
        raise CursorExpired(f"the cursor was not understood: {type(error).__name__}") from None
    if cursor.window.ends_at < now + timedelta(days=horizon_days):
        raise CursorExpired("the window no longer reaches far enough")
    if not cursor.full and not -VIEW_AGE_MAX <= now - cursor.began_at < ROUND_AGE_MAX:
        raise CursorExpired("a full re-read is due")
    return cursor


def _read(text: str, print_: str) -> Cursor:
    held = json.loads(text)
    if held["f"] != print_:
        raise ValueError("another calendar, query or format")
    packed = urlsafe_b64decode(held["k"])
    known = json.loads(zlib.decompressobj().decompress(packed, UNPACKED_BYTES_MAX)) if packed else {}
    return Cursor(
        window=Span(_instant(held["w"][0]), _instant(held["w"][1])),
        began_at=_instant(held["b"]),
        state=None if held["s"] is None else str(held["s"]),
        full=bool(held["u"]),
        changed=bool(held["c"]),
        pages=int(held["p"]),
        viewed_at=None if held["v"] is None else _instant(held["v"]),
        known={str(name): str(value) for name, value in known.items()},
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at
