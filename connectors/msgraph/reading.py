"""How is a calendar read? One page of changes at a time from calendarView/delta, and a second look where it says less.

CAL-1 to CAL-5, CAL-9; GRA-3 to GRA-6. The changes carry no mark, and bare occurrences no state; they report what left
the window as removed, and say nothing of a deleted occurrence but the rest of its series. So the view (view.py) tells
whose an event is and what still stands, and a series is always taken in as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.msgraph import Settings, body, rows, translate
from connectors.msgraph import cursor as cursors
from connectors.msgraph.client import Place, Wire
from connectors.msgraph.cursor import Cursor
from connectors.msgraph.rows import Row, Unreadable
from connectors.msgraph.translate import Reader
from connectors.msgraph.view import View, rows_of, stamp
from syncd.domain.evidence import Evidence
from syncd.domain.spans import Span
from syncd.ports.calendar import CalendarBinding
from syncd.ports.cursors import fingerprint
from syncd.ports.errors import CursorExpired, Misconfigured, Retryable
from syncd.ports.source import Batch, BusyItem

SINGLES_MAX = 20  # events of one page that the view does not show and that are fetched one by one


@dataclass(frozen=True, slots=True)
class Page:
    """One answer, sorted. `series`: rows of occurrences and exceptions by master id; `whole`: the masters whose series
    this page surely holds to its end. `removed`: ids. `nameless`: rows without an id."""

    singles: tuple[Row, ...]
    masters: dict[str, Row]
    series: dict[str, tuple[Row, ...]]
    whole: frozenset[str]
    removed: tuple[str, ...]
    nameless: tuple[Row, ...]

    @property
    def asks_the_view(self) -> bool:
        """Must the whole window be seen to understand it?"""
        return bool(self.removed) or any(each not in self.whole for each in self.series)


@dataclass(frozen=True, slots=True)
class Master:
    """What is kept of a series for a round: its state without its text, and whose it is."""

    row: Row
    session_id: str | None


class Reading:
    """The reading side of one calendar."""

    def __init__(self, wire: Wire, place: Place, view: View, binding: CalendarBinding, settings: Settings) -> None:
        self._wire = wire
        self._place = place
        self._view = view
        self._binding = binding
        self._zone = ZoneInfo(binding.zone)
        self._settings = settings
        self._print = fingerprint(binding, "graph", settings.base_url, settings.tentative_is_busy)
        self._newest: tuple[str, str] | None = None
        self._masters: dict[str, Master | None] = {}

    def reader(self, now: datetime) -> Reader:
        return Reader(self._binding, self._zone, self._settings.tentative_is_busy, now)

    def page(self, text: str | None, now: datetime) -> Batch:
        """As the port says. A quiet page keeps the cursor's text; the newer link that came with it is used as long as
        this process lives, since Graph forgets old ones sooner."""
        days = self._binding.horizon_days
        cursor = cursors.beginning(now, days) if text is None else cursors.read(text, self._print, now, days)
        if text is None:
            self._masters = {}
        url = self._url(cursor, text)
        answer = self._wire.get(url, prefer=f"odata.maxpagesize={self._settings.page_items_max}")
        found = rows_of(answer)
        further, delta = (self._wire.link(answer.data.get(f"@odata.{name}Link")) for name in ("next", "delta"))
        if further is None and delta is None:
            raise Retryable("a page of changes leads nowhere (CAL-3)")
        if further is not None and further in (url, cursor.link):
            raise CursorExpired("a page of changes leads back to itself")
        if text is not None and not found and further is None and delta is not None and cursor.pages == 0:
            self._newest = (text, delta)
            return Batch(cursor=text, read_at=answer.read_at)
        page = _sorted(found, first=cursor.pages == 0, last=further is None)
        evidence, busy = self._understood(page, cursor, now)
        if further is not None:
            after = replace(cursor, link=further, pages=cursor.pages + 1)
        else:
            after = replace(cursor, link=delta, pages=0, full=False)
        written = cursors.TEXT.write(after, self._print)
        return Batch(tuple(evidence), tuple(busy), written, last=further is None, read_at=answer.read_at)

    def _url(self, cursor: Cursor, text: str | None) -> str:
        if cursor.link is None:
            window = {"startDateTime": stamp(cursor.window.starts_at), "endDateTime": stamp(cursor.window.ends_at)}
            return self._wire.url(f"{self._place.view}/delta", window)
        if self._newest is not None and self._newest[0] == text:
            return self._newest[1]
        try:
            return self._wire.link(cursor.link) or ""
        except (Misconfigured, Retryable):
            reason = "the cursor's link is not of the configured cloud"
        raise CursorExpired(reason)

    # -- what a page means -----------------------------------------------------------------------------------------

    def _understood(self, page: Page, cursor: Cursor, now: datetime) -> tuple[list[Evidence], list[BusyItem]]:
        reader = self.reader(now)
        seen = self._seen(page, cursor, reader)
        evidence: list[Evidence] = []
        busy = {item.item_id: item for item in map(reader.nameless, page.nameless)}
        for row in page.singles:
            found, item = self._single(row, seen.get(rows.text(row, "id")), reader)
            evidence += found
            busy[item.item_id] = item
        shown = _by_series(seen.values())
        for series_id in {**page.masters, **page.series, **(shown if page.asks_the_view else {})}:
            listed = page.series.get(series_id, ())
            master = self._master(series_id, page)
            if series_id in page.masters and master is not None:
                evidence += self._told_of_series(page.masters[series_id], master.session_id, listed, reader)
            instances = listed if series_id in page.whole else shown.get(series_id, ())
            busy.update((item.item_id, item) for item in _series(series_id, master, instances or listed, reader))
        for event_id in page.removed:
            evidence.append(reader.gone(event_id, cursor.link or ""))
            busy.setdefault(event_id, self._after_removal(event_id, seen.get(event_id), reader))
        return evidence, list(busy.values())

    def _seen(self, page: Page, cursor: Cursor, reader: Reader) -> dict[str, Row]:
        """What the view shows of the page's events, by id; of the whole window where that is needed."""
        span = cursor.window if page.asks_the_view else _hull(page.singles, reader, cursor.window)
        found = {rows.text(row, "id"): row for row in (self._view.within(span) if span is not None else ())}
        missing = [i for i in (rows.text(row, "id") for row in page.singles) if i not in found]
        if len(missing) > SINGLES_MAX:
            raise Retryable("the view does not show what the changes name: one of them lags behind")
        for event_id in missing:
            row = self._view.event(event_id)
            if row is not None:
                found[event_id] = row
        return found

    def _single(self, row: Row, seen: Row | None, reader: Reader) -> tuple[list[Evidence], BusyItem]:
        """The mark is the view's; everything else is the change's."""
        session_id = self._view.session_of(seen) if seen is not None else None
        if session_id is None:
            marked = reader.marked(row)
            return [marked] if marked is not None else [], reader.busy_item(row)
        try:
            return [reader.seen(row, session_id)], reader.own_item(row)
        except Unreadable:
            return [], replace(reader.busy_item(row), unreadable=True)

    def _told_of_series(
        self, master: Row, session_id: str | None, listed: tuple[Row, ...], reader: Reader
    ) -> list[Evidence]:
        """A session's event that staff have made recurring, or a series that they marked; told once."""
        if session_id is None:
            marked = (reader.marked(row) for row in (master, *listed) if rows.kind(row) != "occurrence")
            return [each for each in marked if each is not None][:1]
        try:
            return [reader.seen(master, session_id)]
        except Unreadable:
            return []

    def _master(self, series_id: str, page: Page) -> Master | None:
        """The state of a series: as this page tells it, else fetched once a round, without its text (GRA-5)."""
        if series_id in page.masters:
            told = page.masters[series_id]
            kept = {name: told[name] for name in (*rows.INHERITED, "id", "@odata.etag") if name in told}
            self._masters[series_id] = Master(kept, self._session_of_series(told))
        elif series_id not in self._masters:
            row = self._view.event(series_id, select=rows.SELECT)
            self._masters[series_id] = None if row is None else Master(row, self._view.session_of(row))
        return self._masters[series_id]

    def _session_of_series(self, master: Row) -> str | None:
        """Only a series with our block in its text can be a session's; then its mark is fetched."""
        content, content_type = translate.body_of(master)
        if body.block_in(body.text_of(content, content_type)) is None:
            return None
        whole = self._view.event(rows.text(master, "id"), select=rows.SELECT)
        return None if whole is None else self._view.session_of(whole)

    def _after_removal(self, event_id: str, standing: Row | None, reader: Reader) -> BusyItem:
        """What is reported removed and stands all the same stays as it stands (GRA-4)."""
        if standing is None or rows.kind(standing) != "singleInstance":
            return BusyItem(event_id, "", gone=True)
        own = self._view.session_of(standing) is not None
        return reader.own_item(standing) if own else reader.busy_item(standing)


def _series(series_id: str, master: Master | None, instances: tuple[Row, ...], reader: Reader) -> list[BusyItem]:
    """One item for the whole series; where nobody tells its state (no master in this mailbox), one for each occurrence,
    busy unless it says otherwise itself (CAL-24). A session's own takes no foreign time."""
    if master is None:
        return [reader.busy_item(row) for row in instances]
    if master.session_id is not None:
        return [BusyItem(series_id, rows.version(master.row))]
    hydrated = (rows.hydrated(row, master.row) for row in instances)
    return [reader.series_item(series_id, rows.version(master.row), hydrated)]


def _sorted(found: list[dict[str, Any]], *, first: bool, last: bool) -> Page:
    """A repeated row counts once, as it was last told (CAL-3). A series at an edge to another page of the round may go
    on there."""
    latest = {rows.text(row, "id"): row for row in found if rows.text(row, "id")}
    told = {event_id: row for event_id, row in latest.items() if not rows.is_removed(row)}
    masters: dict[str, Row] = {event_id: row for event_id, row in told.items() if rows.kind(row) == "seriesMaster"}
    edges = ([] if first else found[:1]) + ([] if last else found[-1:])
    open_ended = {rows.text(row, "seriesMasterId") or rows.text(row, "id") for row in edges}
    return Page(
        singles=tuple(r for i, r in told.items() if i not in masters and not rows.text(r, "seriesMasterId")),
        masters=masters,
        series=_by_series(told.values()),
        whole=frozenset(masters.keys() - open_ended),
        removed=tuple(event_id for event_id in latest if event_id not in told),
        nameless=tuple(row for row in found if not rows.text(row, "id")),
    )


def _by_series(found: Iterable[Row]) -> dict[str, tuple[Row, ...]]:
    series: dict[str, tuple[Row, ...]] = {}
    for row in found:
        series_id = rows.text(row, "seriesMasterId")
        if series_id:
            series[series_id] = (*series.get(series_id, ()), row)
    return series


def _hull(singles: tuple[Row, ...], reader: Reader, window: Span) -> Span | None:
    """A span that shows all these events; the whole window where one does not tell its time."""
    hull: Span | None = None
    for row in singles:
        try:
            starts_at, ends_at = rows.times(row, reader.zone)
        except Unreadable:
            return window
        span = Span(starts_at, max(ends_at, starts_at + timedelta(minutes=1)))
        hull = span if hull is None else Span(min(hull.starts_at, span.starts_at), max(hull.ends_at, span.ends_at))
    return hull
