"""What stands in the window, and what is new about it? Entries of a view: single events, and series with all they show.

Busy time is told by difference (EWS-5): an entry whose print is unchanged is not told again; one that is no longer in
the view has ended there. A series is one entry, known by its UID, for its occurrences are the server's (CAL-24).
Pure.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from connectors.exchange.items import Item
from connectors.exchange.translate import is_busy, session_of, span_of
from syncd.domain.spans import Span
from syncd.ports.keys import Keys
from syncd.ports.source import BusyItem, BusyTime

SERIES = "series:"
OWN_INSTANCE = "own:"
AWAY = "OOF"
"""The LegacyFreeBusyStatus by which staff say that they are out of office (K12)."""
_PRINT_BYTES = 9


@dataclass(frozen=True, slots=True)
class Entry:
    """`entry_id` is the item's, or the series'. `foreign` are its items that are no session's."""

    entry_id: str
    foreign: tuple[Item, ...]
    busy: BusyItem

    @property
    def series(self) -> bool:
        return self.entry_id.startswith(SERIES)


@dataclass(frozen=True, slots=True)
class View:
    """`own`: items that are a session's, with its id."""

    entries: dict[str, Entry]
    own: tuple[tuple[Item, str], ...]

    @property
    def known(self) -> dict[str, str]:
        """What the cursor keeps of it: prints of entries, and the original starts of own instances."""
        prints = {entry_id: entry.busy.version for entry_id, entry in self.entries.items()}
        return prints | {f"{OWN_INSTANCE}{item.item_id}": start.isoformat() for item, start in self.own_instances()}

    def own_instances(self) -> tuple[tuple[Item, datetime], ...]:
        return tuple((i, i.original_start) for i, _ in self.own if i.in_series and i.original_start is not None)

    def changed_since(self, known: Mapping[str, str]) -> tuple[Entry, ...]:
        return tuple(entry for entry_id, entry in self.entries.items() if known.get(entry_id) != entry.busy.version)

    def gone_since(self, known: Mapping[str, str]) -> tuple[BusyItem, ...]:
        ended = [each for each in known if each not in self.entries and not each.startswith(OWN_INSTANCE)]
        return tuple(BusyItem(each, "", gone=True) for each in ended)

    def lost_instances(self, known: Mapping[str, str]) -> tuple[tuple[str, datetime], ...]:
        """Own instances that stood in the former view: (item id, original start)."""
        now = {item.item_id for item, _ in self.own}
        held = ((key.removeprefix(OWN_INSTANCE), start) for key, start in known.items() if key.startswith(OWN_INSTANCE))
        return tuple((item_id, datetime.fromisoformat(start)) for item_id, start in held if item_id not in now)


def of(items: Iterable[Item], keys: Keys, originals: Mapping[str, str], zone: ZoneInfo, window: Span) -> View:
    groups: dict[str, list[Item]] = {}
    own: list[tuple[Item, str]] = []
    for item in items:
        session_id = session_of(keys, item, originals)
        if session_id is not None:
            own.append((item, session_id))
        else:
            entry_id = f"{SERIES}{item.uid}" if item.in_series and item.uid else item.item_id
            groups.setdefault(entry_id, []).append(item)
    return View({each: _entry(each, tuple(group), zone, window) for each, group in groups.items()}, tuple(own))


def _entry(entry_id: str, items: tuple[Item, ...], zone: ZoneInfo, window: Span) -> Entry:
    items = tuple(sorted(items, key=lambda item: (item.starts_at is None, item.starts_at, item.item_id)))
    times: dict[BusyTime, None] = {}
    for item in items:
        span = span_of(item, zone, window) if is_busy(item) else None
        if span is not None and span.overlaps(window):
            original = item.original_start if item.in_series else None
            times[BusyTime(span, original, item.free_busy == AWAY)] = None
    unreadable = any(not item.readable for item in items)
    keys = sorted({item.change_key for item in items})
    print_ = _print((*keys, *(f"{t.span.starts_at} {t.span.ends_at}" for t in times), str(unreadable)))
    return Entry(entry_id, items, BusyItem(entry_id, print_, tuple(times), unreadable=unreadable))


def _print(parts: Iterable[str]) -> str:
    return urlsafe_b64encode(sha256("\n".join(parts).encode()).digest()[:_PRINT_BYTES]).decode()


def busy_spans(view: View) -> tuple[Span, ...]:
    return tuple(time.span for entry in view.entries.values() for time in entry.busy.times)
