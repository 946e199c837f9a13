"""Where are we in a calendar's changes? The cursor's text and what it may hold (CAL-1).

It holds the server's sync token (or ctag and ETags where there is none, DAV-3), the place in the paging, the window
that busy times were expanded over, and a fingerprint: another one, or a text not understood, is an expired cursor.
"""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from syncd.domain.keys import derived_key
from syncd.domain.spans import Span
from syncd.ports.calendar import CalendarBinding
from syncd.ports.errors import CursorExpired

FORMAT = 1
BACK = timedelta(days=1)  # what ended earlier takes nobody's time
SLACK = timedelta(days=7)  # how much further than asked a full re-read looks, so that one a week keeps the horizon
UNPACKED_BYTES_MAX = 50_000_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """`token`: changes are asked since it; `next_token`: the one to go on from when the listing since `token` is
    done up to its end, after the resource name `place`. `full`: this round is a full re-read.

    Without sync tokens, `etags` is what has been taken in so far, by name, and `ctag` the collection's when all was.
    `seen_at`: when the last round that brought something began. `pages`: how many this round has had.
    """

    window: Span
    seen_at: datetime
    by_token: bool = True
    token: str | None = None
    next_token: str | None = None
    place: str | None = None
    full: bool = False
    pages: int = 0
    ctag: str | None = None
    etags: dict[str, str] = field(default_factory=dict)


def window_from(now: datetime, horizon_days: int) -> Span:
    return Span(now - BACK, now + timedelta(days=horizon_days) + SLACK)


def fingerprint(binding: CalendarBinding, path: str) -> str:
    """Of everything that shapes what a round reports: a change of the settings starts a full re-read."""
    m = binding.marks
    parts = (FORMAT, binding.calendar_id, path, binding.zone, binding.staff_email, m.category, m.title_prefix, m.tag)
    return binding.keys.digest("caldav-cursor", derived_key(*parts))[:16]


def write(cursor: Cursor, print_: str) -> str:
    """Compact JSON; the same cursor gives the same text, so that a quiet poll changes nothing."""
    packed = zlib.compress(json.dumps(cursor.etags, sort_keys=True).encode(), 6) if cursor.etags else b""
    return json.dumps(
        {
            "f": print_,
            "w": [_stamp(cursor.window.starts_at), _stamp(cursor.window.ends_at)],
            "a": _stamp(cursor.seen_at),
            "s": cursor.by_token,
            "t": cursor.token,
            "n": cursor.next_token,
            "p": cursor.place,
            "u": cursor.full,
            "k": cursor.pages,
            "c": cursor.ctag,
            "e": urlsafe_b64encode(packed).decode(),
        },
        separators=(",", ":"),
    )


def read(text: str, print_: str, now: datetime, horizon_days: int) -> Cursor:
    """Raises CursorExpired for another fingerprint, an unknown text, and a window that no longer reaches `horizon`."""
    try:
        cursor = _read(text, print_)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, zlib.error) as error:
        raise CursorExpired(f"the cursor was not understood: {type(error).__name__}") from None
    if cursor.window.ends_at < now + timedelta(days=horizon_days):
        raise CursorExpired("the window no longer reaches far enough")
    return cursor


def _read(text: str, print_: str) -> Cursor:
    held = json.loads(text)
    if held["f"] != print_:
        raise ValueError("another calendar, query or format")
    packed = urlsafe_b64decode(held["e"])
    etags = json.loads(zlib.decompressobj().decompress(packed, UNPACKED_BYTES_MAX)) if packed else {}
    return Cursor(
        window=Span(_instant(held["w"][0]), _instant(held["w"][1])),
        seen_at=_instant(held["a"]),
        by_token=bool(held["s"]),
        token=_text(held["t"]),
        next_token=_text(held["n"]),
        place=_text(held["p"]),
        full=bool(held["u"]),
        pages=int(held["k"]),
        ctag=_text(held["c"]),
        etags={str(name): str(etag) for name, etag in etags.items()},
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at


def _text(value: object) -> str | None:
    return None if value is None else str(value)
