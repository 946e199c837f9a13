"""Who is in the rooms now? Feeds are asked while a session's window is open, once more at its close, and again until
its verdict (CON-3); what they push takes the same way in.

A feed that makes no progress while a window is open is one outage: one alert with the sessions to attest, one all-clear
(ATT-14). An error is never an empty room: nothing is covered meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.domain.attendance import FeedReading, OpenWindow
from syncd.domain.desk import Desk, FeedAbilities
from syncd.domain.evidence import Evidence, SourceFailed, SourceRecovered
from syncd.domain.keys import calendar_key, derived_key
from syncd.domain.terms import Terms
from syncd.engine.attribution import attribute
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, SyncdError
from syncd.ports.feed import Feed
from syncd.ports.keys import Keys
from syncd.ports.source import Batch
from syncd.ports.store import Store
from syncd.ports.views import Views

AGAIN = timedelta(minutes=5)
"""How often a room is read again between its close and the verdict."""
IDLE = timedelta(seconds=10)
"""How often it is asked whether a window has opened."""
AFTER_CLOSE = timedelta(minutes=1)
"""Watching goes on so long after the close, that coverage reaches beyond it, lag and skew included."""


@dataclass(slots=True)
class FeedReader:
    """Reads feeds into the store. What it remembers spares calls only; a restart reads once more than needed."""

    store: Store
    views: Views
    clock: Clock
    keys: Keys
    desk: Callable[[], Desk]
    terms: Callable[[], Terms]
    _read_again: dict[tuple[str, str], datetime] = field(default_factory=dict)  # by feed and session
    _progress: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def poll(self, feed: Feed) -> timedelta:
        """One reading of the rooms that are due; when to come again. Raises what is our own fault."""
        now = self.clock.now()
        windows = [w for w in self.views.open_windows(now) if w.room_id in feed.rooms]
        due = [w for w in windows if self._is_due(feed, w, now)]
        if due:
            self._read(feed, due, now)
        self._tell(feed.id, [w for w in windows if self._is_open(feed.id, w, now)], now)
        return self._next(feed, windows, now)

    def take(self, source_id: str, batch: Batch) -> int:
        """What a feed pushed, or somebody imported: attributed and absorbed; how much was news."""
        now = self.clock.now()
        for reading in batch.readings:
            self._note(source_id, reading, now)
        placed = attribute(batch, self.views, self.keys, self.desk())
        if placed.cursor is None:  # what is pushed moves no cursor
            placed = replace(placed, cursor=self.store.source(source_id).cursor)
        return self.store.absorb(source_id, placed, now)

    def told(self, source_id: str, batch: Batch) -> int:
        """The same of what came without having been asked for: it moves no cursor."""
        return self.take(source_id, replace(batch, cursor=self.store.source(source_id).cursor))

    # -- when ----------------------------------------------------------------------------------------------------------

    def abilities(self, feed_id: str, room_id: str) -> FeedAbilities | None:
        room = self.desk().room(room_id)
        return next((a for a in room.feeds if a.feed == feed_id), None) if room is not None else None

    def _is_open(self, feed_id: str, window: OpenWindow, now: datetime) -> bool:
        ability = self.abilities(feed_id, window.room_id)
        if ability is None or not ability.live:
            return False
        return window.span.starts_at <= now <= window.span.ends_at + AFTER_CLOSE + ability.lag

    def _is_due(self, feed: Feed, window: OpenWindow, now: datetime) -> bool:
        """A live feed all the time that the window is open; afterwards, and for what tells only then, now and again."""
        ability = self.abilities(feed.id, window.room_id)
        if ability is None:
            return False
        if self._is_open(feed.id, window, now):
            return True
        if now <= window.span.ends_at:
            return False
        last = self._read_again.get((feed.id, window.session_id))
        return last is None or now - last >= AGAIN

    def _next(self, feed: Feed, windows: Sequence[OpenWindow], now: datetime) -> timedelta:
        cadences = [
            ability.poll
            for window in windows
            if self._is_open(feed.id, window, now) and (ability := self.abilities(feed.id, window.room_id)) is not None
        ]
        return min(cadences, default=IDLE)

    # -- reading -------------------------------------------------------------------------------------------------------

    def _read(self, feed: Feed, windows: Sequence[OpenWindow], now: datetime) -> None:
        for window in windows:
            if now > window.span.ends_at:
                self._read_again[feed.id, window.session_id] = now
        try:
            batch = feed.poll(windows, self.store.source(feed.id).cursor, now)
        except Misconfigured as error:
            self._failed(feed.id, error, paused=True)
            return
        except SyncdError as error:
            self._failed(feed.id, error, paused=False)
            return
        answered = self.clock.now()
        readings = tuple(self._timed(feed.id, reading, answered) for reading in batch.readings)
        self.take(feed.id, replace(batch, readings=readings))
        if self.store.source(feed.id).failures:
            self.store.source_recovered(feed.id, answered)

    def _timed(self, feed_id: str, reading: FeedReading, answered: datetime) -> FeedReading:
        """Our clock less the provider's: a live feed that was asked just now says what its own clock shows (ATT-11);
        one whose watermark stands still says nothing."""
        ability = self.abilities(feed_id, reading.room_id)
        if reading.skew is not None or ability is None or not ability.live:
            return reading
        last = self._progress.get((feed_id, reading.room_id))
        if last is not None and reading.upto <= last:
            return reading
        return replace(reading, skew=answered - (reading.upto + ability.lag))

    def _note(self, feed_id: str, reading: FeedReading, now: datetime) -> None:
        key = (feed_id, reading.room_id)
        if reading.bound and reading.upto > self._progress.get(key, reading.upto - timedelta(1)):
            self._progress[key] = min(reading.upto, now)

    def _failed(self, feed_id: str, error: SyncdError, *, paused: bool) -> None:
        self.store.source_failed(feed_id, self.clock.now(), str(error), error.hint, paused=paused)

    # -- outages -------------------------------------------------------------------------------------------------------

    def _tell(self, feed_id: str, windows: Sequence[OpenWindow], now: datetime) -> None:
        """ATT-14: no progress of the watermark for two minutes while a window is open."""
        told = self._outage_of(feed_id)
        stuck = [w for w in windows if self._is_stuck(feed_id, w, now)]
        if stuck and told is None:
            state = self.store.source(feed_id)
            error = state.error or "it answers, but its watermark makes no progress"
            sessions = tuple(self._line(w) for w in windows)
            payload = SourceFailed(feed_id, error, state.hint, acts=True, sessions=sessions)
            self._record(feed_id, payload, derived_key("stuck", now.isoformat()), now)
        elif windows and not stuck and told is not None:
            self._record(feed_id, SourceRecovered(feed_id), derived_key("moves", told.isoformat()), now)

    def _line(self, window: OpenWindow) -> str:
        session, desk = self.views.session(window.session_id), self.desk()
        member = desk.member(window.staff_id)
        company = session.booking.company_name if session is not None and session.booking is not None else ""
        starts_at = session.starts_at if session is not None else window.span.starts_at
        local = starts_at.astimezone(ZoneInfo(desk.zone))
        return f"{local:%H:%M %Z} {company} ({member.name if member is not None else window.staff_id})"

    def _is_stuck(self, feed_id: str, window: OpenWindow, now: datetime) -> bool:
        ability = self.abilities(feed_id, window.room_id)
        after = self.terms().feed_alert_after + (ability.lag if ability is not None else timedelta(0))
        last = self._progress.get((feed_id, window.room_id))
        return now - max(last or window.span.starts_at, window.span.starts_at) > after

    def _outage_of(self, feed_id: str) -> datetime | None:
        """Since when an outage of this feed is told, as its case knows it."""
        state = self.views.source_case(feed_id)
        return state.failing_since if state is not None else None

    def _record(self, feed_id: str, payload: SourceFailed | SourceRecovered, key: str, now: datetime) -> None:
        evidence = Evidence(derived_key(feed_id, key), feed_id, now, payload, calendar_key(feed_id))
        self.store.record((evidence,), now)
