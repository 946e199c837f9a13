"""Where are we in a calendar's changes? What a cursor holds (CAL-1): the server's sync state, the place in the round,
the window that busy time was read over and when, and a print of every foreign entry in it: the next view is told by
its difference (EWS-5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.domain.spans import Span
from syncd.ports.cursors import CursorText, Packed, window_ahead
from syncd.ports.errors import CursorExpired

SLACK = timedelta(days=3)  # a view is read every hour
VIEW_AGE_MAX = timedelta(hours=1)
ROUND_AGE_MAX = timedelta(hours=6)
"""After this a full re-read is due: what we made and staff deleted between two polls, the sync never tells of."""


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
    known: Packed = field(default_factory=dict)

    def wants_view(self, now: datetime, zone: ZoneInfo) -> bool:
        """After an hour and at midnight, whatever the sync says: days pass, and rules of zones change (EWS-5)."""
        if self.viewed_at is None:
            return True
        midnight_passed = now.astimezone(zone).date() != self.viewed_at.astimezone(zone).date()
        return midnight_passed or not timedelta(0) <= now - self.viewed_at < VIEW_AGE_MAX


TEXT = CursorText(Cursor)


def window_from(now: datetime, horizon_days: int) -> Span:
    return window_ahead(now, horizon_days, SLACK)


def read(text: str, print_: str, now: datetime, horizon_days: int) -> Cursor:
    """Raises CursorExpired as CursorText.read does, and when a full re-read is due."""
    cursor = TEXT.read(text, print_, now, horizon_days)
    if not cursor.full and not -VIEW_AGE_MAX <= now - cursor.began_at < ROUND_AGE_MAX:
        raise CursorExpired("a full re-read is due")
    return cursor
