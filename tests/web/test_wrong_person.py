"""Nothing that a customer can open shows another company's name, code, contact or calendar (issue 6, point 7).

Olga of Others Inc tries every public page and every public call with what she has, with what she can guess, and with
pieces of Carl's; Carl of Acme has booked, paid for one, and is on file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from syncd.domain.correspondence import RequestReceived
from syncd.domain.keys import company_key, contact_key, request_key, session_key
from syncd.domain.session import Session
from syncd.engine.links import payment_token, session_token
from syncd.web.app import PAGES
from syncd.web.tokens import new_press
from tests.web import house as h
from tests.web.house import CARL, House, open_house
from tests.web.test_paying import METHODS, PAYS, stocked

ISSUE = "The ledger of 1887 will not open"
CARLS = ("Acme", "ACME-2026", "acme.example.com", "Carl", ISSUE, "Payer Inc")
OLGA = {"name": "Olga Other", "email": "olga@others.example.com", "code": "OTHERS-77"}


@pytest.fixture
def house(own_database: Path) -> Iterator[House]:
    with open_house(own_database, replace(h.DESK, payments=METHODS)) as opened:
        yield stocked(opened)


def carls(house: House) -> Session:
    return house.session(house.booked(issue=ISSUE))


def guesses(house: House, session: Session) -> list[str]:
    """What she may put where a token belongs: ids, halves of his tokens, her own of every other purpose."""
    his = house.token_of(session, CARL.email)
    contact_id = house.door.contact_id("acme", CARL.email)
    keys, mine = house.keys, house.booked(9, **OLGA)
    head, _, tail = his.rpartition(".")
    return [
        session.id,
        contact_id,
        "acme",
        head,
        f"{head}.",
        f"{head}.{'A' * len(tail)}",
        f"{head}.{mine.rpartition('.')[2]}",
        session_token(keys, session.id, OLGA["email"]),  # signed by us, and of nobody who is invited
        keys.sign("other", session.id),
        keys.sign("payment", contact_key("nobody")),
        keys.sign("reinstatement", company_key("acme")),
        keys.sign("reinstatement", session_key(session.id)),
        payment_token(keys, session_key(house.session(mine).id)),
        mine,
    ]


def shows_nothing(text: str, where: str) -> None:
    shown = [word for word in CARLS if word in text]
    assert not shown, f"{where} shows {shown}"


def test_every_public_page_and_call_as_somebody_of_another_company(house: House) -> None:
    session = carls(house)
    paid = house.at_check(20, **PAYS).press()
    assert paid.location.startswith("/paying/")
    tokens = guesses(house, session)
    house.enter_from("198.51.100.99")
    before = house.store.views.explain(session_key(session.id))
    paths = [path for path, _, _ in PAGES if not path.startswith("/desk")]
    api = [path for path in house.client.get("/api/v1/openapi.json").json()["paths"] if "/desk" not in path]
    assert len(paths) > 20
    for path, token in product([*paths, *api], tokens):
        if "{token}" not in path and token != tokens[0]:
            continue
        address = path.format(token=token, type_id="online", name="not-found", id="x")
        shows_nothing(house.client.get(address).text, f"GET {address}")
        form = {"press": token, "form": token, "code": "ACME-2027", "email": CARL.email, "name": "Olga"}
        shows_nothing(house.client.post(address, data=form).text.replace(CARL.email, ""), f"POST {address}")
        if path in api:
            body = {"starts_at": "2026-12-01T11:00:00-05:00"}
            shows_nothing(house.client.post(address, json=body).text, f"POST {address} (JSON)")
    assert house.store.views.explain(session_key(session.id)) == before, "and nothing of his has changed"


def test_a_press_for_one_is_no_press_for_another(house: House) -> None:
    session, mine = carls(house), house.booked(9, **OLGA)
    his = house.token_of(session, CARL.email)
    hers = house.session(mine)
    for act in ("cancel", "restore"):
        press = new_press(house.keys, act, hers.id)
        answer = house.post(f"/s/{his}/{act}", {"press": press})
        assert answer.status in (303, 403), "another session's press"
    found = house.store.views.session(session.id)
    assert found is not None
    assert found.state is session.state


def test_her_code_with_his_address_makes_a_contact_of_hers_and_shows_nothing_of_his(house: House) -> None:
    carls(house)
    token = house.booked(12, **(OLGA | {"email": CARL.email, "name": "Olga Other"}))
    page = house.get(f"/s/{token}").text.replace(CARL.email, "")
    shown = [word for word in ("Acme", "ACME-2026", ISSUE) if word in page]
    assert shown == []
    booking = house.session(token).booking
    assert booking is not None
    assert booking.company_id == "others"


def test_the_free_times_and_the_staff_calendars_name_nobody(house: House) -> None:
    session = carls(house)
    day = session.starts_at.date().isoformat()
    for address in (
        "/book/online?zone=America/New_York",
        f"/api/v1/slots?type=online&zone=America/New_York&from={day}&days=7",
    ):
        answer = house.client.get(address, follow_redirects=True)
        shows_nothing(answer.text, address)


def test_a_return_call_and_the_desks_calls_as_somebody_of_another_company(house: House) -> None:
    """By her own code with his address, under his Idempotency-Key, and with links and tokens where a key belongs."""
    session = carls(house)
    his, mine = house.token_of(session, CARL.email), house.booked(9, **OLGA)
    words = RequestReceived("mail", CARL.email, CARL.name, "Acme is down", ISSUE, company_id="acme")
    house.tell(request_key("r1"), words)
    house.clock.advance(timedelta(hours=7))
    house.read_calendars()
    wish = {"company_code": "ACME-2026", "name": CARL.name, "email": CARL.email, "number": "202-555-0142"}
    wish |= {"zone": h.NEW_YORK, "issue": ISSUE}
    once = {"idempotency-key": "carls"}
    house.client.post("/api/v1/return-calls", json=wish, headers=once)
    before = house.store.views.explain(request_key("r1"))
    house.enter_from("198.51.100.99")
    for code in (OLGA["code"], "ACME-2027", "acme", ""):
        hers = wish | {"company_code": code, "name": OLGA["name"], "issue": ""}
        answer = house.client.post("/api/v1/return-calls", json=hers, headers=once)
        shows_nothing(answer.text, f"a return call by {code}")
    paths = house.client.get("/api/v1/openapi.json").json()["paths"]
    for path, item in ((path, item) for path, item in paths.items() if "/desk" in path):
        address = path.format(request_id="r1", session_id=session.id, company_id="acme", contact_id="c")
        for method, token in product(item, (his, mine, "ACME-2026")):
            answer = house.client.request(method, address, headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 401, address
            shows_nothing(answer.text, address)
    assert house.store.views.explain(request_key("r1")) == before
