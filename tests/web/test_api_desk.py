"""The desk for its own programs: keys, scopes, replays; nothing without a key, nothing beyond its scope (SEC-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from syncd.domain.keys import session_key
from syncd.domain.paying import PaymentOpened
from syncd.domain.programs import ProgramKey, Scope, digest_of_key
from syncd.domain.session import Session, SessionState
from tests.web import house as h
from tests.web.house import CARL, House, open_house
from tests.web.test_api import WISH, problem
from tests.web.test_desk_absence import away_over_two
from tests.web.test_paying import METHODS, stocked

DESK = "/api/v1/desk"
PAYMENT = {"company": "Payer Inc", "release": "r3", "fee_cents": 9_900, "currency": "USD"}


def key_for(house: House, *scopes: Scope, staff: str = "dana") -> dict[str, str]:
    """A key as `syncd key add` makes it; the header that carries it."""
    name = f"test-{len(house.store.accounts.programs())}"
    key = f"syncd_{name}-{'x' * 40}"
    assert house.store.accounts.keep_program(ProgramKey(name, digest_of_key(key), scopes, staff, house.clock.now()))
    return {"authorization": f"Bearer {key}"}


def get(house: House, path: str, key: dict[str, str]) -> Any:
    answer = house.client.get(f"{DESK}{path}", headers=key)
    assert answer.status_code == 200, answer.text
    return answer.json()


def post(house: House, path: str, key: dict[str, str], body: object = None, once: str = "") -> httpx2.Response:
    headers = key | ({"idempotency-key": once} if once else {})
    return house.client.post(f"{DESK}{path}", headers=headers, json=body)


def calls(house: House) -> list[tuple[str, str]]:
    """Every operation under /desk, with ids that exist where they matter."""
    paths = house.client.get("/api/v1/openapi.json").json()["paths"]
    session_id = house.session(house.booked()).id
    ids = {"session_id": session_id, "company_id": "acme", "contact_id": house.door.contact_id("acme", CARL.email)}
    return [
        (method, path.format(**ids, request_id="r1"))
        for path, item in paths.items()
        if path.startswith(DESK)
        for method in item
    ]


def test_no_call_of_the_desk_without_a_key_or_beyond_its_scope(house: House) -> None:
    wrong: list[dict[str, str]] = [
        {},
        {"authorization": "Bearer syncd_nonsense"},
        {"authorization": "Basic c3luY2Q6eA=="},
        {"authorization": f"Bearer {'x' * 5000}"},
    ]
    revoked = key_for(house, *Scope)
    assert house.store.accounts.revoke_program("test-0", house.clock.now())
    every = calls(house)
    assert len(every) == 27
    before = house.everything()
    for method, path in every:
        for headers in (*wrong, revoked):
            problem(house.client.request(method, path, headers=headers), 401, "no-key")
    assert house.everything() == before
    for scope in Scope:
        key = key_for(house, scope)
        opened = {path for method, path in every if not _refused(house, method, path, key)}
        assert opened, f"{scope} opens something"
        kinds = {path.rsplit("/", 1)[-1] for path in opened}
        if scope is Scope.ATTEND:
            assert kinds == {"attest", "outcome", "shift", "sort"}


def _refused(house: House, method: str, path: str, key: dict[str, str]) -> bool:
    answer = house.client.request(method, path, headers=key, content=b"{" if method == "post" else b"")
    return answer.status_code == 403


def test_the_openapi_document_names_the_key_of_every_desk_call_and_of_no_public_one(house: House) -> None:
    paths = house.client.get("/api/v1/openapi.json").json()["paths"]
    for path, item in paths.items():
        for operation in item.values():
            assert bool(operation.get("security")) == path.startswith(DESK), path


def test_the_day_the_company_and_the_ledger(house: House) -> None:
    session = house.session(house.booked(issue="It stops"))
    key = key_for(house, Scope.READ)
    day = get(house, "/sessions?day=2026-11-30&zone=America/New_York", key)
    assert [s["id"] for s in day["sessions"]] == [session.id]
    assert day["sessions"][0]["issue"] == "It stops"
    assert get(house, f"/sessions/{session.id}", key)["company"] == "acme"
    assert get(house, "/companies?q=carl@acme.example.com", key)["companies"][0]["code"] == "ACME-2026"
    (carl,) = get(house, "/companies/acme/contacts", key)["contacts"]
    assert (carl["email"], carl["suspended"], carl["no_shows"]) == (CARL.email, False, [])
    assert get(house, f"/contacts/{carl['id']}", key) == carl
    problem(house.client.get(f"{DESK}/companies/nobody", headers=key), 404, "not-found")
    problem(house.client.get(f"{DESK}/sessions?day=soon", headers=key), 422, "invalid")


def test_attest_decide_and_a_replay_is_one_act(house: House) -> None:
    session = house.session(house.booked())
    key = key_for(house, Scope.ATTEND)
    early = post(house, f"/sessions/{session.id}/attest", key, {"says": "here"})
    assert early.status_code in (403, 409), early.text
    house.clock.advance_to(session.starts_at + timedelta(minutes=2))
    once = [post(house, f"/sessions/{session.id}/attest", key, {"says": "here"}, "k1") for _ in range(2)]
    assert [a.status_code for a in once] == [200, 200], once[1].text
    story = house.store.views.explain(session_key(session.id))
    assert story is not None
    assert sum(e.payload.kind == "attested" for e, _ in story.evidence) == 2, "the early one, and the two as one"
    house.clock.advance_to(session.ends_at + timedelta(minutes=30))
    wish = {"outcome": "no-show", "reason": "Nobody came, and I waited."}
    problem(post(house, f"/sessions/{session.id}/outcome", key, wish), 409, "needs-second-press")
    done = post(house, f"/sessions/{session.id}/outcome", key, wish | {"confirmed": True})
    assert done.status_code == 200, done.text
    assert (done.json()["verdict"]["outcome"], done.json()["verdict"]["staff"]) == ("no-show", "dana")


def test_the_desk_cancels_gives_away_blocks_and_sells(house: House) -> None:
    session = house.session(house.booked())
    books, admin = key_for(house, Scope.BOOK), key_for(house, Scope.ADMIN)
    other = "emil" if session.staff_id == "dana" else "dana"
    assert post(house, f"/sessions/{session.id}/give", books, {"staff": other}).json()["staff"] == other
    problem(post(house, f"/sessions/{session.id}/give", books, {"staff": "nobody"}), 422, "invalid")
    assert post(house, f"/sessions/{session.id}/cancel", books).json()["state"] == SessionState.CANCELLED
    blocked = post(house, "/companies/acme/block", admin, {"blocked": True, "reason": "Abuse"})
    assert blocked.json()["blocked"]
    release = {"id": "r9", "name": "Release 9", "state": "deprecated", "since": "2026-01-01"}
    assert post(house, "/catalogue/releases", admin, release).status_code == 200
    fee = {"type": "online", "amount_cents": 5_000, "currency": "USD", "since": "2026-01-01"}
    assert post(house, "/catalogue/fees", admin, fee).status_code == 200
    assert post(house, "/companies/acme/clearances", admin, {"release": "r9"}).json()["clearances"] == ["r9"]
    listed = house.client.get("/api/v1/fees").json()
    assert (listed["fees"][0]["amount_cents"], listed["releases"][0]["needs_clearance"]) == (5_000, True)


def test_a_sick_colleagues_day_is_listed_and_handed_out_and_one_begins_later(house: House) -> None:
    sessions = away_over_two(house)
    reads, books, attends = (key_for(house, scope) for scope in (Scope.READ, Scope.BOOK, Scope.ATTEND))
    (absence,) = get(house, "/absences", reads)["absences"]
    assert (absence["staff"], [s["id"] for s in absence["sessions"]]) == ("dana", [s.id for s in sessions])
    given = post(house, f"/sessions/{sessions[0].id}/give", books, {"staff": "emil"})
    assert (given.status_code, given.json()["staff"]) == (200, "emil")
    later = (sessions[1].starts_at + timedelta(hours=2)).isoformat()
    wish = {"staff": "emil", "starts_at": later}
    moved = [post(house, f"/sessions/{sessions[1].id}/give", books, wish, "k1") for _ in range(2)]
    assert [m.status_code for m in moved] == [200, 200], moved[1].text
    assert moved[0].json()["starts_at"] == later.replace("+00:00", "Z")
    problem(post(house, f"/sessions/{sessions[1].id}/give", books, wish | {"starts_at": "soon"}), 422, "invalid")
    assert get(house, "/absences", reads)["absences"] == []
    for _ in range(2):
        assert post(house, f"/sessions/{sessions[0].id}/shift", attends, {"minutes": 15}, "k2").status_code == 200
    found = house.store.views.session(sessions[0].id)
    assert found is not None
    assert found.attendance.late_by == timedelta(minutes=15)
    problem(post(house, f"/sessions/{sessions[0].id}/shift", attends, {"minutes": 90}), 422, "invalid")


@pytest.fixture
def paying(own_database: Path) -> Any:
    with open_house(own_database, replace(h.DESK, payments=METHODS)) as house:
        yield stocked(house)


def test_a_paid_booking_is_answered_with_where_to_pay_and_its_replay_the_same(paying: House) -> None:
    wish = {k: v for k, v in WISH.items() if k != "company_code"} | {"payment": PAYMENT}
    answers = [
        paying.client.post("/api/v1/bookings", json=wish, headers={"idempotency-key": "pay-1"}) for _ in range(2)
    ]
    assert [a.status_code for a in answers] == [202, 202], answers[0].text
    assert answers[0].json() == answers[1].json()
    due = answers[0].json()
    assert (due["amount_cents"], due["currency"]) == (9_900, "USD")
    path = due["pay_at"].removeprefix(h.DESK.base_url)
    assert "being prepared" in paying.get(path).text
    held = _held(paying, due)
    assert held.payment is not None
    opened = PaymentOpened("e", held.payment.reference, "cs_1", "https://pay.example/cs_1")
    paying.tell(session_key(held.id), opened)
    assert 'href="https://pay.example/cs_1"' in paying.get(path).text
    stranger = wish | {"email": "stranger@else.example.com", "starts_at": "2026-11-30T13:00:00-05:00"}
    other = paying.client.post("/api/v1/bookings", json=stranger, headers={"idempotency-key": "pay-1"})
    assert other.status_code == 202, "another payer's key is another key"
    assert other.json()["pay_at"] != due["pay_at"]


def _held(house: House, due: dict[str, str]) -> Session:
    parts = house.keys.open("payment", due["pay_at"].rpartition("/")[2])
    assert parts is not None
    found = house.store.views.session(parts[0].partition(":")[2])
    assert found is not None
    return found


def test_by_invoice_it_is_booked_and_another_fee_books_nothing(paying: House) -> None:
    wish = {k: v for k, v in WISH.items() if k != "company_code"}
    cheap = wish | {"payment": PAYMENT | {"fee_cents": 1}}
    problem(paying.client.post("/api/v1/bookings", json=cheap), 409, "fee-changed")
    unknown = wish | {"payment": PAYMENT | {"method": "shells"}}
    problem(paying.client.post("/api/v1/bookings", json=unknown), 422, "invalid")
    booked = paying.client.post("/api/v1/bookings", json=wish | {"payment": PAYMENT | {"method": "bill"}})
    assert booked.status_code == 201, booked.text
    assert paying.client.get("/api/v1/fees").json()["methods"] == [
        {"id": "card", "online": True},
        {"id": "bill", "online": False},
    ]
    problem(paying.client.post("/api/v1/bookings", json=wish), 422, "invalid")
