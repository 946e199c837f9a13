"""Where are we in a calendar's changes? What a cursor holds (CAL-1): the server's sync token (or ctag and ETags where
there is none, DAV-3), the place in the paging, and the window that busy times were expanded over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncd.domain.spans import Span
from syncd.ports.cursors import CursorText, Packed, window_ahead

SLACK = timedelta(days=7)  # a full re-read a week keeps the horizon


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
    etags: Packed = field(default_factory=dict)


TEXT = CursorText(Cursor)


def window_from(now: datetime, horizon_days: int) -> Span:
    return window_ahead(now, horizon_days, SLACK)
