"""What does a calendar of Exchange Online promise? The port, put together: reading, writing, busy time, the probe."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.msgraph import Settings
from connectors.msgraph.client import Place, Wire
from connectors.msgraph.network import Network
from connectors.msgraph.push import Notices, Subscription, Subscriptions
from connectors.msgraph.reading import Reading
from connectors.msgraph.tokens import READS, WRITES, SignIn, granted
from connectors.msgraph.view import View
from connectors.msgraph.writing import Writing
from syncd.domain.session import EntryRef
from syncd.domain.spans import Span, merged
from syncd.ports.calendar import BusyAnswer, CalendarBinding, EventDraft, Look, Written
from syncd.ports.calendar import Calendar as CalendarPort
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured
from syncd.ports.hook import Hook
from syncd.ports.source import Batch


class Account:
    """One application's access: its sign-in and its connections, shared by the calendars it opens."""

    def __init__(self, name: str, settings: Settings, tools: Tools) -> None:
        self.name = name
        self._settings = settings
        self._tools = tools
        ca_file = None if settings.ca_file is None else str(tools.folder / settings.ca_file)
        network = Network(settings, ca_file, tools.clock)
        self._sign_in = SignIn(settings, tools.credential, network, tools.clock, tools.keep)
        self._wire = Wire(settings.base_url, network, self._sign_in, tools.clock)

        self._opened: set[str] = set()

    def hooks(self) -> tuple[Hook, ...]:
        """ports.hook.Hooked: where its subscriptions lead."""
        return (Notices(self.name, self._tools.keys, lambda: self._opened),) if self._settings.push else ()

    def open(self, binding: CalendarBinding) -> CalendarPort:
        self._opened.add(binding.calendar_id)
        return Calendar(self._wire, binding, self._settings, self._tools)


class Calendar:
    """One calendar. Calls do not overlap: its lane is its id (CAL-29). `push` wakes the polling earlier, where the desk
    can be reached from outside; nothing depends on it."""

    def __init__(self, wire: Wire, binding: CalendarBinding, settings: Settings, tools: Tools) -> None:
        self.id = binding.calendar_id
        self.lane = binding.calendar_id
        self._wire = wire
        self._binding = binding
        self._clock = tools.clock
        self._place = _place(binding)
        self._view = View(wire, self._place, binding.keys)
        self._reading = Reading(wire, self._place, self._view, binding, settings)
        self.push = Subscriptions(wire, self._place, binding.keys, self.id)
        self._writing = Writing(wire, self._place, self._view, binding, tools.clock, settings.tentative_is_busy)

    def observe(self, cursor: str | None, now: datetime) -> Batch:
        return self._reading.page(cursor, now)

    def put(self, draft: EventDraft, ref: EntryRef | None) -> Written:
        return self._writing.put(draft, ref)

    def remove(self, session_id: str, ref: EntryRef | None, generation: int = 0, *, notify: bool = False) -> None:
        """The generation needs no regard: the mark finds the session's event, whichever it is."""
        self._writing.remove(session_id, ref, notify=notify)

    def look(self, session_id: str, ref: EntryRef) -> Look:
        return self._writing.look(session_id, ref)

    def busy(self, span: Span) -> BusyAnswer:
        reader = self._reading.reader(self._clock.now())
        found = [(reader.busy_span(row)[0], row) for row in self._view.within(span)]
        near = [(each, row) for each, row in found if each is not None and each.overlaps(span)]
        return BusyAnswer(merged(each for each, row in near if self._view.session_of(row) is None))

    def watch(self, address: str, now: datetime) -> Subscription:
        """ports.hook.Watchable; see push.Subscriptions.subscribe."""
        return self.push.subscribe(address, now)

    # -- doctor ----------------------------------------------------------------------------------------------------

    def probe(self) -> tuple[str, ...]:
        token = self._wire.token()
        self._check_permissions(granted(token))
        about = self._wire.get(self._wire.url(self._place.about, {"$select": "id,canEdit"}))
        if self._binding.writable and about.data.get("canEdit") is False:
            raise Misconfigured(
                "the calendar may be read and not changed",
                hint="Ask its owner for the right to edit, or list it among the calendars that are only read.",
            )
        now = self._clock.now()
        shown = self._view.within(Span(now, now + timedelta(days=1)))
        facts = ["signed in", "calendar found", f"{len(shown)} entries read about today"]
        if about.read_at is not None and abs(about.read_at - now) > timedelta(minutes=5):
            facts.append(f"this machine's clock is {(now - about.read_at).total_seconds():+.0f} s off Graph's")
        if "immutableid" not in about.headers.get("preference-applied", "").casefold():
            facts.append("Graph does not say that its ids are immutable")
        return tuple(facts)

    def _check_permissions(self, names: frozenset[str] | None) -> None:
        """By the names in the token, where it shows them."""
        wanted = WRITES if self._binding.writable else READS
        if names is not None and not names & wanted:
            raise Misconfigured(
                f"the permission {min(wanted)} is missing",
                hint="Grant the application Calendars.ReadWrite in Entra, with an administrator's consent.",
            )


def _place(binding: CalendarBinding) -> Place:
    place = Place.of(binding.address)
    if not place.mailbox:
        raise Misconfigured(
            f"the calendar {binding.calendar_id} names no mailbox",
            hint="Its address is the mailbox's, or `mailbox/calendar-id`.",
        )
    return place
