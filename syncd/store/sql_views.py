"""What do pages and commands read? The port Views over the same tables; each call is one short read without locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from syncd.domain.absence import Absence
from syncd.domain.attendance import OpenWindow
from syncd.domain.case import Neighbour
from syncd.domain.decision import CalendarState
from syncd.domain.effect import EffectState
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey
from syncd.domain.money import Catalogue
from syncd.domain.people import Company, Contact
from syncd.domain.request import Request
from syncd.domain.session import Session
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.ports.store import SourceState
from syncd.ports.views import BusyView, DirectoryCounts, Explanation, Figures, OutboxRow, Unreadable
from syncd.store import consult, desk_views, figures, people_views, room_views, sources, text_views, views
from syncd.store.connection import Database
from syncd.store.memory import Memory


class SqlViews:
    """Implements `syncd.ports.views.Views`; see there for the contract. Raises UnreadableRow for one damaged row that
    was asked for; lists leave it out."""

    def __init__(self, database: Database, memory: Memory) -> None:
        self._database = database
        self._memory = memory

    def company(self, company_id: str) -> Company | None:
        with self._database.read() as connection:
            return people_views.company(connection, company_id)

    def company_by_code(self, code: str) -> Company | None:
        with self._database.read() as connection:
            return people_views.company_by_code(connection, code)

    def catalogue(self) -> Catalogue:
        with self._database.read() as connection:
            return consult.catalogue(connection) or Catalogue()

    def companies(self) -> tuple[Company, ...]:
        with self._database.read() as connection:
            return people_views.companies(connection)

    def contact(self, contact_id: str) -> Contact | None:
        with self._database.read() as connection:
            return people_views.contact(connection, contact_id)

    def contacts(self, company_id: str | None = None) -> tuple[Contact, ...]:
        with self._database.read() as connection:
            return people_views.contacts(connection, company_id)

    def contacts_by_email(self, email: str) -> tuple[Contact, ...]:
        with self._database.read() as connection:
            return people_views.contacts_by_email(connection, email)

    def terms(self, terms_id: str) -> Terms:
        with self._database.read() as connection:
            return self._memory.versions.terms_of(connection, terms_id)

    def terms_history(self) -> tuple[tuple[datetime, Terms], ...]:
        with self._database.read() as connection:
            return self._memory.versions.history(connection)

    def session(self, session_id: str) -> Session | None:
        with self._database.read() as connection:
            return views.session_by_id(connection, session_id)

    def sessions_between(self, span: Span, staff_id: str | None = None) -> tuple[Session, ...]:
        with self._database.read() as connection:
            return views.sessions_between(connection, span, staff_id)

    def sessions_of_contact(self, contact_id: str, now: datetime) -> tuple[Session, ...]:
        with self._database.read() as connection:
            return views.sessions_of_contact(connection, contact_id, now)

    def sessions_of_mobile(self, number: str, now: datetime) -> tuple[Session, ...]:
        with self._database.read() as connection:
            return text_views.sessions_of_mobile(connection, number, now)

    def sessions_by_short_code(self, code: str, now: datetime) -> tuple[Session, ...]:
        with self._database.read() as connection:
            return text_views.sessions_by_short_code(connection, code, now)

    def contacts_by_mobile(self, number: str) -> tuple[Contact, ...]:
        with self._database.read() as connection:
            return text_views.contacts_by_mobile(connection, number)

    def heard(self, key: CaseKey) -> int:
        with self._database.read() as connection:
            return text_views.heard(connection, key)

    def sessions_in_room(self, room_id: str, span: Span) -> tuple[Session, ...]:
        with self._database.read() as connection:
            return room_views.sessions_in_room(connection, room_id, span)

    def open_windows(self, now: datetime) -> tuple[OpenWindow, ...]:
        with self._database.read() as connection:
            return room_views.open_windows(connection, self._memory.versions, now)

    def busy(self, staff_id: str, span: Span) -> BusyView:
        with self._database.read() as connection:
            return views.busy_view(connection, self._memory.versions, self._memory.readings, staff_id, span)

    def neighbours(self, span: Span, now: datetime) -> tuple[Neighbour, ...]:
        with self._database.read() as connection:
            return views.neighbours(connection, span, now)

    def mail_accepted(self, session_id: str) -> bool:
        with self._database.read() as connection:
            return views.mail_accepted(connection, session_id)

    def sources(self) -> tuple[SourceState, ...]:
        with self._database.read() as connection:
            return sources.read_all(connection, self._memory.readings)

    def source_case(self, source_id: str) -> CalendarState | None:
        with self._database.read() as connection:
            return room_views.source_case(connection, source_id)

    def outbox(self, states: tuple[EffectState, ...] = (), limit: int = 200) -> tuple[OutboxRow, ...]:
        with self._database.read() as connection:
            return views.outbox_rows(connection, states, limit)

    def explain(self, key: CaseKey) -> Explanation | None:
        with self._database.read() as connection:
            return views.explain(connection, key)

    def find_subjects(self, text: str, limit: int = 20) -> tuple[CaseKey, ...]:
        with self._database.read() as connection:
            return people_views.find_subjects(connection, text, limit)

    def directory_counts(self) -> DirectoryCounts:
        with self._database.read() as connection:
            return people_views.directory_counts(connection)

    def knows_companies(self, now: datetime) -> bool:
        with self._database.read() as connection:
            return people_views.knows_companies(connection, now)

    def figures(self, since: datetime, until: datetime) -> Figures:
        with self._database.read() as connection:
            return figures.read(connection, since, until)

    def set_aside(self) -> tuple[tuple[CaseKey, datetime, str], ...]:
        with self._database.read() as connection:
            return views.set_aside(connection)

    # -- what the desk looks at ----------------------------------------------------------------------------------------

    def sessions_starting(self, span: Span) -> tuple[Session, ...]:
        with self._database.read() as connection:
            return desk_views.sessions_starting(connection, span)

    def seen_in(self, session_ids: Sequence[str]) -> Mapping[str, tuple[Evidence, ...]]:
        with self._database.read() as connection:
            return desk_views.seen_in(connection, session_ids)

    def changes(self) -> int:
        with self._database.read() as connection:
            return desk_views.changes(connection)

    def waiting(self, limit: int) -> tuple[Session, ...]:
        with self._database.read() as connection:
            return desk_views.waiting(connection, limit)

    def calendars(self, calendar_ids: Sequence[str]) -> tuple[CalendarState, ...]:
        with self._database.read() as connection:
            return desk_views.calendars(connection, calendar_ids)

    def absences(self, staff_ids: Sequence[str]) -> tuple[Absence, ...]:
        with self._database.read() as connection:
            return desk_views.absences(connection, staff_ids)

    def requests_open(self, limit: int) -> tuple[Request, ...]:
        with self._database.read() as connection:
            return desk_views.requests_open(connection, limit)

    def request(self, request_id: str) -> Request | None:
        with self._database.read() as connection:
            return desk_views.request(connection, request_id)

    def unreadable(self, limit: int) -> tuple[Unreadable, ...]:
        with self._database.read() as connection:
            return desk_views.unreadable(connection, limit)

    def words(self, limit: int) -> tuple[Evidence, ...]:
        with self._database.read() as connection:
            return desk_views.words(connection, limit)

    def with_matters(self, limit: int) -> tuple[Contact | Company, ...]:
        with self._database.read() as connection:
            return people_views.with_matters(connection, limit)

    def pressed_by_persons(self, limit: int, before: int | None = None) -> tuple[Evidence, ...]:
        with self._database.read() as connection:
            return desk_views.pressed_by_persons(connection, limit, before)
