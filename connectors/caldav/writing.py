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
from connectors.caldav.listing import XML, describe
from connectors.caldav.multistatus import NotUnderstood, href_of, name_of
from connectors.caldav.translate import Moment, event_mark, own_name
from syncd.domain.evidence import EntrySeen
from syncd.domain.session import EntryRef
from syncd.domain.spans import Span
from syncd.ical import staff_event
from syncd.ical.read import Unreadable
from syncd.ical.staff_event import Mark, SeenEvent, StaffText
from syncd.ports.calendar import CalendarBinding, EventDraft, Look, Written
from syncd.ports.clock import Clock
from syncd.ports.errors import OutcomeUnknown, Permanent, Stale, SyncdError

_GONE = (404, 410)
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
        name = own_name(self._binding.keys, draft.session_id, draft.generation)
        raw = staff_event.build(self._mark(draft, name), _text(draft, adopted=False), self._clock.now())
        answer = self._wire.send(
            "PUT", self._href(name), raw, {"Content-Type": CALENDAR, "If-None-Match": "*"}, ok=(200, 201, 204, 412)
        )
        if answer.status != 412:
            return self._written(name, raw, answer)
        standing = self._get(name)
        if standing is None:
            raise OutcomeUnknown("the event was said to stand already, and is not there")
        return self._change(replace(draft, adopted=False), name, standing, expected=standing.etag)

    def _change(self, draft: EventDraft, event_id: str, standing: Standing, expected: str | None) -> Written:
        mark, text = self._mark(draft, name_of(standing.href)), _text(draft, adopted=draft.adopted)
        try:
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
            ok=(200, 201, 204, 404, 410, 412),
        )
        if answer.status in (*_GONE, 412):
            raise self._stale(draft.session_id, event_id)
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
        event_id = ref.event_id if ref else own_name(self._binding.keys, session_id, generation)
        version = ref.version if ref else None
        if version is None:
            standing = self._get(event_id)
            if standing is None:
                return
            version = standing.etag
        answer = self._wire.send(
            "DELETE", self._href(event_id), headers=condition(version), ok=(200, 202, 204, 404, 410, 412)
        )
        if answer.status != 412:
            return
        stale = self._stale(session_id, event_id)
        if stale.seen is not None or self._get(event_id) is not None:
            raise stale

    # -- look ------------------------------------------------------------------------------------------------------

    def look(self, session_id: str, ref: EntryRef) -> Look:
        try:
            standing = self._get(ref.event_id)
            if standing is not None:
                return self._found(session_id, ref.event_id, standing)
            describe(self._wire, self._path)  # is the calendar itself there? (CAL-6)
            return self._elsewhere(session_id, name_of(ref.event_id))
        except NotLetIn:
            raise
        except SyncdError:
            return Look("unknown")

    def _found(self, session_id: str, event_id: str, standing: Standing) -> Look:
        seen = self._seen(session_id, event_id, standing)
        if seen is None:
            return Look("unknown")
        return Look("gone") if seen.signature.status == "cancelled" else Look("found", seen)

    def _elsewhere(self, session_id: str, name: str) -> Look:
        """By session id over the other calendars of the person that we may see; there its event id is a path."""
        for calendar in discovery.calendars(self._wire, self._path):
            if calendar == self._path:
                continue
            for standing in self._candidates(calendar, name):
                if self._is_it(session_id, standing):
                    return self._found(session_id, standing.href, standing)
        return Look("gone")

    def _is_it(self, session_id: str, standing: Standing) -> bool:
        """By its whole mark; moving keeps the UID or the name, and a copy has neither (CAL-12)."""
        seen = self._read(standing)
        if seen is None or (seen.session_id, seen.installation_id) != (session_id, self._binding.keys.installation_id):
            return False
        return seen.event_id_mark in (seen.uid, event_mark(name_of(standing.href)))

    def _candidates(self, calendar: str, name: str) -> list[Standing]:
        there = self._get(href_of(calendar, name))
        if there is not None:
            return [there]
        body = multistatus.ask_for_uid(event_mark(name))
        answer = self._wire.send("REPORT", calendar, body, {**XML, "Depth": "1"}, ok=(207,))
        try:
            parts = multistatus.parse(answer.body)
        except NotUnderstood as error:
            raise OutcomeUnknown(str(error)) from None
        return [Standing(href_of(calendar, p.name), p.etag, p.data) for p in parts if p.name and p.data is not None]

    # -- small parts -----------------------------------------------------------------------------------------------

    def _href(self, event_id: str) -> str:
        """A name in this calendar, or the whole path of an event that staff moved to another one."""
        return event_id if event_id.startswith("/") else href_of(self._path, event_id)

    def _get(self, event_id: str) -> Standing | None:
        answer = self._wire.send("GET", self._href(event_id), ok=(200, *_GONE))
        return None if answer.status in _GONE else Standing(self._href(event_id), answer.etag, answer.body)

    def _ref(self, event_id: str, etag: str | None) -> EntryRef:
        return EntryRef(self._binding.calendar_id, event_id, etag)

    def _mark(self, draft: EventDraft, name: str) -> Mark:
        return Mark(draft.session_id, self._binding.keys.installation_id, event_mark(name))

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
        owner = session_id or translate.session_of(self._binding.keys, name_of(standing.href), seen) or ""
        entry = translate.entry_seen(self._binding, event_id, standing.etag or "", seen, owner, moment)
        return replace(entry, ref=self._ref(event_id, standing.etag))

    def _stale(self, session_id: str, event_id: str) -> Stale:
        standing = self._get(event_id)
        seen = None if standing is None else self._seen(session_id, event_id, standing)
        return Stale("the event has changed", seen=seen)


def condition(etag: str | None) -> dict[str, str]:
    """If-Match compares strongly (RFC 9110 13.1.1), and some proxies only weaken the tag on its way to us."""
    return {"If-Match": etag.removeprefix("W/") if etag else "*"}


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


def _not_an_instance(ref: EntryRef) -> None:
    if ref.original_start is not None:
        raise Permanent(
            "one instance of a series cannot be written by itself",
            hint="Staff make it a single event, or book the session anew (CAL-13).",
        )
