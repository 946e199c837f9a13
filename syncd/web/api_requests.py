"""What can programs do about what came without a booking? List and sort it, find gaps, squeeze in, call back, clear
(O1, O3, E4); and ask for a return call with a company's code, as the form does.

The desk's calls take a key and act in the name of its staff member, as the desk's pages do (web/desk_request.py).
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.desk import Slot
from syncd.domain.people import normal_code
from syncd.domain.request import Request as Asked
from syncd.domain.request import RequestKind
from syncd.domain.session import SessionState
from syncd.engine.requests import CallWanted, RequestDoor
from syncd.policy.gaps import RETURN_CALL
from syncd.web.api import WRITES, Key, content_of, house_of, press_of, visit_of
from syncd.web.api_access import Administers, Attends, Books, Reads
from syncd.web.api_desk_models import Recorded
from syncd.web.api_models import ID_MAX
from syncd.web.api_request_documents import as_detail, as_gap, as_request
from syncd.web.api_request_models import (
    CallOutcomeWish,
    CallWish,
    ClearWish,
    ForWhom,
    Gaps,
    RequestDetail,
    Requests,
    ReturnCallDoc,
    ReturnCallWish,
    SortWish,
    SqueezeWish,
)
from syncd.web.forms import CODE_MAX, ISSUE_MAX, NAME_MAX, Inspection, Mistake
from syncd.web.permission import count_refusal
from syncd.web.places import country_of
from syncd.web.problems import ProblemRaised, documented
from syncd.web.refusals import http_date
from syncd.web.typed import CODE_MISSING
from syncd.web.words import say

SHOWN_MAX = 200
GAPS_MAX = 50
SEEN_TO = "A session or a call stands already, or the one call back was made. Nothing was changed."

RequestId = Annotated[str, Path(max_length=100)]
KindQuery = Annotated[RequestKind | None, Query(description="Only these.")]
TypeQuery = Annotated[str | None, Query(alias="type", max_length=ID_MAX, description="Only gaps for this type.")]


# -- what staff's programs do ------------------------------------------------------------------------------------------


def requests(request: Request, key: Reads, kind: KindQuery = None) -> Requests:
    """What came without a booking and is still open, the oldest first (O1)."""
    found = house_of(request).services.views.requests_open(SHOWN_MAX)
    return Requests(requests=[as_request(each) for each in found if kind in (None, each.kind)])


def one(request: Request, key: Reads, request_id: RequestId) -> RequestDetail:
    return _detail(request, request_id)


def sort(request: Request, key: Attends, request_id: RequestId, wish: SortWish, idempotency: Key = None) -> Recorded:
    """What it is, by one press (O1). A return call is held by a call of its own."""
    _asked(request, request_id)
    door = house_of(request).services.desk_door
    _accepted(request, door.sort(request_id, _press(idempotency, wish), wish.kind, key.staff_id, wish.reason))
    return Recorded()


def gaps(request: Request, key: Reads, request_id: RequestId, type_id: TypeQuery = None) -> Gaps:
    """Where an emergency session still fits, by the tables (O1)."""
    asked, door = _asked(request, request_id), _door(request)
    desk = house_of(request).services.desk()
    if type_id is not None and desk.type(type_id) is None:
        raise ProblemRaised("invalid", errors=[Mistake("type", "There is no such type. GET /api/v1/types lists them.")])
    found = [
        as_gap(kind.id, slot)
        for kind in desk.types
        if type_id in (None, kind.id)
        for slot in door.emergency_gaps(kind.id)[:GAPS_MAX]
    ]
    return Gaps(zone=door.customer(asked).zone, gaps=sorted(found, key=lambda gap: (gap.starts_at, gap.staff)))


def call_gaps(request: Request, key: Reads, request_id: RequestId) -> Gaps:
    """Where a return call still fits, between the hours at which one calls people there (O3)."""
    door = _door(request)
    zone = door.customer(_asked(request, request_id)).zone
    return Gaps(zone=zone, gaps=[as_gap(RETURN_CALL, slot) for slot in door.call_gaps(zone)[:GAPS_MAX]])


def squeeze(
    request: Request, key: Books, request_id: RequestId, wish: SqueezeWish, idempotency: Key = None
) -> RequestDetail:
    """An emergency session at that time, over whatever stands there (O1, K6). The customer is told when, with the
    links."""
    asked, door, found = _asked(request, request_id), _door(request), Inspection()
    starts_at = found.instant("starts_at", wish.starts_at)
    code, email = _whom(request, asked, wish, found)
    kind = house_of(request).services.desk().type(wish.type)
    if kind is None:
        found.wrong("type", "There is no such type. GET /api/v1/types lists them.")
    elif wish.staff not in kind.staff:
        found.wrong("staff", "Nobody of this id holds this type. GET /api/v1/types lists who does.")
    if starts_at is None or found.mistakes:
        raise ProblemRaised("invalid", errors=found.mistakes)
    press = _press(idempotency, wish)
    answer = door.squeeze_in(asked.id, wish.type, wish.staff, starts_at, press, key.staff_id, code, email)
    _accepted(request, answer)
    return _detail(request, request_id)


def call(request: Request, key: Books, request_id: RequestId, wish: CallWish, idempotency: Key = None) -> RequestDetail:
    """Hold a gap for the one call back, and tell the customer (O3)."""
    asked, door, found = _asked(request, request_id), _door(request), Inspection()
    starts_at = found.instant("starts_at", wish.starts_at) if wish.starts_at is not None else None
    code, email = _whom(request, asked, wish, found)
    whom = door.customer(asked, code, email)
    number = found.mobile("number", wish.number, country_of(whom.zone)) or asked.phone or whom.mobile
    if (wish.starts_at is None) != (wish.staff is None):
        found.wrong("staff", "A start and a staff id belong together; leave both out for the nearest gap.")
    if not number and not found.mistakes:
        found.wrong("number", "Name the number to call.")
    if found.mistakes:
        raise ProblemRaised("invalid", errors=found.mistakes)
    slot = None
    if starts_at is not None and wish.staff is not None:
        slot = _offered(door, asked, whom.zone, starts_at, wish.staff)
    press = _press(idempotency, wish)
    _accepted(request, door.plan_call(asked.id, press, key.staff_id, slot, number, code, email))
    return _detail(request, request_id)


def outcome(
    request: Request, key: Books, request_id: RequestId, wish: CallOutcomeWish, idempotency: Key = None
) -> RequestDetail:
    """What the return call came to (O3)."""
    door = _door(request)
    session = door.session_of(_asked(request, request_id).id)
    if session is None or session.call is None:
        raise ProblemRaised("not-found", detail="No call is held for it. GET …/call-gaps lists when one can be.")
    _accepted(request, door.end_call(session.id, wish.outcome, _press(idempotency, wish), key.staff_id))
    return _detail(request, request_id)


def clear(
    request: Request, key: Administers, request_id: RequestId, wish: ClearWish, idempotency: Key = None
) -> RequestDetail:
    """The yes for this company and a release; the writer is told that it can be bought now (E4)."""
    asked, door, found = _asked(request, request_id), _door(request), Inspection()
    code, email = _whom(request, asked, wish, found)
    if house_of(request).services.views.catalogue().release(wish.release) is None:
        found.wrong("release", "There is no such release. GET /api/v1/fees lists them.")
    if found.mistakes:
        raise ProblemRaised("invalid", errors=found.mistakes)
    company_id = door.customer(asked, code, email).company_id
    _accepted(request, door.clear(asked.id, company_id, wish.release, _press(idempotency, wish), key.staff_id))
    return _detail(request, request_id)


def enter(request: Request, key: Books, wish: ReturnCallWish, idempotency: Key = None) -> ReturnCallDoc:
    """Staff enter a return call for somebody who asked by phone (O3)."""
    return _ask_call(request, wish, idempotency, by=key.staff_id)


# -- what a customer's program does ------------------------------------------------------------------------------------


def ask_call(request: Request, wish: ReturnCallWish, key: Key = None) -> ReturnCallDoc:
    """Ask to be called back, once, by a company code whose plan brings it (O3). The nearest gap is held at once; where
    none can be, a person looks for one."""
    return _ask_call(request, wish, key)


def add_routes(router: APIRouter) -> None:
    """The calls under `/api/v1/desk/requests`, and those for return calls."""
    add, root = router.add_api_route, "/desk/requests"
    each = f"{root}/{{request_id}}"
    reads, acts = documented([401, 403, 404, 422, 503]), documented([400, 401, 403, 404, 408, 409, 413, 422, 503])
    add("/return-calls", ask_call, methods=["POST"], summary="Ask to be called back", **_made(documented(WRITES)))
    add(root, requests, summary="Open requests", responses=reads)
    add(each, one, summary="One request, and what it became", responses=reads)
    add(f"{each}/gaps", gaps, summary="Where an emergency still fits", responses=reads)
    add(f"{each}/call-gaps", call_gaps, summary="Where a return call still fits", responses=reads)
    posts = (
        (f"{each}/sort", sort, "Say what a request is"),
        (f"{each}/squeeze", squeeze, "Squeeze an emergency in"),
        (f"{each}/call", call, "Hold a return call"),
        (f"{each}/call/outcome", outcome, "Say what the call came to"),
        (f"{each}/clear", clear, "Clear a release for whoever asks"),
    )
    for path, act, summary in posts:
        add(path, act, methods=["POST"], summary=summary, responses=acts)
    add("/desk/return-calls", enter, methods=["POST"], summary="Enter a return call", **_made(acts))


def _made(responses: dict[int | str, dict[str, Any]]) -> dict[str, Any]:
    return {"status_code": 201, "response_model": ReturnCallDoc, "responses": responses}


def _ask_call(request: Request, wish: ReturnCallWish, key: str | None, by: str = "") -> ReturnCallDoc:
    visit, found = visit_of(request).in_zone(wish.zone), Inspection()
    zone = found.zone("zone", wish.zone)
    number = found.mobile("number", wish.number, country_of(zone))
    if number is None and not any(m.field == "number" for m in found.mistakes):
        found.wrong("number", "Name the number to call.")
    wanted = CallWanted(
        found.line("company_code", wish.company_code, "The code", CODE_MAX, CODE_MISSING),
        found.line("name", wish.name, "The name", NAME_MAX, "Name whom to call."),
        found.address("email", wish.email),
        number or "",
        zone,
        visit.mail_locale,
        found.paragraphs("issue", wish.issue, "The description", ISSUE_MAX),
        by,
    )
    if found.mistakes:
        raise ProblemRaised("invalid", errors=found.mistakes)
    closed = visit.house.codes.closed_until(visit.network, visit.now) if not by else None
    if closed is not None:
        raise ProblemRaised("too-many-tries", headers={"retry-after": http_date(closed)})
    door = RequestDoor(visit.services.door)
    form_id = visit.services.keys.name("api-call", by, normal_code(wanted.code), key or secrets.token_hex(12))
    answer = door.ask_call(form_id, content_of(wish), wanted)
    if not by:
        count_refusal(visit, answer.code)
    _accepted(request, answer)
    request_id = door.request_of_form(form_id)
    session, asked = door.session_of(request_id), visit.services.views.request(request_id)
    held = session.call if session is not None and session.state is SessionState.BOOKED else None
    return ReturnCallDoc(
        held=held is not None,
        starts_at=session.starts_at if session is not None and held else None,
        ends_at=session.ends_at if session is not None and held else None,
        number=held.number if held else None,
        calls_from=held.calls_from or None if held else None,
        answer_by=asked.answer_by if asked is not None and held is None else None,
    )


def _door(request: Request) -> RequestDoor:
    return RequestDoor(house_of(request).services.door)


def _asked(request: Request, request_id: str) -> Asked:
    found = house_of(request).services.views.request(request_id)
    if found is None:
        raise ProblemRaised("not-found")
    return found


def _press(idempotency: str | None, wish: SortWish | ForWhom | CallOutcomeWish) -> str:
    return f"{press_of(idempotency)}~{content_of(wish)}"


def _whom(request: Request, asked: Asked, wish: ForWhom, found: Inspection) -> tuple[str, str]:
    """Code and address as they were sent, where the files know too little."""
    code = found.line("company_code", wish.company_code, "The code", CODE_MAX)
    if code and house_of(request).services.views.company_by_code(code) is None:
        found.wrong("company_code", "No company has this code.")
    missing = None if _door(request).customer(asked).email else "Nobody knows the customer's address: name it."
    return code, found.address("email", wish.email, missing)


def _offered(door: RequestDoor, asked: Asked, zone: str, starts_at: datetime, staff_id: str) -> Slot:
    """The gap that was picked; what is held for this request already is met again by the same press (O3)."""
    session = door.session_of(asked.id)
    held = (Slot(session.starts_at, session.ends_at, session.staff_id),) if session is not None else ()
    gaps_now = door.call_gaps(zone)
    offered: tuple[Slot, ...] = (*held, *gaps_now)
    for slot in offered:
        if (slot.starts_at, slot.staff_id) == (starts_at, staff_id):
            return slot
    nearest = [as_gap(RETURN_CALL, slot).model_dump(mode="json") for slot in gaps_now[:3]]
    raise ProblemRaised("slot-taken", detail="No call fits there. Nothing was changed.", more={"nearest": nearest})


def _accepted(request: Request, answer: Answer) -> None:
    if answer.accepted:
        return
    visit = visit_of(request)
    said = say(visit.desk, visit.when, answer.code, answer.until)
    detail = SEEN_TO if answer.code is AnswerCode.ALREADY_BOOKED else said.means
    raise ProblemRaised(said.name, detail=detail)


def _detail(request: Request, request_id: str) -> RequestDetail:
    asked, door = _asked(request, request_id), _door(request)
    return as_detail(asked, door.customer(asked), door.session_of(request_id))
