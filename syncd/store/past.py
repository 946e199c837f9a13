"""What happened, and on what was it decided? The port Past over the tables, many rows at a time."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Text, bindparam, func, literal_column, select

from syncd.domain.attendance import Outcome
from syncd.domain.case import SessionCase
from syncd.domain.desk import Desk
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey, session_key
from syncd.domain.session import Session, SessionState
from syncd.domain.terms import Terms
from syncd.ports.past import Course, Outline, Past, Recorded, Redecided, Wanted
from syncd.ports.store import Decide
from syncd.store import inbox
from syncd.store.cases import session_case
from syncd.store.codec import SESSION
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
_outlines = (
    select(
        session.c.id,
        session.c.starts_at,
        session.c.state,
        session.c.outcome,
        session.c.by_word,
        case_.c.evidence_upto,
    )
    .join_from(session, case_, case_.c.key == literal_column("'session:'", Text()) + session.c.id)
    .where(session.c.id.in_(bindparam("ids", expanding=True)), case_.c.state.is_not(None))
    .order_by(session.c.starts_at, session.c.id)
)
_decisions = (
    select(
        decision.c.subject,
        decision.c.decided_at,
        decision.c.evidence_after,
        decision.c.evidence_upto,
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
_told = (
    select(evidence)
    .where(
        evidence.c.subject.in_(bindparam("subjects", expanding=True)),
        evidence.c.kind.in_(bindparam("kinds", expanding=True)),
    )
    .order_by(evidence.c.seq)
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
        ends = [row.evidence_upto for row in ranges]
        return tuple((_when(row, ranges, ends), inbox.read(row)) for row in rows)

    def redecided(self, key: CaseKey, decide: Decide) -> Iterator[Redecided]:
        with self._database.read() as connection:
            for row, again, text in replay_rows(connection, self._memory.versions, key, decide):
                yield Redecided(row.decided_at, again, row.result == text)

    def sessions(self, since: datetime | None, until: datetime | None = None) -> Iterator[Session]:
        for ids in self._batches(since, until):
            with self._database.read() as connection:
                states = _texts(connection, ids)
            yield from (SESSION.load(states[one]) for one in ids if one in states)

    def outlines(self, since: datetime) -> Iterator[Outline]:
        for ids in self._batches(since, None):
            with self._database.read() as connection:
                rows = connection.execute(_outlines, {"ids": ids}).all()
            yield from map(_outline, rows)

    def count_sessions(self, since: datetime) -> int:
        with self._database.read() as connection:
            return int(connection.execute(_count, {"since": since}).scalar_one())

    def courses(self, since: datetime, kinds: Collection[str], wanted: Wanted) -> Iterator[Course]:
        for ids in self._batches(since, None):
            with self._database.read() as connection:
                asked = {"subjects": [session_key(one) for one in ids], "kinds": sorted(kinds)}
                told = _grouped(connection.execute(_told, asked))
                about = [
                    (_outline(row), _settled(row, told.get(session_key(row.id), [])))
                    for row in connection.execute(_outlines, {"ids": ids})
                ]
                cases = self._cases(connection, [one.session_id for one, items in about if wanted(one, items)])
            for one, items in about:
                yield Course(one, items, cases.get(one.session_id))

    def terms(self, terms_id: str) -> Terms:
        kept = self._memory.versions.terms.get(terms_id)
        if kept is not None:
            return kept
        with self._database.read() as connection:
            return self._memory.versions.terms_of(connection, terms_id)

    def _cases(self, connection: Connection, ids: list[str]) -> dict[str, tuple[Recorded, ...]]:
        keys, versions = [session_key(one) for one in ids], self._memory.versions
        made = _grouped(connection.execute(_decisions, {"subjects": keys}))
        seen = _grouped(connection.execute(_evidence, {"subjects": keys}))
        found = {}
        for one, key in zip(ids, keys, strict=True):
            rows = made.get(key, [])
            desks = {row.desk_digest: versions.desk(connection, row.desk_digest) for row in rows}
            found[one] = _Rows(key, rows, seen.get(key, []), desks).recorded()
        return found

    def _batches(self, since: datetime | None, until: datetime | None) -> Iterator[list[str]]:
        bound = {"since": since or EPOCH, "until": until or datetime.max.replace(tzinfo=EPOCH.tzinfo)}
        with self._database.read() as connection:
            ids = list(connection.scalars(_ids, bound))
        for start in range(0, len(ids), AT_ONCE_MAX):
            yield ids[start : start + AT_ONCE_MAX]


@dataclass
class _Rows:
    """One session's decisions and evidence as they stand in their rows: read when a case is asked for."""

    key: CaseKey
    made: list[AnyRow]
    seen: list[AnyRow]
    desks: dict[str, Desk]

    @cached_property
    def items(self) -> tuple[Evidence, ...]:
        return tuple(inbox.read(row) for row in self.seen)

    def recorded(self) -> tuple[Recorded, ...]:
        return tuple(
            Recorded(row.decided_at, partial(self._load, row), partial(self._state_before, number))
            for number, row in enumerate(self.made)
        )

    def _load(self, row: AnyRow, state: Session | None, terms: Terms) -> SessionCase:
        first = bisect_right(self.seen, row.evidence_after, key=_seq)
        settled, fresh = self.items[:first], self.items[first : bisect_right(self.seen, row.evidence_upto, key=_seq)]
        return session_case(self.key, self.desks[row.desk_digest], terms, state, settled, fresh, kept_of(row.consulted))

    def _state_before(self, number: int) -> Session | None:
        """The latest state that a decision before this one left."""
        for row in reversed(self.made[:number]):
            left = json.loads(row.result)["state"]
            if left is not None:
                return SESSION.of(left)
        return None


def _seq(row: AnyRow) -> int:
    return int(row.seq)


def _outline(row: AnyRow) -> Outline:
    outcome = Outcome(row.outcome) if row.outcome else None
    return Outline(row.id, row.starts_at, SessionState(row.state), outcome, row.by_word)


def _settled(about: AnyRow, told: list[AnyRow]) -> tuple[Evidence, ...]:
    return tuple(inbox.read(row) for row in told if row.seq <= about.evidence_upto)


def _texts(connection: Connection, ids: list[str]) -> dict[str, str]:
    return {row.id: row.state for row in connection.execute(_states, {"ids": ids}) if row.state is not None}


def _grouped(rows: Iterable[Any]) -> dict[str, list[AnyRow]]:
    groups: dict[str, list[AnyRow]] = {}
    for row in rows:
        groups.setdefault(row.subject, []).append(row)
    return groups


def _when(row: AnyRow, ranges: Sequence[AnyRow], ends: list[int]) -> datetime:
    """Ranges follow one another: the first that ends at or behind it is the one that may hold it."""
    place = bisect_left(ends, row.seq)
    held = place < len(ends) and ranges[place].evidence_after < row.seq
    at: datetime = ranges[place].decided_at if held else row.recorded_at
    return at


if TYPE_CHECKING:  # the type checker compares it with its port
    _PAST: type[Past] = SqlPast
