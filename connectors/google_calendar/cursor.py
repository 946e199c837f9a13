"""Where are we in a calendar's changes? The cursor's text and what it may hold (CAL-1, GOO-7).

It holds Google's sync token, the place in the paging, the window that busy times were expanded over, and a fingerprint:
another one, or a text not understood, is an expired cursor.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.google_calendar import Settings
from syncd.domain.keys import derived_key
from syncd.domain.spans import Span
from syncd.ports.calendar import CalendarBinding
from syncd.ports.errors import CursorExpired

FORMAT = 1
BACK = timedelta(days=1)  # what ended earlier takes nobody's time
SLACK = timedelta(days=7)  # how much further than asked a full re-read looks, so that one a week keeps the horizon
PAGES_MAX = 2000
TOKEN_MAX = 16_384


@dataclass(frozen=True, slots=True)
class Cursor:
    """`token`: changes are asked since it; None in a full re-read, which asks for what ends after the window's start.
    `page`: the page to go on with. `pages`: how many this round has had. `kept_at`: when `token` was given out."""

    window: Span
    token: str | None = None
    page: str | None = None
    pages: int = 0
    kept_at: datetime | None = None

    @property
    def full(self) -> bool:
        return self.token is None


def window_from(now: datetime, horizon_days: int) -> Span:
    return Span(now - BACK, now + timedelta(days=horizon_days) + SLACK)


def fingerprint(binding: CalendarBinding, settings: Settings) -> str:
    """Of everything that shapes what a round reports: a change of the settings starts a full re-read."""
    m = binding.marks
    parts = (FORMAT, settings.endpoint, binding.calendar_id, binding.address, binding.zone, binding.staff_email)
    marks = (m.category, m.title_prefix, m.tag, binding.writable)
    return binding.keys.digest("google-cursor", derived_key(*parts, *marks))[:16]


def write(cursor: Cursor, print_: str) -> str:
    """Compact JSON; the same cursor gives the same text, so that a quiet poll changes nothing."""
    held = {
        "f": print_,
        "w": [_stamp(cursor.window.starts_at), _stamp(cursor.window.ends_at)],
        "t": cursor.token,
        "p": cursor.page,
        "n": cursor.pages,
        "a": None if cursor.kept_at is None else _stamp(cursor.kept_at),
    }
    return json.dumps(held, separators=(",", ":"))


def read(text: str, print_: str, now: datetime, horizon_days: int) -> Cursor:
    """Raises CursorExpired: another fingerprint, an unknown text, too many pages, or a window that no longer reaches
    the horizon."""
    cursor = None
    with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
        cursor = _read(text, print_)
    if cursor is None:
        raise CursorExpired("the cursor was not understood, or is that of another query")
    if cursor.window.ends_at < now + timedelta(days=horizon_days):
        raise CursorExpired("the window no longer reaches far enough")
    if cursor.pages > PAGES_MAX:
        raise CursorExpired(f"a round of more than {PAGES_MAX} pages")
    return cursor


def _read(text: str, print_: str) -> Cursor:
    held = json.loads(text)
    if held["f"] != print_:
        raise ValueError("another calendar, query or format")
    return Cursor(
        window=Span(_instant(held["w"][0]), _instant(held["w"][1])),
        token=_text(held["t"]),
        page=_text(held["p"]),
        pages=int(held["n"]),
        kept_at=None if held["a"] is None else _instant(held["a"]),
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at


def _text(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= TOKEN_MAX:
        raise ValueError("no token")
    return value
