"""The world of the contract at Google: one person of a Workspace, and the simulator."""

from __future__ import annotations

import copy
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from connectors.google_calendar import Settings, manifest
from connectors.google_calendar.calendar import Account
from syncd.domain.spans import Span
from syncd.ports.calendar import Calendar, CalendarBinding
from syncd.ports.connector import Tools
from syncd.runtime.clock import SystemClock
from syncd.testing.contracts import calendar_acts as acts
from syncd.testing.contracts.calendar_acts import Kind, StaffEntry
from syncd.testing.contracts.calendar_world import STAFF_EMAIL, CalendarWorld, ContractKeys, Standing
from tests.simulators.google import series
from tests.simulators.google.faults import Refusal
from tests.simulators.google.simulator import GoogleSimulator
from tests.simulators.google.state import Calendar as Held
from tests.simulators.google.state import Event, Item

TEAM = "team@group.calendar.example"
STRANGER = "eve@elsewhere.example"
SCOPES = frozenset(
    f"https://www.googleapis.com/auth/{name}"
    for name in ("calendar.events", "calendar.freebusy", "calendar.calendarlist.readonly")
)

_BY_KIND: dict[Kind, Item] = {
    Kind.FREE: {"transparency": "transparent"},
    Kind.WORKING_LOCATION: {"eventType": "workingLocation", "transparency": "transparent", "visibility": "public"},
    Kind.TENTATIVE: {"status": "tentative"},
    Kind.OUT_OF_OFFICE: {"eventType": "outOfOffice"},
    Kind.FOCUS: {"eventType": "focusTime"},
    Kind.PRIVATE: {"visibility": "private"},
}


class GoogleWorld(CalendarWorld):
    cannot = MappingProxyType({acts.CATEGORIES: "Google Calendar knows no categories"})
    address = STAFF_EMAIL

    def __init__(self, simulator: GoogleSimulator) -> None:
        self.google = simulator
        self.google.reset()
        self.ada: Held = self.google.state.person(STAFF_EMAIL)
        self.team: Held = self.google.state.calendar(TEAM, STAFF_EMAIL)
        self.google.sign_in.delegated = SCOPES
        self.credential = ""
        self.by_consent()
        self.settings: dict[str, Any] = {"search_all_calendars": True}
        self._made = 0

    @property
    def zone(self) -> str:
        return self.ada.zone

    @zone.setter
    def zone(self, zone: str) -> None:
        self.ada.zone = zone

    def by_consent(self, **changes: Any) -> None:
        """As one account, whose consent is held as a refresh token."""
        given = {"token_uri": self.google.token_uri, **changes}
        self.credential = self.google.sign_in.consent(STAFF_EMAIL, SCOPES, **given)

    def by_delegation(self, **changes: Any) -> None:
        """As a service account that may act for the whole Workspace."""
        self.credential = self.google.sign_in.key_file(**{"token_uri": self.google.token_uri, **changes})

    def account(self, **settings: Any) -> Account:
        given = {"credential": "google", "endpoint": self.google.endpoint, "token_hosts": (self.google.host,)}
        tools = Tools(SystemClock(), ContractKeys(), lambda _: self.credential, Path())
        built = manifest.build("google", Settings(**{**given, **self.settings, **settings}), tools)
        assert isinstance(built, Account)
        return built

    def open(self, binding: CalendarBinding) -> Calendar:
        return self.account().open(binding)

    # -- acts ------------------------------------------------------------------------------------------------------

    def act(self, act: acts.Act) -> str:
        with self.google.state.lock:
            return self._act(act)

    def _act(self, act: acts.Act) -> str:
        match act:
            case acts.Adds(entry):
                return self._adds(entry)
            case acts.Moves(event_id, span):
                return self._changes(event_id, **_timed(span))
            case acts.Writes(event_id, note):
                before = self.ada.events[event_id].item
                private = {**before.get("extendedProperties", {}).get("private", {}), "other-tool": "4711"}
                text = f"{before.get('description', '')}\n{note}"
                return self._changes(event_id, description=text, extendedProperties={"private": private})
            case acts.Deletes(event_id) | acts.Cancels(event_id):
                self.google.methods.delete(self.ada, self.ada.events[event_id])
                return event_id
            case acts.MovesInstance(event_id, original_start, span):
                return self._excepts(event_id, original_start, **_timed(span))
            case acts.CancelsInstance(event_id, original_start):
                return self._excepts(event_id, original_start, status="cancelled")
            case acts.AddsOrphan(original_start, span):
                return self._invited(_timed(span), "accepted", series="othersseries", original_start=original_start)
            case acts.AddsCustomZone(span):
                made = self._adds(StaffEntry(span.starts_at, span.ends_at))
                item = self.ada.events[made].item
                for name in ("start", "end"):
                    item[name]["timeZone"] = "Customized Time Zone"
                return made
            case acts.AddsUnreadable(span):
                made = self._adds(StaffEntry(span.starts_at, span.ends_at, rule="FREQ=DAILY"))
                return self._changes(made, recurrence=["RRULE:FREQ=SOMETIMES"])
            case acts.Duplicates(event_id, span):
                copied = {**copy.deepcopy(self.ada.events[event_id].item), **_timed(span), "id": self._id()}
                return self._holds(copied | {"iCalUID": f"{copied['id']}@google.com"})
            case acts.MovesToOtherCalendar(event_id):
                moved = copy.deepcopy(self.ada.events[event_id].item) | {"organizer": {"email": TEAM}}
                self.team.events[event_id] = Event(moved)
                self.google.state.touch(self.team, self.team.events[event_id])
                self.google.methods.delete(self.ada, self.ada.events[event_id])
                return event_id

    def _adds(self, entry: StaffEntry) -> str:
        flags = _BY_KIND.get(entry.kind, {})
        days = entry.all_day and entry.kind not in (Kind.OUT_OF_OFFICE, Kind.FOCUS)  # those are never whole days
        times = _days(entry) if days else _timed(entry.span, entry.zone)
        words = {"summary": entry.title, "description": entry.notes, "location": entry.place}
        body = {**times, **flags, **{name: text for name, text in words.items() if text}}
        if entry.rule is not None:
            body["recurrence"] = [f"RRULE:{entry.rule}"]
        if entry.attendees:
            host = {"email": self.ada.id, "organizer": True, "responseStatus": "accepted"}
            body["attendees"] = [host, *({"email": a, "responseStatus": "needsAction"} for a in entry.attendees)]
        if entry.kind in (Kind.DECLINED, Kind.UNANSWERED):
            return self._invited(body, "declined" if entry.kind is Kind.DECLINED else "needsAction")
        made = self._holds(self.google.methods.fresh(self.ada, self.ada.id, {**body, "id": self._id()}))
        self.google.state.mail(self.ada, self.ada.events[made].item, "all", "invitation")
        if entry.kind is Kind.CANCELLED:
            self.google.methods.delete(self.ada, self.ada.events[made])
        if entry.kind is Kind.UNKNOWN:
            self.ada.events[made].item["status"] = "postponed"
        return made

    def _invited(
        self, body: Item, answer: str, series: str | None = None, original_start: datetime | None = None
    ) -> str:
        """Somebody else's event, with ada as a guest."""
        guest = {"email": self.ada.id, "responseStatus": answer}
        item = self.google.methods.fresh(self.ada, STRANGER, {**body, "attendees": [guest], "id": self._id()})
        item["organizer"] = {"email": STRANGER}
        if series is not None and original_start is not None:
            item |= {"id": f"{series}_{original_start:%Y%m%dT%H%M%SZ}", "recurringEventId": series}
            item["originalStartTime"] = {"dateTime": original_start.isoformat(), "timeZone": "UTC"}
        return self._holds(item)

    def _changes(self, event_id: str, **fields: Any) -> str:
        event = self.ada.events[event_id]
        event.item = {**event.item, **fields}
        self.google.state.touch(self.ada, event)
        return event_id

    def _excepts(self, series_id: str, original_start: datetime, **fields: Any) -> str:
        """An instance as an item of its own."""
        master = copy.deepcopy(self.ada.events[series_id].item)
        del master["recurrence"]
        times = _timed(Span(original_start, original_start + timedelta(minutes=30)))
        return self._holds(
            {
                **master,
                **times,
                **fields,
                "id": f"{series_id}_{original_start:%Y%m%dT%H%M%SZ}",
                "recurringEventId": series_id,
                "originalStartTime": {"dateTime": original_start.isoformat(), "timeZone": "UTC"},
            }
        )

    def _holds(self, item: Item) -> str:
        event = self.ada.events[item["id"]] = Event(item)
        self.google.state.touch(self.ada, event)
        return str(item["id"])

    def _id(self) -> str:
        self._made += 1
        return f"staff{self._made:05d}"

    # -- faults ----------------------------------------------------------------------------------------------------

    def break_down(self, fault: acts.Fault) -> None:
        knobs = self.google.faults
        match fault:
            case acts.Down():
                self.google.server.down()
            case acts.Answers(status, retry_after, times, writes_only):
                knobs.refusal = Refusal(status, "", times, writes_only, retry_after)
            case acts.LosesCursors():
                self.google.state.epoch += 1
            case acts.LosesCursorMidPaging():
                knobs.loses_page_tokens = True
            case acts.SmallPages(items):
                knobs.page_items_max = items
            case acts.CutsAnswers():
                knobs.cuts_answers = True
            case acts.RepeatsPage():
                knobs.repeats_items = True
            case acts.PhantomDeletion(event_id):
                knobs.phantoms.append(event_id)
            case acts.Emptied():
                knobs.emptied = True
            case acts.DropsNextWriteAnswer():
                knobs.drops_write_answers = 1
            case acts.Lags():
                knobs.replica = self.google.state.replica()
            case acts.Skewed(by):
                self.google.state.skew = by
            case acts.SendsElsewhere():
                knobs.elsewhere = f"{self.google.trap.origin}/calendar/v3/stolen"

    def heal(self) -> None:
        self.google.heal()

    # -- what is seen past the connector ---------------------------------------------------------------------------

    def standing(self) -> tuple[Standing, ...]:
        with self.google.state.lock:
            return tuple(_standing(e.item, self.ada) for e in self.ada.events.values() if not e.cancelled)

    def mails(self) -> tuple[str, ...]:
        return tuple(mail.recipient for mail in self.google.state.mails)

    def requests(self) -> int:
        return len(self.google.requests)

    def elsewhere(self) -> int:
        return self.google.trap.connections

    def server_time(self) -> datetime:
        return self.google.state.now()


def _standing(item: Item, calendar: Held) -> Standing:
    starts_at, ends_at = series.span(item, calendar.zoneinfo)
    guests = [a for a in item.get("attendees", ()) if a["email"] != calendar.id]
    return Standing(
        event_id=item["id"],
        span=Span(starts_at, ends_at),
        title=item.get("summary", ""),
        text=item.get("description", ""),
        place=item.get("location", ""),
        attendees=tuple((a["email"], a["responseStatus"]) for a in guests),
        hidden=item.get("extendedProperties", {}).get("private", {}).get("other-tool", ""),
    )


def _timed(span: Span, zone: str = "UTC") -> Item:
    local = ZoneInfo(zone)
    return {
        name: {"dateTime": at.astimezone(local).isoformat(), "timeZone": zone}
        for name, at in (("start", span.starts_at), ("end", span.ends_at))
    }


def _days(entry: StaffEntry) -> Item:
    zone = ZoneInfo(entry.zone)
    days: dict[str, date] = {
        "start": entry.starts_at.astimezone(zone).date(),
        "end": entry.ends_at.astimezone(zone).date(),
    }
    return {name: {"date": day.isoformat()} for name, day in days.items()}
