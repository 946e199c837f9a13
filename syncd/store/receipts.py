"""What came of an attempt? Done, postponed or parked, if the fence still stands (REL-4); and an operator's hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Connection, bindparam, case, func, literal_column, or_, select, update

from syncd.domain.evidence import Evidence
from syncd.ports.errors import Retryable
from syncd.ports.store import Claimed
from syncd.store import inbox, mailbag
from syncd.store.columns import Instant
from syncd.store.connection import Database
from syncd.store.outbox import CLAIMED, PENDING
from syncd.store.schema import case_, effect

REASON_MAX = 2_000
"""Characters kept of an error's text."""

_held = update(effect).where(
    effect.c.key == bindparam("wanted"), effect.c.fence == bindparam("mine"), effect.c.state == CLAIMED
)
_freeze = _held.where(effect.c.frozen.is_(None)).values(frozen=bindparam("composed"))
_done = _held.values(state="done", done_at=bindparam("now"), lease_until=None, reason="", hint="")
# Postponed beyond its end, it is dropped at its end.
_until = bindparam("until", type_=Instant())
_postpone = _held.values(
    state="pending",
    due_at=case((effect.c.expire_at < _until, effect.c.expire_at), else_=_until),
    lease_until=None,
    reason=bindparam("why"),
    lost_lease=or_(effect.c.lost_lease, bindparam("unknown", type_=Boolean())),
)
_park = _held.values(state="parked", lease_until=None, reason=bindparam("why"), hint=bindparam("hint_text"))
_retry = (
    update(effect)
    .where(effect.c.key == bindparam("wanted"), effect.c.state == literal_column("'parked'"))
    .values(state="pending", due_at=bindparam("now"), attempts=0, lost_lease=False)
)
_discard = (
    update(effect)
    .where(effect.c.key == bindparam("wanted"), effect.c.state.in_([literal_column("'parked'"), PENDING]))
    .values(state="dropped", reason=bindparam("why"), done_at=bindparam("now"))
)
_next = (
    select(func.min(case_.c.due_at)).where(case_.c.due_at.is_not(None)),
    select(func.min(effect.c.due_at)).where(effect.c.state == PENDING),
    select(func.min(effect.c.lease_until)).where(effect.c.state == CLAIMED),
)


def _bound(claimed: Claimed) -> dict[str, Any]:
    return {"wanted": claimed.effect.key, "mine": claimed.fence}


def freeze(database: Database, connection: Connection, claimed: Claimed, composed: bytes, names: Sequence[str]) -> None:
    """What was frozen first stays. Raises Retryable: the lease was lost, and another may be at it."""
    if connection.execute(_freeze, {**_bound(claimed), "composed": composed}).rowcount == 1:
        mailbag.note_names(database, connection, names, claimed.effect.subject, claimed.effect.recipient)
        return
    standing = select(effect.c.key).where(
        effect.c.key == claimed.effect.key, effect.c.fence == claimed.fence, effect.c.state == CLAIMED
    )
    if connection.execute(standing).first() is None:
        raise Retryable(f"the lease on {claimed.effect.key} was lost", hint="It is claimed again by itself.")


def finish(database: Database, connection: Connection, claimed: Claimed, receipt: Evidence, now: datetime) -> bool:
    stands = connection.execute(_done, {**_bound(claimed), "now": now}).rowcount == 1
    inbox.add(database, connection, (receipt,), now)
    return stands


def postpone(connection: Connection, claimed: Claimed, until: datetime, error: str, *, unknown: bool) -> None:
    bound = {"until": until, "why": error[:REASON_MAX], "unknown": unknown}
    connection.execute(_postpone, {**_bound(claimed), **bound})


def park(
    database: Database,
    connection: Connection,
    claimed: Claimed,
    reason: str,
    hint: str,
    receipt: Evidence,
    now: datetime,
) -> None:
    """A lost lease parks nothing, and its receipt would say what is not so."""
    bound = {"why": reason[:REASON_MAX], "hint_text": hint[:REASON_MAX]}
    if connection.execute(_park, {**_bound(claimed), **bound}).rowcount == 1:
        inbox.add(database, connection, (receipt,), now)


def retry_parked(connection: Connection, effect_key: str, now: datetime) -> bool:
    return connection.execute(_retry, {"wanted": effect_key, "now": now}).rowcount == 1


def discard(connection: Connection, effect_key: str, reason: str, now: datetime) -> bool:
    bound = {"wanted": effect_key, "why": reason[:REASON_MAX], "now": now}
    return connection.execute(_discard, bound).rowcount == 1


def next_due(connection: Connection, now: datetime) -> datetime | None:
    """Not before `now`: what is overdue is due now."""
    found = [at for wanted in _next if (at := connection.execute(wanted).scalar()) is not None]
    return max(min(found), now) if found else None
