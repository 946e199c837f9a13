"""How does a session get into the calendar, and out of it? One event written, deleted, looked for.

CAL-6, CAL-15 to CAL-21; GRA-4, GRA-7 to GRA-10. Every change is conditional on the etag; what stands already as drafted
is done, whoever asks again; what stands with attendees is touched only where their provider invited them (CAL-21).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.msgraph import body, own, rows, translate
from connectors.msgraph.client import Place, Reply, Wire
from connectors.msgraph.refusals import ALREADY_DELETED, CONFLICTS
from connectors.msgraph.rows import Row, Unreadable
from connectors.msgraph.translate import Reader
from connectors.msgraph.view import View, is_gone
from syncd.domain.evidence import EntrySeen
from syncd.domain.session import EntryRef
from syncd.domain.spans import Span
from syncd.ports.calendar import CalendarBinding, EventDraft, Look, Written
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable, Stale, SyncdError

FRESH = timedelta(seconds=30)
FRESH_IN_HALF = timedelta(hours=1)
"""An event that Graph says to have made now, that is older than this and in no calendar, was made before and deleted by
staff. One whose mark is not whole is more likely a create of ours whose answer was lost, seen late."""


@dataclass(frozen=True, slots=True)
class Writing:
    """The writing side of one calendar."""

    wire: Wire
    place: Place
    view: View
    binding: CalendarBinding
    clock: Clock
    tentative_is_busy: bool

    # -- put -------------------------------------------------------------------------------------------------------

    def put(self, draft: EventDraft, ref: EntryRef | None) -> Written:
        if ref is None:
            found = self._made_before(draft.session_id)
            return self._create(draft) if found is None else self._change(draft, found, rows.version(found))
        _not_an_instance(ref)
        row = self.view.event(ref.event_id)
        if row is None or not self._lives(row, draft.session_id):
            raise _stale(None)
        return self._change(draft, row, ref.version)

    def _made_before(self, session_id: str) -> Row | None:
        """The event of this session in this calendar, of whatever generation: there is never a second (CAL-17)."""
        row = self.view.of_session(session_id)
        return None if row is None or rows.is_cancelled(row) else row

    def _create(self, draft: EventDraft) -> Written:
        for attempt in range(own.REPEATS_MAX):
            answer = self.wire.send(
                "POST", self.wire.url(self.place.events), self._new(draft, attempt), ok=(200, 201, 409)
            )
            if answer.status == 409:
                found = self._made_before(draft.session_id)
                if found is not None:
                    return self._change(draft, found, rows.version(found))
                continue  # the one it was made with is deleted: this would be another
            if self._is_new(answer):
                return self._change(draft, answer.data, rows.version(answer.data))
        raise Retryable("Graph keeps answering with an event that was deleted")

    def _is_new(self, answer: Reply) -> bool:
        """Was it made now, or remembered by its transaction though staff have deleted it since (GRA-7)?"""
        try:
            if self.view.stands(answer.data, _around(answer.data, self._zone)):
                return True
        except (SyncdError, Unreadable) as error:
            reason = type(error).__name__
            raise OutcomeUnknown(f"the event was made, and cannot be seen: {reason}") from None
        made = rows.stamp(answer.data, "createdDateTime")
        row = self.view.event(rows.text(answer.data, "id"), select=rows.SELECT)
        mark = own.mark_in(row) if row is not None else None
        fresh = FRESH if mark is not None and mark.event else FRESH_IN_HALF
        if made is None or answer.read_at is None or answer.read_at - made < fresh:
            raise OutcomeUnknown("the event was made, and is not seen yet")
        return False

    def _new(self, draft: EventDraft, attempt: int) -> dict[str, Any]:
        keys = self.binding.keys
        return {
            "subject": draft.title,
            "body": {"contentType": "html", "content": body.new_body(_block(draft))},
            "start": _moment(draft.starts_at.isoformat()),
            "end": _moment(draft.ends_at.isoformat()),
            "location": {"displayName": draft.place},
            "showAs": "tentative" if draft.tentative else "busy",
            "transactionId": own.transaction(keys, draft.session_id, draft.generation, attempt),
            "singleValueExtendedProperties": own.properties(own.mark_for(keys, draft.session_id, {})),
        }

    def _change(self, draft: EventDraft, row: Row, expected: str | None) -> Written:
        """Bring the event to the draft, under the condition of its version; already there, it is done (CAL-18)."""
        changes = self._differences(draft, row)
        if not changes:
            return self._written(row)
        if expected is not None and expected != rows.version(row):
            raise _stale(self._entry(row, draft.session_id))
        if translate.has_attendees(row) and not (draft.adopted and draft.notify and row.get("isOrganizer") is True):
            raise _would_mail()
        answer = self.wire.send(
            "PATCH",
            self.wire.url(self.place.event(rows.text(row, "id"))),
            changes,
            ok=(200, 404, 409, 410, 412),
            version=rows.version(row),
        )
        if answer.status == 200:
            return self._written(answer.data)
        fresh = self._reread(answer, row, draft.session_id)
        raise _stale(None if fresh is None else self._entry(fresh, draft.session_id))

    def _differences(self, draft: EventDraft, row: Row) -> dict[str, Any]:
        """What is to be written: only what differs (CAL-16)."""
        changes: dict[str, Any] = {}
        if not draft.adopted and rows.text(row, "subject") != draft.title:
            changes["subject"] = draft.title
        content, content_type = translate.body_of(row)
        if not body.says(content, content_type, _block(draft)):
            renewed = body.with_block(content, content_type, _block(draft))
            changes["body"] = {"contentType": content_type, "content": renewed}
        if self._times(row) != (draft.starts_at, draft.ends_at) or row.get("isAllDay") is True:
            changes |= {"start": _moment(draft.starts_at.isoformat()), "end": _moment(draft.ends_at.isoformat())}
            if row.get("isAllDay") is True:
                changes["isAllDay"] = False
        if translate.place_of(row) != " ".join(draft.place.split()):
            changes["location"] = {"displayName": draft.place}
        if (rows.text(row, "showAs") == "tentative") != draft.tentative:
            changes["showAs"] = "tentative" if draft.tentative else "busy"
        mark = own.mark_for(self.binding.keys, draft.session_id, row)
        if own.mark_in(row) != mark:
            self._may_mark(draft.session_id, row)
            changes["singleValueExtendedProperties"] = own.properties(mark)
        return changes

    def _may_mark(self, session_id: str, row: Row) -> None:
        """An event of one session never becomes another's (CAL-13)."""
        standing = self.view.session_of(row)
        if standing is not None and standing != session_id:
            raise Permanent(
                "the event belongs to another session",
                hint="Look at both sessions in the desk; delete the event if it is of neither.",
            )

    # -- remove ----------------------------------------------------------------------------------------------------

    def remove(self, session_id: str, ref: EntryRef | None, *, notify: bool) -> None:
        if ref is not None:
            _not_an_instance(ref)
            row = self.view.event(ref.event_id)
            if row is None or not self._lives(row, session_id):
                return
        else:
            row = self._made_before(session_id)
            if row is None:
                return
        if ref is not None and ref.version is not None and ref.version != rows.version(row):
            raise _stale(self._entry(row, session_id))
        if translate.has_attendees(row) and not notify and row.get("isOrganizer") is True:
            raise _would_mail()
        answer = self.wire.send(
            "DELETE",
            self.wire.url(self.place.event(rows.text(row, "id"))),
            ok=(200, 202, 204, 403, 404, 409, 410, 412),
            version=rows.version(row),
        )
        if answer.status in (200, 202, 204) or (answer.status == 403 and answer.code in ALREADY_DELETED):
            return
        fresh = self._reread(answer, row, session_id)
        if fresh is not None:
            raise _stale(self._entry(fresh, session_id))

    # -- look ------------------------------------------------------------------------------------------------------

    def look(self, session_id: str, ref: EntryRef) -> Look:
        try:
            row = self.view.event(ref.event_id)
            if row is not None and self._lives(row, session_id):
                return self._found(row, session_id)
            for other in self._by_mark(session_id):
                return self._found(other, session_id)
            return Look("gone")
        except Misconfigured:
            raise
        except SyncdError:
            return Look("unknown")

    def _found(self, row: Row, session_id: str) -> Look:
        seen = self._entry(row, session_id)
        if seen is None:
            return Look("unknown")
        return Look("gone") if seen.signature.status == "cancelled" else Look("found", seen)

    def _lives(self, row: Row, session_id: str) -> bool:
        """Does it stand in a calendar of this person, and not in Deleted Items? (GRA-4)"""
        try:
            if self.view.stands(row, _around(row, self._zone)):
                return True
        except Unreadable:
            return True
        event_id = rows.text(row, "id")
        return any(rows.text(each, "id") == event_id for each in self._by_mark(session_id))

    def _by_mark(self, session_id: str) -> Iterable[Row]:
        """By session id over all calendars of the person that we may see (CAL-6)."""
        for place in (self.place, *self.view.other_calendars()):
            row = self.view.of_session(session_id, place)
            if row is not None:
                yield row

    # -- small parts -----------------------------------------------------------------------------------------------

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.binding.zone)

    def _reader(self) -> Reader:
        return Reader(self.binding, self._zone, self.tentative_is_busy, self.clock.now())

    def _entry(self, row: Row, session_id: str) -> EntrySeen | None:
        try:
            return self._reader().entry(row, session_id)
        except Unreadable:
            return None

    def _written(self, row: Row) -> Written:
        entry = self._entry(row, "")
        ref = EntryRef(self.binding.calendar_id, rows.text(row, "id"), rows.version(row))
        return Written(ref, None if entry is None else entry.signature)

    def _times(self, row: Row) -> object:
        try:
            return rows.times(row, self._zone)
        except Unreadable:
            return None

    def _reread(self, answer: Reply, row: Row, session_id: str) -> Row | None:
        """After a write whose condition failed: the event as it stands now (CAL-15), None where it is gone. A refusal
        for another reason is Permanent (CAL-19)."""
        if answer.status == 403 or (answer.status == 409 and answer.code not in CONFLICTS):
            raise Permanent(f"Graph refused the write: {answer.status} {answer.code}", hint=_MAY_WRITE)
        if answer.status in (404, 410) and is_gone(answer):
            return None
        fresh = self.view.event(rows.text(row, "id"))
        return fresh if fresh is not None and self._lives(fresh, session_id) else None


def _stale(seen: EntrySeen | None) -> Stale:
    return Stale("the event has changed, or is gone", seen=seen)


def _block(draft: EventDraft) -> str:
    """Our text; the session's page is named in it, since an event of Graph's has no URL of its own."""
    return draft.block if not draft.url or draft.url in draft.block else f"{draft.block}\n{draft.url}"


def _moment(iso: str) -> dict[str, str]:
    """A dateTimeTimeZone in UTC (CAL-25)."""
    return {"dateTime": iso.removesuffix("+00:00"), "timeZone": "UTC"}


def _around(row: Row, zone: ZoneInfo) -> Span:
    starts_at, ends_at = rows.times(row, zone)
    return Span(starts_at, max(ends_at, starts_at + timedelta(minutes=1)))


def _would_mail() -> Permanent:
    return Permanent(
        "the event has attendees, and Graph would mail them",
        hint="Staff take the attendees off the event, or change it themselves (CAL-20, CAL-21).",
    )


def _not_an_instance(ref: EntryRef) -> None:
    if ref.original_start is not None:
        raise Permanent(
            "one instance of a series cannot be written by itself",
            hint="Staff make it a single event, or book the session anew (CAL-13).",
        )


_MAY_WRITE = "May the application write to this calendar? It needs Calendars.ReadWrite, and the person the right."
