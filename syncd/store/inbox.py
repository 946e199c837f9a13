"""What did we see? Evidence rows in, each once by its key, and out in the store's order (REL-2).

Adding evidence makes its case due. A case's row is locked before its evidence is numbered, so that numbers of one
subject become visible in their order, also on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Text,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    select,
    update,
)

from syncd.domain.evidence import Evidence
from syncd.domain.keys import SEEN_PREFIX, CaseKey, split_key
from syncd.store.codec import PAYLOAD
from syncd.store.columns import AT_ONCE, AnyRow, Instant
from syncd.store.connection import Database
from syncd.store.schema import case_, evidence

EVIDENCE_LOADED_MAX = 1_000
"""How much of a subject's settled evidence a Case shows: the latest. All that is fresh is always shown."""

KEYS_AT_ONCE_MAX = 500

_first_fresh = (
    select(func.coalesce(func.min(evidence.c.seq), 0))
    .where(evidence.c.subject == case_.c.key, evidence.c.seq > case_.c.evidence_upto)
    .scalar_subquery()
)
_waken = (
    update(case_)
    .where(case_.c.key == bindparam("subject"))
    .values(
        fresh_seq=case((case_.c.fresh_seq == 0, _first_fresh), else_=case_.c.fresh_seq),
        due_at=case((case_.c.aside_until.is_(None), literal(AT_ONCE, Instant())), else_=case_.c.due_at),
    )
)
_columns = (evidence.c.seq, evidence.c.key, evidence.c.subject, evidence.c.source, evidence.c.received_at)
_of_subject = (
    select(*_columns, evidence.c.payload, evidence.c.recorded_at)
    .where(
        evidence.c.subject == bindparam("subject"),
        evidence.c.seq > bindparam("after"),
        evidence.c.seq <= bindparam("upto"),
    )
    .order_by(evidence.c.seq.desc())
)
_latest = _of_subject.limit(bindparam("most"))

_known = select(evidence.c.key).where(evidence.c.key.in_(bindparam("keys", expanding=True)))

SEQ_MAX = 2**63 - 1


_seen = evidence.alias("seen")


def unseen(key: Column[str]) -> ColumnElement[bool]:
    """Nobody of the staff has said that they are done with what has this key."""
    prefix = literal_column(f"'{SEEN_PREFIX}'", Text())
    return ~exists(select(_seen.c.seq).where(_seen.c.key == prefix + key))


def add(
    database: Database,
    connection: Connection,
    items: Sequence[Evidence],
    now: datetime,
    settling: CaseKey | None = None,
) -> int:
    """Add what is not known yet; its cases become due. How many were news.

    `settling`: the case that is settled in this very transaction, and needs no waking (on SQLite, no lock either).
    """
    news = _unknown(connection, items) if items else []
    if not news:
        return 0
    named = {subject for item in news if (subject := item.subject) is not None}
    subjects = sorted(named - {settling} if database.is_sqlite else named)
    ensure_cases(database, connection, subjects)
    connection.execute(
        database.insert_new(evidence, "key"),
        [_row(item, now) for item in news],
    )
    waken(connection, named - {settling})
    return len(news)


def _unknown(connection: Connection, items: Sequence[Evidence]) -> list[Evidence]:
    wanted = {item.key: item for item in reversed(items)}  # of two with one key, the first
    keys = list(wanted)
    for start in range(0, len(keys), KEYS_AT_ONCE_MAX):
        some = keys[start : start + KEYS_AT_ONCE_MAX]
        for key in connection.scalars(_known, {"keys": some}):
            del wanted[key]
    return list(reversed(wanted.values()))


def ensure_cases(database: Database, connection: Connection, subjects: Sequence[CaseKey]) -> None:
    """Each has a row, and on PostgreSQL it is ours until the transaction ends. `subjects` are sorted: no deadlocks."""
    if not subjects:
        return
    rows = [{**new_case(subject), "due_at": AT_ONCE} for subject in subjects]
    connection.execute(database.insert_new(case_, "key"), rows)
    if not database.is_sqlite:
        for start in range(0, len(subjects), KEYS_AT_ONCE_MAX):
            some = subjects[start : start + KEYS_AT_ONCE_MAX]
            connection.execute(select(case_.c.key).where(case_.c.key.in_(some)).order_by(case_.c.key).with_for_update())


def lock_case(database: Database, connection: Connection, key: CaseKey) -> None:
    """On PostgreSQL the case is ours until the transaction ends, if it has a row."""
    if not database.is_sqlite:
        connection.execute(select(case_.c.key).where(case_.c.key == key).with_for_update())


def new_case(key: CaseKey) -> dict[str, Any]:
    kind, _ = split_key(key)
    return {
        "key": key,
        "kind": kind.value,
        "version": 0,
        "state": None,
        "decision_id": None,
        "review_at": None,
        "evidence_upto": 0,
        "fresh_seq": 0,
        "due_at": None,
        "aside_until": None,
        "aside_reason": "",
    }


def _row(item: Evidence, now: datetime) -> dict[str, Any]:
    if item.subject is None:
        raise ValueError(f"evidence {item.key} has no subject: engine/correlate finds it before it is stored")
    return {
        "key": item.key,
        "subject": item.subject,
        "source": item.source,
        "received_at": item.received_at,
        "recorded_at": now,
        "kind": item.payload.kind,
        "payload": PAYLOAD.dump(item.payload),
    }


def waken(connection: Connection, subjects: Iterable[CaseKey]) -> None:
    """Make cases due without news of their own (K6)."""
    rows = [{"subject": subject} for subject in sorted(subjects)]
    if rows:
        connection.execute(_waken, rows)


def read(row: AnyRow) -> Evidence:
    """Raises UnreadableRow."""
    return Evidence(row.key, row.source, row.received_at, PAYLOAD.load(row.payload), CaseKey(row.subject), row.seq)


def between(connection: Connection, key: CaseKey, after: int, upto: int) -> tuple[Evidence, ...]:
    rows = connection.execute(_of_subject, {"subject": key, "after": after, "upto": upto}).all()
    return tuple(read(row) for row in reversed(rows))


def settled_before(connection: Connection, key: CaseKey, upto: int) -> tuple[Evidence, ...]:
    if upto == 0:
        return ()
    bound = {"subject": key, "after": 0, "upto": upto, "most": EVIDENCE_LOADED_MAX}
    return tuple(read(row) for row in reversed(connection.execute(_latest, bound).all()))


def with_recording(connection: Connection, key: CaseKey) -> tuple[tuple[Evidence, datetime], ...]:
    bound = {"subject": key, "after": 0, "upto": SEQ_MAX, "most": EVIDENCE_LOADED_MAX}
    rows = connection.execute(_latest, bound).all()
    return tuple((read(row), row.recorded_at) for row in reversed(rows))
