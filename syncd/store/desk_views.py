"""What does the desk look at? The day, what waits for a person, what persons did (ports/views.py, DeskViews)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Text, bindparam, func, literal_column, select, text, true

from syncd.domain.absence import Absence
from syncd.domain.decision import CalendarState
from syncd.domain.evidence import Evidence
from syncd.domain.keys import calendar_key, request_key, session_key, staff_key
from syncd.domain.request import Request
from syncd.domain.session import Session
from syncd.domain.spans import Span
from syncd.ports.views import Unreadable
from syncd.store import inbox
from syncd.store.codec import ABSENCE, CALENDAR, REQUEST, SESSION, UnreadableRow
from syncd.store.columns import AnyRow
from syncd.store.people_views import readable
from syncd.store.schema import (
    PERSONS_CONDITION,
    WORDS_CONDITION,
    case_,
    decision,
    evidence,
    raw,
    request_index,
    session,
)

SEEN_KINDS = ("attendance-seen", "attested", "customer-said")
_KEY = literal_column("'session:'", Text()) + session.c.id
_of_session = select(case_.c.state).join_from(session, case_, case_.c.key == _KEY)
_starting = _of_session.where(
    session.c.starts_at >= bindparam("since"),
    session.c.starts_at < bindparam("until"),
    session.c.state.in_([literal_column(f"'{state}'", Text()) for state in ("booked", "cancelled", "ended")]),
).order_by(session.c.starts_at, session.c.id)
_waiting = (
    _of_session.where(session.c.waits_for != literal_column("''", Text()))
    .order_by(session.c.starts_at)
    .limit(bindparam("most"))
)
_seen = (
    select(evidence)
    .where(evidence.c.subject.in_(bindparam("subjects", expanding=True)), evidence.c.kind.in_(SEEN_KINDS))
    .order_by(evidence.c.subject, evidence.c.seq)
)
_last_evidence = select(func.max(evidence.c.seq))
_last_decision = select(func.max(decision.c.id))
_requests = (
    select(case_.c.state)
    .join_from(request_index, case_, case_.c.key == literal_column("'request:'", Text()) + request_index.c.id)
    .where(request_index.c.open == true())
    .order_by(request_index.c.received_at)
    .limit(bindparam("most"))
)
_states = select(case_.c.state).where(case_.c.key.in_(bindparam("subjects", expanding=True))).order_by(case_.c.key)
_unreadable = (
    select(raw.c.key, raw.c.source, raw.c.received_at, raw.c.unreadable)
    .where(raw.c.unreadable != literal_column("''", Text()), inbox.unseen(raw.c.key))
    .order_by(raw.c.source, raw.c.received_at)
    .limit(bindparam("most"))
)
_words = (
    select(evidence)
    .where(text(WORDS_CONDITION), inbox.unseen(evidence.c.key))
    .order_by(evidence.c.seq.desc())
    .limit(bindparam("most"))
)
_persons = select(evidence).where(text(PERSONS_CONDITION)).order_by(evidence.c.seq.desc()).limit(bindparam("most"))
_persons_before = _persons.where(evidence.c.seq < bindparam("before"))


def sessions_starting(connection: Connection, span: Span) -> tuple[Session, ...]:
    return readable(SESSION, connection.scalars(_starting, {"since": span.starts_at, "until": span.ends_at}))


def seen_in(connection: Connection, session_ids: Sequence[str]) -> Mapping[str, tuple[Evidence, ...]]:
    if not session_ids:
        return {}
    keys = {session_key(session_id): session_id for session_id in session_ids}
    found: dict[str, list[Evidence]] = {}
    for one in _readable(connection.execute(_seen, {"subjects": list(keys)})):
        found.setdefault(keys[one.subject], []).append(one)  # type: ignore[index]  # stored evidence has a subject
    return {session_id: tuple(ones) for session_id, ones in found.items()}


def changes(connection: Connection) -> int:
    return sum(connection.execute(last).scalar() or 0 for last in (_last_evidence, _last_decision))


def waiting(connection: Connection, limit: int) -> tuple[Session, ...]:
    return readable(SESSION, connection.scalars(_waiting, {"most": limit}))


def calendars(connection: Connection, calendar_ids: Sequence[str]) -> tuple[CalendarState, ...]:
    if not calendar_ids:
        return ()
    keys = [calendar_key(calendar_id) for calendar_id in calendar_ids]
    return readable(CALENDAR, (text for text in connection.scalars(_states, {"subjects": keys}) if text))


def absences(connection: Connection, staff_ids: Sequence[str]) -> tuple[Absence, ...]:
    if not staff_ids:
        return ()
    keys = [staff_key(staff_id) for staff_id in staff_ids]
    return readable(ABSENCE, (text for text in connection.scalars(_states, {"subjects": keys}) if text))


def requests_open(connection: Connection, limit: int) -> tuple[Request, ...]:
    return readable(REQUEST, connection.scalars(_requests, {"most": limit}))


def request(connection: Connection, request_id: str) -> Request | None:
    texts = connection.scalars(_states, {"subjects": [request_key(request_id)]})
    return next(iter(readable(REQUEST, (text for text in texts if text))), None)


def unreadable(connection: Connection, limit: int) -> tuple[Unreadable, ...]:
    return tuple(
        Unreadable(row.key, row.source, row.received_at, row.unreadable)
        for row in connection.execute(_unreadable, {"most": limit})
    )


def words(connection: Connection, limit: int) -> tuple[Evidence, ...]:
    return tuple(_readable(connection.execute(_words, {"most": limit})))


def pressed_by_persons(connection: Connection, limit: int, before: int | None) -> tuple[Evidence, ...]:
    if before is None:
        return tuple(_readable(connection.execute(_persons, {"most": limit})))
    return tuple(_readable(connection.execute(_persons_before, {"most": limit, "before": before})))


def _readable(rows: Iterable[AnyRow]) -> list[Evidence]:
    found: list[Evidence] = []
    for row in rows:
        try:
            found.append(inbox.read(row))
        except UnreadableRow:  # its case says so
            continue
    return found
