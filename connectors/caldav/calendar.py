"""What does a CalDAV calendar promise? The port, put together: reading, writing, live busy time and the probe."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.caldav import Settings, discovery, multistatus, quirks, translate
from connectors.caldav.client import Wire
from connectors.caldav.listing import XML, describe, understood
from connectors.caldav.reading import Reading
from connectors.caldav.writing import Writing
from syncd.domain.session import EntryRef
from syncd.domain.spans import Span, merged
from syncd.ports.calendar import BusyAnswer, CalendarBinding, EventDraft, Look, Written
from syncd.ports.calendar import Calendar as CalendarPort
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable
from syncd.ports.source import Batch


class Account:
    """One account on one server: its connections, one for each calendar (CAL-29)."""

    def __init__(self, name: str, settings: Settings, tools: Tools) -> None:
        self.name = name
        self._settings = settings
        self._tools = tools

    def open(self, binding: CalendarBinding) -> CalendarPort:
        wire = Wire(self._settings, self._tools.credential, self._tools.clock)
        return Calendar(wire, binding, self._settings, self._tools)


class Calendar:
    """One calendar. Calls do not overlap: its lane is its id (CAL-29)."""

    def __init__(self, wire: Wire, binding: CalendarBinding, settings: Settings, tools: Tools) -> None:
        self.id = binding.calendar_id
        self.lane = binding.calendar_id
        self._wire = wire
        self._binding = binding
        self._clock = tools.clock
        self._path = wire.path(binding.address)
        self._reading = Reading(wire, self._path, binding, settings.page_items_max)
        self._writing = Writing(wire, self._path, binding, tools.clock)

    def observe(self, cursor: str | None, now: datetime) -> Batch:
        return self._reading.page(cursor, now)

    def put(self, draft: EventDraft, ref: EntryRef | None) -> Written:
        return self._writing.put(draft, ref)

    def remove(self, session_id: str, ref: EntryRef | None, generation: int = 0, *, notify: bool = False) -> None:
        """`notify` needs nothing: a server that invites sends its cancellation on the deletion (RFC 6638 3.2.1)."""
        self._writing.remove(session_id, ref, generation)

    def look(self, session_id: str, ref: EntryRef) -> Look:
        return self._writing.look(session_id, ref)

    def busy(self, span: Span) -> BusyAnswer:
        answer = self._wire.send("REPORT", self._path, multistatus.ask_within(span), {**XML, "Depth": "1"}, ok=(207,))
        with understood():
            parts = multistatus.parse(answer.body)
        spans: list[Span] = []
        for part in parts:
            if not part.name:
                if part.status != 200:
                    raise Retryable(f"busy time was answered in part only ({part.status})")
                continue
            if part.status in (404, 410):
                continue
            if part.data is None:
                raise Retryable("busy time was answered without the events")
            spans += translate.busy_spans(self._binding, part.name, part.data, span)
        return BusyAnswer(merged(spans))

    def probe(self) -> tuple[str, ...]:
        try:
            about = describe(self._wire, self._path)
        except Misconfigured as error:
            raise Misconfigured(str(error), hint=" ".join((error.hint, self._those_it_sees())).strip()) from None
        if self._binding.writable and about.writable is False:
            raise Misconfigured(
                f"the account may not write to {self._path}",
                hint="Ask the calendar's owner for the right to change it, or list it among the calendars only read.",
            )
        answer = self._wire.send("OPTIONS", self._path, ok=(200, 204))
        return quirks.facts(answer, about, self._clock.now(), ZoneInfo(self._binding.zone))

    def _those_it_sees(self) -> str:
        try:
            found = discovery.calendars(self._wire, f"{self._wire.root.path.rstrip('/')}/")
        except (Misconfigured, Retryable):
            return ""
        return f"The account sees: {', '.join(found)}." if found else ""
