"""A whole desk in one process: the real policy, engine and store under a virtual clock, in a world that can fail.

What crashes is started again from what the store kept, as systemd would; who pressed a button whose answer never came
presses it again. Nothing in here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.desk import Channel, Desk, DialIn, JoinData, Room, SessionType
from syncd.domain.evidence import CompanyListed, ContactListed, Evidence
from syncd.domain.keys import CaseKey, company_key, contact_key, derived_key
from syncd.domain.people import Attendee, OpenHours, Plan, StaffMember, normal_email
from syncd.domain.session import Session
from syncd.domain.terms import Terms
from syncd.engine.act import Actor, Performers
from syncd.engine.compose import compose, draft_of
from syncd.engine.door import Details, Door
from syncd.engine.feeds import FeedReader
from syncd.engine.observe import Observer
from syncd.engine.tick import Engine
from syncd.policy.decide import decide
from syncd.ports.calendar import CalendarBinding
from syncd.ports.feed import Feed
from syncd.ports.store import Decide
from syncd.ports.texts import Texts
from syncd.runtime.keys import InstallationKeys
from syncd.store.migrate import migrate, schema_version_problem
from syncd.store.sql_store import SqlStore, open_store
from syncd.store.sql_views import SqlViews
from syncd.testing.chaos import Chaos, Crash
from syncd.testing.clock import VirtualClock
from syncd.testing.sim_calendar import SimCalendar, SimProvider
from syncd.testing.sim_mail import SimMail

Result = TypeVar("Result")

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
POLL = timedelta(hours=6)
STEPS_MAX = 20_000
PRESSES_MAX = 5
CODE = "ACME-2026"
WEEK = tuple(OpenHours(day, time(9), time(17)) for day in range(5))
CARL = Attendee("Carl Customer", "carl@acme.example", "America/New_York", "en", "+12025550143")


def sample_desk() -> Desk:
    """Three consultants in three zones, one of them with half hours; two rooms; one type online, one by phone."""
    staff = (
        StaffMember("dana", "Dana Doe", "dana@desk.example", "America/New_York", "cal-dana", hours=WEEK, lead=True),
        StaffMember("emil", "Emil Eck", "emil@desk.example", "Europe/Berlin", "cal-emil", hours=WEEK),
        StaffMember("indu", "Indu Iyer", "indu@desk.example", "Asia/Kolkata", "cal-indu", hours=WEEK),
    )
    numbers = (DialIn("+15713173122", "US"), DialIn("+4972160596510", "DE"))
    join = JoinData("https://meet.desk.example/500554260", "500 554 260#", "500554260", numbers)
    everyone = tuple(member.id for member in staff)
    return Desk(
        id="sample",
        name="Example Support",
        organizer="support@desk.example",
        organizer_name="Example Support",
        base_url="https://desk.example",
        zone="America/New_York",
        staff=staff,
        types=(
            SessionType("online", "Support session", Channel.ONLINE, everyone, ("room-1", "room-2")),
            SessionType("phone", "Phone session", Channel.PHONE, everyone, ("room-1", "room-2")),
        ),
        rooms=(Room("room-1", join), Room("room-2", join)),
        operator_email="operator@desk.example",
        support_email="support@desk.example",
    )


@dataclass(slots=True)
class World:
    """`open_database` opens the same database again after a crash; `decide` may be one with a planted bug; `texts`: the
    carrier, where there is one."""

    database: Path
    chaos: Chaos = field(default_factory=Chaos)
    desk: Desk = field(default_factory=sample_desk)
    terms: Terms = field(default_factory=Terms)
    decide: Decide = decide
    open_database: Callable[[str, Chaos], SqlStore] | None = None
    texts: Texts | None = None
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    keys: InstallationKeys = field(default_factory=lambda: InstallationKeys(["s" * 43]))
    providers: dict[str, SimProvider] = field(default_factory=dict)
    feeds: tuple[Feed, ...] = ()
    crashes: int = 0
    reports: list[tuple[str, str, Exception]] = field(default_factory=list)
    mail: SimMail = field(init=False)
    store: SqlStore = field(init=False)
    engine: Engine = field(init=False)
    door: Door = field(init=False)

    def __post_init__(self) -> None:
        for member in self.desk.staff:
            for calendar_id in member.calendars:
                self.providers.setdefault(calendar_id, SimProvider(calendar_id, self.clock.now))
        self.mail = SimMail(self.clock.now, self.chaos)
        self._start_again()

    @property
    def views(self) -> SqlViews:
        return self.store.views

    # -- its life ----------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        opener = self.open_database or _open
        self.store = opener(f"sqlite:///{self.database}", self.chaos)
        self.store.adopt(self.desk, self.terms, self.clock.now())
        calendars = {c.id: c for c in (self._calendar(p) for p in self.providers.values())}
        staff = frozenset(normal_email(member.email) for member in self.desk.staff)
        self.engine = Engine(
            self.store,
            self.clock,
            self.decide,
            Observer(self.store, self.views, self.clock, self.keys, staff),
            Actor(
                self.store,
                self.clock,
                self.keys,
                lambda: self.desk,
                Performers(calendars, self.mail, texts=self.texts),
                compose,
                draft_of,
            ),
            (*calendars.values(), *([self.texts] if self.texts is not None else [])),
            report=lambda what, where, error: self.reports.append((what, where, error)),
            feeds=self.feeds,
            feed_reader=FeedReader(
                self.store, self.views, self.clock, self.keys, lambda: self.desk, lambda: self.terms
            ),
        )
        self.door = Door(
            self.store,
            self.views,
            calendars,
            self.clock,
            self.keys,
            lambda: self.desk,
            lambda: self.terms,
            self.decide,
        )

    def survive(self, act: Callable[[], Result]) -> Result:
        """Do it; after a crash start again and do it again, as whoever got no answer would."""
        for _ in range(PRESSES_MAX):
            try:
                return act()
            except Crash:
                self.crashes += 1
                self.store.close()
                self._start_again()
        raise AssertionError("a world that crashes at every press")

    def _start_again(self) -> None:
        while True:
            try:
                self._start()
            except Crash:
                self.crashes += 1
            else:
                return

    def run_until(self, instant: datetime) -> None:
        """Time passes: polls every few minutes, and whatever is due in between at its instant."""
        for _ in range(STEPS_MAX):
            self.survive(self.engine.tick)
            now = self.clock.now()
            if now >= instant:
                return
            due = self.store.next_due(now) or instant
            self.clock.advance_to(min(instant, now + POLL, max(due, now + timedelta(seconds=1))))
        raise AssertionError(f"{instant} was not reached within {STEPS_MAX} steps")

    def watch_until(self, instant: datetime, step: timedelta = timedelta(seconds=20)) -> None:
        """Time passes at the pace at which rooms are watched."""
        while self.clock.now() < instant:
            self.survive(self.engine.tick)
            self.clock.advance_to(min(instant, self.clock.now() + step))
        self.survive(self.engine.tick)

    def run_for(self, span: timedelta) -> None:
        self.run_until(self.clock.now() + span)

    def sleep_until(self, instant: datetime) -> None:
        """The machine is off: time passes, and nothing is done."""
        self.clock.advance_to(instant)

    # -- what people do ----------------------------------------------------------------------------------------------

    def list_company(self, company_id: str = "acme", **fields: object) -> None:
        """The directory says this of a company; by default Acme with a support plan and its code."""
        listed = CompanyListed(
            **({"name": "Acme Ltd", "code": CODE, "plan": Plan.SUPPORT, "plan_until": None} | fields)  # type: ignore[arg-type]
        )
        self._record(company_key(company_id), listed)

    def list_contact(self, who: Attendee = CARL, company_id: str = "acme") -> str:
        contact_id = self.door.contact_id(company_id, who.email)
        listed = ContactListed(company_id, who.name, who.email, who.mobile, who.zone, who.locale)
        self._record(contact_key(contact_id), listed)
        return contact_id

    def book(
        self,
        starts_at: datetime,
        staff_id: str = "dana",
        form: str = "form-1",
        who: Attendee = CARL,
        code: str = CODE,
        type_id: str = "online",
    ) -> Answer:
        details = Details(type_id, staff_id, starts_at, code, who, issue="The installer stops.")
        for press in range(PRESSES_MAX):
            answer = self._press_book(form, f"press-{press}", details)
            if answer.code is not AnswerCode.UNREADABLE:
                break
        return answer

    def _press_book(self, form: str, press: str, details: Details) -> Answer:
        return self.survive(lambda: self.door.book(form, press, details, "198.51.100.7"))

    def session(self, form: str = "form-1") -> Session:
        session = self.views.session(self.door.session_of_form(form))
        assert session is not None, f"no session of {form}"
        return session

    def _record(self, subject: str, payload: CompanyListed | ContactListed) -> None:
        now = self.clock.now()
        key = derived_key("directory", subject, now.isoformat(), repr(payload))
        evidence = Evidence(key, "directory", now, payload, CaseKey(subject))
        self.survive(lambda: self.store.record((evidence,), now))
        self.survive(self.engine.drain)

    def _calendar(self, provider: SimProvider) -> SimCalendar:
        member = next(m for m in self.desk.staff if provider.calendar_id in m.calendars)
        binding = CalendarBinding(
            provider.calendar_id,
            provider.calendar_id,
            member.zone,
            member.email,
            self.desk.marks,
            self.keys,
            writable=provider.calendar_id == member.calendar_id,
        )
        return SimCalendar(binding, provider, self.chaos)

    def close(self) -> None:
        self.store.close()


def _open(url: str, chaos: Chaos) -> SqlStore:
    if schema_version_problem(url) is not None:
        migrate(url)
    return open_store(url, boundary=chaos.cross)
