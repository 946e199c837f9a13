"""What does a session's decision look at beside its own rows? Busy time, neighbours, holds, its calendar, its people.

All of it is read after the resources in question are locked, and kept with the decision, so that it can be replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Text, bindparam, func, literal_column, or_, select, true

from syncd.domain.attendance import InboxHealth
from syncd.domain.case import CalendarHealth, Consulted, Neighbour
from syncd.domain.correspondence import RequestReceived
from syncd.domain.decision import Claim
from syncd.domain.desk import Desk
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CATALOGUE_KEY, company_key, contact_key
from syncd.domain.money import Catalogue
from syncd.domain.people import Company, Contact, normal_email
from syncd.domain.request import Request
from syncd.domain.session import Session
from syncd.domain.spans import Span, merged
from syncd.domain.terms import Terms
from syncd.store import busy, coverage, mailbag
from syncd.store.codec import CATALOGUE, COMPANY, CONTACT
from syncd.store.columns import AnyRow
from syncd.store.question import Question
from syncd.store.schema import case_, claim, evidence, session, source
from syncd.store.sources import Readings

HELD = literal_column("'held'", Text())
unexpired = or_(session.c.state != HELD, session.c.hold_until > bindparam("now"))
"""A session takes its time unless it is a hold that has run out."""

_near = select(session).where(
    session.c.live == true(),
    session.c.ends_at > bindparam("since"),
    session.c.starts_at < bindparam("until"),
    unexpired,
)
_near_by_staff = _near.where(session.c.staff_id.in_(bindparam("staff", expanding=True)))
_near_by_room = _near.where(session.c.room_id.in_(bindparam("rooms", expanding=True)))
_claims = select(claim).where(claim.c.session_id.in_(bindparam("ids", expanding=True))).order_by(claim.c.id)
_holds = select(func.count()).where(
    session.c.state == HELD,
    session.c.network == bindparam("network"),
    session.c.hold_until > bindparam("now"),
    session.c.id != bindparam("session_id"),
)
_coming = select(func.count()).where(
    session.c.live == true(),
    session.c.calendar_id == bindparam("calendar"),
    session.c.ends_at > bindparam("now"),
    session.c.starts_at > bindparam("now"),
)
_this_source = source.c.id == bindparam("calendar")
_health = select(
    select(source.c.read_at).where(_this_source).scalar_subquery().label("read_at"),
    select(source.c.failing_since).where(_this_source).scalar_subquery().label("failing_since"),
    _coming.scalar_subquery().label("coming"),
)
_coming_among = _coming.where(session.c.id.in_(bindparam("ids", expanding=True)))
# No DISTINCT: for its sake SQLite would walk over all evidence.
_gone = select(evidence.c.subject).where(
    evidence.c.kind == literal_column("'entry-gone'"), evidence.c.recorded_at >= bindparam("since")
)
_state = select(case_.c.state).where(case_.c.key == bindparam("subject"))


def consult(
    connection: Connection,
    readings: Readings,
    desk: Desk,
    terms: Terms,
    session_id: str,
    state: Session | None,
    asked: Question,
    now: datetime,
) -> Consulted:
    """Raises UnreadableRow: a decision is not made past what cannot be read."""
    spans = asked.around()
    return Consulted(
        busy=_busy(connection, desk, sorted(asked.staff), spans),
        neighbours=_neighbours(connection, session_id, asked, desk, spans, now),
        network_holds=_network_holds(connection, session_id, asked.network, now),
        calendar=_calendar_health(connection, readings, desk, terms, state, asked, now),
        company=_company(connection, asked.company_id),
        contact=_contact(connection, asked.contact_id),
        feeds=coverage.around(connection, desk, terms, state, now),
        inboxes=_inboxes(connection, readings, desk, terms, state, now),
        catalogue=catalogue(connection) if asked.paying else None,
    )


def consult_request(
    connection: Connection, request_id: str, state: Request | None, fresh: Sequence[Evidence]
) -> Consulted:
    """Whose the writer's address is, and how often it wrote lately."""
    first = next((e for e in fresh if isinstance(e.payload, RequestReceived)), None)
    if state is not None:
        sender, at, company_id, contact_id = state.sender, state.received_at, state.company_id, state.contact_id
    elif first is not None and isinstance(first.payload, RequestReceived):
        asked = first.payload
        sender, at, company_id, contact_id = asked.sender, first.received_at, asked.company_id, asked.contact_id
    else:
        return Consulted()
    return Consulted(
        company=_company(connection, company_id),
        contact=_contact(connection, contact_id),
        lately=mailbag.lately(connection, request_id, normal_email(sender), at),
    )


def _inboxes(
    connection: Connection, readings: Readings, desk: Desk, terms: Terms, state: Session | None, now: datetime
) -> tuple[InboxHealth, ...]:
    """Read past the close, and nothing unread that came since the booking (ATT-7.6)."""
    if state is None or state.booking is None or not coverage.matters(state, terms, now):
        return ()
    return mailbag.health(connection, readings, desk.inboxes, state.booking.booked_at)


def _busy(
    connection: Connection, desk: Desk, staff: Sequence[str], spans: Sequence[Span]
) -> tuple[tuple[str, Span], ...]:
    found: list[tuple[str, Span]] = []
    for staff_id in staff:
        member = desk.member(staff_id)
        if member is not None:
            rows = busy.spans_over(connection, member.calendars, spans)
            found += [(staff_id, span) for span in merged(span for _, span in rows)]
    return tuple(found)


def _neighbours(
    connection: Connection, session_id: str, asked: Question, desk: Desk, spans: Sequence[Span], now: datetime
) -> tuple[Neighbour, ...]:
    rows: dict[str, AnyRow] = {}
    for span in spans:
        bound = {"since": span.starts_at, "until": span.ends_at, "now": now}
        by_staff = connection.execute(_near_by_staff, {**bound, "staff": sorted(asked.staff)}).all()
        by_room = connection.execute(_near_by_room, {**bound, "rooms": list(asked.rooms(desk))}).all()
        rows |= {row.id: row for row in (*by_staff, *by_room)}
    rows.pop(session_id, None)
    return neighbours_of(connection, rows.values())


def neighbours_of(connection: Connection, rows: Iterable[AnyRow]) -> tuple[Neighbour, ...]:
    """Rows of `session` as neighbours with what they claim, by start, then id."""
    ordered = sorted(rows, key=lambda row: (row.starts_at, row.id))
    claims: dict[str, list[Claim]] = {row.id: [] for row in ordered}
    ids = list(claims)
    for start in range(0, len(ids), 500):
        for row in connection.execute(_claims, {"ids": ids[start : start + 500]}):
            claims[row.session_id].append(Claim(row.resource, Span(row.starts_at, row.ends_at), row.may_overlap))
    return tuple(
        Neighbour(
            row.id,
            row.staff_id,
            row.room_id,
            Span(row.starts_at, row.ends_at),
            tuple(claims[row.id]),
            row.state == "held",
        )
        for row in ordered
    )


def _network_holds(connection: Connection, session_id: str, network: str | None, now: datetime) -> int:
    if not network:
        return 0
    bound = {"network": network, "now": now, "session_id": session_id}
    return int(connection.execute(_holds, bound).scalar_one())


def _calendar_health(
    connection: Connection,
    readings: Readings,
    desk: Desk,
    terms: Terms,
    state: Session | None,
    asked: Question,
    now: datetime,
) -> CalendarHealth:
    calendar_id = _calendar_of(desk, state, asked)
    if calendar_id is None:
        return CalendarHealth()
    bound = {"calendar": calendar_id, "now": now}
    row = connection.execute(_health, bound).one()
    gone = connection.scalars(_gone, {"since": now - terms.deletions_within})
    ids = sorted({subject.partition(":")[2] for subject in gone})
    return CalendarHealth(
        read_at=readings.latest(calendar_id, row.read_at),
        failing_since=row.failing_since,
        coming=row.coming,
        gone_recently=int(connection.execute(_coming_among, {**bound, "ids": ids}).scalar_one()) if ids else 0,
    )


def _calendar_of(desk: Desk, state: Session | None, asked: Question) -> str | None:
    if state is not None and state.entry is not None:
        return state.entry.ref.calendar_id
    staff_id = state.staff_id if state is not None else min(asked.staff, default="")
    member = desk.member(staff_id)
    return member.calendar_id if member else None


def _company(connection: Connection, company_id: str | None) -> Company | None:
    text = company_id and connection.execute(_state, {"subject": company_key(company_id)}).scalar()
    return COMPANY.load(text) if text else None


def _contact(connection: Connection, contact_id: str | None) -> Contact | None:
    text = contact_id and connection.execute(_state, {"subject": contact_key(contact_id)}).scalar()
    return CONTACT.load(text) if text else None


def catalogue(connection: Connection) -> Catalogue | None:
    """What the desk sells (E8); None: nothing was ever set."""
    text = connection.execute(_state, {"subject": CATALOGUE_KEY}).scalar()
    return CATALOGUE.load(text) if text else None
