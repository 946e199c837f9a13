"""Where are we in a calendar's changes? The cursor's text and what it may hold (CAL-1, GRA-3); pure.

It holds Graph's next or delta link whole, the window that link is frozen to, when the round began, the place in the
paging, and a fingerprint: another one, or a text not understood, is an expired cursor. So is a round of yesterday's:
the window does not move along, a new round does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.msgraph import Settings
from syncd.domain.keys import derived_key
from syncd.domain.spans import Span
from syncd.ports.calendar import CalendarBinding
from syncd.ports.errors import CursorExpired

FORMAT = 1
BACK = timedelta(days=1)  # what ended earlier takes nobody's time
ROUND_LASTS = timedelta(days=1)  # GRA-3
SLACK = ROUND_LASTS + timedelta(days=1)  # how much further than asked the window of a round reaches
PAGES_MAX = 1000


@dataclass(frozen=True, slots=True)
class Cursor:
    """`link`: what to ask next; None begins a round. `full`: this round is a full re-read. `pages`: how many it has
    had already."""

    window: Span
    begun_at: datetime
    link: str | None = None
    pages: int = 0
    full: bool = False


def beginning(now: datetime, horizon_days: int) -> Cursor:
    return Cursor(Span(now - BACK, now + timedelta(days=horizon_days) + SLACK), now, full=True)


def fingerprint(binding: CalendarBinding, settings: Settings) -> str:
    """Of everything that shapes what a round reports: a change of the settings starts a full re-read."""
    m = binding.marks
    parts = (FORMAT, binding.calendar_id, binding.address, binding.zone, binding.staff_email, binding.writable)
    more = (m.category, m.title_prefix, m.tag, settings.base_url, settings.tentative_is_busy)
    return binding.keys.digest("graph-cursor", derived_key(*parts, *more))[:16]


def write(cursor: Cursor, print_: str) -> str:
    """Compact JSON; the same cursor gives the same text, so that a quiet poll changes nothing."""
    return json.dumps(
        {
            "f": print_,
            "w": [_stamp(cursor.window.starts_at), _stamp(cursor.window.ends_at)],
            "b": _stamp(cursor.begun_at),
            "l": cursor.link,
            "p": cursor.pages,
            "u": cursor.full,
        },
        separators=(",", ":"),
    )


def read(text: str, print_: str, now: datetime, horizon_days: int) -> Cursor:
    """Raises CursorExpired for another fingerprint, an unknown text, a round of yesterday's or one without an end, and
    a window that no longer reaches `horizon_days` ahead."""
    try:
        cursor = _read(text, print_)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        reason = type(error).__name__
    else:
        if now - cursor.begun_at >= ROUND_LASTS or cursor.window.ends_at < now + timedelta(days=horizon_days):
            raise CursorExpired("the window stays behind: a new round begins")
        if cursor.pages > PAGES_MAX:
            raise CursorExpired(f"a round of more than {PAGES_MAX} pages: Graph leads in circles")
        return cursor
    raise CursorExpired(f"the cursor was not understood: {reason}")


def _read(text: str, print_: str) -> Cursor:
    held = json.loads(text)
    if held["f"] != print_:
        raise ValueError("another calendar, query or format")
    return Cursor(
        window=Span(_instant(held["w"][0]), _instant(held["w"][1])),
        begun_at=_instant(held["b"]),
        link=str(held["l"]),
        pages=int(held["p"]),
        full=bool(held["u"]),
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at
