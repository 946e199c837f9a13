"""What is one account, and one calendar of it? The port's methods, put together from reading, writing and looking."""

from __future__ import annotations

import threading
from datetime import datetime

from connectors.google_calendar import Settings, probing, push
from connectors.google_calendar.answers import NotReadable, Refused
from connectors.google_calendar.client import Client
from connectors.google_calendar.moments import NOT_UNDERSTOOD, Item
from connectors.google_calendar.push import Channel, Channels
from connectors.google_calendar.reading import Reader, is_gone
from connectors.google_calendar.translate import entry_seen
from connectors.google_calendar.writing import Writer
from syncd.domain.people import normal_email
from syncd.domain.session import EntryRef
from syncd.domain.spans import Span
from syncd.ports.calendar import BusyAnswer, Calendar, CalendarBinding, EventDraft, Look, Written
from syncd.ports.connector import Tools
from syncd.ports.cursors import fingerprint
from syncd.ports.errors import Retryable
from syncd.ports.hook import Hook
from syncd.ports.source import Batch

CALENDAR_LIST_MAX = 250


class Account:
    """ports.calendar.CalendarConnector over one credential. It knows which calendars were opened for whom: a missing
    event is looked for in all of that person's."""

    def __init__(self, name: str, settings: Settings, tools: Tools) -> None:
        self.name = name
        self.settings = settings
        self.clock = tools.clock
        self.client = Client(settings, tools.credential, tools.clock)
        self._keys = tools.keys
        self._opened: dict[tuple[str, str], CalendarBinding] = {}
        self._lock = threading.Lock()

    def open(self, binding: CalendarBinding) -> GoogleCalendar:
        with self._lock:
            self._opened[normal_email(binding.staff_email), binding.calendar_id] = binding
        return GoogleCalendar(self, binding)

    def hooks(self) -> tuple[Hook, ...]:
        """ports.hook.Hooked: where its channels lead."""
        return (push.Notices(self.name, self._keys),) if self.settings.push else ()

    def opened_for(self, staff_email: str) -> list[CalendarBinding]:
        with self._lock:
            return [b for (person, _), b in self._opened.items() if person == normal_email(staff_email)]


class GoogleCalendar(Calendar):
    """ports.calendar.Calendar."""

    def __init__(self, account: Account, binding: CalendarBinding) -> None:
        self.id = binding.calendar_id
        self.lane = binding.calendar_id
        self._account = account
        self._binding = binding
        print_ = fingerprint(binding, "google", account.settings.endpoint)
        self._reader = Reader(account.client, account.settings, binding, account.clock, print_)
        self._writer = Writer(account.client, binding, self._reader)
        self._channels = Channels(account.client, account.name, binding)

    def observe(self, cursor: str | None, now: datetime) -> Batch:
        return self._reader.observe(cursor, now)

    def put(self, draft: EventDraft, ref: EntryRef | None) -> Written:
        return self._writer.put(draft, ref)

    def remove(self, session_id: str, ref: EntryRef | None, generation: int = 0, *, notify: bool = False) -> None:
        self._writer.remove(session_id, ref, generation, notify=notify)

    def busy(self, span: Span) -> BusyAnswer:
        return self._reader.busy(span)

    def look(self, session_id: str, ref: EntryRef) -> Look:
        """In its place, then by its mark over this person's calendars. Whatever cannot be read is not known."""
        try:
            standing = self._reader.event(ref.event_id)
            if standing is not None and not is_gone(standing):
                return self._found(self._binding, standing, session_id)
            return self._elsewhere(session_id)
        except (Refused, NotReadable, Retryable):
            return Look("unknown")

    def _elsewhere(self, session_id: str) -> Look:
        known = {each.address: each for each in self._account.opened_for(self._binding.staff_email)}
        addresses = [self._binding.address, *(a for a in known if a != self._binding.address)]
        if self._account.settings.search_all_calendars:
            addresses += [each for each in self._listed() if each not in addresses]
        for address in addresses:
            for item in self._reader.living(session_id, address):
                if address in known:
                    return self._found(known[address], item, session_id)
                return Look("unknown")  # it lives where syncd was given nothing to do
        return Look("gone")

    def _listed(self) -> list[str]:
        """Every calendar in which this person may read details; more than a page of them leaves a doubt."""
        request = self._account.client.ask.calendar_list.list(minAccessRole="reader", maxResults=CALENDAR_LIST_MAX)
        body = self._account.client.read(self._binding.staff_email, request).body
        items = body.get("items", [])
        if body.get("nextPageToken") or not isinstance(items, list):
            raise Retryable(f"more than {CALENDAR_LIST_MAX} calendars")
        return [str(each.get("id")) for each in items if isinstance(each, dict)]

    def _found(self, binding: CalendarBinding, item: Item, session_id: str) -> Look:
        try:
            return Look("found", entry_seen(binding, item, session_id))
        except NOT_UNDERSTOOD:
            return Look("unknown")

    def probe(self) -> tuple[str, ...]:
        return probing.probe(self._account.client, self._reader, self._binding, self._account.clock)

    # -- push (GOO-11) ---------------------------------------------------------------------------------------------

    def watch(self, address: str, now: datetime) -> Channel:
        """ports.hook.Watchable; see push.Channels.watch."""
        return self._channels.watch(address, now)

    def unwatch(self, channel: push.Channel) -> None:
        """See push.Channels.stop."""
        self._channels.stop(channel)
