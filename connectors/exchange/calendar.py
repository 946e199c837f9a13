"""What does a calendar on an Exchange server promise? The port, put together, and the probe."""

from __future__ import annotations

from datetime import datetime

from connectors.exchange import Settings
from connectors.exchange.client import Wire
from connectors.exchange.mailbox import Mailbox
from connectors.exchange.reading import Reading
from connectors.exchange.writing import Writing
from syncd.domain.session import EntryRef
from syncd.domain.spans import Span
from syncd.ports.calendar import BusyAnswer, CalendarBinding, EventDraft, Look, Written
from syncd.ports.calendar import Calendar as CalendarPort
from syncd.ports.connector import Tools
from syncd.ports.errors import CursorExpired, Misconfigured, Retryable
from syncd.ports.source import Batch


class ServiceAccount:
    """One service account, and its one connection for all mailboxes (EWS-4)."""

    def __init__(self, name: str, settings: Settings, tools: Tools) -> None:
        self.name = name
        self._settings = settings
        ca_file = str(tools.folder / settings.ca_file) if settings.ca_file else None
        self._wire = Wire(settings, tools.credential, ca_file, tools.clock)

    def open(self, binding: CalendarBinding) -> CalendarPort:
        return Calendar(Mailbox(self._wire, self._settings, binding.address), binding)

    def close(self) -> None:
        self._wire.close()


class Calendar:
    """One calendar. Calls do not overlap: its lane is its id (CAL-29)."""

    def __init__(self, mailbox: Mailbox, binding: CalendarBinding) -> None:
        self.id = binding.calendar_id
        self.lane = binding.calendar_id
        self._mailbox = mailbox
        self._binding = binding
        self._reading = Reading(mailbox, binding)
        self._writing = Writing(mailbox, binding)

    def observe(self, cursor: str | None, now: datetime) -> Batch:
        return self._reading.page(cursor, now)

    def put(self, draft: EventDraft, ref: EntryRef | None) -> Written:
        return self._writing.put(draft, ref)

    def remove(self, session_id: str, ref: EntryRef | None, generation: int = 0, *, notify: bool = False) -> None:
        """The generation needs no regard: the mark finds the event, whichever it is."""
        self._writing.remove(session_id, ref, notify=notify)

    def look(self, session_id: str, ref: EntryRef) -> Look:
        return self._writing.look(session_id, ref)

    def busy(self, span: Span) -> BusyAnswer:
        try:
            return self._reading.busy(span)
        except CursorExpired as error:  # no cursor takes part in it
            raise Retryable(str(error)) from None

    def probe(self) -> tuple[str, ...]:
        home = self._mailbox.home()
        if not home.is_calendar:
            raise Misconfigured(
                f"the folder is no calendar but {home.kind or 'of no kind'}", hint="Check the calendar's `address`."
            )
        if self._binding.writable and home.may_create is False:
            raise Misconfigured(
                "the account may read the calendar but not write to it",
                hint="Give it Editor rights on the calendar, or list the calendar among those only read.",
            )
        if not self._mailbox.knows_utc():
            raise Misconfigured("the server does not know the zone UTC", hint="Update the server's time zones.")
        rights = "read and write" if home.may_create else "read"
        return (
            f"Exchange {self._mailbox.build()}",
            f"calendar “{home.name}” with {home.items} items, {rights}",
        )
