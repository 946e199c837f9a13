"""How does a session get into the calendar, and is it still there? put, remove and look (CAL-6, CAL-15 to CAL-21,
EWS-7).

Every write is a read before: what is there is compared with the draft, so that repeating a write that was done changes
nothing. Ids change when an item is moved, marks do not.
"""

from __future__ import annotations

from connectors.exchange import drafting, translate
from connectors.exchange.failures import Conflict, Gone
from connectors.exchange.items import Item
from connectors.exchange.mailbox import Mailbox
from syncd.domain.evidence import EntrySeen
from syncd.domain.session import EntryRef
from syncd.ports.calendar import CalendarBinding, EventDraft, Look, Written
from syncd.ports.errors import CursorExpired, Misconfigured, OutcomeUnknown, Permanent, Retryable, Stale


class Writing:
    def __init__(self, mailbox: Mailbox, binding: CalendarBinding) -> None:
        self._mailbox = mailbox
        self._binding = binding

    def put(self, draft: EventDraft, ref: EntryRef | None) -> Written:
        mark = translate.session_mark(self._binding.keys, draft.session_id)
        item = self._item(ref, draft.session_id) if ref is not None else self._own(mark)
        if item is None and ref is not None:
            raise Stale("the event is gone", seen=None)
        if item is None:
            return self._create(draft, mark)
        changed = drafting.differences(item, draft, mark)
        if not changed:
            return self._written(item, item.change_key, draft)
        if ref is not None and ref.version is not None and ref.version != item.change_key:
            raise Stale("the event was changed since", seen=self._seen(item, draft.session_id))
        try:
            change_key = self._mailbox.update(item, changed, notify=draft.notify and bool(item.guests))
        except (Conflict, Gone):
            now = self._item(translate.ref_of(self._binding, item), draft.session_id)
            seen = None if now is None else self._seen(now, draft.session_id)
            raise Stale("the event was changed meanwhile", seen=seen) from None
        return self._written(item, change_key, draft)

    def remove(self, session_id: str, ref: EntryRef | None, *, notify: bool) -> None:
        mark = translate.session_mark(self._binding.keys, session_id)
        item = self._item(ref, session_id) if ref is not None else self._own(mark)
        if item is None or (item.session_mark not in ("", mark)):
            return
        if ref is not None and ref.version is not None and ref.version != item.change_key:
            raise Stale("the event was changed since", seen=self._seen(item, session_id))
        try:
            self._mailbox.delete(item, notify=notify and bool(item.guests))
        except Gone:
            return
        except Conflict:
            raise Stale("the event was changed meanwhile") from None

    def look(self, session_id: str, ref: EntryRef) -> Look:
        """In its place, then by the mark in the calendar, then in the person's other calendars (CAL-6)."""
        try:
            item = self._standing(session_id, ref)
        except (Retryable, CursorExpired, OutcomeUnknown, Permanent):
            return Look("unknown")
        if item is None or item.cancelled:
            return Look("gone")
        seen = self._seen(item, session_id)
        return Look("found", seen) if seen is not None else Look("unknown")

    # -- where it is -----------------------------------------------------------------------------------------------

    def _standing(self, session_id: str, ref: EntryRef) -> Item | None:
        mark = translate.session_mark(self._binding.keys, session_id)
        item = self._mailbox.get([ref.event_id]).get(ref.event_id)
        if item is not None and item.session_mark in ("", mark) and self._in_calendars(item):
            return item
        found = self._own(mark)
        if found is not None:
            return found
        home = self._mailbox.home().folder_id
        for folder_id in self._calendars():
            if folder_id != home:
                bearers = self._mailbox.marked_in(mark, folder_id)
                item = self._first(mark, bearers)
                if item is not None:
                    return item
        return None

    def _calendars(self) -> tuple[str, ...]:
        """The person's other calendars, as far as the account may see them."""
        try:
            return tuple(self._mailbox.calendars())
        except Misconfigured:
            return ()

    def _in_calendars(self, item: Item) -> bool:
        """An item outside the person's calendars is gone (EWS-7), wherever it lies."""
        home = self._mailbox.home().folder_id
        return not item.folder_id or item.folder_id == home or item.folder_id in self._calendars()

    def _item(self, ref: EntryRef, session_id: str) -> Item | None:
        """By its id, whole; else by its mark, since ids change when items are moved. Raises Permanent."""
        item = self._mailbox.get([ref.event_id], body=True).get(ref.event_id)
        return _whole(item) if item is not None else self._own(translate.session_mark(self._binding.keys, session_id))

    def _own(self, mark: str) -> Item | None:
        """The event of this mark in the calendar, whole. Raises Permanent."""
        item = self._first(mark, self._mailbox.marked([mark]))
        return _whole(item) if item is not None else None

    def _first(self, mark: str, bearers: tuple[Item, ...]) -> Item | None:
        item_id = translate.originals(self._binding.keys, bearers).get(mark)
        return self._mailbox.get([item_id], body=True).get(item_id) if item_id is not None else None

    # -- what is told ----------------------------------------------------------------------------------------------

    def _create(self, draft: EventDraft, mark: str) -> Written:
        """Made with the session's mark, so that it is found if we get no further; then it is given the mark that names
        it. In between, its outcome is unknown, and repeating it completes it."""
        try:
            item_id, change_key = self._mailbox.create(drafting.new_event(draft, mark))
        except (Gone, Conflict) as error:
            raise Permanent(f"the server refused to make the event: {error}") from None
        try:
            item = self._mailbox.get([item_id], body=True).get(item_id)
            if item is not None:
                change_key = self._mailbox.update(item, drafting.differences(item, draft, mark), notify=False)
        except (Gone, Conflict, Retryable) as error:
            raise OutcomeUnknown(f"the event was made, and not completed: {error}") from None
        return Written(EntryRef(self._binding.calendar_id, item_id, change_key), draft.signature())

    def _written(self, item: Item, change_key: str, draft: EventDraft) -> Written:
        was = translate.ref_of(self._binding, item)
        ref = EntryRef(was.calendar_id, was.event_id, change_key or None, was.original_start)
        return Written(ref, draft.signature(translate.addresses(self._binding, item)))

    def _seen(self, item: Item, session_id: str) -> EntrySeen | None:
        return translate.entry_seen(self._binding, item, session_id) if item.readable else None


def _whole(item: Item) -> Item:
    """Never write to, or delete, what cannot be read."""
    if not item.readable:
        raise Permanent(
            "the session's event cannot be read", hint="Open it in Outlook, and repair it or delete it there."
        )
    return item
