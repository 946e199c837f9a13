"""Sessions through their windows without a database: the real policy, attribution and arithmetic of coverage, fast
enough for thousands of seeds. The same course with the real store and engine: test_whole_course.py.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.domain.attendance import FeedReading, OpenWindow, Outcome
from syncd.domain.case import Case, Consulted, SessionCase
from syncd.domain.coverage import Stretch, health_of, joined, reach
from syncd.domain.decision import Decision
from syncd.domain.desk import Desk, Room
from syncd.domain.effect import (
    CustomerMail,
    CustomerText,
    Effect,
    EffectKind,
    EffectState,
    EffectStatus,
    StaffMail,
    StaffText,
)
from syncd.domain.evidence import Evidence, Payload
from syncd.domain.keys import session_key
from syncd.domain.letters import Letter
from syncd.domain.people import Contact
from syncd.domain.session import Session, SessionState
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.engine.attribution import attribute
from syncd.policy.decide import decide
from syncd.ports.errors import SyncdError
from syncd.runtime.keys import InstallationKeys
from syncd.testing import builders as make
from tests.attendance.sim_room import SimFeed

Decide = Callable[[Case, datetime], Decision]
START = datetime(2026, 3, 9, 15, tzinfo=UTC)
KEYS = InstallationKeys(["s" * 43])
LEAD = timedelta(minutes=1)
STEPS_MAX = 5_000


@dataclass
class Subject:
    """One session's case, kept in memory; mails and texts are handed over at once."""

    session: Session
    contact: Contact
    evidence: list[Evidence] = field(default_factory=list)
    fresh: list[Evidence] = field(default_factory=list)
    effects: dict[str, tuple[Effect, EffectState]] = field(default_factory=dict)
    statuses: list[EffectStatus] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    review_at: datetime | None = None

    @property
    def verdict(self) -> str:
        verdict = self.session.attendance.verdict
        if verdict is None:
            return "none"
        return f"{verdict.outcome} (presumed)" if verdict.presumed else verdict.outcome

    @property
    def outcome(self) -> Outcome | None:
        verdict = self.session.attendance.verdict
        return verdict.outcome if verdict is not None else None

    def mails(self, letter: Letter) -> list[CustomerMail]:
        bodies = [e.body for e, _ in self.effects.values()]
        return [b for b in bodies if isinstance(b, CustomerMail) and b.letter is letter]

    def texts(self) -> list[CustomerText]:
        return [e.body for e, _ in self.effects.values() if isinstance(e.body, CustomerText)]

    def staff_mails(self) -> list[StaffMail]:
        return [e.body for e, _ in self.effects.values() if isinstance(e.body, StaffMail)]


@dataclass
class Bench:
    """`desk.rooms` carry the abilities of `feed`. Implements of Views what attribution asks."""

    desk: Desk
    feed: SimFeed | None
    terms: Terms = field(default_factory=lambda: make.terms(id="default"))
    decide: Decide = decide
    step: timedelta = timedelta(seconds=10)
    now: datetime = START - timedelta(hours=30)
    subjects: dict[str, Subject] = field(default_factory=dict)
    stretches: list[Stretch] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    progress: dict[str, datetime] = field(default_factory=dict)
    seq: int = 0
    feed_is_told: bool = False  # nothing is polled; plans call `take`
    _placed: set[str] = field(default_factory=set)
    _placed_among: tuple[Session, ...] = ()
    _plans: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)

    # -- what attribution asks -----------------------------------------------------------------------------------------

    def sessions_in_room(self, room_id: str, span: Span) -> tuple[Session, ...]:
        return tuple(
            s.session
            for s in self.subjects.values()
            if s.session.room_id == room_id and s.session.live | (s.session.state is SessionState.ENDED)
            if s.session.span.overlaps(span)
        )

    def terms_of(self, terms_id: str) -> Terms:
        return self.terms

    def contacts(self, company_id: str | None = None) -> tuple[Contact, ...]:
        return tuple(s.contact for s in self.subjects.values() if s.contact.company_id == company_id)

    # -- what happens --------------------------------------------------------------------------------------------------

    def add(self, session: Session, contact: Contact, **states: EffectState) -> Subject:
        """A booked session whose invitation and reminders were handed over, or came to `states` by letter; its contact
        is on file."""
        subject = Subject(session, replace(contact, listed=True))
        email = session.booking.booker.email if session.booking else ""
        for letter in (Letter.INVITATION, Letter.REMINDER_FIRST, Letter.REMINDER_LAST):
            state = states.get(letter.value.replace("-", "_"), EffectState.DONE)
            key = f"{letter}/{session.id}"
            subject.statuses.append(
                EffectStatus(key, EffectKind.MAIL_CUSTOMER, letter, session.revision, email, state, session.starts_at)
            )
        self.subjects[session.id] = subject
        return subject

    def at(self, instant: datetime, act: Callable[[], object]) -> None:
        self.seq += 1
        heapq.heappush(self._plans, (instant, self.seq, act))

    def sees(self, session_id: str, payload: Payload, at: datetime | None = None, key: str = "") -> Decision:
        self.seq += 1
        item = Evidence(key or f"e{self.seq}", "test", at or self.now, payload, session_key(session_id), self.seq)
        subject = self.subjects[session_id]
        subject.fresh.append(item)
        return self.settle(subject)

    def run(self, until: datetime, poll_since: datetime | None = None) -> None:
        """Time passes: plans, polls while a window is open, and reviews at their instants."""
        next_poll = poll_since or min(s.session.starts_at for s in self.subjects.values()) - self.terms.early - LEAD
        polled = self.feed is not None and not self.feed_is_told
        for subject in self.subjects.values():
            self.settle(subject)
        for _ in range(STEPS_MAX):
            reviews = [s.review_at for s in self.subjects.values() if s.review_at is not None]
            coming = [*reviews, *(plan[0] for plan in self._plans[:1]), *([next_poll] if polled else [])]
            if not coming or min(coming) > until:
                break
            instant = min(coming)
            self.now = max(self.now, instant)
            while self._plans and self._plans[0][0] <= self.now:
                heapq.heappop(self._plans)[2]()
            if polled and next_poll <= self.now:
                next_poll = self.now + self._poll()
            for subject in self.subjects.values():
                if subject.review_at is not None and subject.review_at <= self.now:
                    self.settle(subject)
        else:
            raise AssertionError("the bench does not come to rest")
        self.now = until

    def windows(self) -> list[OpenWindow]:
        found = []
        for subject in self.subjects.values():
            session = subject.session
            if session.room_id is None or session.state is SessionState.CANCELLED:
                continue
            if session.attendance.verdict is not None and self.now > session.ends_at:
                continue
            close = session.attendance.closed_at or session.attendance.close_at or session.ends_at
            since = session.starts_at - self.terms.early - LEAD
            span = Span(since, max(close, session.ends_at))
            if since <= self.now:
                found.append(OpenWindow(session.id, session.room_id, session.staff_id, span))
        return found

    def _poll(self) -> timedelta:
        assert self.feed is not None
        ability = self.feed.ability
        windows = self.windows()
        open_ = [w for w in windows if ability.live and self.now <= w.span.ends_at + timedelta(minutes=1)]
        due = open_ or [w for w in windows if self.now > w.span.ends_at]
        if due:
            try:
                batch = self.feed.poll(due, None, self.now)
            except SyncdError:
                batch = None
            if batch is not None:
                self.take(batch.readings, batch.evidence)
        if open_ or (windows and not due):
            return self.step
        return timedelta(minutes=5) if due else timedelta(days=2)

    def take(self, readings: Iterable[FeedReading], evidence: Iterable[Evidence]) -> None:
        from syncd.ports.source import Batch

        assert self.feed is not None
        live = self.feed.ability.live
        woken: set[str] = set()
        for reading in readings:
            moves = reading.upto > self.progress.get(reading.room_id, reading.upto - timedelta(1))
            skew = reading.skew
            if skew is None and live and moves:
                skew = self.now - (reading.upto + self.feed.ability.lag)
            self.progress[reading.room_id] = max(reading.upto, self.progress.get(reading.room_id, reading.upto))
            self._cover(replace(reading, skew=skew))
            woken |= {s.session.id for s in self.subjects.values() if s.session.room_id == reading.room_id}
        placed = attribute(Batch(self._news(evidence)), _Views(self), KEYS, self.desk)
        for item in placed.evidence:
            if item.key in self.keys or item.subject is None:
                continue
            self.keys.add(item.key)
            self.seq += 1
            session_id = item.subject.partition(":")[2]
            self.subjects[session_id].fresh.append(replace(item, seq=self.seq))
            woken.add(session_id)
        for session_id in sorted(woken):
            subject = self.subjects[session_id]
            waits = subject.session.attendance.verdict is None and self.now >= subject.session.starts_at
            if subject.fresh or waits:
                self.settle(subject)

    def _news(self, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
        """Without what was placed among these very sessions before: it would come to the same keys."""
        sessions = tuple(s.session for s in self.subjects.values())
        if sessions != self._placed_among:
            self._placed_among = sessions
            self._placed.clear()
        news = tuple(item for item in evidence if item.key not in self._placed)
        self._placed.update(item.key for item in news)
        return news

    def _cover(self, reading: FeedReading) -> None:
        if not reading.bound:
            return
        first, last = reach(reading)
        touching = [
            s
            for s in self.stretches
            if (s.feed, s.room_id, s.epoch) == (reading.feed, reading.room_id, reading.epoch)
            and s.upto >= first
            and s.since <= last
        ]
        self.stretches = [s for s in self.stretches if s not in touching] + [joined(reading, touching, self.now)]

    def case(self, subject: Subject) -> SessionCase:
        session = subject.session
        known = [_status(e, state) for e, state in subject.effects.values()]
        room_id = session.room_id or ""
        feeds = dict.fromkeys(s.feed for s in self.stretches if s.room_id == room_id)
        around = Span(session.starts_at - self.terms.early, session.ends_at + timedelta(hours=2))
        near = [s for s in self.stretches if s.upto >= around.starts_at and s.since <= around.ends_at]
        consulted = Consulted(
            company=make.company(subject.contact.company_id),
            contact=subject.contact,
            feeds=tuple(health_of(feed, room_id, near) for feed in feeds),
        )
        return SessionCase(
            session_key(session.id),
            session.id,
            self.desk,
            self.terms,
            session,
            (*subject.evidence, *subject.fresh),
            tuple(subject.fresh),
            (*subject.statuses, *known),
            consulted,
        )

    def settle(self, subject: Subject) -> Decision:
        decision = self.decide(self.case(subject), self.now)
        subject.evidence += subject.fresh
        subject.fresh = []
        subject.decisions.append(decision)
        subject.review_at = decision.review_at
        if isinstance(decision.state, Session):
            subject.session = decision.state
        for effect in decision.effects:
            assert effect.key not in subject.effects, f"two acts under one key: {effect.key}"
            subject.effects[effect.key] = (effect, EffectState.DONE)
        return decision


@dataclass(frozen=True)
class _Views:
    bench: Bench

    def sessions_in_room(self, room_id: str, span: Span) -> tuple[Session, ...]:
        return self.bench.sessions_in_room(room_id, span)

    def terms(self, terms_id: str) -> Terms:
        return self.bench.terms

    def contacts(self, company_id: str | None = None) -> tuple[Contact, ...]:
        return self.bench.contacts(company_id)


def desk_with(*rooms: Room, **changes: Any) -> Desk:
    kinds = (
        make.session_type(rooms=tuple(r.id for r in rooms)),
        make.session_type("phone", name="Phone session", channel="phone", rooms=tuple(r.id for r in rooms)),
    )
    return make.desk(rooms=rooms, types=kinds, texting_number="+12125550199", **changes)


def _status(effect: Effect, state: EffectState) -> EffectStatus:
    body = effect.body
    letter = str(body.letter) if isinstance(body, CustomerMail | CustomerText | StaffMail | StaffText) else None
    facts = getattr(body, "facts", None)
    return EffectStatus(
        effect.key, effect.kind, letter, effect.revision, effect.recipient, state, facts.starts_at if facts else None
    )
