"""What do the tables say now? Sessions, busy time, the outbox and explanations, for pages and commands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, bindparam, literal_column, select, true

from syncd.domain.case import Neighbour
from syncd.domain.effect import EffectKind, EffectState
from syncd.domain.keys import CaseKey, session_key
from syncd.domain.letters import Letter
from syncd.domain.people import normal_email
from syncd.domain.session import Session
from syncd.domain.spans import Span, merged
from syncd.ports.views import BusyView, DecisionRow, Explanation, OutboxRow
from syncd.store import busy, inbox, outbox, sources
from syncd.store.codec import DECISION, SESSION, UnreadableRow
from syncd.store.columns import AnyRow
from syncd.store.consult import neighbours_of, unexpired
from syncd.store.people_views import readable
from syncd.store.schema import case_, decision, effect, session
from syncd.store.sources import Readings
from syncd.store.versions import Versions

EXPLAINED_MAX = 1_000
"""How many decisions and effects of one subject an explanation shows: the latest."""

_state = select(case_.c.state).where(case_.c.key == bindparam("subject"))
_of_session = select(case_.c.state).join_from(
    session, case_, case_.c.key == literal_column("'session:'", Text()) + session.c.id
)
_booked = _of_session.where(
    session.c.live == true(),
    session.c.state == literal_column("'booked'"),
    session.c.ends_at > bindparam("since"),
    session.c.starts_at < bindparam("until"),
).order_by(session.c.starts_at, session.c.id)
_booked_with = _booked.where(session.c.staff_id == bindparam("staff"))
_of_contact = _of_session.where(
    session.c.live == true(), session.c.contact_id == bindparam("contact"), session.c.ends_at > bindparam("now")
).order_by(session.c.starts_at, session.c.id)
_taken = select(session).where(
    session.c.live == true(),
    session.c.ends_at > bindparam("since"),
    session.c.starts_at < bindparam("until"),
    unexpired,
)
_calendar_mails = (
    select(effect.c.state, effect.c.recipient)
    .where(
        effect.c.subject == bindparam("subject"),
        effect.c.kind == EffectKind.MAIL_CUSTOMER.value,
        effect.c.letter.in_([Letter.INVITATION.value, Letter.UPDATE.value, Letter.CANCELLATION.value]),
    )
    .order_by(effect.c.id.desc())
)
_effects = select(effect).order_by(effect.c.id.desc()).limit(bindparam("most"))
_effects_of = _effects.where(effect.c.subject == bindparam("subject"))
_decisions_of = (
    select(decision)
    .where(decision.c.subject == bindparam("subject"))
    .order_by(decision.c.id.desc())
    .limit(EXPLAINED_MAX)
)
_known = select(case_.c.key).where(case_.c.key == bindparam("subject"))
_aside = (
    select(case_.c.key, case_.c.aside_until, case_.c.aside_reason)
    .where(case_.c.aside_until.is_not(None))
    .order_by(case_.c.aside_until, case_.c.key)
)
_unreadable = (
    select(effect.c.subject, effect.c.due_at, effect.c.reason)
    .where(effect.c.state == literal_column("'parked'"), effect.c.reason.startswith(outbox.UNREADABLE))
    .order_by(effect.c.due_at, effect.c.id)
)


def session_by_id(connection: Connection, session_id: str) -> Session | None:
    text = connection.execute(_state, {"subject": session_key(session_id)}).scalar() if session_id else None
    return SESSION.load(text) if text else None


def sessions_between(connection: Connection, span: Span, staff_id: str | None) -> tuple[Session, ...]:
    bound: dict[str, Any] = {"since": span.starts_at, "until": span.ends_at}
    if staff_id is None:
        return readable(SESSION, connection.scalars(_booked, bound))
    return readable(SESSION, connection.scalars(_booked_with, {**bound, "staff": staff_id}))


def sessions_of_contact(connection: Connection, contact_id: str, now: datetime) -> tuple[Session, ...]:
    return readable(SESSION, connection.scalars(_of_contact, {"contact": contact_id, "now": now}))


def busy_view(connection: Connection, versions: Versions, readings: Readings, staff_id: str, span: Span) -> BusyView:
    """As old as the oldest reading of the member's calendars; none where one fails or was never read (CAL-26)."""
    desk = versions.desk_in_force(connection)
    member = desk.member(staff_id) if desk else None
    if member is None:
        return BusyView((), None)
    read_at: list[datetime] = []
    for calendar in member.calendars:
        state = sources.read(connection, readings, calendar)
        if state.read_at is not None and state.failing_since is None and not state.paused:
            read_at.append(state.read_at)
    spans = merged(found for _, found in busy.spans_over(connection, member.calendars, (span,)))
    return BusyView(spans, min(read_at) if len(read_at) == len(member.calendars) else None)


def neighbours(connection: Connection, span: Span, now: datetime) -> tuple[Neighbour, ...]:
    bound = {"since": span.starts_at, "until": span.ends_at, "now": now}
    return neighbours_of(connection, connection.execute(_taken, bound).all())


def mail_accepted(connection: Connection, session_id: str) -> bool:
    state = session_by_id(connection, session_id)
    if state is None or state.booking is None:
        return False
    booker = normal_email(state.booking.booker.email)
    for row in connection.execute(_calendar_mails, {"subject": session_key(session_id)}):
        if normal_email(row.recipient) == booker:
            return bool(row.state == "done")
    return False


def outbox_rows(connection: Connection, states: tuple[EffectState, ...], limit: int) -> tuple[OutboxRow, ...]:
    """The latest first. Each state stands in the query as a literal, so that the open ones are found by their index."""
    wanted: list[ColumnElement[str]] = [literal_column(f"'{EffectState(state).value}'", Text()) for state in states]
    queries = [_effects.where(effect.c.state == state) for state in wanted] or [_effects]
    rows = [row for query in queries for row in connection.execute(query, {"most": limit})]
    latest = sorted(rows, key=lambda row: row.id, reverse=True)[:limit]
    return _outbox(latest)


def _outbox(rows: list[AnyRow]) -> tuple[OutboxRow, ...]:
    found: list[OutboxRow] = []
    for row in rows:
        try:
            found.append(
                OutboxRow(
                    outbox.read(row),
                    EffectState(row.state),
                    row.attempts,
                    row.due_at,
                    row.reason,
                    row.hint,
                    row.done_at,
                    row.decision_id,
                )
            )
        except UnreadableRow:  # listed by `set_aside`
            continue
    return tuple(found)


def explain(connection: Connection, key: CaseKey) -> Explanation | None:
    """Raises UnreadableRow where what is to be explained cannot be read."""
    seen = inbox.with_recording(connection, key)
    if not seen and connection.execute(_known, {"subject": key}).first() is None:
        return None
    decisions = connection.execute(_decisions_of, {"subject": key}).all()
    effects = connection.execute(_effects_of, {"subject": key, "most": EXPLAINED_MAX}).all()
    return Explanation(
        key,
        seen,
        tuple(
            DecisionRow(row.id, DECISION.load(row.result), row.evidence_after, row.evidence_upto, row.terms_id)
            for row in reversed(decisions)
        ),
        _outbox(list(reversed(effects))),
    )


def set_aside(connection: Connection) -> tuple[tuple[CaseKey, datetime, str], ...]:
    """Cases that wait because deciding them failed, and effects that cannot be read."""
    cases = [(CaseKey(row.key), row.aside_until, row.aside_reason) for row in connection.execute(_aside)]
    effects = [(CaseKey(row.subject), row.due_at, row.reason) for row in connection.execute(_unreadable)]
    return (*cases, *effects)
