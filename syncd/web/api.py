"""What can programs do? The same as people on the pages: look, book, see, cancel, move, restore (issue 2; O4).

A company code authorises a booking; a session's token everything about that session. A request that is sent again under
its Idempotency-Key is one act.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import BaseModel
from starlette.routing import BaseRoute

from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.desk import Desk, SessionType
from syncd.domain.people import normal_code
from syncd.engine.door import Details, Door
from syncd.engine.links import session_token
from syncd.ports.errors import SlotTaken
from syncd.web.api_documents import as_document, as_slot, as_types
from syncd.web.api_models import (
    DAYS_MAX,
    ID_MAX,
    BookingWish,
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
    return as_types(_house(request).services.desk())


def slots(
    request: Request,
    type_id: TypeQuery,
    zone: ZoneQuery,
    from_day: Annotated[str, Query(alias="from", max_length=10, examples=["2026-12-01"])] = "",
    days: Annotated[int, Query(ge=1, le=DAYS_MAX)] = 7,
    staff: StaffQuery = None,
) -> Slots:
    """Free slots that start on `days` days of `zone` from `from` (today) on; one a start."""
    services = _house(request).services
    found = Inspection()
    kind = _kind(services.desk(), type_id, staff, found)
    zone = found.zone("zone", zone)
    today = services.clock.now().astimezone(ZoneInfo(zone or "UTC")).date()
    first = found.day("from", from_day, today) if from_day else today
    if kind is None or found.mistakes:
        raise ProblemRaised("invalid", errors=found.mistakes)
    offered = services.door.offers(kind.id, first, days, zone, staff)
    return Slots(type=kind.id, zone=zone, slots=[as_slot(slot, zone) for slot in offered])


def book(request: Request, response: Response, wish: BookingWish, key: Key = None) -> SessionDoc:
    """Book a free slot. Without `staff`, whoever is free is chosen."""
    visit = _visit(request).in_zone(wish.zone)
    details = _details(wish, visit)
    house, door = visit.house, visit.services.door
    closed = house.codes.closed_until(visit.network, visit.now)
    if closed is not None:
        raise ProblemRaised("too-many-tries", headers={"retry-after": http_date(closed)})
    form_id = visit.services.keys.name("api-form", normal_code(details.code), key or secrets.token_hex(12))
    try:
        answer = door.book(form_id, _content(wish), details, visit.network, "api")
    except SlotTaken:
        answer = Answer("", AnswerCode.SLOT_TAKEN, "B2")
    count_refusal(visit, answer.code)
    if answer.code is not AnswerCode.BOOKED:
        raise _refused(visit, answer, details.type_id, (details.starts_at, details.staff_id))
    token = session_token(visit.services.keys, door.session_of_form(form_id), details.booker.email)
    response.headers["location"] = f"/api/v1/sessions/{token}"
    return session(request, token)


def session(request: Request, token: Token) -> SessionDoc:
    return as_document(_glance(request, token))


def cancel(request: Request, token: Token, key: Key = None) -> SessionDoc:
    glance = _glance(request, token)
    answer = glance.visit.services.door.cancel(glance.session.id, _press(key), glance.reader.email, "api")
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
        press = f"{_press(key)}~{_content(wish)}"
        answer = door.reschedule(moved.id, press, glance.reader.email, starts_at, staff_id, "api")
    except SlotTaken:
        answer = Answer("", AnswerCode.SLOT_TAKEN, "B2")
    return _changed(request, glance, answer, (starts_at, staff_id))


def restore(request: Request, token: Token, key: Key = None) -> SessionDoc:
    glance = _glance(request, token)
    try:
        answer = glance.visit.services.door.restore(glance.session.id, _press(key), glance.reader.email)
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
    add("/bookings", book, methods=["POST"], status_code=201, summary="Book", responses=documented(WRITES))
    add("/sessions/{token}", session, summary="See a session", responses=documented([404, 422, 503]))
    add(f"{act}cancel", cancel, methods=["POST"], summary="Cancel a session", responses=changes)
    add(f"{act}reschedule", reschedule, methods=["POST"], summary="Move a session to another slot", responses=changes)
    add(f"{act}restore", restore, methods=["POST"], summary="Restore what its customer cancelled", responses=changes)
    add("/problems/{name}", explain, summary="What a problem means", responses=documented([404, 422]))
    return tuple(router.routes)


def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


def _visit(request: Request, token: str = "") -> Visit:
    return Visit.of(_house(request), request, {}, {"token": token})


def _glance(request: Request, token: str) -> Glance:
    return Glance.of(_visit(request, token))


def _kind(desk: Desk, type_id: str, staff: str | None, found: Inspection) -> SessionType | None:
    kind = desk.type(type_id)
    if kind is None:
        found.wrong("type", "There is no such session type. GET /api/v1/types lists them.")
    elif staff is not None and staff not in kind.staff:
        found.wrong("staff", "Nobody of this id holds this type. GET /api/v1/types lists who does.")
    return kind


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
    )
    slot = (starts_at or visit.now, wish.staff or "")
    details = inspect(typed, visit.desk, wish.type, slot, found)
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


def _content(wish: BaseModel) -> str:
    """What makes a request the same request."""
    return sha256(wish.model_dump_json().encode()).hexdigest()


def _press(key: str | None) -> str:
    return f"api-{key or secrets.token_hex(12)}"


def _api_name(name: str) -> str:
    """The field's name in a request, for what the page calls otherwise."""
    if name == "code":
        return "company_code"
    colleague, _, number = name.rpartition("_")
    return f"colleagues.{int(number) - 1}.{colleague.removeprefix('colleague_')}" if number.isdigit() else name
