"""What happened, and on what was it decided? The port Past over the tables, many rows at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Text, bindparam, func, literal_column, select

from syncd.domain.case import SessionCase
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey, session_key
from syncd.domain.session import Session
from syncd.domain.terms import Terms
from syncd.ports.past import Course, Past, Recorded, Redecided
from syncd.ports.store import Decide
from syncd.store import inbox
from syncd.store.cases import session_case
from syncd.store.codec import DECISION, SESSION
from syncd.store.columns import EPOCH, AnyRow
from syncd.store.connection import Database
from syncd.store.memory import Memory
from syncd.store.replay import kept_of, replay_rows
from syncd.store.schema import case_, decision, evidence, session

AT_ONCE_MAX = 100
"""Sessions read together; their decisions and evidence are one query each."""

_ids = (
    select(session.c.id)
    .where(session.c.starts_at >= bindparam("since"), session.c.starts_at < bindparam("until"))
    .where(session.c.company_id.is_not(None))
    .order_by(session.c.starts_at, session.c.id)
)
_count = select(func.count()).where(session.c.starts_at >= bindparam("since"), session.c.company_id.is_not(None))
_states = (
    select(session.c.id, case_.c.state)
    .join_from(session, case_, case_.c.key == literal_column("'session:'", Text()) + session.c.id)
    .where(session.c.id.in_(bindparam("ids", expanding=True)))
)
_decisions = (
    select(
        decision.c.subject,
        decision.c.decided_at,
        decision.c.evidence_after,
        decision.c.evidence_upto,
        decision.c.terms_id,
        decision.c.desk_digest,
        decision.c.consulted,
        decision.c.result,
    )
    .where(decision.c.subject.in_(bindparam("subjects", expanding=True)))
    .order_by(decision.c.id)
)
_evidence = (
    select(evidence).where(evidence.c.subject.in_(bindparam("subjects", expanding=True))).order_by(evidence.c.seq)
)
_settled_at = (
    select(decision.c.evidence_after, decision.c.evidence_upto, decision.c.decided_at)
    .where(decision.c.subject == bindparam("subject"))
    .order_by(decision.c.id)
)


class SqlPast:
    """Implements `syncd.ports.past.Past`; see there for the contract."""

    def __init__(self, database: Database, memory: Memory) -> None:
        self._database = database
        self._memory = memory

    def known(self, key: CaseKey) -> tuple[tuple[datetime, Evidence], ...]:
        with self._database.read() as connection:
            ranges = connection.execute(_settled_at, {"subject": key}).all()
            rows = connection.execute(_evidence, {"subjects": [key]}).all()
        return tuple((_when(row, ranges), inbox.read(row)) for row in rows)

    def redecided(self, key: CaseKey, decide: Decide) -> Iterator[Redecided]:
        with self._database.read() as connection:
            for row, stored, again in replay_rows(connection, self._memory.versions, key, decide):
                yield Redecided(row.decided_at, stored, again, row.result == DECISION.dump(again))

    def sessions(self, since: datetime | None, until: datetime | None = None) -> Iterator[Session]:
        for ids in self._batches(since, until):
            with self._database.read() as connection:
                states = _texts(connection, ids)
            yield from (SESSION.load(states[one]) for one in ids if one in states)

    def count_sessions(self, since: datetime) -> int:
        with self._database.read() as connection:
            return int(connection.execute(_count, {"since": since}).scalar_one())

    def courses(self, since: datetime) -> Iterator[Course]:
        for ids in self._batches(since, None):
            keys = [session_key(one) for one in ids]
            with self._database.read() as connection:
                states = _texts(connection, ids)
                made = _grouped(connection.execute(_decisions, {"subjects": keys}))
                seen = _grouped(connection.execute(_evidence, {"subjects": keys}))
                for one, key in zip(ids, keys, strict=True):
                    if one in states:
                        yield self._course(connection, key, states[one], made.get(key, []), seen.get(key, []))

    def terms(self, terms_id: str) -> Terms:
        with self._database.read() as connection:
            return self._memory.versions.terms_of(connection, terms_id)

    def _course(
        self, connection: Connection, key: CaseKey, state: str, made: list[AnyRow], seen: list[AnyRow]
    ) -> Course:
        items = tuple(inbox.read(row) for row in seen)
        cases = (self._recorded(connection, key, made, number, items) for number in range(len(made)))
        return Course(SESSION.load(state), tuple(cases))

    def _recorded(
        self, connection: Connection, key: CaseKey, made: list[AnyRow], number: int, items: tuple[Evidence, ...]
    ) -> Recorded:
        row, versions = made[number], self._memory.versions
        fresh = tuple(e for e in items if row.evidence_after < e.seq <= row.evidence_upto)
        desk, terms = versions.desk(connection, row.desk_digest), versions.terms_of(connection, row.terms_id)

        def load() -> SessionCase:
            settled = (e for e in items if e.seq <= row.evidence_after)
            return session_case(key, desk, terms, None, settled, fresh, kept_of(row.consulted))

        return Recorded(row.decided_at, fresh, load, lambda: _state_before(made, number))

    def _batches(self, since: datetime | None, until: datetime | None) -> Iterator[list[str]]:
        bound = {"since": since or EPOCH, "until": until or datetime.max.replace(tzinfo=EPOCH.tzinfo)}
        with self._database.read() as connection:
            ids = list(connection.scalars(_ids, bound))
        for start in range(0, len(ids), AT_ONCE_MAX):
            yield ids[start : start + AT_ONCE_MAX]


def _state_before(made: list[AnyRow], number: int) -> Session | None:
    """The latest state that a decision before this one left."""
    for row in reversed(made[:number]):
        left = json.loads(row.result)["state"]
        if left is not None:
            return SESSION.load(json.dumps({name: value for name, value in left.items() if name != "is"}))
    return None


def _texts(connection: Connection, ids: list[str]) -> dict[str, str]:
    return {row.id: row.state for row in connection.execute(_states, {"ids": ids}) if row.state is not None}


def _grouped(rows: Iterable[Any]) -> dict[str, list[AnyRow]]:
    groups: dict[str, list[AnyRow]] = {}
    for row in rows:
        groups.setdefault(row.subject, []).append(row)
    return groups


def _when(row: AnyRow, ranges: Iterable[AnyRow]) -> datetime:
    decided = (r.decided_at for r in ranges if r.evidence_after < row.seq <= r.evidence_upto)
    at: datetime = next(decided, row.recorded_at)
    return at


if TYPE_CHECKING:  # the type checker compares it with its port
    _PAST: type[Past] = SqlPast
