"""What does the server show of a series? Its instances over a span, on the wall clock of its zone ([MS-OXOCAL])."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from tests.simulators.ews.state import Item
from tests.simulators.ews.windows_zones import iana

INSTANCES_MAX = 5000
_OCCURRENCE = "occurrence "


@dataclass(frozen=True)
class Instance:
    """One instance as the server shows it. `original_start` None: a single item."""

    item: Item
    kind: str
    item_id: str
    starts_at: datetime
    ends_at: datetime
    original_start: datetime | None = None

    def overlaps(self, begins: datetime, ends: datetime) -> bool:
        return self.starts_at < ends and (self.ends_at > begins or self.starts_at == self.ends_at >= begins)


def single(item: Item) -> Instance:
    """The item itself: of a series its master."""
    kind = "RecurringMaster" if item.pattern else "Exception" if item.orphan_of else "Single"
    return Instance(item, kind, item.item_id, item.starts_at, item.ends_at, item.orphan_of)


def in_span(item: Item, begins: datetime, ends: datetime) -> list[Instance]:
    """What a view shows of an item: itself, or all that its series has there."""
    if item.pattern is None:
        return [single(item)] if single(item).overlaps(begins, ends) else []
    regular = takewhile(lambda original: original < ends, _originals(item))
    shown = (instance(item, original) for original in dict.fromkeys((*regular, *item.overrides)))
    return [each for each in shown if each.original_start not in item.deleted and each.overlaps(begins, ends)]


def instance(item: Item, original: datetime) -> Instance:
    own = item.overrides.get(original)
    if own is None:
        ends_at = original + (item.ends_at - item.starts_at)
        return Instance(item, "Occurrence", occurrence_id(item, original), original, ends_at, original)
    shown = replace(own, change=item.change, folder_id=item.folder_id, uid=item.uid, modified_at=item.modified_at)
    return Instance(shown, "Exception", occurrence_id(item, original), own.starts_at, own.ends_at, original)


def exception(item: Item, original: datetime) -> Item:
    """The instance as an item of its own, kept with its series."""
    if original not in item.overrides:
        ends_at = original + (item.ends_at - item.starts_at)
        item.overrides[original] = replace(
            item, starts_at=original, ends_at=ends_at, pattern=None, overrides={}, deleted=set(), props=dict(item.props)
        )
    return item.overrides[original]


def _originals(item: Item) -> Iterator[datetime]:
    assert item.pattern is not None
    zone = ZoneInfo(iana(item.zone) or "UTC")
    first = item.starts_at.astimezone(zone).replace(tzinfo=None)
    step = timedelta(days=(7 if item.pattern.frequency == "weekly" else 1) * item.pattern.interval)
    for n in range(INSTANCES_MAX if item.pattern.count is None else item.pattern.count):
        yield (first + n * step).replace(tzinfo=zone).astimezone(UTC)


def occurrence_id(item: Item, original: datetime) -> str:
    return b64encode(f"{_OCCURRENCE}{item.item_id} {original.isoformat()}".encode()).decode()


def parse_occurrence_id(item_id: str) -> tuple[str, datetime] | None:
    """(the master's id, original start) for the id of an occurrence."""
    try:
        text = b64decode(item_id, validate=True).decode()
    except ValueError:
        return None
    if not text.startswith(_OCCURRENCE):
        return None
    master, original = text.removeprefix(_OCCURRENCE).rsplit(" ", 1)
    return master, datetime.fromisoformat(original)
