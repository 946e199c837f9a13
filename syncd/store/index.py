"""Where is it found? Index rows beside the documents: a session's times and places, a company's code, an address.

They are written by the transaction that writes the state, and hold nothing that the state does not say.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, select, update

from syncd.domain.attendance import Outcome
from syncd.domain.decision import State
from syncd.domain.keys import short_code
from syncd.domain.people import Company, Contact, normal_code, normal_email
from syncd.domain.request import Request
from syncd.domain.session import CalendarEntry, EntryRef, Session, SessionState
from syncd.store.connection import Database
from syncd.store.schema import company_index, contact_index, request_index, session, source

_replace = update(session).where(session.c.id == bindparam("mine"))
_generation = select(source.c.generation).where(source.c.id == bindparam("calendar"))
_give_up_code = (
    update(company_index)
    .where(company_index.c.code == bindparam("wanted"), company_index.c.id != bindparam("company"))
    .values(code=None)
)


def write(database: Database, connection: Connection, state: State, former: State | None) -> None:
    if isinstance(state, Session):
        _write_session(connection, state, former if isinstance(former, Session) else None)
    elif isinstance(state, Company):
        _write_company(database, connection, state)
    elif isinstance(state, Contact):
        row = {
            "id": state.id,
            "email": normal_email(state.email),
            "company_id": state.company_id,
            "listed": state.listed,
            "mobile": state.mobile,
            "open": bool(state.matters),
        }
        connection.execute(database.upsert(contact_index), [row])
    elif isinstance(state, Request):
        sender, is_open = normal_email(state.sender), state.closed_at is None
        row = {"id": state.id, "sender": sender, "received_at": state.received_at, "open": is_open}
        connection.execute(database.upsert(request_index), [row])


def _write_session(connection: Connection, state: Session, former: Session | None) -> None:
    row = session_row(state)
    entry, before = state.entry, former.entry if former else None
    if entry is not None and _newly_acknowledged(entry, before):
        # What a write acknowledges during a full re-read was seen by it, whatever page it would have stood on (CAL-4).
        generation = connection.execute(_generation, {"calendar": entry.ref.calendar_id}).scalar()
        row["entry_generation_seen"] = generation or 0
    if former is None:
        row.setdefault("entry_generation_seen", 0)
        connection.execute(session.insert(), [row])
    else:
        connection.execute(_replace, {**row, "mine": state.id})


def _newly_acknowledged(entry: CalendarEntry, before: CalendarEntry | None) -> bool:
    return before is None or entry.ref != before.ref or entry.written_at != before.written_at


def session_row(state: Session) -> dict[str, Any]:
    entry, booking = state.entry, state.booking
    return {
        "id": state.id,
        "state": state.state.value,
        "live": state.live,
        "staff_id": state.staff_id,
        "room_id": state.room_id,
        "starts_at": state.starts_at,
        "ends_at": state.ends_at,
        "hold_until": state.hold_until,
        "network": state.network,
        "code": short_code(state.id),
        "uid": state.uid,
        "mobile": booking.booker.mobile if booking else None,
        "company_id": booking.company_id if booking else None,
        "contact_id": booking.contact_id if booking else None,
        "calendar_id": entry.ref.calendar_id if entry else None,
        "event_id": entry.ref.event_id if entry else None,
        "original_start": entry.ref.original_start if entry else None,
        "entry_version": entry.ref.version if entry else None,
        "entry_acknowledged": entry is not None and entry.written is not None,
        "revision": state.revision,
        "terms_id": state.terms_id,
        "waits_for": _waits_for(state),
        "unsettled": unsettled(state),
        **_outcome(state),
    }


def _outcome(state: Session) -> dict[str, Any]:
    """What it came to, for figures that may not read every session whole (ATT-15)."""
    verdict = state.attendance.verdict if state.state in (SessionState.BOOKED, SessionState.ENDED) else None
    return {
        "outcome": verdict.outcome.value if verdict else "",
        "causes": " ".join(dict.fromkeys(f.partition(":")[0] for f in verdict.failed)) if verdict else "",
        "by_word": verdict is not None and (verdict.presumed or verdict.staff_id is not None),
        "overturned": verdict is not None and state.attendance.overturned,
    }


def _waits_for(state: Session) -> str:
    """What of it waits for a person: an objection (A15), an open question (N8), an outcome that nobody could prove
    (A7, A12); empty where nothing does."""
    attendance = state.attendance
    if attendance.objection is not None and attendance.objection.answered_at is None:
        return "objection"
    if any(question.answered is None for question in state.questions):
        return "question"
    verdict = attendance.verdict
    return "outcome" if verdict is not None and verdict.outcome is Outcome.UNDETERMINED else ""


def unsettled(state: Session) -> bool:
    """Is it still open what this session came to? Cancelled ones come to nothing."""
    due = state.state in (SessionState.BOOKED, SessionState.ENDED) and state.booking is not None
    return due and state.call is None and state.attendance.verdict is None


def _write_company(database: Database, connection: Connection, state: Company) -> None:
    """A code is one company's. Where the directory gives it to another, the latest word holds."""
    code = normal_code(state.code) if state.code else None
    if code:
        connection.execute(_give_up_code, {"wanted": code, "company": state.id})
    name, waits = state.name.casefold(), bool(state.matters)
    row = {"id": state.id, "code": code or None, "name": name, "listed": state.listed, "open": waits}
    connection.execute(database.upsert(company_index), [row])


def entry_is(*, instance: bool) -> ColumnElement[bool]:
    """A condition on `session` for one event: bound calendar, event and, for an instance of a series, start (CAL-13).

    Two shapes, since no index serves both.
    """
    event = and_(session.c.calendar_id == bindparam("calendar"), session.c.event_id == bindparam("event"))
    if instance:
        return and_(event, session.c.original_start == bindparam("start"), session.c.original_start.is_not(None))
    return and_(event, session.c.original_start.is_(None))


def entry_bound(ref: EntryRef) -> dict[str, Any]:
    """What `entry_is(instance=ref.original_start is not None)` is bound to."""
    bound: dict[str, Any] = {"calendar": ref.calendar_id, "event": ref.event_id}
    return bound if ref.original_start is None else {**bound, "start": ref.original_start}
