"""A desk with its pages, whole: the real store on a file, the real rules and keys, a clock that is set by hand."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx2 import Headers, Response

from syncd.domain.accounts import DeskSession, Role, User
from syncd.domain.desk import Channel, Desk, DialIn, JoinData, Marks, Room, SessionType, Topic
from syncd.domain.evidence import CompanyListed, ContactListed, Evidence, Payload
from syncd.domain.keys import CaseKey, company_key, contact_key
from syncd.domain.people import Attendee, Contact, OpenHours, Plan, StaffMember
from syncd.domain.session import Session
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.engine.door import Details, Door
from syncd.engine.links import session_token
from syncd.engine.ways import Ways
from syncd.policy.decide import decide
from syncd.ports.calendar import CalendarBinding
from syncd.ports.errors import CursorExpired, Unavailable
from syncd.ports.hook import Answer, Call
from syncd.runtime.keys import InstallationKeys
from syncd.runtime.passwords import Argon2Passwords
from syncd.store.migrate import migrate
from syncd.store.sql_store import SqlStore, open_store
from syncd.testing.chaos import Chaos
from syncd.testing.clock import VirtualClock
from syncd.testing.sim_calendar import SimCalendar, SimProvider
from syncd.web.app import build_app
from syncd.web.desk_person import digest_of
from syncd.web.services import Access, Limits, Look, Services, nobody_listens
from syncd.web.tokens import new_form, new_press, open_form, slot_value
from tests.web.wire import Wire

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)  # a Monday; 03:00 in New York
NEW_YORK = "America/New_York"
WEEKDAYS = tuple(OpenHours(day, time(9), time(17)) for day in range(5))
DANA = StaffMember("dana", "Dana Doe", "dana@desk.example.com", NEW_YORK, "cal-dana", hours=WEEKDAYS, lead=True)
EMIL = replace(DANA, id="emil", name="Emil Eck", email="emil@desk.example.com", calendar_id="cal-emil", lead=False)
JOIN = JoinData(
    join_url="https://meet.example.com/500554260",
    conference_id="500 554 260#",
    conference_digits="500554260",
    numbers=(
        DialIn("+4930255501234", "DE", label="Berlin"),
        DialIn("+15713173122", "US", label="Washington, DC"),
        DialIn("+18005550199", "US", "tollfree"),
        DialIn("+442071930000", "GB"),
    ),
    call_in_page="https://meet.example.com/500554260/numbers",
    room_code="K7-Q4-ZT",
    app_url="https://meet.example.com/app",
    macos_url="https://meet.example.com/macos",
)
ONLINE = SessionType(
    "online", "Screen sharing session", Channel.ONLINE, ("dana", "emil"), ("room-1", "room-2"), about="We look at it."
)
PHONE = SessionType("phone", "Call", Channel.PHONE, ("dana",), ("room-1", "room-2"), step=timedelta(minutes=30))
FLEET = Topic("fleet", "Several computers", "Call in by phone: sound would come from every computer.", phone_first=True)
DESK = Desk(
    id="desk-1",
    name="Example Support",
    organizer="sessions@desk.example.com",
    organizer_name="Example Support",
    base_url="https://desk.example.com",
    zone=NEW_YORK,
    staff=(DANA, EMIL),
    types=(ONLINE,),
    rooms=(Room("room-1", JOIN), Room("room-2", JOIN)),
    topics=(FLEET,),
    support_email="help@desk.example.com",
    operator_email="operator@desk.example.com",
    portal_hint="portal.example.com, under Profile",
)
ACME = CompanyListed("Acme Ltd", "ACME-2026", Plan.SUPPORT, None, zone=NEW_YORK, country="US")
OTHERS = CompanyListed("Others Inc", "OTHERS-77", Plan.MAINTENANCE, None)
LAPSED = CompanyListed("Lapsed Ltd", "LAPSED-01", Plan.SUPPORT, NOW.date() - timedelta(days=30))
BLOCKED = CompanyListed("Blocked Ltd", "BLOCKED-9", Plan.SUPPORT, None, blocked=True)
COMPANIES = {"acme": ACME, "others": OTHERS, "lapsed": LAPSED, "blocked": BLOCKED}
CARL = ContactListed("acme", "Carl Customer", "carl@acme.example.com", zone=NEW_YORK)
PASSWORDS = Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "correct horse battery"
USERS = {"dana": (Role.LEAD, "dana"), "emil": (Role.STAFF, "emil"), "olga": (Role.OPERATOR, None)}
FORM = {"name": "Carl Customer", "email": "carl@acme.example.com", "code": "acme 2026", "mobile": "202-555-0142"}


@dataclass
class House:
    """One desk, running. `client` is a browser without scripts that does not follow redirects by itself."""

    app: FastAPI
    client: Wire
    clock: VirtualClock
    store: SqlStore
    door: Door
    keys: InstallationKeys
    calendars: dict[str, SimProvider]
    connectors: dict[str, SimCalendar]
    ending: threading.Event

    def tell(self, subject: CaseKey, payload: Payload) -> None:
        """A fact from outside, settled at once."""
        now = self.clock.now()
        evidence = Evidence(f"test/{subject}/{payload.kind}/{now.isoformat()}", "test", now, payload, subject)
        self.store.settle(subject, decide, now, (evidence,))

    def read_calendars(self) -> None:
        """One round over every calendar (CAL-26: slot pages want busy time of at most 15 minutes ago)."""
        for calendar in self.connectors.values():
            last = False
            while not last:
                cursor = self.store.source(calendar.id).cursor
                try:
                    batch = calendar.observe(cursor, self.clock.now())
                except CursorExpired:
                    self.store.begin_round(calendar.id, self.clock.now())
                    continue
                self.store.absorb(calendar.id, batch, self.clock.now())
                last = batch.last

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.read_calendars()

    def enter_from(self, host: str) -> None:
        """From now on the visitor comes from another network."""
        self.client.close()
        self.client = Wire(self.app, DESK.base_url, host)

    def busy(self, staff: str, starts_at: datetime, length: timedelta = timedelta(minutes=30)) -> None:
        """Something else enters a staff member's calendar, and has not been read yet."""
        provider = self.calendars[f"cal-{staff}"]
        provider.add(f"busy-{len(provider.events)}", Span(starts_at, starts_at + length))

    # -- what a visitor does -------------------------------------------------------------------------------------------

    def get(self, path: str, **headers: str) -> Page:
        return Page(self, self.client.get(path, headers=headers))

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Page:
        return Page(self, self.client.post(path, data=fields, headers=headers))

    def sign_in(self, name: str = "dana", password: str = PASSWORD) -> Page:
        """At the desk, as a person would; the browser keeps the cookie."""
        return self.get("/desk/sign-in").press(to="/desk/sign-in", name=name, password=password)

    def enter(self, name: str = "dana") -> None:
        """As `sign_in`, without the form: the sign-in is the store's, and the browser has its cookie."""
        value = f"entered-{name}-{self.clock.now().isoformat()}"
        self.store.accounts.open(DeskSession(digest_of(value), name, self.clock.now(), self.clock.now()))
        self.client.keep("__Host-syncd-desk", value)

    def booked_quickly(self, slot: int = 0, issue: str = "", name: str = CARL.name) -> str:
        """As `booked`, without the pages: the same press at the same door."""
        free = self.door.offers("online", self.clock.now().date(), 7, NEW_YORK)[slot]
        form = open_form(self.keys, new_form(self.keys)) or ""
        booker = Attendee(name, CARL.email, NEW_YORK, self.door.desk().locale, mobile="+12025550142")
        details = Details("online", free.staff_id, free.starts_at, "acme 2026", booker, issue=issue)
        assert self.door.book(form, "book", details, "203.0.113.7").accepted
        return session_token(self.keys, self.door.session_of_form(form), CARL.email)

    def at_details(self, slot: int = 0, zone: str = NEW_YORK) -> Page:
        """A form whose slot is held: as far as the details, by the press that the page of free times would send."""
        form = new_form(self.keys)
        press = new_press(self.keys, "hold", open_form(self.keys, form) or "")
        free = self.door.offers("online", self.clock.now().date(), 7, zone)[slot]
        chosen = slot_value(free.starts_at, free.staff_id)
        return self.post("/book/online/hold", {"form": form, "press": press, "slot": chosen, "zone": zone}).follow()

    def at_check(self, slot: int = 0, /, **fields: str) -> Page:
        return self.at_details(slot).press("details", **(FORM | fields))

    def booked(self, slot: int = 0, /, **fields: str) -> str:
        """Book as a person would; the session's token."""
        done = self.at_check(slot, **fields).press()
        assert done.status == 303, done.text
        return done.location.rpartition("/")[2]

    def booked_as(self, locale: str, slot: int = 0) -> str:
        """As `booked`, by a visitor whose browser asks for that language."""
        check = self.at_check(slot)
        done = self.post(check.path.replace("/check", "/book"), check.fields(), **{"accept-language": locale})
        return done.location.rpartition("/")[2]

    def session(self, token: str) -> Session:
        parts = self.keys.open("session", token)
        assert parts is not None
        return self.stored(parts[0])

    def stored(self, session_id: str) -> Session:
        found = self.store.views.session(session_id)
        assert found is not None
        return found

    def contact(self, contact_id: str) -> Contact:
        found = self.store.views.contact(contact_id)
        assert found is not None
        return found

    def token_of(self, session: Session, email: str) -> str:
        return session_token(self.keys, session.id, email)

    @contextmanager
    def disk_full(self) -> Iterator[None]:
        """Meanwhile the store reads, and cannot write."""
        door = replace(self.door, store=_Full())  # type: ignore[arg-type]  # settling is all that pages ask of it
        app = build_app(Services(door, self.store.views, self.keys, self.clock, self.door.desk, self.door.terms))
        working, self.client = self.client, Wire(app, self.door.desk().base_url)
        try:
            yield
        finally:
            self.client.close()
            self.client = working

    def everything(self) -> list[object]:
        """All that a press could have changed, to show that nothing did."""
        return [
            [self.store.views.explain(key) for key in self.store.views.find_subjects(text)]
            for text in ("acme", "carl@acme.example.com", "session:")
        ] + [self.store.views.outbox(limit=500)]


class _Full:
    def settle(self, *_: object) -> object:
        raise Unavailable("the disk is full", hint="make room")


@dataclass
class Page:
    """An answer as a reader without scripts meets it: its forms can be filled in and pressed."""

    house: House
    answer: Response

    @property
    def status(self) -> int:
        return int(self.answer.status_code)

    @property
    def text(self) -> str:
        return str(self.answer.text)

    @property
    def headers(self) -> Headers:
        return self.answer.headers

    @property
    def location(self) -> str:
        return str(self.answer.headers["location"])

    @property
    def path(self) -> str:
        return str(self.answer.request.url.path)

    @property
    def words(self) -> str:
        """What is read: the text of the page, blanks made single."""
        main = re.sub(r"(?s)<(script|style|select).*?</\1>", " ", self.text)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())

    @property
    def heading(self) -> str:
        found = re.findall(r"(?s)<h1>(.*?)</h1>", self.text)
        assert len(found) == 1, f"one h1 a page, found {found}"
        return unescape(found[0])

    @property
    def slots(self) -> list[str]:
        return re.findall(r'name="slot" value="([^"]+)"', self.text) or re.findall(r"slot=([^\"&]+)", self.text)

    def follow(self) -> Page:
        """Redirects, as a browser follows them."""
        page = self
        for _ in range(5):
            if page.status != 303:
                return page
            page = self.house.get(page.location)
        raise AssertionError("redirected for ever")

    def fields(self, form: str | None = None, to: str | None = None) -> dict[str, str]:
        """What the form would send as it stands: hidden fields, texts, the chosen options."""
        html = self._form(form, to)
        found: dict[str, str] = {}
        for tag in re.findall(r"<input[^>]*>", html):
            unchosen = 'type="radio"' in tag and " checked" not in tag
            if (name := _attribute(tag, "name")) is not None and not unchosen:
                found[name] = _attribute(tag, "value") or ""
        for name, body in re.findall(r'(?s)<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', html):
            found[name] = unescape(body)
        for name, body in re.findall(r'(?s)<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html):
            chosen = re.search(r'<option selected value="([^"]*)"|<option value="([^"]*)" selected', body)
            found[name] = unescape((chosen.group(1) or chosen.group(2)) if chosen else "")
        return found

    def press(self, form_id: str | None = None, /, to: str | None = None, **typed: str) -> Page:
        """Press the form's button (or, with `to`, the one that leads there)."""
        head = re.match(r"<form[^>]*>", self._form(form_id, to))
        assert head is not None
        action = to or _attribute(head.group(), "action") or self.path
        return self.house.post(action, self.fields(form_id, to) | typed)

    def _form(self, form: str | None, to: str | None = None) -> str:
        """The form of that id; else the one that leads to that address, if there is one; else the first."""
        forms: list[str] = re.findall(r"(?s)<form[^>]*>.*?</form>", self.text)
        posts = [f for f in forms if 'method="post"' in f.split(">")[0]]
        found = [f for f in posts if form is None or f'id="{form}"' in f.split(">")[0]]
        found = [f for f in found if f'action="{to}"' in f.split(">")[0]] or found
        assert found, f"no form {form or ''} on {self.path} ({self.status}): {self.words[:300]}"
        return found[0]


def _attribute(tag: str, name: str) -> str | None:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found.group(1)) if found else None


def make_database(path: Path) -> None:
    """A migrated database that knows the companies; tests open copies of it."""
    migrate(f"sqlite:///{path}")
    with open_house(path) as house:
        for company_id, listed in COMPANIES.items():
            house.tell(company_key(company_id), listed)
        house.tell(contact_key(house.door.contact_id("acme", CARL.email)), CARL)
        for name, (role, staff_id) in USERS.items():
            house.store.accounts.keep(User(name, role, staff_id, PASSWORDS.hash(PASSWORD)))


@contextmanager
def open_house(
    database: Path,
    desk: Desk = DESK,
    *,
    limits: Limits | None = None,
    look: Look | None = None,
    embedders: tuple[str, ...] = (),
    receive: Callable[[str, Call], Answer] = nobody_listens,
    ways: Ways | None = None,
    **access: Any,
) -> Iterator[House]:
    """`access`: what the desk's `Access` has otherwise than by default."""
    store = open_store(f"sqlite:///{database}")
    clock, keys, terms = VirtualClock(NOW), InstallationKeys(["s" * 43]), Terms()
    store.adopt(desk, terms, clock.now())
    calendars = {m.calendar_id: SimProvider(m.calendar_id, clock.now) for m in desk.staff}
    connectors = {m.calendar_id: _connector(m, calendars[m.calendar_id], keys) for m in desk.staff}
    door = Door(store, store.views, connectors, clock, keys, lambda: desk, lambda: terms, decide)
    ending = threading.Event()
    services = Services(
        door,
        store.views,
        keys,
        clock,
        lambda: desk,
        lambda: terms,
        limits or Limits(),
        look or Look(),
        embedders,
        receive,
        Access(store.accounts, PASSWORDS, **access),
        ending=ending.is_set,
        ways=lambda: ways or Ways(),
    )
    app = build_app(services)
    client = Wire(app, desk.base_url)
    house = House(app, client, clock, store, door, keys, calendars, connectors, ending)
    house.read_calendars()
    try:
        yield house
    finally:
        house.client.close()
        store.close()


def _connector(member: StaffMember, provider: SimProvider, keys: InstallationKeys) -> SimCalendar:
    binding = CalendarBinding(member.calendar_id, member.calendar_id, member.zone, member.email, Marks(), keys)
    return SimCalendar(binding, provider, Chaos())
