"""Where are we in a calendar's changes? What a cursor holds (CAL-1, GOO-7): Google's sync token, the place in the
paging, and the window that busy times were expanded over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import StringConstraints

from syncd.domain.spans import Span
from syncd.ports.cursors import CursorText, window_ahead
from syncd.ports.errors import CursorExpired

SLACK = timedelta(days=7)  # a full re-read a week keeps the horizon
PAGES_MAX = 2000
Token = Annotated[str, StringConstraints(min_length=1, max_length=16_384)]


@dataclass(frozen=True, slots=True)
class Cursor:
    """`token`: changes are asked since it; None in a full re-read, which asks for what ends after the window's start.
    `page`: the page to go on with. `pages`: how many this round has had. `kept_at`: when `token` was given out."""

    window: Span
    token: Token | None = None
    page: Token | None = None
    pages: int = 0
    kept_at: datetime | None = None

    @property
    def full(self) -> bool:
        return self.token is None


TEXT = CursorText(Cursor)


def window_from(now: datetime, horizon_days: int) -> Span:
    return window_ahead(now, horizon_days, SLACK)


def read(text: str, print_: str, now: datetime, horizon_days: int) -> Cursor:
    """Raises CursorExpired as CursorText.read does, and for a round of too many pages."""
    cursor = TEXT.read(text, print_, now, horizon_days)
    if cursor.pages > PAGES_MAX:
        raise CursorExpired(f"a round of more than {PAGES_MAX} pages")
    return cursor
