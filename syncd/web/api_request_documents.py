"""How do requests, gaps and return calls look to the desk's own programs? As the desk's pages show them (O1, O3)."""

from __future__ import annotations

from typing import Any

from syncd.domain.desk import Slot
from syncd.domain.request import Request
from syncd.domain.session import Session, SessionState
from syncd.engine.requests import Customer
from syncd.web.api_desk_documents import as_session
from syncd.web.api_request_models import CallDoc, CustomerDoc, GapDoc, RequestDetail, RequestDoc
from syncd.web.desk_session import STATES


def as_gap(type_id: str, slot: Slot) -> GapDoc:
    return GapDoc(type=type_id, starts_at=slot.starts_at, ends_at=slot.ends_at, staff=slot.staff_id)


def as_request(asked: Request) -> RequestDoc:
    return RequestDoc(**_fields(asked))


def as_detail(asked: Request, whom: Customer, session: Session | None) -> RequestDetail:
    """`session`: what it became, the latest."""
    shown = session if session is not None and session.booking is not None and session.state in STATES else None
    return RequestDetail(
        **_fields(asked),
        customer=CustomerDoc(
            company=whom.company_id,
            company_name=whom.company_name,
            contact=whom.contact_id,
            name=whom.name,
            email=whom.email,
            zone=whom.zone,
            number=asked.phone or whom.mobile,
        ),
        session=as_session(shown) if shown is not None else None,
        call=_call(session),
        waits=session is not None and session.state is SessionState.HELD,
    )


def _fields(asked: Request) -> dict[str, Any]:
    return {
        "id": asked.id,
        "channel": asked.channel,
        "sender": asked.sender,
        "sender_name": asked.sender_name,
        "received_at": asked.received_at,
        "kind": asked.kind,
        "subject": asked.subject,
        "text": asked.text,
        "company": asked.company_id,
        "contact": asked.contact_id,
        "answer_by": asked.answer_by,
        "sorted_by": asked.sorted_by,
        "closed_at": asked.closed_at,
    }


def _call(session: Session | None) -> CallDoc | None:
    call = session.call if session is not None else None
    if call is None:
        return None
    return CallDoc(number=call.number, calls_from=call.calls_from, outcome=call.outcome, outcome_at=call.outcome_at)
