"""The same for programs: look, book, see, cancel, move, restore; problem documents for what is refused (RFC 9457)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from syncd.domain.session import Door, SessionState
from syncd.web.services import Limits
from tests.web.house import JOIN, NEW_YORK, House, open_house

WISH: dict[str, Any] = {
    "type": "online",
    "starts_at": "2026-11-30T10:00:00-05:00",
    "zone": NEW_YORK,
    "company_code": "ACME-2026",
    "name": "Carl Customer",
    "email": "carl@acme.example.com",
    "mobile": "+1 202 555 0142",
}


def book(house: House, key: str | None = None, **changes: Any) -> httpx2.Response:
    headers = {"idempotency-key": key} if key else {}
    return house.client.post("/api/v1/bookings", json=WISH | changes, headers=headers)


def problem(answer: httpx2.Response, status: int, name: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"https://desk.example.com/api/v1/problems/{name}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def test_types_and_slots_are_listed_with_offsets(house: House) -> None:
    types = house.client.get("/api/v1/types").json()
    assert types["types"][0]["id"] == "online"
    assert types["types"][0]["staff"] == [{"id": "dana", "name": "Dana Doe"}, {"id": "emil", "name": "Emil Eck"}]
    query = {"type": "online", "zone": "Europe/Berlin", "from": "2026-12-01", "days": 1, "staff": "emil"}
    slots = house.client.get("/api/v1/slots", params=query).json()["slots"]
    assert slots[0] == {
        "starts_at": "2026-12-01T15:00:00+01:00",
        "ends_at": "2026-12-01T15:30:00+01:00",
        "staff": "emil",
    }
    assert {datetime.fromisoformat(slot["starts_at"]).date().isoformat() for slot in slots} == {"2026-12-01"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"type": "nonsense"}, "type"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"from": "2026-02-30"}, "from"),
        ({"days": "0"}, "days"),
        ({"days": "32"}, "days"),
        ({"staff": "nobody"}, "staff"),
    ],
)
def test_a_question_that_cannot_be_understood_names_its_field(house: House, query: dict[str, str], field: str) -> None:
    answer = house.client.get("/api/v1/slots", params={"type": "online", "zone": NEW_YORK} | query)
    assert [error["field"] for error in problem(answer, 422, "invalid")["errors"]] == [field]


def test_a_booking_is_made_and_shown_by_its_token(house: House) -> None:
    answer = book(house, issue="Prints twice.", topic="fleet", colleagues=[{"email": "mara@acme.example.com"}])
    assert answer.status_code == 201
    session = answer.json()
    assert house.client.get(answer.headers["location"]).json() == session
    assert (session["state"], session["starts_at"]) == ("booked", "2026-11-30T10:00:00-05:00")
    assert session["join"]["url"] == JOIN.join_url
    assert session["join"]["numbers"][0]["e164"] == "+15713173122"
    assert session["change_until"] == "2026-11-30T08:55:00-05:00"
    assert session["colleagues"] == [{"name": "mara", "email": "mara@acme.example.com"}]
    assert house.session(session["token"]).door is Door.API
    assert "Screen sharing" in house.get(f"/s/{session['token']}").heading


def test_the_same_request_under_the_same_key_is_one_booking(house: House) -> None:
    first, second = book(house, "k1"), book(house, "k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    other = book(house, "k1", starts_at="2026-11-30T12:00:00-05:00")
    problem(other, 409, "already-booked")
    assert book(house, "k2", starts_at="2026-11-30T12:00:00-05:00").json()["token"] != first.json()["token"]


def test_a_key_of_one_company_is_nothing_to_another(house: House) -> None:
    first = book(house, "k1")
    second = book(house, "k1", company_code="OTHERS-77", email="eve@others.example.com")
    assert second.status_code == 201
    assert first.json()["token"] != second.json()["token"]


def test_every_mistake_is_named_by_its_field(house: House) -> None:
    answer = book(
        house,
        starts_at="2026-11-30T10:00:00",
        zone="Nowhere",
        name="Carl\r\nX: y",
        email="carl@acme",
        mobile="1386****242",
        topic="nonsense",
        staff="nobody",
        company_code=" ",
        colleagues=[{"email": "mara"}],
    )
    found = {error["field"] for error in problem(answer, 422, "invalid")["errors"]}
    expected = {"starts_at", "zone", "name", "email", "mobile", "topic", "staff", "company_code", "colleagues.0.email"}
    assert found == expected


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (b"{", 400, "unreadable"),
        (b"", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'{"type": "online", "surprise": 1}', 422, "invalid"),
        (b"\xff\xfe", 400, "unreadable"),
    ],
)
def test_what_is_no_booking_is_refused(house: House, body: bytes, status: int, name: str) -> None:
    answer = house.client.post("/api/v1/bookings", content=body, headers={"content-type": "application/json"})
    problem(answer, status, name)


@pytest.mark.parametrize("code", ["ACME-2027", "LAPSED-01"])
def test_unknown_and_lapsed_codes_get_the_same_document(house: House, code: str) -> None:
    body = problem(book(house, company_code=code), 403, "code-refused")
    assert "until" not in body
    assert body == problem(book(house, company_code="SOMETHING"), 403, "code-refused")


def test_a_blocked_company_is_told_whom_to_write_to(house: House) -> None:
    assert "help@desk.example.com" in problem(book(house, company_code="BLOCKED-9"), 403, "blocked")["detail"]


def test_guessing_is_stopped_for_pages_and_api_together(own_database: Path) -> None:
    with open_house(own_database, limits=Limits(codes_per_network_max=2)) as house:
        for n in range(2):
            problem(book(house, company_code=f"GUESS{n}"), 403, "code-refused")
        stopped = book(house)
        problem(stopped, 429, "too-many-tries")
        assert stopped.headers["retry-after"] == "Mon, 30 Nov 2026 09:00:00 GMT"
        assert house.at_check().status == 429


def test_a_taken_slot_comes_with_the_nearest_three(house: House) -> None:
    book(house, staff="dana")
    body = problem(book(house, staff="dana"), 409, "slot-taken")
    assert [slot["starts_at"] for slot in body["nearest"]] == [
        "2026-11-30T09:45:00-05:00",
        "2026-11-30T10:00:00-05:00",
        "2026-11-30T10:15:00-05:00",
    ]


@pytest.mark.parametrize(
    ("starts_at", "name"),
    [
        ("2026-11-27T10:00:00-05:00", "slot-past"),
        ("2026-11-30T10:07:00-05:00", "not-offered"),
        ("2027-11-30T10:00:00-05:00", "not-offered"),
        ("2026-11-29T10:00:00-05:00", "slot-past"),
    ],
)
def test_a_time_that_is_no_slot_is_refused(house: House, starts_at: str, name: str) -> None:
    problem(book(house, starts_at=starts_at), 409, name)


def test_a_calendar_that_cannot_be_read_is_not_bookable(house: House) -> None:
    house.calendars["cal-dana"].down = True
    problem(book(house, staff="dana"), 503, "calendar-unreadable")
    assert book(house, staff="emil").status_code == 201


def test_without_a_staff_id_whoever_is_free_is_chosen(house: House) -> None:
    first, second = book(house).json(), book(house).json()
    assert {first["staff"]["id"], second["staff"]["id"]} == {"dana", "emil"}
    problem(book(house), 409, "slot-taken")


def test_a_session_is_moved_cancelled_and_restored(house: House) -> None:
    token = book(house).json()["token"]
    at = f"/api/v1/sessions/{token}"
    moved = house.client.post(f"{at}/reschedule", json={"starts_at": "2026-12-01T11:00:00-05:00"})
    assert moved.json()["starts_at"] == "2026-12-01T11:00:00-05:00"
    assert moved.json()["staff"]["id"] == "dana", "the same staff member if they are free"
    cancelled = house.client.post(f"{at}/cancel")
    assert cancelled.json()["state"] == "cancelled"
    assert cancelled.json()["join"] is None
    assert cancelled.json()["change_until"] is None
    problem(house.client.post(f"{at}/cancel"), 409, "already-cancelled")
    restored = house.client.post(f"{at}/restore")
    assert restored.json()["state"] == "booked"
    problem(house.client.post(f"{at}/restore"), 409, "unchanged")


def test_a_cancel_sent_twice_under_its_key_is_one_act(house: House) -> None:
    at = f"/api/v1/sessions/{book(house).json()['token']}"
    one, two = (house.client.post(f"{at}/cancel", headers={"idempotency-key": "c1"}) for _ in range(2))
    assert one.json() == two.json()


def test_a_late_change_says_until_when_it_was_possible(house: House) -> None:
    token = book(house).json()["token"]
    house.clock.advance(timedelta(hours=6))
    body = problem(house.client.post(f"/api/v1/sessions/{token}/cancel"), 409, "too-late")
    assert body["until"] == "2026-11-30T13:55:00+00:00"
    assert "08:55 EST" in body["detail"]
    assert house.session(token).state is SessionState.BOOKED


def test_unknown_broken_and_foreign_tokens_get_one_and_the_same_404(house: House) -> None:
    token = book(house).json()["token"]
    held = house.at_details(8).fields("details")["form"]
    for act in ("", "/cancel", "/reschedule", "/restore"):
        for bad in (token[:-1], "x", held, "A" * 3000, house.keys.sign("session", "unknown", "a@b.example.com")):
            address = f"/api/v1/sessions/{bad}{act}"
            json = {"starts_at": "2026-12-01T11:00:00-05:00"}
            answer = house.client.get(address) if not act else house.client.post(address, json=json)
            assert problem(answer, 404, "not-found") == problem(house.client.get("/api/v1/none"), 404, "not-found")


def test_every_kind_of_problem_is_explained_under_its_address(house: House) -> None:
    address = problem(book(house, company_code="X"), 403, "code-refused")["type"]
    told = house.client.get(address).json()
    assert told["title"] == "This code does not open a booking"
    problem(house.client.get("/api/v1/problems/nonsense"), 404, "not-found")


def test_the_description_names_every_path_and_the_problems(house: House) -> None:
    document = house.client.get("/api/v1/openapi.json").json()
    assert {path for path in document["paths"] if not path.startswith("/api/v1/desk")} == {
        "/api/v1/types",
        "/api/v1/fees",
        "/api/v1/slots",
        "/api/v1/bookings",
        "/api/v1/sessions/{token}",
        "/api/v1/sessions/{token}/cancel",
        "/api/v1/sessions/{token}/reschedule",
        "/api/v1/sessions/{token}/restore",
        "/api/v1/problems/{name}",
        "/api/v1/return-calls",
    }
    assert "application/problem+json" in document["paths"]["/api/v1/bookings"]["post"]["responses"]["403"]["content"]
    assert "Problem" in document["components"]["schemas"]
