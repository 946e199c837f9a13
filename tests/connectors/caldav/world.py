"""A real CalDAV server as the contract's world: staff act on it straight, the connector through a faulty proxy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import icalendar

from connectors.caldav import Settings, build
from syncd.domain.spans import Span
from syncd.ports.calendar import Calendar, CalendarBinding
from syncd.ports.connector import Tools
from syncd.testing.contracts import calendar_acts as acts
from syncd.testing.contracts.calendar_acts import PROVIDER_INVITES, Act, Fault
from syncd.testing.contracts.calendar_world import NOW, CalendarWorld, ContractKeys, Standing
from tests.connectors.caldav import staff_ics
from tests.connectors.caldav.staff_ics import HIDDEN, edited, local, said, utc
from tests.simulators.caldav_servers import SERVERS, Server, StaffHttp
from tests.simulators.faulty_listing import Faults
from tests.simulators.faulty_proxy import Elsewhere, FaultyProxy

GARBLED = "X-TEST-GARBLED:1"


@dataclass
class FixedClock:
    at: datetime = NOW
    ticks: float = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.ticks


def no_credential(name: str) -> str:
    raise AssertionError(f"no credential was to be asked for, and {name} was")


@dataclass
class DavWorld(CalendarWorld):
    """One new calendar on a running server."""

    server: Server
    proxy: FaultyProxy
    staff_http: StaffHttp
    path: str
    elsewhere_host: Elsewhere
    settings: dict[str, object] = field(default_factory=dict)
    clock: FixedClock = field(default_factory=FixedClock)
    credential: Callable[[str], str] = no_credential
    zone: str = "Europe/Berlin"
    calendar_id: str = "ada"
    ground: Faults = field(default_factory=Faults)
    sent: list[str] = field(default_factory=list)
    made: int = 0
    calendars: list[str] = field(default_factory=list)
    rest: ExitStack = field(default_factory=ExitStack)
    cannot: Mapping[object, str] = field(default_factory=dict)

    CANNOT: ClassVar[dict[str, dict[object, str]]] = {
        "radicale": {PROVIDER_INVITES: "Radicale invites nobody"},
        "xandikos": {},
    }

    def __post_init__(self) -> None:
        self.address = self.path
        self.cannot = {**staff_ics.NOT_IN_CALDAV, **self.CANNOT[self.server.kind], **self.cannot}
        self.proxy.ground = self.ground
        self.proxy.heal()
        self.make_calendar(self.path)

    def make_calendar(self, path: str) -> None:
        self.staff_http.make_calendar(path)
        self.calendars.append(path)

    def close(self) -> None:
        """Whoever shares the server with the next test takes nothing along into it."""
        self.rest.close()
        self.proxy.ground = Faults()
        self.proxy.heal()
        self.proxy.seen.clear()
        for path in self.calendars:
            self.staff_http.delete(path)

    def open(self, binding: CalendarBinding) -> Calendar:
        signs_in = {"username": "ada", "credential": "password"} if self.server.kind == "radicale" else {}
        settings = Settings.model_validate({"url": self.proxy.url, **signs_in, **self.settings})
        credential = self.credential if self.credential is not no_credential or not signs_in else lambda name: "secret"
        tools = Tools(self.clock, ContractKeys(), credential, Path())
        return build("caldav", settings, tools).open(binding)

    # -- staff -----------------------------------------------------------------------------------------------------

    def act(self, act: Act) -> str:
        match act:
            case acts.Adds(entry):
                return self.add(lambda uid: staff_ics.event(uid, entry))
            case acts.AddsOrphan(original_start, span):
                return self.add(lambda uid: staff_ics.orphan(uid, original_start, span))
            case acts.AddsCustomZone(span):
                return self.add(lambda uid: staff_ics.custom_zone(uid, span))
            case acts.AddsUnreadable(span):
                return self.add_unreadable(span)
            case acts.Moves(event_id, span):
                self.edit(event_id, {"DTSTART": f":{utc(span.starts_at)}", "DTEND": f":{utc(span.ends_at)}"})
            case acts.Writes(event_id, note):
                before = said(self.get(event_id), "DESCRIPTION").removeprefix(":")
                text = f":{before}\\n{staff_ics.escaped(note)}"
                self.edit(event_id, {"DESCRIPTION": text, HIDDEN: ":teal"})
            case acts.Cancels(event_id):
                self.edit(event_id, {"STATUS": ":CANCELLED"})
            case acts.Deletes(event_id):
                self.staff_http.delete(self.path + event_id)
                return event_id
            case acts.MovesInstance(event_id, original_start, span):
                self.move_instance(event_id, original_start, span)
            case acts.CancelsInstance(event_id, original_start):
                zone = _zone_of(self.get(event_id))
                self.edit(event_id, {}, [f"EXDATE{local(original_start, zone)}"])
            case acts.Duplicates(event_id, span):
                return self.duplicate(event_id, span)
            case acts.MovesToOtherCalendar(event_id):
                other = f"{self.path.rstrip('/')}-private/"
                self.make_calendar(other)
                self.staff_http.put(other + event_id, self.get(event_id))
                self.staff_http.delete(self.path + event_id)
        return event_id

    def add(self, text_for: Callable[[str], str]) -> str:
        self.made += 1
        uid = f"staff-{self.made}-{self.path.strip('/').replace('/', '-')}"
        self.staff_http.put(f"{self.path}{uid}.ics", text_for(uid))
        return f"{uid}.ics"

    def add_unreadable(self, span: Span) -> str:
        """Both servers refuse an item that is broken outright, so the proxy breaks it on its way to us."""
        entry = acts.StaffEntry(span.starts_at, span.ends_at)
        event_id = self.add(lambda uid: edited(staff_ics.event(uid, entry), {}, [GARBLED]))
        self.proxy.faults.replace += ((GARBLED.encode(), b"RRULE:FREQ=NEVERLY;UNTIL=soon"),)
        return event_id

    def get(self, event_id: str) -> str:
        return self.staff_http.get(self.path + event_id)

    def edit(self, event_id: str, changes: dict[str, str | None], append: list[str] | None = None) -> None:
        stamp = f":{utc(self.clock.now())}"
        text = edited(self.get(event_id), {"DTSTAMP": stamp, "LAST-MODIFIED": stamp, **changes}, append)
        self.staff_http.put(self.path + event_id, text)

    def move_instance(self, event_id: str, original_start: datetime, span: Span) -> None:
        text = self.get(event_id)
        uid = said(text, "UID").removeprefix(":")
        lines = [f"RECURRENCE-ID{local(original_start, _zone_of(text))}"]
        lines += [f"DTSTART:{utc(span.starts_at)}", f"DTEND:{utc(span.ends_at)}", "SUMMARY:moved"]
        self.staff_http.put(self.path + event_id, staff_ics.with_component(text, staff_ics.vevent(uid, lines)))

    def duplicate(self, event_id: str, span: Span) -> str:
        text = self.get(event_id)
        times = {"DTSTART": f":{utc(span.starts_at)}", "DTEND": f":{utc(span.ends_at)}", "DURATION": None}
        return self.add(lambda uid: edited(text, {"UID": f":{uid}", **times}))

    # -- faults ----------------------------------------------------------------------------------------------------

    def break_down(self, fault: Fault) -> None:
        faults = self.proxy.faults
        match fault:
            case acts.Down():
                self.proxy.down()
            case acts.Answers(status, retry_after, times, writes_only):
                faults.status, faults.retry_after, faults.times = status, retry_after, times
                faults.writes_only = writes_only
            case acts.LosesCursors():
                self.proxy.lose_tokens()
            case acts.LosesCursorMidPaging():
                faults.refuse_pages = True
            case acts.SmallPages(items):
                faults.page = items
            case acts.CutsAnswers():
                faults.cut = True
            case acts.RepeatsPage():
                faults.repeat = True
            case acts.PhantomDeletion(event_id):
                faults.phantoms += (event_id,)
            case acts.Emptied():
                faults.emptied = True
            case acts.DropsNextWriteAnswer():
                faults.drop_next_write = True
            case acts.Lags():
                replica = self.rest.enter_context(SERVERS[self.server.kind](self.server.folder))
                faults.reads_from = replica.port
            case acts.Skewed(by):
                faults.skew = by
            case acts.SendsElsewhere():
                faults.redirect = self.elsewhere_host.url

    def heal(self) -> None:
        self.proxy.heal()

    def standing(self) -> tuple[Standing, ...]:
        listed = self.staff_http.ask("PROPFIND", self.path, Depth="1")
        assert listed.status_code == 207
        names = sorted({line.split("<")[0] for line in listed.text.split(self.path)[1:] if line.split("<")[0]})
        return tuple(_standing(name, self.get(name)) for name in names)

    def mails(self) -> tuple[str, ...]:
        return tuple(self.sent)

    def requests(self) -> int:
        return len(self.proxy.seen)

    def elsewhere(self) -> int:
        return self.elsewhere_host.visits

    def server_time(self) -> datetime:
        date = self.staff_http.ask("OPTIONS", self.path).headers.get("date")
        told = datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT") if date else datetime.now()  # noqa: DTZ005, DTZ007, TID251
        return told.replace(tzinfo=UTC) + self.proxy.faults.skew


def _zone_of(text: str) -> str:
    head = said(text, "DTSTART").split(":", 1)[0]
    return head.removeprefix(";TZID=") if "TZID=" in head else "UTC"


def _span_of(event: icalendar.cal.Component) -> Span:
    assert isinstance(event, icalendar.Event)
    first, end = event.start, event.end
    if isinstance(first, datetime) and isinstance(end, datetime):
        return Span(first, end)
    starts_at = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return Span(starts_at, starts_at + timedelta(days=1))


def _standing(name: str, text: str) -> Standing:
    """Read by a library, not by what is under test."""
    event = icalendar.Calendar.from_ical(text).walk("VEVENT")[0]
    attendees = event.get("ATTENDEE", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    return Standing(
        event_id=name,
        span=_span_of(event),
        title=str(event.get("SUMMARY", "")),
        text=str(event.get("DESCRIPTION", "")),
        place=str(event.get("LOCATION", "")),
        attendees=tuple((str(a).removeprefix("mailto:"), str(a.params.get("PARTSTAT", ""))) for a in attendees),
        hidden=str(event.get(HIDDEN, "")),
    )
