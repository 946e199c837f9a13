"""What do we ask of one mailbox? Each method is one request, a few where the server answers in pages.

[MS-OXWSSYNC] (SyncFolderItems), [MS-OXWSSRCH] (FindItem with CalendarView), [MS-OXWSCORE] (items).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from exchangelib import UTC as EWS_UTC
from exchangelib.errors import ResponseMessageError
from exchangelib.items import (
    ALL_OCCURRENCES,
    ID_ONLY,
    MOVE_TO_DELETED_ITEMS,
    NEVER_OVERWRITE,
    SAVE_ONLY,
    SEND_TO_ALL_AND_SAVE_COPY,
    SEND_TO_NONE,
    CalendarItem,
)
from exchangelib.properties import CalendarView, ItemId, RecurringMasterItemId
from exchangelib.restriction import Q, Restriction

from connectors.exchange import Settings, folders, services, typed
from connectors.exchange.client import Wire
from connectors.exchange.failures import CORRUPT, GONE, TOO_MANY, Failure
from connectors.exchange.folders import FolderFacts
from connectors.exchange.items import Item, read_item
from syncd.domain.spans import Span
from syncd.ports.errors import Retryable

T = TypeVar("T")

FOUND_MAX = 1000
MARKS_IN_ONE_SEARCH_MAX = 50
PIECES_MAX = 200
"""How many pieces one view is cut into at most."""

PIECE_MIN = timedelta(minutes=15)
"""No piece as short as this is cut again."""

SHALLOW = "Shallow"


@dataclass(frozen=True, slots=True)
class Changes:
    """One page of what changed; `items` holds what the sync was asked for of each, `gone` the ids of deletions."""

    items: tuple[Item, ...]
    gone: tuple[str, ...]
    state: str
    last: bool


class Mailbox:
    """One mailbox, and in it one calendar: the main one, or one named `calendar_name` beside it."""

    def __init__(self, wire: Wire, settings: Settings, address: str) -> None:
        self.address, _, self.calendar_name = address.partition("/")
        self.wire = wire
        self._settings = settings
        self._folder_id: str | None = None

    # -- reading ---------------------------------------------------------------------------------------------------

    def sync(self, state: str | None) -> Changes:
        """One page since `state`; None: from the beginning. The library keeps no state of its own here (EWS-6)."""

        def call(account: Any) -> Changes:
            service = services.Sync(account=account)
            found = service.call(
                folder=self._calendar(account),
                shape=ID_ONLY,
                additional_fields=services.field_paths(services.FOR_SYNC),
                sync_state=state,
                ignore=None,
                max_changes_returned=self._settings.sync_items_max,
                sync_scope=None,
            )
            items: dict[str, Item] = {}
            gone: dict[str, None] = {}
            for how, element in found:
                item = read_item(element if how == "delete" else element[0]) if len(element) else None
                if item is not None and how == "delete":
                    gone[item.item_id] = None
                elif item is not None and how in ("create", "update"):
                    items[item.item_id] = item
            last = bool(service.includes_last_item_in_range) or service.sync_state == state
            return Changes(tuple(items.values()), tuple(gone), service.sync_state or "", last)

        return self._read(call)

    def view(self, span: Span) -> tuple[Item, ...]:
        """Everything that touches the span, series expanded by the server; split while it is too much (EWS-5).

        Raises as `Wire.read`, and Retryable where it cannot be split further.
        """
        found: dict[str, Item] = {}
        open_spans = [span]
        for _ in range(PIECES_MAX):
            if not open_spans:
                return tuple(found.values())
            piece = open_spans.pop()
            items = self._read(partial(self._piece, span=piece))
            if items is None and piece.length <= PIECE_MIN:
                break
            if items is None:
                middle = (piece.starts_at + piece.length / 2).replace(microsecond=0)
                open_spans += [Span(middle, piece.ends_at), Span(piece.starts_at, middle)]
            else:
                found |= {item.item_id: item for item in items}
        raise Retryable("the calendar holds more than a view can be split for")

    def _piece(self, account: Any, span: Span) -> list[Item] | None:
        """None: more than one answer holds."""
        items_max = self._settings.view_items_max
        view = CalendarView(start=typed.instant(span.starts_at), end=typed.instant(span.ends_at), max_items=items_max)
        try:
            items = list(self._find(account, services.FOR_VIEW, view=view, items_max=items_max))
        except (Failure, ResponseMessageError) as error:
            code = error.code if isinstance(error, Failure) else type(error).__name__
            if code in TOO_MANY:
                return None
            raise
        return None if len(items) >= items_max else items

    def marked(self, marks: Iterable[str]) -> tuple[Item, ...]:
        """Everything in the calendar that bears one of these session marks."""
        wanted = sorted(set(marks))
        found: list[Item] = []
        for start in range(0, len(wanted), MARKS_IN_ONE_SEARCH_MAX):
            some = wanted[start : start + MARKS_IN_ONE_SEARCH_MAX]
            found += self._read(partial(self._bearers, marks=some))
        return tuple(found)

    def marked_in(self, mark: str, folder_id: str) -> tuple[Item, ...]:
        """As `marked`, in another calendar of the person."""
        return tuple(self._read(partial(self._bearers, marks=[mark], folder_id=folder_id)))

    def _bearers(self, account: Any, marks: Sequence[str], folder_id: str | None = None) -> list[Item]:
        folder = services.folder_by_id(account, folder_id) if folder_id else self._calendar(account)
        query = Q(*(Q(syncd_session=mark) for mark in marks), conn_type=Q.OR)
        restriction = Restriction(query, folders=[folder], applies_to=Restriction.ITEMS)
        return list(self._find(account, services.FOR_SEARCH, folder=folder, restriction=restriction))

    def _find(self, account: Any, names: tuple[str, ...], **how: Any) -> Iterator[Item]:
        items_max = how.get("items_max") or FOUND_MAX
        service = services.Find(account=account, page_size=min(items_max, 500))
        service.in_view = "view" in how
        found = service.call(
            folders=[how.get("folder") or self._calendar(account)],
            additional_fields=services.field_paths(names),
            restriction=how.get("restriction"),
            order_fields=None,
            shape=ID_ONLY,
            query_string=None,
            depth=SHALLOW,
            calendar_view=how.get("view"),
            max_items=items_max,
            offset=0,
        )
        for element in found:
            if isinstance(element, Exception):
                raise element
            item = read_item(element)
            if item is not None:
                yield item

    def get(self, item_ids: Iterable[str], *, body: bool = False) -> dict[str, Item]:
        """These items with their words; what is gone is left out, what is corrupt comes without times (CAL-9)."""
        return self._get([ItemId(id=each) for each in dict.fromkeys(item_ids)], body)

    def masters(self, occurrence_ids: Iterable[str]) -> dict[str, Item]:
        """The masters of the series that these occurrences belong to, by occurrence; those not here are left out."""
        return self._get([RecurringMasterItemId(id=each) for each in dict.fromkeys(occurrence_ids)], False)

    def _get(self, ids: Sequence[Any], body: bool) -> dict[str, Item]:
        if not ids:
            return {}
        names = services.FOR_WRITING if body else services.FOR_READING

        def call(account: Any) -> dict[str, Item]:
            found = services.Get(account=account).call(
                items=list(ids), additional_fields=services.field_paths(names), shape=ID_ONLY
            )
            answered = zip(ids, found, strict=True)
            return {each.id: item for each, answer in answered if (item := _as_item(each.id, answer)) is not None}

        return self._read(call)

    # -- writing ---------------------------------------------------------------------------------------------------

    def create(self, fields: dict[str, Any]) -> tuple[str, str]:
        """The new item's id and change key. Nobody is told (CAL-20)."""

        def call(account: Any) -> tuple[str, str]:
            folder = self._calendar(account)
            made = services.Create(account=account).get(
                items=[CalendarItem(account=account, folder=folder, **typed.fields(fields))],
                folder=folder,
                message_disposition=SAVE_ONLY,
                send_meeting_invitations=SEND_TO_NONE,
            )
            return made.id, made.changekey

        return self._write(call)

    def update(self, item: Item, fields: dict[str, Any], *, notify: bool) -> str:
        """Only these fields, and only at this change key (CAL-15, CAL-16); the new change key."""

        def call(account: Any) -> str:
            identity = {"id": item.item_id, "changekey": item.change_key}
            changed = services.Update(account=account).get(
                items=[(CalendarItem(account=account, **identity, **typed.fields(fields)), list(fields))],
                conflict_resolution=NEVER_OVERWRITE,
                message_disposition=SAVE_ONLY,
                send_meeting_invitations_or_cancellations=SEND_TO_ALL_AND_SAVE_COPY if notify else SEND_TO_NONE,
                suppress_read_receipts=True,
            )
            return str(changed[1])

        return self._write(call)

    def delete(self, item: Item, *, notify: bool) -> None:
        """Into Deleted Items. The server asks for no change key here: whoever calls has compared it just before."""

        def call(account: Any) -> None:
            services.Delete(account=account).get(
                items=[ItemId(id=item.item_id, changekey=item.change_key)],
                delete_type=MOVE_TO_DELETED_ITEMS,
                send_meeting_cancellations=SEND_TO_ALL_AND_SAVE_COPY if notify else SEND_TO_NONE,
                affected_task_occurrences=ALL_OCCURRENCES,
                suppress_read_receipts=True,
            )

        self._write(call)

    # -- folders ---------------------------------------------------------------------------------------------------

    def home(self) -> FolderFacts:
        """The calendar itself, with the account's rights."""
        return self._read(lambda account: folders.one(account, self._calendar(account)))

    def calendars(self) -> dict[str, FolderFacts]:
        """All calendars of the person, by id, those thrown away left out."""

        def call(account: Any) -> dict[str, FolderFacts]:
            thrown_away = folders.one(account, services.deleted_items(account)).folder_id
            return folders.calendars(folders.everything(account), thrown_away)

        return self._read(call)

    def knows_utc(self) -> bool:
        """Does the server know the zone that sessions are written in (CAL-25)?"""

        def call(account: Any) -> bool:
            return any(zone.id == "UTC" for zone in account.protocol.get_timezones(timezones=[EWS_UTC]))

        return self._read(call)

    def build(self) -> str:
        """The server's build, as its last answer named it."""
        return self._read(lambda account: str(account.version.build))

    def _calendar(self, account: Any) -> Any:
        if not self.calendar_name:
            return services.main_calendar(account)
        if self._folder_id is None:
            self._folder_id = folders.named(account, self.calendar_name).folder_id
        return services.folder_by_id(account, self._folder_id)

    # -- turns -----------------------------------------------------------------------------------------------------

    def _read(self, call: Callable[[Any], T]) -> T:
        return self.wire.read(self.address, call)

    def _write(self, call: Callable[[Any], T]) -> T:
        return self.wire.write(self.address, call)


def _as_item(item_id: str, answer: Any) -> Item | None:
    """None: it is gone. An item of its own trouble is one without times."""
    if not isinstance(answer, Exception):
        return read_item(answer)
    code = type(answer).__name__
    if code in GONE:
        return None
    if code in CORRUPT:
        return Item(item_id)
    raise answer
