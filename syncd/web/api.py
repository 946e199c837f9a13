"""What can programs do? The same as people on the pages: look, book, pay, see, cancel, move, restore (O4).

A company code or a payment authorises a booking; a session's token everything about that session. What the desk's own
programs do besides stands in web/api_desk.py. A request that is sent again under
its Idempotency-Key is one act.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import BaseModel
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute

from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.desk import Desk, SessionType
from syncd.domain.keys import session_key
from syncd.domain.money import Amount
from syncd.domain.people import normal_code, normal_email
from syncd.engine.door import Details, Door
from syncd.engine.links import payment_token, session_token
from syncd.ports.errors import SlotTaken
from syncd.web.api_documents import as_document, as_fees, as_slot, as_types
from syncd.web.api_models import (
    DAYS_MAX,
    ID_MAX,
    BookingWish,
    Fees,
    PaymentDoc,
    ProblemKind,
    RescheduleWish,
    SessionDoc,
    Slots,
    Types,
)
from syncd.web.forms import Inspection, Mistake
from syncd.web.manage import Glance
from syncd.web.permission import count_refusal
from syncd.web.places import ZONE_CHARS_MAX
from syncd.web.problems import PROBLEMS_PATH, TITLES, ProblemRaised, documented
from syncd.web.refusals import http_date
from syncd.web.typed import Typed, inspect
from syncd.web.visit import House, Visit
from syncd.web.week import nearest
from syncd.web.words import LOST_SLOTS, say

WRITES = (400, 403, 408, 409, 413, 422, 429, 503)

Key = Annotated[str | None, Header(alias="Idempotency-Key", pattern=r"^[!-~]{1,128}$")]
Token = Annotated[str, Path(description="As in the session's links.")]
TypeQuery = Annotated[str, Query(alias="type", max_length=ID_MAX)]
StaffQuery = Annotated[str | None, Query(max_length=ID_MAX)]
ZoneQuery = Annotated[str, Query(max_length=ZONE_CHARS_MAX)]


def types(request: Request) -> Types:
    return as_types(house_of(request).services.desk())


def slots(
    request: Request,
    type_id: TypeQuery,
    zone: ZoneQuery,
    from_day: Annotated[str, Query(alias="from", max_length=10, examples=["2026-12-01"])] = "",
    days: Annotated[int, Query(ge=1, le=DAYS_MAX)] = 7,
    staff: StaffQuery = None,
) -> Slots:
    """Free slots that start on `days` days of `zone` from `from` (today) on; one a start."""
    services = house_of(request).services
    found = Inspection()
    kind = _kind(services.desk(), type_id, staff, found)
    zone = found.zone("zone", zone)
    today = services.clock.now().astimezone(ZoneInfo(zone or "UTC")).date()
    first = found.day("from", from_day, today) if from_day else today
    if kind is None or found.mistakes:
        raise ProblemRaised("invalid", errors=found.mistakes)
    offered = services.door.offers(kind.id, first, days, zone, staff)
    return Slots(type=kind.id, zone=zone, slots=[as_slot(slot, zone) for slot in offered])


def fees(request: Request) -> Fees:
    """What sessions cost today, which releases are supported, and how one can pay (E4, E8)."""
    services = house_of(request).services
    desk, terms = services.desk(), services.terms()
    return as_fees(desk, services.views.catalogue(), terms, desk.day_of(services.clock.now()))


def book(request: Request, response: Response, wish: BookingWish, key: Key = None) -> SessionDoc | Response:
    """Book a slot, by a company code or with `payment`. Without `staff`, whoever is free is chosen. What is paid online
    is answered 202 with the address of its payment: it is booked once that is through, and kept until it ends."""
    visit = visit_of(request).in_zone(wish.zone)
    details = _details(wish, visit)
    house, door = visit.house, visit.services.door
    closed = house.codes.closed_until(visit.network, visit.now)
    if closed is not None:
        raise ProblemRaised("too-many-tries", headers={"retry-after": http_date(closed)})
    form_id = _form_id(visit, details, key)
    try:
        answer = door.book(form_id, content_of(wish), details, visit.network, "api")
    except SlotTaken:
        answer = Answer("", AnswerCode.SLOT_TAKEN, "B2")
    count_refusal(visit, answer.code)
    if answer.code is AnswerCode.PAYMENT_DUE:
        due = _payment_due(visit, door.session_of_form(form_id), answer)
        return JSONResponse(due.model_dump(), 202, {"cache-control": "no-store"})
    if answer.code is not AnswerCode.BOOKED:
        raise _refused(visit, answer, details.type_id, (details.starts_at, details.staff_id))
    token = session_token(visit.services.keys, door.session_of_form(form_id), details.booker.email)
    response.headers["location"] = f"/api/v1/sessions/{token}"
    return session(request, token)


def session(request: Request, token: Token) -> SessionDoc:
    return as_document(_glance(request, token))


def cancel(request: Request, token: Token, key: Key = None) -> SessionDoc:
    glance = _glance(request, token)
    answer = glance.visit.services.door.cancel(glance.session.id, press_of(key), glance.reader.email, "api")
    return _changed(request, glance, answer)


def reschedule(request: Request, token: Token, wish: RescheduleWish, key: Key = None) -> SessionDoc:
    glance = _glance(request, token)
    moved, door, found = glance.session, glance.visit.services.door, Inspection()
    starts_at = found.instant("starts_at", wish.starts_at)
    kind = _kind(glance.visit.desk, moved.type_id, wish.staff, found)
    if kind is None or starts_at is None or found.mistakes:
        raise ProblemRaised("invalid", errors=found.mistakes)
    staff_id = wish.staff or _who(door, kind, starts_at, glance.reader.zone, moved.staff_id, moved.id)
    try:
        press = f"{press_of(key)}~{content_of(wish)}"
        answer = door.reschedule(moved.id, press, glance.reader.email, starts_at, staff_id, "api")
    except SlotTaken:
        answer = Answer("", AnswerCode.SLOT_TAKEN, "B2")
    return _changed(request, glance, answer, (starts_at, staff_id))


def restore(request: Request, token: Token, key: Key = None) -> SessionDoc:
    glance = _glance(request, token)
    try:
        answer = glance.visit.services.door.restore(glance.session.id, press_of(key), glance.reader.email)
    except SlotTaken:
        answer = Answer("", AnswerCode.SLOT_TAKEN, "C6")
    return _changed(request, glance, answer)


def explain(name: str) -> ProblemKind:
    if name not in TITLES:
        raise ProblemRaised("not-found")
    status, title, means = TITLES[name]
    return ProblemKind(type=f"{PROBLEMS_PATH}/{name}", status=status, title=title, means=means)


@cache
def routes() -> tuple[BaseRoute, ...]:
    """The calls under `/api/v1`, described once in a process; each finds its house by the application it came to."""
    router = APIRouter(prefix="/api/v1")
    add = router.add_api_route
    act = "/sessions/{token}/"
    changes = documented([*WRITES, 404])
    add("/types", types, summary="What can be booked", responses=documented([503]))
    add("/slots", slots, summary="Free times", responses=documented([422, 503]))
    add("/fees", fees, summary="Fees, releases, ways to pay", responses=documented([503]))
    due: dict[int | str, dict[str, Any]] = {202: {"model": PaymentDoc, "description": "Kept until it is paid"}}
    booked = documented(WRITES) | due
    books: dict[str, Any] = {"methods": ["POST"], "status_code": 201, "response_model": SessionDoc, "responses": booked}
    add("/bookings", book, summary="Book", **books)
    add("/sessions/{token}", session, summary="See a session", responses=documented([404, 422, 503]))
    add(f"{act}cancel", cancel, methods=["POST"], summary="Cancel a session", responses=changes)
    add(f"{act}reschedule", reschedule, methods=["POST"], summary="Move a session to another slot", responses=changes)
    add(f"{act}restore", restore, methods=["POST"], summary="Restore what its customer cancelled", responses=changes)
    add("/problems/{name}", explain, summary="What a problem means", responses=documented([404, 422]))
    from syncd.web import api_desk, api_requests  # they stand on this module

    api_desk.add_routes(router)
    api_requests.add_routes(router)
    return tuple(router.routes)


def house_of(request: Request) -> House:
    house: House = request.app.state.house
    return house


def visit_of(request: Request, token: str = "") -> Visit:
    return Visit.of(house_of(request), request, {}, {"token": token})


def _glance(request: Request, token: str) -> Glance:
    return Glance.of(visit_of(request, token))


def _kind(desk: Desk, type_id: str, staff: str | None, found: Inspection) -> SessionType | None:
    kind = desk.type(type_id)
    if kind is None:
        found.wrong("type", "There is no such session type. GET /api/v1/types lists them.")
    elif staff is not None and staff not in kind.staff:
        found.wrong("staff", "Nobody of this id holds this type. GET /api/v1/types lists who does.")
    return kind


def _form_id(visit: Visit, details: Details, key: str | None) -> str:
    """Requests under one key are one form: of one company's code, or of one address that pays."""
    whose = normal_code(details.code)
    if details.pays_by is not None:
        whose = f"pays {normal_email(details.booker.email)}"
    return visit.services.keys.name("api-form", whose, key or secrets.token_hex(12))


def _payment_due(visit: Visit, session_id: str, answer: Answer) -> PaymentDoc:
    key = session_key(session_id)
    session = visit.services.views.session(session_id)
    assert session is not None
    assert session.payment is not None
    amount = session.payment.amount
    return PaymentDoc(
        pay_at=f"{visit.desk.base_url}/paying/{payment_token(visit.services.keys, key)}",
        until=(answer.until or session.payment.expires_at).isoformat(),
        amount_cents=amount.cents,
        currency=amount.currency,
    )


def _details(wish: BookingWish, visit: Visit) -> Details:
    found = Inspection()
    kind = _kind(visit.desk, wish.type, wish.staff, found)
    starts_at = found.instant("starts_at", wish.starts_at)
    typed = Typed(
        name=wish.name,
        email=wish.email,
        code=wish.company_code,
        mobile=wish.mobile or "",
        topic=wish.topic or "",
        issue=wish.issue,
        zone=wish.zone,
        locale=visit.mail_locale,
        colleagues=tuple((person.name, person.email) for person in wish.colleagues),
        how="pay" if wish.payment else "",
        company=wish.payment.company if wish.payment else "",
        release=wish.payment.release if wish.payment else "",
        method=(wish.payment.method or "") if wish.payment else "",
    )
    slot = (starts_at or visit.now, wish.staff or "")
    details = inspect(typed, visit.desk, wish.type, slot, found)
    if wish.payment is not None:
        if not visit.desk.payments or (wish.payment.method and visit.desk.payment_method(wish.payment.method) is None):
            found.wrong("method", "There is no such way to pay. GET /api/v1/fees lists them.")
        details = replace(details, shown=Amount(wish.payment.fee_cents, wish.payment.currency))
    if kind is None or starts_at is None or found.mistakes:
        raise ProblemRaised("invalid", errors=[Mistake(_api_name(m.field), m.says) for m in found.mistakes])
    if wish.staff is None:
        return replace(details, staff_id=_who(visit.services.door, kind, starts_at, wish.zone))
    return details


def _who(
    door: Door, kind: SessionType, starts_at: datetime, zone: str, first: str = "", moving: str | None = None
) -> str:
    """Whoever is free then, `first` if they are; where nobody is, anyone: the engine says what is in the way."""
    day: date = starts_at.astimezone(ZoneInfo(zone)).date()
    wanted = (first, None) if first in kind.staff else (None,)
    for staff_id in wanted:
        for slot in door.offers(kind.id, day, 1, zone, staff_id, moving):
            if slot.starts_at == starts_at:
                return slot.staff_id
    return next(iter(kind.staff), "")


def _changed(
    request: Request, glance: Glance, answer: Answer, wanted: tuple[datetime, str] | None = None
) -> SessionDoc:
    if not answer.accepted:
        raise _refused(glance.visit, answer, glance.session.type_id, wanted, glance.session.id)
    return session(request, glance.token)


def _refused(
    visit: Visit, answer: Answer, type_id: str, wanted: tuple[datetime, str] | None, moving: str | None = None
) -> ProblemRaised:
    said = say(visit.desk, visit.when, answer.code, answer.until)
    more: dict[str, object] = {}
    if answer.until is not None:
        more["until"] = answer.until.isoformat()
    if answer.code in LOST_SLOTS and wanted is not None:
        near = nearest(visit, type_id, wanted, moving)
        more["nearest"] = [as_slot(slot, visit.zone).model_dump() for slot in near]
    return ProblemRaised(said.name, detail=said.means, more=more)


def content_of(wish: BaseModel) -> str:
    """What makes a request the same request."""
    return sha256(wish.model_dump_json().encode()).hexdigest()


def press_of(key: str | None) -> str:
    return f"api-{key or secrets.token_hex(12)}"


def _api_name(name: str) -> str:
    """The field's name in a request, for what the page calls otherwise."""
    if name == "code":
        return "company_code"
    if name in ("company", "release", "method"):
        return f"payment.{name}"
    colleague, _, number = name.rpartition("_")
    return f"colleagues.{int(number) - 1}.{colleague.removeprefix('colleague_')}" if number.isdigit() else name
