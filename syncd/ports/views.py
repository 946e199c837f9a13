"""What do pages and commands read? Views: reads without locks, of what the tables say now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syncd.domain.absence import Absence
from syncd.domain.attendance import OpenWindow
from syncd.domain.case import Neighbour
from syncd.domain.decision import CalendarState, Decision
from syncd.domain.effect import Effect, EffectState
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey
from syncd.domain.money import Catalogue
from syncd.domain.people import Company, Contact
from syncd.domain.request import Request
from syncd.domain.session import Session
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.ports.store import SourceState


@dataclass(frozen=True, slots=True)
class BusyView:
    """Foreign busy time of one staff member, and how old the oldest of their calendars' reading is; `read_at` None:
    one of them was never read, or is failing: not bookable (CAL-26)."""

    spans: tuple[Span, ...]
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One effect as an operator sees it."""

    effect: Effect
    state: EffectState
    attempts: int
    due_at: datetime
    reason: str = ""
    hint: str = ""
    done_at: datetime | None = None
    decision_id: int = 0


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision with what it settled: evidence with sequence numbers in (after, upto]."""

    id: int
    decision: Decision
    evidence_after: int
    evidence_upto: int
    terms_id: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind one subject, in the order of the store: three queries, because the tables are the
    explanation."""

    key: CaseKey
    evidence: tuple[tuple[Evidence, datetime], ...]  # with the instant of recording
    decisions: tuple[DecisionRow, ...]
    effects: tuple[OutboxRow, ...]


@dataclass(frozen=True, slots=True)
class DirectoryCounts:
    companies: int
    contacts: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What came from outside and could not be understood; it waits for a person (spec/reliability.md 3)."""

    key: str
    source: str
    received_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What sessions of some weeks came to (ATT-15). `judged` have a verdict; `undetermined` of these, and why: `causes`
    counts each condition of ATT-7 that failed. `by_word`: resting on the word or the silence of staff. `overturned`:
    once a no-show, and none any more. `known_upto`: each attendance feed's watermark, None before its first."""

    judged: int
    undetermined: int
    by_word: int
    overturned: int
    causes: tuple[tuple[str, int], ...]
    known_upto: tuple[tuple[str, datetime | None], ...]


class DeskViews(Protocol):
    """What the desk's pages read. All of it is found by indexes of what is open, or of the day that is asked for."""

    def sessions_starting(self, span: Span) -> tuple[Session, ...]:
        """Booked, cancelled and ended sessions whose start lies in the span, by start."""
        ...

    def seen_in(self, session_ids: Sequence[str]) -> Mapping[str, tuple[Evidence, ...]]:
        """By session: who was seen there, and what staff and customer said of it, in the store's order."""
        ...

    def changes(self) -> int:
        """A number that rises with every piece of evidence and every decision; costs two look-ups."""
        ...

    def waiting(self, limit: int) -> tuple[Session, ...]:
        """Sessions of which something waits for a person: a question, an objection, an outcome; by start."""
        ...

    def with_matters(self, limit: int) -> tuple[Contact | Company, ...]:
        """Contacts, then companies, of whom something is before a person (N8, S1, S7, C8); so many of each."""
        ...

    def calendars(self, calendar_ids: Sequence[str]) -> tuple[CalendarState, ...]:
        """What is known of each calendar as a whole (CAL-7, CAL-26); those of which nothing is known are left out."""
        ...

    def absences(self, staff_ids: Sequence[str]) -> tuple[Absence, ...]:
        """What calendars say of each one's absence, and the sheet of it (K12); those never away are left out."""
        ...

    def requests_open(self, limit: int) -> tuple[Request, ...]:
        """Oldest first (O1)."""
        ...

    def request(self, request_id: str) -> Request | None: ...

    def unreadable(self, limit: int) -> tuple[Unreadable, ...]:
        """Oldest first, without what a person is done with."""
        ...

    def words(self, limit: int) -> tuple[Evidence, ...]:
        """What customers wrote in plain words about a booking, the latest first, without what a person is done with
        (O2)."""
        ...

    def pressed_by_persons(self, limit: int, before: int | None = None) -> tuple[Evidence, ...]:
        """What staff decided, attested and answered, the latest first; `before`: older than that sequence number."""
        ...


class Views(DeskViews, Protocol):
    def company(self, company_id: str) -> Company | None: ...

    def company_by_code(self, code: str) -> Company | None:
        """By normalised code; the same work whether it exists or not (E3)."""
        ...

    def companies(self) -> tuple[Company, ...]: ...

    def contact(self, contact_id: str) -> Contact | None: ...

    def contacts(self, company_id: str | None = None) -> tuple[Contact, ...]: ...

    def contacts_by_email(self, email: str) -> tuple[Contact, ...]: ...

    def catalogue(self) -> Catalogue:
        """What the desk sells (E8)."""
        ...

    def terms(self, terms_id: str) -> Terms:
        """The terms that a session was booked under (S10)."""
        ...

    def terms_history(self) -> tuple[tuple[datetime, Terms], ...]:
        """Since when which terms were in force, the latest first (E13)."""
        ...

    def session(self, session_id: str) -> Session | None: ...

    def sessions_between(self, span: Span, staff_id: str | None = None) -> tuple[Session, ...]:
        """Live sessions (holds left out) that overlap the span, by start."""
        ...

    def sessions_of_contact(self, contact_id: str, now: datetime) -> tuple[Session, ...]:
        """Live and to come, by start."""
        ...

    def sessions_of_mobile(self, number: str, now: datetime) -> tuple[Session, ...]:
        """Booked and not over, whose booking names this number (E.164), by start; where there are none, the last one
        that did, whatever became of it (SMS-8)."""
        ...

    def sessions_by_short_code(self, code: str, now: datetime) -> tuple[Session, ...]:
        """Booked and not over, by start; two may bear the same code (C2)."""
        ...

    def contacts_by_mobile(self, number: str) -> tuple[Contact, ...]: ...

    def heard(self, key: CaseKey) -> int:
        """How much evidence there is about one subject."""
        ...

    def sessions_in_room(self, room_id: str, span: Span) -> tuple[Session, ...]:
        """Booked and ended ones whose time overlaps the span, by start; for attendance (ATT-10)."""
        ...

    def open_windows(self, now: datetime) -> tuple[OpenWindow, ...]:
        """Sessions whose room is to be watched now, or has been and waits for its verdict, by start (CON-3). Watching
        begins a minute before T - 15, so that a first poll falls before it."""
        ...

    def busy(self, staff_id: str, span: Span) -> BusyView: ...

    def neighbours(self, span: Span, now: datetime) -> tuple[Neighbour, ...]:
        """Live sessions and holds unexpired at `now` over the span, for slot pages; by start, then id."""
        ...

    def mail_accepted(self, session_id: str) -> bool:
        """Has the booker's latest calendar mail been handed over? (The page says "on its way" until then.)"""
        ...

    def sources(self) -> tuple[SourceState, ...]: ...

    def source_case(self, source_id: str) -> CalendarState | None:
        """What its own case knows of a source: a calendar, or an attendance feed (ATT-14)."""
        ...

    def outbox(self, states: tuple[EffectState, ...] = (), limit: int = 200) -> tuple[OutboxRow, ...]: ...

    def explain(self, key: CaseKey) -> Explanation | None:
        """None: no such subject."""
        ...

    def find_subjects(self, text: str, limit: int = 20) -> tuple[CaseKey, ...]:
        """Subjects that an operator may mean: session id or its beginning, e-mail address, company id, code or name."""
        ...

    def directory_counts(self) -> DirectoryCounts: ...

    def knows_companies(self, now: datetime) -> bool:
        """May a code be called unknown? Not before some company has one, nor while a new company waits to be taken up
        (D2)."""
        ...

    def figures(self, since: datetime, until: datetime) -> Figures:
        """Of the sessions that start in [since, until); by indexes, without reading one whole."""
        ...

    def set_aside(self) -> tuple[tuple[CaseKey, datetime, str], ...]:
        """Cases that wait because deciding them failed (for doctor)."""
        ...
