"""One subject's life without a store: evidence in, decisions applied in memory, so that rules can be tried alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar

from syncd.domain.case import CalendarHealth, Consulted, Neighbour, SessionCase
from syncd.domain.decision import Answer, Decision, State
from syncd.domain.desk import Channel, Desk, JoinData, Room, SessionType
from syncd.domain.effect import (
    CustomerMail,
    CustomerText,
    Effect,
    EffectBody,
    EffectKind,
    EffectState,
    EffectStatus,
    StaffMail,
    StaffText,
)
from syncd.domain.evidence import Asked, BookingRequested, EffectDone, Evidence, Payload
from syncd.domain.keys import session_key
from syncd.domain.letters import Letter
from syncd.domain.money import Catalogue
from syncd.domain.people import Attendee, Company, Contact, OpenHours, Plan, StaffMember
from syncd.domain.session import Booking, CalendarEntry, EntryRef, Session, Signature
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.policy.decide import decide

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
AROUND_THE_CLOCK = tuple(OpenHours(day, time(0), time(23, 59)) for day in range(7))
ACME = Company("acme", "Acme Ltd", "ACME2026", Plan.SUPPORT, zone="America/New_York")
CARL = Attendee("Carl Customer", "carl@acme.example", "America/New_York", mobile="+12025550143")
CARLS = Contact("carl", "acme", CARL.name, CARL.email, CARL.mobile, CARL.zone, "en", listed=True)
DANA = StaffMember(
    "dana", "Dana Doe", "dana@desk.example", "Europe/Berlin", "cal-dana", hours=AROUND_THE_CLOCK, lead=True
)
EMIL = replace(DANA, id="emil", name="Emil Eck", email="emil@desk.example", calendar_id="cal-emil", lead=False)
JOIN = JoinData("https://meet.desk.example/5", "500 554 260#", "500554260")
ONLINE = SessionType("online", "Support session", Channel.ONLINE, ("dana", "emil"), ("room-1", "room-2"))
DESK = Desk(
    id="desk-1",
    name="Example Support",
    organizer="support@desk.example",
    organizer_name="Example Support",
    base_url="https://desk.example",
    zone="Europe/Berlin",
    staff=(DANA, EMIL),
    types=(ONLINE,),
    rooms=(Room("room-1", JOIN), Room("room-2", JOIN)),
    operator_email="operator@desk.example",
)


SomeBody = TypeVar("SomeBody", bound=EffectBody)
SomeState = TypeVar("SomeState", bound=State)


@dataclass
class Play:
    """A session's case, kept in memory. `decisions` are all that were made, in order; `kept` is the session, if any."""

    now: datetime = NOW
    desk: Desk = DESK
    terms: Terms = field(default_factory=Terms)
    kept: Session | None = None
    company: Company | None = ACME
    contact: Contact | None = CARLS
    busy: tuple[tuple[str, Span], ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    network_holds: int = 0
    catalogue: Catalogue | None = None
    health: CalendarHealth = field(default_factory=lambda: CalendarHealth(coming=10))
    evidence: list[Evidence] = field(default_factory=list)
    effects: dict[str, tuple[Effect, EffectState]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)

    @property
    def session(self) -> Session:
        assert self.kept is not None, "no session came of it"
        return self.kept

    @session.setter
    def session(self, session: Session) -> None:
        self.kept = session

    @property
    def booking(self) -> Booking:
        assert self.session.booking is not None, "nobody has booked it"
        return self.session.booking

    @property
    def entry(self) -> CalendarEntry:
        assert self.session.entry is not None, "no event of it was written"
        return self.session.entry

    @property
    def dtstamp(self) -> datetime:
        assert self.session.dtstamp is not None, "nothing of it was published"
        return self.session.dtstamp

    def case(self, *fresh: Evidence) -> SessionCase:
        statuses = tuple(_status(effect, state) for effect, state in self.effects.values())
        consulted = Consulted(
            self.busy,
            self.neighbours,
            self.network_holds,
            self.health,
            self.company,
            self.contact,
            catalogue=self.catalogue,
        )
        return SessionCase(
            session_key("s1"),
            "s1",
            self.desk,
            self.terms,
            self.kept,
            (*self.evidence, *fresh),
            fresh,
            statuses,
            consulted,
        )

    def sees(self, *payloads: Payload, at: datetime | None = None) -> Decision:
        """These become evidence, received at `at` (now), and are settled together."""
        first = len(self.evidence)
        fresh = tuple(
            Evidence(f"e{first + n}", "test", at or self.now, payload, session_key("s1"), first + n + 1)
            for n, payload in enumerate(payloads)
        )
        decision = decide(self.case(*fresh), self.now)
        assert decision == decide(self.case(*fresh), self.now), "the same case gives the same decision"
        self.evidence += fresh
        self._apply(decision)
        return decision

    def answers(self, payload: Payload, at: datetime | None = None) -> Answer:
        (answer,) = self.sees(payload, at=at).answers
        return answer

    def wait_until(self, instant: datetime) -> list[Decision]:
        """Time passes; every review that is asked for is held, at its instant."""
        made: list[Decision] = []
        while self.decisions and (due := self.decisions[-1].review_at) is not None and due <= instant:
            assert due > self.now or not made, "a review that asks for itself never ends"
            self.now = max(due, self.now)
            made.append(self.sees())
        self.now = instant
        return made

    def performs(self) -> list[Effect]:
        """Everything in the outbox is done, calendar writes acknowledged; what was done."""
        done = [e for e, state in self.effects.values() if state is EffectState.PENDING]
        for effect in done:
            self.effects[effect.key] = (effect, EffectState.DONE)
            if effect.kind is EffectKind.CALENDAR_PUT and self.kept is not None:
                self.sees(self.acknowledged(effect))
        return done

    def acknowledged(self, effect: Effect, version: str | None = None) -> EffectDone:
        ref = EntryRef(effect.recipient, "event-1", version or f"v{effect.revision}")
        return EffectDone(effect.key, effect.kind, effect.revision, ref, self.shown(), recipient=effect.recipient)

    def shown(self, starts_at: datetime | None = None) -> Signature:
        """The session's signature as its event would show it, at another time if told."""
        start = starts_at or self.session.starts_at
        return Signature(start, start + self.session.span.length, "confirmed", JOIN.join_url)

    def mails(self, letter: Letter | None = None) -> list[CustomerMail]:
        return [mail for mail in self.bodies(CustomerMail) if letter in (None, mail.letter)]

    def staff_mails(self) -> list[StaffMail]:
        return self.bodies(StaffMail)

    def bodies(self, kind: type[SomeBody]) -> list[SomeBody]:
        return [e.body for e, _ in self.effects.values() if isinstance(e.body, kind)]

    def kinds(self) -> list[str]:
        return [f"{e.kind}" for e, state in self.effects.values() if state is EffectState.PENDING]

    def _apply(self, decision: Decision) -> None:
        self.decisions.append(decision)
        if isinstance(decision.state, Session):
            self.session = decision.state
        revision = self.kept.revision if self.kept else 0
        for key, (effect, state) in self.effects.items():
            if effect.guarded and state is EffectState.PENDING and effect.revision < revision:
                self.effects[key] = (effect, EffectState.DROPPED)
        for effect in decision.effects:
            assert effect.key not in self.effects, f"two acts under one key: {effect.key}"
            self.effects[effect.key] = (effect, EffectState.PENDING)


def asked(starts_at: datetime, staff_id: str = "dana", **changes: Any) -> Asked:
    span = Span(starts_at, starts_at + timedelta(minutes=30))
    return replace(Asked(staff_id, span, starts_at - timedelta(hours=1)), **changes)


def booking(starts_at: datetime, staff_id: str = "dana", **changes: Any) -> BookingRequested:
    wanted = BookingRequested(
        uid="uid-1",
        type_id="online",
        staff_id=staff_id,
        starts_at=starts_at,
        door="page",
        company_id="acme",
        contact_id="carl",
        booker=CARL,
        asked=asked(starts_at, staff_id),
    )
    return replace(wanted, **changes)


def booked(starts_at: datetime, **changes: Any) -> Play:
    """A play whose session is booked, written and invited."""
    play = Play(**changes)
    answer = play.answers(booking(starts_at))
    assert answer.accepted, answer
    play.performs()
    return play


def state_of(decision: Decision, kind: type[SomeState]) -> SomeState:
    """The subject's new state, which is of this kind."""
    assert isinstance(decision.state, kind), decision
    return decision.state


def bodies_of(effects: Iterable[Effect], kind: type[SomeBody]) -> list[SomeBody]:
    """What is to be done, all of it of this kind."""
    bodies: list[SomeBody] = []
    for effect in effects:
        assert isinstance(effect.body, kind), effect
        bodies.append(effect.body)
    return bodies


def _status(effect: Effect, state: EffectState) -> EffectStatus:
    body = effect.body
    letter = str(body.letter) if isinstance(body, CustomerMail | CustomerText | StaffMail | StaffText) else None
    facts = getattr(body, "facts", None)
    return EffectStatus(
        effect.key, effect.kind, letter, effect.revision, effect.recipient, state, facts.starts_at if facts else None
    )
