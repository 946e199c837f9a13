"""Is that time still free? Claims on staff and rooms, checked under their locks (B2, K6, K10).

On SQLite every write is alone. On PostgreSQL the resources' rows are locked, in one order, before what they guard is
read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, false, select, true

from syncd.domain.decision import Claim
from syncd.domain.spans import Span
from syncd.ports.errors import SlotTaken
from syncd.store.connection import Database
from syncd.store.consult import unexpired
from syncd.store.schema import claim, resource, session

_others = (
    select(claim.c.session_id)
    .join(session, session.c.id == claim.c.session_id)
    .where(
        claim.c.resource == bindparam("wanted"),
        claim.c.ends_at > bindparam("since"),
        claim.c.starts_at < bindparam("until"),
        claim.c.session_id != bindparam("mine"),
        claim.c.may_overlap == false(),
        session.c.live == true(),
        unexpired,
    )
    .limit(1)
)
_mine = select(claim).where(claim.c.session_id == bindparam("mine")).order_by(claim.c.id)
_forget = delete(claim).where(claim.c.session_id == bindparam("mine"))


def lock(database: Database, connection: Connection, names: Sequence[str]) -> None:
    if database.is_sqlite or not names:
        return
    rows = [{"name": name} for name in sorted(names)]
    connection.execute(database.insert_new(resource, "name"), rows)
    wanted = select(resource.c.name).where(resource.c.name.in_(names)).order_by(resource.c.name)
    connection.execute(wanted.with_for_update())


def check(connection: Connection, session_id: str, claims: Sequence[Claim], now: datetime) -> None:
    """Raises SlotTaken where a claim overlaps another living session's; either side may be allowed to (K6)."""
    for wanted in claims:
        if wanted.may_overlap:
            continue
        bound = {
            "wanted": wanted.resource,
            "since": wanted.span.starts_at,
            "until": wanted.span.ends_at,
            "mine": session_id,
            "now": now,
        }
        if connection.execute(_others, bound).first() is not None:
            raise SlotTaken(f"{wanted.resource} is taken at {wanted.span.starts_at.isoformat()}", hint="Offer others.")


def of(connection: Connection, session_id: str) -> tuple[Claim, ...]:
    rows = connection.execute(_mine, {"mine": session_id})
    return tuple(Claim(row.resource, Span(row.starts_at, row.ends_at), row.may_overlap) for row in rows)


def forget(connection: Connection, session_id: str) -> None:
    connection.execute(_forget, {"mine": session_id})


def insert(connection: Connection, session_id: str, claims: Sequence[Claim]) -> None:
    rows = [
        {
            "session_id": session_id,
            "resource": item.resource,
            "starts_at": item.span.starts_at,
            "ends_at": item.span.ends_at,
            "may_overlap": item.may_overlap,
        }
        for item in claims
    ]
    connection.execute(claim.insert(), rows)
