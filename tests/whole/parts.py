"""A desk on real parts: Radicale, an SMTP server, a CSV directory, the assembled system; only time is virtual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from caldav.calendarobjectresource import Event
from caldav.collection import Calendar
from caldav.davclient import DAVClient
from icalendar import Event as Component

from syncd.domain.people import Attendee
from syncd.domain.session import Session
from syncd.engine.door import Details
from syncd.runtime.bootstrap import System, make_ready, open_system
from syncd.runtime.configuration import read_configuration
from syncd.testing.clock import VirtualClock
from tests.simulators.caldav_servers import Server, StaffHttp, free_port, radicale
from tests.simulators.faulty_listing import Refusal
from tests.simulators.faulty_proxy import FaultyProxy

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLL = timedelta(minutes=10)
STEPS_MAX = 2_000
CARL = Attendee("Carl Customer", "carl@acme.example", "America/New_York", "en", "+12025550143")

CREDENTIALS = {"calendars": "secret", "mailbox": "correct-horse"}
COMPANIES = "id,name,code,plan,plan_until\nacme,Acme Ltd,ACME-2026,support,\n"
CONTACTS = """id,company,name,email,mobile,zone
c1,acme,Carl Customer,carl@acme.example,+12025550143,America/New_York
"""

CONFIG = """
[desk]
name = "Example Support"
organizer = "support@desk.example"
base_url = "https://desk.example"
zone = "Europe/Berlin"
support_email = "support@desk.example"
operator_email = "operator@desk.example"

[[type]]
id = "online"
name = "Support session"

[[connector]]
name = "calendars"
kind = "caldav"
url = "{calendars}"
username = "ada"
credential = "calendars"

[[connector]]
name = "mail"
kind = "smtp"
host = "127.0.0.1"
port = {smtp}
tls = "none"

[[connector]]
name = "portal"
kind = "directory_csv"

[[connector]]
name = "rooms"
kind = "room"

[[connector.room]]
id = "room-1"
join_url = "https://meet.desk.example/500554260"
conference_id = "500 554 260#"
numbers = [{{ number = "+1 571 317 3122", label = "Washington" }}]
call_in_page = "https://meet.desk.example/numbers"

[[staff]]
id = "ada"
name = "Ada Adams"
email = "ada@desk.example"
zone = "Europe/Berlin"
calendar = {{ connector = "calendars", address = "{address}" }}
hours = {{ mon-fri = "08:00-20:00" }}
"""


class Inbox:
    """An SMTP server that keeps every message as it came."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.senders: list[str] = []  # of each message, the envelope's
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()
        self.port = int(self._controller.port)

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content).encode()
        self.messages += [(recipient, raw) for recipient in envelope.rcpt_tos]
        self.senders += [str(envelope.mail_from)] * len(envelope.rcpt_tos)
        return "250 taken"

    def to(self, recipient: str) -> list[bytes]:
        return [raw for who, raw in self.messages if who == recipient]

    def close(self) -> None:
        self._controller.stop()


@dataclass
class RealDesk:
    """`staff`: straight to the calendar server, as staff's own program; `proxy`: what syncd's requests pass through."""

    system: System
    clock: VirtualClock
    inbox: Inbox
    proxy: FaultyProxy
    staff: StaffHttp
    server: Server
    address: str
    reports: list[tuple[str, str, Exception]] = field(default_factory=list)
    poll: timedelta = POLL

    def run_until(self, instant: datetime) -> None:
        """Time passes: the directory once, calendars every ten minutes (`poll`), what is due at its instant."""
        for _ in range(STEPS_MAX):
            self.system.engine.tick()
            now = self.clock.now()
            if now >= instant:
                return
            due = self.system.store.next_due(now) or instant
            self.clock.advance_to(min(instant, now + self.poll, max(due, now + timedelta(seconds=1))))
        raise AssertionError(f"{instant} was not reached")

    def run_for(self, minutes: float) -> None:
        self.run_until(self.clock.now() + timedelta(minutes=minutes))

    def book(self, starts_at: datetime, form: str = "form-1") -> Session:
        details = Details("online", "ada", starts_at, "ACME-2026", CARL, issue="The installer stops.")
        answer = self.system.door.book(form, "press-1", details, "198.51.100.7")
        assert answer.accepted, answer
        self.run_for(0)
        return self.session(form)

    def session(self, form: str = "form-1") -> Session:
        session = self.system.store.views.session(self.system.door.session_of_form(form))
        assert session is not None
        return session

    def restart(self) -> None:
        """Another process takes over what the store kept."""
        configuration = self.system.configuration
        self.system.close()
        self.system = open_system(configuration, lambda *told: self.reports.append(told), self.clock)
        self.system.adopt()

    def events(self) -> list[Event]:
        return events_of(self.server, self.address)

    def components(self) -> list[Component]:
        """The events as that client understands them."""
        return [understood(event) for event in self.events()]


def events_of(server: Server, address: str) -> list[Event]:
    """The calendar as a CalDAV client that is none of ours reads it."""
    client = DAVClient(server.url, username="ada", password="")
    found = Calendar(client, url=f"{server.url}{address}").events()
    assert isinstance(found, list)
    return found


def understood(event: Event) -> Component:
    component = event.icalendar_component
    assert isinstance(component, Component)
    return component


def path_of(event: Event) -> str:
    assert event.url is not None
    return str(event.url.path)


def start_of(event: Event) -> datetime:
    start = understood(event).start
    assert isinstance(start, datetime)
    return start.astimezone(UTC)


def write_folder(folder: Path, text: str, credentials: Mapping[str, str] = CREDENTIALS) -> Path:
    """A configuration with its credentials and its two files; the path of the configuration."""
    (folder / "credentials").mkdir(mode=0o700)
    for name, secret in credentials.items():
        credential = folder / "credentials" / name
        credential.write_text(secret, encoding="ascii")
        credential.chmod(0o600)
    (folder / "companies.csv").write_text(COMPANIES, encoding="utf-8")
    (folder / "contacts.csv").write_text(CONTACTS, encoding="utf-8")
    config = folder / "syncd.toml"
    config.write_text(text, encoding="utf-8")
    return config


@contextmanager
def real_desk(
    folder: Path,
    more: str = "",
    credentials: Mapping[str, str] = CREDENTIALS,
    now: datetime = NOW,
    desk: str = "",
    clock: VirtualClock | None = None,
) -> Iterator[RealDesk]:
    """`more`: what its configuration holds beside CONFIG; `desk`: further lines of its desk; `clock`: one that others
    share."""
    inbox = Inbox()
    with radicale() as server:
        proxy = FaultyProxy(server.port, Refusal(403))
        proxy.up()
        staff = StaffHttp(server)
        address = f"{server.home}sessions/"
        staff.make_calendar(address)
        clock = clock or VirtualClock(now)
        reports: list[tuple[str, str, Exception]] = []
        text = CONFIG.format(calendars=proxy.url, smtp=inbox.port, address=address) + more
        config = write_folder(folder, text.replace("\n[[type]]", f"{desk}\n[[type]]", 1), credentials)
        system = _system(config, clock, reports)
        made = RealDesk(system, clock, inbox, proxy, staff, server, address, reports)
        try:
            yield made
        finally:
            made.system.close()
            proxy.down()
            inbox.close()


def _system(config: Path, clock: VirtualClock, reports: list[tuple[str, str, Exception]]) -> System:
    configuration = read_configuration(config, {})
    make_ready(configuration)
    system = open_system(configuration, lambda what, where, error: reports.append((what, where, error)), clock)
    system.adopt()
    for directory in system.outside.directories:
        assert system.reader.read(directory) is not None, "the directory is read"
    system.engine.drain()
    system.engine.tick()
    return system
