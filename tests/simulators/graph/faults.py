"""What can go wrong at the simulator? Its knobs, all off at the start (spec/calendars.md 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass
class Knobs:
    """`status` with `code` and `retry_after`: the next `times` requests to Graph (None: all) are answered so, and
    nothing is done. `writes_left`: so many more writes are done, then none.

    `lost_cursor`: in which words Graph says that it forgot a cursor; `tokens_kept`: how many delta tokens of a calendar
    it remembers; `circles`: a page leads to itself under ever new links. `splits_series`: pages may end within a
    series; `masters_last`: they come after their occurrences; `tells_removed_occurrences`: when a series goes, each
    occurrence is told too.

    `remembers_deleted`: a create is answered with the event that its transaction once made, though that was deleted;
    with 409 if `conflicts_on_repeat`.
    """

    down: bool = False
    status: int | None = None
    code: str | None = None
    retry_after: str | None = None
    times: int | None = None
    writes_only: bool = False
    writes_left: int | None = None
    loses_mid_paging: bool = False
    lost_cursor: tuple[int, str] = (410, "SyncStateNotFound")
    tokens_kept: int = 100
    page_items: int | None = None
    cuts: bool = False
    repeats: bool = False
    phantoms: list[str] = field(default_factory=list)
    emptied: bool = False
    drops_next_write: bool = False
    lags: bool = False
    skew: timedelta = timedelta()
    elsewhere: bool = False
    circles: bool = False
    splits_series: bool = False
    masters_last: bool = False
    tells_removed_occurrences: bool = False
    remembers_deleted: bool = True
    conflicts_on_repeat: bool = False

    def takes_status(self, *, writes: bool) -> int | None:
        """The status to answer this request with, if any; counts down."""
        if writes and self.writes_left is not None:
            self.writes_left -= 1
            if self.writes_left < 0:
                return 500
        if self.status is None or (self.writes_only and not writes):
            return None
        if self.times is not None:
            if self.times <= 0:
                return None
            self.times -= 1
        return self.status
