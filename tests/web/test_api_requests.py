"""Requests and return calls for programs: sorted, squeezed in, called back, cleared, once each (O1, O3, E3, SEC-2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from syncd.domain.correspondence import RequestReceived
from syncd.domain.keys import CATALOGUE_KEY, request_key, session_key
from syncd.domain.money import ReleaseState
from syncd.domain.paying import ReleaseSet
from syncd.domain.programs import Scope
from syncd.domain.session import Door, SessionState
from syncd.policy.decide import decide
from tests.web.house import CARL, DESK, NEW_YORK, House, open_house
from tests.web.test_api import problem
from tests.web.test_api_desk import get, key_for, post

OLGA = "olga@others.example.com"
MAIL = RequestReceived("mail", OLGA, "Olga Other", "All down", "Nothing starts.", company_id="others")
WISH: dict[str, Any] = {
    "company_code": "others 77",
    "name": "Olga Other",
    "email": OLGA,
    "number": "202-555-0142",
    "zone": NEW_YORK,
    "issue": "It beeps.",
}


@pytest.fixture
def house(own_database: Path) -> Iterator[House]:
    """Ten in New York; Olga's company has maintenance, Carl's has not."""
    with open_house(own_database, replace(DESK, calling_number="+15713173122")) as opened:
        opened.tell(request_key("r1"), MAIL)
        opened.clock.advance(timedelta(hours=7))
        opened.read_calendars()
        yield opened


def settle(house: House) -> None:
    for _ in range(10):
        for key in house.store.due(house.clock.now(), 50):
            house.store.settle(key, decide, house.clock.now())


def ask(house: House, once: str = "", **changes: Any) -> httpx2.Response:
    headers = {"idempotency-key": once} if once else {}
    return house.client.post("/api/v1/return-calls", json=WISH | changes, headers=headers)


def test_a_request_is_listed_sorted_once_and_corrected(house: House) -> None:
    reads, attends = key_for(house, Scope.READ), key_for(house, Scope.ATTEND)
    (listed,) = get(house, "/requests", reads)["requests"]
    assert (listed["id"], listed["kind"], listed["sender"]) == ("r1", "unsorted", OLGA)
    assert get(house, "/requests?kind=emergency", reads)["requests"] == []
    for _ in range(2):
        assert post(house, "/requests/r1/sort", attends, {"kind": "other"}, "k1").status_code == 200
    one = get(house, "/requests/r1", reads)
    assert (one["kind"], one["sorted_by"], one["closed_at"] is not None) == ("other", "dana", True)
    assert one["customer"]["company"] == "others"
    assert post(house, "/requests/r1/sort", attends, {"kind": "emergency"}).status_code == 200
    assert get(house, "/requests?kind=emergency", reads)["requests"][0]["id"] == "r1"
    problem(post(house, "/requests/r1/sort", attends, {"kind": "unsorted"}), 422, "invalid")
    problem(post(house, "/requests/r9/sort", attends, {"kind": "other"}), 404, "not-found")


def test_an_emergency_is_squeezed_into_a_gap_once(house: House) -> None:
    reads, books = key_for(house, Scope.READ), key_for(house, Scope.BOOK)
    found = get(house, "/requests/r1/gaps?type=online", reads)
    gap = found["gaps"][0]
    assert gap["type"] == "online"
    wish = {"type": gap["type"], "starts_at": gap["starts_at"], "staff": gap["staff"]}
    first = post(house, "/requests/r1/squeeze", books, wish, "k1")
    assert first.status_code == 200, first.text
    made = first.json()["session"]
    assert (made["starts_at"], made["staff"], made["entitlement"]) == (gap["starts_at"], gap["staff"], "plan")
    settle(house)
    again = post(house, "/requests/r1/squeeze", books, wish, "k1")
    assert (again.status_code, again.json()["session"]["id"]) == (200, made["id"]), "the same act"
    problem(post(house, "/requests/r1/squeeze", books, wish, "k2"), 409, "already-booked")
    session = house.store.views.session(made["id"])
    assert session is not None
    assert (session.door, session.state) == (Door.EMERGENCY, SessionState.BOOKED)
    problem(post(house, "/requests/r1/squeeze", books, wish | {"staff": "nobody"}), 422, "invalid")
    problem(post(house, "/requests/r1/squeeze", books, wish | {"starts_at": "soon"}), 422, "invalid")
    problem(house.client.get("/api/v1/desk/requests/r1/gaps?type=none", headers=reads), 422, "invalid")


def test_a_return_call_is_held_in_a_gap_that_fits_and_its_outcome_said(house: House) -> None:
    reads, books = key_for(house, Scope.READ), key_for(house, Scope.BOOK)
    gaps = get(house, "/requests/r1/call-gaps", reads)["gaps"]
    wish = {"starts_at": gaps[0]["starts_at"], "staff": gaps[0]["staff"], "number": "(202) 555-0142"}
    unknown = problem(post(house, "/requests/r1/call", books, {}), 422, "invalid")
    assert unknown["errors"] == [{"field": "number", "detail": "Name the number to call."}]
    odd = wish | {"starts_at": "2026-11-30T15:02:00Z"}
    assert problem(post(house, "/requests/r1/call", books, odd), 409, "slot-taken")["nearest"]
    problem(post(house, "/requests/r1/call/outcome", books, {"outcome": "done"}), 404, "not-found")
    held = post(house, "/requests/r1/call", books, wish, "k1")
    assert held.status_code == 200, held.text
    assert held.json()["call"] == {
        "number": "+12025550142", "calls_from": "+15713173122", "outcome": None, "outcome_at": None
    }  # fmt: skip
    settle(house)
    again = post(house, "/requests/r1/call", books, wish, "k1")
    assert (again.status_code, again.json()["session"]) == (200, held.json()["session"])
    problem(post(house, "/requests/r1/call", books, wish, "k2"), 409, "already-booked")
    said = post(house, "/requests/r1/call/outcome", books, {"outcome": "not-reached"})
    assert said.json()["call"]["outcome"] == "not-reached"
    problem(post(house, "/requests/r1/call/outcome", books, {"outcome": "done"}), 409, "already-over")
    settle(house)
    problem(post(house, "/requests/r1/call", books, {"number": "202-555-0142"}, "k3"), 409, "already-booked")


def test_without_a_start_the_nearest_gap_is_held_and_a_replay_is_the_same_call(house: House) -> None:
    books = key_for(house, Scope.BOOK)
    wish = {"number": "202-555-0142"}
    first = post(house, "/requests/r1/call", books, wish, "k1")
    assert first.status_code == 200, first.text
    settle(house)
    house.clock.advance(timedelta(minutes=3))
    assert post(house, "/requests/r1/call", books, wish, "k1").json()["session"] == first.json()["session"]


def test_a_release_is_cleared_and_the_writer_told_once(house: House) -> None:
    house.tell(CATALOGUE_KEY, ReleaseSet("r8", "Release 8", ReleaseState.DEPRECATED, date(2026, 1, 1), "dana"))
    admin = key_for(house, Scope.ADMIN)
    problem(post(house, "/requests/r1/clear", admin, {"release": "r7"}), 422, "invalid")
    for _ in range(2):
        cleared = post(house, "/requests/r1/clear", admin, {"release": "r8"}, "k1")
        assert (cleared.status_code, cleared.json()["kind"]) == (200, "clearance")
    settle(house)
    company = house.store.views.company("others")
    assert company is not None
    assert [c.release_id for c in company.clearances] == ["r8"]
    told = [r for r in house.store.views.outbox(limit=500) if "cleared" in r.effect.key]
    assert len(told) == 1


def test_a_customer_asks_to_be_called_back_once_by_their_code(house: House) -> None:
    first = ask(house, "k1")
    assert first.status_code == 201, first.text
    told = first.json()
    assert (told["held"], told["number"], told["calls_from"]) == (True, "+12025550142", "+15713173122")
    assert ask(house, "k1").json() == told, "a replay is one act"
    problem(ask(house, "k2"), 409, "already-booked")
    assert problem(ask(house, number="12"), 422, "invalid")["errors"][0]["field"] == "number"
    assert problem(ask(house, zone="Nowhere/None"), 422, "invalid")["errors"][0]["field"] == "zone"
    refused = [problem(ask(house, company_code=code), 403, "code-refused") for code in ("NOBODY-9", "ACME-2026")]
    assert refused[0] == refused[1], "unknown, and a plan that brings none: one answer (E3)"


def test_guessing_codes_by_return_calls_is_throttled(house: House) -> None:
    answers = [ask(house, company_code=f"GUESS-{n}").status_code for n in range(12)]
    assert answers.count(403) == 10
    assert answers[-1] == 429


def test_staff_enter_a_call_in_the_name_of_the_key(house: House) -> None:
    books = key_for(house, Scope.BOOK, staff="emil")
    entered = house.client.post("/api/v1/desk/return-calls", json=WISH, headers=books)
    assert entered.status_code == 201, entered.text
    (found,) = [r for r in house.store.views.outbox(limit=500) if r.effect.kind == "calendar.put"]
    story = house.store.views.explain(found.effect.subject)
    assert story is not None
    assert {getattr(item.payload, "by", None) for item, _ in story.evidence} == {"emil"}


def test_nothing_of_another_company_is_shown_by_its_code_or_its_key(house: House) -> None:
    ask(house, "theirs")
    carls = {"company_code": "ACME-2026", "email": CARL.email, "name": CARL.name}
    assert OLGA not in ask(house, "theirs", **carls).text
    again = ask(house, "theirs", email=CARL.email, name=CARL.name)
    assert OLGA not in again.text
    session = next(r.effect.subject for r in house.store.views.outbox(limit=500) if r.effect.kind == "calendar.put")
    found = house.store.views.session(session.partition(":")[2])
    assert found is not None
    assert found.booking is not None
    assert (found.booking.booker.email, session) == (OLGA, session_key(found.id))
