"""How does a session come to stand in a calendar, and go from it? Conditional, idempotent, silent writes.

CAL-15 to CAL-21, CAL-27; GOO-4 (own ids; 409 is a look), GOO-5 (a deleted id is restored, else the next generation),
GOO-9, GOO-10 (patch with If-Match).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from connectors.google_calendar import drafts
from connectors.google_calendar.answers import Refused, SignInRenewed, not_let_in
from connectors.google_calendar.client import Client
from connectors.google_calendar.moments import NOT_UNDERSTOOD, Item
from connectors.google_calendar.reading import Reader, is_gone
from connectors.google_calendar.translate import entry_seen, own_event_id, ref_of, signature_of
from syncd.domain.evidence import EntrySeen
from syncd.domain.session import EntryRef
from syncd.ports.calendar import CalendarBinding, EventDraft, Written
from syncd.ports.errors import OutcomeUnknown, Permanent, Stale

GENERATIONS_MAX = 5
"""How many ids are tried for one session, should Google neither restore nor forget the deleted ones."""

_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Writer:
    """One calendar, in its holder's name."""

    client: Client
    binding: CalendarBinding
    reader: Reader

    def put(self, draft: EventDraft, ref: EntryRef | None) -> Written:
        """ports.calendar.Calendar.put."""
        if ref is None:
            return self._let_in(partial(self._create, draft))
        return self._let_in(partial(self._change, draft, ref))

    def remove(self, session_id: str, ref: EntryRef | None, generation: int, *, notify: bool) -> None:
        """ports.calendar.Calendar.remove."""
        if ref is not None:
            self._let_in(partial(self._delete, session_id, ref, notify))
            return
        for item in self._unacknowledged(session_id, generation):
            found = ref_of(self.binding, item)
            self._let_in(partial(self._delete, session_id, found, notify))

    def _let_in(self, act: Callable[[bool], _Done]) -> _Done:
        """The act; once more where the sign-in had to be renewed, and then it looks before it writes (CAL-27)."""
        for looks_first in (False, True):
            try:
                return act(looks_first)
            except SignInRenewed:
                continue
        raise not_let_in()

    # -- create ----------------------------------------------------------------------------------------------------

    def _create(self, draft: EventDraft, look_first: bool) -> Written:
        for generation in range(draft.generation, draft.generation + GENERATIONS_MAX):
            event_id = own_event_id(self.binding.keys, draft.session_id, generation)
            standing = self.reader.event(event_id) if look_first else None
            if standing is None:
                made = self._insert(draft, event_id)
                if made is not None:
                    return self._written(made)
                standing = self.reader.event(event_id)
            if standing is None:
                raise OutcomeUnknown("Google says that the event exists, and does not show it")
            if not is_gone(standing):
                return self._bring(draft, standing)
            restored = self._restore(draft, standing)
            if restored is not None:
                return self._written(restored)
        raise Permanent(
            f"{GENERATIONS_MAX} events of this session were deleted for good",
            hint="Book the session anew, or give it to a colleague.",
        )

    def _insert(self, draft: EventDraft, event_id: str) -> Item | None:
        """None: the id is in use, by ours or by what was ours (GOO-4)."""
        request = self.client.ask.events.insert(
            calendarId=self.binding.address,
            body=drafts.body_of(self.binding, draft, event_id),
            sendUpdates=_updates(draft.notify),
        )
        try:
            return self._write(request)
        except Refused as refused:
            if refused.status != 409:
                raise
        return None

    def _restore(self, draft: EventDraft, gone: Item) -> Item | None:
        """GOO-5. None: Google does not give this one back."""
        description = gone.get("description")
        body = drafts.body_of(self.binding, draft, gone["id"], description if isinstance(description, str) else "")
        request = self.client.ask.events.update(
            calendarId=self.binding.address, eventId=gone["id"], body=body, sendUpdates=_updates(draft.notify)
        )
        try:
            return self._write(request, gone.get("etag"))
        except Refused as refused:
            if refused.status == 412:
                raise Stale("the deleted event was changed meanwhile") from None
            if refused.status not in (400, 403, 404, 409, 410):
                raise
        return None

    # -- change ----------------------------------------------------------------------------------------------------

    def _change(self, draft: EventDraft, ref: EntryRef, _look_first: bool) -> Written:
        """It looks first, always: so a lost answer to our own patch is told from somebody else's change (CAL-18)."""
        standing = self.reader.event(ref.event_id)
        if standing is None or is_gone(standing):
            raise Stale("the event is gone")
        if not drafts.changes(self.binding, draft, standing):
            return self._written(standing)
        if ref.version is not None and standing.get("etag") != ref.version:
            raise Stale("the event was changed meanwhile", seen=self._seen(standing, draft.session_id))
        return self._bring(draft, standing)

    def _bring(self, draft: EventDraft, standing: Item) -> Written:
        """Change what differs, under the condition that it is still what we read (CAL-15, CAL-16)."""
        patch = drafts.changes(self.binding, draft, standing)
        if not patch:
            return self._written(standing)
        request = self.client.ask.events.patch(
            calendarId=self.binding.address, eventId=standing["id"], body=patch, sendUpdates=_updates(draft.notify)
        )
        try:
            return self._written(self._write(request, standing.get("etag")))
        except Refused as refused:
            if refused.status not in (404, 410, 412):
                raise
        again = self.reader.event(standing["id"])
        if again is None or is_gone(again):
            raise Stale("the event is gone")
        if not drafts.changes(self.binding, draft, again):
            return self._written(again)
        raise Stale("the event was changed meanwhile", seen=self._seen(again, draft.session_id))

    # -- delete ----------------------------------------------------------------------------------------------------

    def _delete(self, session_id: str, ref: EntryRef, notify: bool, look_first: bool) -> None:
        version = ref.version
        if version is None or look_first:
            standing = self.reader.event(ref.event_id)
            if standing is None or is_gone(standing):
                return
            if version is None:
                version = standing.get("etag")
        request = self.client.ask.events.delete(
            calendarId=self.binding.address, eventId=ref.event_id, sendUpdates=_updates(notify)
        )
        try:
            self.client.write(self.binding.staff_email, request, version=version)
        except Refused as refused:
            if refused.status == 410:
                return
            if refused.status not in (404, 412):
                raise
        else:
            return
        standing = self.reader.event(ref.event_id)  # which tells a missing event from a missing calendar
        if standing is not None and not is_gone(standing):
            raise Stale("the event was changed meanwhile", seen=self._seen(standing, session_id))

    def _unacknowledged(self, session_id: str, generation: int) -> list[Item]:
        """What a create of ours may have left, by mark and by its own ids (CAL-19)."""
        found = {item["id"]: item for item in self.reader.living(session_id, self.binding.address)}
        event_id = own_event_id(self.binding.keys, session_id, generation)
        if event_id not in found:
            item = self.reader.event(event_id)  # a search may lag behind
            if item is not None and not is_gone(item):
                found[event_id] = item
        return list(found.values())

    # -- what all share --------------------------------------------------------------------------------------------

    def _write(self, request: Any, version: str | None = None) -> Item:
        item = self.client.write(self.binding.staff_email, request, version=version).body
        if not isinstance(item.get("id"), str):
            raise OutcomeUnknown("Google's answer was not whole")
        return item

    def _written(self, item: Item) -> Written:
        try:
            return Written(ref_of(self.binding, item), signature_of(self.binding, item))
        except NOT_UNDERSTOOD:
            return Written(EntryRef(self.binding.calendar_id, item["id"], item.get("etag")), None)

    def _seen(self, item: Item, session_id: str) -> EntrySeen | None:
        try:
            return entry_seen(self.binding, item, session_id)
        except NOT_UNDERSTOOD:
            return None


def _updates(notify: bool) -> str:
    """Always said (CAL-20); the provider writes to guests only where staff had it invite them (CAL-21)."""
    return "all" if notify else "none"
