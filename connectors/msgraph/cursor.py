"""Where are we in a calendar's changes? What a cursor holds (CAL-1, GRA-3): Graph's next or delta link whole, the
window that link is frozen to, when the round began, and the place in the paging. A round of yesterday's is expired: the
window does not move along, a new round does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.domain.spans import Span
from syncd.ports.cursors import CursorText, window_ahead
from syncd.ports.errors import CursorExpired

ROUND_LASTS = timedelta(days=1)  # GRA-3
SLACK = ROUND_LASTS + timedelta(days=1)
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


TEXT = CursorText(Cursor)


def beginning(now: datetime, horizon_days: int) -> Cursor:
    return Cursor(window_ahead(now, horizon_days, SLACK), now, full=True)


def read(text: str, print_: str, now: datetime, horizon_days: int) -> Cursor:
    """Raises CursorExpired as CursorText.read does, and for a round of yesterday's or one without an end."""
    cursor = TEXT.read(text, print_, now, horizon_days)
    if now - cursor.begun_at >= ROUND_LASTS:
        raise CursorExpired("the window stays behind: a new round begins")
    if cursor.pages > PAGES_MAX:
        raise CursorExpired(f"a round of more than {PAGES_MAX} pages: Graph leads in circles")
    return cursor
