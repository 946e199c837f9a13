"""What bears on one subject? Its Case, loaded whole; and what was looked at, kept so that it can be loaded again.

`Kept` is stored with each decision: what a later reading of the tables would no longer tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, bindparam, literal_column, select, true

from syncd.domain.case import (
    CalendarCase,
    Case,
    CatalogueCase,
    CompanyCase,
    Consulted,
    ContactCase,
    RequestCase,
    SessionCase,
    StaffCase,
)
from syncd.domain.decision import State
from syncd.domain.desk import Desk
from syncd.domain.effect import EffectKind, EffectState, EffectStatus
from syncd.domain.evidence import ContactBooked, Evidence
from syncd.domain.keys import CaseKey, CaseKind, split_key
from syncd.domain.people import Contact
from syncd.domain.request import Request
from syncd.domain.session import Session
from syncd.domain.standing import NoShowConfirmed
from syncd.domain.terms import Terms
from syncd.store import claims, inbox
from syncd.store.codec import CONTACT, SESSION, STATES, Codec, UnreadableRow
from syncd.store.columns import AnyRow
from syncd.store.connection import Database
from syncd.store.consult import consult, consult_request
from syncd.store.memory import Memory
from syncd.store.question import question_of
from syncd.store.schema import case_, contact_index, effect, session
from syncd.store.versions import Versions

STATUSES_MAX = 500
"""How many effects of its own a Case knows: the latest."""

_row = select(case_).where(case_.c.key == bindparam("subject"))
_statuses = (
    select(
        effect.c.key,
        effect.c.kind,
        effect.c.letter,
        effect.c.revision,
        effect.c.recipient,
        effect.c.state,
        effect.c.starts_at,
    )
    .where(effect.c.subject == bindparam("subject"))
    .order_by(effect.c.id.desc())
    .limit(STATUSES_MAX)
)
_coming = (
    select(session.c.id, case_.c.state, case_.c.decision_id)
    .join_from(session, case_, case_.c.key == literal_column("'session:'", Text()) + session.c.id)
    .where(session.c.live == true(), session.c.ends_at > bindparam("now"))
    .order_by(session.c.starts_at, session.c.id)
)
_coming_of = {
    CaseKind.CONTACT: _coming.where(session.c.contact_id == bindparam("owner")),
    CaseKind.COMPANY: _coming.where(session.c.company_id == bindparam("owner")),
    CaseKind.CALENDAR: _coming.where(session.c.calendar_id == bindparam("owner")),
    CaseKind.STAFF: _coming.where(session.c.staff_id == bindparam("owner")),
}


_contacts_of = (
    select(case_.c.state)
    .join_from(contact_index, case_, case_.c.key == literal_column("'contact:'", Text()) + contact_index.c.id)
    .where(contact_index.c.company_id == bindparam("company"))
    .order_by(contact_index.c.id)
)


@dataclass(frozen=True, slots=True)
class SeenSession:
    """A session that another subject's decision looked at, as a decision of its own had left it."""

    session_id: str
    decision_id: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What a decision looked at beside evidence and state."""

    effects: tuple[EffectStatus, ...]
    consulted: Consulted | None = None
    sessions: tuple[SeenSession, ...] = ()
    fellows: tuple[Contact, ...] = ()


KEPT: Codec[Kept] = Codec(Kept)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A Case with the rows behind it. `row` is None for a subject of which nothing was known."""

    case: Case
    kept: Kept
    row: AnyRow | None
    state: State | None
    desk_digest: str
    fresh: tuple[Evidence, ...]


def load(database: Database, connection: Connection, memory: Memory, key: CaseKey, now: datetime) -> Loaded:
    """Lock what the case could claim, then read it. Raises UnreadableRow."""
    kind, subject_id = split_key(key)
    row = connection.execute(_row, {"subject": key}).one_or_none()
    digest, desk, terms = memory.versions.in_force(connection)
    upto = row.evidence_upto if row is not None else 0
    fresh = inbox.between(connection, key, upto, inbox.SEQ_MAX)
    state = read_state(kind, row.state) if row is not None and row.state is not None else None
    if kind is CaseKind.SESSION:
        assert state is None or isinstance(state, Session)
        if state is not None:
            terms = memory.versions.terms_of(connection, state.terms_id)
        asked = question_of(desk, state, fresh)
        claims.lock(database, connection, asked.resources(desk))
        statuses = read_statuses(connection, key) if row is not None else ()
        kept = Kept(statuses, consult(connection, memory.readings, desk, terms, subject_id, state, asked, now))
        settled = inbox.settled_before(connection, key, upto)
        about = session_case(key, desk, terms, state, settled, fresh, kept)
        return Loaded(about, kept, row, state, digest, fresh)
    seen, sessions = _sessions(connection, kind, subject_id, now)
    consulted = None
    if kind is CaseKind.REQUEST:
        assert state is None or isinstance(state, Request)
        consulted = consult_request(connection, subject_id, state, fresh)
    fellows = _fellows(connection, fresh, now) if kind is CaseKind.CONTACT and state is None else ()
    kept = Kept(read_statuses(connection, key), consulted, seen, fellows)
    case = other_case(key, desk, terms, state, fresh, kept, sessions, pinned(connection, memory.versions, state, fresh))
    return Loaded(case, kept, row, state, digest, fresh)


def pinned(
    connection: Connection, versions: Versions, state: State | None, fresh: Iterable[Evidence]
) -> tuple[Terms, ...]:
    """The terms of the sessions whose no-shows a contact's ledger or its fresh evidence names (S10)."""
    named = {no_show.terms_id for no_show in state.no_shows} if isinstance(state, Contact) else set()
    named |= {item.payload.terms_id for item in fresh if isinstance(item.payload, NoShowConfirmed)}
    return tuple(versions.terms_of(connection, terms_id) for terms_id in sorted(named))


def _fellows(connection: Connection, fresh: Iterable[Evidence], now: datetime) -> tuple[Contact, ...]:
    """Others of the company who are suspended when a new contact appears (E11)."""
    booked = next((item.payload for item in fresh if isinstance(item.payload, ContactBooked)), None)
    if booked is None:
        return ()
    texts = connection.scalars(_contacts_of, {"company": booked.company_id})
    return tuple(one for one in map(CONTACT.load, texts) if one.suspended_at(now) is not None)


def read_state(kind: CaseKind, text: str) -> State:
    """Raises UnreadableRow."""
    state: State = STATES[kind].load(text)
    return state


def read_statuses(connection: Connection, key: CaseKey) -> tuple[EffectStatus, ...]:
    return tuple(
        EffectStatus(
            row.key,
            EffectKind(row.kind),
            row.letter,
            row.revision,
            row.recipient,
            EffectState(row.state),
            row.starts_at,
        )
        for row in reversed(connection.execute(_statuses, {"subject": key}).all())
    )


def _sessions(
    connection: Connection, kind: CaseKind, owner: str, now: datetime
) -> tuple[tuple[SeenSession, ...], tuple[Session, ...]]:
    if kind not in _coming_of:
        return (), ()
    rows = connection.execute(_coming_of[kind], {"owner": owner, "now": now}).all()
    seen = tuple(SeenSession(row.id, row.decision_id) for row in rows)
    return seen, tuple(SESSION.load(row.state) for row in rows)


def session_case(
    key: CaseKey,
    desk: Desk,
    terms: Terms,
    state: Session | None,
    settled: Iterable[Evidence],
    fresh: tuple[Evidence, ...],
    kept: Kept,
) -> SessionCase:
    _, session_id = split_key(key)
    assert kept.consulted is not None
    return SessionCase(key, session_id, desk, terms, state, (*settled, *fresh), fresh, kept.effects, kept.consulted)


_CASES: dict[CaseKind, Any] = {
    CaseKind.CONTACT: ContactCase,
    CaseKind.COMPANY: CompanyCase,
    CaseKind.CALENDAR: CalendarCase,
    CaseKind.CATALOGUE: CatalogueCase,
    CaseKind.STAFF: StaffCase,
}


def other_case(
    key: CaseKey,
    desk: Desk,
    terms: Terms,
    state: State | None,
    fresh: tuple[Evidence, ...],
    kept: Kept,
    sessions: Sequence[Session],
    pinned: tuple[Terms, ...] = (),
) -> Case:
    """The other kinds have one shape; a contact's has more."""
    kind, subject_id = split_key(key)
    if kind is CaseKind.REQUEST:
        assert state is None or isinstance(state, Request)
        beside = kept.consulted or Consulted()
        people = beside.company, beside.contact, beside.lately
        return RequestCase(key, subject_id, desk, terms, state, fresh, tuple(sessions), kept.effects, *people)
    if kind not in _CASES:
        raise UnreadableRow(f"no case of the kind {kind} can be loaded")
    case: Case = _CASES[kind](key, subject_id, desk, terms, state, fresh, tuple(sessions), kept.effects)
    return replace(case, pinned=pinned, fellows=kept.fellows) if isinstance(case, ContactCase) else case
