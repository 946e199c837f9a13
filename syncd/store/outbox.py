"""Which effects may be tried now? Claims under a lease with a fence (REL-4 to REL-6).

A claim re-reads the state in its own transaction: what has expired or was superseded is dropped, visibly; what waits
for another effect, for its lane, for its turn or for its subject's decision is left. A lease that ran out is an outcome
that is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    literal_column,
    not_,
    or_,
    select,
    text,
    tuple_,
    update,
)

from syncd.domain.effect import Effect, EffectKind
from syncd.domain.keys import CaseKey, CaseKind, session_key
from syncd.domain.session import EntryRef
from syncd.ports.store import Claimed
from syncd.store.codec import EFFECT_BODY, UnreadableRow
from syncd.store.columns import EPOCH, AnyRow, Instant, Number
from syncd.store.connection import Database
from syncd.store.schema import case_, effect, session
from syncd.store.settle import SUPERSEDED

EXPIRED = "expired: it would have come too late"
UNREADABLE = "unreadable: "
AFTER_MAX = timedelta(seconds=30)
"""How long past its time an effect waits for the one that it names in `after`."""
PAGES_MAX = 50
"""How many pages of due effects one claim looks through for something that may be tried."""

PENDING = literal_column("'pending'", Text())
CLAIMED = literal_column("'claimed'", Text())

_columns = [column for column in effect.c if column.name != "letter"]
_earlier = effect.alias("earlier")
# Of one subject in one lane: what was tried already, or came due no later, goes first.
_is_overtaken = exists().where(
    _earlier.c.subject == effect.c.subject,
    _earlier.c.lane == effect.c.lane,
    _earlier.c.id < effect.c.id,
    _earlier.c.state.in_([PENDING, CLAIMED]),
    or_(_earlier.c.due_at <= effect.c.due_at, _earlier.c.attempts > 0),
)
_is_undecided = exists().where(case_.c.key == effect.c.subject, case_.c.fresh_seq > 0)
_in_turn = or_(
    effect.c.lane == literal_column("''"),
    and_(effect.c.lane.not_in(bindparam("busy", expanding=True)), not_(_is_overtaken), not_(_is_undecided)),
)
_expired = and_(effect.c.expire_at.is_not(None), effect.c.expire_at <= bindparam("now"))
_place = tuple_(bindparam("due_after", type_=Instant()), bindparam("id_after", type_=Number))
_due = (
    select(*_columns)
    .where(
        effect.c.state == PENDING,
        effect.c.due_at <= bindparam("now"),
        tuple_(effect.c.due_at, effect.c.id) > _place,
        or_(_expired, _in_turn),
    )
    .order_by(effect.c.due_at, effect.c.id)
    .limit(bindparam("most"))
)
_lost = (
    select(*_columns)
    .where(
        effect.c.state == CLAIMED,
        effect.c.lease_until <= bindparam("now"),
        or_(_expired, effect.c.lane == literal_column("''"), not_(_is_undecided)),
    )
    .order_by(effect.c.lease_until, effect.c.id)
    .limit(bindparam("most"))
)
_lanes_in_flight = select(effect.c.lane).where(
    effect.c.state == CLAIMED, effect.c.lease_until > bindparam("now"), effect.c.lane != literal_column("''")
)
_take = (
    update(effect)
    .where(effect.c.id == bindparam("row_id"))
    .values(
        state="claimed",
        lease_until=bindparam("lease"),
        fence=effect.c.fence + 1,
        attempts=effect.c.attempts + 1,
        lost_lease=bindparam("lost"),
    )
)
_drop = (
    update(effect)
    .where(effect.c.id == bindparam("row_id"))
    .values(state=bindparam("how"), reason=bindparam("why"), done_at=bindparam("now"), lease_until=None)
)
_sessions = select(
    session.c.id,
    session.c.revision,
    session.c.calendar_id,
    session.c.event_id,
    session.c.original_start,
    session.c.entry_version,
).where(session.c.id.in_(bindparam("ids", expanding=True)))
_states = select(effect.c.key, effect.c.state).where(effect.c.key.in_(bindparam("keys", expanding=True)))


@dataclass(slots=True)
class _Round:
    """One claiming transaction: what it takes and what it drops."""

    now: datetime
    lease: timedelta
    limit: int
    lanes: set[str]
    taken: list[Claimed] = field(default_factory=list)
    takes: list[dict[str, Any]] = field(default_factory=list)
    drops: list[dict[str, Any]] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return len(self.taken) >= self.limit

    def drop(self, row: AnyRow, why: str, how: str = "dropped") -> None:
        self.drops.append({"row_id": row.id, "how": how, "why": why, "now": self.now})


def claim(
    database: Database,
    connection: Connection,
    now: datetime,
    lease: timedelta,
    limit: int,
    busy_lanes: Sequence[str],
) -> list[Claimed]:
    if not database.is_sqlite:  # one claim at a time, so that a lane is never given out twice
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('syncd.claim'))"))
    lanes = set(busy_lanes) | set(connection.scalars(_lanes_in_flight, {"now": now}))
    turn = _Round(now, lease, limit, lanes)
    lost = connection.execute(_locking(database, _lost), {"now": now, "most": limit}).all()
    _judge(connection, turn, lost, lost=True)
    _take_due(connection, turn, _locking(database, _due))
    if turn.drops:
        connection.execute(_drop, turn.drops)
    if turn.takes:
        connection.execute(_take, turn.takes)
    return turn.taken


def _locking(database: Database, wanted: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """SQLite's writer is alone already."""
    return wanted if database.is_sqlite else wanted.with_for_update(of=effect)


def _take_due(connection: Connection, turn: _Round, due: Select[*tuple[Any, ...]]) -> None:
    due_after, id_after = EPOCH, 0
    for _ in range(PAGES_MAX):
        if turn.full:
            return
        bound = {
            "now": turn.now,
            "due_after": due_after,
            "id_after": id_after,
            "busy": sorted(turn.lanes),
            "most": turn.limit,
        }
        rows = connection.execute(due, bound).all()
        _judge(connection, turn, rows, lost=False)
        if len(rows) < turn.limit:
            return
        due_after, id_after = rows[-1].due_at, rows[-1].id


def _judge(connection: Connection, turn: _Round, rows: Sequence[AnyRow], *, lost: bool) -> None:
    sessions = _sessions_of(connection, rows)
    after = _states_of(connection, [row.after_key for row in rows if row.after_key is not None])
    for row in rows:
        about = sessions.get(row.subject)
        unknown = " (an earlier attempt's outcome is not known)" if lost or row.lost_lease else ""
        if row.expire_at is not None and row.expire_at <= turn.now:
            turn.drop(row, EXPIRED + unknown)
        elif row.guarded and about is not None and row.revision < about.revision:
            turn.drop(row, SUPERSEDED + unknown)
        elif not turn.full and not _waits(row, after, turn):
            _take_one(connection, turn, row, about, lost=lost)


def _waits(row: AnyRow, after: dict[str, str], turn: _Round) -> bool:
    if row.lane and row.lane in turn.lanes:
        return True
    state = after.get(row.after_key)
    return state not in (None, "done", "dropped") and turn.now < row.due_at + AFTER_MAX


def _take_one(connection: Connection, turn: _Round, row: AnyRow, about: AnyRow | None, *, lost: bool) -> None:
    try:
        wanted = read(row)
    except UnreadableRow as error:
        turn.drop(row, f"{UNREADABLE}{error}", how="parked")
        return
    lost = lost or row.lost_lease
    until = turn.now + turn.lease
    turn.takes.append({"row_id": row.id, "lease": until, "lost": lost})
    turn.taken.append(Claimed(wanted, row.fence + 1, row.attempts + 1, until, row.frozen, lost, _ref_of(about)))
    if row.lane:
        turn.lanes.add(row.lane)


def read(row: AnyRow) -> Effect:
    """Raises UnreadableRow."""
    try:
        kind = EffectKind(row.kind)
    except ValueError:
        raise UnreadableRow("an effect of a kind that is not known") from None
    return Effect(
        row.key,
        kind,
        CaseKey(row.subject),
        row.revision,
        row.lane,
        row.recipient,
        EFFECT_BODY.load(row.body),
        row.due_at,
        row.expire_at,
        row.harmless,
        row.guarded,
        row.after_key,
    )


def _ref_of(about: AnyRow | None) -> EntryRef | None:
    if about is None or about.event_id is None:
        return None
    return EntryRef(about.calendar_id, about.event_id, about.entry_version, about.original_start)


def _sessions_of(connection: Connection, rows: Sequence[AnyRow]) -> dict[str, AnyRow]:
    prefix = f"{CaseKind.SESSION}:"
    ids = {row.subject.removeprefix(prefix) for row in rows if row.subject.startswith(prefix)}
    if not ids:
        return {}
    return {session_key(row.id): row for row in connection.execute(_sessions, {"ids": sorted(ids)})}


def _states_of(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    if not keys:
        return {}
    return {row.key: row.state for row in connection.execute(_states, {"keys": sorted(set(keys))})}
