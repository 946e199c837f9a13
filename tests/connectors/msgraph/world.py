"""The simulated Exchange Online as the contract's world: staff act on its mailbox straight, the connector over TLS."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape, unescape
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Any

from connectors.msgraph import Settings, build
from syncd.domain.spans import Span
from syncd.ports.calendar import Calendar, CalendarBinding
from syncd.ports.connector import Tools
from syncd.testing.contracts import calendar_acts as acts
from syncd.testing.contracts.calendar_acts import Act, Fault, Kind, StaffEntry
from syncd.testing.contracts.calendar_world import STAFF_EMAIL, CalendarWorld, ContractKeys, Standing
from tests.simulators.graph import GraphSimulator, render
from tests.simulators.graph.api import Graph
from tests.simulators.graph.entra import CLIENT, SECRET, TENANT
from tests.simulators.graph.mailbox import DELETED_ITEMS, Attendee, Event, Mailbox
from tests.simulators.graph.mailbox import Calendar as Folder

HIDDEN = "string {00062002-0000-0000-c000-000000000046} name staffs-program"
OTHER_MASTER = "AAkALg-of-somebody-else"
A_WHILE = timedelta(minutes=1)

_KINDS: dict[Kind, dict[str, Any]] = {
    Kind.PLAIN: {},
    Kind.FREE: {"show_as": "free"},
    Kind.CANCELLED: {"cancelled": True},
    Kind.DECLINED: {"response": "declined", "organizer": False},
    Kind.WORKING_LOCATION: {"show_as": "workingElsewhere"},
    Kind.TENTATIVE: {"show_as": "tentative"},
    Kind.UNANSWERED: {"response": "notResponded", "show_as": "tentative", "organizer": False},
    Kind.OUT_OF_OFFICE: {"show_as": "oof"},
    Kind.PRIVATE: {"sensitivity": "private"},
    Kind.UNKNOWN: {"show_as": "unknown"},
}


@dataclass
class GraphClock:
    """The connector's machine: its clock goes with the simulator's, and is right."""

    graph: Graph

    def now(self) -> datetime:
        return self.graph.now

    def monotonic(self) -> float:
        return monotonic()


@dataclass
class GraphWorld(CalendarWorld):
    """One person with two calendars in a new tenant. `settings`: more of the connector's."""

    simulator: GraphSimulator
    ca_file: Path
    settings: dict[str, object] = field(default_factory=dict)
    credentials: dict[str, str] = field(default_factory=lambda: {"graph": SECRET})
    zone: str = "Europe/Berlin"
    address: str = STAFF_EMAIL
    calendar_id: str = "ada"

    cannot = MappingProxyType({Kind.FOCUS: "Exchange Online shows focus time as any other busy event"})

    def __post_init__(self) -> None:
        folders = {name: Folder(f"AAMkAG-{name}", name) for name in ("default", "other")}
        self.mailbox = Mailbox(STAFF_EMAIL, {f.id: f for f in folders.values()}, folders["default"].id)
        self.other = folders["other"].id
        self.graph.mailboxes[STAFF_EMAIL] = self.mailbox

    @property
    def graph(self) -> Graph:
        return self.simulator.graph

    def tools(self) -> Tools:
        return Tools(GraphClock(self.graph), ContractKeys(), self.credentials.__getitem__, self.ca_file.parent)

    def configured(self) -> Settings:
        told: dict[str, object] = {
            "tenant": TENANT,
            "client_id": CLIENT,
            "credential": "graph",
            "authority": self.simulator.authority,
            "base_url": self.simulator.base_url,
            "ca_file": self.ca_file.name,
            "timeout_seconds": 10,
        }
        return Settings.model_validate(told | self.settings)

    def open(self, binding: CalendarBinding) -> Calendar:
        return build("graph", self.configured(), self.tools()).open(binding)

    # -- acts ------------------------------------------------------------------------------------------------------

    def act(self, act: Act) -> str:
        self.graph.now += A_WHILE
        event_id = self._acted(act)
        if event_id in self.mailbox.events:
            self.graph.subscriptions.changed(self.mailbox, self.mailbox.events[event_id], "updated")
        return event_id

    def _acted(self, act: Act) -> str:
        match act:
            case acts.Adds(entry):
                return self._added(entry).id
            case acts.AddsOrphan(original_start, span):
                event = self._event(span, series=OTHER_MASTER, original_start=original_start, organizer=False)
                return event.id
            case acts.AddsCustomZone(span):
                return self._event(span, zone="tzone://Microsoft/Custom", subject="Somewhere").id
            case acts.AddsUnreadable(span):
                return self._swapped(span).id
            case _:
                return self._changed(act)

    def _changed(self, act: Act) -> str:
        assert not isinstance(act, acts.Adds | acts.AddsOrphan | acts.AddsCustomZone | acts.AddsUnreadable)
        event = self.mailbox.events[act.event_id]
        match act:
            case acts.Moves(span=span):
                event.starts_at, event.ends_at = span.starts_at, span.ends_at
            case acts.Writes(note=note):
                event.html = event.html.replace("</body>", f'<p class="MsoNormal">{escape(note)}</p></body>')
                event.properties[HIDDEN] = "kept"
            case acts.Deletes():
                self.mailbox.trashed(event, self.graph.now)
                return event.id
            case acts.Cancels():
                event.cancelled = True
            case acts.MovesInstance(original_start=start, span=span):
                exception = deepcopy(event)
                exception.id, exception.rule = f"{event.id}-x{len(self.mailbox.events)}", None
                exception.series = event.id
                exception.original_start, exception.starts_at, exception.ends_at = start, span.starts_at, span.ends_at
                self.mailbox.events[exception.id] = exception
                self.mailbox.touched(exception, self.graph.now)
            case acts.CancelsInstance(original_start=start):
                event.dropped.add(start)
            case acts.Duplicates(span=span):
                return self._copied(event, span).id
            case acts.MovesToOtherCalendar():
                event.calendar = self.other
            case _:
                raise AssertionError(f"unknown act {act}")
        self.mailbox.touched(event, self.graph.now)
        return event.id

    def _event(self, span: Span, **more: Any) -> Event:
        event = self.graph.new_event(self.mailbox, self.mailbox.default, span.starts_at, span.ends_at)
        for name, value in more.items():
            setattr(event, name, value)
        self.mailbox.touched(event, self.graph.now)
        return event

    def _swapped(self, span: Span) -> Event:
        """It ends before it starts, which no sound program lets in."""
        event = self._event(span)
        start, end = render.moment(span.starts_at, event), render.moment(span.ends_at, event)
        event.raw = {"start": end, "end": start}
        return event

    def _added(self, entry: StaffEntry) -> Event:
        event = self._event(
            entry.span,
            zone=entry.zone,
            subject=entry.title,
            html=typed(entry.notes),
            place=entry.place,
            all_day=entry.all_day,
            categories=[entry.category] if entry.category else [],
            attendees=[Attendee(address) for address in entry.attendees],
            rule=entry.rule,
            **_KINDS[entry.kind],
        )
        if event.organizer:
            self.graph.mailed += entry.attendees
        return event

    def _copied(self, event: Event, span: Span) -> Event:
        copy = self.graph.new_event(self.mailbox, event.calendar, span.starts_at, span.ends_at)
        for name in ("subject", "html", "place", "show_as", "zone", "all_day"):
            setattr(copy, name, getattr(event, name))
        copy.properties = dict(event.properties)
        self.mailbox.touched(copy, self.graph.now)
        return copy

    # -- faults ----------------------------------------------------------------------------------------------------

    def break_down(self, fault: Fault) -> None:
        knobs = self.graph.knobs
        match fault:
            case acts.Down():
                knobs.down = True
                self.simulator.server.hang_up()
            case acts.Answers(status, retry_after, times, writes_only):
                knobs.status, knobs.retry_after = status, retry_after
                knobs.times, knobs.writes_only = times, writes_only
            case acts.LosesCursors():
                self.graph.lose_cursors()
            case acts.LosesCursorMidPaging():
                knobs.loses_mid_paging = True
            case acts.SmallPages(items):
                knobs.page_items = items
            case acts.CutsAnswers():
                knobs.cuts = True
            case acts.RepeatsPage():
                knobs.repeats = True
            case acts.PhantomDeletion(event_id):
                knobs.phantoms.append(event_id)
            case acts.Emptied():
                knobs.emptied = True
            case acts.DropsNextWriteAnswer():
                knobs.drops_next_write = True
            case acts.Lags():
                self.graph.lag()
            case acts.Skewed(by):
                knobs.skew = by
            case acts.SendsElsewhere():
                knobs.elsewhere = True
            case _:
                raise AssertionError(f"unknown fault {fault}")

    def heal(self) -> None:
        fresh = type(self.graph.knobs)()
        for name in vars(fresh):
            setattr(self.graph.knobs, name, getattr(fresh, name))
        self.graph.replica = self.graph.view_replica = None

    # -- what is -------------------------------------------------------------------------------------------------

    def standing(self) -> tuple[Standing, ...]:
        return tuple(
            _standing(each)
            for each in self.mailbox.events.values()
            if each.calendar == self.mailbox.default and not self.mailbox.is_exception(each) and not each.raw
        )

    def trashed(self) -> tuple[str, ...]:
        return tuple(each.id for each in self.mailbox.events.values() if each.calendar == DELETED_ITEMS)

    def mails(self) -> tuple[str, ...]:
        return tuple(self.graph.mailed)

    def requests(self) -> int:
        """Those to Graph; the sign-in is another service, and counts by itself (`simulator.entra.requests`)."""
        return self.graph.requests

    def elsewhere(self) -> int:
        return self.simulator.stranger.connections

    def server_time(self) -> datetime:
        return self.graph.now + self.graph.knobs.skew


def _standing(event: Event) -> Standing:
    return Standing(
        event.id,
        Span(event.starts_at, event.ends_at),
        event.subject,
        text_of(event.html),
        event.place,
        tuple((each.address, each.response.upper()) for each in event.attendees),
        event.properties.get(HIDDEN, ""),
    )


def asked(world: GraphWorld, since: int = 0) -> list[str]:
    """What Graph was asked, without the mailbox's name."""
    return [each.replace("/v1.0/users/ada@desk.example", "") for each in world.graph.record[since:]]


def typed(notes: str) -> str:
    """A body as Outlook keeps what a person typed."""
    lines = "<br>\r\n".join(escape(line) for line in notes.split("\n"))
    return f"<html>\r\n<head>\r\n</head>\r\n<body>\r\n<div>{lines}</div>\r\n</body>\r\n</html>\r\n"


def text_of(html: str) -> str:
    """What a person would read in a body of the simulator's: not the code under test."""
    body = re.sub(r"(?s)<head>.*?</head>", "", html).replace("\r\n", "")
    lines = re.sub(r"(?i)<br ?/?>|</?(p|div)\b[^>]*>", "\n", body)
    return unescape(re.sub(r"<[^>]*>", "", lines))
