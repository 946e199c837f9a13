"""What bears on it? A Case: everything that a decision about one subject may look at, loaded whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.domain.absence import Absence
from syncd.domain.attendance import FeedHealth, InboxHealth
from syncd.domain.decision import CalendarState, Claim
from syncd.domain.desk import Desk
from syncd.domain.effect import EffectStatus
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey
from syncd.domain.money import Catalogue
from syncd.domain.people import Company, Contact
from syncd.domain.request import Request
from syncd.domain.session import Session
from syncd.domain.spans import Span
from syncd.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another live session (or hold) near in time: what it claims, without its people."""

    session_id: str
    staff_id: str
    room_id: str | None
    span: Span
    claims: tuple[Claim, ...]
    held: bool = False


@dataclass(frozen=True, slots=True)
class CalendarHealth:
    """How a staff calendar does, for CAL-7 and CAL-26. `coming`: live sessions on it that have not started;
    `gone_recently`: how many of them were reported gone within the terms' `deletions_within`."""

    read_at: datetime | None = None
    failing_since: datetime | None = None
    coming: int = 0
    gone_recently: int = 0


@dataclass(frozen=True, slots=True)
class Consulted:
    """What the store read beside the subject's own rows; kept with the decision, so that it can be replayed.

    `busy`: foreign busy time of the staff members in question, around the spans in question, by staff id.
    """

    busy: tuple[tuple[str, Span], ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    network_holds: int = 0
    calendar: CalendarHealth = CalendarHealth()
    company: Company | None = None
    contact: Contact | None = None
    feeds: tuple[FeedHealth, ...] = ()
    inboxes: tuple[InboxHealth, ...] = ()
    lately: int = 0  # of a request: how many others came from its sender in the day before
    catalogue: Catalogue | None = None


@dataclass(frozen=True, slots=True)
class SessionCase:
    """`evidence` is all of the subject's, in the store's order; `fresh` that which no decision has settled yet."""

    key: CaseKey
    session_id: str
    desk: Desk
    terms: Terms  # the booking's own (S10), the current ones where there is none yet
    session: Session | None
    evidence: tuple[Evidence, ...]
    fresh: tuple[Evidence, ...]
    effects: tuple[EffectStatus, ...]
    consulted: Consulted


@dataclass(frozen=True, slots=True)
class ContactCase:
    key: CaseKey
    contact_id: str
    desk: Desk
    terms: Terms
    contact: Contact | None
    fresh: tuple[Evidence, ...]
    sessions: tuple[Session, ...]  # live and to come
    effects: tuple[EffectStatus, ...]
    pinned: tuple[Terms, ...] = ()  # those of the sessions whose no-shows are in the ledger or in the evidence (S10)
    fellows: tuple[Contact, ...] = ()  # others of the company who are suspended now, when a new contact appears (E11)

    def terms_of(self, terms_id: str) -> Terms:
        """The terms of that id; those in force where they are not kept."""
        return next((t for t in self.pinned if t.id == terms_id), self.terms)


@dataclass(frozen=True, slots=True)
class CompanyCase:
    key: CaseKey
    company_id: str
    desk: Desk
    terms: Terms
    company: Company | None
    fresh: tuple[Evidence, ...]
    sessions: tuple[Session, ...]  # live and to come
    effects: tuple[EffectStatus, ...]


@dataclass(frozen=True, slots=True)
class CalendarCase:
    key: CaseKey
    calendar_id: str
    desk: Desk
    terms: Terms
    calendar: CalendarState | None
    fresh: tuple[Evidence, ...]
    sessions: tuple[Session, ...]  # live and to come, whose entry stands on it
    effects: tuple[EffectStatus, ...]


@dataclass(frozen=True, slots=True)
class RequestCase:
    """A mail, text or call that belongs to no booking (O1). `company`, `contact`: whose the writer's address is;
    `lately`: how many other requests came from there in the day before."""

    key: CaseKey
    request_id: str
    desk: Desk
    terms: Terms
    request: Request | None
    fresh: tuple[Evidence, ...]
    sessions: tuple[Session, ...]
    effects: tuple[EffectStatus, ...]
    company: Company | None = None
    contact: Contact | None = None
    lately: int = 0


@dataclass(frozen=True, slots=True)
class CatalogueCase:
    key: CaseKey
    catalogue_id: str
    desk: Desk
    terms: Terms
    catalogue: Catalogue | None
    fresh: tuple[Evidence, ...]
    sessions: tuple[Session, ...]
    effects: tuple[EffectStatus, ...]


@dataclass(frozen=True, slots=True)
class StaffCase:
    key: CaseKey
    staff_id: str
    desk: Desk
    terms: Terms
    absence: Absence | None
    fresh: tuple[Evidence, ...]
    sessions: tuple[Session, ...]  # live and to come, that they hold
    effects: tuple[EffectStatus, ...]


Case = SessionCase | ContactCase | CompanyCase | CalendarCase | RequestCase | CatalogueCase | StaffCase
