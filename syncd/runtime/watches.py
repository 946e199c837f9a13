"""Would a change be told to us? Channels to the calendars that can be watched: open, and trusted (GOO-11).

A channel only lets a calendar be polled less often; whoever has none, or one that missed a change, is polled as before.
All of it is in memory: a restart opens every channel again, which opens nothing twice.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, Permanent, SyncdError
from syncd.ports.hook import Watchable

OPENED_AGAIN = timedelta(hours=6)
"""At the latest: a channel that the vendor dropped without a word is back by then."""

OPENED_SOON = timedelta(minutes=1)
RETRY = timedelta(minutes=5)
RETRY_REFUSED = timedelta(hours=1)
"""After a refusal that a person must mend."""


@dataclass(slots=True)
class _Channel:
    """`read`: the calendar was read since it is open. `told`: a notice came since the last reading began."""

    expires_at: datetime
    read: bool = False
    told: bool = False
    doubted: bool = False


class Watches:
    """The channels by calendar id. Called from the pool, and by the pages' threads through `told`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._channels: dict[str, _Channel] = {}

    def open(self, calendar_id: str, calendar: Watchable, address: str) -> timedelta:
        """Open it, or keep it open; how long until that is to be done again. Raises what `watch` raises."""
        now = self._clock.now()
        opened = calendar.watch(address, now)
        with self._lock:
            channel = self._channels.setdefault(calendar_id, _Channel(opened.expires_at))
            channel.expires_at = opened.expires_at
        return max(OPENED_SOON, min(opened.renew_at - now, OPENED_AGAIN))

    def told(self, calendar_id: str) -> None:
        """A genuine notice came: whatever was missed before, they come."""
        with self._lock:
            channel = self._channels.get(calendar_id)
            if channel is not None:
                channel.told, channel.doubted = True, False

    def begins(self, calendar_id: str) -> bool:
        """A reading begins; whether it was told of."""
        with self._lock:
            channel = self._channels.get(calendar_id)
            told = channel is not None and channel.told
            if channel is not None:
                channel.told = False
            return told

    def ends(self, calendar_id: str, *, told: bool, news: bool) -> None:
        """A reading ended well. News that nobody told us of show that notices get lost."""
        with self._lock:
            channel = self._channels.get(calendar_id)
            if channel is None:
                return
            channel.doubted = channel.doubted or (news and channel.read and not told and not channel.told)
            channel.read = True

    def interval(self, calendar_id: str, ordinary: timedelta, watched: timedelta) -> timedelta:
        """How soon to poll it again: `watched` where its channel is open and trusted, never sooner than `ordinary`."""
        with self._lock:
            channel = self._channels.get(calendar_id)
            live = channel is not None and not channel.doubted and self._clock.now() < channel.expires_at
            return max(ordinary, watched) if live else ordinary


def retry_after(error: SyncdError) -> timedelta:
    """When to try again to open a channel that could not be opened."""
    return RETRY_REFUSED if isinstance(error, Misconfigured | Permanent) else RETRY
