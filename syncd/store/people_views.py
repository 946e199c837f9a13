"""Who is it? Companies and contacts as pages and commands look them up (E2, E3, D1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Text, bindparam, func, literal_column, or_, select, true

from syncd.domain.keys import CaseKey, CaseKind, company_key, contact_key, session_key
from syncd.domain.people import Company, Contact, normal_code, normal_email
from syncd.ports.views import DirectoryCounts
from syncd.store.codec import COMPANY, CONTACT, Codec, UnreadableRow
from syncd.store.schema import case_, company_index, contact_index, session

T = TypeVar("T")

_state = select(case_.c.state).where(case_.c.key == bindparam("subject"))
_of_company: Select[Any] = select(case_.c.state).join_from(
    company_index, case_, case_.c.key == literal_column("'company:'", Text()) + company_index.c.id
)
_of_contact: Select[Any] = select(case_.c.state).join_from(
    contact_index, case_, case_.c.key == literal_column("'contact:'", Text()) + contact_index.c.id
)
_by_code = _of_company.where(company_index.c.code == bindparam("wanted"))
_companies = _of_company.order_by(company_index.c.name, company_index.c.id)
_contacts = _of_contact.order_by(contact_index.c.email, contact_index.c.id)
_contacts_of = _contacts.where(contact_index.c.company_id == bindparam("wanted"))
_companies_open = _of_company.where(company_index.c.open == true()).limit(bindparam("most"))
_contacts_open = _of_contact.where(contact_index.c.open == true()).limit(bindparam("most"))
_by_email = _contacts.where(contact_index.c.email == bindparam("wanted"))
_counts = select(
    select(func.count()).where(company_index.c.listed == true()).scalar_subquery(),
    select(func.count()).where(contact_index.c.listed == true()).scalar_subquery(),
)

_any_code = select(company_index.c.code).where(company_index.c.code > literal_column("''", Text())).limit(1)
_any_new = (
    select(case_.c.key)
    .where(case_.c.due_at <= bindparam("now"), case_.c.kind == CaseKind.COMPANY.value, case_.c.decision_id.is_(None))
    .limit(1)
)


def readable(codec: Codec[T], texts: Iterable[str | None]) -> tuple[T, ...]:
    """A damaged row is left out of a list; its own case says so when it is settled (spec/reliability.md 3)."""
    found: list[T] = []
    for text in texts:
        try:
            if text is not None:
                found.append(codec.load(text))
        except UnreadableRow:
            continue
    return tuple(found)


def company(connection: Connection, company_id: str) -> Company | None:
    text = connection.execute(_state, {"subject": company_key(company_id)}).scalar() if company_id else None
    return COMPANY.load(text) if text else None


def company_by_code(connection: Connection, code: str) -> Company | None:
    """One index look-up either way (E3); an empty code is nobody's."""
    text = connection.execute(_by_code, {"wanted": normal_code(code)}).scalar()
    return COMPANY.load(text) if text else None


def companies(connection: Connection) -> tuple[Company, ...]:
    return readable(COMPANY, connection.scalars(_companies))


def contact(connection: Connection, contact_id: str) -> Contact | None:
    text = connection.execute(_state, {"subject": contact_key(contact_id)}).scalar() if contact_id else None
    return CONTACT.load(text) if text else None


def contacts(connection: Connection, company_id: str | None) -> tuple[Contact, ...]:
    if company_id is None:
        return readable(CONTACT, connection.scalars(_contacts))
    return readable(CONTACT, connection.scalars(_contacts_of, {"wanted": company_id}))


def with_matters(connection: Connection, limit: int) -> tuple[Contact | Company, ...]:
    bound = {"most": limit}
    return (
        *readable(CONTACT, connection.scalars(_contacts_open, bound)),
        *readable(COMPANY, connection.scalars(_companies_open, bound)),
    )


def contacts_by_email(connection: Connection, email: str) -> tuple[Contact, ...]:
    return readable(CONTACT, connection.scalars(_by_email, {"wanted": normal_email(email)}))


def directory_counts(connection: Connection) -> DirectoryCounts:
    companies_listed, contacts_listed = connection.execute(_counts).one()
    return DirectoryCounts(companies_listed, contacts_listed)


def knows_companies(connection: Connection, now: datetime) -> bool:
    told = connection.scalar(_any_code) is not None
    return told and connection.scalar(_any_new, {"now": now}) is None


def find_subjects(connection: Connection, wanted: str, limit: int) -> tuple[CaseKey, ...]:
    """Exact case keys first, then contacts by address, companies by id, code and name, sessions by id's beginning."""
    wanted = wanted.strip()
    if not wanted:
        return ()
    folded = wanted.casefold()
    contacts_meant = [contact_index.c.id == wanted, contact_index.c.email == folded]
    found = [
        *_exact(connection, wanted),
        *map(contact_key, _ids(connection, contact_index, contacts_meant)),
        *map(company_key, _ids(connection, company_index, _company_conditions(wanted, folded))),
    ]
    of_session = select(session.c.id).where(session.c.id.startswith(wanted, autoescape=True))
    found += map(session_key, connection.scalars(of_session.order_by(session.c.id).limit(limit)))
    return tuple(dict.fromkeys(found))[:limit]


def _company_conditions(wanted: str, folded: str) -> list[Any]:
    return [
        company_index.c.id == wanted,
        company_index.c.code == normal_code(wanted),
        company_index.c.name.contains(folded, autoescape=True),
    ]


def _ids(connection: Connection, table: Any, conditions: Sequence[Any]) -> list[str]:
    return list(connection.scalars(select(table.c.id).where(or_(*conditions)).order_by(table.c.id)))


def _exact(connection: Connection, wanted: str) -> list[CaseKey]:
    kinds = {kind.value for kind in CaseKind}
    keys = [wanted] if wanted.partition(":")[0] in kinds else []
    keys.append(f"{CaseKind.CALENDAR}:{wanted}")
    rows = connection.scalars(select(case_.c.key).where(case_.c.key.in_(keys)).order_by(case_.c.key))
    return [CaseKey(key) for key in rows]
