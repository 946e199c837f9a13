"""The simulated Exchange server as the contract's world: staff act on its mailbox, the connector speaks EWS to it."""

from __future__ import annotations

import copy
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from connectors.exchange import Settings
from connectors.exchange.calendar import ServiceAccount
from syncd.domain.evidence import Evidence
from syncd.domain.spans import Span
from syncd.ports.calendar import Calendar, CalendarBinding
from syncd.ports.connector import Tools
from syncd.ports.errors import CursorExpired, Misconfigured
from syncd.testing.contracts import calendar_acts as acts
from syncd.testing.contracts.calendar_acts import Act, Fault, Kind, StaffEntry
from syncd.testing.contracts.calendar_reader import Reader
from syncd.testing.contracts.calendar_world import NOW, STAFF_EMAIL, CalendarWorld, ContractKeys, Standing
from tests.simulators.ews import series
from tests.simulators.ews.access import User
from tests.simulators.ews.auth import Doors
from tests.simulators.ews.faults import WRITES, HttpAnswer
from tests.simulators.ews.render import said_in
from tests.simulators.ews.server import Server, Service
from tests.simulators.ews.state import CALENDAR, GLOBAL_ID, Attendee, Item, Mailbox, Pattern, World
from tests.simulators.ews.windows_zones import windows
from tests.simulators.ews.writes import discard
from tests.simulators.faulty_proxy import Elsewhere

HIDDEN = ("00020329-0000-0000-c000-000000000046", "BillingCode")
PASSWORD = "correct horse"
SERVICE = "DESK\\svc-syncd"

KINDS: dict[Kind, dict[str, object]] = {
    Kind.PLAIN: {},
    Kind.FREE: {"free_busy": "Free"},
    Kind.CANCELLED: {"cancelled": True},
    Kind.DECLINED: {"response": "Decline"},
    Kind.WORKING_LOCATION: {"free_busy": "WorkingElsewhere"},
    Kind.TENTATIVE: {"free_busy": "Tentative"},
    Kind.UNANSWERED: {"free_busy": "Tentative", "response": "NoResponseReceived"},
    Kind.OUT_OF_OFFICE: {"free_busy": "OOF"},
    Kind.PRIVATE: {"sensitivity": "Private"},
    Kind.UNKNOWN: {"free_busy": "NoData"},
}


def new_world(tls: ssl.SSLContext, ca_file: Path, elsewhere: Elsewhere, **more: Any) -> ExchangeWorld:
    """A server of its own, with one mailbox and one service account that may impersonate everybody."""
    memory = World(NOW)
    memory.mailbox(STAFF_EMAIL)
    service_account = User(SERVICE, PASSWORD, impersonates=frozenset({"*"}))
    server = Server(Service(memory, Doors({SERVICE: service_account})), tls)
    return ExchangeWorld(server, ca_file, elsewhere, **more)


@dataclass
class FixedClock:
    at: datetime = NOW
    seconds: float = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class ExchangeWorld(CalendarWorld):
    """One mailbox on a server of its own."""

    server: Server
    ca_file: Path
    elsewhere_host: Elsewhere
    settings: dict[str, object] = field(default_factory=dict)
    secret: str = PASSWORD
    credentials: dict[str, str] = field(default_factory=dict)
    clock: FixedClock = field(default_factory=FixedClock)
    zone: str = "Europe/Berlin"
    address: str = STAFF_EMAIL
    calendar_id: str = "ada"
    copies_keep_uid: bool = False
    without_credential: bool = False
    accounts: list[ServiceAccount] = field(default_factory=list)

    cannot = MappingProxyType({Kind.FOCUS: "Exchange has no focus time of its own: it is a busy event"})

    # -- the connector ---------------------------------------------------------------------------------------------

    def built_with(self) -> tuple[Settings, Tools]:
        about = {"endpoint": self.server.endpoint, "auth": "basic", "username": SERVICE, "credential": "password"}
        settings = Settings.model_validate(about | {"ca_file": self.ca_file} | self.settings)
        return settings, Tools(self.clock, ContractKeys(), self._credential, Path("/"))

    def account(self) -> ServiceAccount:
        account = ServiceAccount("exchange", *self.built_with())
        self.accounts.append(account)
        return account

    def _credential(self, name: str) -> str:
        if self.without_credential:
            raise Misconfigured(f"there is no credential {name}", hint="store it")
        return self.credentials.get(name, self.secret)

    def open(self, binding: CalendarBinding) -> Calendar:
        return self.account().open(binding)

    def close(self) -> None:
        """What the server found wrong with a message, or with itself, is the test's failure."""
        for account in self.accounts:
            account.close()
        self.server.close()
        assert self.server.service.errors == []
        assert self.server.service.judge.wrong == []

    # -- what staff do ---------------------------------------------------------------------------------------------

    @property
    def world(self) -> World:
        return self.server.service.world

    @property
    def mailbox(self) -> Mailbox:
        return self.world.mailbox(STAFF_EMAIL)

    def item(self, event_id: str) -> Item:
        return self.mailbox.items[event_id]

    def act(self, act: Act) -> str:
        with self.server.service.lock:
            return self._act(act)

    def _act(self, act: Act) -> str:
        match act:
            case acts.Adds(entry):
                return self._add(self._entered(entry))
            case acts.AddsOrphan(original_start, span):
                return self._add(self._plain(span, orphan_of=original_start, response="Accept"))
            case acts.AddsCustomZone(span):
                return self._add(self._plain(span, zone="tzone://Microsoft/Custom"))
            case acts.AddsUnreadable(span):
                return self._add(self._plain(span, corrupt=True))
            case acts.MovesInstance(event_id, original_start, span):
                own = series.exception(self.item(event_id), original_start)
                own.starts_at, own.ends_at = span.starts_at, span.ends_at
            case acts.CancelsInstance(event_id, original_start):
                self.item(event_id).deleted.add(original_start)
            case acts.Deletes(event_id):
                discard(self.world, self.mailbox, self.item(event_id))
                return event_id
            case acts.Duplicates(event_id, span):
                return self._copy(self.item(event_id), span)
            case acts.MovesToOtherCalendar(event_id):
                other = self.mailbox.add_calendar("Projects")
                return self.world.move(self.mailbox, self.item(event_id), other.folder_id).item_id
            case acts.Moves(event_id, span):
                self.item(event_id).starts_at, self.item(event_id).ends_at = span.starts_at, span.ends_at
            case acts.Writes(event_id, note):
                self._write(self.item(event_id), note)
            case acts.Cancels(event_id):
                self.item(event_id).cancelled = True
        self.world.touch(self.item(act.event_id), self.mailbox)
        return act.event_id

    def _write(self, item: Item, note: str) -> None:
        if item.body_kind == "HTML":
            item.body = item.body.replace("</body>", f"<p>{note}</p></body>")
        else:
            item.body = f"{item.body}\r\n{note}\r\n"
        item.props[HIDDEN] = "4711"

    def _add(self, item: Item) -> str:
        made = self.world.add(self.mailbox, self.mailbox.folder(CALENDAR).folder_id, item)
        if made.request_sent:
            self.world.mail_attendees(made)
        return made.item_id

    def _copy(self, item: Item, span: Span) -> str:
        twin = copy.deepcopy(item)
        twin.starts_at, twin.ends_at = span.starts_at, span.ends_at
        if not self.copies_keep_uid:
            twin.uid = ""
            del twin.props[GLOBAL_ID]
        return self._add(twin)

    def _plain(self, span: Span, **more: Any) -> Item:
        made = Item("", "", "", span.starts_at, span.ends_at, subject="Dentist")
        for name, value in more.items():
            setattr(made, name, value)
        return made

    def _entered(self, entry: StaffEntry) -> Item:
        made = self._plain(entry.span, subject=entry.title, body=entry.notes, place=entry.place, all_day=entry.all_day)
        made.zone = windows(entry.zone)
        made.categories = [entry.category] if entry.category else []
        made.attendees = [Attendee(address, required=n == 0) for n, address in enumerate(entry.attendees)]
        made.request_sent = bool(entry.attendees)
        for name, value in KINDS[entry.kind].items():
            setattr(made, name, value)
        if entry.rule is not None:
            parts = dict(part.split("=") for part in entry.rule.split(";"))
            count = parts.get("COUNT")
            made.pattern = Pattern(parts["FREQ"].lower(), int(parts.get("INTERVAL", 1)), int(count) if count else None)
        return made

    # -- what goes wrong -------------------------------------------------------------------------------------------

    def break_down(self, fault: Fault) -> None:
        faults = self.server.service.faults
        match fault:
            case acts.Down():
                faults.down = True
            case acts.Answers(status, retry_after, times, writes_only):
                headers = {} if retry_after is None else {"Retry-After": retry_after}
                faults.http = HttpAnswer(status, headers, times=times, only=WRITES if writes_only else None)
            case acts.SendsElsewhere():
                address = self.elsewhere_host.url.replace("http://", "https://") + "/EWS/Exchange.asmx"
                faults.http = HttpAnswer(302, {"Location": address})
            case acts.LosesCursors():
                self.world.epoch += 1
            case acts.LosesCursorMidPaging():
                faults.loses_middle = True
            case acts.SmallPages(items):
                faults.page_items_max = items
            case acts.CutsAnswers():
                faults.cuts = True
            case acts.RepeatsPage():
                faults.repeats = True
            case acts.PhantomDeletion(event_id):
                faults.phantom = event_id
            case acts.Emptied():
                faults.replica = copy.deepcopy(self.world)
                faults.replica.mailbox(STAFF_EMAIL).items.clear()
                faults.replica.mailbox(STAFF_EMAIL).log.clear()
            case acts.Lags():
                faults.replica = copy.deepcopy(self.world)
            case acts.DropsNextWriteAnswer():
                faults.drops_next_write_answer = True
            case acts.Skewed(by):
                faults.skew = by

    def heal(self) -> None:
        """And an hour has passed: a parked account is tried again (EWS-8)."""
        self.server.service.faults = type(self.server.service.faults)()
        self.clock.seconds += 3601

    # -- what is there ---------------------------------------------------------------------------------------------

    def standing(self) -> tuple[Standing, ...]:
        folder_id = self.mailbox.folder(CALENDAR).folder_id
        items = [item for item in self.mailbox.in_folder(folder_id) if not item.corrupt]
        return tuple(self._standing(item) for item in items)

    def _standing(self, item: Item) -> Standing:
        partstats = {"Accept": "ACCEPTED", "Decline": "DECLINED", "Tentative": "TENTATIVE"}
        return Standing(
            event_id=item.item_id,
            span=Span(item.starts_at, item.ends_at),
            title=item.subject,
            text=said_in(item.body, item.body_kind),
            place=item.place,
            attendees=tuple((a.email, partstats.get(a.response, "NEEDS-ACTION")) for a in item.attendees),
            hidden=item.props.get(HIDDEN, ""),
        )

    def mails(self) -> tuple[str, ...]:
        return tuple(self.world.mails)

    def requests(self) -> int:
        return self.server.service.requests

    def elsewhere(self) -> int:
        return self.elsewhere_host.visits

    def server_time(self) -> datetime:
        return (self.world.now + self.server.service.faults.skew).astimezone(UTC)


def reads_over(reader: Reader, days: float) -> list[Evidence]:
    """Polls every two hours for so long; what expires is read from the beginning."""
    evidence: list[Evidence] = []
    until = reader.now + timedelta(days=days)
    while reader.now < until:
        reader.now += timedelta(hours=2)
        try:
            evidence += reader.reads()
        except CursorExpired:
            reader.cursor = None
            evidence += reader.reads()
    return evidence
