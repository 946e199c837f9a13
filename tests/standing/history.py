"""A believable past: sessions booked, moved, cancelled, attended and missed, written by the store's own settle.

Every life runs through the real settle and the real rules at the instants that its evidence and its reviews name, many
to a transaction: in every row it is what a daemon would have left of a desk whose staff attest by hand. A whole year
is such a past, copied row by row under other names (`multiply`), since what reads it does not care how it came there.
`python -m tests.standing.history FILE SESSIONS [COPIES]`.
"""

from __future__ import annotations

import heapq
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Literal

from sqlalchemy import Connection

from syncd.domain.attendance import Hints, Presence, Stage
from syncd.domain.attended import AttendanceSeen, Attested
from syncd.domain.desk import Channel, Desk
from syncd.domain.effect import Effect
from syncd.domain.evidence import (
    Asked,
    BookingRequested,
    CancelRequested,
    CompanyListed,
    ContactListed,
    EffectDone,
    Evidence,
    Payload,
)
from syncd.domain.keys import CaseKey, company_key, contact_key, derived_key, session_key
from syncd.domain.people import Attendee, Plan, Side, StaffMember
from syncd.domain.session import EntryRef, Session, Signature
from syncd.domain.spans import Span
from syncd.domain.standing import Reinstated
from syncd.domain.terms import Terms
from syncd.policy.decide import decide
from syncd.ports.store import Decide
from syncd.store.migrate import migrate
from syncd.store.settle import settle
from syncd.store.sql_store import SqlStore, open_store
from syncd.testing import builders as make

FIRST = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)  # a Monday
LENGTH = timedelta(minutes=30)
ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata")
STAFF = 16
BATCH = 400
"""Settles to a transaction."""
MARK = "x00x"
"""In every id of a person, company and session; a copy has its own."""

Step = tuple[datetime, int, CaseKey, tuple[Payload, ...], str]


@dataclass
class Past:
    """A share of companies is `careless`: their people miss so often as `misses` says. All comes from one seed."""

    store: SqlStore
    sessions: int
    days: int = 365
    seed: int = 7
    careless: float = 0.15
    misses: float = 0.35
    decide: Decide = decide
    terms: Terms = field(default_factory=Terms)
    desk: Desk = field(init=False)
    agenda: list[Step] = field(default_factory=list)
    settled: int = 0
    _count: int = 0
    _looks: dict[CaseKey, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        staff = tuple(_member(n) for n in range(STAFF))
        ids = tuple(m.id for m in staff)
        rooms = tuple(make.room(f"room-{n}", gap=timedelta(0)) for n in range(STAFF))
        kind = make.session_type("online", staff=ids, rooms=tuple(r.id for r in rooms), buffer=timedelta(0))
        kind = replace(kind, step=timedelta(minutes=30), horizon=timedelta(days=60), notice=timedelta(minutes=5))
        self.desk = make.desk(staff=staff, types=(kind,), rooms=rooms)
        self.store.adopt(self.desk, self.terms, FIRST - timedelta(days=40))

    def write(self) -> None:
        people = self._people()
        for starts_at, staff_id in self._slots():
            self._life(starts_at, staff_id, *people[self.random.randrange(len(people))])
        heapq.heapify(self.agenda)
        database, memory = self.store.database, self.store._memory

        def some(connection: Connection) -> None:
            for _ in range(BATCH):
                if not self.agenda:
                    return
                at, _, key, payloads, source = heapq.heappop(self.agenda)
                items = tuple(self._evidence(key, one, at, source) for one in payloads)
                made = settle(database, connection, memory, key, self.decide, at, items)
                self.settled += 1
                if made.decision is not None:
                    for derived in made.decision.derived:
                        if derived.subject is not None:
                            self._at(at + timedelta(seconds=1), derived.subject)
                    self._receipts(connection, key, made.decision.effects, at, made.decision.state)
                    self._look_again(key, made.decision.review_at)

        while self.agenda:
            database.write("history", some)

    def _look_again(self, key: CaseKey, review_at: datetime | None) -> None:
        if review_at is not None and self._looks.get(key) != review_at:
            self._looks[key] = review_at
            self._at(review_at, key)

    def _receipts(
        self, connection: Connection, key: CaseKey, effects: tuple[Effect, ...], at: datetime, state: object
    ) -> None:
        """Everything is handed over at once, and its receipts are settled together a second later."""
        if not effects:
            return
        done = []
        for effect in effects:
            receipt = EffectDone(effect.key, effect.kind, effect.revision, recipient=effect.recipient)
            if effect.kind.startswith("calendar.") and isinstance(state, Session):
                shown = Signature(state.starts_at, state.ends_at, "confirmed", "https://meet.example/500554260")
                ref = EntryRef(effect.recipient, f"event-{state.id}", f"v{effect.revision}")
                receipt = replace(receipt, ref=ref, signature=shown)
            done.append(receipt)
            connection.exec_driver_sql("UPDATE effect SET state = 'done', attempts = 1 WHERE key = ?", (effect.key,))
        self._at(at + timedelta(seconds=2), key, *done, source="receipt")

    def _people(self) -> list[tuple[str, Attendee, float]]:
        """(company id, contact, how often they miss)."""
        people = []
        for company in range(max(4, self.sessions // 60)):
            company_id = f"company-{MARK}-{company:04}"
            listed = CompanyListed(f"Company {company}", f"CODE-{MARK}-{company:04}", Plan.SUPPORT, None, country="US")
            self._at(FIRST - timedelta(days=35), company_key(company_id), listed)
            careless = self.random.random() < self.careless
            for number in range(self.random.randint(1, 6)):
                name = f"p{MARK}-{company:04}-{number}"
                who = Attendee(f"Person {name}", f"{name}@customer.example", self.random.choice(ZONES), "en", None)
                contact = ContactListed(company_id, who.name, who.email, who.mobile, who.zone, "en")
                self._at(FIRST - timedelta(days=34), contact_key(name), contact)
                people.append((company_id, who, self.misses if careless else 0.04))
        return people

    def _slots(self) -> Iterator[tuple[datetime, str]]:
        """Distinct slots of working days, spread over the year, more in the morning than late."""
        days = [FIRST + timedelta(days=n) for n in range(self.days) if n % 7 < 5]
        free = [(day + n * LENGTH, f"staff-{s:02}") for day in days for n in range(18) for s in range(STAFF)]
        weights = [1.5 if start.hour < 14 else 1.0 for start, _ in free]
        drawn: set[tuple[datetime, str]] = set()
        while len(drawn) < self.sessions:
            drawn.update(self.random.choices(free, weights, k=self.sessions - len(drawn)))
        yield from sorted(drawn)

    def _life(self, starts_at: datetime, staff_id: str, company_id: str, who: Attendee, misses: float) -> None:
        random, session_id = self.random, f"{self._count:08x}{MARK}{random_hex(self.random)}"
        key, booked_at = session_key(session_id), starts_at - timedelta(hours=random.uniform(30, 24 * 20))
        asked = Asked(staff_id, Span(starts_at, starts_at + LENGTH), booked_at)
        contact_id = who.email.partition("@")[0]
        booking = BookingRequested(
            f"uid-{session_id}", "online", staff_id, starts_at, "page", company_id, contact_id, who, asked,
            issue="The import stops at row 4,711.",
        )  # fmt: skip
        self._at(booked_at, key, booking, source="form")
        fate = random.random()
        if fate < 0.08:
            lead = random.choice([timedelta(hours=30), timedelta(hours=4), timedelta(minutes=80)])
            self._at(starts_at - lead, key, CancelRequested("link", Side.CUSTOMER, who.email), source="link")
        else:
            self._attendance(starts_at, staff_id, key, who, missed=random.random() < misses)

    def _attendance(self, starts_at: datetime, staff_id: str, key: CaseKey, who: Attendee, *, missed: bool) -> None:
        random, dark = self.random, self.random.random() < 0.03
        if dark:
            return
        host = AttendanceSeen(
            "feed", "room-1", Channel.ONLINE, Stage.JOINED, Presence.HOST, starts_at - timedelta(minutes=3),
            starts_at - timedelta(minutes=2), hints=Hints(name=staff_id), staff_id=staff_id,
        )  # fmt: skip
        self._at(starts_at - timedelta(minutes=2), key, host, source="feed")
        if missed:
            opens = starts_at - timedelta(minutes=15)
            if random.random() < 0.5:  # at once, so that they are asked; the second press covers the rest of the window
                word = Attested(staff_id, "nobody", opens)
                self._at(starts_at + timedelta(minutes=random.randint(5, 9)), key, word, source="desk")
            says: Literal["nobody", "unplaced"] = "unplaced" if random.random() < 0.05 else "nobody"
            word = Attested(staff_id, says, opens)
            self._at(starts_at + timedelta(minutes=random.randint(11, 19)), key, word, source="desk")
            if random.random() < 0.03:  # the provider's report, hours later, knows better
                joined = starts_at + timedelta(minutes=4)
                late = AttendanceSeen(
                    "feed", "room-1", Channel.PHONE, Stage.JOINED, Presence.GUEST, joined,
                    starts_at + timedelta(hours=20), hints=Hints(email=who.email), matched="email",
                )  # fmt: skip
                self._at(starts_at + timedelta(hours=20), key, late, source="feed")
            return
        joined = starts_at + timedelta(minutes=random.triangular(-10, 14, -1))
        guest = AttendanceSeen(
            "feed", "room-1", Channel.ONLINE, Stage.JOINED, Presence.GUEST, joined, joined + timedelta(seconds=15),
            hints=Hints(email=who.email, name=who.name), matched="email",
        )  # fmt: skip
        self._at(joined + timedelta(seconds=15), key, guest, source="feed")

    def _at(self, at: datetime, key: CaseKey, *payloads: Payload, source: str = "test") -> None:
        self._count += 1
        step = (at, self._count, key, payloads, source)
        if self.settled:
            heapq.heappush(self.agenda, step)
        else:
            self.agenda.append(step)

    def _evidence(self, key: CaseKey, payload: Payload, at: datetime, source: str) -> Evidence:
        self._count += 1
        return Evidence(derived_key(source, key, payload.kind, self._count), source, at, payload, key)


def random_hex(random: Random) -> str:
    return f"{random.getrandbits(32):08x}"


def _member(number: int) -> StaffMember:
    return make.member(f"staff-{number:02}", "Europe/London", lead=number == 0)


def pays(store: SqlStore, contact_id: str, at: datetime) -> None:
    """A fee, as staff record it."""
    key = contact_key(contact_id)
    payload = Reinstated("payment", f"r-{contact_id}", 10_000)
    store.settle(key, decide, at, (Evidence(f"fee/{contact_id}", "desk", at, payload, key),))


def multiply(file: Path, copies: int) -> None:
    """So many of it in all: the same rows under other names and numbers."""
    with closing(sqlite3.connect(file)) as connection:
        (seqs,), (ids,) = (
            connection.execute(f"SELECT max({column}) FROM {table}").fetchone()
            for column, table in (("seq", "evidence"), ("id", "decision"))
        )
        for number in range(1, copies):
            shift = {"seq": seqs * number, "id": ids * number}
            for table in ("evidence", "decision", "case_", "session", "effect", "company_index", "contact_index"):
                names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
                names = [name for name in names if (table, name) != ("effect", "id")]
                shown = ", ".join(_copied(table, name, f"x{number:02}x", shift) for name in names)
                whose = {"evidence": "subject", "decision": "subject", "case_": "key", "effect": "subject"}
                connection.execute(
                    f"INSERT INTO {table} ({', '.join(names)}) SELECT {shown} FROM {table} "
                    f"WHERE {whose.get(table, 'id')} LIKE '%{MARK}%'"
                )
            connection.commit()


_TEXTS = frozenset(
    {"key", "subject", "payload", "state", "consulted", "result", "id", "company_id", "contact_id", "event_id"}
    | {"recipient", "body", "email", "code", "name"}
)
_NUMBERS = {
    ("evidence", "seq"): "seq",
    ("decision", "id"): "id",
    ("decision", "evidence_after"): "seq",
    ("decision", "evidence_upto"): "seq",
    ("case_", "decision_id"): "id",
    ("case_", "evidence_upto"): "seq",
    ("effect", "decision_id"): "id",
}


def _copied(table: str, column: str, mark: str, shift: dict[str, int]) -> str:
    if (table, column) in _NUMBERS:
        return f"{column} + {shift[_NUMBERS[table, column]]}"
    if column == "code":  # codes are compared in capitals
        return f"replace(replace({column}, '{MARK}', '{mark}'), '{MARK.upper()}', '{mark.upper()}')"
    return f"replace({column}, '{MARK}', '{mark}')" if column in _TEXTS else column


def main(arguments: list[str]) -> None:
    file, sessions, copies = Path(arguments[0]), int(arguments[1]), int(arguments[2]) if arguments[2:] else 1
    file.unlink(missing_ok=True)
    migrate(f"sqlite:///{file}")
    store, started = open_store(f"sqlite:///{file}"), time.perf_counter()
    past = Past(store, sessions)
    past.write()
    written = time.perf_counter() - started
    store.close()
    multiply(file, copies)
    took, size = time.perf_counter() - started, file.stat().st_size >> 20
    print(f"{sessions} x {copies} sessions, {past.settled} settles in {written:.0f} s, all in {took:.0f} s, {size} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
