"""What changed, and when is it busy? Rounds of SyncFolderItems, told with a view of the window (EWS-5, EWS-6).

The sync only detects: it brings masters without occurrences, and bare ids for deletions. Own events are told page by
page as it names them; foreign time is told on the round's last page, by the difference to the view before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.exchange import cursor as places
from connectors.exchange import translate, view
from connectors.exchange.cursor import Cursor
from connectors.exchange.items import Item
from connectors.exchange.mailbox import Changes, Mailbox
from connectors.exchange.view import Entry, View
from syncd.domain.evidence import Evidence
from syncd.domain.spans import Span, merged
from syncd.ports.calendar import BusyAnswer, CalendarBinding
from syncd.ports.cursors import fingerprint
from syncd.ports.errors import CursorExpired, Retryable
from syncd.ports.source import Batch, BusyItem

PAGES_MAX = 2000


class Reading:
    def __init__(self, mailbox: Mailbox, binding: CalendarBinding) -> None:
        self._mailbox = mailbox
        self._binding = binding
        self._zone = ZoneInfo(binding.zone)
        self._print = fingerprint(binding, "exchange")

    def page(self, text: str | None, now: datetime) -> Batch:
        """One page; the last of a round brings the view, if anything changed or the last is an hour old."""
        horizon = self._binding.horizon_days
        if text is None:
            at = Cursor(places.window_from(now, horizon), began_at=now)
        else:
            at = places.read(text, self._print, now, horizon)
        if at.pages >= PAGES_MAX:
            raise CursorExpired(f"a round did not end within {PAGES_MAX} pages")
        changes = self._mailbox.sync(at.state)
        read_at = self._mailbox.wire.read_at
        evidence = self._told_by(changes, at, now)
        changed = at.changed or bool(changes.items or changes.gone)
        if not changes.last:
            if changes.state == at.state:
                raise Retryable("the server pages without end")
            then = replace(at, state=changes.state, changed=changed, pages=at.pages + 1)
            return Batch(evidence, (), places.TEXT.write(then, self._print), last=False, read_at=read_at)
        if not (changed or at.full or at.wants_view(now, self._zone)):
            return Batch(cursor=text, last=True, read_at=read_at)
        return self._viewed(at, changes.state, evidence, now, read_at)

    def busy(self, span: Span) -> BusyAnswer:
        """Foreign busy time now (CAL-26)."""
        return BusyAnswer(merged(s for s in view.busy_spans(self._view(span)) if s.overlaps(span)))

    # -- what the sync names ---------------------------------------------------------------------------------------

    def _told_by(self, changes: Changes, at: Cursor, now: datetime) -> tuple[Evidence, ...]:
        since = at.state or ""
        gone = [translate.gone_evidence(self._binding, item_id, since, now) for item_id in changes.gone]
        return (*gone, *self._own(self._own_in(changes.items, at), now))

    def _own_in(self, items: Iterable[Item], at: Cursor) -> dict[str, str]:
        """Items that are a session's, with its id. A full re-read is no reason to tell again what is long over."""
        keys = self._binding.keys
        claiming = [item for item in items if translate.claims_ours(keys, item)]
        if at.full:
            claiming = [item for item in claiming if item.ends_at is None or item.ends_at > at.window.starts_at]
        originals = self._originals(claiming)
        found = ((item.item_id, translate.session_of(keys, item, originals)) for item in claiming)
        return {item_id: session_id for item_id, session_id in found if session_id is not None}

    def _own(self, sessions: dict[str, str], now: datetime) -> list[Evidence]:
        """As they stand now; what is gone meanwhile, or cannot be read, is told by another page or by a look."""
        items = self._mailbox.get(sessions)
        return [
            translate.own_evidence(self._binding, item, sessions[item_id], now)
            for item_id, item in items.items()
            if item.readable
        ]

    def _originals(self, claiming: Iterable[Item]) -> dict[str, str]:
        marks = {item.session_mark for item in claiming if not item.in_series}
        return translate.originals(self._binding.keys, self._mailbox.marked(marks)) if marks else {}

    # -- what the view shows ---------------------------------------------------------------------------------------

    def _view(self, window: Span) -> View:
        keys = self._binding.keys
        items = self._mailbox.view(window)
        originals = self._originals(item for item in items if translate.claims_ours(keys, item))
        return view.of(items, keys, originals, self._zone, window)

    def _viewed(
        self, at: Cursor, state: str, evidence: tuple[Evidence, ...], now: datetime, read_at: datetime | None
    ) -> Batch:
        window = places.window_from(now, self._binding.horizon_days)
        seen = self._view(window)
        changed = seen.changed_since(at.known)
        lost = [
            translate.missing_evidence(self._binding, item_id, start, at.state or "", now)
            for item_id, start in seen.lost_instances(at.known)
        ]
        instances = {item.item_id: session_id for item, session_id in seen.own if item.in_series}
        told = (*evidence, *lost, *self._own(instances, now), *self._marked(changed, now))
        busy: tuple[BusyItem, ...] = (*(entry.busy for entry in changed), *seen.gone_since(at.known))
        then = Cursor(window, at.began_at, state, full=False, viewed_at=now, known=seen.known)
        return Batch(told, busy, places.TEXT.write(then, self._print), last=True, read_at=read_at)

    def _marked(self, changed: Iterable[Entry], now: datetime) -> list[Evidence]:
        """What staff marked among the entries that changed (K7): single events, whole series, exceptions."""
        if not self._binding.writable:
            return []
        entries = tuple(changed)
        singles = [item.item_id for entry in entries if not entry.series for item in entry.foreign]
        masters = self._mailbox.masters(entry.foreign[0].item_id for entry in entries if entry.series)
        evidence = self._marks_of(masters.values(), now)
        whole = {f"{view.SERIES}{each.uid}" for each in masters.values() if self._marks_of([each], now)}
        exceptions = [
            item.item_id
            for entry in entries
            if entry.series and entry.entry_id not in whole
            for item in entry.foreign
            if item.kind == "Exception"
        ]
        return evidence + self._marks_of(self._mailbox.get((*singles, *exceptions)).values(), now)

    def _marks_of(self, items: Iterable[Item], now: datetime) -> list[Evidence]:
        found = (translate.marked_evidence(self._binding, item, now) for item in items)
        return [each for each in found if each is not None]
