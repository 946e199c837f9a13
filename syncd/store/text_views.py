"""Whose number is it, and whose code? How texts find their sessions, and how many were sent (SMS-8, C2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Text, bindparam, func, literal_column, select, true

from syncd.domain.keys import CaseKey, CaseKind, split_key
from syncd.domain.people import Contact
from syncd.domain.session import Session
from syncd.store.codec import CONTACT, SESSION
from syncd.store.people_views import readable
from syncd.store.schema import case_, contact_index, effect, evidence, session

CANDIDATES_MAX = 20
"""Sessions of one number, or of one code, that are looked at."""

_BOOKED = literal_column("'booked'", Text())
_state = select(case_.c.state).join_from(
    session, case_, case_.c.key == literal_column("'session:'", Text()) + session.c.id
)
_open_of_mobile = (
    _state.where(
        session.c.mobile == bindparam("number"),
        session.c.mobile.is_not(None),
        session.c.ends_at > bindparam("now"),
        session.c.state == _BOOKED,
    )
    .order_by(session.c.starts_at, session.c.id)
    .limit(CANDIDATES_MAX)
)
_last_of_mobile = (
    _state.where(
        session.c.mobile == bindparam("number"),
        session.c.mobile.is_not(None),
        session.c.state.in_([literal_column(f"'{state}'", Text()) for state in ("booked", "cancelled", "ended")]),
    )
    .order_by(session.c.ends_at.desc(), session.c.id)
    .limit(1)
)
_by_code = (
    _state.where(
        session.c.code == bindparam("wanted"),
        session.c.live == true(),
        session.c.state == _BOOKED,
        session.c.ends_at > bindparam("now"),
    )
    .order_by(session.c.starts_at, session.c.id)
    .limit(CANDIDATES_MAX)
)
_contacts = (
    select(case_.c.state)
    .join_from(contact_index, case_, case_.c.key == literal_column("'contact:'", Text()) + contact_index.c.id)
    .where(contact_index.c.mobile == bindparam("number"), contact_index.c.mobile.is_not(None))
    .order_by(contact_index.c.id)
    .limit(CANDIDATES_MAX)
)
_TO_CUSTOMERS = literal_column("'text.customer'", Text())
_heard = select(func.count()).where(evidence.c.subject == bindparam("subject"))
_texted = (
    select(func.count())
    .select_from(effect)
    .where(
        effect.c.kind.in_([_TO_CUSTOMERS, literal_column("'text.staff'", Text())]),
        effect.c.state == literal_column("'done'", Text()),
        effect.c.done_at >= bindparam("since"),
    )
)
_texted_number = _texted.where(effect.c.recipient == bindparam("number"))
_company = select(session.c.company_id).where(session.c.id == bindparam("session_id"))
_session_of_effect = func.substr(effect.c.subject, len(f"{CaseKind.SESSION}:") + 1)
_texted_company = _texted.join(session, session.c.id == _session_of_effect).where(
    session.c.company_id == bindparam("company"), effect.c.kind == _TO_CUSTOMERS
)


def sessions_of_mobile(connection: Connection, number: str, now: datetime) -> tuple[Session, ...]:
    found = readable(SESSION, connection.scalars(_open_of_mobile, {"number": number, "now": now}))
    return found or readable(SESSION, connection.scalars(_last_of_mobile, {"number": number}))


def sessions_by_short_code(connection: Connection, code: str, now: datetime) -> tuple[Session, ...]:
    return readable(SESSION, connection.scalars(_by_code, {"wanted": code, "now": now}))


def contacts_by_mobile(connection: Connection, number: str) -> tuple[Contact, ...]:
    return readable(CONTACT, connection.scalars(_contacts, {"number": number}))


def heard(connection: Connection, key: CaseKey) -> int:
    return int(connection.execute(_heard, {"subject": key}).scalar_one())


def texts_sent(connection: Connection, number: str, subject: CaseKey, since: datetime) -> tuple[int, int]:
    to_number = int(connection.execute(_texted_number, {"number": number, "since": since}).scalar_one())
    kind, session_id = split_key(subject)
    company = connection.execute(_company, {"session_id": session_id}).scalar() if kind is CaseKind.SESSION else None
    if company is None:
        return to_number, 0
    return to_number, int(connection.execute(_texted_company, {"company": company, "since": since}).scalar_one())
