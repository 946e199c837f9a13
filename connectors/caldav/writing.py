"""How does a session get into the calendar, and out of it? One event written, deleted, looked for.

CAL-6, CAL-15 to CAL-19, DAV-4 to DAV-6. Every write is conditional; what stands already as drafted is done, whoever
asks again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from connectors.caldav import discovery, multistatus, translate
from connectors.caldav.client import CALENDAR, Answer, NotLetIn, Wire
from connectors.caldav.listing import XML, describe, understood
from connectors.caldav.multistatus import CALDAV, ask_for_session, href_of, name_of, preconditions
from connectors.caldav.translate import Moment, event_mark, own_id, own_name
from syncd.domain.evidence import EntrySeen
from syncd.domain.session import EntryRef
from syncd.domain.spans import Span
from syncd.ical import staff_event
from syncd.ical.read import Unreadable
from syncd.ical.staff_event import Mark, SeenEvent, StaffText
from syncd.ports.calendar import CalendarBinding, EventDraft, Look, Written
from syncd.ports.clock import Clock
from syncd.ports.errors import OutcomeUnknown, Permanent, Stale, SyncdError

_DONE = (200, 201, 204)
_GONE = (404, 410)
_UID_TAKEN = f"{CALDAV}no-uid-conflict"
_ALWAYS = Span(datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Standing:
    """A resource as it stands now."""

    href: str
    etag: str | None
    raw: bytes


class Writing:
    """The writing side of one calendar."""

    def __init__(self, wire: Wire, path: str, binding: CalendarBinding, clock: Clock) -> None:
        self._wire = wire
        self._path = path
        self._binding = binding
        self._clock = clock
        self._zone = ZoneInfo(binding.zone)

    # -- put -------------------------------------------------------------------------------------------------------

    def put(self, draft: EventDraft, ref: EntryRef | None) -> Written:
        if ref is None:
            return self._create(draft)
        _not_an_instance(ref)
        standing = self._get(ref.event_id)
        if standing is None:
            raise Stale("the event is gone")
        return self._change(draft, ref.event_id, standing, expected=ref.version)

    def _create(self, draft: EventDraft) -> Written:
        name = own_name(self._binding, draft.session_id, draft.generation)
        uid = own_id(self._binding, draft.session_id, draft.generation)
        raw = staff_event.build(self._mark(draft, uid), _text(draft, adopted=False), self._clock.now())
        headers = {"Content-Type": CALENDAR, "If-None-Match": "*"}
        answer = self._wire.send("PUT", self._href(name), raw, headers, ok=(*_DONE, 409, 412))
        if answer.status in _DONE:
            return self._written(name, raw, answer)
        if answer.status == 409 and _UID_TAKEN not in preconditions(answer.body):
            raise _refused(answer)
        standing = self._get(name) or self._by_session(self._path, draft.session_id)
        if standing is None and preconditions(answer.body):
            raise _refused(answer)
        if standing is None:
            raise OutcomeUnknown("the event was said to stand already, and is not there")
        return self._change(replace(draft, adopted=False), name_of(standing.href), standing, expected=standing.etag)

    def _change(self, draft: EventDraft, event_id: str, standing: Standing, expected: str | None) -> Written:
        text = _text(draft, adopted=draft.adopted)
        try:
            mark = self._mark(draft, staff_event.seen(standing.raw, self._zone).uid)
            raw = staff_event.edit(standing.raw, mark, text, self._clock.now(), self._zone)
        except Unreadable as error:
            raise Permanent(
                f"the event cannot be read, so it is not written: {error.reason}",
                hint="Look at it in the calendar; delete it there if it is broken.",
            ) from None
        if raw == standing.raw:  # it says so already: an answer of ours was lost (CAL-18)
            return self._as_read(event_id, standing)
        if expected is not None and not same_version(expected, standing.etag):
            raise Stale("the event has changed", seen=self._seen(draft.session_id, event_id, standing))
        answer = self._wire.send(
            "PUT",
            standing.href,
            raw,
            {"Content-Type": CALENDAR, **condition(standing.etag or expected)},
            ok=(*_DONE, *_GONE, 412),
        )
        if answer.status not in _DONE:
            now = self._get(event_id)
            if now is not None and preconditions(answer.body) and same_version(now.etag or "", standing.etag):
                raise _refused(answer)  # nothing has changed: the server minds something else
            seen = None if now is None else self._seen(draft.session_id, event_id, now)
            raise Stale("the event has changed", seen=seen)
        return self._written(event_id, raw, answer)

    def _written(self, event_id: str, raw: bytes, answer: Answer) -> Written:
        """An ETag in the answer says that our bytes stand (RFC 4791 5.3.4); without one they are read back (DAV-5)."""
        signature = staff_event.seen(raw, self._zone).signature
        if answer.etag:
            return Written(self._ref(event_id, answer.etag), signature)
        standing = self._get(event_id)
        if standing is None:
            raise OutcomeUnknown("the event was written, and is not there")
        written = self._as_read(event_id, standing)
        if written.signature is not None and written.signature != signature:
            raise Stale("the event changed at once", seen=self._seen("", event_id, standing))
        return written

    def _as_read(self, event_id: str, standing: Standing) -> Written:
        try:
            signature = staff_event.seen(standing.raw, self._zone).signature
        except Unreadable:
            signature = None
        return Written(self._ref(event_id, standing.etag), signature)

    # -- remove ----------------------------------------------------------------------------------------------------

    def remove(self, session_id: str, ref: EntryRef | None, generation: int) -> None:
        if ref is not None:
            _not_an_instance(ref)
        if ref is not None and ref.version is not None:
            href, version = self._href(ref.event_id), ref.version
        else:
            found = self._get(ref.event_id if ref else own_name(self._binding, session_id, generation))
            if found is None and ref is None:
                found = self._by_session(self._path, session_id)
            if found is None:
                return
            href, version = found.href, found.etag or "*"
        answer = self._wire.send("DELETE", href, headers=condition(version), ok=(*_DONE, 202, *_GONE, 412))
        if answer.status != 412:
            return
        standing = self._get(href)
        if standing is not None:
            event_id = ref.event_id if ref else name_of(href)
            raise Stale("the event has changed", seen=self._seen(session_id, event_id, standing))

    # -- look ------------------------------------------------------------------------------------------------------

    def look(self, session_id: str, ref: EntryRef) -> Look:
        try:
            standing = self._get(ref.event_id)
            if standing is not None:
                return self._found(session_id, ref.event_id, standing)
            describe(self._wire, self._path)  # is the calendar itself there? (CAL-6)
            return self._elsewhere(session_id)
        except NotLetIn:
            raise
        except SyncdError:
            return Look("unknown")

    def _found(self, session_id: str, event_id: str, standing: Standing) -> Look:
        seen = self._seen(session_id, event_id, standing)
        if seen is None:
            return Look("unknown")
        return Look("gone") if seen.signature.status == "cancelled" else Look("found", seen)

    def _elsewhere(self, session_id: str) -> Look:
        """By session id over all calendars of the person that we may see: staff may have moved it, or a program
        renamed it. In another calendar its event id is its whole path."""
        for calendar in dict.fromkeys((self._path, *discovery.calendars(self._wire, self._path))):
            standing = self._by_session(calendar, session_id)
            if standing is not None:
                own = calendar == self._path
                return self._found(session_id, name_of(standing.href) if own else standing.href, standing)
        return Look("gone")

    def _by_session(self, calendar: str, session_id: str) -> Standing | None:
        answer = self._wire.send("REPORT", calendar, ask_for_session(session_id), {**XML, "Depth": "1"}, ok=(207,))
        with understood():
            parts = multistatus.parse(answer.body)
        for part in parts:
            if part.name and part.data is not None:
                standing = Standing(href_of(calendar, part.name), part.etag, part.data)
                seen = self._read(standing)
                if seen is not None and translate.session_of(self._binding, seen) == session_id:
                    return standing
        return None

    # -- small parts -----------------------------------------------------------------------------------------------

    def _href(self, event_id: str) -> str:
        """A name in this calendar, or the whole path of an event that staff moved to another one."""
        return event_id if event_id.startswith("/") else href_of(self._path, event_id)

    def _get(self, event_id: str) -> Standing | None:
        answer = self._wire.send("GET", self._href(event_id), ok=(200, *_GONE))
        return None if answer.status in _GONE else Standing(self._href(event_id), answer.etag, answer.body)

    def _ref(self, event_id: str, etag: str | None) -> EntryRef:
        return EntryRef(self._binding.calendar_id, event_id, etag)

    def _mark(self, draft: EventDraft, uid: str) -> Mark:
        return Mark(draft.session_id, self._binding.keys.installation_id, event_mark(self._binding, uid))

    def _read(self, standing: Standing) -> SeenEvent | None:
        try:
            return staff_event.seen(standing.raw, self._zone)
        except Unreadable:
            return None

    def _seen(self, session_id: str, event_id: str, standing: Standing) -> EntrySeen | None:
        seen = self._read(standing)
        if seen is None:
            return None
        moment = Moment(self._clock.now(), _ALWAYS)
        owner = session_id or translate.session_of(self._binding, seen) or ""
        entry = translate.entry_seen(self._binding, event_id, standing.etag or "", seen, owner, moment)
        return replace(entry, ref=self._ref(event_id, standing.etag))


def condition(etag: str | None) -> dict[str, str]:
    """If-Match compares strongly (RFC 9110 13.1.1), and some proxies only weaken the tag on its way to us."""
    return {"If-Match": (etag or "*").removeprefix("W/")}


def same_version(one: str, other: str | None) -> bool:
    return other is not None and one.removeprefix("W/") == other.removeprefix("W/")


def _text(draft: EventDraft, *, adopted: bool) -> StaffText:
    return StaffText(
        title=None if adopted else draft.title,
        block=draft.block,
        place=draft.place,
        url=draft.url,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        tentative=draft.tentative,
    )


def _refused(answer: Answer) -> Permanent:
    why = ", ".join(tag.rsplit("}", 1)[-1] for tag in preconditions(answer.body)[1:]) or str(answer.status)
    return Permanent(
        f"the server refuses the event: {why}",
        hint="Of an event that somebody else organizes, many servers let only the answer be changed.",
    )


def _not_an_instance(ref: EntryRef) -> None:
    if ref.original_start is not None:
        raise Permanent(
            "one instance of a series cannot be written by itself",
            hint="Staff make it a single event, or book the session anew (CAL-13).",
        )
