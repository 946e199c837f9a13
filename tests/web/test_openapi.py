"""Whatever is sent to the API, it answers as documented and never breaks (SEC-2).

Schemathesis makes requests from the OpenAPI document, good ones and bad ones, and compares each answer with it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from syncd.domain.programs import Scope
from syncd.web.services import Limits
from tests.web.desk import a_request
from tests.web.house import DESK, House, open_house
from tests.web.test_api_desk import key_for

pytestmark = pytest.mark.slow

EXAMPLES_MAX = 25
DESK_EXAMPLES_MAX = 8
OPERATIONS = (
    "GET /api/v1/types",
    "GET /api/v1/fees",
    "GET /api/v1/slots",
    "POST /api/v1/bookings",
    "GET /api/v1/sessions/{token}",
    "POST /api/v1/sessions/{token}/cancel",
    "POST /api/v1/sessions/{token}/reschedule",
    "POST /api/v1/sessions/{token}/restore",
    "GET /api/v1/problems/{name}",
    "POST /api/v1/return-calls",
)
DESK_CALLS = (
    "GET /api/v1/desk/sessions",
    "GET /api/v1/desk/sessions/{session_id}",
    "GET /api/v1/desk/companies",
    "GET /api/v1/desk/companies/{company_id}",
    "GET /api/v1/desk/companies/{company_id}/contacts",
    "GET /api/v1/desk/contacts/{contact_id}",
    "GET /api/v1/desk/absences",
    "POST /api/v1/desk/sessions/{session_id}/shift",
    "GET /api/v1/desk/requests",
    "GET /api/v1/desk/requests/{request_id}",
    "GET /api/v1/desk/requests/{request_id}/gaps",
    "GET /api/v1/desk/requests/{request_id}/call-gaps",
    "POST /api/v1/desk/sessions/{session_id}/cancel",
    "POST /api/v1/desk/sessions/{session_id}/give",
    "POST /api/v1/desk/sessions/{session_id}/attest",
    "POST /api/v1/desk/sessions/{session_id}/outcome",
    "POST /api/v1/desk/companies/{company_id}/block",
    "POST /api/v1/desk/companies/{company_id}/clearances",
    "POST /api/v1/desk/contacts/{contact_id}/reinstate",
    "POST /api/v1/desk/requests/{request_id}/sort",
    "POST /api/v1/desk/requests/{request_id}/squeeze",
    "POST /api/v1/desk/requests/{request_id}/call",
    "POST /api/v1/desk/requests/{request_id}/call/outcome",
    "POST /api/v1/desk/requests/{request_id}/clear",
    "POST /api/v1/desk/return-calls",
    "POST /api/v1/desk/catalogue/fees",
    "POST /api/v1/desk/catalogue/releases",
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    allow_header_conformance,
]

TAKES_ANYTHING = (
    "GET /api/v1/types",
    "GET /api/v1/fees",
    "GET /api/v1/sessions/{token}",
    "GET /api/v1/problems/{name}",
)


@pytest.fixture(scope="module")
def open_door(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose door does not close on guessers, or every answer would soon be 429."""
    own = Path(shutil.copy(database, tmp_path_factory.mktemp("api") / "syncd.db"))
    with open_house(own, limits=Limits(codes_per_network_max=100_000, codes_total_max=100_000)) as house:
        yield house


@pytest.fixture(scope="module")
def booked_token(open_door: House) -> str:
    return open_door.booked()


@pytest.fixture(scope="module")
def api(open_door: House) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_dict(open_door.client.get("/api/v1/openapi.json").json())


@pytest.fixture(scope="module")
def known(open_door: House, booked_token: str) -> dict[str, str]:
    """Names that lead somewhere: half of the calls bear them, so that what lies behind is reached, too."""
    session = open_door.session(booked_token)
    assert session.booking is not None
    ids = {"token": booked_token, "session_id": session.id, "company_id": session.booking.company_id}
    a_request(open_door)
    return ids | {"contact_id": session.booking.contact_id, "request_id": "r1"}


@pytest.fixture(scope="module")
def key(open_door: House) -> dict[str, str]:
    return key_for(open_door, *Scope)


@pytest.mark.parametrize(
    ("operation", "mode"),
    [(operation, GenerationMode.POSITIVE) for operation in (*OPERATIONS, *DESK_CALLS)]
    + [(operation, GenerationMode.NEGATIVE) for operation in OPERATIONS if operation not in TAKES_ANYTHING]
    + [(operation, GenerationMode.NEGATIVE) for operation in DESK_CALLS if operation.startswith("POST")],
)
def test_every_answer_is_documented_and_none_is_a_fault(
    api: schemathesis.BaseSchema,
    open_door: House,
    known: dict[str, str],
    key: dict[str, str],
    operation: str,
    mode: GenerationMode,
) -> None:
    method, path = operation.split(" ")
    of_desk = operation in DESK_CALLS
    # The key of a desk call is ours, so that what lies behind it is reached; a bad call may be wrong only in its id.
    checks = [c for c in CHECKS if not (of_desk and c is negative_data_rejection)]

    most = DESK_EXAMPLES_MAX if of_desk else EXAMPLES_MAX

    @given(case=api[path][method].as_strategy(generation_mode=mode))
    @settings(max_examples=most, deadline=None, suppress_health_check=list(HealthCheck))
    def send(case: schemathesis.Case[Any]) -> None:
        for name, made_up in (case.path_parameters or {}).items():
            if isinstance(made_up, str) and len(made_up) % 2 and name in known:
                case.path_parameters[name] = known[name]
        case.validate_response(answer_to(open_door, case, key if of_desk else {}), checks=checks)

    send()


def answer_to(house: House, case: schemathesis.Case[Any], key: dict[str, str]) -> httpx2.Response:
    wanted = case.as_transport_kwargs(base_url=DESK.base_url)
    body = wanted.get("data")
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    more = {"json": wanted["json"]} if "json" in wanted else {"content": content}
    headers = {name: value for name, value in (wanted.get("headers") or {}).items() if value is not None}
    headers = {name: value for name, value in headers.items() if name.lower() != "authorization"} | key
    return house.client.request(wanted["method"], wanted["url"], params=wanted.get("params"), headers=headers, **more)


def test_no_operation_is_left_out(api: schemathesis.BaseSchema) -> None:
    operations = [found.ok() for found in api.get_all_operations() if isinstance(found, Ok)]
    described = {f"{each.method.upper()} {each.path}" for each in operations}
    assert described == {*OPERATIONS, *DESK_CALLS}
